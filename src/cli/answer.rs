//! What the vendors' commands share: the request body, a refusal with its reply, and telling it.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::lint::Finding;

/// The request.
#[derive(clap::Args, Debug)]
pub(super) struct RequestArgs {
    /// The vendor's own request body (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
}

/// A refusal, and the vendor's body that tells it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: CliError,
    /// One line and its end.
    pub(super) reply: Zeroizing<Vec<u8>>,
}

impl RequestArgs {
    /// The octets of the body.
    pub(super) fn read(&self, console: &mut Console<'_>) -> Result<Zeroizing<Vec<u8>>, CliError> {
        // One octet more than any vendor reads, so that the vendor's rule can say that it is too long.
        input::read(&self.request, input::MAX_REQUEST_OCTETS + 1, console)
    }
}

impl Refused {
    /// A refusal in the words of `what`.
    pub(super) fn new<'a>(
        what: String,
        findings: impl Iterator<Item = &'a Finding>,
        details: &impl Serialize,
        reply: Zeroizing<Vec<u8>>,
    ) -> Self {
        let error = CliError::Refused {
            what,
            findings: findings.map(ToString::to_string).collect(),
            details: serde_json::to_value(details).unwrap_or(Value::Null),
        };
        Self { error, reply }
    }

    /// The error, after the vendor's reply body was printed when that was asked for.
    pub(super) fn tell(self, reply: bool, console: &mut Console<'_>) -> CliError {
        if reply {
            // That it is refused counts more than that nobody reads the reply.
            let printed = console.octets(&self.reply);
            if let Err(error) = CliError::unless_closed_pipe(printed) {
                return error;
            }
        }
        self.error
    }
}

/// Prints an answer's reply body, or a refusal's.
pub(super) fn print(
    answer: Result<Zeroizing<Vec<u8>>, Refused>,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    match answer {
        Ok(reply) => {
            console.octets(&reply)?;
            Ok(Exit::Done)
        }
        Err(refused) => Err(refused.tell(true, console)),
    }
}

/// A body in one line, and the line's end.
pub(super) fn line(text: &str) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    line.extend_from_slice(text.as_bytes());
    line.push(b'\n');
    line
}
