//! Values to columns and back.

use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::ledger::error::LedgerError;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};

/// The column form of a serial number: the number of octets, then the magnitude, so that octets sort as numbers do.
pub(super) fn serial_key(serial: &SerialNumber) -> Vec<u8> {
    let magnitude = serial.as_be_bytes();
    let mut key = Vec::with_capacity(magnitude.len() + 1);
    // At most 20 octets: the invariant of SerialNumber.
    key.push(u8::try_from(magnitude.len()).unwrap_or(u8::MAX));
    key.extend_from_slice(magnitude);
    key
}

/// As [`serial_key`], of a number; zero sorts before every serial number.
pub(super) fn serial_key_u64(number: u64) -> Vec<u8> {
    SerialNumber::from_u64(number).map_or_else(|_| vec![0], |serial| serial_key(&serial))
}

pub(super) fn serial_from_key(
    key: &[u8],
    column: &'static str,
) -> Result<SerialNumber, LedgerError> {
    key.split_first()
        .filter(|(length, magnitude)| usize::from(**length) == magnitude.len())
        .and_then(|(_, magnitude)| SerialNumber::from_be_bytes(magnitude).ok())
        .ok_or(LedgerError::Corrupt { column })
}

/// The column form of a time; the invariant of `UnixSeconds` keeps it far below the sign bit.
pub(super) fn seconds(at: UnixSeconds) -> i64 {
    at.seconds().cast_signed()
}

pub(super) fn time(value: i64, column: &'static str) -> Result<UnixSeconds, LedgerError> {
    u64::try_from(value)
        .ok()
        .and_then(|seconds| UnixSeconds::new(seconds).ok())
        .ok_or(LedgerError::Corrupt { column })
}

pub(super) fn validity(
    not_before: i64,
    not_after: i64,
    column: &'static str,
) -> Result<Validity, LedgerError> {
    Validity::new(time(not_before, column)?, time(not_after, column)?)
        .map_err(|_| LedgerError::Corrupt { column })
}

/// A column whose type or length is wrong is damage, not a failure of `SQLite`.
pub(super) fn column<T: FromSql>(
    row: &Row<'_>,
    index: usize,
    column: &'static str,
) -> Result<T, LedgerError> {
    row.get(index).map_err(|_| LedgerError::Corrupt { column })
}
