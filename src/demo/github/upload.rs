//! Git over HTTP, to read: protocol version 2, and version 0 for those who do not ask for it.
//!
//! # Invariants
//! - A pack holds what the wanted commits reach and the client's commits do not, without deltas.
//! - Filters leave out only what was not asked for by its own id.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::ZlibEncoder;
use sha1::{Digest, Sha1};

use super::access::Viewer;
use super::objects::{BlobAt, EntryObject, Kind, Object, Oid, TreeAt, is_annotated};
use super::visit::Visit;
use super::{Asked, GitHub};

/// The largest request, once it is unpacked.
const LARGEST: u64 = 32 << 20;
/// The most data in one packet beside its length and band.
const LARGEST_PACKET: usize = 65_515;
const AGENT: &str = "agent=git/forge-3.19";

/// What of git's protocol is asked for.
pub(super) struct Service {
    owner: String,
    name: String,
    kind: ServiceKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ServiceKind {
    Advertise,
    Upload,
    /// Pushing, which nobody may.
    Receive,
}

impl Service {
    /// None if this is not git that asks.
    pub(super) fn of(asked: &Asked) -> Option<Self> {
        let parts = asked.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (owner, name, kind) = match parts[..] {
            [owner, name, "info", "refs"] => match asked.query("service")?.as_str() {
                "git-upload-pack" => (owner, name, ServiceKind::Advertise),
                _ => (owner, name, ServiceKind::Receive),
            },
            [owner, name, "git-upload-pack"] if asked.method == Method::POST => (owner, name, ServiceKind::Upload),
            [owner, name, "git-receive-pack"] => (owner, name, ServiceKind::Receive),
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(Self { owner: owner.to_owned(), name: name.to_owned(), kind })
    }
}

pub(super) fn answer(github: &Arc<GitHub>, asked: &Asked, service: Service) -> Response {
    let Ok(viewer) = Viewer::of(github, asked) else { return unauthorized() };
    let visit = Visit::new(github, asked, viewer);
    let Some(found) = visit.find(&service.owner, &service.name) else {
        // Nobody is told whether it exists before they say who they are.
        return if visit.viewer.is_anonymous() {
            unauthorized()
        } else {
            (StatusCode::NOT_FOUND, "Repository not found.\n").into_response()
        };
    };
    if service.kind == ServiceKind::Receive {
        return (StatusCode::FORBIDDEN, "This server is read-only.\n").into_response();
    }
    if !visit.viewer.is_anonymous() && !visit.viewer.may("contents") {
        return (StatusCode::FORBIDDEN, "Resource not accessible.\n").into_response();
    }
    if found.renamed {
        let rest = asked.path().splitn(4, '/').nth(3).unwrap_or_default();
        let query = asked.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = format!("{}/{}.git/{rest}{query}", visit.base, visit.full_name(found.index));
        return match HeaderValue::from_str(&location) {
            Ok(location) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let second = asked.header("git-protocol").is_some_and(|versions| versions.split(':').any(|version| version == "version=2"));
    if service.kind == ServiceKind::Advertise {
        let body = if second { capabilities() } else { advertisement(&visit, found.index) };
        return answer_with("application/x-git-upload-pack-advertisement", body);
    }
    let Some(body) = unpacked(asked) else { return StatusCode::BAD_REQUEST.into_response() };
    let Some(packets) = packets(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let body = if second { command(&visit, found.index, &packets) } else { first_protocol(&visit, found.index, &packets) };
    answer_with("application/x-git-upload-pack-result", body)
}

fn unauthorized() -> Response {
    let realm = HeaderValue::from_static("Basic realm=\"GitHub\"");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, realm)], "Authentication required.\n").into_response()
}

fn answer_with(media: &'static str, body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "no-cache, max-age=0, must-revalidate")];
    (headers, Body::from(body)).into_response()
}

fn unpacked(asked: &Asked) -> Option<Bytes> {
    if asked.header("content-encoding").is_none_or(|encoding| encoding != "gzip" && encoding != "x-gzip") {
        return Some(asked.body.clone());
    }
    let mut body = Vec::new();
    GzDecoder::new(&asked.body[..]).take(LARGEST).read_to_end(&mut body).ok()?;
    Some(body.into())
}

/// A line of git's protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Packet {
    Line(String),
    /// Ends a message.
    Flush,
    /// Ends a part of one.
    Delimiter,
}

fn packets(mut bytes: &[u8]) -> Option<Vec<Packet>> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let length = usize::from_str_radix(std::str::from_utf8(bytes.get(..4)?).ok()?, 16).ok()?;
        let packet = match length {
            0 => Packet::Flush,
            1 => Packet::Delimiter,
            2 | 3 => return None,
            _ => Packet::Line(String::from_utf8_lossy(bytes.get(4..length)?).trim_end_matches('\n').to_owned()),
        };
        packets.push(packet);
        bytes = &bytes[length.max(4)..];
    }
    Some(packets)
}

