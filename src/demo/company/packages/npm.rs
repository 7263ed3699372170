//! Packages of npm that projects declare. The form is told in [`super::list`].

/// Popular ones first.
pub(super) const DECLARED: &str = "
w react 19.2.1<18.3.1<17.0.2 1 :
w react-dom 19.2.1<18.3.1<17.0.2 1 : scheduler
d typescript 5.9.3<4.9.5 2 Apache-2.0 :
d @types/node 24.10.1<22.19.1<20.19.2<18.19.1 4 : undici-types
d eslint 9.39.1<8.57.1 3 : @eslint-community/{eslint-utils,regexpp} @eslint/{config-array,config-helpers,core,eslintrc,js,plugin-kit} @humanfs/node @humanwhocodes/{module-importer,retry} @types/estree ajv chalk cross-spawn debug escape-string-regexp eslint-scope eslint-visitor-keys espree esquery esutils fast-deep-equal file-entry-cache find-up glob-parent ignore imurmurhash is-glob json-stable-stringify-without-jsonify lodash.merge minimatch natural-compare optionator
d prettier 3.6.2<2.8.8 2 :
d jest 29.7.0<28.1.3<27.5.1 1 : @jest/core @jest/types import-local jest-cli
s express 5.1.0<4.21.2 1 : accepts body-parser content-disposition content-type cookie cookie-signature debug depd encodeurl escape-html etag finalhandler fresh http-errors merge-descriptors mime-types on-finished once parseurl path-to-regexp proxy-addr qs range-parser router send serve-static setprototypeof statuses type-is utils-merge vary
b lodash 4.17.21 0 :
b axios 1.13.2<0.30.2 2 : follow-redirects form-data proxy-from-env
p @types/react 19.2.5<18.3.26<17.0.9 3 : csstype
p @types/react-dom 19.2.3<18.3.7<17.0.9 2 : @types/react
p vite 7.2.2<6.4.1<5.4.21<4.5.14 3 : esbuild fdir picomatch postcss rollup tinyglobby
d vitest 3.2.4<2.1.9<1.6.1 3 : @types/chai @vitest/{expect,mocker,pretty-format,runner,snapshot,spy,utils} chai debug expect-type magic-string pathe picomatch std-env tinybench tinyexec tinyglobby tinypool tinyrainbow vite vite-node why-is-node-running
s dotenv 17.2.3<16.6.1 2 BSD-2-Clause :
w react-router-dom 7.9.6<6.30.2<5.3.4 2 : react-router
b zod 4.1.12<3.25.6 2 :
w @tanstack/react-query 5.90.10<4.41.0 4 : @tanstack/query-core
b uuid 13.0.0<11.1.0<9.0.1<8.3.2 1 :
s pino 10.1.0<9.14.0<8.21.0 2 : atomic-sleep on-exit-leak-free pino-abstract-transport pino-std-serializers process-warning quick-format-unescaped real-require safe-stable-stringify sonic-boom thread-stream
p @testing-library/react 16.3.0 1 : @babel/runtime @testing-library/dom
p @testing-library/jest-dom 6.9.1 1 : @adobe/css-tools aria-query css.escape dom-accessibility-api picocolors redent
d ts-jest 29.4.5<28.0.8<27.1.5 1 : bs-logger fast-json-stable-stringify handlebars json5 lodash.memoize make-error semver type-fest yargs-parser
d @typescript-eslint/parser 8.47.0 4 : @typescript-eslint/{scope-manager,types,typescript-estree,visitor-keys} debug
d @typescript-eslint/eslint-plugin 8.47.0 4 : @eslint-community/regexpp @typescript-eslint/{scope-manager,type-utils,utils,visitor-keys} graphemer ignore natural-compare ts-api-utils
d @types/jest 30.0.0<29.5.14<28.1.8 1 : expect pretty-format
q @types/express 5.0.5 1 : @types/{body-parser,express-serve-static-core,serve-static}
s cors 2.8.5 0 : object-assign vary
s helmet 8.1.0 1 :
w clsx 2.1.1 0 :
b date-fns 4.1.0<3.6.0<2.30.0 1 :
s @nestjs/common 11.1.9<10.4.20<9.4.3 2 : file-type iterare load-esm tslib uid
s @nestjs/core 11.1.9<10.4.20<9.4.3 2 : fast-safe-stringify iterare path-to-regexp tslib uid
s @nestjs/platform-express 11.1.9<10.4.20<9.4.3 2 : cors express multer path-to-regexp tslib
s rxjs 7.8.2 0 Apache-2.0 : tslib
s reflect-metadata 0.2.2 0 Apache-2.0 :
w zustand 5.0.8 1 :
s pg 8.16.3 1 : pg-connection-string pg-pool pg-protocol pg-types pgpass
s jsonwebtoken 9.0.2 0 : jws lodash.{includes,isboolean,isinteger,isnumber,isplainobject,isstring,once} ms semver
p @vitejs/plugin-react 5.1.1 2 : @babel/core @babel/plugin-transform-react-jsx-{self,source} @types/babel__core react-refresh
s winston 3.18.3 1 : @colors/colors @dabh/diagnostics async is-stream logform one-time readable-stream safe-stable-stringify stack-trace triple-beam winston-transport
d eslint-config-prettier 10.1.8 1 :
p eslint-plugin-react 7.37.5 1 : array-includes array.prototype.{findlast,flatmap,tosorted} doctrine es-iterator-helpers estraverse hasown jsx-ast-utils minimatch object.{entries,fromentries,values} prop-types resolve semver string.prototype.{matchall,repeat}
p eslint-plugin-react-hooks 7.0.1 1 : @babel/core hermes-parser
d eslint-plugin-import 2.32.0 1 : @rtsao/scc array-includes array.prototype.{findlastindex,flat,flatmap} debug doctrine eslint-import-resolver-node eslint-module-utils hasown is-core-module is-glob minimatch object.{fromentries,groupby,values} semver string.prototype.trimend tsconfig-paths
q supertest 7.1.4 1 : methods superagent
q nodemon 3.1.11 1 : chokidar debug ignore-by-default minimatch pstree.remy semver simple-update-notifier supports-color touch undefsafe
q ts-node 10.9.2 0 : @cspotcode/source-map-support @tsconfig/{node10,node12,node14,node16} acorn acorn-walk arg create-require diff make-error v8-compile-cache-lib yn
d husky 9.1.7<8.0.3 1 :
d lint-staged 16.2.6 2 : commander listr2 micromatch nano-spawn pidtree string-argv yaml
w tailwindcss 4.1.17<3.4.18 2 :
p postcss 8.5.6 2 : nanoid picocolors source-map-js
p autoprefixer 10.4.22 1 : browserslist caniuse-lite fraction.js normalize-range picocolors postcss-value-parser
w react-hook-form 7.66.1 3 :
w @reduxjs/toolkit 2.10.1 1 : @standard-schema/spec immer redux redux-thunk reselect
w react-redux 9.2.0<8.1.3<7.2.9 1 : @types/use-sync-external-store use-sync-external-store
w @mui/material 7.3.5<6.5.0<5.18.0 3 : @babel/runtime @mui/{core-downloads-tracker,system,types,utils} @popperjs/core @types/react-transition-group clsx csstype prop-types react-is react-transition-group
w @emotion/react 11.14.0 1 : @babel/runtime @emotion/{babel-plugin,cache,serialize,use-insertion-effect-with-fallbacks,utils,weak-memoize} hoist-non-react-statics
w @emotion/styled 11.14.1 1 : @babel/runtime @emotion/{babel-plugin,is-prop-valid,serialize,use-insertion-effect-with-fallbacks,utils}
p webpack 5.103.0 2 : @types/{eslint-scope,estree,json-schema} @webassemblyjs/{ast,wasm-edit,wasm-parser} acorn browserslist chrome-trace-event enhanced-resolve es-module-lexer eslint-scope events glob-to-regexp graceful-fs json-parse-even-better-errors loader-runner mime-types neo-async schema-utils tapable terser-webpack-plugin watchpack webpack-sources
d @babel/core 7.28.5 2 : @babel/{code-frame,generator,helper-compilation-targets,helper-module-transforms,helpers,parser,template,traverse,types} @jridgewell/remapping convert-source-map debug gensync json5 semver
d @babel/preset-env 7.28.5 2 : @babel/{compat-data,helper-compilation-targets,helper-plugin-utils,helper-validator-option} @babel/plugin-transform-{arrow-functions,async-to-generator,block-scoping,class-properties,classes,computed-properties,destructuring,for-of,function-name,literals,modules-commonjs,modules-systemjs,object-rest-spread,optional-chaining,parameters,private-methods,regenerator,shorthand-properties,spread,template-literals,unicode-regex} core-js-compat semver
d @babel/preset-typescript 7.28.5 1 : @babel/{helper-plugin-utils,helper-validator-option,plugin-syntax-jsx} @babel/plugin-transform-{modules-commonjs,typescript}
p @testing-library/user-event 14.6.1 1 :
p @playwright/test 1.56.1 2 Apache-2.0 : playwright
d tsx 4.20.6 3 : esbuild get-tsconfig
d rimraf 6.1.0<5.0.10<3.0.2 1 BlueOak-1.0.0 : glob package-json-from-dist
p jsdom 27.2.0 2 : cssstyle data-urls decimal.js html-encoding-sniffer is-potential-custom-element-name parse5 saxes symbol-tree tough-cookie w3c-xmlserializer webidl-conversions whatwg-encoding whatwg-mimetype whatwg-url ws xml-name-validator
s @aws-sdk/client-s3 3.935.0 4 Apache-2.0 : @aws-sdk/{core,credential-provider-node,middleware-host-header,middleware-logger,middleware-sdk-s3,middleware-user-agent,region-config-resolver,types,util-endpoints,util-user-agent-node} @smithy/{config-resolver,core,fetch-http-handler,hash-node,middleware-content-length,middleware-endpoint,middleware-retry,middleware-serde,node-config-provider,node-http-handler,protocol-http,smithy-client,types,url-parser,util-base64,util-retry,util-stream,util-utf8,util-waiter} tslib
s @aws-sdk/client-{sqs,dynamodb} 3.935.0 4 Apache-2.0 : @aws-sdk/{core,credential-provider-node,middleware-host-header,middleware-logger,middleware-user-agent,region-config-resolver,types,util-endpoints,util-user-agent-node} @smithy/{config-resolver,core,fetch-http-handler,hash-node,middleware-content-length,middleware-endpoint,middleware-retry,middleware-serde,node-config-provider,node-http-handler,smithy-client,types,url-parser,util-base64,util-retry,util-utf8} tslib
w react-markdown 10.1.0 1 : @types/{hast,mdast} devlop hast-util-to-jsx-runtime html-url-attributes mdast-util-to-hast remark-parse remark-rehype unified unist-util-visit vfile
w remark-gfm 4.0.1 0 : @types/mdast mdast-util-gfm micromark-extension-gfm remark-parse remark-stringify unified
w i18next 25.6.3 3 : @babel/runtime
w react-i18next 16.3.5 3 : @babel/runtime html-parse-stringify use-sync-external-store
w recharts 3.4.1 2 : @reduxjs/toolkit clsx decimal.js-light es-toolkit eventemitter3 immer react-redux reselect tiny-invariant use-sync-external-store victory-vendor
b graphql 16.12.0<15.10.1 1 :
w @apollo/client 4.0.9 2 : @graphql-typed-document-node/core @wry/{caches,equality,trie} graphql-tag optimism tslib
b dayjs 1.11.19 1 :
s fastify 5.6.2<4.29.1 2 : @fastify/{ajv-compiler,error,fast-json-stringify-compiler,proxy-addr} abstract-logging avvio fast-json-stringify find-my-way light-my-request pino process-warning rfdc secure-json-parse semver toad-cache
s mongoose 8.20.1<7.8.8<6.13.8 3 : bson kareem mongodb mpath mquery ms sift
s ioredis 5.8.2 1 : @ioredis/commands cluster-key-slot debug denque lodash.{defaults,isarguments} redis-errors redis-parser standard-as-callback
s kafkajs 2.2.4 0 :
s prom-client 15.1.3 0 Apache-2.0 : @opentelemetry/api tdigest
s class-validator 0.14.2 0 : @types/validator libphonenumber-js validator
s class-transformer 0.5.1 0 :
s ws 8.18.3 1 :
s compression 1.8.1 0 : bytes compressible debug negotiator on-headers safe-buffer vary
s morgan 1.10.1 0 : basic-auth debug depd on-finished on-headers
s cookie-parser 1.4.7 0 : cookie cookie-signature
s undici 7.16.0 2 :
s @opentelemetry/api 1.9.0 1 Apache-2.0 :
s @opentelemetry/sdk-node 0.208.0 2 Apache-2.0 : @opentelemetry/{api-logs,core,exporter-trace-otlp-http,instrumentation,resources,sdk-metrics,sdk-trace-base,sdk-trace-node,semantic-conventions}
s typeorm 0.3.27 1 : ansis app-root-path buffer dayjs debug dedent dotenv glob reflect-metadata sha.js sql-highlight tslib uuid yargs
s knex 3.1.0 1 : colorette commander debug escalade esm get-package-type getopts interpret lodash pg-connection-string rechoir resolve-from tarn tildify
s nodemailer 7.0.10 2 MIT-0 :
s multer 2.0.2 0 : append-field busboy concat-stream mkdirp object-assign type-is xtend
s node-fetch 3.3.2 0 : data-uri-to-buffer fetch-blob formdata-polyfill
s request 2.88.2 0 Apache-2.0 x : aws-sign2 aws4 caseless combined-stream extend forever-agent form-data har-validator http-signature is-typedarray isstream json-stringify-safe mime-types oauth-sign performance-now qs safe-buffer tough-cookie tunnel-agent uuid
s moment 2.30.1 0 :
s body-parser 2.2.0 1 : bytes content-type debug http-errors iconv-lite on-finished qs raw-body type-is
b yargs 18.0.0 1 : cliui escalade get-caller-file string-width y18n yargs-parser
b commander 14.0.2<12.1.0<11.1.0 1 :
b chalk 5.6.2<4.1.2 1 :
b semver 7.7.3 1 ISC :
b ajv 8.17.1 1 : fast-deep-equal fast-uri json-schema-traverse require-from-string
w framer-motion 12.23.24 4 : motion-dom motion-utils tslib
w lucide-react 0.554.0 4 ISC :
w echarts 6.0.0 1 Apache-2.0 : tslib zrender
w @headlessui/react 2.2.9 1 : @floating-ui/react @react-aria/{focus,interactions} @tanstack/react-virtual use-sync-external-store
w @radix-ui/react-{dialog,dropdown-menu,tooltip} 1.1.15 2 : @radix-ui/{primitive,react-compose-refs,react-context,react-dismissable-layer,react-focus-guards,react-focus-scope,react-id,react-portal,react-presence,react-primitive,react-slot,react-use-controllable-state} aria-hidden react-remove-scroll
w styled-components 6.1.19 1 : @emotion/{is-prop-valid,unitless} @types/stylis css-to-react-native csstype postcss-value-parser shallowequal stylis tslib
w swr 2.3.6 1 : dequal use-sync-external-store
w immer 10.2.0 1 :
w d3-{array,scale,shape,time-format} 3.2.4 0 ISC : internmap
w formik 2.4.9 1 Apache-2.0 : @types/hoist-non-react-statics deepmerge hoist-non-react-statics lodash react-fast-compare tiny-warning tslib
w classnames 2.5.1 0 :
w react-select 5.10.2 1 : @babel/runtime @emotion/{cache,react} @floating-ui/dom @types/react-transition-group memoize-one prop-types react-transition-group use-isomorphic-layout-effect
p webpack-cli 6.0.1 1 : @discoveryjs/json-ext @webpack-cli/{configtest,info,serve} colorette commander cross-spawn envinfo fastest-levenshtein import-local interpret rechoir webpack-merge
p css-loader 7.1.2 1 : icss-utils postcss postcss-modules-{extract-imports,local-by-default,scope,values} postcss-value-parser semver
p html-webpack-plugin 5.6.5 1 : @types/html-minifier-terser html-minifier-terser lodash pretty-error tapable
p sass 1.94.2 3 : chokidar immutable source-map-js
p msw 2.12.3 3 : @inquirer/confirm @mswjs/interceptors @open-draft/deferred-promise @types/statuses cookie graphql headers-polyfill is-node-process outvariant path-to-regexp picocolors strict-event-emitter type-fest yargs
d esbuild 0.27.0 3 :
d concurrently 9.2.1 1 : chalk rxjs shell-quote supports-color tree-kill yargs
d cross-env 10.1.0 1 : @epic-web/invariant cross-spawn
d mocha 11.7.5 2 : browser-stdout chokidar debug diff escape-string-regexp find-up glob he js-yaml log-symbols minimatch ms serialize-javascript strip-json-comments supports-color workerpool yargs yargs-parser yargs-unparser
d sinon 21.0.0 2 BSD-3-Clause : @sinonjs/{commons,fake-timers,samsam} diff supports-color
d @biomejs/biome 2.3.7 3 MIT y :
d typescript-eslint 8.47.0 4 y : @typescript-eslint/{eslint-plugin,parser,typescript-estree,utils}
d @types/lodash 4.17.20 1 : @types/node
d @types/uuid 10.0.0 1 : @types/node
q @types/jsonwebtoken 9.0.10 1 : @types/node
q @types/cors 2.8.19 1 : @types/node
q @types/supertest 6.0.3 1 : @types/node
";
