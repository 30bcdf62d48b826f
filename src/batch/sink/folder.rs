//! A folder with a file for each artefact: `certs/<3 hex of SHA-256(row key)>/<row key>.<ext>`.
//!
//! 4,096 folders keep ten million files usable: some 2,500 in each. A slice's files are written aside, brought to the
//! disk together, and renamed, so that no half-written file has a final name.
//!
//! Row keys need not be unique. A row whose name is taken gets its number added, `dk1~row-000007.pem`, so that no file
//! is ever overwritten; rows come in order, so that the names do not depend on the threads.
//!
//! Before a slice is renamed, the names it is about to take are noted on the disk: a later run that goes on before them
//! takes them back. Two notes are in use by turns, since what stands before the position before last is never asked for.

use std::collections::HashSet;
use std::fs;
use std::fs::File;
use std::io;
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use super::appended::create;
use super::{Access, Position, Sink};
use crate::batch::error::BatchError;
use crate::batch::outcome::{IssuedRow, Made};

/// The sink; nobody else writes into its folders.
#[derive(Debug)]
pub(super) struct Folder {
    certs: PathBuf,
    partial: PathBuf,
    made: HashSet<String>,
    notes: [File; 2],
    /// Which of them is in use.
    turn: bool,
    at: Position,
}

/// A file of a slice: written aside, and where it is to go.
struct Placed {
    row: u64,
    aside: PathBuf,
    /// Below `certs`.
    name: String,
}

impl Folder {
    /// Makes the folders below `out`, or takes back what an earlier run put there after a position.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn open(out: &Path, at: Option<Position>) -> Result<Self, BatchError> {
        let (certs, partial) = (out.join("certs"), out.join(".partial"));
        for folder in [&certs, &partial] {
            match fs::create_dir(folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && at.is_some() => {}
                made => made.map_err(BatchError::file("create", folder))?,
            }
        }
        if let Some(at) = at {
            take_back(&certs, &partial, at)
                .and_then(|()| empty(&partial))
                .map_err(BatchError::file("restore", &certs))?;
        }
        let note = |number| {
            let path = partial.join(format!("{NOTE}{number}"));
            create(&path, Access::Everyone).map_err(BatchError::file("create", path))
        };
        Ok(Self {
            notes: [note(0)?, note(1)?],
            certs,
            partial,
            made: HashSet::new(),
            turn: false,
            at: at.unwrap_or_default(),
        })
    }

    /// The folder for a row's files.
    fn fan(&mut self, row: &IssuedRow) -> Result<String, BatchError> {
        let fan = row.key.fan();
        if !self.made.contains(&fan) {
            let folder = self.certs.join(&fan);
            fs::create_dir_all(&folder).map_err(BatchError::file("create", &folder))?;
            self.made.insert(fan.clone());
        }
        Ok(fan)
    }

    /// A name, but for the ending, under which none of the row's artefacts exists or is about to.
    fn free_name(&self, fan: &str, row: &IssuedRow, taken: &HashSet<String>) -> String {
        let name = format!("{fan}/{}", row.key.file_stem());
        let is_taken = row.artefacts.iter().any(|made| {
            let name = file_name(&name, made);
            taken.contains(&name) || self.certs.join(name).symlink_metadata().is_ok()
        });
        if is_taken {
            return format!("{name}~row-{:06}", row.row);
        }
        name
    }

    /// Writes a slice's files aside.
    fn write(&mut self, rows: &[&IssuedRow]) -> Result<Vec<Placed>, BatchError> {
        let (mut placed, mut taken) = (Vec::new(), HashSet::new());
        for row in rows {
            let fan = self.fan(row)?;
            let stem = self.free_name(&fan, row, &taken);
            for made in &row.artefacts {
                let aside = self.partial.join(placed.len().to_string());
                write(&aside, made).map_err(BatchError::file("write", &aside))?;
                let name = file_name(&stem, made);
                taken.insert(name.clone());
                placed.push(Placed {
                    row: row.row,
                    aside,
                    name,
                });
            }
        }
        Ok(placed)
    }

    fn note(&mut self) -> &mut File {
        let [even, odd] = &mut self.notes;
        if self.turn { odd } else { even }
    }
}

impl Sink for Folder {
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError> {
        let Some(last) = rows.last() else {
            return Ok(());
        };
        let placed = self.write(rows)?;
        let lines = placed
            .iter()
            .map(|file| format!("{} {}\n", file.row, file.name));
        let lines: String = lines.collect();
        let settled = self
            .note()
            .write_all(lines.as_bytes())
            .and_then(|()| settle(self.note(), placed.iter().map(|file| &*file.aside)));
        settled.map_err(BatchError::file("write", &self.partial))?;
        for Placed { aside, name, .. } in placed {
            let path = self.certs.join(name);
            fs::rename(&aside, &path).map_err(BatchError::file("write", &path))?;
        }
        self.at.row = last.row;
        Ok(())
    }