fn put(body: &mut Vec<u8>, line: &str) {
    body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
}

fn flush(body: &mut Vec<u8>) {
    body.extend_from_slice(b"0000");
}

fn delimit(body: &mut Vec<u8>) {
    body.extend_from_slice(b"0001");
}

fn capabilities() -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, "# service=git-upload-pack\n");
    flush(&mut body);
    for line in ["version 2\n", &format!("{AGENT}\n"), "ls-refs=unborn\n", "fetch=shallow filter\n", "object-format=sha1\n"] {
        put(&mut body, line);
    }
    flush(&mut body);
    body
}

/// A name, what it points to, and what that points to if it is a tag's own object.
struct Reference {
    name: String,
    oid: Oid,
    peeled: Option<Oid>,
}

fn references(visit: &Visit, index: usize) -> Vec<Reference> {
    let repository = visit.repository(index);
    let mut references = Vec::new();
    if let Some(head) = visit.head(index) {
        let oid = visit.line(index).commit(head);
        references.push(Reference { name: format!("refs/heads/{}", repository.default_branch), oid, peeled: None });
    }
    for tag in visit.tags(index) {
        let oid = visit.oid(index, &visit.tag_target(index, tag));
        let data = &repository.tags[tag];
        let peeled = is_annotated(data).then(|| visit.line(index).commit(data.commit));
        references.push(Reference { name: format!("refs/tags/{}", data.name), oid, peeled });
    }
    references.sort_by(|a, b| a.name.cmp(&b.name));
    references
}

fn advertisement(visit: &Visit, index: usize) -> Vec<u8> {
    let branch = &visit.repository(index).default_branch;
    let abilities = format!(
        "side-band-64k no-progress ofs-delta include-tag filter allow-tip-sha1-in-want allow-reachable-sha1-in-want \
         symref=HEAD:refs/heads/{branch} object-format=sha1 {AGENT}"
    );
    let mut lines = Vec::new();
    if let Some(head) = visit.head(index) {
        lines.push(format!("{} HEAD", visit.line(index).commit(head)));
    }
    for reference in references(visit, index) {
        lines.push(format!("{} {}", reference.oid, reference.name));
        lines.extend(reference.peeled.map(|peeled| format!("{peeled} {}^{{}}", reference.name)));
    }
    if lines.is_empty() {
        lines.push(format!("{} capabilities^{{}}", Oid([0; 20])));
    }
    let mut body = Vec::new();
    put(&mut body, "# service=git-upload-pack\n");
    flush(&mut body);
    for (number, line) in lines.iter().enumerate() {
        put(&mut body, &if number == 0 { format!("{line}\0{abilities}\n") } else { format!("{line}\n") });
    }
    flush(&mut body);
    body
}

