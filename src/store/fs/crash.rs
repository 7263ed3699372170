//! Every state in which a crash could leave the disk.
//!
//! Content and names become durable separately: content when its file is synced, names when their folder is.
//! What was not synced may be there, may be missing, and the last write may be there in part. Names are lost
//! from the last one backwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Image, Operation};

/// The disk after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashState {
    /// What is on it.
    pub image: Image,
    /// How many operations were issued before the crash.
    pub operations: usize,
    /// The last [`Operation::Mark`] before the crash.
    pub mark: Option<u64>,
}

/// The states in which a crash at any moment of `operations` could leave a disk that was empty before.
pub fn crash_states(operations: &[Operation]) -> impl Iterator<Item = CrashState> {
    let mut disk = Disk::default();
    let mut mark = None;
    operations.iter().enumerate().flat_map(move |(index, operation)| {
        if let Operation::Mark(value) = operation {
            mark = Some(*value);
        }
        disk.apply(operation);
        let states = disk.states();
        states.into_iter().map(move |image| CrashState { image, operations: index + 1, mark })
    })
}

#[derive(Debug, Default)]
struct Disk {
    files: Vec<Content>,
    /// The names as the running process sees them.
    names: Names,
    /// The names as the disk has them for certain.
    durable: Names,
    pending: Vec<NameChange>,
    dirs: BTreeSet<PathBuf>,
    last_written: Option<usize>,
}

type Names = BTreeMap<PathBuf, usize>;

#[derive(Debug, Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Edit>,
}

#[derive(Debug)]
enum Edit {
    Write(Vec<u8>),
    Truncate(usize),
}

#[derive(Debug)]
enum NameChange {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl NameChange {
    fn dir(&self) -> Option<&Path> {
        match self {
            Self::Create(path, _) | Self::Rename(_, path) | Self::Remove(path) => path.parent(),
        }
    }

    fn apply(&self, names: &mut Names) {
        match self {
            Self::Create(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

/// What becomes of the unsynced content.
#[derive(Clone, Copy)]
enum Fate {
    Kept,
    Lost,
    /// All kept, but of the last write only so many bytes.
    Torn(usize),
    /// As `Torn`, and zeros where the rest should be.
    Zeroed(usize),
}

impl Content {
    fn after(&self, fate: Fate, torn: bool) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        if matches!(fate, Fate::Lost) {
            return bytes;
        }
        for (index, edit) in self.pending.iter().enumerate() {
            let last = torn && index + 1 == self.pending.len();
            match edit {
                Edit::Truncate(length) => bytes.resize(*length, 0),
                Edit::Write(written) => match fate {
                    Fate::Torn(kept) if last => bytes.extend_from_slice(&written[..kept]),
                    Fate::Zeroed(kept) if last => {
                        bytes.extend_from_slice(&written[..kept]);
                        bytes.resize(bytes.len() + written.len() - kept, 0);
                    }
                    _ => bytes.extend_from_slice(written),
                },
            }
        }
        bytes
    }
}

impl Disk {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Mark(_) => {}
            Operation::CreateDir(dir) => {
                self.dirs.insert(dir.clone());
            }
            Operation::Create(path) => {
                self.files.push(Content::default());
                self.change(NameChange::Create(path.clone(), self.files.len() - 1));
            }
            Operation::Rename { from, to } => self.change(NameChange::Rename(from.clone(), to.clone())),
            Operation::Remove(path) => self.change(NameChange::Remove(path.clone())),
            Operation::Write { path, bytes } => self.edit(path, Edit::Write(bytes.clone())),
            Operation::Truncate { path, length } => self.edit(path, Edit::Truncate(usize::try_from(*length).unwrap_or(usize::MAX))),
            Operation::Sync(path) => {
                if let Some(file) = self.names.get(path).and_then(|file| self.files.get_mut(*file)) {
                    file.durable = file.after(Fate::Kept, false);
                    file.pending.clear();
                }
            }
            Operation::SyncDir(dir) => {
                for change in self.pending.extract_if(.., |change| change.dir() == Some(dir)) {
                    change.apply(&mut self.durable);
                }
            }
        }
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.pending.push(change);
    }

    fn edit(&mut self, path: &Path, edit: Edit) {
        if let Some(&file) = self.names.get(path) {
            self.files[file].pending.push(edit);
            self.last_written = Some(file);
        }
    }

    fn states(&self) -> Vec<Image> {
        let mut states = Vec::new();
        let mut names = self.durable.clone();
        for kept in 0..=self.pending.len() {
            if kept > 0 {
                self.pending[kept - 1].apply(&mut names);
            }
            for fate in [Fate::Kept, Fate::Lost] {
                push_new(&mut states, self.image(&names, fate));
            }
        }
        let torn = self.last_written.and_then(|file| self.files[file].pending.last());
        if let Some(Edit::Write(written)) = torn {
            for kept in [1, written.len() / 2, written.len().saturating_sub(1)] {
                if kept < written.len() {
                    push_new(&mut states, self.image(&names, Fate::Torn(kept)));
                    push_new(&mut states, self.image(&names, Fate::Zeroed(kept)));
                }
            }
        }
        states
    }

    fn image(&self, names: &Names, fate: Fate) -> Image {
        let content = |file: usize| self.files[file].after(fate, self.last_written == Some(file));
        Image { files: names.iter().map(|(path, &file)| (path.clone(), content(file))).collect(), dirs: self.dirs.clone() }
    }
}

fn push_new(states: &mut Vec<Image>, image: Image) {
    if !states.contains(&image) {
        states.push(image);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fs::{Fs, RecordingFs};

    fn contents(fs: &RecordingFs) -> Vec<Vec<(String, String)>> {
        let last = fs.operations().len();
        let states = crash_states(&fs.operations()).filter(|state| state.operations == last).collect::<Vec<_>>();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\0', "-");
        states
            .into_iter()
            .map(|state| state.image.files.iter().map(|(path, bytes)| (path.display().to_string(), text(bytes))).collect())
            .collect()
    }

    #[test]
    fn an_unsynced_write_is_kept_lost_or_torn() {
        let fs = RecordingFs::default();
        let mut file = fs.create(Path::new("d/a")).unwrap();
        fs.sync_dir(Path::new("d")).unwrap();
        file.write(b"abcd").unwrap();
        let states = contents(&fs).into_iter().map(|files| files[0].1.clone()).collect::<Vec<_>>();
        assert_eq!(states, ["abcd", "", "a", "a---", "ab", "ab--", "abc", "abc-"]);
        file.sync().unwrap();
        assert_eq!(contents(&fs), [[("d/a".to_owned(), "abcd".to_owned())]]);
    }

    #[test]
    fn a_name_is_durable_only_once_its_folder_is_synced() {
        let fs = RecordingFs::default();
        let mut file = fs.create(Path::new("d/a")).unwrap();
        file.write(b"x").unwrap();
        file.sync().unwrap();
        fs.rename(Path::new("d/a"), Path::new("d/b")).unwrap();
        let names = |fs: &RecordingFs| {
            contents(fs).into_iter().map(|files| files.into_iter().map(|file| file.0).collect()).collect::<Vec<Vec<_>>>()
        };
        assert_eq!(names(&fs), [vec![], vec!["d/a".to_owned()], vec!["d/b".to_owned()]]);
        fs.sync_dir(Path::new("d")).unwrap();
        assert_eq!(names(&fs), [["d/b"]]);
    }
}
