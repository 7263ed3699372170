//! Lists: pages of one moment, and single objects.

use axum::body::Body as HttpBody;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::items::Item;
use super::render;
use super::request::{Asked, Form, Selection};
use super::status::{Answer, Refusal, json_answer};

/// As lenient about the last bits as Go is.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT_BITS);
const LENIENT_BITS: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone);

/// What a page's `continue` says.
#[derive(Debug, Serialize, Deserialize)]
struct Continue {
    v: String,
    /// The list's version; -1: whatever there is now.
    rv: i64,
    /// The key behind the last one.
    start: String,
}

impl Continue {
    fn text(rv: i64, start: &str) -> String {
        let token = Self { v: "meta.k8s.io/v1".to_owned(), rv, start: start.to_owned() };
        URL_SAFE_NO_PAD.encode(json!({ "v": token.v, "rv": token.rv, "start": token.start }).to_string())
    }

    fn parse(text: &str) -> Answer<Self> {
        let wrong = |why: String| Refusal::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
        let bytes = LENIENT.decode(text).map_err(|_| wrong("illegal base64 data at input byte 0".to_owned()))?;
        let starts = |byte: u8| format!("invalid character '{}' looking for beginning of value", char::from(byte));
        let parsed: Self =
            serde_json::from_slice(&bytes).map_err(|_| wrong(bytes.first().map_or_else(|| "EOF".to_owned(), |byte| starts(*byte))))?;
        if parsed.v != "meta.k8s.io/v1" || parsed.rv == 0 || parsed.start.is_empty() {
            return Err(wrong("incorrect encoded start resourceVersion (version meta.k8s.io/v1)".to_owned()));
        }
        Ok(parsed)
    }
}

/// One object as it is asked for.
pub(super) fn written(cluster: &Cluster, item: &Item, form: Form) -> Map<String, Value> {
    match form {
        Form::Whole => render::typed(&cluster.content, item),
        Form::Partial => render::partial(&cluster.content, item),
    }
}

/// A single object.
pub(super) fn get(cluster: &Cluster, asked: &Asked) -> Answer {
    let item = cluster.get(asked.resource.kind, &asked.key()).ok_or_else(|| Refusal::not_found(asked.resource, &asked.name))?;
    Ok(json_answer(200, &written(cluster, &item, asked.form).into()))
}

/// A list, or a page of one.
pub(super) fn list(cluster: &Cluster, asked: &Asked, minor: u32) -> Answer {
    let selection = Selection::of(asked)?;
    let version = asked.params.version()?;
    let current = cluster.current();
    let mut limit = asked.params.number("limit")?.unwrap_or(0);
    let is_exact = asked.params.get("resourceVersionMatch") == Some("Exact");
    let (revision, start) = match asked.params.get("continue") {
        Some(text) => {
            if version.is_some_and(|version| version > 0) {
                return Err(Refusal::bad_request("specifying resource version is not allowed when using continue"));
            }
            let token = Continue::parse(text)?;
            match u64::try_from(token.rv) {
                Err(_) => (current, token.start),
                Ok(revision) if revision < cluster.oldest() => return Err(Refusal::continue_expired(&Continue::text(-1, &token.start))),
                Ok(revision) => (revision.min(current), token.start),
            }
        }
        None => match version {
            // Whatever is in memory, all of it.
            Some(0) => {
                limit = 0;
                (current, String::new())
            }
            Some(version) if version > current => return Err(Refusal::too_large(version, current)),
            Some(version) if is_exact || (limit > 0 && asked.params.get("resourceVersionMatch").is_none()) => {
                if version < cluster.oldest() {
                    return Err(Refusal::list_expired());
                }
                (version, String::new())
            }
            _ => (current, String::new()),
        },
    };
    Ok(page(cluster, asked, &selection, (revision, &start), (limit as usize, minor)))
}

/// The items from `start` on, as of a version.
fn page(cluster: &Cluster, asked: &Asked, selection: &Selection, (revision, start): (u64, &str), (limit, minor): (usize, u32)) -> Response {
    let all = cluster.list(asked.resource.kind, revision);
    // Within a namespace keys go without it.
    let prefix = if asked.namespace.is_empty() || !asked.resource.is_namespaced { String::new() } else { format!("{}/", asked.namespace) };
    let from = format!("{prefix}{start}");
    let first = all.partition_point(|item| item.key.as_str() < from.as_str());
    let mut here = all[first..].iter().filter(|item| selection.has_namespace(&item.key)).peekable();
    let mut body = Vec::with_capacity(4096);
    let (mut count, mut last) = (0, "");
    while let Some(item) = here.peek() {
        if limit > 0 && count == limit {
            break;
        }
        let item = *item;
        here.next();
        let whole = (asked.form == Form::Whole || selection.selects()).then(|| render::object(&cluster.content, item));
        if selection.selects() && !whole.as_ref().is_some_and(|object| selection.fits(object)) {
            continue;
        }
        let object = match (asked.form, whole) {
            (Form::Whole, Some(object)) => object,
            _ => render::partial(&cluster.content, item),
        };
        if count > 0 {
            body.push(b',');
        }
        // Writing into memory does not fail.
        let _ = serde_json::to_writer(&mut body, &object);
        (count, last) = (count + 1, item.key.as_str());
    }
    let mut metadata = json!({ "resourceVersion": revision.to_string() });
    // With a selector it is not known whether anything is left, until somebody looks.
    let left = here.count();
    if left > 0 {
        let key = last.strip_prefix(prefix.as_str()).unwrap_or(last);
        metadata["continue"] = Continue::text(i64::try_from(revision).unwrap_or(i64::MAX), &format!("{key}\u{0}")).into();
        // Servers of some years ago left it out where only metadata is asked for.
        if !selection.selects() && (asked.form == Form::Whole || minor >= 22) {
            metadata["remainingItemCount"] = left.into();
        }
    }
    let (kind, version) = match asked.form {
        Form::Whole => (format!("{}List", asked.resource.kind_name), asked.resource.api_version()),
        Form::Partial => ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned()),
    };
    let mut answer =
        format!("{{\"kind\":{},\"apiVersion\":{},\"metadata\":{metadata},\"items\":[", json!(kind), json!(version)).into_bytes();
    answer.append(&mut body);
    answer.extend_from_slice(b"]}\n");
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], HttpBody::from(answer)).into_response()
}
