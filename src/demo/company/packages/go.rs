//! Go modules. The form is told in [`super::list`].

/// Popular ones first.
pub(super) const PACKAGES: &str = "
r github.com/stretchr/testify v1.11.1 1 MIT : github.com/davecgh/go-spew github.com/pmezard/go-difflib gopkg.in/yaml.v3
r github.com/google/uuid v1.6.0 0 BSD-3-Clause :
r go.uber.org/zap v1.27.1 1 MIT : go.uber.org/multierr
r github.com/prometheus/client_golang v1.23.2 1 Apache-2.0 : github.com/beorn7/perks github.com/cespare/xxhash/v2 github.com/klauspost/compress github.com/prometheus/client_model github.com/prometheus/common github.com/prometheus/procfs golang.org/x/sys google.golang.org/protobuf
r github.com/spf13/cobra v1.10.1 1 Apache-2.0 : github.com/inconshreveable/mousetrap github.com/spf13/pflag
r github.com/spf13/viper v1.21.0 1 MIT : github.com/fsnotify/fsnotify github.com/go-viper/mapstructure/v2 github.com/pelletier/go-toml/v2 github.com/sagikazarmark/locafero github.com/spf13/afero github.com/spf13/cast github.com/spf13/pflag github.com/subosito/gotenv
r google.golang.org/grpc v1.77.0 2 Apache-2.0 : golang.org/x/net golang.org/x/sys golang.org/x/text google.golang.org/genproto/googleapis/rpc google.golang.org/protobuf
r google.golang.org/protobuf v1.36.10 1 BSD-3-Clause :
r github.com/jackc/pgx/v5 v5.7.6 1 MIT : github.com/jackc/pgpassfile github.com/jackc/pgservicefile github.com/jackc/puddle/v2 golang.org/x/crypto golang.org/x/sync golang.org/x/text
r github.com/gin-gonic/gin v1.11.0 1 MIT : github.com/bytedance/sonic github.com/gin-contrib/sse github.com/go-playground/validator/v10 github.com/goccy/go-json github.com/json-iterator/go github.com/mattn/go-isatty github.com/pelletier/go-toml/v2 github.com/ugorji/go/codec golang.org/x/net google.golang.org/protobuf gopkg.in/yaml.v3
r golang.org/x/sync v0.18.0 2 BSD-3-Clause :
r github.com/go-chi/chi/v5 v5.2.3 1 MIT :
r github.com/sirupsen/logrus v1.9.3 0 MIT : golang.org/x/sys
r github.com/redis/go-redis/v9 v9.17.0 2 BSD-2-Clause : github.com/cespare/xxhash/v2 github.com/dgryski/go-rendezvous
r github.com/segmentio/kafka-go v0.4.49 1 MIT : github.com/klauspost/compress github.com/pierrec/lz4/v4
r github.com/aws/aws-sdk-go-v2 v1.40.0 4 Apache-2.0 : github.com/aws/smithy-go
r github.com/aws/aws-sdk-go-v2/config v1.32.1 4 Apache-2.0 : github.com/aws/aws-sdk-go-v2 github.com/aws/aws-sdk-go-v2/credentials github.com/aws/aws-sdk-go-v2/feature/ec2/imds github.com/aws/aws-sdk-go-v2/internal/ini github.com/aws/aws-sdk-go-v2/service/sso github.com/aws/aws-sdk-go-v2/service/sts github.com/aws/smithy-go
r github.com/aws/aws-sdk-go-v2/service/s3 v1.92.0 4 Apache-2.0 : github.com/aws/aws-sdk-go-v2 github.com/aws/aws-sdk-go-v2/internal/configsources github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 github.com/aws/smithy-go
r github.com/golang-jwt/jwt/v5 v5.3.0 1 MIT :
r github.com/rs/zerolog v1.34.0 1 MIT : github.com/mattn/go-colorable github.com/mattn/go-isatty golang.org/x/sys
r go.opentelemetry.io/otel v1.38.0 2 Apache-2.0 : github.com/go-logr/logr github.com/go-logr/stdr go.opentelemetry.io/auto/sdk go.opentelemetry.io/otel/metric go.opentelemetry.io/otel/trace
r go.opentelemetry.io/otel/sdk v1.38.0 2 Apache-2.0 : github.com/go-logr/logr github.com/google/uuid go.opentelemetry.io/otel go.opentelemetry.io/otel/trace golang.org/x/sys
r go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc v1.38.0 2 Apache-2.0 : github.com/cenkalti/backoff/v5 github.com/grpc-ecosystem/grpc-gateway/v2 go.opentelemetry.io/otel go.opentelemetry.io/otel/sdk go.opentelemetry.io/proto/otlp google.golang.org/grpc google.golang.org/protobuf
r k8s.io/client-go v0.34.2 2 Apache-2.0 : github.com/go-logr/logr github.com/google/gnostic-models github.com/gogo/protobuf github.com/json-iterator/go github.com/spf13/pflag golang.org/x/net golang.org/x/oauth2 golang.org/x/term golang.org/x/time k8s.io/api k8s.io/apimachinery k8s.io/klog/v2 k8s.io/utils sigs.k8s.io/yaml
r k8s.io/apimachinery v0.34.2 2 Apache-2.0 : github.com/go-logr/logr github.com/gogo/protobuf github.com/spf13/pflag golang.org/x/net k8s.io/klog/v2 k8s.io/utils sigs.k8s.io/structured-merge-diff/v6 sigs.k8s.io/yaml
r k8s.io/api v0.34.2 2 Apache-2.0 : github.com/gogo/protobuf k8s.io/apimachinery
r sigs.k8s.io/controller-runtime v0.22.4 2 Apache-2.0 : github.com/evanphx/json-patch/v5 github.com/fsnotify/fsnotify github.com/go-logr/logr github.com/prometheus/client_golang k8s.io/api k8s.io/apimachinery k8s.io/client-go sigs.k8s.io/yaml
r github.com/gorilla/mux v1.8.1 0 BSD-3-Clause :
r github.com/gorilla/websocket v1.5.3 0 BSD-2-Clause :
r github.com/labstack/echo/v4 v4.13.4 1 MIT : github.com/labstack/gommon github.com/valyala/fasttemplate golang.org/x/crypto golang.org/x/net
r github.com/pkg/errors v0.9.1 0 BSD-2-Clause x :
r gopkg.in/yaml.v3 v3.0.1 0 Apache-2.0 :
r github.com/go-sql-driver/mysql v1.9.3 1 MPL-2.0 : filippo.io/edwards25519
r github.com/lib/pq v1.10.9 0 MIT :
r gorm.io/gorm v1.31.1 2 MIT : github.com/jinzhu/inflection github.com/jinzhu/now golang.org/x/text
r gorm.io/driver/postgres v1.6.0 1 MIT : github.com/jackc/pgx/v5 gorm.io/gorm
r github.com/hashicorp/go-retryablehttp v0.7.8 0 MPL-2.0 : github.com/hashicorp/go-cleanhttp
r github.com/nats-io/nats.go v1.47.0 2 Apache-2.0 : github.com/klauspost/compress github.com/nats-io/nkeys github.com/nats-io/nuid golang.org/x/crypto
r github.com/IBM/sarama v1.46.3 2 MIT : github.com/eapache/go-resiliency github.com/hashicorp/go-multierror github.com/klauspost/compress github.com/pierrec/lz4/v4 github.com/rcrowley/go-metrics golang.org/x/net golang.org/x/sync
r github.com/caarlos0/env/v11 v11.3.1 1 MIT :
r github.com/google/go-cmp v0.7.0 0 BSD-3-Clause :
r golang.org/x/crypto v0.45.0 2 BSD-3-Clause : golang.org/x/sys golang.org/x/text
r golang.org/x/oauth2 v0.33.0 2 BSD-3-Clause :
r github.com/docker/docker v28.5.2+incompatible 2 Apache-2.0 : github.com/distribution/reference github.com/docker/go-units github.com/opencontainers/go-digest github.com/pkg/errors
r github.com/testcontainers/testcontainers-go v0.40.0 2 MIT : github.com/cenkalti/backoff/v5 github.com/docker/docker github.com/google/uuid github.com/stretchr/testify golang.org/x/sys
r github.com/dgrijalva/jwt-go v3.2.0+incompatible 0 MIT x :
r github.com/urfave/cli/v2 v2.27.7 1 MIT : github.com/cpuguy83/go-md2man/v2
r github.com/mattn/go-sqlite3 v1.14.32 1 MIT :
r go.mongodb.org/mongo-driver v1.17.6 2 Apache-2.0 : github.com/golang/snappy github.com/klauspost/compress github.com/xdg-go/scram golang.org/x/crypto golang.org/x/sync
r github.com/hashicorp/golang-lru/v2 v2.0.7 0 MPL-2.0 :
r github.com/Masterminds/squirrel v1.5.4 0 MIT : github.com/lann/builder
r github.com/pressly/goose/v3 v3.26.0 2 MIT : github.com/mfridman/interpolate go.uber.org/multierr golang.org/x/sync
r go.uber.org/mock v0.6.0 1 Apache-2.0 : golang.org/x/mod golang.org/x/tools
r github.com/samber/lo v1.52.0 1 MIT : golang.org/x/text
t github.com/davecgh/go-spew v1.1.1 0 ISC :
t github.com/pmezard/go-difflib v1.0.0 0 BSD-3-Clause :
t go.uber.org/multierr v1.11.0 0 MIT :
t github.com/go-logr/stdr v1.2.2 0 MIT :
t github.com/go-logr/logr v1.4.3 0 MIT :
t github.com/cenkalti/backoff/v5 v5.0.3 0 MIT :
t github.com/beorn7/perks v1.0.1 0 MIT :
t github.com/cespare/xxhash/v2 v2.3.0 0 MIT :
t github.com/klauspost/compress v1.18.1 2 Apache-2.0 :
t github.com/prometheus/client_model v0.6.2 2 Apache-2.0 : google.golang.org/protobuf
t github.com/prometheus/common v0.67.4 2 Apache-2.0 : google.golang.org/protobuf
t github.com/prometheus/procfs v0.19.2 2 Apache-2.0 : google.golang.org/protobuf
t golang.org/x/sys v0.38.0 2 BSD-3-Clause :
t golang.org/x/text v0.31.0 2 BSD-3-Clause :
t golang.org/x/term v0.37.0 2 BSD-3-Clause :
t golang.org/x/time v0.14.0 2 BSD-3-Clause :
t golang.org/x/net v0.47.0 2 BSD-3-Clause :
t golang.org/x/mod v0.30.0 2 BSD-3-Clause :
t golang.org/x/tools v0.39.0 2 BSD-3-Clause :
t github.com/inconshreveable/mousetrap v1.1.0 0 MIT :
t github.com/subosito/gotenv v1.6.0 0 MIT :
t github.com/spf13/cast v1.10.0 0 MIT :
t github.com/sagikazarmark/locafero v0.12.0 0 MIT :
t github.com/spf13/pflag v1.0.10 1 Apache-2.0 :
t github.com/spf13/afero v1.15.0 1 Apache-2.0 :
t github.com/fsnotify/fsnotify v1.9.0 1 BSD-3-Clause : golang.org/x/sys
t github.com/go-viper/mapstructure/v2 v2.4.0 1 MIT :
t github.com/pelletier/go-toml/v2 v2.2.4 1 MIT :
t google.golang.org/genproto/googleapis/rpc pseudo 3 Apache-2.0 : google.golang.org/protobuf
t github.com/jackc/pgpassfile v1.0.0 0 MIT :
t github.com/json-iterator/go v1.1.12 0 MIT :
t {github.com/nats-io/nuid,github.com/valyala/fasttemplate} v1.0.1 0 MIT :
t github.com/jackc/pgservicefile pseudo 0 MIT :
t github.com/jackc/puddle/v2 v2.2.2 0 MIT : golang.org/x/sync
t github.com/bytedance/sonic v1.14.2 1 MIT :
t github.com/goccy/go-json v0.10.5 1 MIT :
t github.com/gin-contrib/sse v1.1.0 1 MIT :
t github.com/ugorji/go/codec v1.3.1 1 MIT :
t github.com/go-playground/validator/v10 v10.28.0 1 MIT : github.com/go-playground/universal-translator github.com/leodido/go-urn golang.org/x/crypto golang.org/x/text
t github.com/go-playground/universal-translator v0.18.1 0 MIT :
t github.com/leodido/go-urn v1.4.0 0 MIT :
t github.com/mattn/go-isatty v0.0.20 0 MIT :
t github.com/mattn/go-colorable v0.1.14 0 MIT :
t {github.com/dgryski/go-rendezvous,github.com/rcrowley/go-metrics,k8s.io/utils,github.com/lann/builder} pseudo 1 MIT :
t github.com/pierrec/lz4/v4 v4.1.22 0 BSD-3-Clause :
t github.com/cpuguy83/go-md2man/v2 v2.0.7 0 BSD-3-Clause :
t github.com/aws/smithy-go v1.24.0 2 Apache-2.0 :
t {github.com/aws/aws-sdk-go-v2/credentials,github.com/aws/aws-sdk-go-v2/feature/ec2/imds,github.com/aws/aws-sdk-go-v2/internal/ini,github.com/aws/aws-sdk-go-v2/service/sso,github.com/aws/aws-sdk-go-v2/service/sts,github.com/aws/aws-sdk-go-v2/internal/configsources} v1.18.22 3 Apache-2.0 : github.com/aws/smithy-go
t github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.7.14 3 Apache-2.0 : github.com/aws/smithy-go
t go.opentelemetry.io/{auto/sdk,otel/metric,otel/trace,proto/otlp} v1.38.0 2 Apache-2.0 : github.com/go-logr/logr
t github.com/grpc-ecosystem/grpc-gateway/v2 v2.27.3 2 BSD-3-Clause : google.golang.org/genproto/googleapis/rpc google.golang.org/grpc google.golang.org/protobuf
t github.com/google/gnostic-models v0.7.1 0 Apache-2.0 :
t github.com/gogo/protobuf v1.3.2 0 Apache-2.0 :
t sigs.k8s.io/yaml v1.6.0 0 Apache-2.0 :
t k8s.io/klog/v2 v2.130.1 1 Apache-2.0 : github.com/go-logr/logr
t sigs.k8s.io/structured-merge-diff/v6 v6.3.1 1 Apache-2.0 : sigs.k8s.io/yaml
t github.com/evanphx/json-patch/v5 v5.9.11 1 BSD-3-Clause :
t {github.com/labstack/gommon,filippo.io/edwards25519,github.com/jinzhu/inflection,github.com/jinzhu/now} v1.1.5 0 MIT :
t {github.com/hashicorp/go-cleanhttp,github.com/hashicorp/go-multierror} v1.1.1 0 MPL-2.0 :
t {github.com/nats-io/nkeys,github.com/eapache/go-resiliency,github.com/docker/go-units,github.com/distribution/reference,github.com/opencontainers/go-digest,github.com/golang/snappy,github.com/xdg-go/scram,github.com/mfridman/interpolate} v1.7.0 0 Apache-2.0 :
";
