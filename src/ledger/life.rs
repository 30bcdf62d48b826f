//! The life of a CA: it comes in, is renewed, issues for its family or no more.

use rusqlite::params;

use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::error::LedgerError;
use crate::ledger::issuer;
use crate::ledger::issuer::{IssuerId, NewIssuer};
use crate::ledger::new::NewCertificate;
use crate::ledger::record::Recorder;
use crate::ledger::sql;
use crate::ledger::{Ledger, SET_META};
use crate::time::UnixSeconds;

/// An issuer and all that comes in with it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who add")]
pub struct NewGeneration<'a> {
    /// The issuer.
    pub issuer: NewIssuer,
    /// The issuer in whose place it stands, of the same CA.
    pub renews: Option<IssuerId>,
    /// CA certificates that are kept with it.
    pub beside: Vec<Beside>,
    /// Certificates that were issued for it; an issuer that is `None` is the new one itself.
    pub issued: Vec<NewCertificate<'a>>,
    /// The key in the meta table, and the value, that say that it issues from now on.
    pub current: Option<(&'static str, String)>,
}

/// A CA certificate that is kept with an issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who add")]
pub struct Beside {
    /// What it is to the issuer.
    pub kind: BesideKind,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// What a CA certificate is to an issuer that it is kept with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum BesideKind {
    /// It stands above the issuer, and is no issuer of this ledger.
    Above,
    /// The issuer's key, certified by the key before (RFC 4210 §4.4).
    NewWithOld,
    /// The key before, certified by the issuer's key (RFC 4210 §4.4).
    OldWithNew,
}

impl BesideKind {
    const ALL: [Self; 3] = [Self::Above, Self::NewWithOld, Self::OldWithNew];

    /// The word for it in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::NewWithOld => "new-with-old",
            Self::OldWithNew => "old-with-new",
        }
    }
}

impl Ledger {
    /// Makes an issuer known with all that comes with it, on disk before this returns; all of it or nothing.
    ///
    /// # Errors
    /// As [`Ledger::add_issuer`], [`LedgerError::Conflict`] for a certificate whose serial number is taken, and
    /// [`LedgerError::UnknownIssuer`] for one to renew that is not there.
    pub fn add_generation(&mut self, new: &NewGeneration<'_>) -> Result<IssuerId, LedgerError> {
        let NewGeneration {
            issuer,
            renews,
            beside,
            issued,
            current,
        } = new;
        let transaction = self.begin()?;
        let id = issuer::insert(&transaction, issuer)?;
        if let Some(before) = renews {
            issuer::authority(&transaction, *before)?;
            transaction.execute(RENEWS, [id.get(), before.get()])?;
        }
        for (position, Beside { kind, der }) in beside.iter().enumerate() {
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            let row = params![id.get(), kind.as_str(), position, der];
            transaction.execute(INSERT_BESIDE, row)?;
        }
        let mut notes = vec![issuer.to_note()];
        let mut rows = issued.clone();
        for row in &mut rows {
            row.issuer.get_or_insert(id);
        }
        let mut recorder = Recorder::new(&transaction)?;
        let outcomes = recorder.record_all(&rows)?;
        for outcome in &outcomes {
            outcome
                .as_ref()
                .map_err(|conflict| LedgerError::Conflict(conflict.clone()))?;
        }
        notes.extend(recorder.finish()?);
        if let Some((key, value)) = current {
            transaction.execute(SET_META, [*key, value])?;
            notes.push(AuditNote {
                kind: AuditKind::AuthorityChanged,
                text: format!("{key} is {value}"),
                ..issuer.to_note()
            });
        }
        audit::append(&transaction, &notes)?;
        transaction.commit()?;
        self.presence.get_mut().note(&rows, &outcomes);
        Ok(id)
    }

    /// The CA certificates that are kept with an issuer, those above it nearest first.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn beside(&self, issuer: IssuerId) -> Result<Vec<Beside>, LedgerError> {
        let mut select = self.connection.prepare_cached(SELECT_BESIDE)?;
        let rows = select.query_and_then([issuer.get()], |row| {
            let word: String = sql::column(row, 0, "issuer_certificate.kind")?;
            let kind = BesideKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == word);
            Ok(Beside {
                kind: kind.ok_or(LedgerError::Corrupt {
                    column: "issuer_certificate.kind",
                })?,
                der: sql::column(row, 1, "issuer_certificate.der")?,
            })
        })?;
        rows.collect()
    }

    /// Keeps that issuers issue no more; what `keys` of the meta table say goes. All of it or nothing.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn retire_issuers(
        &mut self,
        issuers: &[IssuerId],
        keys: &[&str],
        note: &AuditNote,
    ) -> Result<(), LedgerError> {
        let transaction = self.begin()?;
        for issuer in issuers {
            transaction.execute(RETIRE, params![issuer.get(), sql::seconds(note.at)])?;
        }
        for key in keys {
            transaction.execute("DELETE FROM meta WHERE key = ?1", [key])?;
        }
        audit::append(&transaction, std::slice::from_ref(note))?;
        Ok(transaction.commit()?)
    }

    /// Keeps which CA issues for a family, and says so in the audit log.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn set_current(
        &mut self,
        key: &str,
        name: &str,
        at: UnixSeconds,
    ) -> Result<(), LedgerError> {
        let note = AuditNote {
            at,
            kind: AuditKind::AuthorityChanged,
            certificate: None,
            sha256: None,
            text: format!("{key} is {name}"),
        };
        let transaction = self.begin()?;
        transaction.execute(SET_META, [key, name])?;
        audit::append(&transaction, &[note])?;
        Ok(transaction.commit()?)
    }
}

const RENEWS: &str = "UPDATE issuer SET renews = ?2 WHERE id = ?1";

const RETIRE: &str = "UPDATE issuer SET retired_at = ?2 WHERE id = ?1 AND retired_at IS NULL";

const INSERT_BESIDE: &str =
    "INSERT INTO issuer_certificate (issuer_id, kind, position, der) VALUES (?1, ?2, ?3, ?4)";

const SELECT_BESIDE: &str =
    "SELECT kind, der FROM issuer_certificate WHERE issuer_id = ?1 ORDER BY kind, position";
