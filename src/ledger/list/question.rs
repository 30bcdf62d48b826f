//! The SQL of a list: which index leads, and what is asked of each certificate that it finds.

use rusqlite::types::Value;

use crate::ledger::list::{Filter, StatusFilter, Succession};
use crate::ledger::query::{BY_HOLDER_TABLES, EPOCHS};
use crate::ledger::record::{DER_JOINS, RECORD_COLUMNS};
use crate::ledger::sql;

/// Which table or index leads, and so the order.
#[derive(Clone, Copy, Debug)]
enum Lead {
    Expiry { vendor: bool },
    Hold,
    Holder,
    Id,
    Issue { vendor: bool },
    Revocation,
    Serial,
    Words,
}

/// A question in the making: parameters are numbered in the order in which they are pushed.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Query {
    lead: Lead,
    /// From the end, not from the start.
    backwards: bool,
    conditions: Vec<String>,
    pub(in crate::ledger) params: Vec<Value>,
}

impl Filter {
    /// The questions whose answers, one after the other, are the page: from a position on first the rest of its equals.
    pub(in crate::ledger) fn pages(&self) -> Vec<Query> {
        let mut query = self.query(self.lead());
        query.backwards = self.before.is_some();
        let (from, beyond) = match self.before {
            Some(before) => (Some(before), "<"),
            None => (self.after, ">"),
        };
        if let Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_)) = self.status {
            query.conditions.push(NOT_REVOKED.to_owned());
        }
        let column = match query.lead {
            Lead::Expiry { .. } => "c.not_after",
            Lead::Issue { .. } => "c.issued_at",
            Lead::Hold
            | Lead::Holder
            | Lead::Id
            | Lead::Revocation
            | Lead::Serial
            | Lead::Words => {
                query.push_start(beyond, from.map_or(0, |from| from.id));
                return vec![query];
            }
        };
        let Some(from) = from else {
            return vec![query];
        };
        let at = match query.lead {
            Lead::Expiry { .. } => from.not_after,
            _ => from.issued_at,
        };
        let mut equals = query.clone();
        equals.push(&format!("{column} = ?"), at);
        equals.push(&format!("c.id {beyond} ?"), from.id);
        query.push(&format!("{column} {beyond} ?"), at);
        vec![equals, query]
    }

    /// What to count, and what to take away from it: counting the revoked apart spares a look at every certificate.
    pub(in crate::ledger) fn counts(&self) -> (Query, Option<Query>) {
        let mut all = self.query(self.lead());
        if !matches!(
            self.status,
            Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_))
        ) {
            return (all, None);
        }
        if matches!(all.lead, Lead::Holder | Lead::Serial | Lead::Words) {
            all.conditions.push(NOT_REVOKED.to_owned());
            return (all, None);
        }
        (all, Some(self.query(Lead::Revocation)))
    }

    fn lead(&self) -> Lead {
        let vendor = self.vendor.is_some();
        match (self.status, &self.not_after) {
            _ if self.serial.is_some() => Lead::Serial,
            _ if self.holder.is_some() => Lead::Holder,
            _ if self.subject.is_some() => Lead::Words,
            (Some(StatusFilter::OnHold), _) => Lead::Hold,
            (Some(StatusFilter::Revoked), _) => Lead::Revocation,
            (Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_)), _) | (_, Some(_)) => {
                Lead::Expiry { vendor }
            }
            _ if vendor || self.issued_at.is_some() => Lead::Issue { vendor },
            _ => Lead::Id,
        }
    }

    /// Every condition but the one that a certificate is not revoked.
    fn query(&self, lead: Lead) -> Query {
        let mut query = Query {
            lead,
            backwards: false,
            conditions: Vec::new(),
            params: Vec::new(),
        };
        let Self {
            serial,
            vendor,
            holder,
            subject,
            status,
            not_after,
            issued_at,
            succession,
            after: _,
            before: _,
            limit: _,
        } = self;
        if let Some(serial) = serial {
            query.push("c.serial = ?", sql::serial_key(serial));
        }
        if let Some(holder) = holder {
            query.push("c.holder = ?", holder.clone());
        }
        if let Some(vendor) = vendor {
            query.push("c.vendor = ?", vendor.clone());
        }
        match status {
            Some(StatusFilter::ExpiredAt(now)) => query.push("c.not_after < ?", sql::seconds(*now)),
            Some(StatusFilter::ValidAt(now)) => query.push("c.not_after >= ?", sql::seconds(*now)),
            Some(StatusFilter::OnHold) => query.push_revoked("= 6"),
            Some(StatusFilter::Revoked) => query.push_revoked("<> 6"),
            None => {}
        }
        for (column, range) in [("c.not_after", not_after), ("c.issued_at", issued_at)] {
            if let Some(range) = range {
                query.push(&format!("{column} >= ?"), sql::seconds(*range.start()));
                query.push(&format!("{column} <= ?"), sql::seconds(*range.end()));
            }
        }
        if let Some(text) = subject {
            match lead {
                Lead::Words => query.push("subject_words MATCH ?", text.to_match()),
                _ => query.push(WORDS, text.to_match()),
            }
            // The words are there; whether they stand as in the text, the text tells. lower() folds ASCII only.
            query.push("instr(lower(c.subject_text), ?) > 0", text.part.clone());
        }
        if matches!(succession, Succession::Missing) {
            query.conditions.push(UNREPLACED.to_owned());
        }
        query
    }
}

