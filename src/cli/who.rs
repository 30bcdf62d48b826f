//! Who asks, when a vendor's configuration leaves that open.

use crate::cli::error::CliError;
use crate::vendor::who::WhoError;

/// Nobody is named, or nobody who is known.
pub(super) fn unknown(error: &WhoError) -> CliError {
    let hint = match error {
        WhoError::Open { what: "site", .. } => {
            "name one with --site NAME (in a batch, --user NAME)"
        }
        WhoError::Open { .. } => "name one with --user NAME",
        _ => "name one that certwright.toml has",
    };
    CliError::usage(error.to_string(), hint)
}
