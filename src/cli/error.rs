//! Why a command did not do what was asked, and how that is told.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::console::{Console, Exit};
use crate::cli::secret::CA_LOCKED_HINT;
use crate::cli::view::printable;
use crate::service::ServiceError;
use crate::workspace::WorkspaceError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file of this name is there already.
    #[error("{} exists and is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A step went wrong; the source tells why.
    #[error("cannot {doing}")]
    Failed {
        /// The step, such as `read dk1.csr.pem`.
        doing: String,
        /// What went wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was asked for is not there.
    #[error("{what}")]
    NotFound {
        /// What was looked for and where.
        what: String,
        /// What can be done.
        hint: String,
    },
    /// The rules do not allow it; nothing was issued.
    #[error("{what}")]
    Refused {
        /// What was refused, and the first reason in the vendor's words.
        what: String,
        /// All findings, a line each.
        findings: Vec<String>,
        /// The findings for a program.
        details: serde_json::Value,
    },
    /// A standard stream cannot be written.
    #[error("cannot write the output")]
    Stream(#[source] io::Error),
    /// The command line contradicts itself or leaves something open.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What is allowed.
        hint: String,
    },
}

/// What kind of error it is, which decides the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file, the workspace or the machine did not do its part.
    Failure,
    /// The rules do not allow it.
    Refused,
    /// The command line is not one.
    Usage,
}

impl CliError {
    /// A step that went wrong.
    pub(super) fn failed(
        doing: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Failed {
            doing: doing.into(),
            source: source.into(),
        }
    }

    /// A command line that is not one.
    pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Exists { .. } | Self::Failed { .. } | Self::NotFound { .. } | Self::Stream(_) => {
                ErrorKind::Failure
            }
            Self::Refused { .. } => ErrorKind::Refused,
            Self::Usage { .. } => ErrorKind::Usage,
        }
    }

    /// The exit code that tells it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.kind() {
            ErrorKind::Failure => Exit::Failed,
            ErrorKind::Refused => Exit::None,
            ErrorKind::Usage => Exit::Usage,
        }
    }

    /// Whether the reader of our output went away.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stream(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Lets go what was told to a reader who went away: for those whose exit code or files tell it too.
    ///
    /// # Errors
    /// Any other failure.
    pub(super) fn unless_closed_pipe(told: Result<(), Self>) -> Result<(), Self> {
        match told {
            Err(error) if error.is_closed_pipe() => Ok(()),
            told => told,
        }
    }

    /// Tells the error and its causes on standard error: lines of text, or a JSON object.
    ///
    /// # Errors
    /// [`io::Error`] when the stream cannot be written.
    pub fn report(&self, console: &mut Console<'_>) -> io::Result<()> {
        let (causes, details) = match self {
            Self::Refused {
                findings, details, ..
            } => (findings.clone(), Some(details)),
            _ => (causes(self), None),
        };
        if console.is_json() {
            let report = Report {
                error: self.to_string(),
                causes,
                details,
                hint: self.hint(),
                exit_code: self.exit().code(),
            };
            let text = serde_json::to_string_pretty(&report)?;
            return writeln!(console.err(), "{text}");
        }
        writeln!(console.err(), "error: {}", printable(&self.to_string()))?;
        for cause in causes {
            writeln!(console.err(), "  because: {}", printable(&cause))?;
        }
        match self.hint() {
            Some(hint) => writeln!(console.err(), "  hint: {hint}"),
            None => Ok(()),
        }
    }

    fn hint(&self) -> Option<&str> {
        match self {
            Self::Exists { .. } => Some("choose another name, or allow it with --force"),
            Self::NotFound { hint, .. } | Self::Usage { hint, .. } => Some(hint),
            Self::Failed { source, .. } if is_locked(&**source) => Some(CA_LOCKED_HINT),
            Self::Failed { .. } | Self::Refused { .. } | Self::Stream(_) => None,
        }
    }
}

/// The error as `--json` tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    error: String,
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    exit_code: u8,
}

/// Whether an error came from a CA key whose passphrase is not known.
fn is_locked(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        let of_service = match error.downcast_ref() {
            Some(ServiceError::Workspace(error)) => Some(error),
            _ => None,
        };
        let of_workspace = error.downcast_ref().or(of_service);
        if matches!(of_workspace, Some(WorkspaceError::Locked { .. })) {
            return true;
        }
        next = error.source();
    }
    false
}

/// What an error came from, nearest first.
pub(super) fn causes(error: &dyn Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    texts
}

/// An error and what it came from, in one line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    texts.extend(causes(error));
    texts.join(": ")
}
