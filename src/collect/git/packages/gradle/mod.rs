//! Gradle: `gradle.lockfile` and its relatives, the scripts `build.gradle` and `build.gradle.kts`, and the version catalog
//! `gradle/libs.versions.toml`.

use std::collections::HashMap;

use build::{Build, Whom};
use catalog::Aliases;

use super::reading::{Reading, Scope, Use, above, folder, inside, quote};

mod build;
pub(super) mod catalog;
mod tokens;

/// The scripts of a project.
const SCRIPTS: &[&str] = &["build.gradle.kts", "build.gradle"];

/// The lockfile of a project; of the older ones, those that nearly every project has.
const LOCKS: &[&str] =
    &["gradle.lockfile", "gradle/dependency-locks/compileClasspath.lockfile", "gradle/dependency-locks/runtimeClasspath.lockfile"];

/// Whether a folder holds the older lockfiles, one per configuration.
pub(super) fn is_dependency_locks(folder: &str) -> bool {
    folder == "gradle/dependency-locks" || folder.ends_with("/gradle/dependency-locks")
}

/// Reads a lockfile: `group:artifact:version=configurations`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let name = reading.path.rsplit('/').next().unwrap_or_default();
    let is_buildscript = name.starts_with("buildscript-");
    // The older files hold one configuration each, which is their name.
    let of_file = is_dependency_locks(reading.folder()).then(|| name.trim_end_matches(".lockfile"));
    let project = if of_file.is_some() { folder(folder(reading.folder())) } else { reading.folder() };
    let declared = Directs::of(project, is_buildscript, reading);
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content.starts_with("empty=") {
            continue;
        }
        let (module, configurations) = content.split_once('=').unwrap_or((content, of_file.unwrap_or_default()));
        let parts: Vec<&str> = module.split(':').collect();
        let [group, artifact, version] = parts.as_slice() else {
            reading.refuse(Some(at + 1), format!("found {}, expected `group:artifact:version=configurations`", quote(content)));
            continue;
        };
        if group.is_empty() || artifact.is_empty() || version.is_empty() {
            reading.refuse(Some(at + 1), format!("found {}, expected a group, an artifact and a version", quote(content)));
            continue;
        }
        let name = format!("{group}:{artifact}");
        let scope = if is_buildscript { Some(Scope::Build) } else { configurations.split(',').filter_map(scope_of).min() };
        let (direct, requirement) = declared.find(&name);
        reading.add(&name, Use { version: Some((*version).to_owned()), scope, direct, requirement });
    }
}

fn scope_of(configuration: &str) -> Option<Scope> {
    let configuration = configuration.trim().to_ascii_lowercase();
    if configuration.is_empty() {
        None
    } else if configuration.contains("test") {
        Some(Scope::Test)
    } else if (configuration.ends_with("classpath") && !configuration.contains("plugin"))
        || matches!(configuration.as_str(), "api" | "implementation" | "runtimeonly" | "runtime" | "compile" | "default")
    {
        Some(Scope::Runtime)
    } else {
        // Annotation processors, linters, code generators, compiler plugins.
        Some(Scope::Build)
    }
}

/// What is declared beside a lockfile.
struct Directs {
    /// The requirement of each, if it is written out.
    names: HashMap<String, Option<String>>,
    /// Whether nothing else is declared.
    is_all: bool,
}

impl Directs {
    fn of(project: &str, is_buildscript: bool, reading: &mut Reading<'_>) -> Self {
        let own = builds_in(project, reading);
        // Plugins bring what no script names.
        let is_all = !own.is_empty() && !is_buildscript && own.iter().all(|build| build.is_complete);
        let mut names = HashMap::new();
        for (build, is_own) in
            own.iter().map(|build| (build, true)).chain(builds_above(project, reading).iter().map(|build| (build, false)))
        {
            for declared in &build.declared {
                let counts = match declared.whom {
                    Whom::Project => is_own && !is_buildscript,
                    Whom::Script => is_own && is_buildscript,
                    Whom::All => !is_buildscript,
                    Whom::Below => !is_own && !is_buildscript,
                };
                if counts {
                    let requirement = names.entry(declared.name.clone()).or_insert(None);
                    *requirement = requirement.take().or_else(|| declared.requirement.clone());
                }
            }
        }
        if own.is_empty() {
            let libraries = Aliases::around(project, reading).map(Aliases::names).unwrap_or_default();
            names.extend(libraries.into_iter().map(|name| (name, None)));
        }
        Self { names, is_all }
    }