fn command(visit: &Visit, index: usize, packets: &[Packet]) -> Vec<u8> {
    let mut command = None;
    let mut arguments = Vec::new();
    let mut delimited = false;
    for packet in packets {
        match packet {
            Packet::Line(line) if !delimited => command = line.strip_prefix("command=").map(str::to_owned).or(command),
            Packet::Line(line) => arguments.push(line.as_str()),
            Packet::Delimiter => delimited = true,
            Packet::Flush => break,
        }
    }
    match command.as_deref() {
        Some("ls-refs") => list_references(visit, index, &arguments),
        Some("fetch") => fetch(visit, index, &arguments),
        other => refused(&format!("unknown command '{}'", other.unwrap_or_default())),
    }
}

fn refused(message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, &format!("ERR {message}\n"));
    body
}

fn list_references(visit: &Visit, index: usize, arguments: &[&str]) -> Vec<u8> {
    let prefixes: Vec<&str> = arguments.iter().filter_map(|argument| argument.strip_prefix("ref-prefix ")).collect();
    let wanted = |name: &str| prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix));
    let target = format!("refs/heads/{}", visit.repository(index).default_branch);
    let symbolic = if arguments.contains(&"symrefs") { format!(" symref-target:{target}") } else { String::new() };
    let mut body = Vec::new();
    if wanted("HEAD") {
        match visit.head(index) {
            Some(head) => put(&mut body, &format!("{} HEAD{symbolic}\n", visit.line(index).commit(head))),
            None if arguments.contains(&"unborn") => put(&mut body, &format!("unborn HEAD{symbolic}\n")),
            None => {}
        }
    }
    for reference in references(visit, index).iter().filter(|reference| wanted(&reference.name)) {
        let peeled = reference.peeled.filter(|_| arguments.contains(&"peel")).map(|oid| format!(" peeled:{oid}")).unwrap_or_default();
        put(&mut body, &format!("{} {}{peeled}\n", reference.oid, reference.name));
    }
    flush(&mut body);
    body
}

/// What of the wanted is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Nothing,
    /// Blobs of this size and more.
    Blobs(usize),
    /// Trees and blobs.
    Trees,
}

impl Filter {
    fn parse(text: &str) -> Option<Self> {
        if text == "blob:none" {
            return Some(Self::Blobs(0));
        }
        if text == "tree:0" {
            return Some(Self::Trees);
        }
        let limit = text.strip_prefix("blob:limit=")?;
        let (digits, unit) = match limit.as_bytes().last()? {
            b'k' | b'K' => (&limit[..limit.len() - 1], 1 << 10),
            b'm' | b'M' => (&limit[..limit.len() - 1], 1 << 20),
            b'g' | b'G' => (&limit[..limit.len() - 1], 1 << 30),
            _ => (limit, 1),
        };
        Some(Self::Blobs(digits.parse::<usize>().ok()? * unit))
    }

    fn keeps(self, object: &Object) -> bool {
        match (self, object) {
            (Self::Nothing, _) | (_, Object::Commit(_) | Object::Tag(_)) | (Self::Blobs(_), Object::Tree(_)) => true,
            (Self::Blobs(limit), Object::Blob(blob)) => blob.size < limit,
            (Self::Trees, _) => false,
        }
    }
}

/// What a client asks for and what it has.
struct Demand {
    wants: Vec<Object>,
    /// The newest commit that it has.
    has: Option<usize>,
    /// Ids that it has and we know.
    common: Vec<Oid>,
    filter: Filter,
    done: bool,
    include_tags: bool,
    depth: Option<usize>,
    /// Where the client's history begins, if it is cut.
    cut: Option<usize>,
}

