//! Certificates as rows of text, CSV or JSON: of text a page at a time, of the others each as soon as it is known.

use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::record;
use crate::cli::view::hex;
use crate::ledger::{Filter, Ledger, Record};
use crate::time::UnixSeconds;

use columns::Columns;

mod columns;

/// Rows in one of the three forms.
pub(super) struct Table<'a, 'b> {
    console: &'a mut Console<'b>,
    csv: bool,
    text: Columns,
    now: UnixSeconds,
    rows: u64,
    limit: u64,
}

impl<'a, 'b> Table<'a, 'b> {
    /// Begins a table of at most `limit` rows, all without one; what they are is said for `now`.
    pub(super) fn begin(
        console: &'a mut Console<'b>,
        csv: bool,
        limit: Option<u64>,
        now: UnixSeconds,
    ) -> Result<Self, CliError> {
        let mut table = Self {
            console,
            csv,
            text: Columns::new(),
            now,
            rows: 0,
            limit: limit.unwrap_or(u64::MAX),
        };
        if table.console.is_json() {
            table.console.octets(b"[")?;
        } else if csv {
            table.csv_line(COLUMNS)?;
        }
        Ok(table)
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= self.limit
    }

    /// Adds what a filter finds, page by page, so that a ledger of any length is listed in little memory.
    pub(super) fn pages(&mut self, ledger: &Ledger, mut filter: Filter) -> Result<(), CliError> {
        // Who asks for a few is not made to wait for a page.
        filter.limit = u32::try_from(self.limit).unwrap_or(PAGE).min(PAGE);
        while !self.is_full() {
            let page = ledger.list(&filter).map_err(record::failed)?;
            for record in &page {
                if self.is_full() {
                    return Ok(());
                }
                self.row(record)?;
            }
            let full = u32::try_from(page.len()).is_ok_and(|found| found == filter.limit);
            match page.last() {
                Some(last) if full => filter.after = Some(last.position()),
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    pub(super) fn row(&mut self, record: &Record) -> Result<(), CliError> {
        let first = self.rows == 0;
        self.rows += 1;
        if self.console.is_json() {
            self.console.octets(if first { b"\n" } else { b",\n" })?;
            return self.console.compact(&record::fields(record, self.now));
        }
        let status = record.standing_at(self.now).as_str();
        if self.csv {
            return self.csv_line(&[
                &record.serial.to_string(),
                &record.serial.to_hex(),
                &record.vendor,
                record.holder.as_deref().unwrap_or_default(),
                status,
                &record.subject_text,
                &record.validity.not_before().to_string(),
                &record.validity.not_after().to_string(),
                &record.issued_at.to_string(),
                &hex(&record.fingerprint),
            ]);
        }
        self.text.hold([
            record.serial.to_string(),
            status.to_owned(),
            record.validity.not_after().to_string(),
            record.holder.as_deref().unwrap_or("-").to_owned(),
            record.subject_text.clone(),
        ]);
        match self.text.is_full() {
            true => self.lines(),
            false => Ok(()),
        }
    }

    /// Writes the lines that were held back.
    fn lines(&mut self) -> Result<(), CliError> {
        let mut lines = self.text.take().into_iter();
        lines.try_for_each(|line| self.console.line(format_args!("{line}")))
    }

    pub(super) fn end(mut self) -> Result<(), CliError> {
        if self.console.is_json() {
            return self.console.octets(b"\n]\n");
        }
        match self.csv {
            true => Ok(()),
            false => self.lines(),
        }
    }

    fn csv_line(&mut self, cells: &[&str]) -> Result<(), CliError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(cells)
            .map_err(|error| CliError::failed("write CSV", error))?;
        let octets = writer
            .into_inner()
            .map_err(|error| CliError::failed("write CSV", error.to_string()))?;
        self.console.octets(&octets)
    }
}

/// Certificates of one page.
const PAGE: u32 = 1000;

const COLUMNS: &[&str] = &[
    "serialNumber",
    "serialNumberHex",
    "vendor",
    "holder",
    "status",
    "subject",
    "notBefore",
    "notAfter",
    "issuedAt",
    "sha256Fingerprint",
];
