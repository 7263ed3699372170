//! The versions of several streams in one window: a zstd frame of JSON lines, one line per version.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::record::Version;
use crate::model::{CommitNumber, Instant, StreamNo};

/// Chosen by measurement (`docs/archive.md`): a sixth of the time of level 19 for 1 % more bytes.
const LEVEL: i32 = 15;

/// A version as the archive keeps it.
#[derive(Clone, Debug)]
pub struct ArchivedVersion {
    /// Since when it holds.
    pub at: Instant,
    /// The commit that recorded it.
    pub commit: CommitNumber,
    /// It began before the window and holds at the window's start.
    pub start: bool,
    /// See [`Version::seam`].
    pub seam: bool,
    /// See [`Version::check`].
    pub check: Option<String>,
    /// See [`Version::body`].
    pub body: Option<Box<RawValue>>,
}

impl ArchivedVersion {
    /// A version of a commit.
    #[must_use]
    pub fn new(commit: CommitNumber, version: Version) -> Self {
        let Version { at, body, check, seam, .. } = version;
        Self { at, commit, start: false, seam, check, body }
    }

    /// The version of a stream that this is.
    #[must_use]
    pub fn into_version(self, stream: StreamNo) -> Version {
        Version { stream, at: self.at, body: self.body, check: self.check, seam: self.seam }
    }

    pub(super) fn as_ref(&self) -> VersionRef<'_> {
        VersionRef {
            at: self.at,
            commit: self.commit,
            start: self.start,
            seam: self.seam,
            check: self.check.as_deref().map(Cow::Borrowed),
            body: self.body.as_deref().map(RawValue::get),
        }
    }
}

impl PartialEq for ArchivedVersion {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

/// A version inside a [`Frame`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRef<'a> {
    /// See [`ArchivedVersion::at`].
    pub at: Instant,
    /// See [`ArchivedVersion::commit`].
    pub commit: CommitNumber,
    /// See [`ArchivedVersion::start`].
    pub start: bool,
    /// See [`ArchivedVersion::seam`].
    pub seam: bool,
    /// See [`ArchivedVersion::check`].
    pub check: Option<Cow<'a, str>>,
    /// The body's JSON text, not parsed.
    pub body: Option<&'a str>,
}

impl VersionRef<'_> {
    /// The same version, owning its body.
    ///
    /// # Errors
    /// If the body is not JSON, which the frame's checksum makes impossible.
    pub fn to_owned(&self) -> Result<ArchivedVersion, serde_json::Error> {
        Ok(ArchivedVersion {
            at: self.at,
            commit: self.commit,
            start: self.start,
            seam: self.seam,
            check: self.check.as_deref().map(str::to_owned),
            body: self.body.map(|body| RawValue::from_string(body.to_owned())).transpose()?,
        })
    }
}

/// The versions of one stream in one window, inside the decompressed frame that it shares with others.
#[derive(Clone, Debug)]
pub struct Frame {
    group: Arc<Group>,
    lines: Range<usize>,
}

/// All lines of a zstd frame, decompressed: those of each stream together and in the order of time.
#[derive(Debug)]
pub(super) struct Group {
    text: String,
    lines: Vec<Head>,
    /// In ascending order, with their lines.
    streams: Vec<(StreamNo, Range<usize>)>,
}

/// A line without its body and link, which stay where they are in the text.
#[derive(Debug)]
struct Head {
    at: Instant,
    commit: CommitNumber,
    start: bool,
    seam: bool,
    check: Option<Range<usize>>,
    body: Option<Range<usize>>,
}

impl Group {
    /// Decompresses a frame; the text says what is wrong with it.
    pub(super) fn decode(compressed: &[u8]) -> Result<Self, String> {
        let bytes = crate::zip::decompress_all(compressed).map_err(|error| format!("the frame cannot be decompressed: {error}"))?;
        Self::parse(String::from_utf8(bytes).map_err(|error| format!("the frame is not text: {error}"))?)
    }

    fn parse(text: String) -> Result<Self, String> {
        let mut lines: Vec<Head> = Vec::new();
        let mut streams: Vec<(StreamNo, Range<usize>)> = Vec::new();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let read = quick(line.trim_end(), offset).or_else(|| careful(line.trim_end(), offset));
            let (stream, head) = read.ok_or_else(|| format!("line {} of the frame is not a version", lines.len() + 1))?;
            match streams.last_mut() {
                Some((last, _)) if *last > stream => return Err("the streams of the frame are not in order".to_owned()),
                Some((last, range)) if *last == stream => {
                    if lines.last().is_some_and(|last| last.at > head.at) {
                        return Err(format!("the versions of stream {} are not in the order of time", stream.0));
                    }
                    range.end += 1;
                }
                _ => streams.push((stream, lines.len()..lines.len() + 1)),
            }
            lines.push(head);
            offset += line.len();
        }
        Ok(Self { text, lines, streams })
    }

    /// The streams that it holds, in order.
    pub(super) fn streams(&self) -> impl DoubleEndedIterator<Item = StreamNo> {
        self.streams.iter().map(|(stream, _)| *stream)
    }

    /// The versions of one stream, if it holds any.
    pub(super) fn frame(self: &Arc<Self>, stream: StreamNo) -> Option<Frame> {
        let place = self.streams.binary_search_by_key(&stream, |(stream, _)| *stream).ok()?;
        Some(Frame { group: Arc::clone(self), lines: self.streams[place].1.clone() })
    }

    /// How many lines it has.
    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Length of the lines.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<Head>() + self.streams.len() * size_of::<(StreamNo, Range<usize>)>()
    }
}