fn demand(visit: &Visit, index: usize, arguments: &[&str]) -> Result<Demand, String> {
    let mut demand = Demand {
        wants: Vec::new(),
        has: None,
        common: Vec::new(),
        filter: Filter::Nothing,
        done: false,
        include_tags: false,
        depth: None,
        cut: None,
    };
    for argument in arguments {
        let (word, rest) = argument.split_once(' ').unwrap_or((argument, ""));
        let located = || Oid::parse(rest).and_then(|oid| visit.locate(index, oid));
        match word {
            "want" => demand.wants.push(located().ok_or_else(|| format!("upload-pack: not our ref {rest}"))?),
            "have" => {
                let commit = match located() {
                    Some(Object::Commit(commit)) => Some(commit),
                    Some(Object::Tag(tag)) => Some(visit.repository(index).tags[tag].commit),
                    _ => None,
                };
                if let (Some(commit), Some(oid)) = (commit, Oid::parse(rest)) {
                    demand.has = demand.has.max(Some(commit));
                    demand.common.push(oid);
                }
            }
            "shallow" => {
                if let Some(Object::Commit(commit)) = located() {
                    demand.cut = Some(demand.cut.map_or(commit, |cut| cut.min(commit)));
                }
            }
            "filter" => demand.filter = Filter::parse(rest).ok_or_else(|| format!("filter '{rest}' not supported"))?,
            "deepen" => demand.depth = Some(rest.parse().map_err(|_| format!("invalid depth: {rest}"))?),
            "deepen-since" | "deepen-not" => return Err(format!("{word} is not supported")),
            "done" => demand.done = true,
            "include-tag" => demand.include_tags = true,
            _ => {}
        }
    }
    if demand.wants.is_empty() {
        return Err("nothing wanted".to_owned());
    }
    Ok(demand)
}

impl Demand {
    /// The newest wanted commit.
    fn newest(&self, visit: &Visit, index: usize) -> Option<usize> {
        let commit = |object: &Object| match object {
            Object::Commit(commit) => Some(*commit),
            Object::Tag(tag) => Some(visit.repository(index).tags[*tag].commit),
            _ => None,
        };
        self.wants.iter().filter_map(commit).max()
    }

    /// The oldest commit that is sent, if the history is cut.
    fn oldest(&self, newest: usize) -> usize {
        match self.depth {
            Some(depth) => (newest + 1).saturating_sub(depth),
            // Without a new depth the cut stays where it is.
            None => self.cut.filter(|cut| *cut <= newest).unwrap_or(0),
        }
    }
}

fn fetch(visit: &Visit, index: usize, arguments: &[&str]) -> Vec<u8> {
    let demand = match demand(visit, index, arguments) {
        Ok(demand) => demand,
        Err(message) => return refused(&message),
    };
    let mut body = Vec::new();
    if !demand.done {
        put(&mut body, "acknowledgments\n");
        if demand.common.is_empty() {
            put(&mut body, "NAK\n");
            flush(&mut body);
            return body;
        }
        for oid in &demand.common {
            put(&mut body, &format!("ACK {oid}\n"));
        }
        // History is one line: any commit in common is enough.
        put(&mut body, "ready\n");
        delimit(&mut body);
    }
    if demand.depth.is_some()
        && let Some(newest) = demand.newest(visit, index)
    {
        put(&mut body, "shallow-info\n");
        let oldest = demand.oldest(newest);
        if oldest > 0 {
            put(&mut body, &format!("shallow {}\n", visit.line(index).commit(oldest)));
        }
        if let Some(cut) = demand.cut.filter(|cut| *cut > oldest) {
            put(&mut body, &format!("unshallow {}\n", visit.line(index).commit(cut)));
        }
        delimit(&mut body);
    }
    put(&mut body, "packfile\n");
    let pack = pack(visit, index, &demand);
    in_bands(&mut body, &pack);
    flush(&mut body);
    body
}

fn in_bands(body: &mut Vec<u8>, pack: &[u8]) {
    for chunk in pack.chunks(LARGEST_PACKET) {
        body.extend_from_slice(format!("{:04x}\u{1}", chunk.len() + 5).as_bytes());
        body.extend_from_slice(chunk);
    }
}

