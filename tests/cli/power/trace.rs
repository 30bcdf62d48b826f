//! What strace tells of a run: the calls that change files, in the order in which they ended.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The calls that are recorded. Whatever else a program could write with stops the reading of the trace.
pub(super) const CALLS: &str = "trace=open,openat,creat,close,dup,dup2,dup3,fcntl,lseek,write,pwrite64,writev,pwritev,pwritev2,\
     ftruncate,truncate,fallocate,copy_file_range,sendfile,fsync,fdatasync,sync,syncfs,sync_file_range,msync,rename,renameat,renameat2,link,linkat,\
     symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,fchmodat";

/// What was done to a file below the folder; paths are relative to it.
#[derive(Debug)]
pub(super) enum Call {
    Close(i32),
    Cut(i32, usize),
    Link(PathBuf, PathBuf),
    MakeFolder(PathBuf),
    /// A file was opened; made or emptied if need be.
    Open {
        path: PathBuf,
        file: i32,
        is_new: bool,
        is_emptied: bool,
        appends: bool,
        mode: u32,
    },
    Mode(i32, u32),
    Remove(PathBuf),
    /// A name in an open folder.
    RemoveIn(i32, PathBuf),
    Rename(PathBuf, PathBuf),
    Seek(i32, usize),
    /// A thread has begun to force something to the disk, and is done: what was written between counts for nothing.
    SyncBegins(u32, Forced),
    SyncEnds(u32, Forced),
    Write {
        file: i32,
        at: Option<usize>,
        octets: Vec<u8>,
    },
}

/// What is forced to the disk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Forced {
    All,
    File(i32),
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { file, at, octets } => {
                write!(f, "{} octets to {file} at {at:?}", octets.len())
            }
            other => write!(f, "{other:?}"),
        }
    }
}

/// Reads a trace of `strace -f -xx`.
pub(super) fn read(text: &str, root: &Path) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut open = BTreeMap::new();
    for line in text.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let number = thread.parse().unwrap();
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            calls.extend(sync_of(begun).map(|forced| Call::SyncBegins(number, forced)));
            open.insert(thread, begun);
            continue;
        }
        let whole = match rest.strip_prefix("<... ") {
            Some(resumed) => {
                let (_, end) = resumed.split_once(" resumed>").unwrap();
                format!("{}{end}", open.remove(thread).unwrap())
            }
            None => {
                calls.extend(sync_of(rest).map(|forced| Call::SyncBegins(number, forced)));
                rest.to_owned()
            }
        };
        calls.extend(call(&whole, number, root));
    }
    calls
}

/// What a call forces to the disk.
fn sync_of(text: &str) -> Option<Forced> {
    let (name, rest) = text.split_once('(')?;
    match name {
        "fsync" | "fdatasync" => Some(Forced::File(
            rest.split(')').next()?.trim().parse().unwrap(),
        )),
        "sync" | "syncfs" => Some(Forced::All),
        _ => None,
    }
}

fn call(text: &str, thread: u32, root: &Path) -> Option<Call> {
    let (before, result) = text.rsplit_once(" = ").unwrap();
    let (name, arguments) = before.split_once('(').unwrap();
    let arguments = arguments.trim_end().strip_suffix(')').unwrap();
    let result: i64 = result.split(' ').next().unwrap().parse().ok()?;
    if result < 0 {
        return None;
    }
    // Strings are hexadecimal, so that there is no comma in them.
    let arguments: Vec<_> = arguments.split(", ").collect();
    let number = |at: usize| -> i32 { arguments[at].trim().parse().unwrap() };
    let size = |at: usize| -> usize { arguments[at].trim().parse().unwrap() };
    let path = |at: usize| below(root, arguments[at]);
    let at_folder = |at: usize| {
        assert_eq!(arguments[at], "AT_FDCWD", "{text}");
        path(at + 1)
    };
    let given = i32::try_from(result).unwrap_or(-1);
    Some(match name {
        "openat" => opened(&arguments[1..], root, given)?,
        "open" => opened(&arguments, root, given)?,
        "close" => Call::Close(number(0)),
        "lseek" => Call::Seek(number(0), usize::try_from(result).unwrap()),
        "write" | "pwrite64" => {
            let mut octets = octets(arguments[1]);
            octets.truncate(usize::try_from(result).unwrap());
            let at = (name == "pwrite64").then(|| size(3));
            let file = number(0);
            Call::Write { file, at, octets }
        }
        "ftruncate" => Call::Cut(number(0), size(1)),
        "fsync" | "fdatasync" | "sync" | "syncfs" => Call::SyncEnds(thread, sync_of(text)?),
        "rename" => Call::Rename(path(0)?, path(1)?),
        "renameat" | "renameat2" => Call::Rename(at_folder(0)?, at_folder(2)?),
        "link" => Call::Link(path(0)?, path(1)?),
        "linkat" => Call::Link(at_folder(0)?, at_folder(2)?),
        "unlink" | "rmdir" => Call::Remove(path(0)?),
        "unlinkat" if arguments[0] != "AT_FDCWD" => Call::RemoveIn(number(0), path(1)?),
        "unlinkat" => Call::Remove(at_folder(0)?),
        "mkdir" => Call::MakeFolder(path(0)?),
        "mkdirat" => Call::MakeFolder(at_folder(0)?),
        "fchmod" => Call::Mode(number(0), octal(arguments[1])),
        "fcntl" => {
            assert!(!arguments[1].starts_with("F_DUPFD"), "{text}");
            return None;
        }
        _ => panic!("{text}"),
    })
}

fn opened(arguments: &[&str], root: &Path, file: i32) -> Option<Call> {
    let flags: Vec<_> = arguments[1].split('|').collect();
    let has = |flag: &str| flags.contains(&flag);
    Some(Call::Open {
        path: below(root, arguments[0])?,
        file,
        is_new: has("O_CREAT"),
        is_emptied: has("O_TRUNC"),
        appends: has("O_APPEND"),
        mode: arguments.get(2).map_or(0o644, |mode| octal(mode)),
    })
}

fn octal(text: &str) -> u32 {
    u32::from_str_radix(text.trim_start_matches('0'), 8).unwrap_or(0)
}

/// A path below the folder, in which the command runs.
fn below(root: &Path, text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(String::from_utf8(octets(text)).unwrap());
    let path = match path.is_absolute() {
        true => path.strip_prefix(root).ok()?.to_owned(),
        false => path,
    };
    Some(
        path.components()
            .filter(|part| part.as_os_str() != ".")
            .collect(),
    )
}

/// The octets of a string that is written `"\x61\x62"`.
fn octets(text: &str) -> Vec<u8> {
    let text = text.trim_matches('"');
    assert!(!text.ends_with("..."), "a string that was cut short");
    let pairs = text.split("\\x").skip(1);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}
