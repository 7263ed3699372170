//! Packages of npm that come along with others. The form is told in [`super::list`].

/// What [`super::npm::DECLARED`] needs, and what that needs.
pub(super) const NEEDED: &str = "
t scheduler 0.27.0 1 :
t ms 2.1.3 0 :
t debug 4.4.3 0 : ms
t undici-types 7.16.0 2 :
t csstype 3.2.3 1 :
t accepts 2.0.0 0 : mime-types negotiator
t content-disposition 1.0.1 0 : safe-buffer
t content-type 1.0.5 0 :
t cookie 1.0.2 1 :
t cookie-signature 1.2.2 0 :
t depd 2.0.0 0 :
t encodeurl 2.0.0 0 :
t escape-html 1.0.3 0 :
t etag 1.8.1 0 :
t finalhandler 2.1.0 0 : debug encodeurl escape-html on-finished parseurl statuses
t fresh 2.0.0 0 :
t http-errors 2.0.1 0 : depd inherits setprototypeof statuses toidentifier
t inherits 2.0.4 0 ISC :
t toidentifier 1.0.1 0 :
t merge-descriptors 2.0.0 0 :
t mime-types 3.0.2 1 : mime-db
t mime-db 1.54.0 1 :
t negotiator 1.0.0 0 :
t on-finished 2.4.1 0 : ee-first
t ee-first 1.1.1 0 :
t once 1.4.0 0 ISC : wrappy
t wrappy 1.0.2 0 ISC :
t parseurl 1.3.3 0 :
t path-to-regexp 8.3.0 1 :
t proxy-addr 2.0.7 0 : forwarded ipaddr.js
t forwarded 0.2.0 0 :
t ipaddr.js 1.9.1 0 :
t qs 6.14.0 1 BSD-3-Clause : side-channel
t range-parser 1.2.1 0 :
t router 2.2.0 0 : debug depd is-promise parseurl path-to-regexp
t is-promise 4.0.0 0 :
t send 1.2.0 0 : debug encodeurl escape-html etag fresh http-errors mime-types ms on-finished range-parser statuses
t serve-static 2.2.0 0 : encodeurl escape-html parseurl send
t setprototypeof 1.2.0 0 ISC :
t statuses 2.0.2 0 :
t type-is 2.0.1 0 : content-type media-typer mime-types
t media-typer 1.1.0 0 :
t utils-merge 1.0.1 0 :
t vary 1.1.2 0 :
t bytes 3.1.2 0 :
t iconv-lite 0.7.0 0 : safer-buffer
t safer-buffer 2.1.2 0 :
t raw-body 3.0.1 0 : bytes http-errors iconv-lite unpipe
t unpipe 1.0.0 0 :
t side-channel 1.1.0 0 : es-errors object-inspect side-channel-list side-channel-map side-channel-weakmap
t side-channel-{list,map,weakmap} 1.0.1 0 : es-errors object-inspect
t object-inspect 1.13.4 1 :
t es-errors 1.3.0 0 :
t es-object-atoms 1.1.1 0 : es-errors
t es-abstract 1.24.0 1 : es-errors es-object-atoms call-bind get-intrinsic hasown object-inspect object-keys
t es-iterator-helpers 1.2.1 0 : call-bind define-properties es-abstract es-errors get-intrinsic
t call-bind 1.0.8 0 : es-errors function-bind get-intrinsic
t define-properties 1.2.1 0 : object-keys
t object-keys 1.1.1 0 :
t get-intrinsic 1.3.0 0 : es-errors es-object-atoms function-bind hasown math-intrinsics
t math-intrinsics 1.1.0 0 :
t function-bind 1.1.2 0 :
t hasown 2.0.2 0 : function-bind
t array-includes 3.1.9 0 : call-bind define-properties es-abstract get-intrinsic
t array.prototype.{findlast,findlastindex,flat,flatmap,tosorted} 1.3.3 0 : call-bind define-properties es-abstract es-errors
t object.{entries,fromentries,groupby,values} 1.2.1 0 : call-bind define-properties es-object-atoms
t string.prototype.{matchall,repeat,trimend} 1.0.9 0 : call-bind define-properties es-abstract
t jsx-ast-utils 3.3.5 0 : array-includes object.values
t doctrine 3.0.0 0 Apache-2.0 : esutils
t esutils 2.0.3 0 BSD-2-Clause :
t estraverse 5.3.0 0 BSD-2-Clause :
t prop-types 15.8.1 0 : loose-envify object-assign react-is
t loose-envify 1.4.0 0 : js-tokens
t js-tokens 9.0.1 0 :
t object-assign 4.1.1 0 :
t react-is 19.2.1<18.3.1<17.0.2 1 :
t resolve 1.22.11 1 : is-core-module path-parse supports-preserve-symlinks-flag
t is-core-module 2.16.1 1 : hasown
t path-parse 1.0.7 0 :
t supports-preserve-symlinks-flag 1.0.0 0 :
t @eslint-community/eslint-utils 4.9.0 1 : eslint-visitor-keys
t @eslint-community/regexpp 4.12.2 1 :
t @eslint/{config-array,config-helpers,core,plugin-kit} 0.21.1 2 Apache-2.0 : minimatch debug
t @eslint/eslintrc 3.3.1 1 : ajv debug espree globals ignore import-fresh js-yaml minimatch strip-json-comments
t @eslint/js 9.39.1 3 :
t globals 16.5.0 2 :
t import-fresh 3.3.1 0 : parent-module resolve-from
t parent-module 1.0.1 0 : callsites
t callsites 3.1.0 0 :
t resolve-from 5.0.0 0 :
t js-yaml 4.1.1 0 : argparse
t argparse 2.0.1 0 Python-2.0 :
t strip-json-comments 3.1.1 0 :
t @humanfs/node 0.16.7 0 Apache-2.0 : @humanfs/core @humanwhocodes/retry
t @humanfs/core 0.19.1 0 Apache-2.0 :
t @humanwhocodes/{module-importer,retry} 0.4.3 0 Apache-2.0 :
t @types/estree 1.0.8 1 :
t @types/json-schema 7.0.15 0 :
t cross-spawn 7.0.6 0 : path-key shebang-command which
t path-key 3.1.1 0 :
t shebang-command 2.0.0 0 : shebang-regex
t shebang-regex 3.0.0 0 :
t which 2.0.2 0 ISC : isexe
t isexe 2.0.0 0 ISC :
t escape-string-regexp 4.0.0 0 :
t eslint-scope 8.4.0 1 BSD-2-Clause : esrecurse estraverse
t esrecurse 4.3.0 0 BSD-2-Clause : estraverse
t eslint-visitor-keys 4.2.1 1 Apache-2.0 :
t espree 10.4.0 1 BSD-2-Clause : acorn acorn-jsx eslint-visitor-keys
t acorn 8.15.0 1 :
t acorn-jsx 5.3.2 0 : acorn
t acorn-walk 8.3.4 0 : acorn
t esquery 1.6.0 0 BSD-3-Clause : estraverse
t fast-deep-equal 3.1.3 0 :
t fast-json-stable-stringify 2.1.0 0 :
t fast-uri 3.1.0 1 BSD-3-Clause :
t json-schema-traverse 1.0.0 0 :
t require-from-string 2.0.2 0 :
t file-entry-cache 8.0.0 1 : flat-cache
t flat-cache 4.0.1 1 : flatted keyv
t flatted 3.3.3 0 ISC :
t keyv 4.5.4 1 : json-buffer
t json-buffer 3.0.1 0 :
t find-up 5.0.0 0 : locate-path path-exists
t locate-path 6.0.0 0 : p-locate
t p-locate 5.0.0 0 : p-limit
t p-limit 3.1.0 0 : yocto-queue
t yocto-queue 0.1.0 0 :
t path-exists 4.0.0 0 :
t glob-parent 6.0.2 0 ISC : is-glob
t is-glob 4.0.3 0 : is-extglob
t is-extglob 2.1.1 0 :
t ignore 7.0.5 1 :
t imurmurhash 0.1.4 0 :
t json-stable-stringify-without-jsonify 1.0.1 0 :
t lodash.merge 4.6.2 0 :
t lodash.memoize 4.1.2 0 :
t lodash.{includes,isboolean,isinteger,isnumber,isplainobject,isstring,once} 4.3.0 0 :
t lodash.defaults 4.2.0 0 :
t lodash.isarguments 3.1.0 0 :
t minimatch 9.0.5 1 ISC : brace-expansion
t brace-expansion 2.0.2 0 : balanced-match
t balanced-match 1.0.2 0 :
t natural-compare 1.4.0 0 :
t optionator 0.9.4 0 : deep-is fast-levenshtein levn prelude-ls type-check word-wrap
t deep-is 0.1.4 0 :
t fast-levenshtein 2.0.6 0 :
t levn 0.4.1 0 : prelude-ls type-check
t prelude-ls 1.2.1 0 :
t type-check 0.4.0 0 : prelude-ls
t word-wrap 1.2.5 0 :
t @typescript-eslint/{types,visitor-keys} 8.47.0 4 : eslint-visitor-keys
t @typescript-eslint/scope-manager 8.47.0 4 : @typescript-eslint/{types,visitor-keys}
t @typescript-eslint/typescript-estree 8.47.0 4 : @typescript-eslint/{types,visitor-keys} debug fast-glob is-glob minimatch semver ts-api-utils
t @typescript-eslint/utils 8.47.0 4 : @eslint-community/eslint-utils @typescript-eslint/{scope-manager,types,typescript-estree}
t @typescript-eslint/type-utils 8.47.0 4 : @typescript-eslint/{types,typescript-estree,utils} debug ts-api-utils
t ts-api-utils 2.1.0 1 :
t graphemer 1.4.0 0 :
t fast-glob 3.3.3 0 : @nodelib/{fs.stat,fs.walk} glob-parent merge2 micromatch
t @nodelib/fs.walk 1.2.8 0 : @nodelib/fs.scandir fastq
t @nodelib/fs.scandir 2.1.5 0 : @nodelib/fs.stat run-parallel
t @nodelib/fs.stat 2.0.5 0 :
t fastq 1.19.1 1 ISC : reusify
t reusify 1.1.0 0 :
t run-parallel 1.2.0 0 : queue-microtask
t queue-microtask 1.2.3 0 :
t merge2 1.4.1 0 :
t micromatch 4.0.8 0 : braces picomatch
t braces 3.0.3 0 : fill-range
t fill-range 7.1.1 0 : to-regex-range
t to-regex-range 5.0.1 0 : is-number
t is-number 7.0.0 0 :
t picomatch 4.0.3 0 :
t @jest/core 29.7.0<28.1.3<27.5.1 1 : @jest/{console,reporters,test-result,transform,types} @types/node ansi-escapes chalk ci-info exit graceful-fs jest-{changed-files,config,haste-map,message-util,regex-util,resolve,runner,runtime,snapshot,util,validate,watcher} micromatch pretty-format slash strip-ansi
t @jest/{console,test-result} 29.7.0<28.1.3<27.5.1 1 : @jest/types chalk jest-message-util jest-util slash
t @jest/reporters 29.7.0<28.1.3<27.5.1 1 : @bcoe/v8-coverage @jest/{test-result,transform,types} chalk collect-v8-coverage exit glob graceful-fs istanbul-lib-{coverage,instrument,report,source-maps} istanbul-reports jest-util jest-worker slash string-length strip-ansi v8-to-istanbul
t @jest/transform 29.7.0<28.1.3<27.5.1 1 : @babel/core @jest/types babel-plugin-istanbul chalk convert-source-map graceful-fs jest-{haste-map,regex-util,util} micromatch pirates slash write-file-atomic
t @jest/types 29.6.3 1 : @jest/schemas @types/{istanbul-lib-coverage,istanbul-reports,node,yargs} chalk
t @jest/schemas 29.6.3 1 : @sinclair/typebox
t @sinclair/typebox 0.34.41 2 :
t @jest/{environment,fake-timers,globals,expect,expect-utils,source-map} 29.7.0<28.1.3<27.5.1 1 : @jest/types jest-mock jest-util
t jest-cli 29.7.0<28.1.3<27.5.1 1 : @jest/{core,test-result,types} chalk exit import-local jest-{config,util,validate} yargs
t jest-{changed-files,haste-map,resolve,watcher,message-util,validate,snapshot,mock,each,leak-detector,circus} 29.7.0<28.1.3<27.5.1 1 : @jest/types chalk jest-util graceful-fs
t jest-{config,runner,runtime} 29.7.0<28.1.3<27.5.1 1 : @babel/core @jest/{environment,transform,types,globals,fake-timers} babel-jest deepmerge emittery expect jest-{circus,environment-node,leak-detector,each,mock,snapshot} parse-json strip-bom
t jest-environment-node 29.7.0<28.1.3<27.5.1 1 : @jest/{environment,fake-timers,types} jest-mock jest-util
t jest-{regex-util,worker} 29.7.0<28.1.3<27.5.1 1 : merge-stream supports-color
t jest-util 29.7.0<28.1.3<27.5.1 1 : @jest/types @types/node chalk ci-info graceful-fs picomatch
t babel-jest 29.7.0<28.1.3<27.5.1 1 : @jest/transform babel-plugin-istanbul babel-preset-jest chalk slash
t babel-preset-jest 29.6.3 1 : babel-plugin-jest-hoist babel-preset-current-node-syntax
t babel-plugin-jest-hoist 29.6.3 1 : @babel/template @babel/types
t babel-preset-current-node-syntax 1.2.0 0 : @babel/plugin-syntax-{async-generators,bigint,class-properties,import-meta,json-strings,numeric-separator,object-rest-spread,optional-chaining,top-level-await}
t @babel/plugin-syntax-{async-generators,bigint,class-properties,import-meta,json-strings,numeric-separator,object-rest-spread,optional-chaining,top-level-await} 7.14.5 0 : @babel/helper-plugin-utils
t @babel/plugin-syntax-jsx 7.27.1 0 : @babel/helper-plugin-utils
t babel-plugin-istanbul 6.1.1 0 BSD-3-Clause : istanbul-lib-instrument test-exclude
t test-exclude 6.0.0 0 ISC : glob minimatch
t istanbul-lib-coverage 3.2.2 0 BSD-3-Clause : semver debug
t istanbul-lib-instrument 6.0.3 0 BSD-3-Clause : semver debug
t istanbul-lib-report 3.0.1 0 BSD-3-Clause : semver debug
t istanbul-lib-source-maps 4.0.1 0 BSD-3-Clause : semver debug
t istanbul-reports 3.2.0 0 BSD-3-Clause : html-escaper
t html-escaper 2.0.2 0 :
t expect 30.2.0 1 : @jest/expect-utils jest-message-util jest-mock jest-util
t pretty-format 30.2.0 1 : @jest/schemas ansi-styles react-is
t import-local 3.2.0 0 : pkg-dir resolve-cwd
t pkg-dir 4.2.0 0 : find-up
t resolve-cwd 3.0.0 0 : resolve-from
t ansi-escapes 7.2.0 0 : environment
t environment 1.1.0 0 :
t ci-info 4.3.1 1 :
t exit 0.1.2 0 :
t slash 3.0.0 0 :
t strip-bom 4.0.0 0 :
t emittery 0.13.1 0 :
t collect-v8-coverage 1.0.3 0 :
t merge-stream 2.0.0 0 :
t pirates 4.0.7 0 :
t graceful-fs 4.2.11 0 ISC :
t write-file-atomic 5.0.1 0 ISC : imurmurhash signal-exit
t signal-exit 4.1.0 0 ISC :
t strip-ansi 7.1.2 0 : ansi-regex
t ansi-regex 6.2.2 0 :
t ansi-styles 6.2.3 0 :
t string-length 4.0.2 0 : strip-ansi
t string-width 7.2.0 0 : emoji-regex get-east-asian-width strip-ansi
t emoji-regex 10.6.0 1 :
t get-east-asian-width 1.4.0 0 :
t parse-json 5.2.0 0 : @babel/code-frame error-ex json-parse-even-better-errors lines-and-columns
t error-ex 1.3.4 0 : is-arrayish
t is-arrayish 0.2.1 0 :
t json-parse-even-better-errors 2.3.1 0 :
t lines-and-columns 1.2.4 0 :
t @bcoe/v8-coverage 0.2.3 0 :
t v8-to-istanbul 9.3.0 0 ISC : @jridgewell/trace-mapping @types/istanbul-lib-coverage convert-source-map
t @types/{istanbul-lib-coverage,istanbul-reports,yargs,babel__core,chai,hast,mdast,unist,stylis,validator,statuses,html-minifier-terser,react-transition-group,use-sync-external-store,hoist-non-react-statics,eslint-scope,body-parser,express-serve-static-core,serve-static} 3.0.4 0 :
t @babel/code-frame 7.27.1 1 : @babel/helper-validator-identifier js-tokens picocolors
t @babel/{helper-validator-identifier,helper-validator-option,helper-string-parser,helper-plugin-utils,helper-globals} 7.27.1 1 :
t @babel/{parser,template,helpers,helper-annotate-as-pure} 7.28.5 2 : @babel/types
t @babel/types 7.28.5 2 : @babel/{helper-string-parser,helper-validator-identifier}
t @babel/generator 7.28.5 2 : @babel/{parser,types} @jridgewell/{gen-mapping,trace-mapping} jsesc
t @babel/traverse 7.28.5 2 : @babel/{code-frame,generator,helper-globals,parser,template,types} debug
t @babel/compat-data 7.28.5 2 :
t @babel/helper-compilation-targets 7.27.2 1 : @babel/{compat-data,helper-validator-option} browserslist lru-cache semver
t @babel/{helper-module-imports,helper-create-class-features-plugin,helper-remap-async-to-generator} 7.28.3 1 : @babel/{helper-annotate-as-pure,traverse,types}
t @babel/helper-module-transforms 7.28.3 1 : @babel/{helper-module-imports,helper-validator-identifier,traverse}
t @babel/plugin-transform-{arrow-functions,async-to-generator,block-scoping,class-properties,classes,computed-properties,destructuring,for-of,function-name,literals,modules-commonjs,modules-systemjs,object-rest-spread,optional-chaining,parameters,private-methods,regenerator,shorthand-properties,spread,template-literals,unicode-regex,typescript,react-jsx-self,react-jsx-source} 7.28.4 1 : @babel/{helper-plugin-utils,helper-create-class-features-plugin}
t @babel/runtime 7.28.4 1 :
t core-js-compat 3.47.0 2 : browserslist
t convert-source-map 2.0.0 0 :
t gensync 1.0.0 0 :
t jsesc 3.1.0 0 :
t json5 2.2.3 0 :
t @jridgewell/gen-mapping 0.3.13 0 : @jridgewell/{sourcemap-codec,trace-mapping}
t @jridgewell/remapping 2.3.5 0 : @jridgewell/{sourcemap-codec,trace-mapping}
t @jridgewell/trace-mapping 0.3.31 0 : @jridgewell/{resolve-uri,sourcemap-codec}
t @jridgewell/resolve-uri 3.1.2 0 :
t @jridgewell/sourcemap-codec 1.5.5 0 :
t browserslist 4.28.0 2 : baseline-browser-mapping caniuse-lite electron-to-chromium node-releases update-browserslist-db
t baseline-browser-mapping 2.8.29 4 Apache-2.0 :
t caniuse-lite 1.0.30001756 4 CC-BY-4.0 :
t electron-to-chromium 1.5.256 4 ISC :
t node-releases 2.0.27 2 :
t update-browserslist-db 1.1.4 1 : escalade picocolors
t escalade 3.2.0 0 :
t picocolors 1.1.1 0 ISC :
t lru-cache 11.2.2<10.4.3<7.18.3 2 BlueOak-1.0.0 :
t nanoid 5.1.6 2 :
t source-map-js 1.2.1 0 BSD-3-Clause :
t source-map 0.7.6 0 BSD-3-Clause :
t rollup 4.53.3 4 : @types/estree
t fdir 6.5.0 1 :
t tinyglobby 0.2.15 1 y : fdir picomatch
t @vitest/{pretty-format,spy} 3.2.4<2.1.9<1.6.1 3 : tinyrainbow tinyspy
t @vitest/{expect,mocker,runner,snapshot,utils} 3.2.4<2.1.9<1.6.1 3 : @vitest/{pretty-format,spy} chai magic-string pathe tinyrainbow
t vite-node 3.2.4<2.1.9<1.6.1 3 : cac debug pathe vite
t cac 6.7.14 1 :
t pathe 2.0.3 1 :
t expect-type 1.2.2 1 :
t std-env 3.10.0 1 :
t tinybench 2.9.0 1 :
t tinyexec 1.0.2 1 :
t tinypool 1.1.1 1 :
t tinyrainbow 2.0.0 1 :
t tinyspy 4.0.4 1 :
t chai 6.2.1 1 : assertion-error
t assertion-error 2.0.1 0 :
t magic-string 0.30.21 1 : @jridgewell/sourcemap-codec
t why-is-node-running 2.3.0 0 : siginfo stackback
t siginfo 2.0.0 0 :
t stackback 0.0.2 0 :
t follow-redirects 1.15.11 1 :
t form-data 4.0.5 1 : asynckit combined-stream es-errors hasown mime-types
t combined-stream 1.0.8 0 : delayed-stream
t asynckit 0.4.0 0 :
t delayed-stream 1.0.0 0 :
t proxy-from-env 1.1.0 0 :
t react-router 7.9.6<6.30.2<5.3.4 2 : cookie set-cookie-parser
t set-cookie-parser 2.7.2 0 :
t @tanstack/query-core 5.90.10<4.41.0 4 :
t atomic-sleep 1.0.0 0 :
t on-exit-leak-free 2.1.2 0 :
t pino-std-serializers 7.0.0 0 :
t process-warning 5.0.0 0 :
t quick-format-unescaped 4.0.4 0 :
t real-require 0.2.0 0 :
t safe-stable-stringify 2.5.0 0 :
t split2 4.2.0 0 :
t pino-abstract-transport 3.0.0 0 : split2
t sonic-boom 4.2.0 0 : atomic-sleep
t thread-stream 3.1.0 0 : real-require
t @testing-library/dom 10.4.1 1 : @babel/{code-frame,runtime} @types/aria-query aria-query dom-accessibility-api lz-string picocolors pretty-format
t @types/aria-query 5.0.4 0 :
t lz-string 1.5.0 0 :
t css.escape 1.5.1 0 :
t @adobe/css-tools 4.4.4 0 :
t dom-accessibility-api 0.6.3 0 :
t aria-query 5.3.2 0 Apache-2.0 :
t redent 3.0.0 0 : indent-string strip-indent
t indent-string 4.0.0 0 :
t strip-indent 3.0.0 0 :
t min-indent 1.0.1 0 :
t bs-logger 0.2.6 0 :
t make-error 1.3.6 0 :
t type-fest 4.41.0 0 :
t yargs-parser 21.1.1 0 :
t arg 4.1.3 0 :
t create-require 1.1.1 0 :
t v8-compile-cache-lib 3.0.1 0 :
t yn 3.1.1 0 :
t handlebars 4.7.8 0 : minimist neo-async source-map wordwrap
t minimist 1.2.8 0 :
t neo-async 2.6.2 0 :
t wordwrap 1.0.0 0 :
t file-type 21.1.0 1 :
t iterare 1.2.1 1 :
t load-esm 1.0.3 1 :
t uid 2.0.2 1 :
t fast-safe-stringify 2.1.1 1 :
t tslib 2.8.1 0 0BSD :
t pg-connection-string 2.9.1 1 :
t pg-protocol 1.10.3 1 :
t pgpass 1.0.5 1 :
t pg-pool 3.10.1 1 :
t pg-types 4.1.0 0 : postgres-array postgres-bytea postgres-date postgres-interval
t postgres-array 3.0.4 0 :
t postgres-bytea 1.0.0 0 :
t postgres-date 1.0.7 0 :
t postgres-interval 1.2.0 0 :
t jws 4.0.0 0 : jwa safe-buffer
t jwa 2.0.1 0 : buffer-equal-constant-time ecdsa-sig-formatter safe-buffer
t buffer-equal-constant-time 1.0.1 0 BSD-3-Clause :
t ecdsa-sig-formatter 1.0.11 0 BSD-3-Clause :
t safe-buffer 5.2.1 0 :
t react-refresh 0.18.0 1 :
t hermes-parser 0.32.0 1 :
t @colors/colors 1.6.0 0 :
t async 3.2.6 0 :
t is-stream 2.0.1 0 :
t stack-trace 0.0.10 0 :
t triple-beam 1.4.1 0 :
t @dabh/diagnostics 2.0.8 0 : colorspace enabled kuler
t colorspace 1.1.4 0 :
t {enabled,kuler} 2.0.0 0 :
t logform 2.7.0 0 : @colors/colors fecha ms safe-stable-stringify triple-beam
t fecha 4.2.3 0 :
t one-time 1.0.0 0 :
t winston-transport 4.9.0 0 : logform readable-stream triple-beam
t readable-stream 4.7.0 0 : inherits string_decoder util-deprecate
t string_decoder 1.3.0 0 : safe-buffer
t util-deprecate 1.0.2 0 :
t eslint-import-resolver-node 0.3.9 0 : debug is-core-module resolve
t eslint-module-utils 2.12.1 0 : debug
t @rtsao/scc 1.1.0 0 :
t methods 1.1.2 0 :
t tsconfig-paths 4.2.0 0 : json5 minimist strip-bom
t superagent 10.2.3 1 : component-emitter cookiejar debug fast-safe-stringify form-data formidable methods mime qs
t component-emitter 1.3.1 0 :
t cookiejar 2.1.4 0 :
t formidable 3.5.4 0 :
t mime 2.6.0 0 :
t chokidar 4.0.3 1 : readdirp
t readdirp 4.1.2 0 :
t ignore-by-default 1.0.1 0 :
t pstree.remy 1.1.8 0 :
t undefsafe 2.0.5 0 :
t touch 3.1.1 0 :
t simple-update-notifier 2.0.0 0 : semver
t supports-color 10.2.2 0 : has-flag
t has-flag 5.0.1 0 :
t @cspotcode/source-map-support 0.8.1 0 : @jridgewell/trace-mapping
t @tsconfig/{node10,node12,node14,node16} 1.0.12 0 :
t diff 8.0.2 1 BSD-3-Clause :
t listr2 9.0.5 1 : colorette eventemitter3 log-update rfdc wrap-ansi
t log-update 6.1.0 0 : ansi-escapes strip-ansi wrap-ansi
t wrap-ansi 9.0.2 0 : ansi-styles string-width strip-ansi
t eventemitter3 5.0.1 0 :
t rfdc 1.4.1 0 :
t colorette 2.0.20 0 :
t nano-spawn 2.0.0 0 :
t pidtree 0.6.0 0 :
t string-argv 0.3.2 0 :
t yaml 2.8.1 1 ISC :
t fraction.js 5.3.4 0 :
t normalize-range 0.1.2 0 :
t postcss-value-parser 4.2.0 0 :
t @standard-schema/spec 1.0.0 0 :
t redux 5.0.1 0 :
t redux-thunk 3.1.0 0 :
t reselect 5.1.1 0 :
t use-sync-external-store 1.6.0 1 :
t @mui/{core-downloads-tracker,types,utils} 7.3.5<6.5.0<5.18.0 3 : @babel/runtime clsx
t @mui/system 7.3.5<6.5.0<5.18.0 3 : @babel/runtime @mui/{types,utils} clsx csstype prop-types
t @popperjs/core 2.11.8 0 :
t react-transition-group 4.4.5 0 BSD-3-Clause : @babel/runtime dom-helpers loose-envify prop-types
t dom-helpers 5.2.1 0 : @babel/runtime csstype
t @emotion/{is-prop-valid,utils,weak-memoize,unitless,use-insertion-effect-with-fallbacks,memoize,hash,sheet} 1.4.2 0 :
t @emotion/serialize 1.3.3 0 : @emotion/{hash,memoize,unitless,utils} csstype
t @emotion/cache 11.14.0 0 : @emotion/{memoize,sheet,utils,weak-memoize} stylis
t @emotion/babel-plugin 11.13.5 0 : @babel/{helper-module-imports,runtime} @emotion/{hash,memoize,serialize} babel-plugin-macros convert-source-map escape-string-regexp find-root source-map stylis
t babel-plugin-macros 3.1.0 0 : @babel/runtime cosmiconfig resolve
t cosmiconfig 9.0.0 0 : env-paths import-fresh js-yaml parse-json
t env-paths 2.2.1 0 :
t find-root 1.1.0 0 :
t stylis 4.3.6 0 :
t hoist-non-react-statics 3.3.2 0 BSD-3-Clause : react-is
t @webassemblyjs/ast 1.14.1 0 : @webassemblyjs/helper-{numbers,wasm-bytecode}
t @webassemblyjs/helper-{numbers,wasm-bytecode,buffer} 1.13.2 0 :
t @webassemblyjs/{wasm-edit,wasm-parser} 1.14.1 0 : @webassemblyjs/{ast,helper-buffer}
t chrome-trace-event 1.0.4 0 :
t events 3.3.0 0 :
t glob-to-regexp 0.4.1 0 :
t loader-runner 4.3.1 0 :
t es-module-lexer 1.7.0 0 :
t enhanced-resolve 5.18.3 1 : graceful-fs tapable
t tapable 2.3.0 0 :
t schema-utils 4.3.3 0 : @types/json-schema ajv ajv-formats ajv-keywords
t ajv-formats 3.0.1 0 : ajv
t ajv-keywords 5.1.0 0 : ajv
t terser-webpack-plugin 5.3.14 1 : @jridgewell/trace-mapping jest-worker schema-utils serialize-javascript terser
t serialize-javascript 6.0.2 0 BSD-3-Clause : randombytes
t randombytes 2.1.0 0 : safe-buffer
t terser 5.44.1 2 BSD-2-Clause : @jridgewell/source-map acorn commander source-map-support
t @jridgewell/source-map 0.3.11 0 : @jridgewell/{gen-mapping,trace-mapping}
t source-map-support 0.5.21 0 : buffer-from source-map
t buffer-from 1.1.2 0 :
t watchpack 2.4.4 0 : glob-to-regexp graceful-fs
t webpack-sources 3.3.3 0 :
t playwright 1.56.1 2 Apache-2.0 : playwright-core
t playwright-core 1.56.1 2 Apache-2.0 :
t get-tsconfig 4.13.0 1 : resolve-pkg-maps
t resolve-pkg-maps 1.0.0 0 :
t package-json-from-dist 1.0.1 0 :
t glob 11.1.0<10.5.0<8.1.0 2 ISC : foreground-child jackspeak minimatch minipass package-json-from-dist path-scurry
t foreground-child 3.3.1 0 ISC : cross-spawn signal-exit
t jackspeak 4.1.1 0 BlueOak-1.0.0 : @isaacs/cliui
t @isaacs/cliui 8.0.2 0 ISC : string-width strip-ansi wrap-ansi
t path-scurry 2.0.1 0 BlueOak-1.0.0 : lru-cache minipass
t minipass 7.1.2 0 ISC :
t cssstyle 5.3.3 2 : @asamuzakjp/css-color css-tree
t @asamuzakjp/css-color 4.1.0 2 : @csstools/css-{calc,color-parser,parser-algorithms,tokenizer} lru-cache
t @csstools/css-{calc,color-parser,parser-algorithms,tokenizer} 3.1.0 1 :
t css-tree 3.1.0 1 : mdn-data source-map-js
t mdn-data 2.25.0 3 CC0-1.0 :
t data-urls 6.0.0 1 :
t html-encoding-sniffer 4.0.0 1 :
t whatwg-encoding 3.1.1 1 :
t whatwg-mimetype 4.0.0 1 :
t webidl-conversions 8.0.0 1 :
t w3c-xmlserializer 5.0.0 1 :
t xml-name-validator 5.0.0 1 :
t decimal.js 10.6.0 0 :
t is-potential-custom-element-name 1.0.1 0 :
t symbol-tree 3.2.4 0 :
t xmlchars 2.2.0 0 :
t saxes 6.0.0 0 ISC : xmlchars
t parse5 8.0.0 0 : entities
t entities 6.0.1 0 BSD-2-Clause :
t tough-cookie 6.0.0 1 BSD-3-Clause : tldts
t tldts 7.0.18 3 : tldts-core
t tldts-core 7.0.18 3 :
t whatwg-url 15.1.0 1 : tr46 webidl-conversions
t tr46 6.0.0 0 : punycode
t punycode 2.3.1 0 :
t @smithy/types 4.9.0 2 Apache-2.0 : tslib
t @smithy/{is-array-buffer,util-hex-encoding,util-uri-escape,util-body-length-node,querystring-builder,querystring-parser,shared-ini-file-loader,property-provider} 4.2.5 2 Apache-2.0 : @smithy/types tslib
t @smithy/{protocol-http,url-parser,util-middleware,service-error-classification,util-buffer-from} 4.2.5 2 Apache-2.0 : @smithy/{types,querystring-parser,is-array-buffer} tslib
t @smithy/{config-resolver,fetch-http-handler,hash-node,middleware-content-length,middleware-serde,node-config-provider,node-http-handler,util-base64,util-retry,util-stream,util-utf8,util-waiter,credential-provider-imds,signature-v4} 4.2.5 2 Apache-2.0 : @smithy/{protocol-http,types,util-middleware,util-buffer-from,property-provider,util-hex-encoding} tslib
t @smithy/{core,middleware-endpoint,middleware-retry,smithy-client} 4.9.8 3 Apache-2.0 : @smithy/{middleware-serde,node-config-provider,protocol-http,types,url-parser,util-middleware,service-error-classification} tslib
t @aws-sdk/types 3.930.0 2 Apache-2.0 : @smithy/types tslib
t @aws-sdk/{core,middleware-sdk-s3,middleware-user-agent} 3.935.0 4 Apache-2.0 : @aws-sdk/types @smithy/{core,signature-v4,smithy-client,types} fast-xml-parser tslib
t @aws-sdk/{middleware-host-header,middleware-logger,region-config-resolver,util-endpoints,util-user-agent-node,credential-provider-env,credential-provider-http,credential-provider-ini,credential-provider-process,credential-provider-sso,nested-clients,token-providers} 3.930.0 3 Apache-2.0 : @aws-sdk/{core,types} @smithy/{property-provider,shared-ini-file-loader,types} tslib
t @aws-sdk/credential-provider-node 3.935.0 4 Apache-2.0 : @aws-sdk/{credential-provider-env,credential-provider-http,credential-provider-ini,credential-provider-process,credential-provider-sso,nested-clients,token-providers,types} @smithy/credential-provider-imds tslib
t fast-xml-parser 5.3.2 2 : strnum
t strnum 2.1.1 0 :
t devlop 1.1.0 0 : dequal
t dequal 2.0.3 0 :
t hast-util-to-jsx-runtime 2.3.6 0 : @types/{estree,hast,unist} comma-separated-tokens devlop estree-util-is-identifier-name hast-util-whitespace mdast-util-mdx-expression property-information space-separated-tokens style-to-object vfile-message
t {comma-separated-tokens,space-separated-tokens,estree-util-is-identifier-name,hast-util-whitespace,html-url-attributes,property-information,bail,trough,ccount,longest-streak,zwitch,markdown-table,trim-lines} 2.0.3 0 :
t style-to-object 1.0.14 0 : inline-style-parser
t inline-style-parser 0.2.7 0 :
t mdast-util-{from-markdown,gfm,gfm-autolink-literal,gfm-footnote,gfm-strikethrough,gfm-table,gfm-task-list-item,mdx-expression,to-hast,to-markdown} 2.1.0 0 : @types/{mdast,unist} ccount devlop mdast-util-{phrasing,to-string} micromark micromark-util-{character,decode-string,normalize-identifier,sanitize-uri} unist-util-visit vfile
t mdast-util-{phrasing,to-string} 4.1.0 0 : @types/mdast unist-util-is
t remark-parse 11.0.0 0 : @types/mdast mdast-util-from-markdown micromark-util-types unified
t remark-{rehype,stringify} 11.1.2 0 : @types/{hast,mdast} mdast-util-{to-hast,to-markdown} unified vfile
t unified 11.0.5 0 : @types/unist bail devlop extend is-plain-obj trough vfile
t extend 3.0.2 0 :
t is-plain-obj 4.1.0 0 :
t unist-util-{is,position,stringify-position} 6.0.1 0 : @types/unist
t unist-util-visit-parents 6.0.2 0 : @types/unist unist-util-is
t unist-util-visit 5.0.0 0 : @types/unist unist-util-{is,visit-parents}
t vfile-message 4.0.3 0 : @types/unist unist-util-stringify-position
t vfile 6.0.3 0 : @types/unist vfile-message
t micromark 4.0.2 0 : debug decode-named-character-reference devlop micromark-core-commonmark micromark-factory-space micromark-util-{character,chunked,combine-extensions,decode-string,encode,normalize-identifier,resolve-all,sanitize-uri,subtokenize,symbol,types}
t micromark-core-commonmark 2.0.3 0 : decode-named-character-reference devlop micromark-factory-{destination,label,space,title,whitespace} micromark-util-{character,chunked,classify-character,html-tag-name,symbol,types}
t micromark-factory-{destination,label,space,title,whitespace} 2.0.1 0 : micromark-util-{character,symbol,types}
t micromark-util-{chunked,classify-character,combine-extensions,decode-string,html-tag-name,normalize-identifier,resolve-all,sanitize-uri,subtokenize,encode} 2.0.1 0 : micromark-util-{symbol,types}
t micromark-util-character 2.1.1 0 : micromark-util-{symbol,types}
t micromark-util-{symbol,types} 2.0.2 0 :
t micromark-extension-gfm 3.0.0 0 : micromark-extension-gfm-{autolink-literal,footnote,strikethrough,table,tagfilter,task-list-item} micromark-util-{combine-extensions,types}
t micromark-extension-gfm-{autolink-literal,footnote,strikethrough,table,tagfilter,task-list-item} 2.1.1 0 : devlop micromark-factory-space micromark-util-{character,symbol,types}
t decode-named-character-reference 1.2.0 0 : character-entities
t character-entities 2.0.2 0 :
t html-parse-stringify 3.0.1 1 :
t void-elements 3.1.0 1 :
t decimal.js-light 2.5.1 1 :
t es-toolkit 1.42.0 1 :
t tiny-invariant 1.3.3 1 :
t victory-vendor 37.3.6 1 :
t @graphql-typed-document-node/core 3.2.0 0 :
t @wry/{caches,equality,trie} 0.5.7 0 : tslib
t graphql-tag 2.12.6 0 : tslib
t optimism 0.18.1 0 : @wry/{caches,trie} tslib
t @fastify/{ajv-compiler,error,fast-json-stringify-compiler,proxy-addr} 5.0.3 1 : fast-json-stringify
t abstract-logging 2.0.1 1 :
t avvio 9.1.0 1 :
t find-my-way 9.3.0 1 :
t light-my-request 6.6.0 1 :
t secure-json-parse 4.1.0 1 :
t toad-cache 3.7.0 1 :
t fast-json-stringify 6.1.1 1 : ajv ajv-formats fast-uri rfdc
t mongodb 6.21.0 3 Apache-2.0 : @mongodb-js/saslprep bson mongodb-connection-string-url
t bson 6.10.4 2 Apache-2.0 :
t @mongodb-js/saslprep 1.3.2 0 : sparse-bitfield
t sparse-bitfield 3.0.3 0 :
t kareem 2.6.3 0 :
t mpath 0.9.0 0 :
t sift 17.1.3 0 :
t mongodb-connection-string-url 3.0.2 0 Apache-2.0 : whatwg-url
t mquery 5.0.0 0 : debug
t @ioredis/commands 1.4.0 0 :
t cluster-key-slot 1.1.2 0 :
t denque 2.1.0 0 :
t redis-errors 1.2.0 0 :
t standard-as-callback 2.1.0 0 :
t redis-parser 3.0.0 0 : redis-errors
t tdigest 0.1.2 0 : bintrees
t bintrees 1.0.2 0 :
t libphonenumber-js 1.12.27 4 :
t validator 13.15.23 1 :
t compressible 2.0.18 0 : mime-db
t on-headers 1.1.0 0 :
t basic-auth 2.0.1 0 : safe-buffer
t @opentelemetry/{api-logs,core,resources,instrumentation,semantic-conventions} 2.2.0 2 Apache-2.0 : @opentelemetry/api
t @opentelemetry/{exporter-trace-otlp-http,sdk-metrics,sdk-trace-base,sdk-trace-node} 2.2.0 2 Apache-2.0 : @opentelemetry/{api,core,resources,semantic-conventions}
t ansis 4.2.0 0 :
t app-root-path 3.1.0 0 :
t buffer 6.0.3 0 :
t dedent 1.7.0 0 :
t sha.js 2.4.12 0 :
t sql-highlight 6.1.0 0 :
t esm 3.2.25 0 :
t get-package-type 0.1.0 0 :
t getopts 2.3.0 0 :
t interpret 3.1.1 0 :
t rechoir 0.8.0 0 :
t tarn 3.0.2 0 :
t tildify 2.0.0 0 :
t append-field 1.0.0 0 :
t busboy 1.6.0 0 :
t concat-stream 2.0.0 0 :
t mkdirp 0.5.6 0 :
t xtend 4.0.2 0 :
t data-uri-to-buffer 4.0.10 0 :
t fetch-blob 3.2.0 0 :
t formdata-polyfill 4.0.10 0 :
t aws-sign2 0.7.0 0 Apache-2.0 :
t aws4 1.13.2 0 Apache-2.0 :
t caseless 0.12.0 0 Apache-2.0 :
t forever-agent 0.6.1 0 Apache-2.0 :
t http-signature 1.2.0 0 Apache-2.0 :
t is-typedarray 1.0.0 0 Apache-2.0 :
t isstream 0.1.2 0 Apache-2.0 :
t json-stringify-safe 5.0.1 0 Apache-2.0 :
t oauth-sign 0.9.0 0 Apache-2.0 :
t performance-now 2.1.0 0 Apache-2.0 :
t tunnel-agent 0.6.0 0 Apache-2.0 :
t har-validator 5.1.5 0 MIT x : ajv har-schema
t har-schema 2.0.0 0 ISC x :
t cliui 9.0.1 0 ISC :
t get-caller-file 2.0.5 0 ISC :
t y18n 5.0.8 0 ISC :
t motion-{dom,utils} 12.23.23 3 :
t zrender 6.0.0 1 BSD-3-Clause : tslib
t @floating-ui/{core,utils} 1.7.3 2 :
t @floating-ui/dom 1.7.4 2 : @floating-ui/{core,utils}
t @floating-ui/react 0.27.16 2 : @floating-ui/{dom,utils} tabbable
t tabbable 6.3.0 1 :
t @react-aria/{focus,interactions} 3.21.2 2 Apache-2.0 : @swc/helpers clsx
t @swc/helpers 0.5.17 1 Apache-2.0 : tslib
t @tanstack/react-virtual 3.13.12 3 : @tanstack/virtual-core
t @tanstack/virtual-core 3.13.12 3 :
t @radix-ui/{primitive,react-compose-refs,react-context,react-id,react-focus-guards,react-use-controllable-state} 1.1.3 1 :
t @radix-ui/react-{dismissable-layer,focus-scope,portal,presence,primitive,slot} 1.1.11 1 : @radix-ui/{primitive,react-compose-refs}
t aria-hidden 1.2.6 0 : tslib
t react-remove-scroll 2.7.1 0 : react-remove-scroll-bar react-style-singleton tslib use-callback-ref use-sidecar
t {react-remove-scroll-bar,react-style-singleton,use-callback-ref,use-sidecar} 2.3.8 0 : tslib
t css-to-react-native 3.2.0 0 : camelize postcss-value-parser
t camelize 1.0.1 0 :
t shallowequal 1.1.0 0 :
t internmap 2.0.3 0 :
t deepmerge 4.3.1 0 :
t react-fast-compare 3.2.2 0 :
t tiny-warning 1.0.3 0 :
t memoize-one 6.0.0 0 :
t use-isomorphic-layout-effect 1.2.1 0 :
t @webpack-cli/{configtest,info,serve} 3.0.1 0 :
t @discoveryjs/json-ext 0.6.3 0 :
t envinfo 7.20.0 0 :
t fastest-levenshtein 1.0.16 0 :
t webpack-merge 6.0.1 0 : clone-deep flat
t clone-deep 4.0.1 0 :
t flat 5.0.2 0 :
t icss-utils 5.1.0 0 ISC : postcss
t postcss-modules-{extract-imports,local-by-default,scope,values} 4.0.0 0 ISC : icss-utils postcss postcss-value-parser
t html-minifier-terser 7.2.0 0 : camel-case commander entities param-case terser
t camel-case 4.1.2 0 : no-case tslib
t param-case 3.0.4 0 : no-case tslib
t no-case 3.0.4 0 : lower-case tslib
t lower-case 2.0.2 0 : tslib
t pretty-error 4.0.0 0 :
t immutable 5.1.4 0 :
t @inquirer/{core,confirm} 5.1.21 3 : @inquirer/type ansi-escapes signal-exit
t @inquirer/type 3.0.10 2 :
t @mswjs/interceptors 0.40.0 2 : @open-draft/deferred-promise outvariant strict-event-emitter
t @open-draft/deferred-promise 2.2.0 0 :
t headers-polyfill 4.0.3 0 :
t is-node-process 1.2.0 0 :
t outvariant 1.4.3 0 :
t strict-event-emitter 0.5.1 0 :
t @epic-web/invariant 1.0.0 0 :
t shell-quote 1.8.3 0 :
t tree-kill 1.2.2 0 :
t browser-stdout 1.3.1 0 :
t he 1.2.0 0 :
t log-symbols 4.1.0 0 :
t workerpool 9.3.4 0 :
t yargs-unparser 2.0.0 0 :
t @sinonjs/commons 3.0.1 1 BSD-3-Clause :
t @sinonjs/fake-timers 15.0.0 1 BSD-3-Clause :
t @sinonjs/samsam 8.0.3 1 BSD-3-Clause :
e cypress 15.7.0<14.5.4<13.17.0 3 : chalk commander debug lodash semver
e @faker-js/faker 10.1.0<9.9.0<8.4.1 2 :
e @axe-core/playwright 4.11.0 1 MPL-2.0 :
e allure-playwright 3.4.2<2.15.1 2 Apache-2.0 :
e @types/k6 1.4.0<0.57.1 1 :
o papaparse 5.5.3 1 :
o react-native 0.82.1 2 : ansi-regex babel-jest commander glob jest-environment-node memoize-one pretty-format react-refresh scheduler semver ws yargs
o @react-navigation/native 7.1.20<6.1.18 2 : escape-string-regexp fast-deep-equal nanoid use-sync-external-store
o react-native-screens 4.18.0<3.37.0 2 :
o react-native-safe-area-context 5.6.2<4.14.1 1 :
o react-native-gesture-handler 2.29.1 2 : hoist-non-react-statics
o react-native-reanimated 4.1.5<3.19.4 2 : semver
o react-native-svg 15.15.0 2 :
o react-native-vision-camera 4.7.3 2 :
o react-native-mmkv 4.0.1<3.3.3 1 :
o @react-native-async-storage/async-storage 2.2.0<1.24.0 1 :
o @react-native-community/netinfo 11.4.1 1 :
e @react-native/babel-preset 0.82.1 2 : @babel/core @babel/plugin-transform-arrow-functions react-refresh
e @react-native/metro-config 0.82.1 2 :
e @testing-library/react-native 13.3.3<12.9.0 1 : pretty-format redent
";
