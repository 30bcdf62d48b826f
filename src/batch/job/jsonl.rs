//! Rows from lines of JSON.

use std::io;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::{Content, MAX_ROW_OCTETS, not_utf8, too_long};
use crate::batch::error::BatchError;

/// The lines of a file; blank ones are no rows.
pub(super) struct Lines<R> {
    reader: R,
    path: PathBuf,
    at_start: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            at_start: true,
        }
    }

    /// The next line, blank or not; `None` at the end.
    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line::default();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok((line.length > 0).then_some(line));
            }
            let end = buffer.iter().position(|octet| *octet == b'\n');
            let part = buffer.split_at(end.unwrap_or(buffer.len())).0;
            line.push(part);
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                line.length += 1;
                return Ok(Some(line));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Content, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.line() {
                Ok(line) => line?,
                Err(error) => return Some(Err(BatchError::file("read", &self.path)(error))),
            };
            if let Some(content) = line.content(std::mem::take(&mut self.at_start)) {
                return Some(Ok(content));
            }
        }
    }
}

/// A line of any length, of which no more is kept than a row may have.
#[derive(Default)]
struct Line {
    kept: Vec<u8>,
    is_cut: bool,
    /// Octets, the line feed included.
    length: usize,
}

impl Line {
    fn push(&mut self, part: &[u8]) {
        self.length += part.len();
        let room = (MAX_ROW_OCTETS + MARGIN).saturating_sub(self.kept.len());
        self.kept.extend(part.iter().take(room));
        self.is_cut |= part.len() > room;
    }

    /// The row; none for a blank line.
    fn content(self, first: bool) -> Option<Content> {
        let kept = match self.kept.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if first => rest,
            _ => &self.kept,
        };
        let text = kept.trim_ascii();
        if self.is_cut || text.len() > MAX_ROW_OCTETS {
            let finding = too_long("line", format!("{} octets", self.length));
            return Some(Content::Unreadable {
                stem: None,
                finding,
            });
        }
        if text.is_empty() {
            return None;
        }
        Some(match str::from_utf8(text) {
            Ok(text) => Content::Json(text.to_owned()),
            Err(error) => Content::Unreadable {
                stem: None,
                finding: not_utf8("line", &error),
            },
        })
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Room for a byte order mark, a carriage return and an octet too many.
const MARGIN: usize = 5;
