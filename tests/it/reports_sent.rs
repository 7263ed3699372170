//! The weekly report on its way: sent when it is due, once, kept as it was sent; to servers that say no, say nothing or say yes
//! and mean no; and to a real homeserver and a real mail server.
//!
//! `tests/tools/chats.sh` installs those; without them the tests say that they were skipped.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use parking_lot::Mutex;
use serde_json::{Value, json};
use spot::api::{Api, Limits, Sources};
use spot::collect::http::{Http, Outside, Patience, Secret};
use spot::demo::{self, mattermost};
use spot::model::audit::Actor;
use spot::model::{Clock, Instant};
use spot::report::send::delivery::{deliveries, letter};
use spot::report::send::{Channel, Config, Delivery, Kind, NotSent, Office, State, Wish};
use spot::report::targets::Target;
use spot::report::targets::matrix::Matrix;
use spot::report::targets::mattermost::Mattermost;
use spot::report::targets::slack::{SlackApp, SlackWebhook};
use spot::report::targets::teams::Teams;
use spot::report::targets::webhook::Webhook;
use spot::store::{Options, Store};
use tokio::sync::Notify;

use crate::support::company::at;
use crate::support::running::{Running, free_port, installed};
use crate::support::{Server, run as spot};
use crate::weekly_report::{Filled, fill, read_in_full};

/// A Monday at eight; the week before it is 2026-W14.
const DUE: &str = "2026-04-06T08:00:00Z";

/// What a server was sent.
#[derive(Clone, Debug)]
struct Received {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How a server answers.
#[derive(Clone, Debug)]
enum Answer {
    Say(u16, String),
    /// It takes all and breaks the connection.
    Break,
    /// It takes all and never answers.
    Hang,
}

fn ok() -> Answer {
    Answer::Say(200, "ok".to_owned())
}

fn say(status: u16, body: &Value) -> Answer {
    Answer::Say(status, body.to_string())
}

/// A server that keeps what it is sent, and answers what a test wants, the last answer again and again.
#[derive(Clone, Default)]
struct Chat {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    came: Arc<Notify>,
    url: String,
}

impl Chat {
    async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let chat = Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), url, ..Self::default() };
        let router = Router::new().fallback(take).with_state(chat.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        chat
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    fn count(&self) -> usize {
        self.received.lock().len()
    }

    fn hook(&self) -> Secret {
        Secret::new(format!("{}/hooks/s3cret", self.url))
    }

    fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        *self.answers.lock() = answers.into_iter().collect();
    }
}

async fn take(Shared(chat): Shared<Chat>, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    chat.received.lock().push(Received { path: uri.path().to_owned(), headers, body });
    chat.came.notify_one();
    let answer = {
        let mut answers = chat.answers.lock();
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    };
    match answer.unwrap_or_else(ok) {
        Answer::Say(status, body) => (StatusCode::from_u16(status).unwrap(), body),
        Answer::Break => panic!("the connection is broken, as the test wants it"),
        Answer::Hang => std::future::pending().await,
    }
}

/// A company with a report to send, and a clock that a test sets.
struct World {
    filled: Filled,
    now: Arc<Mutex<Instant>>,
}

impl World {
    /// The week is read in full.
    fn new() -> Self {
        let world = Self::incomplete();
        read_in_full(&world.filled.store, "2026-04-06T00:10:00Z");
        world
    }

    /// Nobody has read the source since the week ended.
    fn incomplete() -> Self {
        let filled = Filled::new();
        read_in_full(&filled.store, "2026-03-31T00:00:05Z");
        Self { filled, now: Arc::new(Mutex::new(at("2026-03-31T12:00:00Z"))) }
    }

    fn store(&self) -> &Arc<Store> {
        &self.filled.store
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || *now.lock())
    }

    fn set(&self, when: &str) {
        *self.now.lock() = at(when);
    }

    fn http(&self) -> Http {
        let patience = Patience { attempts: 2, ..Patience::default() };
        let pause = Arc::new(|_| Box::pin(std::future::ready(())) as _);
        Http::new(Outside { clock: self.clock(), pause, jitter: Arc::new(|| 0.5), patience })
    }

    /// An office with one channel that has been there for long.
    async fn office(&self, target: impl Target + 'static) -> Arc<Office> {
        let office = self.new_office(target);
        // Nothing is due for a channel that is new.
        office.tick().await;
        office
    }

    fn new_office(&self, target: impl Target + 'static) -> Arc<Office> {
        let config = Config {
            schedule: "0 8 * * 1".parse().unwrap(),
            hold_seconds: 2 * 86_400,
            base: "https://spot.example".to_owned(),
            channels: vec![Channel { name: "all".to_owned(), of: None, kind: "test", target: Arc::new(target) }],
        };
        Arc::new(Office::new(config, Arc::clone(self.store()), self.clock(), Arc::new(Vec::new)))
    }

    /// An answer over the API, as somebody who may look has it; the whole of it, errors too.
    async fn ask(&self, office: Option<&Arc<Office>>, query: &str) -> Value {
        let clock = self.clock();
        let sources = Sources { office: office.cloned(), ..Sources::idle(Arc::clone(self.store()), move || clock()) };
        serde_json::to_value(Api::new(sources, Limits::default()).execute(query.into()).await).unwrap()
    }

    fn deliveries(&self) -> Vec<Delivery> {
        deliveries(&self.store().view())
    }

    /// The states of all deliveries, and how often each was tried.
    fn states(&self) -> Vec<(Kind, State, u32)> {
        self.deliveries().iter().map(|delivery| (delivery.kind, delivery.state, delivery.attempts)).collect()
    }
}

