//! Maven: `pom.xml`, with the parents that lie in the same repository.
//!
//! Only what the repository says is used: a version that an outer parent or an imported list of versions brings stays
//! unknown, and is told as such.

use std::collections::{BTreeMap, HashMap};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::reading::{Reading, Scope, Use, folder, inside, line_at, quote, resolve};

/// Parents above each other in one repository.
const MAX_PARENTS: usize = 8;

/// Elements inside each other.
const MAX_DEPTH: usize = 128;

/// The longest value of a property, in bytes, when the properties in it are filled in.
const MAX_VALUE: usize = 1024;

#[derive(Debug, Default)]
struct Pom {
    group: Option<String>,
    artifact: Option<String>,
    version: Option<String>,
    parent: Option<Parent>,
    properties: BTreeMap<String, String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
}

#[derive(Debug, Default)]
struct Parent {
    line: usize,
    group: Option<String>,
    artifact: Option<String>,
    version: Option<String>,
    path: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Dependency {
    line: usize,
    group: Option<String>,
    artifact: Option<String>,
    version: Option<String>,
    scope: Option<String>,
    type_: Option<String>,
    optional: Option<String>,
}

/// What could not be read of a file, and on which line.
struct Problem {
    line: usize,
    message: String,
}

/// Reads a `pom.xml`.
pub(super) fn pom(text: &str, reading: &mut Reading<'_>) {
    let pom = match parse(text) {
        Ok(pom) => pom,
        Err(problem) => return reading.refuse(Some(problem.line), problem.message),
    };
    let lineage = Lineage::of(pom, reading);
    let Some(own) = lineage.poms.first() else { return };
    if let (Ok(group), Some(artifact)) = (lineage.fill(lineage.group().unwrap_or("${groupId}")), lineage.filled(own.artifact.as_ref()))
        && lineage.property("maven.deploy.skip").is_none_or(|skip| skip.trim() != "true")
    {
        reading.publish(&format!("{group}:{artifact}"));
    }
    // A parent from outside decides about versions and plugins; one of the repository is no package.
    if lineage.poms.len() == 1
        && let Some(parent) = &own.parent
    {
        let found = Dependency {
            line: parent.line,
            group: parent.group.clone(),
            artifact: parent.artifact.clone(),
            version: parent.version.clone(),
            ..Dependency::default()
        };
        lineage.count(&found, Some(Scope::Build), reading);
    }
    for managed in &own.managed {
        // A list of versions from outside. What else is managed is used only if a project depends on it.
        if managed.scope.as_deref() == Some("import") {
            lineage.count(managed, Some(Scope::Build), reading);
        }
    }
    for dependency in &own.dependencies {
        lineage.count(dependency, None, reading);
    }
}

/// A project and its parents in the repository, the nearest first.
struct Lineage {
    poms: Vec<Pom>,
    folders: Vec<String>,
    /// By group and artifact, what they say about a dependency wherever it is used.
    managed: HashMap<(String, String), Dependency>,
}

impl Lineage {
    fn of(own: Pom, reading: &mut Reading<'_>) -> Self {
        let mut folders = vec![reading.folder().to_owned()];
        let mut seen = vec![reading.path.to_owned()];
        let mut poms = vec![own];
        while poms.len() <= MAX_PARENTS {
            let (Some(parent), Some(here)) = (poms.last().and_then(|pom| pom.parent.as_ref()), folders.last()) else { break };
            let relative = parent.path.as_deref().unwrap_or("../pom.xml");
            let Some(path) = Some(relative).filter(|path| !path.is_empty()).and_then(|path| resolve(here, path)) else { break };
            let path = if path.ends_with(".xml") { path } else { inside(&path, "pom.xml") };
            if seen.contains(&path) {
                break;
            }
            let Some(found) = reading.text_of(&path).and_then(|text| parse(&text).ok()) else { break };
            let group = found.group.as_ref().or_else(|| found.parent.as_ref().and_then(|parent| parent.group.as_ref()));
            if found.artifact != parent.artifact || group != parent.group.as_ref() {
                break;
            }
            folders.push(folder(&path).to_owned());
            seen.push(path);
            poms.push(found);
        }
        let mut lineage = Self { poms, folders, managed: HashMap::new() };
        let mut found = HashMap::new();
        for managed in lineage.poms.iter().flat_map(|pom| &pom.managed).filter(|managed| managed.scope.as_deref() != Some("import")) {
            if let (Some(group), Some(artifact)) = (lineage.filled(managed.group.as_ref()), lineage.filled(managed.artifact.as_ref())) {
                found.entry((group, artifact)).or_insert_with(|| managed.clone());
            }
        }
        lineage.managed = found;
        lineage
    }

