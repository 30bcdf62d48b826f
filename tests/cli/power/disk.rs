//! A folder as programs see it, and as it is on the disk.
//!
//! Strict, as POSIX is: a file's octets are there once the file was forced to the disk, its name once the folder was. What
//! was not may be there or not, each by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::trace::{Call, Forced};

/// What a power cut takes of that which was not forced to the disk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loss {
    All,
    /// Of the changes to each file the later half, and half of the one before.
    Half,
    Names,
    Octets,
}

/// A file, by whatever names.
#[derive(Clone, Default)]
struct File {
    mode: u32,
    octets: Vec<u8>,
    /// On the disk.
    forced: Vec<u8>,
    /// How many changes those are.
    forced_changes: usize,
    /// Since then.
    changes: Vec<Change>,
    /// What threads are forcing to the disk: octets, and how many changes they are.
    forcing: BTreeMap<u32, (Vec<u8>, usize)>,
}

#[derive(Clone)]
enum Change {
    Cut(usize),
    Write(usize, Vec<u8>),
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Entry {
    File(usize),
    Folder,
}

type Names = BTreeMap<PathBuf, Entry>;

/// An open file.
enum Handle {
    File {
        file: usize,
        at: usize,
        appends: bool,
    },
    Folder(PathBuf),
}

pub(super) struct Disk {
    files: Vec<File>,
    names: Names,
    forced: Names,
    open: BTreeMap<i32, Handle>,
    /// All names when threads began to force some to the disk.
    forcing: BTreeMap<u32, Names>,
}

/// What is on the disk after a power cut: octets and modes of files, and folders.
#[derive(Clone)]
pub(super) struct State {
    files: BTreeMap<PathBuf, (u32, Vec<u8>)>,
    folders: BTreeSet<PathBuf>,
}

impl Disk {
    /// All of a folder is on the disk.
    pub(super) fn of(root: PathBuf) -> Self {
        let mut disk = Self {
            files: Vec::new(),
            names: Names::new(),
            forced: Names::new(),
            open: BTreeMap::new(),
            forcing: BTreeMap::new(),
        };
        disk.read(&root, &PathBuf::new());
        disk.forced = disk.names.clone();
        disk
    }

