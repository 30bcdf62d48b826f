//! Structured logs on standard error, a line an event.

use std::io;

/// How a line is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// A JSON object.
    Json,
    /// Words for a person.
    Text,
}

/// Begins to log what happens from now on; a second call changes nothing.
pub fn begin(format: Format) {
    let lines = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_target(false);
    let begun = match format {
        Format::Json => lines.json().flatten_event(true).try_init(),
        Format::Text => lines.with_ansi(false).try_init(),
    };
    // Whoever set up logs before keeps them.
    let _kept = begun;
}
