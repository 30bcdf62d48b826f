//! The clock and the random numbers of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;

use crate::cli::error::CliError;
use crate::time::UnixSeconds;

/// This second.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the clock is read"
)]
pub(super) fn now() -> Result<UnixSeconds, CliError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
        CliError::failed("use the time of the system clock", source)
    };
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| failed(error.into()))?;
    UnixSeconds::new(since_1970.as_secs()).map_err(|error| failed(error.into()))
}

/// The operating system's random numbers.
pub(super) fn rng() -> SysRng {
    SysRng
}