    /// Whether a package is direct, and its requirement.
    fn find(&self, name: &str) -> (Option<bool>, Option<String>) {
        match self.names.get(name) {
            Some(requirement) => (Some(true), requirement.clone()),
            None => (self.is_all.then_some(false), None),
        }
    }
}

/// The scripts of a project that can be read.
fn builds_in(project: &str, reading: &mut Reading<'_>) -> Vec<Build> {
    let scripts = SCRIPTS.iter().filter_map(|name| Some((*name, reading.text_of(&inside(project, name))?))).collect::<Vec<_>>();
    scripts.into_iter().map(|(name, text)| build_of(name, &text, project, reading)).collect()
}

/// The scripts of the projects above, which may declare something for all below them.
fn builds_above(project: &str, reading: &mut Reading<'_>) -> Vec<Build> {
    above(project).into_iter().flat_map(|folder| builds_in(folder, reading)).collect()
}

fn build_of(name: &str, text: &str, project: &str, reading: &mut Reading<'_>) -> Build {
    let aliases = if text.contains("libs") { Aliases::around(project, reading) } else { None };
    build::read(text, name.ends_with(".kts"), aliases.as_ref())
}

/// Reads a script: what no lockfile of its project says already.
pub(super) fn script(text: &str, reading: &mut Reading<'_>) {
    let project = reading.folder();
    let name = reading.path.rsplit('/').next().unwrap_or_default();
    let build = build_of(name, text, project, reading);
    for (line, message) in build.problems {
        reading.refuse(Some(line), message);
    }
    if let Some((group, name)) = published(text, reading) {
        reading.publish(&format!("{group}:{name}"));
    }
    let is_locked = reading.has_any(project, LOCKS);
    let is_script_locked = reading.has(&inside(project, "buildscript-gradle.lockfile"));
    for package in build.declared {
        if !(if package.whom == Whom::Script { is_script_locked } else { is_locked }) {
            reading.add(&package.name, declared(package.requirement.as_deref(), package.scope));
        }
    }
}

/// Group and name under which a project is published: the group as the script itself says it, the name from the settings,
/// else that of the project's folder.
fn published(text: &str, reading: &mut Reading<'_>) -> Option<(String, String)> {
    if !text.contains("maven-publish") {
        return None;
    }
    let group = text.lines().find_map(|line| assigned(line, "group"))?;
    let project = reading.folder();
    for settings in ["settings.gradle.kts", "settings.gradle"] {
        if let Some(settings) = reading.text_of(&inside(project, settings)) {
            return Some((group, settings.lines().find_map(|line| assigned(line, "rootProject.name"))?));
        }
    }
    let name = project.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some((group, name.to_owned()))
}

/// The text in `name = "text"` or `name 'text'`, if nothing has to be put into it.
fn assigned(line: &str, name: &str) -> Option<String> {
    let rest = line.trim().strip_prefix(name)?.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let text = rest[1..].split(quote).next()?;
    (!text.is_empty() && !text.contains('$')).then(|| text.to_owned())
}

/// The use of a package that a project declares.
fn declared(requirement: Option<&str>, scope: Scope) -> Use {
    // Without a version the package is managed by a platform; `latest.release`, `1.+` and `[1,2)` are ranges.
    let is_exact = |version: &&str| !version.contains(['+', '[', ']', '(', ')', ',', '!']) && !version.starts_with("latest.");
    let exact = requirement.map(|version| version.strip_suffix("!!").unwrap_or(version)).filter(is_exact).map(str::to_owned);
    Use { version: exact, requirement: requirement.map(str::to_owned), scope: Some(scope), direct: Some(true) }
}

#[cfg(test)]
mod tests {
    use crate::collect::git::packages::testing::{parse_beside, told};