#[tokio::test]
async fn a_report_is_sent_when_it_is_due_once_and_kept_to_the_byte() {
    let world = World::new();
    let chat = Chat::start([ok()]).await;
    let office = world.office(SlackWebhook::new(world.http(), chat.hook())).await;
    world.set("2026-04-06T07:59:59Z");
    office.tick().await;
    assert_eq!(chat.count(), 0, "it is not due before its time");
    world.set(DUE);
    office.tick().await;
    office.tick().await;
    world.set("2026-04-12T23:00:00Z");
    // Also by a process that was started since.
    world.new_office(SlackWebhook::new(world.http(), chat.hook())).tick().await;
    let received = chat.received();
    assert_eq!(received.len(), 1, "once");
    assert_eq!(
        (received[0].path.as_str(), received[0].json()["blocks"][0]["text"]["text"].as_str()),
        ("/hooks/s3cret", Some("Quality in week 14"))
    );
    let sent = world.deliveries();
    assert_eq!(world.states(), [(Kind::Report, State::Sent, 1)]);
    assert_eq!((sent[0].week.to_string().as_str(), sent[0].said.as_str(), sent[0].at), ("2026-W14", "posted", at(DUE)));
    let kept = letter(&world.store().view(), &sent[0].key()).unwrap();
    assert_eq!(kept.message(), received[0].body, "as it was sent");
    assert!(!format!("{sent:?}").contains("s3cret"), "no secret is kept");
}

#[tokio::test]
async fn a_new_channel_begins_with_the_next_report_and_downtime_is_made_up_for() {
    let world = World::new();
    let chat = Chat::start([ok()]).await;
    world.set("2026-04-06T08:00:01Z");
    let office = world.office(SlackWebhook::new(world.http(), chat.hook())).await;
    office.tick().await;
    assert_eq!(chat.count(), 0, "what was due before it was there is not its business");
    // Down for a week and two days: of the two reports that were due, the last one is sent.
    read_in_full(world.store(), "2026-04-22T09:00:00Z");
    world.set("2026-04-22T10:00:00Z");
    world.new_office(SlackWebhook::new(world.http(), chat.hook())).tick().await;
    assert_eq!(world.deliveries().iter().map(|it| it.week.to_string()).collect::<Vec<_>>(), ["2026-W16"]);
}

#[tokio::test]
async fn what_a_target_refuses_is_tried_again_and_said() {
    let world = World::new();
    let chat = Chat::start([]).await;
    let office = world.office(SlackWebhook::new(world.http(), chat.hook())).await;
    let mut now = at(DUE);
    let cases = [
        (Answer::Say(410, "channel_is_archived".to_owned()), "refused with 410 (channel_is_archived)"),
        (Answer::Say(403, "invalid_token".to_owned()), "refused with 403 (invalid_token)"),
        // All is well, says the status.
        (say(200, &json!({ "ok": false, "error": "no_service" })), "answered 200, with an error: no_service"),
        (Answer::Say(200, "<html>Log in</html>".to_owned()), "answered \"<html>Log in</html>\" instead of ok"),
    ];
    for (attempt, (answer, says)) in (1..).zip(cases) {
        chat.answer([answer]);
        *world.now.lock() = now;
        office.tick().await;
        let [delivery] = world.deliveries().try_into().unwrap();
        assert_eq!((delivery.state, delivery.attempts, delivery.said.as_str()), (State::Failed, attempt, says));
        office.tick().await;
        assert_eq!(chat.count(), attempt as usize, "not at once");
        now = now.plus_seconds(3_600);
    }
    chat.answer([ok()]);
    *world.now.lock() = now;
    office.tick().await;
    assert_eq!(world.states(), [(Kind::Report, State::Sent, 5)]);
    // Nobody listens: nothing was sent, so it is tried again.
    let world = World::new();
    let nobody = Secret::new(format!("http://127.0.0.1:{}/", free_port()));
    let office = world.office(Webhook::new(world.http(), nobody, None)).await;
    world.set(DUE);
    office.tick().await;
    assert_eq!(world.states(), [(Kind::Report, State::Failed, 1)]);
}

