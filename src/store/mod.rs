//! What is kept: journal, archive and index.
pub mod archive;
pub mod fs;
pub mod index;
pub mod journal;