impl Query {
    /// Adds a condition in which a question mark stands for `value`.
    fn push(&mut self, condition: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        let parameter = format!("?{}", self.params.len());
        self.conditions.push(condition.replace('?', &parameter));
    }

    /// That it is revoked, and for which reason.
    fn push_revoked(&mut self, reason: &str) {
        self.conditions.push(match self.lead {
            Lead::Hold | Lead::Revocation => format!("r.reason {reason}"),
            _ => format!("EXISTS ({REVOKED} AND x.reason {reason})"),
        });
    }

    /// Starts beyond an id.
    fn push_start(&mut self, beyond: &str, id: i64) {
        let column = match self.lead {
            Lead::Hold | Lead::Revocation => "r.certificate_id",
            Lead::Words => "subject_words.rowid",
            _ => "c.id",
        };
        self.push(&format!("{column} {beyond} ?"), id);
    }

    pub(in crate::ledger) fn select_records(&self) -> String {
        let columns: &[&str] = match self.lead {
            Lead::Expiry { .. } => &["c.not_after", "c.id"],
            Lead::Issue { .. } => &["c.issued_at", "c.id"],
            Lead::Holder | Lead::Id | Lead::Serial => &["c.id"],
            Lead::Hold | Lead::Revocation => &["r.certificate_id"],
            Lead::Words => &["subject_words.rowid"],
        };
        let order = match self.backwards {
            true => format!("{} DESC", columns.join(" DESC, ")),
            false => columns.join(", "),
        };
        let revocation = match self.lead {
            Lead::Hold | Lead::Revocation => "",
            _ => "LEFT JOIN revocation r ON r.certificate_id = c.id",
        };
        format!(
            "{} SELECT {RECORD_COLUMNS} FROM {} {DER_JOINS} {revocation} {} ORDER BY {order} LIMIT ?{}",
            self.with(),
            self.tables(),
            self.condition(),
            self.params.len() + 1
        )
    }

    pub(in crate::ledger) fn select_count(&self) -> String {
        format!(
            "{} SELECT count(*) FROM {} {}",
            self.with(),
            self.tables(),
            self.condition()
        )
    }

    fn with(&self) -> &'static str {
        match self.lead {
            Lead::Holder => EPOCHS,
            _ => "",
        }
    }

    fn condition(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    /// `INDEXED BY` makes a plan that would read every row an error, not a slow answer.
    fn tables(&self) -> &'static str {
        match self.lead {
            Lead::Expiry { vendor: false } => "certificate c INDEXED BY certificate_not_after",
            Lead::Expiry { vendor: true } => {
                "certificate c INDEXED BY certificate_vendor_not_after"
            }
            Lead::Holder => BY_HOLDER_TABLES,
            Lead::Id => "certificate c",
            Lead::Issue { vendor: false } => "certificate c INDEXED BY certificate_issued_at",
            Lead::Issue { vendor: true } => "certificate c INDEXED BY certificate_vendor_issued_at",
            Lead::Hold => {
                "revocation r INDEXED BY revocation_hold CROSS JOIN certificate c ON c.id = r.certificate_id"
            }
            Lead::Revocation => "revocation r CROSS JOIN certificate c ON c.id = r.certificate_id",
            Lead::Serial => "certificate c INDEXED BY certificate_serial",
            Lead::Words => "subject_words CROSS JOIN certificate c ON c.id = subject_words.rowid",
        }
    }
}

const NOT_REVOKED: &str = "NOT EXISTS (SELECT 1 FROM revocation x WHERE x.certificate_id = c.id)";

const REVOKED: &str = "SELECT 1 FROM revocation x WHERE x.certificate_id = c.id";

const WORDS: &str =
    "EXISTS (SELECT 1 FROM subject_words w WHERE w.subject_words MATCH ? AND w.rowid = c.id)";

/// A rollover's next one lasts longer; one that was revoked replaces nothing.
const UNREPLACED: &str = "NOT EXISTS (SELECT 1 FROM certificate s WHERE s.supersedes = c.id
    AND s.not_after > c.not_after AND NOT EXISTS (SELECT 1 FROM revocation y WHERE y.certificate_id = s.id))";
