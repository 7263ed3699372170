//! Everything that goes wrong at GitHub: limits, partial answers, garbage.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use spot::demo::github::{Options, Rate};
use spot::demo::serve::Fault;

use crate::github::support::*;

const NOW: &str = "2026-06-01T00:00:00Z";

/// An error of GraphQL.
fn error(kind: &str, message: &str, path: Value) -> Value {
    json!({ "type": kind, "message": message, "path": path })
}

/// As many repositories as wished, each with a file of its own.
fn several(count: u64) -> spot::demo::company::Company {
    let repository = |number: u64| {
        let name = format!("r{number:02}");
        let files = vec![write("README.md", format!("# {name}\n")), write("docs/a.md", format!("# A of {name}\n"))];
        repository(200 + number, &name, vec![commit("2026-02-01T10:00:00Z", files)])
    };
    company((0..count).map(repository).collect())
}

fn readmes(told: &Told) -> usize {
    told.statements().iter().filter(|statement| statement.origin == "readme").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_error_names_was_not_read_and_the_rest_was() {
    let broken = Arc::new(AtomicUsize::new(0));
    let flag = Arc::clone(&broken);
    let meddle = move |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" && flag.load(Ordering::Relaxed) == 1 {
            answer["data"]["organization"]["repositories"]["nodes"][2]["root"] = Value::Null;
            let path = json!(["organization", "repositories", "nodes", 2, "root"]);
            answer["errors"] = json!([error("FORBIDDEN", "Resource not accessible", path)]);
        }
    };
    let mut world = World::meddled(small(), options(), NOW, meddle).await;
    world.collect().await;
    broken.store(1, Ordering::Relaxed);
    let told = world.collect().await;
    assert_eq!(told.extents()[2..], ["acme/ledger Partial", "acme/empty Unchanged", "acme/flat Unchanged", "acme repository Partial 3"]);
    assert_eq!(told.problems(), ["acme/ledger: could not be read: Resource not accessible"]);
    assert!(world.memory.contains_key("acme/ledger"));
    broken.store(0, Ordering::Relaxed);
    assert_eq!(world.collect().await.unchanged().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_vanishes_between_two_questions_is_a_problem_and_no_failure() {
    let meddle = |question: &Value, answer: &mut Value| {
        if operation(question) == "Files" {
            let aliases = answer["data"].as_object_mut().unwrap();
            let first = aliases.keys().find(|alias| alias.starts_with('r') && *alias != "rateLimit").cloned().unwrap();
            aliases.insert(first.clone(), Value::Null);
            let message = "Could not resolve to a Repository with the name 'acme/r00'.";
            answer["errors"] = json!([error("NOT_FOUND", message, json!([first]))]);
        }
    };
    let mut world = World::meddled(several(3), options(), NOW, meddle).await;
    let told = world.collect().await;
    assert_eq!(told.problems().len(), 1, "{:?}", told.problems());
    assert!(told.problems()[0].starts_with("acme/r00: Could not resolve"), "{:?}", told.problems());
    assert_eq!((readmes(&told), told.summary.failure.is_none()), (2, true));
    assert_eq!(told.extents()[2..], ["acme/r00 Partial", "acme/r01 Full", "acme/r02 Full", "acme repository Partial 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_meanwhile_leaves_its_repository_unread() {
    let meddle = |question: &Value, answer: &mut Value| {
        if operation(question) == "Files" {
            answer["data"]["r1"]["f0"] = Value::Null;
        }
    };
    let mut world = World::meddled(several(3), options(), NOW, meddle).await;
    let told = world.collect().await;
    assert!(told.problems()[0].starts_with("acme/r01: the content ") && told.problems()[0].contains("is gone"), "{:?}", told.problems());
    assert!(told.extents().contains(&"acme/r01 Partial".to_owned()) && !world.memory.contains_key("acme/r01"));
    assert_eq!(readmes(&told), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_asked_for_in_halves_and_partial_data_is_kept() {
    // Repositories, folders and files count: a page of nine is too much, and so are all files at once.
    let mut world = World::with(several(9), Options { resources: Some(12), ..options() }, NOW).await;
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!((readmes(&told), told.extents().last().unwrap().as_str()), (9, "acme repository Full 9"));
    let (graphql, rest) = world.asked();
    assert!(graphql > 4 && graphql < 40, "{graphql}");
    assert_eq!(rest, 9 + 1, "what came in part came once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_asked_for_in_halves() {
    for status in [502, 504] {
        let mut world = World::new(several(9), NOW).await;
        let asked = AtomicUsize::new(0);
        world.faults(move |it| {
            let number = if it.path.ends_with("/graphql") { asked.fetch_add(1, Ordering::Relaxed) } else { usize::MAX };
            // The second is the first page, the fifth a batch of files.
            [1, 2, 4].contains(&number).then(|| answer(status, &[], json!({"message": "We couldn't respond to your request in time."})))
        });
        let told = world.collect().await;
        assert_eq!((told.problems(), readmes(&told)), (Vec::new(), 9));
        assert!(world.paused.lock().len() >= 3, "it is given time to recover");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_much_even_alone_leaves_what_is_known() {
    let mut world = World::new(several(3), NOW).await;
    world.collect().await;
    let broken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&broken);
    world.faults(move |asked| {
        let is_inventory = asked.path.ends_with("/graphql") && count.fetch_add(1, Ordering::Relaxed) > 0;
        is_inventory.then(|| answer(502, &[], json!({})))
    });
    let told = world.collect().await;
    assert_eq!(told.extents().last().unwrap(), "acme repository Partial");
    assert!(told.stated().iter().all(|id| id.contains("acme#")));
    world.server.set_faults(None);
    assert_eq!(world.collect().await.unchanged().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_points_run_out_what_was_read_stands_and_the_next_run_goes_on() {
    // Teams and people take four of them, because pages are so short.
    let rate = Rate { points: 9, requests: 5_000 };
    let mut world = World::with(several(6), Options { rate: Some(rate), page: 2, ..options() }, NOW).await;
    let told = world.collect().await;
    let failure = told.summary.failure.clone().unwrap();
    assert!(failure.contains("limit of GraphQL is reached until 2026-06-01T01:00:01Z"), "{failure}");
    let first = readmes(&told);
    assert!(first < 6, "{first}");
    assert!(told.extents().last().unwrap().starts_with("acme repository Partial"), "{:?}", told.extents());
    let mut rounds = 1;
    let mut read = first;
    while rounds < 8 {
        world.later(3_700);
        let told = world.collect().await;
        rounds += 1;
        read += readmes(&told);
        if told.summary.failure.is_none() {
            break;
        }
    }
    assert_eq!(read, 6, "each once, after {rounds} runs");
    world.later(3_700);
    let told = world.collect().await;
    assert!(told.unchanged().len() >= 2 && readmes(&told) == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_requests_run_out_what_was_read_stands_and_the_next_run_goes_on() {
    let rate = Rate { points: 5_000, requests: 4 };
    let mut world = World::with(several(6), Options { rate: Some(rate), ..options() }, NOW).await;
    let told = world.collect().await;
    assert!(told.summary.failure.is_some());
    assert!(told.extents().last().unwrap().starts_with("acme repository Partial"));
    for _ in 0..3 {
        world.later(3_700);
        world.collect().await;
    }
    world.later(3_700);
    let told = world.collect().await;
    assert_eq!((told.unchanged().len(), told.summary.failure), (6, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_ends_soon_is_waited_for() {
    for (end, status) in [("/graphql", 403), ("/values", 403), ("/values", 429), ("/graphql", 429)] {
        let mut world = World::new(small(), NOW).await;
        let message = json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."});
        world.fail_first(end, 1, answer(status, &[("retry-after", "7")], message));
        let told = world.collect().await;
        assert_eq!((told.problems(), told.summary.failure), (Vec::new(), None), "{end} {status}");
        assert_eq!(world.paused.lock().iter().map(std::time::Duration::as_secs).collect::<Vec<_>>(), [7], "{end} {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondary_limit_without_a_time_is_waited_for_by_the_minute_and_then_believed() {
    let message = || json!({"message": "You have exceeded a secondary rate limit."});
    for end in ["/graphql", "/values"] {
        let mut world = World::new(small(), NOW).await;
        world.fail_first(end, 2, answer(403, &[], message()));
        let told = world.collect().await;
        assert_eq!(told.problems(), Vec::<String>::new(), "{end}");
        assert_eq!(world.paused.lock().iter().map(std::time::Duration::as_secs).collect::<Vec<_>>(), [60, 120], "{end}");
        let mut world = World::new(small(), NOW).await;
        world.fail_first(end, 1_000, answer(403, &[], message()));
        let told = world.collect().await;
        assert!(told.summary.failure.unwrap().contains("secondary rate limit"), "{end}");
        assert_eq!(world.paused.lock().len(), 2, "it is not asked on and on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_told_with_status_200_is_a_limit() {
    let mut world = World::new(small(), NOW).await;
    let body = || json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]});
    let reset = (at(NOW).micros() / 1_000_000 + 30).to_string();
    world.fail_first("/graphql", 1, answer(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], body()));
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!(world.paused.lock()[0].as_secs(), 31);
    let reset = (at(NOW).micros() / 1_000_000 + 3_000).to_string();
    let mut world = World::new(small(), NOW).await;
    world.fail_first("/graphql", 9, answer(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], body()));
    let told = world.collect().await;
    assert!(told.summary.failure.unwrap().contains("until 2026-06-01T00:50:01Z"));
    assert_eq!((world.paused.lock().len(), world.asked()), (0, (1, 0)), "one question is enough to know");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_in_the_middle_keeps_what_was_read() {
    let mut world = World::with(several(4), Options { page: 2, ..options() }, NOW).await;
    let trees = AtomicUsize::new(0);
    world.faults(move |asked| {
        let is_late = asked.path.contains("/git/trees/") && trees.fetch_add(1, Ordering::Relaxed) >= 2;
        is_late.then(|| answer(401, &[], json!({"message": "Bad credentials"})))
    });
    let told = world.collect().await;
    assert_eq!(told.summary.failure.clone().unwrap(), "GitHub refuses the credentials: Bad credentials");
    assert!(told.extents().contains(&"acme#teams team Full 2".to_owned()));
    assert!(told.extents().last().unwrap().starts_with("acme repository Partial"), "{:?}", told.extents());
    world.server.set_faults(None);
    world.collect().await;
    let told = world.collect().await;
    assert_eq!((told.unchanged().len(), told.extents().last().unwrap().as_str()), (4, "acme repository Full 4"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_repeats_is_told_by_the_count_and_asked_for_once_more() {
    let times = Arc::new(AtomicUsize::new(1));
    let left = Arc::clone(&times);
    let kept = parking_lot::Mutex::new(Value::Null);
    let meddle = move |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" {
            let nodes = &mut answer["data"]["organization"]["repositories"]["nodes"];
            if question["variables"]["after"].is_null() {
                *kept.lock() = nodes.clone();
            } else if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                *nodes = kept.lock().clone();
            }
        }
    };
    let mut world = World::meddled(several(4), Options { page: 2, ..options() }, NOW, meddle).await;
    let told = world.collect().await;
    assert_eq!((told.problems(), told.extents().last().unwrap().as_str()), (Vec::new(), "acme repository Full 4"));
    assert_eq!(readmes(&told), 4);
    times.store(usize::MAX, Ordering::Relaxed);
    let told = world.collect().await;
    assert_eq!(told.problems(), ["acme: GitHub counts 4 repositories and lists 2, also when asked again"]);
    assert_eq!(told.extents().last().unwrap(), "acme repository Partial 4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_disagrees_with_the_list_leaves_the_list_incomplete() {
    let meddle = |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" {
            answer["data"]["organization"]["repositories"]["totalCount"] = json!(5);
        }
    };
    let mut world = World::meddled(several(4), options(), NOW, meddle).await;
    let told = world.collect().await;
    assert_eq!((readmes(&told), told.extents().last().unwrap().as_str()), (4, "acme repository Partial 5"));
    assert_eq!(world.asked().0, 1 + 2 + 1 + 1, "listed once more, and the files once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_leads_to_itself_ends() {
    let meddle = |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" {
            answer["data"]["organization"]["repositories"]["pageInfo"] = json!({"hasNextPage": true, "endCursor": "same"});
            if question["variables"]["after"] == "same" {
                answer["data"]["organization"]["repositories"]["nodes"] = json!([]);
                answer["errors"].take();
                answer.as_object_mut().unwrap().remove("errors");
            }
            answer["data"]["organization"]["repositories"]["totalCount"] = json!(4);
        }
        if question["variables"]["after"] == "same" {
            *answer = json!({"data": {"organization": {"repositories": {"totalCount": 4, "pageInfo": {"hasNextPage": true, "endCursor": "same"}, "nodes": []}}}});
        }
    };
    let mut world = World::meddled(several(4), options(), NOW, meddle).await;
    let told = world.collect().await;
    assert_eq!((readmes(&told), told.summary.failure.is_none()), (4, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_pages_and_lost_connections_are_tried_again_and_then_told() {
    for fault in [Fault::Html, Fault::Garbage, Fault::Truncated, Fault::Broken, answer(500, &[], json!({"message": "oops"}))] {
        for end in ["/graphql", "/values", "recursive"] {
            let mut world = World::new(small(), NOW).await;
            if end == "recursive" {
                let left = AtomicUsize::new(1);
                let fault = fault.clone();
                let first = move |_: &str| left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
                world.faults(move |asked| (asked.path.contains("/git/trees/") && first(asked.path)).then(|| fault.clone()));
            } else {
                world.fail_first(end, 1, fault.clone());
            }
            let told = world.collect().await;
            assert_eq!(told.summary.failure, None, "{fault:?} {end}");
            world.server.set_faults(None);
            world.collect().await;
            let told = world.collect().await;
            assert_eq!((told.unchanged().len(), told.extents().last().unwrap().as_str()), (3, "acme repository Full 3"), "{fault:?} {end}");
        }
        let mut world = World::new(small(), NOW).await;
        world.collect().await;
        let always = fault.clone();
        world.faults(move |_| Some(always.clone()));
        let told = world.collect().await;
        assert!(told.statements().is_empty() && told.unchanged().is_empty(), "{fault:?}");
        assert!(told.extents().iter().all(|extent| extent.contains("Partial")), "{fault:?}: {:?}", told.extents());
        assert!(told.summary.failure.is_some() && !told.problems().is_empty(), "{fault:?}");
    }
}

/// Trees are kept by their ids for ever: an answer that holds none must not be taken for one.
#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_was_answered_with_nothing_is_read_again_and_never_kept() {
    let said = |world: &World, told: &Told| -> Vec<String> {
        let url = world.server.url();
        told.statements().iter().map(|statement| format!("{:?}", statement.body).replace(url.trim_end_matches('/'), "HOST")).collect()
    };
    let mut calm = World::new(small(), NOW).await;
    let told = calm.collect().await;
    let expected = said(&calm, &told);
    assert!(expected.len() > 3, "{expected:?}");
    let mut world = World::new(small(), NOW).await;
    world.faults(move |asked| asked.path.contains("/git/trees/").then(|| answer(200, &[], json!({}))));
    let told = world.collect().await;
    assert!(!told.problems().is_empty(), "{:?}", said(&world, &told));
    world.server.set_faults(None);
    world.memory.clear();
    let healed = world.collect().await;
    assert_eq!(said(&world, &healed), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_that_cannot_be_read_are_as_they_were() {
    let mut world = World::new(small(), NOW).await;
    let before = world.collect().await;
    for status in [403, 404, 500] {
        world.faults(move |asked| {
            asked.path.ends_with("/values").then(|| answer(status, &[], json!({"message": "Resource not accessible by integration"})))
        });
        let told = world.collect().await;
        assert_eq!(told.unchanged().len(), 3, "{status}: {:?}", told.problems());
        assert!(told.problems()[0].starts_with("acme: custom properties cannot be read"), "{:?}", told.problems());
    }
    // Also where the repository is stated anew.
    world.memory.get_mut("acme/ledger").unwrap()["around"] = json!("another");
    let told = world.collect().await;
    let stream = "general/custom-property";
    assert_eq!(told.body("acme/ledger", stream), before.body("acme/ledger", stream));
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_that_cannot_be_read_are_as_they_were() {
    let broken = Arc::new(AtomicUsize::new(0));
    let flag = Arc::clone(&broken);
    let meddle = move |question: &Value, answer: &mut Value| {
        if operation(question) == "Teams" && flag.load(Ordering::Relaxed) == 1 {
            answer["data"]["organization"]["teams"] = Value::Null;
            let message = "Your token has not been granted the required scopes to execute this query.";
            answer["errors"] = json!([error("INSUFFICIENT_SCOPES", message, json!(["organization", "teams"]))]);
        }
    };
    let mut world = World::meddled(small(), options(), NOW, meddle).await;
    world.collect().await;
    broken.store(1, Ordering::Relaxed);
    let told = world.collect().await;
    assert_eq!(told.extents()[..2], ["acme#teams team Partial", "acme#teams person Partial"]);
    assert_eq!((told.statements().len(), told.unchanged().len()), (0, 3), "permissions are remembered: {:?}", told.problems());
    assert!(told.problems()[0].contains("read:org"), "{:?}", told.problems());
}

#[tokio::test(flavor = "multi_thread")]
async fn long_cut_and_binary_files_are_read_one_by_one() {
    let lockfile: String = (0..30_000)
        .map(|number| format!("\n[[package]]\nname = \"crate-{number}\"\nversion = \"1.0.{number}\"\nsource = \"registry+x\"\n"))
        .collect();
    assert!(lockfile.len() > 2_000_000);
    let middle = format!("# Long\n{}", "words ".repeat(60_000));
    let files = vec![
        write("Cargo.lock", format!("version = 4\n{lockfile}")),
        write("docs/long.md", &middle),
        write("docs/longer.md", format!("{middle} more")),
        write("README.md", b"# Not\0text"),
    ];
    let company = company(vec![repository(201, "long", vec![commit("2026-02-01T10:00:00Z", files)])]);
    let mut world = World::with(company, Options { text_bytes: 100_000, ..options() }, NOW).await;
    let told = world.collect().await;
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 1");
    assert_eq!(told.body("acme/long#service:long", "dependencies/manifests").unwrap()["packages"].as_object().unwrap().len(), 30_000);
    assert_eq!(told.problems().len(), 1, "a README that is no text is refused: {:?}", told.problems());
    assert_eq!(world.asked(), (4, 1 + 1 + 4));
    // Asked for a second time, the length from which texts are cut is not known any more, but contents are.
    let told = world.collect().await;
    assert_eq!((told.unchanged().len(), told.problems().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn symbolic_links_are_not_followed() {
    let meddle = |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" {
            for entry in answer["data"]["organization"]["repositories"]["nodes"][0]["root"]["entries"].as_array_mut().unwrap() {
                if entry["name"] == "README.md" {
                    entry["mode"] = json!(0o120_000);
                }
            }
        }
    };
    let mut world = World::meddled(several(1), options(), NOW, meddle).await;
    let told = world.collect().await;
    assert_eq!(readmes(&told), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_files_that_is_cut_is_read_folder_by_folder() {
    let mut files = vec![write("README.md", "# Many\n")];
    for folder in 0..6 {
        for number in 0..8 {
            files.push(write(&format!("d{folder}/docs/{number}.md"), format!("# {folder} {number}\n")));
        }
    }
    let company = company(vec![repository(201, "many", vec![commit("2026-02-01T10:00:00Z", files)])]);
    let mut world = World::with(company, Options { tree_entries: 10, ..options() }, NOW).await;
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!(told.body("acme/many", "documentation/repository").unwrap()["documents"].as_object().unwrap().len(), 49);
    assert_eq!(world.asked().1, 1 + 1 + 6, "custom properties, everything, each folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_reads_nothing_and_says_so() {
    let mut world = World::new(small(), NOW).await;
    world.config.credentials = spot::collect::github::Credentials::Token(spot::collect::http::Secret::new("ghp_wrong"));
    let told = world.collect().await;
    assert_eq!(told.summary.failure.clone().unwrap(), "GitHub refuses the credentials: Bad credentials");
    assert!(told.extents().iter().all(|extent| extent.contains("Partial")));
}
