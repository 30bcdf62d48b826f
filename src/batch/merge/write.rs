//! The results of all parts in one folder.

use std::fs;
use std::fs::File;
use std::io;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Part, archive};
use crate::batch::disk::Disk;
use crate::batch::error::BatchError;
use crate::batch::output::{PAGE, REJECTED, REPORT};
use crate::batch::report::{Report, html};
use crate::batch::sink::appended::create;
use crate::batch::sink::archive::Packing;
use crate::batch::sink::jsonl;
#[cfg(feature = "parquet")]
use crate::batch::sink::parquet;
use crate::batch::sink::{Access, SinkKind};

/// Fills a folder beside `out` and gives it the name.
pub(super) fn all(parts: &[Part], out: &Path, report: &Report) -> Result<(), BatchError> {
    let sink = parts
        .first()
        .and_then(|part| part.past.head.terms.get("sink"));
    let sink: SinkKind = sink.map_or("", String::as_str).parse()?;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let building = out.with_file_name(format!(".{name}.merging"));
    if building.exists() {
        fs::remove_dir_all(&building).map_err(BatchError::file("remove", &building))?;
    }
    fs::create_dir_all(&building).map_err(BatchError::file("create", &building))?;
    rows(parts, &building, REJECTED)?;
    match sink {
        SinkKind::Jsonl => rows(parts, &building, jsonl::NAME)?,
        SinkKind::Dir => parts.iter().try_for_each(|part| files(part, &building))?,
        SinkKind::Tar => tars(parts, &building, Packing::Plain)?,
        SinkKind::TarZst => tars(parts, &building, Packing::Zstd)?,
        #[cfg(feature = "parquet")]
        SinkKind::Parquet => columns(parts, &building)?,
    }
    let text = serde_json::to_vec_pretty(report).map_err(io::Error::from);
    let text = text.map_err(BatchError::file("write", building.join(REPORT)))?;
    for (name, octets) in [(PAGE, html::page(report).as_bytes()), (REPORT, &text)] {
        let path = building.join(name);
        let put = Disk::default().put(&path, octets, false);
        put.map_err(BatchError::file("write", path))?;
    }
    if out.exists() {
        fs::remove_dir(out).map_err(BatchError::file("replace", out))?;
    }
    fs::rename(&building, out).map_err(BatchError::file("create", out))?;
    let above = out.parent().unwrap_or(out);
    let synced = Disk::default().sync_folder(above);
    synced.map_err(BatchError::file("write", above))
}

/// What a line must say.
#[derive(Deserialize)]
struct Numbered {
    row: u64,
}

/// The lines of a file, with the number of the next one's row.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    line: String,
    row: Option<u64>,
}

impl Lines {
    fn open(path: PathBuf) -> Result<Self, BatchError> {
        let file = File::open(&path).map_err(BatchError::file("read", &path))?;
        let mut lines = Self {
            path,
            file: BufReader::new(file),
            line: String::new(),
            row: None,
        };
        lines.step()?;
        Ok(lines)
    }

    fn step(&mut self) -> Result<(), BatchError> {
        self.line.clear();
        let failed = BatchError::file("read", &self.path);
        let read = self.file.read_line(&mut self.line).and_then(|octets| {
            if octets == 0 {
                return Ok(None);
            }
            let numbered: Numbered = serde_json::from_str(&self.line)?;
            Ok(Some(numbered.row))
        });
        self.row = read.map_err(failed)?;
        Ok(())
    }
}

/// Joins files of numbered lines, in the order of their rows.
fn rows(parts: &[Part], building: &Path, name: &str) -> Result<(), BatchError> {
    let lines = parts.iter().map(|part| Lines::open(part.folder.join(name)));
    let mut lines = lines.collect::<Result<Vec<_>, _>>()?;
    let path = building.join(name);
    let failed = || BatchError::file("write", &path);
    let mut to = BufWriter::new(begin(parts, building, name)?);
    let next = |lines: &[Lines]| {
        let open = lines.iter().enumerate();
        let open = open.filter_map(|(at, lines)| Some((lines.row?, at)));
        open.min().map(|(_, at)| at)
    };
    while let Some(lines) = next(&lines).and_then(|at| lines.get_mut(at)) {
        to.write_all(lines.line.as_bytes()).map_err(failed())?;
        lines.step()?;
    }
    let file = to
        .into_inner()
        .map_err(|error| failed()(error.into_error()))?;
    file.sync_all().map_err(failed())
}

/// A new file with the rights of the parts' own: one with keys in it stays its owner's.
fn begin(parts: &[Part], building: &Path, name: &str) -> Result<File, BatchError> {
    let path = building.join(name);
    let failed = || BatchError::file("create", &path);
    let file = create(&path, Access::Owner).map_err(failed())?;
    if let Some(first) = parts.first() {
        let rights = fs::metadata(first.folder.join(name)).map(|data| data.permissions());
        let given = rights.and_then(|rights| file.set_permissions(rights));
        given.map_err(failed())?;
    }
    Ok(file)
}

fn tars(parts: &[Part], building: &Path, packing: Packing) -> Result<(), BatchError> {
    let name = packing.name();
    let to = begin(parts, building, name)?;
    archive::join(&all_of(parts, name), packing, to, &building.join(name))
}

#[cfg(feature = "parquet")]
fn columns(parts: &[Part], building: &Path) -> Result<(), BatchError> {
    let name = parquet::NAME;
    let to = begin(parts, building, name)?;
    let joined = parquet::joined::join(&all_of(parts, name), to);
    joined.map_err(|source| BatchError::Columns {
        path: building.join(name),
        source,
    })
}

/// The parts' files of this name.
fn all_of(parts: &[Part], name: &str) -> Vec<PathBuf> {
    parts.iter().map(|part| part.folder.join(name)).collect()
}

/// Puts a part's files among those of the others.
fn files(part: &Part, building: &Path) -> Result<(), BatchError> {
    let from = part.folder.join(CERTS);
    let Ok(fans) = fs::read_dir(&from) else {
        return Ok(());
    };
    for fan in fans {
        let fan = fan.map_err(BatchError::file("read", &from))?;
        let folder = building.join(CERTS).join(fan.file_name());
        fs::create_dir_all(&folder).map_err(BatchError::file("create", &folder))?;
        let names = fs::read_dir(fan.path()).map_err(BatchError::file("read", fan.path()))?;
        for file in names {
            let file = file.map_err(BatchError::file("read", fan.path()))?;
            let path = folder.join(file.file_name());
            if path.exists() {
                return Err(BatchError::NameTaken { path });
            }
            let linked = fs::hard_link(file.path(), &path);
            let copied = linked.or_else(|_| fs::copy(file.path(), &path).map(drop));
            copied.map_err(BatchError::file("write", path))?;
        }
    }
    Ok(())
}

const CERTS: &str = "certs";