#[tokio::test]
async fn what_may_have_arrived_is_never_sent_again_by_itself() {
    for (answer, says) in [(Answer::Break, "sent, and no answer came"), (Answer::Say(502, String::new()), "it may have been posted or not")]
    {
        let world = World::new();
        let chat = Chat::start([answer]).await;
        let office = world.office(Mattermost::new(world.http(), chat.hook())).await;
        for now in [DUE, "2026-04-06T09:00:00Z", "2026-04-08T09:00:00Z"] {
            world.set(now);
            office.tick().await;
        }
        assert_eq!(chat.count(), 1);
        let [delivery] = world.deliveries().try_into().unwrap();
        assert_eq!(delivery.state, State::Unclear);
        assert!(delivery.said.contains(says) && delivery.said.contains("the channel shows it"), "{}", delivery.said);
        // A person looks into the channel, and sends it once more.
        chat.answer([ok()]);
        let by = Actor { name: "ada".to_owned(), role: None, means: "socket".to_owned() };
        let wish = |again| Wish { week: None, channel: "all".to_owned(), again };
        let refused = office.send(&wish(false), &by).await.unwrap_err();
        assert!(matches!(&refused, NotSent::Before { how, .. } if how.starts_with("may have reached all")), "{refused}");
        let sent = office.send(&wish(true), &by).await.unwrap();
        assert_eq!((sent.state, sent.number, sent.by.unwrap().name.as_str()), (State::Sent, 2, "ada"));
    }
}

/// Sends until the server has the message, and ends the process there.
async fn killed_while_sending(world: &World, chat: &Chat, office: Arc<Office>, requests: usize) {
    world.set(DUE);
    let sending = tokio::spawn(async move { office.tick().await });
    while chat.count() < requests {
        chat.came.notified().await;
    }
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    assert_eq!(world.states(), [(Kind::Report, State::Sending, 1)], "it is kept before it is sent");
}

#[tokio::test]
async fn after_a_crash_a_webhook_cannot_tell_and_that_is_said() {
    let world = World::new();
    let chat = Chat::start([Answer::Hang]).await;
    let teams = || Teams::new(world.http(), chat.hook());
    let office = world.office(teams()).await;
    killed_while_sending(&world, &chat, office, 1).await;
    chat.answer([Answer::Say(202, String::new())]);
    world.set("2026-04-06T08:05:00Z");
    let office = world.new_office(teams());
    office.tick().await;
    office.tick().await;
    assert_eq!(chat.count(), 1, "it is not sent twice");
    let [delivery] = world.deliveries().try_into().unwrap();
    assert_eq!(delivery.state, State::Unclear);
    assert_eq!(delivery.said, "spot ended while it was sent; a workflow cannot be asked what it posted; the channel shows it");
}

#[tokio::test]
async fn after_a_crash_slack_is_asked() {
    let app = |world: &World, chat: &Chat| {
        SlackApp::new(world.http(), format!("{}/api/", chat.url).parse().unwrap(), Secret::new("xoxb-1"), "C1".to_owned())
    };
    for (has_arrived, requests, attempts) in [(true, 2, 1), (false, 9, 2)] {
        let world = World::new();
        let chat = Chat::start([Answer::Hang]).await;
        let office = world.office(app(&world, &chat)).await;
        killed_while_sending(&world, &chat, office, 1).await;
        let key = chat.received()[0].json()["metadata"]["event_payload"]["key"].clone();
        assert_eq!(key, "2026-W14/all/report/1");
        let other = json!({ "ts": "1.0", "metadata": { "event_type": "other", "event_payload": { "key": key } } });
        let ours = json!({ "ts": "2.0", "metadata": { "event_type": "spot_weekly_report", "event_payload": { "key": key } } });
        let messages = if has_arrived { vec![other, ours] } else { vec![other] };
        let place = say(200, &json!({ "ok": true, "upload_url": format!("{}/upload", chat.url), "file_id": "F1" }));
        let done = say(200, &json!({ "ok": true }));
        chat.answer([
            say(200, &json!({ "ok": true, "messages": messages })),
            say(200, &json!({ "ok": true, "channel": "C1", "ts": "3.0" })),
            place.clone(),
            ok(),
            done.clone(),
            place,
            ok(),
            done,
        ]);
        world.set("2026-04-06T08:05:00Z");
        world.new_office(app(&world, &chat)).tick().await;
        let received = chat.received();
        assert_eq!(received.len(), requests, "{:?}", received.iter().map(|it| &it.path).collect::<Vec<_>>());
        assert_eq!(received[1].path, "/api/conversations.history");
        let [delivery] = world.deliveries().try_into().unwrap();
        assert_eq!((delivery.state, delivery.attempts), (State::Sent, attempts));
        assert_eq!(delivery.said, if has_arrived { "message 2.0 in C1" } else { "message 3.0 in C1" });
        if !has_arrived {
            assert_eq!(received[2].body, received[0].body, "the same message");
            check_pictures(&received[3..]);
        }
    }
}

/// The requests that Slack publishes for a file: a form, the bytes, and JSON.
fn check_pictures(received: &[Received]) {
    let (form, bytes, done) = (&received[0], &received[1], &received[2].json());
    assert_eq!(
        (form.path.as_str(), form.headers["content-type"].to_str().unwrap()),
        ("/api/files.getUploadURLExternal", "application/x-www-form-urlencoded")
    );
    let length = format!("length={}", bytes.body.len());
    assert!(String::from_utf8_lossy(&form.body).ends_with(&length), "{form:?}");
    assert!(bytes.path == "/upload" && bytes.body.starts_with(b"\x89PNG"));
    assert_eq!((&done["files"][0]["id"], &done["channel_id"], &done["thread_ts"]), (&json!("F1"), &json!("C1"), &json!("3.0")));
}

