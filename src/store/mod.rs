//! What is kept: the journal and the archive are the truth, the index is derived from them.

pub mod archive;
pub mod fs;
pub mod index;
pub mod journal;