fn first_protocol(visit: &Visit, index: usize, packets: &[Packet]) -> Vec<u8> {
    let mut arguments: Vec<&str> = Vec::new();
    let mut bands = false;
    for packet in packets {
        let Packet::Line(line) = packet else { continue };
        match line.strip_prefix("want ").and_then(|rest| rest.split_once(' ')) {
            Some((_, abilities)) => {
                bands |= abilities.split(' ').any(|ability| ability == "side-band-64k");
                if abilities.split(' ').any(|ability| ability == "include-tag") {
                    arguments.push("include-tag");
                }
                arguments.push(&line[..45]);
            }
            None => arguments.push(line),
        }
    }
    let demand = match demand(visit, index, &arguments) {
        Ok(demand) => demand,
        Err(message) => return refused(&message),
    };
    let mut body = Vec::new();
    match demand.common.last() {
        Some(oid) => put(&mut body, &format!("ACK {oid}\n")),
        None => put(&mut body, "NAK\n"),
    }
    if !demand.done {
        return body;
    }
    let pack = pack(visit, index, &demand);
    if bands {
        in_bands(&mut body, &pack);
        flush(&mut body);
    } else {
        body.extend_from_slice(&pack);
    }
    body
}

/// All objects of commits from one to another: the whole of the first, and what each later one brings.
fn reached(visit: &Visit, index: usize, commits: std::ops::RangeInclusive<usize>, mut visitor: impl FnMut(Oid, Object)) {
    let (from, to) = (*commits.start(), *commits.end());
    let line = visit.line(index);
    let root = TreeAt { oid: line.root(from), commit: from, path: String::new() };
    visitor(root.oid, Object::Tree(root));
    line.walk(from, "", &mut |path, entry| visitor(entry.oid(), object_of(entry.object, from, path)));
    for commit in from + 1..=to {
        brought(&line, commit, &mut visitor);
    }
}

fn brought(line: &super::objects::Line, commit: usize, visitor: &mut impl FnMut(Oid, Object)) {
    line.introduced(commit, &mut |object| match &object {
        Object::Blob(BlobAt { oid, .. }) | Object::Tree(TreeAt { oid, .. }) => visitor(*oid, object.clone()),
        Object::Commit(_) | Object::Tag(_) => {}
    });
    // An emptied root is a tree that nothing introduces.
    let oid = line.root(commit);
    visitor(oid, Object::Tree(TreeAt { oid, commit, path: String::new() }));
}

fn object_of(entry: EntryObject, commit: usize, path: &str) -> Object {
    match entry {
        EntryObject::File(blob) => Object::Blob(blob),
        EntryObject::Folder(oid) => Object::Tree(TreeAt { oid, commit, path: path.to_owned() }),
    }
}

