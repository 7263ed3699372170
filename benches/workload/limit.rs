//! The limit L: how small a general compressor makes the whole stream of changes when it may look back 128 MiB.

use std::io::{self, Read, Write};
use std::path::Path;

/// Counts what is written to it.
#[derive(Debug, Default)]
pub struct Counter(pub u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub type Encoder = zstd::stream::write::Encoder<'static, Counter>;

/// `zstd -LEVEL --long=27`.
pub fn encoder(level: i32) -> io::Result<Encoder> {
    let mut encoder = zstd::stream::write::Encoder::new(Counter::default(), level)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(27)?;
    Ok(encoder)
}

/// Length of a file after `zstd -19 --long=27`.
pub fn of_file(path: &Path) -> io::Result<u64> {
    let (mut file, mut encoder, mut buffer) = (std::fs::File::open(path)?, encoder(19)?, vec![0; 1 << 20]);
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(encoder.finish()?.0);
        }
        encoder.write_all(&buffer[..length])?;
    }
}
