//! Copies of a ledger, and how one goes on where another was lost.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};

use crate::ledger::audit;
use crate::ledger::audit::AuditNote;
use crate::ledger::error::LedgerError;
use crate::ledger::{Ledger, schema};

/// How many numbers are left out, since a ledger that was lost may have given them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who restore"
)]
pub struct Gap {
    /// Serial numbers of each issuer's sequence. Those that are drawn at random need no gap.
    pub serials: u32,
    /// CRL numbers of each issuer.
    pub crl_numbers: u32,
    /// Numbers of vendors' certificates, such as `CertKeyID`.
    pub key_ids: u32,
}

impl Default for Gap {
    /// A million serial numbers, ten thousand CRLs, ten thousand numbers.
    fn default() -> Self {
        Self {
            serials: 1_000_000,
            crl_numbers: 10_000,
            key_ids: 10_000,
        }
    }
}

impl Ledger {
    /// Writes a copy of what is committed now, as one moment of it, into a new file of mode 0600; others may go on
    /// writing to this one meanwhile.
    ///
    /// # Errors
    /// [`LedgerError::Open`] when the file cannot be made, [`LedgerError::DiskFull`], [`LedgerError::Sqlite`].
    pub fn copy_to(&self, path: &Path) -> Result<(), LedgerError> {
        let mut copy = schema::create_copy(path)?;
        // All pages in one step are read in one transaction: another process's commits cannot make it begin anew.
        let step = Backup::new(&self.connection, &mut copy)?.step(-1)?;
        if step != StepResult::Done {
            return Err(LedgerError::Busy {
                waited: self.busy_timeout,
            });
        }
        // One file is handed on, without a log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.close().map_err(|(_, error)| error.into())
    }

    /// What `SQLite` finds wrong with the file; empty when nothing is. Reads all of it.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn integrity_faults(&self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
        let found = statement.query_map([], |row| row.get(0))?;
        let found: Vec<String> = found.collect::<Result<_, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Leaves out numbers in every sequence, and adds the note that says so; both or neither.
    ///
    /// # Errors
    /// [`LedgerError::SerialsEnded`], [`LedgerError::CrlNumbersEnded`], and as [`Ledger::set_meta`].
    pub fn skip(&mut self, gap: &Gap, note: &AuditNote) -> Result<(), LedgerError> {
        let transaction = self.begin()?;
        let next: (Option<i64>, Option<i64>) =
            transaction.query_row(HIGHEST, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let fits = |next: Option<i64>, gap: u32| {
            let next = next.unwrap_or_default();
            next.checked_add(i64::from(gap)).is_some()
        };
        if !fits(next.0, gap.serials) {
            return Err(LedgerError::SerialsEnded);
        }
        if !fits(next.1, gap.crl_numbers) {
            return Err(LedgerError::CrlNumbersEnded);
        }
        transaction.execute(SKIP, [gap.serials, gap.crl_numbers])?;
        audit::append(&transaction, std::slice::from_ref(note))?;
        Ok(transaction.commit()?)
    }

    /// Adds to a number that is kept under `key`, if there is one.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] when it is no number or would pass 2^31 - 1, and as [`Ledger::set_meta`].
    pub fn add_to_meta(&mut self, key: &str, gap: u32) -> Result<(), LedgerError> {
        let Some(text) = self.meta(key)? else {
            return Ok(());
        };
        let number = text.parse::<i32>().ok();
        let number = number.and_then(|number| number.checked_add_unsigned(gap));
        let number = number.ok_or(LedgerError::Corrupt {
            column: "meta.value",
        })?;
        self.set_meta(key, &number.to_string())
    }
}

const HIGHEST: &str = "SELECT max(next_serial), max(next_crl_number) FROM authority";

const SKIP: &str =
    "UPDATE authority SET next_serial = next_serial + ?1, next_crl_number = next_crl_number + ?2";
