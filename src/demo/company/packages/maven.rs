//! Artifacts of Maven. The form is told in [`super::list`].

/// Popular ones first.
pub(super) const PACKAGES: &str = "
r org.springframework.boot:spring-boot-starter-web 4.0.3<3.5.9<2.7.18 2 : org.springframework.boot:spring-boot-starter org.springframework.boot:spring-boot-starter-json org.springframework.boot:spring-boot-starter-tomcat org.springframework:spring-web org.springframework:spring-webmvc
d org.springframework.boot:spring-boot-starter-test 4.0.3<3.5.9<2.7.18 2 : com.jayway.jsonpath:json-path jakarta.xml.bind:jakarta.xml.bind-api net.minidev:json-smart org.assertj:assertj-core org.awaitility:awaitility org.hamcrest:hamcrest org.junit.jupiter:junit-jupiter org.mockito:mockito-core org.mockito:mockito-junit-jupiter org.skyscreamer:jsonassert org.springframework:spring-test org.springframework.boot:spring-boot-starter org.xmlunit:xmlunit-core
r org.springframework.boot:spring-boot-starter-actuator 4.0.3<3.5.9<2.7.18 2 : io.micrometer:micrometer-core io.micrometer:micrometer-observation org.springframework.boot:spring-boot-starter
r org.springframework.boot:spring-boot-starter-data-jpa 4.0.3<3.5.9<2.7.18 2 : org.aspectj:aspectjweaver com.zaxxer:HikariCP org.hibernate.orm:hibernate-core org.springframework.boot:spring-boot-starter org.springframework.data:spring-data-jpa org.springframework:spring-aop org.springframework:spring-tx
r org.springframework.boot:spring-boot-starter-security 4.0.3<3.5.9<2.7.18 2 : org.springframework.boot:spring-boot-starter org.springframework.security:spring-security-config org.springframework.security:spring-security-web org.springframework:spring-aop
r org.springframework.boot:spring-boot-starter-validation 4.0.3<3.5.9<2.7.18 2 : org.hibernate.validator:hibernate-validator org.springframework.boot:spring-boot-starter
r org.postgresql:postgresql 42.7.8 1 BSD-2-Clause : org.checkerframework:checker-qual
r org.projectlombok:lombok 1.18.42 1 MIT :
r com.google.guava:guava 33.5.0-jre 1 : com.google.errorprone:error_prone_annotations com.google.guava:failureaccess com.google.j2objc:j2objc-annotations org.jspecify:jspecify
d org.junit.jupiter:junit-jupiter 6.0.1<5.14.1 2 EPL-2.0 : org.junit.jupiter:junit-jupiter-api org.junit.jupiter:junit-jupiter-engine org.junit.jupiter:junit-jupiter-params
d org.mockito:mockito-core 5.20.0<4.11.0 1 MIT : net.bytebuddy:byte-buddy net.bytebuddy:byte-buddy-agent org.objenesis:objenesis
d org.assertj:assertj-core 3.27.6 1 : net.bytebuddy:byte-buddy
r com.fasterxml.jackson.core:jackson-databind 2.20.1 2 : com.fasterxml.jackson.core:jackson-annotations com.fasterxml.jackson.core:jackson-core
r org.slf4j:slf4j-api 2.0.17<1.7.36 1 MIT :
r org.apache.commons:commons-lang3 3.20.0 1 :
r ch.qos.logback:logback-classic 1.5.21 2 EPL-1.0 : ch.qos.logback:logback-core org.slf4j:slf4j-api
r org.flywaydb:flyway-core 11.17.1 3 : com.fasterxml.jackson.core:jackson-databind
r io.micrometer:micrometer-registry-prometheus 1.16.0 2 : io.micrometer:micrometer-core io.prometheus:prometheus-metrics-core
r org.springframework.kafka:spring-kafka 3.3.11 2 : org.apache.kafka:kafka-clients org.springframework:spring-context org.springframework:spring-messaging org.springframework:spring-tx
r org.springdoc:springdoc-openapi-starter-webmvc-ui 2.8.14 1 : io.swagger.core.v3:swagger-core-jakarta org.springdoc:springdoc-openapi-starter-common org.webjars:swagger-ui
r org.mapstruct:mapstruct 1.6.3 0 :
d org.testcontainers:postgresql 1.21.3 1 MIT : org.testcontainers:jdbc
d org.testcontainers:junit-jupiter 1.21.3 1 MIT : org.testcontainers:testcontainers
r org.apache.kafka:kafka-clients 4.1.1 1 : com.github.luben:zstd-jni org.lz4:lz4-java org.slf4j:slf4j-api org.xerial.snappy:snappy-java
r com.fasterxml.jackson.datatype:jackson-datatype-jsr310 2.20.1 2 : com.fasterxml.jackson.core:jackson-annotations com.fasterxml.jackson.core:jackson-core com.fasterxml.jackson.core:jackson-databind
r org.springframework.boot:spring-boot-starter-webflux 4.0.3<3.5.9<2.7.18 2 : io.projectreactor.netty:reactor-netty-http org.springframework.boot:spring-boot-starter org.springframework.boot:spring-boot-starter-json org.springframework:spring-web
r org.springframework.boot:spring-boot-starter-data-redis 4.0.3<3.5.9<2.7.18 2 : io.lettuce:lettuce-core org.springframework.boot:spring-boot-starter
r software.amazon.awssdk:s3 2.39.1 4 : software.amazon.awssdk:aws-core software.amazon.awssdk:sdk-core software.amazon.awssdk:regions software.amazon.awssdk:auth software.amazon.awssdk:utils
r software.amazon.awssdk:sqs 2.39.1 4 : software.amazon.awssdk:aws-core software.amazon.awssdk:sdk-core software.amazon.awssdk:regions software.amazon.awssdk:auth software.amazon.awssdk:utils
r io.jsonwebtoken:jjwt-api 0.13.0 0 :
r commons-io:commons-io 2.21.0 1 :
r com.squareup.okhttp3:okhttp 5.3.2 1 : com.squareup.okio:okio org.jetbrains.kotlin:kotlin-stdlib
r com.google.code.gson:gson 2.13.2 1 : com.google.errorprone:error_prone_annotations
r com.github.ben-manes.caffeine:caffeine 3.2.3 1 : com.google.errorprone:error_prone_annotations org.jspecify:jspecify
r io.github.resilience4j:resilience4j-spring-boot3 2.3.0 1 : io.github.resilience4j:resilience4j-core org.slf4j:slf4j-api
r io.grpc:grpc-netty-shaded 1.77.0 2 : io.grpc:grpc-core io.grpc:grpc-api
r io.grpc:grpc-protobuf 1.77.0 2 : com.google.protobuf:protobuf-java com.google.guava:guava io.grpc:grpc-api
r com.google.protobuf:protobuf-java 4.33.1 2 BSD-3-Clause :
r org.apache.httpcomponents.client5:httpclient5 5.5.1 1 : org.apache.httpcomponents.core5:httpcore5 org.slf4j:slf4j-api
r io.opentelemetry:opentelemetry-api 1.56.0 2 : io.opentelemetry:opentelemetry-context
r org.jetbrains.kotlin:kotlin-stdlib 2.2.21 2 : org.jetbrains:annotations
r org.jetbrains.kotlinx:kotlinx-coroutines-core 1.10.2 1 : org.jetbrains.kotlin:kotlin-stdlib
r com.fasterxml.jackson.module:jackson-module-kotlin 2.20.1 2 : com.fasterxml.jackson.core:jackson-databind org.jetbrains.kotlin:kotlin-stdlib
r org.apache.logging.log4j:log4j-core 2.25.2 1 : org.apache.logging.log4j:log4j-api
d junit:junit 4.13.2~ 0 EPL-1.0 x : org.hamcrest:hamcrest
r org.springframework.cloud:spring-cloud-starter-openfeign 4.3.0 1 : io.github.openfeign:feign-core org.springframework.boot:spring-boot-starter org.springframework:spring-web
d org.wiremock:wiremock-standalone 3.13.2 1 :
d io.rest-assured:rest-assured 5.5.6 1 : org.apache.groovy:groovy org.hamcrest:hamcrest
d com.h2database:h2 2.4.240 1 MPL-2.0 :
r joda-time:joda-time 2.14.0 1 x :
r org.jsoup:jsoup 1.21.2 1 MIT :
r org.apache.poi:poi-ooxml 5.4.1 1 : commons-io:commons-io org.apache.commons:commons-compress org.apache.logging.log4j:log4j-api
t org.springframework.boot:spring-boot-starter-parent 4.0.3<3.5.9<2.7.18 2 :
t org.springframework.boot:{spring-boot,spring-boot-autoconfigure,spring-boot-starter-logging} 4.0.3<3.5.9<2.7.18 2 : org.springframework:spring-context org.springframework:spring-core
t org.springframework.boot:spring-boot-starter 4.0.3<3.5.9<2.7.18 2 : org.springframework.boot:{spring-boot,spring-boot-autoconfigure,spring-boot-starter-logging} ch.qos.logback:logback-classic jakarta.annotation:jakarta.annotation-api org.apache.logging.log4j:log4j-to-slf4j org.slf4j:jul-to-slf4j org.springframework:spring-core org.yaml:snakeyaml
t org.springframework.boot:spring-boot-starter-json 4.0.3<3.5.9<2.7.18 2 : com.fasterxml.jackson.core:jackson-databind com.fasterxml.jackson.datatype:jackson-datatype-jdk8 com.fasterxml.jackson.datatype:jackson-datatype-jsr310 com.fasterxml.jackson.module:jackson-module-parameter-names org.springframework:spring-web
t org.springframework.boot:spring-boot-starter-tomcat 4.0.3<3.5.9<2.7.18 2 : jakarta.annotation:jakarta.annotation-api org.apache.tomcat.embed:{tomcat-embed-core,tomcat-embed-el,tomcat-embed-websocket}
t org.apache.tomcat.embed:{tomcat-embed-core,tomcat-embed-el,tomcat-embed-websocket} 10.1.49 2 :
t org.springframework:spring-jcl 7.0.3<6.2.15<5.3.39 2 :
t org.springframework:spring-core 7.0.3<6.2.15<5.3.39 2 : org.springframework:spring-jcl
t org.springframework:{spring-beans,spring-expression,spring-test} 7.0.3<6.2.15<5.3.39 2 : org.springframework:spring-core
t org.springframework:{spring-aop,spring-tx,spring-messaging} 7.0.3<6.2.15<5.3.39 2 : org.springframework:spring-beans org.springframework:spring-core
t org.springframework:spring-context 7.0.3<6.2.15<5.3.39 2 : io.micrometer:micrometer-observation org.springframework:{spring-aop,spring-beans,spring-core,spring-expression}
t org.springframework:spring-web 7.0.3<6.2.15<5.3.39 2 : io.micrometer:micrometer-observation org.springframework:{spring-beans,spring-core}
t org.springframework:spring-webmvc 7.0.3<6.2.15<5.3.39 2 : org.springframework:{spring-aop,spring-beans,spring-context,spring-core,spring-expression,spring-web}
t org.springframework.security:{spring-security-config,spring-security-web} 7.0.3<6.5.8<5.8.16 2 : org.springframework.security:spring-security-core org.springframework:spring-context
t org.springframework.security:spring-security-core 7.0.3<6.5.8<5.8.16 2 : org.springframework:spring-context
t org.springframework.data:spring-data-jpa 3.5.6 2 : org.antlr:antlr4-runtime org.springframework:spring-context org.springframework:spring-tx
t org.antlr:antlr4-runtime 4.13.2 0 BSD-3-Clause :
t jakarta.annotation:jakarta.annotation-api 3.0.0 0 EPL-2.0 :
t jakarta.xml.bind:jakarta.xml.bind-api 4.0.4 0 EPL-2.0 :
t jakarta.persistence:jakarta.persistence-api 3.2.0<2.2.3 0 EPL-2.0 :
t com.jayway.jsonpath:json-path 2.10.0 1 :
t net.minidev:json-smart 2.6.0 1 :
t org.skyscreamer:jsonassert 1.5.3 1 :
t org.xmlunit:xmlunit-core 2.10.4 1 :
t org.awaitility:awaitility 4.3.0 1 :
t org.hamcrest:hamcrest 3.0~ 0 BSD-3-Clause :
t org.mockito:mockito-junit-jupiter 5.20.0<4.11.0 1 MIT : org.mockito:mockito-core
t org.junit.jupiter:{junit-jupiter-api,junit-jupiter-engine,junit-jupiter-params} 6.0.1<5.14.1 2 EPL-2.0 : org.opentest4j:opentest4j
t org.opentest4j:opentest4j 1.3.0 0 :
t org.objenesis:objenesis 3.4~ 0 :
t org.jspecify:jspecify 1.0.0 0 :
t org.lz4:lz4-java 1.8.0 0 :
t net.bytebuddy:{byte-buddy,byte-buddy-agent} 1.18.1 2 :
t io.micrometer:micrometer-core 1.16.0 2 : io.micrometer:micrometer-observation org.hdrhistogram:HdrHistogram
t io.micrometer:micrometer-observation 1.16.0 2 :
t org.hdrhistogram:HdrHistogram 2.2.2 0 :
t org.yaml:snakeyaml 2.5~<1.33.0 0 :
t org.aspectj:aspectjweaver 1.9.25 0 :
t org.slf4j:jul-to-slf4j 2.0.17 0 :
t com.zaxxer:HikariCP 7.0.2 1 : org.slf4j:slf4j-api
t org.hibernate.orm:hibernate-core 6.6.36.Final<5.6.15 2 : jakarta.persistence:jakarta.persistence-api net.bytebuddy:byte-buddy org.antlr:antlr4-runtime org.jboss.logging:jboss-logging
t org.hibernate.validator:hibernate-validator 8.0.3.Final 1 : org.jboss.logging:jboss-logging
t org.jboss.logging:jboss-logging 3.6.1.Final 0 :
t org.checkerframework:checker-qual 3.52.0 1 :
t com.google.j2objc:j2objc-annotations 3.1~ 1 :
t com.google.guava:failureaccess 1.0.3 1 :
t com.google.errorprone:error_prone_annotations 2.45.0 1 :
t com.fasterxml.jackson.core:jackson-{annotations,core} 2.20.1 2 :
t com.fasterxml.jackson.datatype:jackson-datatype-jdk8 2.20.1 2 : com.fasterxml.jackson.core:jackson-databind
t com.fasterxml.jackson.module:jackson-module-parameter-names 2.20.1 2 : com.fasterxml.jackson.core:jackson-databind
t ch.qos.logback:logback-core 1.5.21 2 EPL-1.0 :
t org.apache.logging.log4j:log4j-api 2.25.2 1 :
t org.apache.logging.log4j:log4j-to-slf4j 2.25.2 1 : org.apache.logging.log4j:log4j-api org.slf4j:slf4j-api
t io.prometheus:prometheus-metrics-core 1.4.3 1 :
t io.swagger.core.v3:swagger-core-jakarta 2.2.41 1 :
t org.springdoc:springdoc-openapi-starter-common 2.8.14 1 :
t org.webjars:swagger-ui 5.30.1 1 :
t org.testcontainers:{jdbc,testcontainers} 1.21.3 1 MIT : org.slf4j:slf4j-api
t com.github.luben:zstd-jni 1.5.7 1 BSD-2-Clause :
t org.xerial.snappy:snappy-java 1.1.10 1 BSD-2-Clause :
t io.projectreactor.netty:reactor-netty-http 1.2.12 2 : io.netty:netty-codec-http io.projectreactor:reactor-core
t io.projectreactor:reactor-core 3.7.13 2 : org.reactivestreams:reactive-streams
t org.reactivestreams:reactive-streams 1.0.4 0 MIT-0 :
t io.netty:netty-{codec,common,buffer,transport,handler} 4.1.128.Final 2 :
t io.netty:netty-codec-http 4.1.128.Final 2 : io.netty:netty-{codec,common,buffer,transport,handler}
t io.lettuce:lettuce-core 6.8.1.RELEASE 2 : io.netty:netty-{common,handler,transport} io.projectreactor:reactor-core
t software.amazon.awssdk:{aws-core,sdk-core,regions,auth,utils} 2.39.1 4 : org.slf4j:slf4j-api
t com.squareup.okio:okio 3.16.4 1 : org.jetbrains.kotlin:kotlin-stdlib
t org.jetbrains:annotations 26.0.2 1 :
t io.github.resilience4j:resilience4j-core 2.3.0 1 : org.slf4j:slf4j-api
t io.grpc:{grpc-core,grpc-api} 1.77.0 2 : com.google.guava:guava
t org.apache.httpcomponents.core5:httpcore5 5.3.6 1 :
t io.opentelemetry:opentelemetry-context 1.56.0 2 :
t io.github.openfeign:feign-core 13.6~ 1 :
t org.apache.groovy:groovy 5.0.2 1 :
t org.apache.commons:commons-compress 1.28.0 1 : commons-io:commons-io org.apache.commons:commons-lang3
o androidx.core:core-ktx 1.17.0 1 : org.jetbrains.kotlin:kotlin-stdlib
o androidx.appcompat:appcompat 1.7.1 0 : androidx.core:core-ktx
o androidx.activity:activity-compose 1.11.0 1 : androidx.core:core-ktx
o androidx.compose.ui:ui 1.9.4 2 : org.jetbrains.kotlin:kotlin-stdlib
o androidx.compose.material3:material3 1.4.0 1 : androidx.compose.ui:ui
o androidx.lifecycle:lifecycle-viewmodel-ktx 2.9.4 1 : org.jetbrains.kotlinx:kotlinx-coroutines-core
o androidx.navigation:navigation-compose 2.9.6 1 : androidx.compose.ui:ui
o androidx.room:room-runtime 2.8.3 1 : org.jetbrains.kotlinx:kotlinx-coroutines-core
o androidx.work:work-runtime-ktx 2.11.0 1 : androidx.room:room-runtime
o androidx.camera:camera-camera2 1.5.1 1 : androidx.core:core-ktx
o androidx.datastore:datastore-preferences 1.1.7 1 : org.jetbrains.kotlinx:kotlinx-coroutines-core
o com.google.dagger:hilt-android 2.57.2 2 :
o com.google.android.material:material 1.13.0 0 : androidx.appcompat:appcompat
o com.google.mlkit:barcode-scanning 17.3.0 0 :
o com.google.android.gms:play-services-location 21.3.0 0 :
o com.google.firebase:firebase-messaging 25.0.1<24.1.2<23.4.1 1 :
o com.jakewharton.timber:timber 5.0.1 0 :
o io.coil-kt:coil-compose 2.7.0 0 : com.squareup.okhttp3:okhttp androidx.compose.ui:ui
o com.squareup.retrofit2:{retrofit,converter-moshi} 3.0.0<2.12.0 0 : com.squareup.okhttp3:okhttp
o com.squareup.moshi:moshi 1.15.2 0 : com.squareup.okio:okio
e androidx.test.ext:junit 1.3.0 0 : junit:junit
e androidx.test.espresso:espresso-core 3.7.0 0 : org.hamcrest:hamcrest
e org.robolectric:robolectric 4.16~ 1 MIT : junit:junit
e app.cash.turbine:turbine 1.2.1 0 : org.jetbrains.kotlinx:kotlinx-coroutines-core
e io.mockk:mockk 1.14.6 1 : net.bytebuddy:byte-buddy org.jetbrains.kotlinx:kotlinx-coroutines-core
";
