//! Crates. The form is told in [`super::list`].

/// Popular ones first.
pub(super) const PACKAGES: &str = "
r serde 1.0.229 2 : serde_core serde_derive
r tokio 1.54.1 2 MIT : bytes libc mio pin-project-lite signal-hook-registry socket2 tokio-macros
r serde_json 1.0.154 2 : itoa memchr serde serde_core zmij
r anyhow 1.0.104 2 :
r thiserror 2.0.21<1.0.69 2 : thiserror-impl
r tracing 0.1.44 0 MIT : log pin-project-lite tracing-attributes tracing-core
r tracing-subscriber 0.3.23 0 MIT : matchers nu-ansi-term once_cell regex-automata serde serde_json sharded-slab smallvec thread_local tracing tracing-core tracing-log tracing-serde
r clap 4.6.7<3.2.25 2 : clap_builder clap_derive
r reqwest 0.13.5 2 : base64 bytes futures-core futures-util http http-body http-body-util hyper hyper-rustls hyper-util log percent-encoding pin-project-lite quinn rustls rustls-pki-types rustls-platform-verifier serde serde_json sync_wrapper tokio tokio-rustls tokio-util tower tower-http tower-service url
r axum 0.8.9 1 MIT : axum-core base64 bytes form_urlencoded futures-util http http-body http-body-util hyper hyper-util itoa matchit memchr mime percent-encoding pin-project-lite serde_core serde_json serde_path_to_error serde_urlencoded sha1 sync_wrapper tokio tokio-tungstenite tower tower-layer tower-service tracing
r uuid 1.29.1 2 : getrandom
r chrono 0.4.45 1 : iana-time-zone num-traits serde
r futures 0.3.34 1 : futures-channel futures-core futures-executor futures-io futures-sink futures-task futures-util
r async-trait 0.1.92 1 : proc-macro2 quote syn
r regex 1.13.1 1 : aho-corasick memchr regex-automata regex-syntax
r bytes 1.12.1 1 MIT : serde
r tower 0.5.3 0 MIT : futures-core futures-util pin-project-lite sync_wrapper tokio tokio-util tower-layer tower-service tracing
r tower-http 0.7.1 1 MIT : async-compression bitflags bytes futures-core http http-body http-body-util percent-encoding pin-project-lite tokio tokio-util tower-layer tower-service tracing
r sqlx 0.8.6 1 : sqlx-core sqlx-macros sqlx-postgres
r rand 0.10.3 1 : chacha20 getrandom rand_core
r once_cell 1.21.4 1 :
r url 2.5.8 1 : form_urlencoded idna percent-encoding serde serde_derive
r base64 0.23.1 0 :
r prost 0.14.1 1 Apache-2.0 : bytes prost-derive
r tonic 0.14.2 1 MIT : async-trait axum base64 bytes http http-body http-body-util hyper hyper-util percent-encoding pin-project socket2 sync_wrapper tokio tokio-stream tower tower-layer tower-service tracing
r itertools 0.13.0 0 : either
r hyper 1.12.0<0.14.32 2 MIT : atomic-waker bytes futures-core http http-body httparse httpdate itoa pin-project-lite smallvec tokio want
r sha2 0.11.1 0 : cfg-if cpufeatures digest
r semver 1.0.28 0 : serde serde_core
r jsonwebtoken 10.4.0 1 : aws-lc-rs base64 getrandom pem serde serde_json signature simple_asn1 zeroize
r config 0.15.19 1 : pathdiff serde serde_json toml winnow
r redis 0.32.7 2 BSD-3-Clause : bytes combine futures-util itoa num-bigint percent-encoding pin-project-lite ryu sha1 socket2 tokio tokio-util url
r toml 1.2.1 3 : indexmap serde_core serde_spanned toml_datetime toml_parser toml_writer winnow
r indexmap 2.14.2 2 : equivalent hashbrown serde serde_core
r parking_lot 0.12.5 0 : lock_api parking_lot_core
r lazy_static 1.5.1 0 MIT-OR-Apache-2.0 :
r http 1.5.0<0.2.12 1 : bytes itoa
r tokio-util 0.7.20 1 MIT : bytes futures-core futures-io futures-sink futures-util pin-project-lite tokio
r rustls 0.23.46 3 : aws-lc-rs log once_cell rustls-pki-types rustls-webpki subtle zeroize
r rusqlite 0.39.0 1 MIT : bitflags fallible-iterator fallible-streaming-iterator hashlink libsqlite3-sys smallvec
r tokio-stream 0.1.19 0 MIT : futures-core pin-project-lite tokio
r dashmap 6.2.1 0 MIT : cfg-if crossbeam-utils hashbrown lock_api once_cell parking_lot_core
r log 0.4.35 1 :
r hex 0.4.3 0 :
r smallvec 1.16.5 1 :
r time 0.3.55 2 : deranged num-conv powerfmt serde_core time-core time-macros
r num-traits 0.2.19 0 : autocfg
r either 1.19.0 0 :
r zstd 0.14.3 0 MIT : zstd-safe
r flate2 1.1.11 0 : crc32fast miniz_oxide zlib-rs
r rdkafka 0.38.0 1 MIT : futures-channel futures-util libc log rdkafka-sys serde serde_json slab tokio
r opentelemetry 0.31.0 1 Apache-2.0 : futures-core futures-sink pin-project-lite thiserror tracing
r opentelemetry_sdk 0.31.0 1 Apache-2.0 : futures-channel futures-executor futures-util opentelemetry percent-encoding rand thiserror tokio tokio-stream
r opentelemetry-otlp 0.31.0 1 Apache-2.0 : http opentelemetry opentelemetry_sdk prost reqwest thiserror tokio tonic tracing
r tracing-opentelemetry 0.32.0 1 MIT : opentelemetry opentelemetry_sdk smallvec tracing tracing-core tracing-log tracing-subscriber
r metrics 0.24.6 0 : portable-atomic rapidhash
r metrics-exporter-prometheus 0.18.3 0 : base64 evmap indexmap metrics metrics-util quanta thiserror
r structopt 0.3.26 0 Apache-2.0-OR-MIT x : clap lazy_static structopt-derive
d insta 1.49.0 2 Apache-2.0 : console once_cell serde similar tempfile
d proptest 1.12.0 1 : bit-set bit-vec bitflags chacha20 num-traits rand rand_xorshift regex-syntax rusty-fork tempfile unarray
d tempfile 3.27.0 2 : fastrand getrandom once_cell rustix
d criterion 0.8.0 1 : anes ciborium clap itertools num-traits oorandom regex serde serde_json tinytemplate walkdir
d mockall 0.14.0 1 : cfg-if downcast fragile mockall_derive predicates
d wiremock 0.6.5 1 : assert-json-diff base64 deadpool futures http http-body-util hyper hyper-util log once_cell regex serde serde_json tokio url
d rstest 0.26.1 1 : futures-util rstest_macros
d assert_cmd 2.1.1 1 : anstyle bstr libc predicates predicates-core wait-timeout
t serde_core 1.0.229 2 : serde_derive
t serde_derive 1.0.229 2 : proc-macro2 quote syn
t proc-macro2 1.0.107 2 : unicode-ident
t unicode-ident 1.0.27 1 Unicode-3.0 :
t quote 1.0.47 2 : proc-macro2
t syn 3.0.9<2.0.117<1.0.109 2 : proc-macro2 quote unicode-ident
t libc 0.2.191 3 :
t mio 1.2.4 1 MIT : libc
t pin-project-lite 0.2.17 0 :
t signal-hook-registry 1.4.8 0 : errno libc
t errno 0.3.14 0 : libc
t socket2 0.6.5 1 : libc
t tokio-macros 2.7.2 0 MIT : proc-macro2 quote syn
t itoa 1.0.18 1 :
t memchr 2.8.3 1 Unlicense-OR-MIT :
t zmij 1.0.23 0 :
t thiserror-impl 2.0.21<1.0.69 2 : proc-macro2 quote syn
t tracing-attributes 0.1.31 0 : proc-macro2 quote syn
t tracing-core 0.1.36 0 MIT : once_cell valuable
t valuable 0.1.1 0 :
t matchers 0.2.0 0 : regex-automata
t regex-automata 0.4.18 0 : aho-corasick memchr regex-syntax
t aho-corasick 1.1.5 0 Unlicense-OR-MIT : memchr
t regex-syntax 0.8.11 0 :
t nu-ansi-term 0.50.3 0 :
t sharded-slab 0.1.7 0 : lazy_static
t thread_local 1.1.10 0 : cfg-if
t cfg-if 1.0.5 0 :
t tracing-log 0.2.0 0 MIT : log once_cell tracing-core
t tracing-serde 0.2.0 0 : serde tracing-core
t clap_builder 4.6.7<3.2.25 2 : anstream anstyle clap_lex strsim terminal_size
t anstream 1.0.0 0 : anstyle anstyle-parse anstyle-query colorchoice is_terminal_polyfill utf8parse
t anstyle 1.0.14 0 :
t anstyle-parse 1.0.0 0 : utf8parse
t utf8parse 0.2.2 0 :
t anstyle-query 1.1.5 0 :
t colorchoice 1.0.5 0 :
t is_terminal_polyfill 1.70.2 0 :
t clap_lex 1.1.1 1 :
t strsim 0.11.1 0 MIT :
t terminal_size 0.4.4 0 : rustix
t rustix 1.1.6 2 : bitflags errno libc linux-raw-sys
t bitflags 2.13.2<1.3.2 1 :
t linux-raw-sys 0.12.1 0 :
t clap_derive 4.6.7<3.2.25 2 : heck proc-macro2 quote syn
t heck 0.5.0 0 :
t futures-core 0.3.34 0 :
t futures-util 0.3.34 0 : futures-channel futures-core futures-io futures-macro futures-sink futures-task memchr pin-project-lite slab
t futures-channel 0.3.34 0 : futures-core futures-sink
t futures-sink 0.3.34 0 :
t futures-io 0.3.34 0 :
t futures-macro 0.3.34 0 : proc-macro2 quote syn
t futures-task 0.3.34 0 :
t slab 0.4.12 0 MIT :
t http-body 1.1.0 0 : bytes http
t http-body-util 0.1.5 0 : bytes futures-core http http-body pin-project-lite
t atomic-waker 1.1.2 0 :
t httparse 1.10.1 0 :
t httpdate 1.0.3 0 :
t want 0.3.2 0 MIT : try-lock
t try-lock 0.2.5 0 MIT :
t hyper-rustls 0.27.10 0 : http hyper hyper-util log rustls rustls-native-certs tokio tokio-rustls tower-service
t hyper-util 0.1.21 0 MIT : base64 bytes futures-channel futures-util http http-body httparse hyper ipnet libc percent-encoding pin-project-lite socket2 tokio tower-service tracing
t ipnet 2.12.2 0 :
t percent-encoding 2.3.2 0 :
t tower-service 0.3.3 0 :
t aws-lc-rs 1.19.0 2 ISC : aws-lc-sys untrusted zeroize
t aws-lc-sys 0.47.0 2 ISC : cc cmake dunce fs_extra pkg-config
t cc 1.11.1 4 : find-msvc-tools jobserver libc shlex
t find-msvc-tools 0.1.15 0 :
t jobserver 0.1.35 0 : getrandom libc
t getrandom 0.4.3 0 : cfg-if libc rand_core
t rand_core 0.10.1 0 :
t shlex 2.0.1 0 :
t cmake 0.1.58 0 : cc
t dunce 1.0.5 0 :
t fs_extra 1.3.0 0 :
t pkg-config 0.3.34 0 :
t untrusted 0.9.0 0 ISC :
t zeroize 1.9.1 0 : zeroize_derive
t zeroize_derive 1.5.0 0 : proc-macro2 quote syn
t rustls-pki-types 1.15.1 1 : zeroize
t rustls-webpki 0.103.16 2 ISC : aws-lc-rs ring rustls-pki-types untrusted
t ring 0.17.14 0 Apache-2.0 : cc cfg-if getrandom libc untrusted
t subtle 2.6.1 0 BSD-3-Clause :
t rustls-native-certs 0.8.5 0 : openssl-probe rustls-pki-types
t openssl-probe 0.2.2 0 :
t tokio-rustls 0.26.6 0 : rustls tokio
t quinn 0.11.12 1 : bytes cfg_aliases pin-project-lite quinn-proto quinn-udp rustc-hash rustls socket2 thiserror tokio tracing
t cfg_aliases 0.2.2 0 :
t quinn-proto 0.11.19 2 : aws-lc-rs bytes getrandom lru-slab rand rand_pcg ring rustc-hash rustls rustls-pki-types slab thiserror tinyvec tracing
t lru-slab 0.1.3 0 :
t chacha20 0.10.2 0 : cfg-if cpufeatures rand_core
t cpufeatures 0.3.1 0 : libc
t rand_pcg 0.10.2 0 : rand_core
t rustc-hash 2.1.3 0 :
t tinyvec 1.13.3 0 :
t quinn-udp 0.5.16 1 : cfg_aliases libc once_cell socket2 tracing
t rustls-platform-verifier 0.7.1 0 : log once_cell rustls rustls-native-certs rustls-webpki webpki-root-certs
t webpki-root-certs 1.0.11 0 CDLA-Permissive-2.0 : rustls-pki-types
t sync_wrapper 1.0.2 0 : futures-core
t tower-layer 0.3.3 0 :
t async-compression 0.4.52 2 : compression-codecs compression-core pin-project-lite tokio
t compression-codecs 0.4.47 2 : compression-core flate2 memchr zstd zstd-safe
t compression-core 0.4.34 2 :
t crc32fast 1.5.4 0 : cfg-if
t miniz_oxide 0.9.1 0 : adler2 simd-adler32
t adler2 2.0.1 0 0BSD-OR-MIT-OR-Apache-2.0 :
t simd-adler32 0.3.10 0 :
t zlib-rs 0.6.8 0 :
t zstd-safe 8.2.0 0 : zstd-sys
t zstd-sys 2.1.2 0 : cc pkg-config
t form_urlencoded 1.2.2 0 : percent-encoding
t idna 1.1.0 0 : idna_adapter smallvec utf8_iter
t idna_adapter 1.2.2 0 : icu_normalizer icu_properties
t icu_normalizer 2.4.0 0 Unicode-3.0 : icu_collections icu_normalizer_data icu_properties icu_provider smallvec zerovec
t icu_collections 2.4.0 0 Unicode-3.0 : displaydoc potential_utf utf8_iter yoke zerofrom zerovec
t displaydoc 0.2.7 0 : proc-macro2 quote syn
t potential_utf 0.1.6 0 : zerovec
t zerovec 0.11.9 1 Unicode-3.0 : yoke zerofrom zerovec-derive
t yoke 0.8.4 0 Unicode-3.0 : stable_deref_trait yoke-derive zerofrom
t stable_deref_trait 1.2.1 0 :
t yoke-derive 0.8.4 0 : proc-macro2 quote syn synstructure
t synstructure 0.14.0 0 : proc-macro2 quote syn
t zerofrom 0.1.8 0 : zerofrom-derive
t zerofrom-derive 0.1.8 0 : proc-macro2 quote syn synstructure
t zerovec-derive 0.11.7 0 : proc-macro2 quote syn
t utf8_iter 1.1.0 0 :
t icu_normalizer_data 2.4.0 0 :
t icu_properties 2.4.0 0 Unicode-3.0 : displaydoc icu_collections icu_locale_core icu_properties_data icu_provider zerotrie zerovec
t icu_locale_core 2.4.0 0 : displaydoc litemap tinystr writeable zerovec
t litemap 0.8.3 0 :
t tinystr 0.8.5 0 : displaydoc zerovec
t writeable 0.6.4 0 :
t icu_properties_data 2.4.0 0 :
t icu_provider 2.4.0 0 : displaydoc icu_locale_core writeable yoke zerofrom zerotrie zerovec
t zerotrie 0.2.5 0 : displaydoc yoke zerofrom
t axum-core 0.5.6 1 MIT : bytes futures-core http http-body http-body-util mime pin-project-lite sync_wrapper tower-layer tower-service tracing
t mime 0.3.18 0 :
t matchit 0.8.4 0 :
t serde_path_to_error 0.1.20 0 : itoa serde serde_core
t serde_urlencoded 0.7.1 0 : form_urlencoded itoa ryu serde
t ryu 1.0.23 1 :
t sha1 0.11.0 0 : cfg-if cpufeatures digest
t digest 0.11.3 0 : block-buffer const-oid crypto-common
t block-buffer 0.12.1 0 : hybrid-array
t hybrid-array 0.4.15 0 : typenum
t typenum 1.20.1 0 :
t const-oid 0.10.2 0 :
t crypto-common 0.2.2 0 : hybrid-array
t tokio-tungstenite 0.29.0 0 : futures-util log tokio tungstenite
t tungstenite 0.29.0 0 : bytes data-encoding http httparse log rand sha1 thiserror
t data-encoding 2.11.1 0 :
t iana-time-zone 0.1.65 0 : log
t autocfg 1.5.1 0 :
t futures-executor 0.3.34 0 : futures-core futures-task futures-util
t sqlx-core 0.8.6 1 : base64 bytes crc32fast either futures-core futures-util hashlink indexmap log memchr once_cell percent-encoding rustls serde serde_json sha2 smallvec thiserror tokio tokio-stream tracing url webpki-root-certs
t hashlink 0.11.1 0 : hashbrown
t hashbrown 0.17.1 2 : allocator-api2 equivalent foldhash
t allocator-api2 0.2.21 0 :
t equivalent 1.0.3 0 :
t foldhash 0.2.0 0 Zlib :
t sqlx-macros 0.8.6 1 : proc-macro2 quote sqlx-core syn
t sqlx-postgres 0.8.6 1 : base64 bitflags futures-channel futures-util hex itoa log memchr once_cell rand serde serde_json sha2 smallvec sqlx-core thiserror tracing
t prost-derive 0.14.1 1 Apache-2.0 : anyhow itertools proc-macro2 quote syn
t pin-project 1.1.10 0 : pin-project-internal
t pin-project-internal 1.1.10 0 : proc-macro2 quote syn
t pem 3.0.6 0 : base64 serde_core
t signature 2.2.0 0 : rand_core
t simple_asn1 0.6.4 0 : num-bigint num-traits thiserror time
t num-bigint 0.4.8 0 : num-integer num-traits
t num-integer 0.1.47 0 : num-traits
t deranged 0.5.9 0 :
t num-conv 0.2.2 0 :
t powerfmt 0.2.1 0 :
t time-core 0.1.9 0 :
t time-macros 0.2.32 0 : num-conv time-core
t pathdiff 0.2.3 0 :
t serde_spanned 1.1.3 0 : serde_core
t toml_datetime 1.1.3 0 : serde_core
t toml_parser 1.1.5 0 : winnow
t winnow 1.0.5 2 MIT : memchr
t toml_writer 1.2.0 0 :
t combine 4.6.9 0 : bytes memchr
t lock_api 0.4.14 0 : scopeguard
t scopeguard 1.2.0 0 :
t parking_lot_core 0.9.12 0 : cfg-if libc smallvec
t fallible-iterator 0.3.0 0 :
t fallible-streaming-iterator 0.1.9 0 :
t libsqlite3-sys 0.37.0 1 MIT : cc pkg-config vcpkg
t vcpkg 0.2.15 0 :
t crossbeam-utils 0.8.23 0 :
t rdkafka-sys 4.9.0 1 MIT : libc num_enum pkg-config
t num_enum 0.7.5 0 : num_enum_derive
t num_enum_derive 0.7.5 0 : proc-macro-crate proc-macro2 quote syn
t proc-macro-crate 3.5.0 0 : toml_edit
t toml_edit 0.25.18 0 : indexmap toml_datetime toml_parser winnow
t portable-atomic 1.15.0 3 :
t rapidhash 4.5.1 3 : rustversion
t rustversion 1.0.23 0 :
t evmap 11.0.0 0 : smallvec
t metrics-util 0.20.4 0 : crossbeam-epoch crossbeam-utils hashbrown metrics quanta rand rand_xoshiro rapidhash sketches-ddsketch
t crossbeam-epoch 0.9.21 0 : crossbeam-utils
t quanta 0.12.6 0 : crossbeam-utils libc once_cell raw-cpuid
t raw-cpuid 11.6.0 0 : bitflags
t rand_xoshiro 0.7.0 0 : rand_core
t sketches-ddsketch 0.3.2 0 :
t structopt-derive 0.4.18 0 Apache-2.0-OR-MIT x : heck proc-macro2 quote syn
t console 0.16.6 0 MIT : encode_unicode libc unicode-width
t encode_unicode 1.0.0 0 :
t unicode-width 0.2.3 0 :
t similar 2.7.0 0 Apache-2.0 :
t fastrand 2.5.0 0 :
t bit-set 0.11.1 0 : bit-vec
t bit-vec 0.10.1 0 : serde
t rand_xorshift 0.5.0 0 : rand_core
t rusty-fork 0.3.1 0 : fnv quick-error tempfile wait-timeout
t fnv 1.0.7 0 :
t quick-error 1.2.3 0 :
t wait-timeout 0.2.1 0 : libc
t unarray 0.1.4 0 :
t anes 0.1.6 0 :
t ciborium 0.2.2 0 Apache-2.0 : half serde
t half 2.7.1 1 : cfg-if
t oorandom 11.1.5 0 MIT :
t tinytemplate 1.2.1 0 : serde serde_json
t walkdir 2.5.0 0 : same-file
t same-file 1.0.6 0 :
t downcast 0.11.0 0 MIT :
t fragile 2.0.1 0 Apache-2.0 :
t mockall_derive 0.14.0 1 : cfg-if proc-macro2 quote syn
t predicates 3.1.3 0 : anstyle difflib predicates-core
t difflib 0.4.0 0 MIT :
t predicates-core 1.0.9 0 :
t assert-json-diff 2.0.2 0 MIT : serde serde_json
t deadpool 0.12.3 0 : deadpool-runtime lazy_static num_cpus tokio
t deadpool-runtime 0.1.4 0 :
t num_cpus 1.17.0 0 : libc
t rstest_macros 0.26.1 1 : cfg-if glob proc-macro2 quote regex syn unicode-ident
t glob 0.3.3 0 :
t bstr 1.13.1 0 : memchr regex-automata serde_core
";