    fn group(&self) -> Option<&str> {
        let own = self.poms.first()?;
        own.group.as_deref().or_else(|| own.parent.as_ref()?.group.as_deref())
    }

    fn version(&self) -> Option<&str> {
        let own = self.poms.first()?;
        own.version.as_deref().or_else(|| own.parent.as_ref()?.version.as_deref())
    }

    fn property(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.poms.iter().find_map(|pom| pom.properties.get(name)) {
            return Some(value);
        }
        let own = self.poms.first()?;
        let name = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."))?;
        match name {
            "groupId" => self.group(),
            "artifactId" => own.artifact.as_deref(),
            "version" => self.version(),
            "parent.groupId" => own.parent.as_ref()?.group.as_deref(),
            "parent.artifactId" => own.parent.as_ref()?.artifact.as_deref(),
            "parent.version" => own.parent.as_ref()?.version.as_deref(),
            _ => None,
        }
    }

    /// The text with its properties filled in, or the name of one that is not known.
    fn fill(&self, text: &str) -> Result<String, String> {
        let mut text = text.trim().to_owned();
        // Properties may name properties; one that names itself never ends.
        for _ in 0..64 {
            let Some((before, rest)) = text.split_once("${") else { return Ok(text) };
            let Some((name, after)) = rest.split_once('}') else { return Err(text) };
            let Some(value) = self.property(name) else { return Err(format!("${{{name}}}")) };
            if before.len() + value.len() + after.len() > MAX_VALUE {
                break;
            }
            text = format!("{before}{value}{after}");
        }
        Err(text)
    }

    fn filled(&self, text: Option<&String>) -> Option<String> {
        self.fill(text?).ok().filter(|text| !text.is_empty())
    }

    /// Whether a project of the same repository is meant.
    fn is_local(&self, group: &str, artifact: &str, version: Option<&str>, reading: &mut Reading<'_>) -> bool {
        if self.group() != Some(group) {
            return false;
        }
        let own_version = ["${project.version}", "${project.parent.version}", "${pom.version}", "${revision}"];
        if version.is_some_and(|version| own_version.iter().any(|own| version.trim().starts_with(own))) {
            return true;
        }
        let beside = self.folders.iter().flat_map(|here| [inside(folder(here), artifact), inside(here, artifact)]);
        let places: Vec<String> = beside.map(|place| inside(&place, "pom.xml")).collect();
        places.iter().any(|place| reading.has(place))
    }