#[tokio::test]
async fn slack_says_no_with_200_and_a_picture_that_fails_costs_no_message() {
    let world = World::new();
    let chat = Chat::start([say(200, &json!({ "ok": false, "error": "token_revoked" }))]).await;
    let base = format!("{}/api/", chat.url).parse().unwrap();
    let office = world.office(SlackApp::new(world.http(), base, Secret::new("xoxb-1"), "C1".to_owned())).await;
    world.set(DUE);
    office.tick().await;
    let [delivery] = world.deliveries().try_into().unwrap();
    assert_eq!(delivery.state, State::Failed);
    assert!(delivery.said.starts_with("chat.postMessage answered token_revoked: the token is not taken any more"), "{}", delivery.said);
    assert_eq!(chat.received()[0].headers["authorization"], "Bearer xoxb-1");
    chat.answer([
        say(200, &json!({ "ok": true, "channel": "C1", "ts": "3.0" })),
        say(200, &json!({ "ok": false, "error": "missing_scope" })),
    ]);
    world.set("2026-04-06T08:01:00Z");
    office.tick().await;
    let [delivery] = world.deliveries().try_into().unwrap();
    assert_eq!(delivery.state, State::Sent);
    assert!(delivery.said.contains("without the picture") && delivery.said.contains("files:write"), "{}", delivery.said);
}

#[tokio::test]
async fn a_report_waits_for_its_data_with_a_word_about_it_but_not_for_ever() {
    let world = World::incomplete();
    let chat = Chat::start([ok()]).await;
    let hook = || Webhook::new(world.http(), chat.hook(), Some(Secret::new("t0ken")));
    let office = world.office(hook()).await;
    for (now, count) in [(DUE, 0), ("2026-04-06T08:14:59Z", 0), ("2026-04-06T08:15:00Z", 1), ("2026-04-06T08:30:00Z", 1)] {
        world.set(now);
        office.tick().await;
        assert_eq!(chat.count(), count, "{now}: what is just being read gets a while; then there is one notice");
    }
    assert_eq!(world.states(), [(Kind::Notice, State::Sent, 1)]);
    let notice = chat.received()[0].json();
    assert_eq!((&notice["kind"], &notice["incomplete"]), (&json!("weekly-report-held-back"), &json!(true)));
    assert!(notice["text"].as_str().unwrap().contains("The report follows when the data is complete."), "{notice}");
    assert_eq!(chat.received()[0].headers["authorization"], "Bearer t0ken");
    // The data comes.
    read_in_full(world.store(), "2026-04-06T08:40:00Z");
    world.set("2026-04-06T08:45:00Z");
    office.tick().await;
    assert_eq!(world.states(), [(Kind::Notice, State::Sent, 1), (Kind::Report, State::Sent, 1)]);
    assert_eq!(chat.received()[1].json()["kind"], "weekly-report");
    // It does not come: after two days the report says so.
    let world = World::incomplete();
    let office = world.office(Webhook::new(world.http(), chat.hook(), None)).await;
    for (now, count) in [(DUE, 2), ("2026-04-06T08:20:00Z", 3), ("2026-04-08T07:59:59Z", 3), ("2026-04-08T08:00:00Z", 4)] {
        world.set(now);
        office.tick().await;
        assert_eq!(chat.count(), count, "{now}");
    }
    let late = chat.received()[3].json();
    assert_eq!((&late["kind"], &late["incomplete"]), (&json!("weekly-report"), &json!(true)));
}

#[tokio::test]
async fn what_was_sent_is_read_with_its_charts_and_to_the_byte_whatever_the_target_took() {
    let (world, chat) = (World::new(), Chat::start([ok()]).await);
    let office = world.office(SlackWebhook::new(world.http(), chat.hook())).await;
    let query = "{ reportChannels { name target of next } reports { id page message { mediaType bytes text } } }";
    let before = world.ask(Some(&office), query).await["data"].clone();
    let channel = json!({ "name": "all", "target": "test", "of": null, "next": "2026-04-06T08:00:00Z" });
    assert_eq!(before, json!({ "reportChannels": [channel], "reports": [] }));
    world.set(DUE);
    office.tick().await;
    let after = world.ask(Some(&office), query).await["data"].clone();
    assert_eq!(after["reportChannels"][0]["next"], "2026-04-13T08:00:00Z");
    let sent = &after["reports"][0];
    let page = sent["page"].as_str().unwrap();
    assert!(page.contains("Quality in week 14") && page.contains("href=\"/board?period=2026-W14&amp;at=2026-04-05\""), "{page}");
    assert!(page.contains("src=\"data:image/png;base64,") && page.contains("All figures"), "the webhook took neither");
    assert!(!page.contains("http") && !page.contains("<script"), "{page}");
    let message = &sent["message"];
    assert_eq!(
        (&message["mediaType"], message["text"].as_str().unwrap().as_bytes()),
        (&json!("application/json"), &*chat.received()[0].body)
    );
    assert_eq!(message["bytes"], chat.received()[0].body.len());
    // By its id, and by no other.
    let one = |id: &str| format!("{{ report(id: {id:?}) {{ week page }} }}");
    let read = world.ask(None, &one(sent["id"].as_str().unwrap())).await;
    assert_eq!(read["data"]["report"], json!({ "week": "2026-W14", "page": page }));
    assert_eq!(world.ask(None, &one("2026-W14/all/report/2")).await["data"]["report"], Value::Null);
    // What a source says later changes nothing of what was told.
    read_in_full(world.store(), "2026-04-07T00:10:00Z");
    assert_eq!(world.ask(None, &one(sent["id"].as_str().unwrap())).await["data"]["report"]["page"], page);
}

