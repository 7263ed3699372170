//! The bytes of a journal file.

use std::io;

use serde::de::DeserializeOwned;

use super::{CommitMeta, Error};
use crate::model::{Commit, CommitNumber, Instant, Layer};

/// The format that is written. Every format up to this one is read.
pub const FORMAT: u32 = 1;

/// Length of the readable line at the start of a file: `spot journal 1 000000000012 0a1b2c3d`, padded with spaces.
///
/// It is the same in every format: the format, the first commit, and the CRC-32C of what stands before it.
pub(super) const FILE_HEADER: usize = 64;

/// Length of what stands before a payload.
pub(super) const RECORD_HEADER: usize = 36;

/// Starts a record. Not UTF-8, so it is in no JSON text that a payload might hold uncompressed.
pub(super) const MAGIC: [u8; 4] = [0xff, b'S', b'P', 0xfe];

/// Chosen by measurement (`docs/archive.md`): 1 % of the time of level 19 for 17 % more bytes.
const LEVEL: i32 = 6;

/// Bit of a record's flags: the commit is of the observed layer.
const OBSERVED: u32 = 1;

pub(super) fn name_of(first: CommitNumber) -> String {
    format!("{first:012}.journal")
}

pub(super) fn first_of_name(name: &str) -> Option<CommitNumber> {
    let digits = name.strip_suffix(".journal")?;
    let first = digits.parse().ok()?;
    (name_of(first) == name).then_some(first)
}

pub(super) fn file_header(format: u32, first: CommitNumber) -> Vec<u8> {
    let words = format!("spot journal {format} {first:012} ");
    let line = format!("{words}{:08x}", crc32c::crc32c(words.as_bytes()));
    format!("{line:<width$}\n", width = FILE_HEADER - 1).into_bytes()
}

/// The format of the file and the number of its first commit, unless the line is not as it was written.
pub(super) fn parse_file_header(bytes: &[u8]) -> Option<(u32, CommitNumber)> {
    let line = bytes.get(..FILE_HEADER)?;
    let mut words = str::from_utf8(line).ok()?.strip_prefix("spot journal ")?.split(' ');
    let (format, first) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (file_header(format, first) == line).then_some((format, first))
}

/// What stands before a payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) length: u32,
    pub(super) meta: CommitMeta,
    payload_checksum: u32,
}

impl Header {
    fn to_bytes(self) -> [u8; RECORD_HEADER] {
        let flags = if self.meta.layer == Layer::Observed { OBSERVED } else { 0 };
        let mut bytes = [0; RECORD_HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.meta.number.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.meta.at.micros().to_le_bytes());
        bytes[24..28].copy_from_slice(&flags.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.payload_checksum.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..32]);
        bytes[32..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header with which `bytes` begin, unless it is not as it was written.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (at, rest) = rest.split_first_chunk()?;
        let (flags, rest) = rest.split_first_chunk()?;
        let (payload_checksum, rest) = rest.split_first_chunk()?;
        let (checksum, _) = rest.split_first_chunk()?;
        if *magic != MAGIC || u32::from_le_bytes(*checksum) != crc32c::crc32c(&bytes[..32]) {
            return None;
        }
        let layer = if u32::from_le_bytes(*flags) & OBSERVED == OBSERVED { Layer::Observed } else { Layer::Backfilled };
        let meta = CommitMeta { number: u64::from_le_bytes(*number), at: Instant::from_micros(i64::from_le_bytes(*at)), layer };
        Some(Self { length: u32::from_le_bytes(*length), meta, payload_checksum: u32::from_le_bytes(*payload_checksum) })
    }

    pub(super) fn matches(&self, payload: &[u8]) -> bool {
        payload.len() == self.length as usize && crc32c::crc32c(payload) == self.payload_checksum
    }
}

/// The record of a commit, header and payload.
pub(super) fn encode(commit: &Commit) -> Result<Vec<u8>, Error> {
    let number = commit.number;
    let failed = |source| Error::Encode { number, source };
    let json = serde_json::to_vec(commit).map_err(io::Error::from).map_err(failed)?;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(failed)?;
    compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).map_err(failed)?;
    let payload = compressor.compress(&json).map_err(failed)?;
    let Ok(length) = u32::try_from(payload.len()) else {
        return Err(Error::TooLarge { number, bytes: payload.len() });
    };
    let meta = CommitMeta { number, at: commit.at, layer: commit.layer };
    let header = Header { length, meta, payload_checksum: crc32c::crc32c(&payload) };
    let mut record = Vec::with_capacity(RECORD_HEADER + payload.len());
    record.extend_from_slice(&header.to_bytes());
    record.extend_from_slice(&payload);
    Ok(record)
}

/// What a payload holds, or what is wrong with it.
pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    let json = crate::zip::decompress_all(payload).map_err(|error| format!("the record cannot be decompressed: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("the record is not a commit: {error}"))
}
