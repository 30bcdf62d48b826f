//! Which certificate of the ledger is meant.

use crate::cli::error::CliError;
use crate::cli::record;
use crate::ledger::{Filter, Ledger, Record};
use crate::serial::SerialNumber;

/// By what a certificate of the ledger is looked up.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct LookupArgs {
    /// A serial number (decimal, or 0x and hexadecimal), a SHA-256 fingerprint (64 hexadecimal digits, colons or not), a
    /// key identifier (40 of them), a device as productKey/deviceKey, or the row key of a batch.
    #[arg(value_name = "SERIAL|FINGERPRINT|KEY-ID|DEVICE|ROW-KEY")]
    what: Option<String>,
    /// Bound to this in the vendor's terms: a Comm, a station, a device, a subscriber.
    #[arg(long, value_name = "TEXT")]
    holder: Option<String>,
    /// With this row key, which for ECGrid and AS2Expert is the vendor's number of the certificate.
    #[arg(long, value_name = "TEXT")]
    row_key: Option<String>,
}

impl LookupArgs {
    /// What was meant, as it was typed.
    pub(super) fn text(&self) -> &str {
        let Self {
            what,
            holder,
            row_key,
        } = self;
        let given = what.as_ref().or(holder.as_ref()).or(row_key.as_ref());
        given.map_or("", String::as_str)
    }

    /// Every certificate that is meant, at least one.
    pub(super) fn find(&self, ledger: &Ledger) -> Result<Vec<Record>, CliError> {
        let found = match self {
            Self {
                holder: Some(holder),
                ..
            } => bound_to(ledger, holder)?,
            Self {
                row_key: Some(row_key),
                ..
            } => of_row(ledger, row_key)?,
            Self { what, .. } => find(ledger, what.as_deref().unwrap_or_default())?,
        };
        if found.is_empty() {
            return Err(CliError::NotFound {
                what: format!("no certificate {:?} in the ledger", self.text()),
                hint: "`certwright list` tells what was issued".to_owned(),
            });
        }
        Ok(found)
    }

    /// The one certificate that is meant.
    pub(super) fn find_one(&self, ledger: &Ledger) -> Result<Record, CliError> {
        let mut found = self.find(ledger)?;
        match (found.pop(), found.len()) {
            (Some(one), 0) => Ok(one),
            (_, others) => Err(CliError::usage(
                format!("{} certificates are meant by {:?}", others + 1, self.text()),
                "name one by its SHA-256 fingerprint: `certwright show` tells them",
            )),
        }
    }
}

/// What the text can mean is told by its form. Forty digits may be both a key identifier and a serial number.
fn find(ledger: &Ledger, what: &str) -> Result<Vec<Record>, CliError> {
    if let Some(fingerprint) = digits(what) {
        return ledger
            .find_by_fingerprint(&fingerprint)
            .map_err(record::failed);
    }
    let mut found = match digits(what) {
        Some(key_id) => ledger.find_by_key_id(&key_id).map_err(record::failed)?,
        None => Vec::new(),
    };
    if let Ok(serial) = what.parse::<SerialNumber>() {
        found.extend(
            ledger
                .find_by_serial(None, &serial)
                .map_err(record::failed)?,
        );
        return Ok(found);
    }
    if found.is_empty() {
        found = bound_to(ledger, what)?;
    }
    if found.is_empty() {
        found = of_row(ledger, what)?;
    }
    Ok(found)
}

fn bound_to(ledger: &Ledger, holder: &str) -> Result<Vec<Record>, CliError> {
    let filter = Filter {
        holder: Some(holder.to_owned()),
        limit: u32::MAX,
        ..Filter::default()
    };
    ledger.list(&filter).map_err(record::failed)
}

fn of_row(ledger: &Ledger, row_key: &str) -> Result<Vec<Record>, CliError> {
    ledger.find_by_any_row_key(row_key).map_err(record::failed)
}

/// Exactly `N` octets as hexadecimal digits, with colons or without.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let octets = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    let octets: Vec<u8> = octets.collect::<Option<_>>()?;
    octets.try_into().ok().filter(|_| digits.len() == 2 * N)
}