fn pack(visit: &Visit, index: usize, demand: &Demand) -> Vec<u8> {
    // What the client has, by its commits.
    let mut known: HashSet<Oid> = HashSet::new();
    if let Some(has) = demand.has {
        reached(visit, index, demand.cut.filter(|cut| *cut <= has).unwrap_or(0)..=has, |oid, _| {
            known.insert(oid);
        });
    }
    let mut objects: Vec<Object> = Vec::new();
    let mut chosen: HashSet<Oid> = HashSet::new();
    let mut commits = 0..0;
    let mut explicit: Vec<BlobAt> = Vec::new();
    let mut add = |oid: Oid, object: Object| {
        if demand.filter.keeps(&object) && !known.contains(&oid) && chosen.insert(oid) {
            objects.push(object);
        }
    };
    if let Some(newest) = demand.newest(visit, index) {
        let oldest = demand.oldest(newest);
        let cut = demand.cut.unwrap_or(0);
        match demand.has {
            // Only what is newer than what the client has, unless it wants to go further back than its history does.
            Some(has) if oldest >= cut => {
                commits = has + 1..newest + 1;
                let line = visit.line(index);
                for commit in commits.clone() {
                    brought(&line, commit, &mut add);
                }
            }
            _ => {
                commits = oldest..newest + 1;
                reached(visit, index, oldest..=newest, &mut add);
            }
        }
    }
    for want in &demand.wants {
        match want {
            Object::Tree(tree) => {
                add(tree.oid, want.clone());
                let line = visit.line(index);
                line.walk(tree.commit, &tree.path, &mut |path, entry| add(entry.oid(), object_of(entry.object, tree.commit, path)));
            }
            Object::Blob(blob) => {
                // Asked for by its own id: no filter.
                explicit.push(*blob);
            }
            Object::Commit(_) | Object::Tag(_) => {}
        }
    }
    for blob in explicit {
        if chosen.insert(blob.oid) {
            objects.push(Object::Blob(blob));
        }
    }
    let repository = visit.repository(index);
    let held = |commit: usize| demand.has.is_some_and(|has| commit <= has && commit >= demand.cut.unwrap_or(0));
    let commits: Vec<usize> = commits.rev().filter(|commit| !held(*commit)).collect();
    let mut tags: Vec<usize> = demand.wants.iter().filter_map(|want| if let Object::Tag(tag) = want { Some(*tag) } else { None }).collect();
    if demand.include_tags {
        let rides = |tag: &usize| is_annotated(&repository.tags[*tag]) && commits.contains(&repository.tags[*tag].commit);
        tags.extend(visit.tags(index).into_iter().filter(rides));
    }
    tags.sort_unstable();
    tags.dedup();
    let mut pack = Pack::new(commits.len() + tags.len() + objects.len());
    for commit in commits {
        let bytes = visit.line(index).commit_bytes(visit.company(), repository, commit);
        pack.add(Kind::Commit, &bytes);
    }
    for tag in tags {
        let bytes = visit.line(index).tag_bytes(visit.company(), repository, &repository.tags[tag]);
        pack.add(Kind::Tag, &bytes);
    }
    for object in &objects {
        match object {
            Object::Tree(tree) => {
                let bytes = visit.line(index).tree_bytes(tree);
                pack.add(Kind::Tree, &bytes);
            }
            Object::Blob(blob) => pack.add(Kind::Blob, &visit.github.content_once(index, *blob)),
            Object::Commit(_) | Object::Tag(_) => {}
        }
    }
    pack.finish()
}

/// A pack that is being written.
struct Pack {
    bytes: Vec<u8>,
}

impl Pack {
    fn new(count: usize) -> Self {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        bytes.extend_from_slice(&(count as u32).to_be_bytes());
        Self { bytes }
    }

    fn add(&mut self, kind: Kind, content: &[u8]) {
        let number = match kind {
            Kind::Commit => 1u8,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        let mut size = content.len();
        let mut byte = number << 4 | (size & 0x0f) as u8;
        size >>= 4;
        while size > 0 {
            self.bytes.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.bytes.push(byte);
        let mut encoder = ZlibEncoder::new(std::mem::take(&mut self.bytes), Compression::fast());
        // Writing to memory does not fail.
        let _ = encoder.write_all(content);
        self.bytes = encoder.finish().unwrap_or_default();
    }

    fn finish(mut self) -> Vec<u8> {
        let hash = Sha1::digest(&self.bytes);
        self.bytes.extend_from_slice(&hash);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_in_gits_words() {
        assert_eq!(Filter::parse("blob:none"), Some(Filter::Blobs(0)));
        assert_eq!(Filter::parse("blob:limit=2k"), Some(Filter::Blobs(2048)));
        assert_eq!(Filter::parse("tree:0"), Some(Filter::Trees));
        assert_eq!(Filter::parse("sparse:oid=x"), None);
    }

    #[test]
    fn packets_that_break_off_are_no_request() {
        assert_eq!(packets(b"0009abcd\n00010000"), Some(vec![Packet::Line("abcd".to_owned()), Packet::Delimiter, Packet::Flush]));
        assert_eq!(packets(b"0009ab"), None);
        assert_eq!(packets(b"zzzz"), None);
        assert_eq!(packets(b"0002"), None);
    }
}
