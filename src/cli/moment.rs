//! When something is issued, and what is fixed that is otherwise drawn.

use crate::cli::error::CliError;
use crate::cli::world;
use crate::serial::SerialNumber;
use crate::service::Moment;
use crate::time::UnixSeconds;

/// What is fixed of a certificate.
#[derive(clap::Args, Debug)]
pub(super) struct MomentArgs {
    /// The serial number, decimal or 0x and hexadecimal; the issuer's next or a random one without it.
    #[arg(long)]
    serial: Option<SerialNumber>,
    /// The first second of validity where the request leaves it open, such as 2020-01-06T10:46:33Z; now without it.
    #[arg(long, value_name = "TIME")]
    not_before: Option<UnixSeconds>,
}

impl MomentArgs {
    pub(super) fn moment(&self) -> Result<Moment, CliError> {
        Ok(Moment {
            now: world::now()?,
            not_before: self.not_before,
            serial_start: self.serial.clone(),
            rows: None,
        })
    }
}
