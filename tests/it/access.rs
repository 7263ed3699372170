//! Who may look and who may change: tokens, sessions, a trusted proxy, and the role of every mutation.

use std::path::Path;

use async_graphql::Request;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use spot::access::{Caller, Role};
use spot::api::mutation;

use crate::support::company::Company;
use crate::support::{Ended, PATIENCE, Server, code_of, json_of, run};

/// A question that calls one mutation with values that fit its arguments' types, made from what the schema says of it.
fn call(schema: &Value, field: &Value) -> String {
    let of_type = |name: &str| schema["types"].as_array().unwrap().iter().find(|of| of["name"] == name).unwrap();
    fn value(of: &Value, of_type: &dyn Fn(&str) -> Value) -> String {
        match of["kind"].as_str().unwrap() {
            "NON_NULL" => value(&of["ofType"], of_type),
            "LIST" => format!("[{}]", value(&of["ofType"], of_type)),
            "ENUM" => of_type(of["name"].as_str().unwrap())["enumValues"][0]["name"].as_str().unwrap().to_owned(),
            "INPUT_OBJECT" => {
                let known = of_type(of["name"].as_str().unwrap());
                let fields = known["inputFields"].as_array().unwrap().iter();
                let required = fields.filter(|field| field["type"]["kind"] == "NON_NULL");
                let fields = required.map(|field| format!("{}: {}", field["name"].as_str().unwrap(), value(&field["type"], of_type)));
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            _ => match of["name"].as_str().unwrap() {
                "Int" | "Float" => "1".to_owned(),
                "Boolean" => "true".to_owned(),
                "Moment" | "Date" => "\"2026-03-01\"".to_owned(),
                _ => "\"nothing\"".to_owned(),
            },
        }
    }
    let of_type = |name: &str| of_type(name).clone();
    let arguments = field["args"].as_array().unwrap().iter().filter(|argument| argument["type"]["kind"] == "NON_NULL");
    let arguments = arguments.map(|argument| format!("{}: {}", argument["name"].as_str().unwrap(), value(&argument["type"], &of_type)));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!("mutation {{ {}({arguments}) {{ __typename }} }}", field["name"].as_str().unwrap())
}

async fn code(company: &Company, question: &str, caller: Option<Caller>) -> String {
    let request = Request::new(question);
    let request = match caller {
        Some(caller) => request.data(caller),
        None => request,
    };
    let answer = serde_json::to_value(company.api.execute(request).await).unwrap();
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
}

#[tokio::test]
async fn every_mutation_is_refused_to_whoever_lacks_its_role() {
    let company = Company::new("2026-03-31T12:00:00Z");
    let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
    let schema = company
        .ask(&format!(
            "{{ __schema {{ mutationType {{ fields {{ name args {{ name type {{ {of} }} }} }} }} types {{ kind name enumValues {{ name }} \
             inputFields {{ name type {{ {of} }} }} }} }} }}"
        ))
        .await["__schema"]
        .clone();
    let fields = schema["mutationType"]["fields"].as_array().unwrap();
    let mut names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    let mut ruled: Vec<&str> = mutation::RULES.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    ruled.sort_unstable();
    assert_eq!(names, ruled, "every mutation has a rule, and every rule a mutation");

    let refusals = ["UNAUTHENTICATED", "FORBIDDEN", "CSRF"];
    for field in fields {
        let question = call(&schema, field);
        let needed = mutation::needed(field["name"].as_str().unwrap()).unwrap();
        assert!(needed > Role::Viewer, "{question}: a viewer changes nothing");
        assert_eq!(code(&company, &question, None).await, "UNAUTHENTICATED", "{question}");
        for anonymous in [None, Some(Role::Viewer)] {
            assert_eq!(code(&company, &question, Some(Caller::anonymous(anonymous))).await, "UNAUTHENTICATED", "{question}");
        }
        for role in Role::ALL {
            let got = code(&company, &question, Some(Caller::with_token("ci", role))).await;
            if role < needed {
                assert_eq!(got, "FORBIDDEN", "{question} as {role}");
            } else {
                assert!(!refusals.contains(&got.as_str()), "{question} as {role}: {got}");
                assert_ne!(got, "VALIDATION_FAILED", "{question}: the call has to be a valid one");
            }
        }
        let got = code(&company, &question, Some(Caller::local("ada"))).await;
        assert!(!refusals.contains(&got.as_str()), "{question}: {got}");
    }
}

#[tokio::test]
async fn a_mutation_is_found_wherever_it_hides() {
    let company = Company::new("2026-03-31T12:00:00Z");
    let viewer = || Some(Caller::with_token("ci", Role::Viewer));
    for question in [
        "mutation { x: collect(source: \"a\") { source } }",
        "mutation { ... { collect(source: \"a\") { source } } }",
        "mutation { ... on Mutation { ...a } } fragment a on Mutation { ...b } fragment b on Mutation { collect(source: \"a\") { source } }",
        "query q { version } mutation m { collect(source: \"a\") { source } }",
        "mutation { nonsense }",
    ] {
        assert_eq!(code(&company, question, viewer()).await, "FORBIDDEN", "{question}");
    }
    assert_eq!(code(&company, "mutation { __typename }", viewer()).await, "none");
    let mut answers = company.api.stream(Request::new("mutation { collect(source: \"a\") { source } }"));
    let answer = serde_json::to_value(futures::StreamExt::next(&mut answers).await.unwrap()).unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

/// `spot token` on a data folder, answered as JSON.
fn token(data: &Path, arguments: &[&str]) -> Ended {
    run(data.parent().unwrap(), ["token"].iter().chain(arguments).chain(&["--data", data.to_str().unwrap()]))
}

fn create(data: &Path, name: &str, role: &str) -> String {
    let made = token(data, &["create", name, "--role", role]);
    assert_eq!(made.code, Some(0), "{made:?}");
    made.stdout.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_used_and_revoked_while_the_server_runs() {
    let server = Server::start();
    let secret = create(&server.data, "ci", "operator");
    assert!(secret.starts_with("spot_") && secret.len() == 48, "{secret}");
    let taken = token(&server.data, &["create", "ci", "--role", "admin"]);
    assert_eq!(taken.code, Some(2), "{taken:?}");
    let listed = token(&server.data, &["list", "--json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((&listed["name"], &listed["role"], &listed["expired"]), (&json!("ci"), &json!("operator"), &json!(false)));
    assert!(listed["createdBy"].as_str().unwrap().starts_with("local:"), "{listed}");

    let question = json!({ "query": "mutation { collect(source: \"x\") { started } }" });
    let ask = |secret: Option<&str>| {
        let request = server.post("/graphql").json(&question);
        match secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        }
    };
    assert_eq!(code_of(ask(None).send().await.unwrap()).await, "UNAUTHENTICATED");
    assert_eq!(code_of(ask(Some(&secret)).send().await.unwrap()).await, "NOT_FOUND", "an operator may, and there is no such source");
    let viewer = create(&server.data, "reader", "viewer");
    assert_eq!(code_of(ask(Some(&viewer)).send().await.unwrap()).await, "FORBIDDEN");
    let wrong = ask(Some("spot_wrong")).send().await.unwrap();
    assert_eq!(
        (wrong.status(), wrong.headers()["www-authenticate"].to_str().unwrap()),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"spot\"")
    );
    let used = token(&server.data, &["list"]).stdout;
    assert!(used.contains("ci  operator  made "), "{used}");

    assert_eq!(token(&server.data, &["revoke", "ci"]).code, Some(0));
    assert_eq!(token(&server.data, &["revoke", "ci"]).code, Some(3));
    assert_eq!(ask(Some(&secret)).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(token(&server.data, &["create", "a b", "--role", "viewer"]).code, Some(2));
    assert_eq!(token(&server.data, &["create", "a", "--role", "root"]).code, Some(2));
    assert_eq!(token(&server.data, &["create", "a", "--role", "viewer", "--expires", "soon"]).code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_attempts_are_on_record_and_only_admins_read_them() {
    let server = Server::start();
    let (viewer, admin) = (create(&server.data, "reader", "viewer"), create(&server.data, "boss", "admin"));
    let ask = async |secret: &str, query: &str| {
        server.post("/graphql").bearer_auth(secret).json(&json!({ "query": query })).send().await.unwrap()
    };
    for _ in 0..5 {
        assert_eq!(code_of(ask(&viewer, "mutation { retire(source: \"git\") { withdrawn } }").await).await, "FORBIDDEN");
    }
    let question = "{ audit { by role means mutation refused detail } }";
    assert_eq!(code_of(ask(&viewer, question).await).await, "FORBIDDEN");
    let told = json_of(ask(&admin, question).await).await["data"]["audit"].clone();
    let records = told.as_array().unwrap();
    // Two, should an hour have ended meanwhile.
    assert!((1..=2).contains(&records.len()), "{told}");
    for record in records {
        assert_eq!(
            *record,
            json!({
                "by": "reader",
                "role": "viewer",
                "means": "token",
                "mutation": "retire",
                "refused": "FORBIDDEN",
                "detail": "this needs the role admin; reader is viewer",
            })
        );
    }
    let command =
        |words: &[&str]| run(server.data.parent().unwrap(), words.iter().copied().chain(["--data", server.data.to_str().unwrap()]));
    let nothing = command(&["confirm", "git"]);
    assert_eq!((nothing.code, nothing.stderr.contains("the brake holds nothing of the source git")), (Some(3), true), "{nothing:?}");
    let nobody = command(&["link", "--list"]);
    assert_eq!((nobody.code, nobody.stderr.contains("nobody has linked anything")), (Some(0), true), "{nobody:?}");
    let code = code_of(ask(&admin, "mutation { confirmMissing(source: \"git\", resource: \"a/b\") { ended } }").await).await;
    assert_eq!(code, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_with_a_token_and_proves_that_its_page_is_ours() {
    let server = Server::start();
    let secret = create(&server.data, "ada", "operator");
    let session = json_of(server.get("/session").send().await.unwrap()).await;
    assert_eq!(session, json!({ "name": null, "role": "viewer", "means": "anonymous", "csrf": null, "canSignIn": true }));

    let refused = server.post("/session").json(&json!({ "token": "spot_wrong" })).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let form = server.post("/session").header("content-type", "text/plain").body(json!({ "token": secret }).to_string());
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let foreign = server.post("/session").header("origin", "http://example.org").json(&json!({ "token": secret })).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(server.post("/session").json(&json!({ "secret": secret })).send().await.unwrap().status(), StatusCode::BAD_REQUEST);

    let begun = server.post("/session").json(&json!({ "token": secret })).send().await.unwrap();
    assert_eq!((begun.status(), &begun.headers()["cache-control"]), (StatusCode::OK, &"no-store".parse().unwrap()));
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert!(!cookie.contains(&secret));
    let session = json_of(begun).await;
    assert_eq!((&session["name"], &session["role"], &session["means"]), (&json!("ada"), &json!("operator"), &json!("session")));
    let told = json_of(server.get("/session").header("cookie", &cookie).send().await.unwrap()).await;
    assert_eq!(told, session);

    let question = json!({ "query": "mutation { collect(source: \"x\") { started } }" });
    let ask = || server.post("/graphql").header("cookie", &cookie).json(&question);
    assert_eq!(code_of(ask().send().await.unwrap()).await, "CSRF");
    assert_eq!(code_of(ask().header("x-csrf-token", "x").send().await.unwrap()).await, "CSRF");
    let csrf = session["csrf"].as_str().unwrap();
    assert_eq!(code_of(ask().header("x-csrf-token", csrf).send().await.unwrap()).await, "NOT_FOUND");
    let looks = server.post("/graphql").header("cookie", &cookie).json(&json!({ "query": "{ version }" })).send().await.unwrap();
    assert!(json_of(looks).await["data"]["version"].is_string(), "looking needs no proof");

    let ended = server.http.delete(format!("{}/session", server.url)).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    assert!(ended.headers()["set-cookie"].to_str().unwrap().contains("spot_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    assert_eq!(code_of(ask().header("x-csrf-token", csrf).send().await.unwrap()).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_has_to_wait() {
    let server = Server::start();
    let secret = create(&server.data, "ci", "viewer");
    for _ in 0..10 {
        let refused = server.post("/session").json(&json!({ "token": "spot_guess" })).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    let refused = server.post("/session").json(&json!({ "token": secret })).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 300);
    assert_eq!(code_of(refused).await, "TOO_MANY_ATTEMPTS");
    assert!(server.ask("{ version }").await["data"]["version"].is_string());
}

/// A server with a configuration of its own.
fn configured(folder: &Path, text: &str, before: impl FnOnce(&Path)) -> Server {
    std::fs::write(folder.join("spot.toml"), text).unwrap();
    let data = folder.join("data");
    before(&data);
    Server::start_on(&data)
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_reach_it_only_once_there_is_a_token_and_see_nothing_without() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let refused = run(folder.path(), ["serve", "--data", "data", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("spot token create NAME --role admin"), "{refused:?}");
    let secret = create(&data, "ada", "viewer");
    let server = Server::start_at(&data, "0.0.0.0:0");
    let port = server.url.rsplit_once(':').unwrap().1.to_owned();
    let http = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let question = json!({ "query": "{ version }" });
    for path in ["/graphql", "/graphql/stream"] {
        let refused = http.post(at(path)).json(&question).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
        let answered = http.post(at(path)).bearer_auth(&secret).json(&question).send().await.unwrap();
        assert_eq!(answered.status(), StatusCode::OK, "{path}");
    }
    assert_eq!(http.get(at("/metrics")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(http.get(at("/metrics")).bearer_auth(&secret).send().await.unwrap().status(), StatusCode::OK);
    for path in ["/health", "/ready", "/", "/signin"] {
        assert_eq!(http.get(at(path)).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
    let session = json_of(http.get(at("/session")).send().await.unwrap()).await;
    assert_eq!((&session["role"], &session["canSignIn"]), (&Value::Null, &json!(true)));
    let named = http.get(at("/health")).header("host", "spot.example").send().await.unwrap();
    assert_eq!(named.status(), StatusCode::MISDIRECTED_REQUEST, "a name has to be configured");
    assert_eq!(http.get(at("/health")).header("host", "192.0.2.1").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_who_asks_and_nobody_else_does() {
    let proxy = "hosts = [\"spot.example\"]\n[access.proxy]\naddresses = [\"ADDRESS\"]\nuser_header = \"X-User\"\ngroups_header = \"X-Groups\"\nroles = { ops \
                 = \"operator\" }\n";
    let folder = tempfile::tempdir().unwrap();
    let server = configured(folder.path(), &format!("[access]\n{}", proxy.replace("ADDRESS", "127.0.0.0/8")), |_| ());
    let ada = || server.get("/session").header("x-user", "ada").header("x-groups", "dev,ops");
    let session = json_of(ada().send().await.unwrap()).await;
    assert_eq!((&session["name"], &session["role"], &session["means"]), (&json!("ada"), &json!("operator"), &json!("proxy")));
    let unknown = json_of(server.get("/session").send().await.unwrap()).await;
    assert_eq!(unknown["role"], Value::Null, "behind a proxy, being near means nothing");
    let question = json!({ "query": "mutation { collect(source: \"x\") { started } }" });
    let ask = || server.post("/graphql").header("x-user", "ada").header("x-groups", "ops").json(&question);
    assert_eq!(code_of(ask().send().await.unwrap()).await, "CSRF");
    assert_eq!(code_of(ask().header("x-csrf-token", session["csrf"].as_str().unwrap()).send().await.unwrap()).await, "NOT_FOUND");
    let bob = || server.post("/graphql").header("x-user", "bob").json(&question);
    assert_eq!(code_of(bob().send().await.unwrap()).await, "FORBIDDEN");

    // Through TLS at the proxy the pages are those of https, and the cookie goes nowhere else.
    let secret = create(&server.data, "eve", "admin");
    let begin = server.post("/session").header("host", "spot.example").header("x-forwarded-proto", "https");
    let begun = begin.header("origin", "https://spot.example").json(&json!({ "token": secret })).send().await.unwrap();
    assert_eq!(begun.status(), StatusCode::OK);
    assert!(begun.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));

    let folder = tempfile::tempdir().unwrap();
    let elsewhere = configured(folder.path(), &format!("[access]\n{}", proxy.replace("ADDRESS", "192.0.2.0/24")), |_| ());
    let session = json_of(elsewhere.get("/session").header("x-user", "ada").send().await.unwrap()).await;
    assert_eq!((&session["name"], &session["role"]), (&Value::Null, &Value::Null));
    let (_, said) = elsewhere.stop("TERM");
    assert!(
        said.iter().any(|line| line.contains("a header of a request from 127.0.0.1 names a person or groups and is ignored")),
        "{said:?}"
    );
}

#[tokio::test]
async fn nothing_is_done_in_the_past() {
    let company = Company::new("2026-03-31T12:00:00Z");
    let operator = || Some(Caller::with_token("ada", Role::Operator));
    let plan = |at: &str| format!("mutation {{ planAction(workload: \"workload:ledger\", action: RESTART{at}) {{ id }} }}");
    for at in ["2026-03-30", "2026-03-31T11:58:00Z"] {
        assert_eq!(code(&company, &plan(&format!(", at: \"{at}\"")), operator()).await, "MOMENT_IN_PAST", "{at}");
    }
    assert_eq!(code(&company, &plan(", at: \"2026-04-01\""), operator()).await, "MOMENT_IN_FUTURE");
    for at in ["", ", at: \"2026-03-31\"", ", at: \"2026-03-31T11:59:30Z\""] {
        assert_eq!(code(&company, &plan(at), operator()).await, "ACTION_REFUSED", "{at}: there is no cluster here");
    }
}
