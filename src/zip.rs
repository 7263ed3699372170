//! zstd with contexts that are made once a thread: for bodies of a few kilobytes, making one costs more than using it.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

thread_local! {
    static COMPRESSOR: RefCell<Option<(i32, Compressor<'static>)>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// One frame that states its content's length.
pub(crate) fn compress(bytes: &[u8], level: i32) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let (current, compressor) = match slot {
            Some(made) => made,
            None => slot.insert((level, Compressor::new(level)?)),
        };
        if *current != level {
            compressor.set_compression_level(level)?;
            *current = level;
        }
        compressor.compress(bytes)
    })
}

/// The content of one frame, which is at most `length` bytes long.
pub(crate) fn decompress(bytes: &[u8], length: usize) -> io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(made) => made,
            None => slot.insert(Decompressor::new()?),
        };
        decompressor.decompress(bytes, length)
    })
}

/// The content of one frame whatever its length.
pub(crate) fn decompress_all(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // A damaged frame may claim any length; what is believed without looking is what one window's stream can have.
    const BELIEVED: u64 = 256 << 20;
    match zstd::zstd_safe::get_frame_content_size(bytes) {
        Ok(Some(length)) if length <= BELIEVED => decompress(bytes, usize::try_from(length).unwrap_or(usize::MAX)),
        _ => zstd::decode_all(bytes),
    }
}
