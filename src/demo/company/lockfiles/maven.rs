//! `pom.xml`, `build.gradle.kts` and `gradle.lockfile`.

use std::fmt::Write;

use crate::demo::company::lockfiles::Stack;
use crate::demo::company::lockfiles::locked::Locked;
use crate::demo::company::lockfiles::resolve::{Direct, Pick};

const BOOT: &str = "org.springframework.boot";

fn group_and_artifact<'s>(locked: &Locked<'s>, pick: Pick) -> (&'s str, &'s str) {
    let name: &'s str = &locked.package(pick).name;
    name.split_once(':').unwrap_or((name, name))
}

fn group(locked: &Locked<'_>) -> String {
    format!("com.{}", locked.state.universe.login.replace('-', ""))
}

/// The parent of Spring Boot's applications, in the version of its starters.
fn parent(locked: &Locked<'_>) -> Option<Pick> {
    let state = locked.state;
    let is_boot = |direct: &&Direct| locked.package(direct.pick()).name.starts_with(BOOT);
    let starter = state.directs.iter().filter(|direct| !direct.for_development).find(is_boot)?;
    let own = state.universe.packages.iter().position(|package| package.name == "org.springframework.boot:spring-boot-starter-parent")?;
    Some(Pick { package: own as u16, release: starter.release })
}

/// `pom.xml`.
pub(super) fn pom(locked: &Locked<'_>) -> String {
    let state = locked.state;
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n",
    );
    if let Some(parent) = parent(locked) {
        let (group, artifact) = group_and_artifact(locked, parent);
        let _ = write!(
            text,
            "\n  <parent>\n    <groupId>{group}</groupId>\n    <artifactId>{artifact}</artifactId>\n    <version>{}</version>\n    <relativePath/>\n  </parent>\n",
            locked.release(parent).version
        );
    }
    let called = state.shape.called(&state.universe.login);
    let (group, artifact) = called.split_once(':').unwrap_or(("", &called));
    let _ = write!(
        text,
        "\n  <groupId>{}</groupId>\n  <artifactId>{}</artifactId>\n  <version>1.0.0-SNAPSHOT</version>\n\n  <properties>\n    \
         <java.version>{}</java.version>\n    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>\n  </properties>\n\n  <dependencies>\n",
        group, artifact, state.runtime.version
    );
    for for_development in [false, true] {
        for direct in locked.directs(for_development) {
            let (group, artifact) = group_and_artifact(locked, direct.pick());
            let scope = if for_development { "\n      <scope>test</scope>" } else { "" };
            let _ = write!(
                text,
                "    <dependency>\n      <groupId>{group}</groupId>\n      <artifactId>{artifact}</artifactId>\n      <version>{}</version>{scope}\n    </dependency>\n",
                locked.release(direct.pick()).version
            );
        }
    }
    text.push_str("  </dependencies>\n</project>\n");
    text
}

/// `build.gradle.kts`.
pub(super) fn build(locked: &Locked<'_>) -> String {
    let state = locked.state;
    let mut text = String::from("plugins {\n");
    text.push_str(if state.shape.stack == Stack::Android {
        "    id(\"com.android.application\")\n    kotlin(\"android\")\n"
    } else {
        "    java\n"
    });
    if let Some(parent) = parent(locked) {
        let _ = writeln!(text, "    id(\"{BOOT}\") version \"{}\"", locked.release(parent).version);
    }
    let _ = write!(
        text,
        "}}\n\ngroup = \"{}\"\nversion = \"1.0.0-SNAPSHOT\"\n\njava {{\n    toolchain {{\n        languageVersion = JavaLanguageVersion.of({})\n    }}\n}}\n\n\
         dependencyLocking {{\n    lockAllConfigurations()\n}}\n\ndependencies {{\n",
        group(locked),
        state.runtime.version
    );
    for (configuration, for_development) in [("implementation", false), ("testImplementation", true)] {
        for direct in locked.directs(for_development) {
            let _ =
                writeln!(text, "    {configuration}(\"{}:{}\")", locked.package(direct.pick()).name, locked.release(direct.pick()).version);
        }
    }
    text.push_str("}\n\ntasks.test {\n    useJUnitPlatform()\n}\n");
    text
}

/// `gradle.lockfile`.
pub(super) fn gradle_lock(locked: &Locked<'_>) -> String {
    let mut text = String::from(
        "# This is a Gradle generated file for dependency locking.\n# Manual edits can break the build and are not advised.\n\
         # This file is expected to be part of source control.\n",
    );
    for (at, node) in locked.nodes.iter().enumerate() {
        let configurations = if node.for_running {
            "compileClasspath,productionRuntimeClasspath,runtimeClasspath,testCompileClasspath,testRuntimeClasspath"
        } else {
            "testCompileClasspath,testRuntimeClasspath"
        };
        let _ = writeln!(text, "{}:{}={configurations}", locked.name(at), locked.version(at));
    }
    text.push_str("empty=annotationProcessor,testAnnotationProcessor\n");
    text
}