    fn read(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.names.insert(path.clone(), Entry::Folder);
                self.read(root, &path);
                continue;
            }
            let octets = fs::read(entry.path()).unwrap();
            let file = File {
                mode: entry.metadata().unwrap().permissions().mode() & 0o777,
                forced: octets.clone(),
                octets,
                ..File::default()
            };
            self.names.insert(path, Entry::File(self.files.len()));
            self.files.push(file);
        }
    }

    pub(super) fn take(&mut self, call: &Call) {
        match call {
            Call::Open { .. } => self.open(call),
            Call::Close(file) => drop(self.open.remove(file)),
            Call::Cut(file, octets) => {
                if let Some(Handle::File { file, .. }) = self.open.get(file) {
                    self.files[*file].change(Change::Cut(*octets));
                }
            }
            Call::Seek(file, to) => {
                if let Some(Handle::File { at, .. }) = self.open.get_mut(file) {
                    *at = *to;
                }
            }
            Call::Write { file, at, octets } => self.write(*file, *at, octets),
            Call::Mode(file, mode) => {
                if let Some(Handle::File { file, .. }) = self.open.get(file) {
                    self.files[*file].mode = *mode;
                }
            }
            Call::SyncBegins(thread, forced) => self.sync_begins(*thread, *forced),
            Call::SyncEnds(thread, forced) => self.sync_ends(*thread, *forced),
            Call::MakeFolder(path) => drop(self.names.insert(path.clone(), Entry::Folder)),
            Call::Remove(path) => drop(self.names.remove(path)),
            Call::RemoveIn(folder, name) => {
                if let Some(Handle::Folder(folder)) = self.open.get(folder) {
                    self.names.remove(&folder.join(name));
                }
            }
            Call::Link(from, to) => drop(self.names.insert(to.clone(), self.names[from])),
            Call::Rename(from, to) => {
                let moved = self.names.keys().filter(|path| path.starts_with(from));
                let moved: Vec<_> = moved.cloned().collect();
                for path in moved {
                    let entry = self.names.remove(&path).unwrap();
                    let rest = path.strip_prefix(from).unwrap();
                    let named: PathBuf = to.components().chain(rest.components()).collect();
                    self.names.insert(named, entry);
                }
            }
        }
    }

    fn open(&mut self, call: &Call) {
        let Call::Open {
            path,
            file,
            is_new,
            is_emptied,
            appends,
            mode,
        } = call
        else {
            return;
        };
        let is_folder = path.as_os_str().is_empty() || self.names.get(path) == Some(&Entry::Folder);
        if is_folder {
            self.open.insert(*file, Handle::Folder(path.clone()));
            return;
        }
        let at = match self.names.get(path) {
            Some(Entry::File(at)) => *at,
            _ if *is_new => {
                // As the usual umask leaves it.
                let mode = mode & !0o022;
                self.files.push(File {
                    mode,
                    ..File::default()
                });
                self.names
                    .insert(path.clone(), Entry::File(self.files.len() - 1));
                self.files.len() - 1
            }
            _ => return,
        };
        if *is_emptied {
            self.files[at].change(Change::Cut(0));
        }
        let handle = Handle::File {
            file: at,
            at: 0,
            appends: *appends,
        };
        self.open.insert(*file, handle);
    }

    fn write(&mut self, file: i32, place: Option<usize>, octets: &[u8]) {
        let Some(Handle::File { file, at, appends }) = self.open.get_mut(&file) else {
            return;
        };
        let file = &mut self.files[*file];
        let from = match (place, *appends) {
            (_, true) => file.octets.len(),
            (Some(place), false) => place,
            (None, false) => *at,
        };
        file.change(Change::Write(from, octets.to_vec()));
        if place.is_none() {
            *at = from + octets.len();
        }
    }

    fn sync_begins(&mut self, thread: u32, forced: Forced) {
        self.forcing.insert(thread, self.names.clone());
        match forced {
            Forced::All => self
                .files
                .iter_mut()
                .for_each(|file| file.sync_begins(thread)),
            Forced::File(handle) => {
                if let Some(Handle::File { file, .. }) = self.open.get(&handle) {
                    self.files[*file].sync_begins(thread);
                }
            }
        }
    }

    fn sync_ends(&mut self, thread: u32, forced: Forced) {
        let names = self.forcing.remove(&thread).unwrap();
        match forced {
            Forced::All => {
                self.forced = names;
                self.files
                    .iter_mut()
                    .for_each(|file| file.sync_ends(thread));
            }
            Forced::File(handle) => match self.open.get(&handle) {
                Some(Handle::File { file, .. }) => self.files[*file].sync_ends(thread),
                Some(Handle::Folder(path)) => {
                    let in_it = |name: &Path| name.parent() == Some(path.as_path());
                    self.forced.retain(|name, _| !in_it(name));
                    let names = names.into_iter();
                    self.forced.extend(names.filter(|(name, _)| in_it(name)));
                }
                None => {}
            },
        }
    }

    /// What is there after a power cut now.
    pub(super) fn after(&self, loss: Loss) -> State {
        let names = match loss {
            Loss::All | Loss::Names => &self.forced,
            Loss::Half | Loss::Octets => &self.names,
        };
        let mut state = State {
            files: BTreeMap::new(),
            folders: BTreeSet::from([PathBuf::new()]),
        };
        // A folder comes before what is in it.
        for (path, entry) in names {
            let is_reached = path
                .parent()
                .is_some_and(|above| state.folders.contains(above));
            // What the processes of a database share is in memory.
            if !is_reached || path.to_str().unwrap().ends_with("-shm") {
                continue;
            }
            match entry {
                Entry::Folder => drop(state.folders.insert(path.clone())),
                Entry::File(at) => {
                    let file = &self.files[*at];
                    let octets = file.after(loss);
                    state.files.insert(path.clone(), (file.mode, octets));
                }
            }
        }
        state
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.make(&mut self.octets, usize::MAX);
        self.changes.push(change);
    }

    fn sync_begins(&mut self, thread: u32) {
        let changes = self.forced_changes + self.changes.len();
        self.forcing.insert(thread, (self.octets.clone(), changes));
    }

    fn sync_ends(&mut self, thread: u32) {
        let Some((octets, changes)) = self.forcing.remove(&thread) else {
            return;
        };
        // Another thread may have come further meanwhile.
        if changes > self.forced_changes {
            self.changes.drain(..changes - self.forced_changes);
            self.forced_changes = changes;
            self.forced = octets;
        }
    }

    fn after(&self, loss: Loss) -> Vec<u8> {
        match loss {
            Loss::All | Loss::Octets => self.forced.clone(),
            Loss::Names => self.octets.clone(),
            Loss::Half => {
                let mut octets = self.forced.clone();
                let half = self.changes.len() / 2;
                for change in &self.changes[..half] {
                    change.make(&mut octets, usize::MAX);
                }
                if let Some(Change::Write(_, written)) = self.changes.get(half) {
                    self.changes[half].make(&mut octets, written.len() / 2);
                }
                octets
            }
        }
    }
}

impl Change {
    /// Makes it, but no more of a write than so many octets.
    fn make(&self, octets: &mut Vec<u8>, most: usize) {
        match self {
            Self::Cut(length) => octets.resize(*length, 0),
            Self::Write(at, written) => {
                let written = &written[..written.len().min(most)];
                let end = at + written.len();
                if octets.len() < end {
                    octets.resize(end, 0);
                }
                octets[*at..end].copy_from_slice(written);
            }
        }
    }
}

impl State {
    pub(super) fn digest(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};

        let mut hasher = DefaultHasher::new();
        (&self.files, &self.folders).hash(&mut hasher);
        hasher.finish()
    }

    /// Lays it out below a folder.
    pub(super) fn write(&self, root: &Path) {
        for path in &self.folders {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        for (path, (mode, octets)) in &self.files {
            let path = root.join(path);
            fs::write(&path, octets).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
    }
}
