//! How many certificates there are of each sort, from counts that every change keeps.

use rusqlite::Row;

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::sql;
use crate::time::UnixSeconds;

/// Certificates that are alike in these.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Count {
    /// Under whose rules they were issued.
    pub vendor: String,
    /// The kind of key, `RSA-2048` or `P-256`; `None` for one that has no name here.
    pub key_algorithm: Option<String>,
    /// The month of their end (UTC), as `2027-04`.
    pub month: String,
    /// What they are.
    pub standing: Standing,
    /// How many.
    pub certificates: u64,
}

/// What certificates are at the beginning of a day, or one is at a second.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Standing {
    /// Past their end, and never revoked.
    Expired,
    /// Revoked for the reason `certificateHold`.
    OnHold,
    /// Revoked for good.
    Revoked,
    /// None of these.
    Valid,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Valid, Self::OnHold, Self::Revoked, Self::Expired];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::OnHold => "on-hold",
            Self::Revoked => "revoked",
            Self::Valid => "valid",
        }
    }
}

impl Ledger {
    /// Counts of every certificate, by vendor, key and month of the end. What is past its end is counted by days: one that
    /// ends on the day of `now` (UTC) is still valid.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn stats(&self, now: UnixSeconds) -> Result<Vec<Count>, LedgerError> {
        let today = sql::seconds(now) / SECONDS_A_DAY;
        self.connection
            .prepare_cached(COUNTS)?
            .query_and_then([today], count_of)?
            .collect()
    }
}

fn count_of(row: &Row<'_>) -> Result<Count, LedgerError> {
    let corrupt = |column| LedgerError::Corrupt { column };
    let key_algorithm: String = sql::column(row, 1, "certificate_count.key_algorithm")?;
    let certificates: i64 = sql::column(row, 4, "certificate_count.certificates")?;
    Ok(Count {
        vendor: sql::column(row, 0, "certificate_count.vendor")?,
        key_algorithm: Some(key_algorithm).filter(|name| !name.is_empty()),
        month: sql::column(row, 2, "certificate_count.day")?,
        standing: match sql::column::<i64>(row, 3, "certificate_count.state")? {
            -1 => Standing::Expired,
            0 => Standing::Valid,
            1 => Standing::OnHold,
            2 => Standing::Revoked,
            _ => return Err(corrupt("certificate_count.state")),
        },
        certificates: u64::try_from(certificates)
            .map_err(|_| corrupt("certificate_count.certificates"))?,
    })
}

pub(super) const SECONDS_A_DAY: i64 = 86_400;

/// Reads the counts, not the certificates: a row for each day on which one ends, vendor, key and state.
pub(super) const COUNTS: &str =
    "SELECT vendor, key_algorithm, strftime('%Y-%m', day * 86400, 'unixepoch') AS month,
        CASE WHEN state = 0 AND day < ?1 THEN -1 ELSE state END AS standing, sum(certificates)
    FROM certificate_count WHERE certificates > 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";
