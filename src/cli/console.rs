//! The streams that a command is handed, and the exit codes that it may answer with.

use std::fmt;
use std::io;
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::view::{Fields, printable};

/// Standard streams, and what is known of them.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    input: &'a mut dyn Read,
    json: bool,
    out_is_terminal: bool,
    err_is_terminal: bool,
}

/// How a command that ran to its end tells what came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: done, all issued, nothing found.
    Done,
    /// 1: a file, the workspace or the machine did not do its part.
    Failed,
    /// 4: refused, none issued, errors found.
    None,
    /// 130: somebody asked to stop; what was begun can be gone on with.
    Stopped,
    /// 3: some of the items; of a check, warnings only.
    Some,
    /// 2: the command line is not one.
    Usage,
}

impl<'a> Console<'a> {
    /// Streams that are no terminal, text output.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, input: &'a mut dyn Read) -> Self {
        Self {
            out,
            err,
            input,
            json: false,
            out_is_terminal: false,
            err_is_terminal: false,
        }
    }

    /// With results and errors as JSON, or not.
    #[must_use]
    pub fn json(mut self, json: bool) -> Self {
        self.json = json;
        self
    }

    /// Asks the process's own streams whether they are terminals.
    #[must_use]
    pub fn on_terminal(mut self) -> Self {
        self.out_is_terminal = io::stdout().is_terminal();
        self.err_is_terminal = io::stderr().is_terminal();
        self
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn out_is_terminal(&self) -> bool {
        self.out_is_terminal
    }

    pub(super) fn err_is_terminal(&self) -> bool {
        self.err_is_terminal
    }

    pub(super) fn input(&mut self) -> &mut dyn Read {
        self.input
    }

    pub(super) fn err(&mut self) -> &mut dyn Write {
        self.err
    }

    /// Octets of a result, as they are.
    pub(super) fn octets(&mut self, octets: &[u8]) -> Result<(), CliError> {
        self.out.write_all(octets).map_err(CliError::Stream)?;
        self.out.flush().map_err(CliError::Stream)
    }

    /// A line of a result.
    pub(super) fn line(&mut self, line: impl fmt::Display) -> Result<(), CliError> {
        writeln!(self.out, "{}", printable(&line.to_string())).map_err(CliError::Stream)
    }

    /// A result as indented JSON.
    pub(super) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CliError> {
        let mut text = serde_json::to_vec_pretty(value)
            .map_err(|error| CliError::Stream(io::Error::other(error)))?;
        text.push(b'\n');
        self.octets(&text)
    }

    /// A part of a result as JSON in one line, without its end.
    pub(super) fn compact<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CliError> {
        let text =
            serde_json::to_vec(value).map_err(|error| CliError::Stream(io::Error::other(error)))?;
        self.out.write_all(&text).map_err(CliError::Stream)
    }

    /// A result as fields: indented text under a title, or a JSON object.
    pub(super) fn fields(&mut self, title: &str, fields: &Fields) -> Result<(), CliError> {
        if self.json {
            return self.value(fields);
        }
        self.line(title)?;
        let text = fields.to_text(1);
        self.octets(text.as_bytes())
    }

    /// A message for a person; none when the output is JSON, which carries it.
    pub(super) fn note(&mut self, note: impl fmt::Display) {
        if !self.json {
            self.warn(note);
        }
    }

    /// A message for a person, whatever the output is.
    pub(super) fn warn(&mut self, note: impl fmt::Display) {
        // Nobody may be listening; the work goes on all the same.
        let _unheard = writeln!(self.err, "certwright: {}", printable(&note.to_string()));
    }
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("json", &self.json)
            .field("out_is_terminal", &self.out_is_terminal)
            .field("err_is_terminal", &self.err_is_terminal)
            .finish_non_exhaustive()
    }
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Some => 3,
            Self::Stopped => 130,
            Self::None => 4,
        }
    }

    /// What came of `good` items out of `all`.
    pub(super) fn of(good: usize, all: usize) -> Self {
        match good {
            _ if good == all => Self::Done,
            0 => Self::None,
            _ => Self::Some,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
