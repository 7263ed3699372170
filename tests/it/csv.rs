//! A company without any tool has a board, too: from CSV files, by the real binary.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Ended, run as spot};

/// Two weeks of 2026, so that whatever today is they are over.
const INCIDENTS: &str = "id,title,severity,service,started,ended,features\n\
                         1,Nobody can pay,critical,billing,2026-03-10T10:00:00Z,2026-03-10T12:00:00Z,Payment\n";
const BUGS: &str = "id,title,priority,created,resolved\n\
                    B-1,Wrong sum,high,2026-03-09T08:00:00Z,2026-03-10T08:00:00Z\n\
                    B-1,Wrong sum again,high,2026-03-12T08:00:00Z,\n\
                    B-2,Slow list,low,2026-03-11T08:00:00Z,\n";
const CASES: &str = "id,created,features,priority\n7,2026-03-11T09:00:00Z,Payment,high\n";

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn board(folder: &Path) -> Value {
    let query = "{ board(period: \"2026-W11\", metrics: [STABILITY, CRITICAL_INCIDENTS, OPEN_BUGS, CREATED_BUGS, REOPENED_BUGS, RESOLVED_BUGS, SUPPORT_CASES]) { \
                 figures { metric value records(first: 5) { nodes { id } } } supportByFeature { name count } } }";
    let ended = spot(folder, ["query", query]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    serde_json::from_str::<Value>(&ended.stdout).unwrap()["data"]["board"].clone()
}

fn values(board: &Value) -> Vec<(String, Value)> {
    let figures = board["figures"].as_array().unwrap().iter();
    figures.map(|figure| (figure["metric"].as_str().unwrap().to_owned(), figure["value"].clone())).collect()
}

fn collect(folder: &Path) -> Ended {
    spot(folder, ["collect", "csv", "--backfill", "5y"])
}

#[test]
fn files_make_a_board_and_what_stands_in_them_no_more_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "spot.toml",
        "data = \"data\"\n[csv]\nincidents = \"incidents.csv\"\nbugs = \"bugs.csv\"\nsupport_cases = \"cases.csv\"\n",
    );
    write(folder, "incidents.csv", INCIDENTS);
    write(folder, "bugs.csv", BUGS);
    write(folder, "cases.csv", CASES);
    let checked = spot(folder, ["check"]);
    assert!(checked.stdout.contains("csv incidents: 1 of them") && checked.stdout.contains("csv bugs: 2 of them"), "{checked:?}");
    let ended = collect(folder);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = board(folder);
    let number = |metric: &str| values(&told).into_iter().find(|(name, _)| name == metric).unwrap().1;
    assert_eq!(number("CRITICAL_INCIDENTS"), json!(1.0));
    // Two hours and a quarter of a week.
    let stability = number("STABILITY").as_f64().unwrap();
    assert!((stability - (1.0 - 2.25 / 168.0)).abs() < 1e-9, "{stability}");
    assert_eq!(
        ["OPEN_BUGS", "CREATED_BUGS", "REOPENED_BUGS", "RESOLVED_BUGS", "SUPPORT_CASES"].map(number),
        [2.0, 2.0, 1.0, 1.0, 1.0].map(|value| json!(value))
    );
    assert_eq!(told["supportByFeature"], json!([{ "name": "Payment", "count": 1 }]));
    // The same again is no news.
    let again = collect(folder);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(board(folder), told);
    // A file that is broken changes nothing, nor does one that is gone, and both are said.
    write(folder, "bugs.csv", "name,when\n");
    std::fs::remove_file(folder.join("cases.csv")).unwrap();
    let broken = collect(folder);
    assert!(
        broken.stdout.contains("there is no column id; expected id, created")
            && broken.stdout.contains("it cannot be read")
            && broken.stdout.contains("outcome: partial"),
        "{broken:?}"
    );
    assert_eq!(board(folder), told);
    // A wrong line is no reason to take another one for deleted.
    write(folder, "bugs.csv", "id,title,priority,created,resolved\nB-2,Slow list,low,whenever,\n");
    let partial = collect(folder);
    assert!(partial.stdout.contains("created: \"whenever\" is no time"), "{partial:?}");
    assert_eq!(values(&board(folder)), values(&told));
    // What was a mistake is taken out.
    write(folder, "bugs.csv", &BUGS.lines().filter(|line| !line.starts_with("B-2")).map(|line| format!("{line}\n")).collect::<String>());
    write(folder, "incidents.csv", "id,started\n");
    assert_eq!(collect(folder).code, Some(0));
    let corrected = board(folder);
    let number = |metric: &str| values(&corrected).into_iter().find(|(name, _)| name == metric).unwrap().1;
    assert_eq!((number("STABILITY"), number("CRITICAL_INCIDENTS")), (json!(1.0), json!(0.0)), "it was none");
    let now = spot(folder, ["query", "{ store { today } }"]);
    let today: Value = serde_json::from_str(&now.stdout).unwrap();
    let today = today["data"]["store"]["today"].as_str().unwrap();
    let query = format!("{{ board(period: \"{today}..{today}\", metrics: [OPEN_BUGS]) {{ figures {{ value }} }} }}");
    let open: Value = serde_json::from_str(&spot(folder, ["query", &query]).stdout).unwrap();
    assert_eq!(open["data"]["board"]["figures"][0]["value"], json!(1.0), "{open}");
}