impl Frame {
    /// All versions in the order of time, the state at the window's start first. Bodies are not parsed.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = VersionRef<'_>> + ExactSizeIterator {
        self.lines().iter().map(|line| self.version(line))
    }

    /// The versions that begin at or before an instant, in the order of time: the last one holds then.
    pub fn up_to(&self, instant: Instant) -> impl DoubleEndedIterator<Item = VersionRef<'_>> {
        let after = self.lines().partition_point(|line| line.at <= instant);
        self.lines()[..after].iter().map(|line| self.version(line))
    }

    fn lines(&self) -> &[Head] {
        &self.group.lines[self.lines.clone()]
    }

    fn version(&self, line: &Head) -> VersionRef<'_> {
        // The link is a JSON string that was checked when the line was parsed.
        let text = &self.group.text;
        let check = line.check.clone().and_then(|range| serde_json::from_str::<Text<'_>>(&text[range]).ok());
        VersionRef {
            at: line.at,
            commit: line.commit,
            start: line.start,
            seam: line.seam,
            check: check.map(|check| check.0),
            body: line.body.clone().map(|range| &text[range]),
        }
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a line exactly as [`write_line`] writes it, without looking at the body.
fn quick(line: &str, offset: usize) -> Option<(StreamNo, Head)> {
    let (stream, rest) = line.strip_prefix(r#"{"stream":"#)?.split_once(',')?;
    let (at, rest) = rest.strip_prefix(r#""at":""#)?.split_once('"')?;
    let rest = rest.strip_prefix(r#","commit":"#)?;
    let (commit, rest) = rest.split_at(rest.find(',')?);
    let (start, rest) = rest.strip_prefix(r#","start":true"#).map_or((false, rest), |rest| (true, rest));
    let (seam, rest) = rest.strip_prefix(r#","seam":true"#).map_or((false, rest), |rest| (true, rest));
    let range = |part: &str, rest: &str| {
        let end = offset + line.len() - rest.len();
        end - part.len()..end
    };
    let (check, rest) = match rest.strip_prefix(r#","check":"#) {
        Some(rest) => {
            let (check, rest) = rest.split_at(string_length(rest)?);
            (Some(range(check, rest)), rest)
        }
        None => (None, rest),
    };
    let body = rest.strip_prefix(r#","body":"#)?.strip_suffix('}')?;
    let body = (body != "null").then(|| range(body, "}"));
    Some((StreamNo(stream.parse().ok()?), Head { at: at.parse().ok()?, commit: commit.parse().ok()?, start, seam, check, body }))
}

/// Length of the JSON string literal with which `text` begins.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if index > 0 && !escaped => return Some(index + 1),
            b'"' if index == 0 => {}
            _ if index == 0 => return None,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Reads any line with the right fields, in whatever order and with whatever fields besides.
fn careful(line: &str, offset: usize) -> Option<(StreamNo, Head)> {
    #[derive(Deserialize)]
    struct Line<'a> {
        stream: StreamNo,
        at: Instant,
        commit: CommitNumber,
        #[serde(default)]
        start: bool,
        #[serde(default)]
        seam: bool,
        #[serde(borrow)]
        check: Option<&'a RawValue>,
        #[serde(borrow)]
        body: Option<&'a RawValue>,
    }
    let parsed: Line<'_> = serde_json::from_str(line).ok()?;
    let range = |part: &RawValue| {
        let start = offset + (part.get().as_ptr() as usize - line.as_ptr() as usize);
        start..start + part.get().len()
    };
    let Line { stream, at, commit, start, seam, check, body } = parsed;
    if let Some(check) = check {
        serde_json::from_str::<Text<'_>>(check.get()).ok()?;
    }
    Some((stream, Head { at, commit, start, seam, check: check.map(range), body: body.map(range) }))
}

/// Appends the line of a version.
pub(super) fn write_line(text: &mut String, stream: StreamNo, version: &VersionRef<'_>) -> Result<(), serde_json::Error> {
    text.push_str(&format!(r#"{{"stream":{},"at":"{}","commit":{}"#, stream.0, version.at, version.commit));
    if version.start {
        text.push_str(r#","start":true"#);
    }
    if version.seam {
        text.push_str(r#","seam":true"#);
    }
    if let Some(check) = &version.check {
        text.push_str(r#","check":"#);
        text.push_str(&serde_json::to_string(check)?);
    }
    text.push_str(r#","body":"#);
    match version.body {
        // A line has no line breaks; canonical bodies have none, but the archive relies on nobody.
        Some(body) if body.contains(['\n', '\r']) => {
            text.push_str(&serde_json::to_string(&serde_json::from_str::<serde_json::Value>(body)?)?);
        }
        Some(body) => text.push_str(body),
        None => text.push_str("null"),
    }
    text.push_str("}\n");
    Ok(())
}

/// Compresses the lines of a frame.
pub(super) struct Compressor(zstd::bulk::Compressor<'static>);

impl Compressor {
    pub(super) fn new() -> std::io::Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        Ok(Self(compressor))
    }

    pub(super) fn compress(&mut self, text: &str) -> std::io::Result<Vec<u8>> {
        self.0.compress(text.as_bytes())
    }
}