    fn flush(&mut self) -> Result<Position, BatchError> {
        let folders = self.made.iter().map(|fan| self.certs.join(fan));
        let folders: Vec<_> = folders.chain([self.certs.clone()]).collect();
        settle(self.note(), folders.iter().map(PathBuf::as_path))
            .map_err(BatchError::file("write", &self.certs))?;
        self.turn = !self.turn;
        // Without going back, what is noted next would stand behind as many zeros.
        let note = self.note();
        let emptied = note.set_len(0).and_then(|()| note.rewind());
        emptied.map_err(BatchError::file("write", &self.partial))?;
        Ok(self.at)
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        self.flush()?;
        fs::remove_dir_all(&self.partial).map_err(BatchError::file("remove", &self.partial))
    }
}

/// Removes files of rows after a position.
fn take_back(certs: &Path, partial: &Path, at: Position) -> io::Result<()> {
    for number in 0..2 {
        let text = match fs::read_to_string(partial.join(format!("{NOTE}{number}"))) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            text => text?,
        };
        // A line without an end was cut off before any of its slice's files was renamed.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for (row, name) in whole.lines().filter_map(|line| line.split_once(' ')) {
            if !row.parse().is_ok_and(|row: u64| row > at.row) {
                continue;
            }
            match fs::remove_file(certs.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Removes what an earlier run wrote aside.
fn empty(partial: &Path) -> io::Result<()> {
    for entry in fs::read_dir(partial)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

/// Brings to the disk what was written: everything on the file system in one go, which costs about as much as one file.
#[cfg(target_os = "linux")]
fn settle<'a>(anchor: &File, _paths: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    rustix::fs::syncfs(anchor).map_err(io::Error::from)
}

/// Brings to the disk what was written: file by file, and folders where they can be opened.
#[cfg(not(target_os = "linux"))]
fn settle<'a>(anchor: &File, mut paths: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    anchor.sync_all()?;
    paths.try_for_each(|path| match cfg!(unix) || path.is_file() {
        true => File::open(path)?.sync_all(),
        false => Ok(()),
    })
}

fn write(path: &Path, made: &Made) -> io::Result<()> {
    let access = if made.is_secret {
        Access::Owner
    } else {
        Access::Everyone
    };
    create(path, access)?.write_all(&made.octets)
}

fn file_name(stem: &str, made: &Made) -> String {
    format!("{stem}.{}", made.extension)
}

/// Names that a slice is about to take: the row's number and the name below `certs`, a line each.
const NOTE: &str = "names-";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::outcome;

    fn issued(row: u64, key: &str, text: &str) -> IssuedRow {
        outcome::sample(row, key, &[("cer", text), ("pem", text)])
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn nothing_is_overwritten() {
        let out = tempfile::tempdir().unwrap();
        let mut sink = Folder::open(out.path(), None).unwrap();
        let (one, two) = (issued(1, "abc", "one"), issued(2, "abc", "two"));
        sink.put(&[&one, &two]).unwrap();
        sink.put(&[&issued(3, "abc", "three")]).unwrap();
        sink.finish().unwrap();
        // SHA-256("abc") begins with ba7816bf.
        let read =
            |name: &str| fs::read_to_string(out.path().join("certs/ba7").join(name)).unwrap();
        assert_eq!(read("abc.pem"), "one");
        assert_eq!(read("abc.cer"), "one");
        assert_eq!(read("abc~row-000002.pem"), "two");
        assert_eq!(read("abc~row-000003.cer"), "three");
        assert!(!out.path().join(".partial").exists());
    }

    #[test]
    fn files_of_rows_after_a_position_are_taken_back() {
        let out = tempfile::tempdir().unwrap();
        let mut sink = Folder::open(out.path(), None).unwrap();
        let put = |sink: &mut Folder, row| sink.put(&[&issued(row, "abc", &row.to_string())]);
        put(&mut sink, 1).unwrap();
        let first = sink.flush().unwrap();
        put(&mut sink, 2).unwrap();
        let second = sink.flush().unwrap();
        put(&mut sink, 3).unwrap();
        assert_eq!((first.row, second.row), (1, 2));
        drop(sink);
        // The journal may not have heard of the last position that was told.
        for (at, names) in [(second, 4), (first, 2)] {
            fs::write(out.path().join(".partial/0"), "half").unwrap();
            let mut sink = Folder::open(out.path(), Some(at)).unwrap();
            assert_eq!(files(&out.path().join("certs/ba7")).len(), names);
            // What is put again gets the names it had.
            for row in at.row + 1..=2 {
                put(&mut sink, row).unwrap();
            }
            let names = [
                "abc.cer",
                "abc.pem",
                "abc~row-000002.cer",
                "abc~row-000002.pem",
            ];
            assert_eq!(files(&out.path().join("certs/ba7")), names);
            // A flush that is not heard of, as far as the next turn of the loop goes.
            if at == second {
                drop(sink);
                let noted = "2 ba7/abc~row-000002.cer\n2 ba7/abc~row-000002.pem\n9 ba7/ab";
                fs::write(out.path().join(".partial/names-1"), noted).unwrap();
            }
        }
    }

    #[test]
    fn a_key_that_looks_like_a_path_stays_in_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        fs::create_dir(&out).unwrap();
        let mut sink = Folder::open(&out, None).unwrap();
        let row = issued(1, "../../x", "one");
        sink.put(&[&row]).unwrap();
        let folder = out.join("certs").join(row.key.fan());
        let octets = fs::read_to_string(folder.join("%2E.%2F..%2Fx.pem")).unwrap();
        assert_eq!(octets, "one");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(out).unwrap().count(), 2);
    }
}
