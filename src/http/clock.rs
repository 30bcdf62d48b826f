//! The clock and the random numbers of the machine, or those of a test.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use rand_core::TryRng;

use crate::time::UnixSeconds;

/// This second.
pub(super) type Clock = Arc<dyn Fn() -> UnixSeconds + Send + Sync>;

/// Seeds of generators, one for each slice.
pub(super) type Seeds = Box<dyn FnMut() -> Result<[u8; 32], getrandom::Error> + Send>;

/// The system's clock; one that stands before 1970 or after 9999 is taken for that year.
pub(super) fn system() -> Clock {
    Arc::new(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "beside the command line, the server is where the clock is read"
)]
fn now() -> UnixSeconds {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since_1970.map_or(0, |since| since.as_secs());
    UnixSeconds::new(seconds).unwrap_or(UnixSeconds::MAX)
}

/// The system's random numbers.
pub(super) fn system_seeds() -> Seeds {
    Box::new(random)
}

/// Octets that nobody can guess.
pub(super) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut octets = [0; N];
    SysRng.try_fill_bytes(&mut octets)?;
    Ok(octets)
}