#[tokio::test]
async fn a_notice_and_what_was_never_written_are_read_as_what_they_are() {
    let (world, chat) = (World::incomplete(), Chat::start([ok()]).await);
    let office = world.office(Webhook::new(world.http(), chat.hook(), None)).await;
    for now in [DUE, "2026-04-06T08:20:00Z"] {
        world.set(now);
        office.tick().await;
    }
    let notice = world.ask(None, "{ reports { kind page } }").await["data"]["reports"][0].clone();
    assert_eq!(notice["kind"], "NOTICE");
    assert!(notice["page"].as_str().unwrap().contains("The report follows when the data is complete."), "{notice}");
    let world = World::new();
    // A token is asked for before anything is written.
    let nobody = Matrix::new(world.http(), format!("{}/", chat.url).parse().unwrap(), Secret::new("no"), "!room:x".to_owned());
    chat.answer([say(403, &json!({ "errcode": "M_FORBIDDEN", "error": "no" }))]);
    let office = world.office(nobody).await;
    world.set(DUE);
    office.tick().await;
    let unwritten = world.ask(None, "{ reports { state page message { text } } }").await["data"]["reports"][0].clone();
    assert_eq!(unwritten, json!({ "state": "FAILED", "page": null, "message": null }));
}

#[tokio::test]
async fn the_report_of_any_week_and_scope_is_previewed_without_a_channel() {
    let world = World::new();
    world.set("2026-04-06T07:00:00Z");
    let preview = async |arguments: &str| {
        world
            .ask(None, &format!("{{ weekReport{arguments} {{ week title subtitle incomplete running page }} reportChannels {{ name }} }}"))
            .await
    };
    let whole = preview("").await["data"].clone();
    assert_eq!((&whole["weekReport"]["week"], &whole["reportChannels"]), (&json!("2026-W14"), &json!([])), "the last one that is over");
    let team = preview("(week: \"2026-W11\", of: \"team:tribe\")").await["data"]["weekReport"].clone();
    assert_eq!((&team["title"], &team["subtitle"]), (&json!("Quality in week 11"), &json!("The Tribe · 9 to 15 March 2026")));
    assert_eq!((&team["incomplete"], &team["running"]), (&json!(false), &json!(false)));
    let page = team["page"].as_str().unwrap();
    assert!(
        page.contains("Nobody can pay") && page.contains("href=\"/board?period=2026-W11&amp;of=team:tribe&amp;at=2026-03-15\""),
        "{page}"
    );
    assert_eq!(preview("(week: \"2026-W15\")").await["data"]["weekReport"]["running"], true);
    for (arguments, code, words) in [
        ("(week: \"2026-03\")", "INVALID_ARGUMENT", "2026-03 is no ISO week"),
        ("(week: \"2026-W20\")", "INVALID_ARGUMENT", "has not begun; the last one that is over is 2026-W14"),
        ("(week: \"2025-W20\")", "NOT_FOUND", "nothing is known of the week 2025-W20"),
        ("(of: \"team:nobody\")", "UNKNOWN_ENTITY", "there is no team:nobody"),
        ("(of: \"nobody\")", "UNKNOWN_ENTITY", "\"nobody\" is not the ref of any entity"),
    ] {
        let error = preview(arguments).await["errors"][0].clone();
        assert!(error["extensions"]["code"] == code && error["message"].as_str().unwrap().contains(words), "{arguments}: {error}");
    }
}

#[tokio::test]
async fn the_demo_companys_chat_shows_the_report() {
    let world = World::new();
    let channel = mattermost::Channel::new("quality", "Quality", "How the week was", None);
    let path = channel.hook_path();
    let chat = demo::serve::Server::start(mattermost::router("Acme", "acme", vec![channel], world.clock())).await.unwrap();
    let office = world.office(Mattermost::new(world.http(), Secret::new(format!("{}{path}", chat.url())))).await;
    world.set(DUE);
    office.tick().await;
    assert_eq!(world.states(), [(Kind::Report, State::Sent, 1)], "{:?}", world.deliveries());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = http.get(format!("{}/acme/channels/quality", chat.url())).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<h1>Quality in week 14</h1>") && page.contains("<table>"), "{page}");
    assert!(page.contains("href=\"https://spot.example/board?period=2026-W14&amp;at=2026-04-05\""), "{page}");
}

