//! Which programming language a file is written in, by its name, as GitHub's linguist has it.
//!
//! Languages of data and prose (JSON, YAML, Markdown) do not count there, and so are absent here.

/// Name and colour; none if it does not count.
pub(super) fn language(path: &str) -> Option<(&'static str, &'static str)> {
    if path.split('/').any(|part| matches!(part, "node_modules" | "vendor" | "dist" | "third_party")) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "Dockerfile" => return Some(("Dockerfile", "#384d54")),
        "Makefile" => return Some(("Makefile", "#427819")),
        "go.mod" | "go.sum" => return None,
        "Jenkinsfile" => return Some(("Groovy", "#4298b8")),
        _ => {}
    }
    Some(match name.rsplit_once('.')?.1 {
        "rs" => ("Rust", "#dea584"),
        "go" => ("Go", "#00ADD8"),
        "ts" | "tsx" | "mts" | "cts" => ("TypeScript", "#3178c6"),
        "js" | "jsx" | "mjs" | "cjs" => ("JavaScript", "#f1e05a"),
        "py" => ("Python", "#3572A5"),
        "java" => ("Java", "#b07219"),
        "kt" | "kts" => ("Kotlin", "#A97BFF"),
        "scala" => ("Scala", "#c22d40"),
        "rb" => ("Ruby", "#701516"),
        "php" => ("PHP", "#4F5D95"),
        "cs" => ("C#", "#178600"),
        "c" | "h" => ("C", "#555555"),
        "cc" | "cpp" | "hpp" => ("C++", "#f34b7d"),
        "swift" => ("Swift", "#F05138"),
        "ex" | "exs" => ("Elixir", "#6e4a7e"),
        "sh" | "bash" => ("Shell", "#89e051"),
        "tf" | "hcl" => ("HCL", "#844FBA"),
        "html" => ("HTML", "#e34c26"),
        "css" => ("CSS", "#663399"),
        "scss" => ("SCSS", "#c6538c"),
        "vue" => ("Vue", "#41b883"),
        "groovy" => ("Groovy", "#4298b8"),
        "gradle" => ("Gradle", "#02303a"),
        "ipynb" => ("Jupyter Notebook", "#DA5B0B"),
        "r" => ("R", "#198CE7"),
        "lua" => ("Lua", "#000080"),
        "bicep" => ("Bicep", "#519aba"),
        "jinja" | "j2" => ("Jinja", "#a52a22"),
        _ => return None,
    })
}