    #[test]
    fn configurations_tell_the_scope() {
        insta::assert_snapshot!(told("gradle.lockfile", include_str!("../fixtures/gradle.lockfile"), &[("gradle/libs.versions.toml", include_str!("../fixtures/libs.versions.toml"))]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  runtime  direct
        maven/org.beta:beta  2.0,2.1  -  test  direct
        maven/org.gamma:processor  3.0  -  build  unknown
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
    }

    #[test]
    fn the_lockfile_of_the_build_itself() {
        insta::assert_snapshot!(told("buildscript-gradle.lockfile", include_str!("../fixtures/gradle.lockfile"), &[]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  build  unknown
        maven/org.beta:beta  2.0,2.1  -  build  unknown
        maven/org.gamma:processor  3.0  -  build  unknown
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
    }

    #[test]
    fn the_older_lockfiles_are_named_by_their_configuration() {
        insta::assert_snapshot!(told("gradle/dependency-locks/testCompileClasspath.lockfile", "# a comment\norg.alpha:alpha:1.0\n", &[]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  test  unknown
        "#);
    }

    #[test]
    fn a_catalog_without_a_lockfile() {
        insta::assert_snapshot!(told("gradle/libs.versions.toml", include_str!("../fixtures/libs.versions.toml"), &[]), @r#"
        gradle version catalog
        maven/org.alpha:alpha  1.0  1.0  runtime  direct
        maven/org.beta:beta  2.1  2.1  runtime  direct
        maven/org.lost:lost  -  -  runtime  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.range:range  -  2.+  runtime  direct
        maven/org.rich:rich  1.7.25  1.7.25  runtime  direct
        maven/org.shadow:org.shadow.gradle.plugin  8.1.1  8.1.1  build  direct
        maven/org.short:short  3.3  3.3  runtime  direct
        maven/org.spotless:org.spotless.gradle.plugin  6.25.0  6.25.0  build  direct
        ! 13: found the version `nowhere` of org.lost:lost, expected one that `versions` holds
        ! 14: found the library `broken` without a module, expected `group:artifact`
        "#);
    }

    #[test]
    fn a_catalog_says_only_what_the_lockfile_does_not() {
        insta::assert_snapshot!(told("gradle/libs.versions.toml", include_str!("../fixtures/libs.versions.toml"), &[("gradle.lockfile", include_str!("../fixtures/gradle.lockfile"))]), @r#"
        gradle version catalog
        maven/org.lost:lost  -  -  runtime  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.range:range  -  2.+  runtime  direct
        maven/org.rich:rich  1.7.25  1.7.25  runtime  direct
        maven/org.shadow:org.shadow.gradle.plugin  8.1.1  8.1.1  build  direct
        maven/org.short:short  3.3  3.3  runtime  direct
        maven/org.spotless:org.spotless.gradle.plugin  6.25.0  6.25.0  build  direct
        ! 13: found the version `nowhere` of org.lost:lost, expected one that `versions` holds
        ! 14: found the library `broken` without a module, expected `group:artifact`
        "#);
    }

    const GROOVY: &str = include_str!("../fixtures/build.gradle");
    const KOTLIN: &str = include_str!("../fixtures/build.gradle.kts");
    const LOCK: &str = include_str!("../fixtures/gradle.lockfile");

    #[test]
    fn a_groovy_script_without_a_lockfile() {
        insta::assert_snapshot!(told("build.gradle", GROOVY, &[]), @r#"
        build.gradle
        maven/org.alpha:alpha  1.0  1.0  runtime  direct
        maven/org.beta:beta  2.1  2.1  runtime  direct
        maven/org.braces:braces  1.1  1.1  runtime  direct
        maven/org.build:plugin  1.5  1.5  build  direct
        maven/org.classified:classified  1.0  1.0  build  direct
        maven/org.extra:extra  1.0  1.0  runtime  direct
        maven/org.gamma:processor  3.0  3.0  build  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.map:bare  -  -  runtime  direct
        maven/org.map:map  4.0  4.0  runtime  direct
        maven/org.platform:bom  3.0  3.0  runtime  direct
        maven/org.plus:plus  -  -  runtime  direct
        maven/org.provided:provided  1.0  1.0  build  direct
        maven/org.spring:data  -  -  runtime  direct
        maven/org.spring:web  -  -  runtime  direct
        maven/org.test:launcher  1.10.0  1.10.0!!  test  direct
        maven/org.test:test  -  5.+  test  direct
        maven/org.two:one  1.0  1.0  runtime  direct
        maven/org.two:two  2.0  2.0  runtime  direct
        "#);
    }

    #[test]
    fn a_kotlin_script_without_a_lockfile() {
        insta::assert_snapshot!(told("build.gradle.kts", KOTLIN, &[]), @r#"
        build.gradle.kts
        maven/org.added:added  1.0  1.0  runtime  direct
        maven/org.alpha:alpha  1.0  1.0  runtime  direct
        maven/org.computed:computed  -  -  runtime  direct
        maven/org.computed:nested  -  -  runtime  direct
        maven/org.gamma:processor  3.0  3.0  build  direct
        maven/org.jetbrains.kotlin:kotlin-stdlib  -  -  runtime  direct
        maven/org.jetbrains.kotlin:kotlin-test  2.0.0  2.0.0  test  direct
        maven/org.ksp:ksp  1.0  1.0  build  direct
        maven/org.lines:lines  1.0  1.0  runtime  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.map:map  4.0  4.0  runtime  direct
        maven/org.platform:bom  3.0  3.0  runtime  direct
        maven/org.positions:positions  1.2  1.2  runtime  direct
        maven/org.rules:rules  -  -  runtime  direct
        maven/org.suite:suite  1.0  1.0  test  direct
        maven/org.test:test  5.0  5.0  test  direct
        maven/org.tools:tools  1.0  1.0  development  direct
        "#);
    }

    #[test]
    fn aliases_are_looked_up_in_the_catalog_of_the_build() {
        let catalog = r#"
            [versions]
            web = "6.1.0"
            [libraries]
            spring-web = { module = "org.spring:web", version.ref = "web" }
            spring_web-client = { group = "org.spring", name = "client", version = { strictly = "[6, 7[", prefer = "6.0.0" } }
            junit = "org.junit:junit:5.10.0"
            bom = { module = "org.bom:bom", version = "1.0" }
            [bundles]
            test-all = ["junit", "spring-web"]
            torn = ["absent"]
        "#;
        let script = r#"
            dependencies {
                implementation(platform(libs.bom))
                implementation(libs.spring.web)
                api(libs.spring.web.client.get()) { isTransitive = false }
                testImplementation(libs.bundles.test.all)
                testImplementation(libs.bundles.torn)
                implementation(libs.absent)
                implementation("org.own:own:${libs.versions.web.get()}")
            }
        "#;
        insta::assert_snapshot!(told("app/core/build.gradle.kts", script, &[("gradle/libs.versions.toml", catalog)]), @r#"
        build.gradle.kts
        maven/org.bom:bom  1.0  1.0  runtime  direct
        maven/org.junit:junit  5.10.0  5.10.0  test  direct
        maven/org.own:own  -  -  runtime  direct
        maven/org.spring:client  6.0.0  6.0.0  runtime  direct
        maven/org.spring:web  6.1.0  6.1.0  runtime  direct
        ! 7: found `libs.bundles.torn`, expected an alias of `gradle/libs.versions.toml`
        ! 8: found `libs.absent`, expected an alias of `gradle/libs.versions.toml`
        "#);
        let groovy = "dependencies {\n  implementation libs.spring.web\n  testImplementation libs.junit, libs.spring.web.client\n}\n";
        insta::assert_snapshot!(told("build.gradle", groovy, &[("gradle/libs.versions.toml", catalog)]), @r#"
        build.gradle
        maven/org.junit:junit  5.10.0  5.10.0  test  direct
        maven/org.spring:client  6.0.0  6.0.0  test  direct
        maven/org.spring:web  6.1.0  6.1.0  runtime  direct
        "#);
        insta::assert_snapshot!(told("gradle/libs.versions.toml", catalog, &[("settings.gradle", "")]), @"gradle version catalog");
    }

    #[test]
    fn the_script_beside_a_lockfile_tells_what_is_direct() {
        let script = r#"
            dependencies {
                implementation("org.alpha:alpha:1.+")
                kapt("org.gamma:processor:3.0")
                api("org.absent:absent:1")
            }
        "#;
        insta::assert_snapshot!(told("app/gradle.lockfile", LOCK, &[("app/build.gradle.kts", script)]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  1.+  runtime  direct
        maven/org.beta:beta  2.0,2.1  -  test  indirect
        maven/org.gamma:processor  3.0  3.0  build  direct
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
        assert_eq!(told("app/build.gradle.kts", script, &[("app/gradle.lockfile", LOCK)]), "build.gradle.kts\n");
        let older = "app/gradle/dependency-locks/runtimeClasspath.lockfile";
        let lock = "org.alpha:alpha:1.0\norg.beta:beta:2.0\n";
        insta::assert_snapshot!(told(older, lock, &[("app/build.gradle.kts", script)]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  1.+  runtime  direct
        maven/org.beta:beta  2.0  -  runtime  indirect
        "#);
    }

    #[test]
    fn the_lockfile_of_the_script_has_what_the_script_needs() {
        let script =
            "buildscript { dependencies { classpath 'org.alpha:alpha:1.0' } }\ndependencies { implementation 'org.beta:beta:2.0' }\n";
        insta::assert_snapshot!(told("buildscript-gradle.lockfile", LOCK, &[("build.gradle", script)]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  1.0  build  direct
        maven/org.beta:beta  2.0,2.1  -  build  unknown
        maven/org.gamma:processor  3.0  -  build  unknown
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
        assert_eq!(
            told("build.gradle", script, &[("gradle.lockfile", "")]),
            "build.gradle\nmaven/org.alpha:alpha  1.0  1.0  build  direct\n"
        );
        assert_eq!(
            told("build.gradle", script, &[("buildscript-gradle.lockfile", "")]),
            "build.gradle\nmaven/org.beta:beta  2.0  2.0  runtime  direct\n"
        );
    }

    #[test]
    fn scripts_above_declare_for_the_projects_below() {
        let root = "subprojects {\n dependencies { testImplementation 'org.beta:beta:2.+' }\n}\n\
                    allprojects { dependencies { implementation 'org.all:all:1' } }\n\
                    dependencies { implementation 'org.alpha:alpha:1' }\n";
        let lock = "org.alpha:alpha:1.0=runtimeClasspath\norg.all:all:1=runtimeClasspath\norg.beta:beta:2.0=testRuntimeClasspath\n";
        let own = ("app/build.gradle", "plugins { id 'java' }");
        insta::assert_snapshot!(told("app/gradle.lockfile", lock, &[("build.gradle", root), own]), @r#"
        gradle.lockfile
        maven/org.all:all  1  1  runtime  direct
        maven/org.alpha:alpha  1.0  -  runtime  indirect
        maven/org.beta:beta  2.0  2.+  test  direct
        "#);
        insta::assert_snapshot!(told("gradle.lockfile", lock, &[("build.gradle", root)]), @r#"
        gradle.lockfile
        maven/org.all:all  1  1  runtime  direct
        maven/org.alpha:alpha  1.0  1  runtime  direct
        maven/org.beta:beta  2.0  -  test  indirect
        "#);
    }

    #[test]
    fn what_cannot_be_read_leaves_the_others_unknown() {
        let lock = "org.alpha:alpha:1.0=runtimeClasspath\norg.beta:beta:2.0=runtimeClasspath\n";
        let ends = |script: &str| {
            let told = told("gradle.lockfile", lock, &[("build.gradle.kts", script)]);
            let end = |name: &str| told.lines().find(|line| line.contains(name)).unwrap().rsplit(' ').next().unwrap().to_owned();
            (end("alpha"), end("beta"))
        };
        let alpha = r#"implementation("org.alpha:alpha")"#;
        let table = [
            ("".to_owned(), "indirect", "indirect"),
            (format!("dependencies {{ {alpha} }}"), "direct", "indirect"),
            (format!("dependencies {{ {alpha}; implementation(project(\":beta\")) }}"), "direct", "indirect"),
            (format!("dependencies {{ {alpha}; implementation(chosen) }}"), "direct", "unknown"),
            (format!("dependencies {{ {alpha}; add(chosen, \"org.beta:beta:1\") }}"), "direct", "unknown"),
            (format!("dependencies {{ {alpha}; implementation(\"org.beta:$name:1\") }}"), "direct", "unknown"),
            (format!("dependencies {{ {alpha}; implementation(libs.beta) }}"), "direct", "unknown"),
            (format!("dependencies {{ {alpha}; implementation(\"org.be"), "direct", "unknown"),
            (format!("dependencies {{ {alpha} /* implementation"), "direct", "unknown"),
            (format!("dependencies {{ {alpha} }} }}"), "direct", "unknown"),
        ];
        for (script, alpha, beta) in table {
            assert_eq!(ends(&script), (alpha.to_owned(), beta.to_owned()), "{script}");
        }
    }

    /// What one statement among the dependencies declares.
    fn declared_by(path: &str, statement: &str) -> String {
        let told = told(path, &format!("dependencies {{\n{statement}\n}}\n"), &[]);
        let lines = told.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_form_of_groovy() {
        let alpha = "maven/a.b:c 1.0 1.0 runtime direct";
        let unknown = "maven/a.b:c - - runtime direct";
        let table = [
            ("implementation 'a.b:c:1.0'", alpha),
            (r#"implementation "a.b:c:1.0""#, alpha),
            ("implementation('a.b:c:1.0')", alpha),
            ("implementation ( 'a.b:c:1.0' )", alpha),
            ("implementation '''a.b:c:1.0'''", alpha),
            ("implementation \\\n  'a.b:c:1.0'", alpha),
            ("implementation 'a.b:c:1.0' // a comment's end", alpha),
            ("implementation 'a.b:c:1.0'; compileOnly project(':d')", alpha),
            ("implementation([group: 'a.b', name: 'c', version: '1.0'])", alpha),
            ("implementation group: 'a.b',\n  name: 'c',\n  version: '1.0', ext: 'jar'", alpha),
            ("implementation(\n  'a.b:c:1.0'\n) {\n  exclude group: 'x', module: 'y'\n}", alpha),
            ("if (a) implementation 'a.b:c:1.0'\nelse println 'x'", alpha),
            ("if (a) {\n} else {\n implementation 'a.b:c:1.0'\n}", alpha),
            ("modImplementation 'a.b:c:1.0'", alpha),
            ("debugImplementation 'a.b:c:1.0:sources@jar'", alpha),
            ("implementation group: 'a.b', name: 'c', version: v", unknown),
            ("implementation 'a.b:c:' + v", unknown),
            (r#"implementation "a.b:c:$v""#, unknown),
            (r#"implementation "a.b:c:${v}""#, unknown),
            (r#"implementation "a.b:c:1.$v.of.it""#, unknown),
            ("implementation 'a.b:c'", unknown),
            ("implementation 'a.b:c:[1.0,2.0)'", "maven/a.b:c - [1.0,2.0) runtime direct"),
            ("implementation 'a.b:c:latest.release'", "maven/a.b:c - latest.release runtime direct"),
            ("implementation 'a.b:c:1.0!!'", "maven/a.b:c 1.0 1.0!! runtime direct"),
            ("testFixturesApi 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 test direct"),
            ("androidTestImplementation 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 test direct"),
            ("kspTest 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 test direct"),
            ("compileOnlyApi 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 build direct"),
            ("coreLibraryDesugaring 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 build direct"),
            ("developmentOnly 'a.b:c:1.0'", "maven/a.b:c 1.0 1.0 development direct"),
            ("println 'a.b:c:1.0'", ""),
            ("implementation.extendsFrom(other)", ""),
            ("ext.implementation = 'a.b:c:1.0'", ""),
            ("def it = 'a.b:c:1.0'", ""),
            ("constraints { implementation('a.b:c:1.0') }", ""),
            ("implementation project(path: ':c', configuration: 'd')", ""),
            ("implementation gradleApi()", ""),
            ("implementation chosen", ""),
            ("implementation 'c'", "! 2: found `c`, expected `group:artifact:version`"),
            (r#"implementation "a.b:$c:1.0""#, "! 2: found `a.b:…:1.0`, expected `group:artifact:version`"),
        ];
        for (statement, expected) in table {
            assert_eq!(declared_by("build.gradle", statement), expected, "{statement}");
        }
    }

    #[test]
    fn every_form_of_kotlin() {
        let alpha = "maven/a.b:c 1.0 1.0 runtime direct";
        let table = [
            (r#"implementation("a.b:c:1.0")"#, alpha),
            (r#""implementation"("a.b:c:1.0")"#, alpha),
            (r#"implementation("""a.b:c:1.0""")"#, alpha),
            (r#"add("implementation", "a.b:c:1.0")"#, alpha),
            (r#"implementation(group = "a.b", name = "c", version = "1.0")"#, alpha),
            (r#"implementation("a.b", "c", "1.0")"#, alpha),
            (r#"implementation(dependencies.platform("a.b:c:1.0"))"#, alpha),
            (r#"implementation(enforcedPlatform("a.b:c:1.0"))"#, alpha),
            (r#"implementation(testFixtures("a.b:c:1.0"))"#, alpha),
            (r#"implementation("a.b:c:1.0") { because("d.e:f:2.0") }"#, alpha),
            (r#"if (a) { implementation("a.b:c:1.0") }"#, alpha),
            (r#"`implementation`("a.b:c:1.0")"#, alpha),
            (r#"/* /* */ */ implementation("a.b:c:1.0")"#, alpha),
            (r#"implementation("a.b:c:${of("}", '"')}")"#, "maven/a.b:c - - runtime direct"),
            (r#"implementation("a.b:c:\$v")"#, "maven/a.b:c $v $v runtime direct"),
            (r#"implementation(kotlin("reflect"))"#, "maven/org.jetbrains.kotlin:kotlin-reflect - - runtime direct"),
            (r#"implementation(files("a.jar"))"#, ""),
            (r#"val it = create("a.b:c:1.0")"#, ""),
            (r#"listOf("c").forEach { implementation("a.b:$it:1.0") }"#, "! 2: found `a.b:…:1.0`, expected `group:artifact:version`"),
        ];
        for (statement, expected) in table {
            assert_eq!(declared_by("build.gradle.kts", statement), expected, "{statement}");
        }
    }

    #[test]
    fn declarations_are_read_where_they_count() {
        let count = |script: &str| told("build.gradle.kts", script, &[]).lines().filter(|line| line.starts_with("maven/")).count();
        let block = "dependencies { implementation(\"a.b:c:1.0\") }";
        let table = [
            (block.to_owned(), 1),
            (format!("kotlin {{ sourceSets {{ val commonMain by getting {{ {block} }} }} }}"), 1),
            (format!("kotlin {{ sourceSets {{ commonMain.{block} }} }}"), 1),
            (format!("project(\":core\") {{ {block} }}"), 1),
            (format!("dependencyManagement {{ {block} }}"), 0),
            (format!("publishing {{ publications {{ pom {{ {block} }} }} }}"), 0),
            (format!("val text = \"\"\"{block}\"\"\""), 0),
            ("implementation(\"a.b:c:1.0\")".to_owned(), 0),
        ];
        for (script, expected) in table {
            assert_eq!(count(&script), expected, "{script}");
        }
    }

    #[test]
    fn a_broken_script_keeps_what_was_read() {
        let table = [
            ("dependencies {\n implementation 'a.b:c:1.0'\n", "1: found `{` without its end, expected `}`"),
            ("dependencies {\n implementation('a.b:c:1.0'\n}\n", "2: found `(` without its end, expected `)`"),
            ("dependencies {\n implementation 'a.b:c:1.0'\n}\n}\n", "4: found `}`, expected what it closes before it"),
            ("dependencies {\n implementation 'a.b:c:1.0'\n implementation 'd.e:f\n}\n", "3: found a text without its end, expected `'`"),
            ("dependencies {\n implementation 'a.b:c:1.0'\n}\n/* and\n so on", "4: found a comment without its end, expected `*/`"),
            ("dependencies {\n implementation 'a.b:c:1.0'\n}\nx = [1, 2\ny { z = (1 }\n", "4: found `[` without its end, expected `]`"),
        ];
        for (script, problem) in table {
            for script in [script.to_owned(), script.replace('\n', "\r\n")] {
                let told = told("build.gradle", &script, &[]);
                assert!(told.contains("maven/a.b:c  1.0  1.0  runtime  direct"), "{script}: {told}");
                assert!(told.contains(problem), "{script}: {told}");
            }
        }
    }

    #[test]
    fn a_long_script_is_read_in_one_go() {
        let many: String = (0..50_000).map(|n| format!("    implementation(\"org.many:package-{n}:1.{n}\")\n")).collect();
        let parsed = parse_beside("build.gradle.kts", &format!("dependencies {{\n{many}}}\n"), &[]);
        assert_eq!((parsed.packages.len(), parsed.refusals.len()), (50_000, 0));
        let larger = parse_beside("build.gradle", &"a ".repeat(3 << 20), &[]);
        assert_eq!(larger.refusals[0].message, "found 6291456 bytes, expected at most 4 MiB");
        assert_eq!(parse_beside("build.gradle", &"}".repeat(2_000_000), &[]).refusals.len(), 51);
        // What never ends.
        let pieces = [
            "(",
            "{",
            "[",
            "]",
            "a(",
            "if(",
            "else ",
            "\"${",
            "/*",
            "'",
            "dependencies{",
            "{a(",
            "a[b(",
            "platform(",
            "\\",
            "a,",
            "a 'b:c'{",
        ];
        for piece in pieces {
            let text = piece.repeat(200_000 / piece.len());
            for path in ["build.gradle", "build.gradle.kts"] {
                for begin in ["", "dependencies {\n", "dependencies { implementation(", "dependencies { implementation platform("] {
                    parse_beside(path, &format!("{begin}{text}"), &[]);
                }
            }
        }
    }
}