    fn count(&self, dependency: &Dependency, scope: Option<Scope>, reading: &mut Reading<'_>) {
        let line = Some(dependency.line);
        let (Some(group), Some(artifact)) = (&dependency.group, &dependency.artifact) else {
            return reading.refuse(line, "found a dependency without groupId or artifactId, expected both");
        };
        let (group, artifact) = match (self.fill(group), self.fill(artifact)) {
            (Ok(group), Ok(artifact)) => (group, artifact),
            (Err(property), _) | (_, Err(property)) => {
                return reading
                    .refuse(line, format!("found the property {} in a name, expected one that this repository defines", quote(&property)));
            }
        };
        let managed = self.managed.get(&(group.clone(), artifact.clone()));
        let version = dependency.version.as_ref().or_else(|| managed.and_then(|managed| managed.version.as_ref()));
        if self.is_local(&group, &artifact, version.map(String::as_str), reading) {
            return;
        }
        let stage = dependency.scope.as_ref().or_else(|| managed.and_then(|managed| managed.scope.as_ref()));
        let is_optional = dependency.optional.as_deref().map(str::trim) == Some("true");
        let scope = scope.or(match stage.map(|stage| stage.trim()) {
            // A file of the machine.
            Some("system") => return,
            Some("test") => Some(Scope::Test),
            Some("provided") => Some(Scope::Build),
            _ if is_optional => Some(Scope::Optional),
            _ => Some(Scope::Runtime),
        });
        let name = format!("{group}:{artifact}");
        let mut found = Use { scope, direct: Some(true), ..Use::default() };
        match version.map(|version| self.fill(version)) {
            Some(Ok(version)) if !version.is_empty() => {
                found.requirement = Some(version.clone());
                if !version.contains(['[', ']', '(', ')', ',']) && !matches!(version.as_str(), "LATEST" | "RELEASE") {
                    found.version = Some(version);
                }
            }
            Some(Err(property)) => {
                found.requirement = version.cloned();
                reading.refuse(
                    line,
                    format!("found the property {} as the version of {name}, expected one that this repository defines", quote(&property)),
                );
            }
            _ => reading.refuse(line, format!("found no version of {name}, expected one here or in a parent in this repository")),
        }
        reading.add(&name, found);
    }
}

fn parse(text: &str) -> Result<Pom, Problem> {
    let mut reader = Reader::from_str(text);
    let mut pom = Pom::default();
    let mut profiles: HashMap<String, String> = HashMap::new();
    let mut stack: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut dependency = Dependency::default();
    let mut is_project = false;
    // Lines are counted on the way, for a file may hold thousands of dependencies.
    let (mut line, mut counted) = (1, 0);
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(text.len()).min(text.len());
        line += text.as_bytes().get(counted..start).map_or(0, |bytes| bytes.iter().filter(|&&b| b == b'\n').count());
        counted = start;
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(text.len());
            Problem { line: line_at(text, at), message: format!("found {}, expected a pom.xml", quote(&error.to_string())) }
        })?;
        match event {
            Event::Start(element) => {
                stack.push(element.local_name().as_ref().to_owned());
                value.clear();
                if stack.len() > MAX_DEPTH {
                    return Err(Problem {
                        line,
                        message: format!("found more than {MAX_DEPTH} elements inside each other, expected a pom.xml"),
                    });
                }
                is_project |= stack == ["project"];
                match place(&stack).as_slice() {
                    ["project", "dependencies", "dependency"] | ["project", "dependencyManagement", "dependencies", "dependency"] => {
                        dependency = Dependency { line, ..Dependency::default() };
                    }
                    ["project", "parent"] => pom.parent = Some(Parent { line, ..Parent::default() }),
                    _ => {}
                }
            }
            Event::Empty(element) => {
                stack.push(element.local_name().as_ref().to_owned());
                value.clear();
                if place(&stack) == ["project", "parent", "relativePath"]
                    && let Some(parent) = &mut pom.parent
                {
                    parent.path = Some(String::new());
                }
                stack.pop();
            }
            Event::Text(content) => value.push_str(&content.xml10_content()),
            Event::CData(content) => value.push_str(&content.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => value.push(c),
                _ => value.push_str(quick_xml::escape::resolve_xml_entity(&reference).unwrap_or_default()),
            },
            Event::End(_) => {
                let is_profile = stack.get(1).is_some_and(|name| name == "profiles");
                let text = Some(value.trim().to_owned()).filter(|text| !text.is_empty());
                match place(&stack).as_slice() {
                    ["project", "groupId"] if !is_profile => pom.group = text,
                    ["project", "artifactId"] if !is_profile => pom.artifact = text,
                    ["project", "version"] if !is_profile => pom.version = text,
                    ["project", "parent", field] => {
                        if let Some(parent) = &mut pom.parent {
                            match *field {
                                "groupId" => parent.group = text,
                                "artifactId" => parent.artifact = text,
                                "version" => parent.version = text,
                                "relativePath" => parent.path = Some(text.unwrap_or_default()),
                                _ => {}
                            }
                        }
                    }
                    ["project", "properties", name] => {
                        let text = text.unwrap_or_default();
                        if is_profile {
                            profiles.insert((*name).to_owned(), text);
                        } else {
                            pom.properties.insert((*name).to_owned(), text);
                        }
                    }
                    ["project", "dependencies", "dependency", field]
                    | ["project", "dependencyManagement", "dependencies", "dependency", field] => match *field {
                        "groupId" => dependency.group = text,
                        "artifactId" => dependency.artifact = text,
                        "version" => dependency.version = text,
                        "scope" => dependency.scope = text,
                        "type" => dependency.type_ = text,
                        "optional" => dependency.optional = text,
                        _ => {}
                    },
                    ["project", "dependencies", "dependency"] => pom.dependencies.push(std::mem::take(&mut dependency)),
                    ["project", "dependencyManagement", "dependencies", "dependency"] => {
                        if dependency.scope.as_deref() == Some("import") && dependency.type_.as_deref() != Some("pom") {
                            dependency.scope = None;
                        }
                        pom.managed.push(std::mem::take(&mut dependency));
                    }
                    _ => {}
                }
                stack.pop();
                value.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if let Some(open) = stack.last() {
        return Err(Problem { line, message: format!("found the end of the file inside of {}, expected its end", quote(open)) });
    }
    if !is_project {
        return Err(Problem { line: 1, message: "found no element `project`, expected a pom.xml".to_owned() });
    }
    for (name, value) in profiles {
        pom.properties.entry(name).or_insert(value);
    }
    Ok(pom)
}

/// The path of the innermost element; what a profile holds is where the project would hold it.
fn place(stack: &[String]) -> Vec<&str> {
    // Nothing of interest is deeper than this.
    if stack.len() > 8 {
        return Vec::new();
    }
    let mut names: Vec<&str> = stack.iter().map(String::as_str).collect();
    if names.starts_with(&["project", "profiles", "profile"]) {
        names.drain(1..3);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn what_comes_from_outside_stays_unknown() {
        insta::assert_snapshot!(told("billing/pom.xml", include_str!("fixtures/pom.xml"), &[]), @r#"
        pom.xml
        maven/com.acme:acme-parent  7  7  build  direct
        maven/com.acme:from-outside  1.1  1.1  runtime  direct
        maven/org.cdata:cdata  1.0  1.0  runtime  direct
        maven/org.circle:circle  -  ${circle.a}  runtime  direct
        maven/org.framework:framework-bom  3.2.0  3.2.0  build  direct
        maven/org.framework:from-bom  -  -  runtime  direct
        maven/org.jackson:jackson-core  2.17.1  2.17.1  runtime  direct
        maven/org.managed:managed  -  ${managed.version}  test  direct
        maven/org.native:runtime  5  5  runtime  direct
        maven/org.range:range  -  [1.0,2.0)  optional  direct
        maven/org.servlet:api  4.0  4.0  build  direct
        ! 46: found the property `${managed.version}` as the version of org.managed:managed, expected one that this repository defines
        ! 47: found no version of org.framework:from-bom, expected one here or in a parent in this repository
        ! 48: found the property `${circle.a}` as the version of org.circle:circle, expected one that this repository defines
        ! 55: found a dependency without groupId or artifactId, expected both
        "#);
    }

    #[test]
    fn a_parent_of_the_repository_brings_properties_and_versions() {
        insta::assert_snapshot!(told("billing/pom.xml", include_str!("fixtures/pom.xml"), &[("pom.xml", include_str!("fixtures/parent-pom.xml")), ("from-outside/pom.xml", "<project/>")]), @r#"
        pom.xml
        maven/org.cdata:cdata  1.0  1.0  runtime  direct
        maven/org.circle:circle  -  ${circle.a}  runtime  direct
        maven/org.framework:framework-bom  3.2.0  3.2.0  build  direct
        maven/org.framework:from-bom  3.2.9  3.2.9  runtime  direct
        maven/org.jackson:jackson-core  2.17.1  2.17.1  runtime  direct
        maven/org.managed:managed  4.13  4.13  test  direct
        maven/org.native:runtime  5  5  runtime  direct
        maven/org.range:range  -  [1.0,2.0)  optional  direct
        maven/org.servlet:api  4.0  4.0  build  direct
        ! 48: found the property `${circle.a}` as the version of org.circle:circle, expected one that this repository defines
        ! 55: found a dependency without groupId or artifactId, expected both
        "#);
    }
}