fn write_config(folder: &Path, report: &str) {
    std::fs::write(folder.join("spot.toml"), format!("data = \"data\"\n[report]\nurl = \"https://spot.example\"\n{report}")).unwrap();
}

/// A folder with a company of which 2026-W11 can be told.
fn told(report: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fill(&Store::open(&Options::new(folder.path().join("data"))).unwrap(), &["2026-03-02T00:00:05Z", "2026-03-31T00:00:05Z"]);
    write_config(folder.path(), report);
    folder
}

#[tokio::test]
async fn the_command_sends_lists_and_prints_what_was_sent() {
    let chat = Chat::start([ok()]).await;
    let folder = told(&format!(
        "[[report.channels]]\nname = \"payments\"\nkind = \"mattermost\"\nof = \"team:x\"\nurl = \"{}/hooks/s3cret\"\n\
         [[report.channels]]\nname = \"gone\"\nkind = \"webhook\"\nof = \"team:nobody\"\nurl = \"{}/gone\"\n",
        chat.url, chat.url
    ));
    let path = folder.path().to_owned();
    let ask = move |arguments: &'static [&'static str]| {
        let path = path.clone();
        async move { tokio::task::spawn_blocking(move || spot(&path, ["report"].iter().chain(arguments))).await.unwrap() }
    };
    let sent = ask(&["--to", "payments", "--week", "2026-W11"]).await;
    assert!(sent.code == Some(0) && sent.stdout.contains("2026-W11 to payments (mattermost): posted"), "{sent:?}");
    let received = chat.received();
    let text = received[0].json()["text"].as_str().unwrap().replace('\u{a0}', " ");
    assert!(text.contains("Nobody can pay") && text.contains("https://spot.example/board?period=2026-W11&of=team:x"), "{text}");
    // Once, unless somebody insists; by a server too.
    for (arguments, code, says) in [
        (&["--to", "payments", "--week", "2026-W11"][..], 2, "was sent to payments at"),
        (&["--to", "nowhere"], 3, "there is no channel \"nowhere\"; configured: payments, gone"),
        (&["--to", "gone", "--week", "2026-W11"], 3, "there is no team:nobody"),
    ] {
        let ended = ask(arguments).await;
        assert!(ended.code == Some(code) && ended.stderr.contains(says), "{arguments:?} {ended:?}");
    }
    let again = ask(&["--to", "payments", "--week", "2026-W11", "--again", "--json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&again.stdout).unwrap()["number"], 2, "{again:?}");
    assert_eq!(chat.count(), 2);
    let listed = ask(&["--sent"]).await;
    assert_eq!(listed.stdout.lines().count(), 2, "{listed:?}");
    let printed = ask(&["--sent", "--to", "payments", "--week", "2026-W11"]).await;
    assert_eq!(printed.stdout.as_bytes(), chat.received()[1].body, "byte for byte");
    assert!(!format!("{listed:?}{again:?}").contains("s3cret"));
    let server = Server::start_on(&folder.path().join("data"));
    let reports = server.ask("{ reports { week channel target of kind number state attempts detail by } }").await;
    let newest = &reports["data"]["reports"][0];
    assert_eq!((&newest["week"], &newest["number"], &newest["state"]), (&json!("2026-W11"), &json!(2), &json!("SENT")), "{reports}");
    let checked = ask(&["--help"]).await;
    assert!(checked.stdout.contains("--to <NAME>") && checked.stdout.contains("--sent"));
}

#[test]
fn a_wrong_channel_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for (report, says) in [
        ("[[report.channels]]\nname = \"a\"\nkind = \"slack\"\n", "a: url is missing; a Slack webhook needs url"),
        ("[[report.channels]]\nname = \"a\"\nkind = \"slack\"\ntoken = \"x\"\n", "a: channel is missing; a Slack app needs token, channel"),
        ("[[report.channels]]\nname = \"a\"\nkind = \"teams\"\nurl = \"ftp://s3cret\"\n", "a: url is not an address; expected https://..."),
        ("[[report.channels]]\nname = \"a\"\nkind = \"mail\"\nto = [\"x@example.com\"]\n", "expected a section [report.smtp]"),
        ("[[report.channels]]\nname = \"a\"\nkind = \"fax\"\n", "unknown variant `fax`"),
        ("[report.smtp]\nhost = \"m\"\nfrom = \"nobody\"\n", "\"nobody\" is no e-mail address"),
        ("[report.smtp]\nhost = \"m\"\nfrom = \"a@b.example\"\nuser = \"u\"\n", "a user has a password"),
        (
            "[report.smtp]\nhost = \"m\"\nfrom = \"a@b.example\"\nuser = \"u\"\npassword = \"p\"\nsecurity = \"none\"\n",
            "expected starttls or tls",
        ),
        ("cron = \"monday\"\n", "is not a cron expression"),
    ] {
        write_config(folder.path(), report);
        let ended = spot(folder.path(), ["report", "--sent"]);
        assert!(ended.code == Some(2) && ended.stderr.contains("spot.toml:") && ended.stderr.contains(says), "{report} {ended:?}");
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

/// A real homeserver with a user whose token and room are told.
struct Homeserver {
    running: Running,
    http: reqwest::Client,
    token: String,
    _folder: tempfile::TempDir,
}

impl Homeserver {
    async fn start() -> Option<Self> {
        let python = installed("chats", "python/bin/python")?;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("homeserver.yaml");
        let generated = Command::new(&python)
            .current_dir(folder.path())
            .args(["-m", "synapse.app.homeserver", "--server-name", "chat.test", "--generate-config", "--report-stats=no", "--config-path"])
            .arg(&config)
            .output()
            .unwrap();
        assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
        let port = free_port();
        let extra = folder.path().join("extra.yaml");
        let log = folder.path().join("log.yaml");
        std::fs::write(&log, "version: 1\ndisable_existing_loggers: false\nhandlers: {console: {class: logging.StreamHandler}}\nroot: {level: INFO, handlers: [console]}\n")
            .unwrap();
        std::fs::write(
            &extra,
            format!(
                "listeners: [{{port: {port}, tls: false, type: http, bind_addresses: ['127.0.0.1'], resources: [{{names: [client, media], compress: false}}]}}]\n\
                 registration_shared_secret: shared\ntrusted_key_servers: []\nfederation_domain_whitelist: []\nlog_config: {}\n",
                log.display()
            ),
        )
        .unwrap();
        let mut command = Command::new(&python);
        command
            .env("PYTHONUNBUFFERED", "1")
            .current_dir(folder.path())
            .args(["-m", "synapse.app.homeserver", "-c"])
            .arg(&config)
            .arg("-c")
            .arg(&extra);
        let running = Running::start(&mut command, port, "Synapse now listening on TCP port");
        let registered = Command::new(python.with_file_name("register_new_matrix_user"))
            .args(["-u", "spot", "-p", "pw", "--no-admin", "-k", "shared", &running.url])
            .output()
            .unwrap();
        assert!(registered.status.success(), "{}", String::from_utf8_lossy(&registered.stderr));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut server = Self { running, http, token: String::new(), _folder: folder };
        let login = json!({ "type": "m.login.password", "identifier": { "type": "m.id.user", "user": "spot" }, "password": "pw" });
        let login = server.ask(Method::POST, "client/v3/login", Some(login)).await;
        server.token = login["access_token"].as_str().unwrap().to_owned();
        Some(server)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}/_matrix/{path}", self.running.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn room(&self) -> String {
        let made = self.ask(Method::POST, "client/v3/createRoom", Some(json!({ "name": "Quality", "room_alias_name": "quality" }))).await;
        made["room_id"].as_str().unwrap().to_owned()
    }

    async fn messages(&self, room: &str) -> Vec<Value> {
        let room: String = url::form_urlencoded::byte_serialize(room.as_bytes()).collect();
        let all = self.ask(Method::GET, &format!("client/v3/rooms/{room}/messages?dir=f&limit=100"), None).await;
        let events = all["chunk"].as_array().unwrap().iter();
        events.filter(|event| event["type"] == "m.room.message").cloned().collect()
    }

    fn target(&self, world: &World, room: &str) -> Matrix {
        Matrix::new(world.http(), self.running.url.parse().unwrap(), Secret::new(&self.token), room.to_owned())
    }
}

#[tokio::test]
async fn a_homeserver_has_the_report_once_with_its_pictures_whatever_happens_in_between() {
    let Some(server) = Homeserver::start().await else { return };
    let room = server.room().await;
    let world = World::new();
    // By its alias.
    let office = world.office(server.target(&world, "#quality:chat.test")).await;
    world.set(DUE);
    office.tick().await;
    let messages = server.messages(&room).await;
    assert_eq!(world.states(), [(Kind::Report, State::Sent, 1)], "{:?}", world.deliveries());
    let kinds: Vec<&str> = messages.iter().map(|event| event["content"]["msgtype"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "m.notice");
    assert!(kinds.len() > 1 && kinds[1..].iter().all(|kind| *kind == "m.image"), "{kinds:?}");
    assert!(messages[0]["content"]["formatted_body"].as_str().unwrap().contains("Quality in week 14"));
    let [delivery] = world.deliveries().try_into().unwrap();
    assert!(delivery.said.starts_with(messages[0]["event_id"].as_str().unwrap()), "{}", delivery.said);
    // The pictures are there.
    let address = messages[1]["content"]["url"].as_str().unwrap().strip_prefix("mxc://").unwrap();
    let picture = server.http.get(format!("{}/_matrix/client/v1/media/download/{address}", server.running.url));
    let picture = picture.bearer_auth(&server.token).send().await.unwrap().bytes().await.unwrap();
    let kept = letter(&world.store().view(), &delivery.key()).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    assert_eq!(serde_json::from_slice::<Value>(kept.message()).unwrap()["body"], messages[0]["content"]["body"]);
    // The process ended before it knew: the same transactions again are the same events.
    let again = server.target(&world, "#quality:chat.test").send(&kept).await.unwrap();
    assert_eq!(again, delivery.said);
    assert_eq!(server.messages(&room).await.len(), messages.len(), "nothing stands there twice");
    // Who may not, and where nothing is.
    let revoked = Matrix::new(world.http(), server.running.url.parse().unwrap(), Secret::new("revoked"), room.clone());
    assert!(revoked.check().await.unwrap_err().to_string().contains("the token is not taken any more"));
    let gone = server.target(&world, "#gone:chat.test").check().await.unwrap_err().to_string();
    assert!(gone.contains("there is no such room"), "{gone}");
    assert!(server.target(&world, &room).check().await.unwrap().starts_with("as @spot:chat.test in !"));
    // And by the command, as a new user would.
    let folder = told(&format!(
        "[[report.channels]]\nname = \"room\"\nkind = \"matrix\"\nurl = \"{}\"\ntoken = \"{}\"\nchannel = \"{room}\"\n",
        server.running.url, server.token
    ));
    let path = folder.path().to_owned();
    let ended = tokio::task::spawn_blocking(move || spot(&path, ["report", "--to", "room", "--week", "2026-W11"])).await.unwrap();
    assert!(ended.code == Some(0) && ended.stdout.contains("2026-W11 to room (matrix): $"), "{ended:?}");
    assert!(server.messages(&room).await.iter().any(|event| event["content"]["body"].as_str().unwrap().contains("Nobody can pay")));
}

#[test]
fn a_mail_server_takes_the_report_as_html_with_pictures_and_as_text() {
    let Some(python) = installed("chats", "python/bin/python") else { return };
    let (port, maildir) = (free_port(), tempfile::tempdir().unwrap());
    let mut command = Command::new(&python);
    command.args(["-u", "-m", "aiosmtpd", "-n", "-dd", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"]);
    command.arg(maildir.path().join("box"));
    let _server = Running::start(&mut command, port, "Server is listening on");
    let folder = told(&format!(
        "[report.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nfrom = \"spot <spot@example.com>\"\n\
         [[report.channels]]\nname = \"managers\"\nkind = \"mail\"\nto = [\"Ada <ada@example.com>\", \"bo@example.com\"]\n"
    ));
    let sent = spot(folder.path(), ["report", "--to", "managers", "--week", "2026-W11"]);
    assert!(sent.code == Some(0) && sent.stdout.contains("to managers (mail): 127.0.0.1 took it"), "{sent:?}");
    let mails: Vec<_> = std::fs::read_dir(maildir.path().join("box/new")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(mails.len(), 1);
    let mail = std::fs::read_to_string(&mails[0]).unwrap();
    // Python's own reader says what a mail client would see.
    let read = Command::new(&python)
        .arg("-c")
        .arg(
            "import email, email.policy, json, sys\n\
             m = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)\n\
             h = m.get_body(('html',)); t = m.get_body(('plain',))\n\
             print(json.dumps({'subject': m['subject'], 'to': m['to'], 'from': m['from'], 'id': m['message-id'], 'auto': m['auto-submitted'],\n\
             'types': [p.get_content_type() for p in m.walk()], 'html': h.get_content(), 'text': t.get_content(),\n\
             'pictures': [p['content-id'] for p in m.walk() if p.get_content_type() == 'image/png' and p.get_content()[:4] == b'\\x89PNG'],\n\
             'defects': [str(d) for p in m.walk() for d in p.defects]}))",
        )
        .arg(&mails[0])
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!(read["subject"], "Quality in week 11: Whole organisation · 9 to 15 March 2026");
    assert_eq!((&read["from"], &read["auto"]), (&json!("spot <spot@example.com>"), &json!("auto-generated")));
    assert_eq!(read["to"], "Ada <ada@example.com>, bo@example.com");
    assert_eq!(read["defects"], json!([]));
    assert_eq!(
        read["types"],
        json!(["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "image/png"]),
        "{mail}"
    );
    for picture in read["pictures"].as_array().unwrap() {
        let id = picture.as_str().unwrap().trim_matches(['<', '>']);
        assert!(read["html"].as_str().unwrap().contains(&format!("cid:{id}")), "{id}");
    }
    for form in ["html", "text"] {
        assert!(read[form].as_str().unwrap().contains("Nobody can pay"), "{}", read[form]);
    }
    // The same report has the same id, so that a second mail is the same mail; another has another.
    let id = read["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("<spot-") && id.ends_with("@example.com>"), "{id}");
    let printed = spot(folder.path(), ["report", "--sent", "--to", "managers", "--week", "2026-W11"]);
    assert!(printed.stdout.contains(&id));
    // The server adds headers of its own, and writes empty lines as it likes.
    let lines = |mail: &str| mail.lines().filter(|line| !line.is_empty() && !line.starts_with("X-")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&mail), lines(&printed.stdout), "as it was sent");
    let checked = spot(folder.path(), ["check"]);
    assert!(checked.stdout.contains("report to managers (mail): 127.0.0.1 takes mail from spot@example.com"), "{checked:?}");
}
