//! Whether the log can be believed, and whether it and the certificates tell the same.

use std::collections::BTreeMap;

use super::{
    AuditEntry, AuditFilter, AuditHead, AuditKind, began_text, cut, head, last_before, origin,
};
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::record::CertificateId;
use crate::ledger::revocation::fact_of;
use crate::ledger::sql;

/// What was found when a log was read from its beginning.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditReport {
    /// Entries that are there.
    pub entries: u64,
    /// Where the log says that it ends.
    pub head: AuditHead,
    /// What is wrong, in the order of the entries; at most [`MAX_FAULTS`]. Empty when nothing is.
    pub faults: Vec<AuditFault>,
}

/// Something that does not fit.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// The entry, or the one before it, is not what it was.
    #[error("entry {number} was changed, or the one before it was")]
    Changed {
        /// The entry whose hash does not follow.
        number: u64,
    },
    /// The log does not end where it says.
    #[error("the log ends with entry {found}, and should end with {expected}")]
    End {
        /// Number and hash of the last entry that is there.
        found: AuditHead,
        /// What `meta` says.
        expected: AuditHead,
    },
    /// The certificate of an entry is not in the ledger, or not as it was.
    #[error("entry {number} tells of certificate {}, which is {what}", .certificate.get())]
    OtherCertificate {
        /// The entry.
        number: u64,
        /// The certificate.
        certificate: CertificateId,
        /// What is the matter with it.
        what: &'static str,
    },
    /// A head that was kept elsewhere is not part of this log.
    #[error(
        "the log has not the head {kept} that was kept: it was rewritten, cut off, or is another's"
    )]
    OtherHead {
        /// The head.
        kept: AuditHead,
    },
    /// A certificate's revocation is not what its last entry says.
    #[error("the revocation of certificate {} is not what entry {number} says", .certificate.get())]
    OtherRevocation {
        /// The certificate's last entry about a revocation, 0 when there is none.
        number: u64,
        /// The certificate.
        certificate: CertificateId,
    },
    /// Entries are missing, or not in their place.
    #[error("entry {found} stands where {expected} should: entries were removed or moved")]
    Sequence {
        /// The number that was found.
        found: u64,
        /// The number that follows from the entry before.
        expected: u64,
    },
    /// An entry that cannot be read.
    #[error("entry after {after} cannot be read: {reason}")]
    Unreadable {
        /// The last entry before it.
        after: u64,
        /// Why.
        reason: String,
    },
    /// A certificate that no entry tells of.
    #[error("certificate {} is in the ledger, and no entry tells of it", .certificate.get())]
    Untold {
        /// The certificate.
        certificate: CertificateId,
    },
}

impl Ledger {
    /// Reads the whole log: that every hash follows from the one before, that it ends where it should, that `kept` (a head
    /// that was written down elsewhere) is part of it, and that log and certificates tell the same: every certificate
    /// since the log began has its entry, is what the entry says, octet for octet, and is revoked when the log says so.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`] when the file cannot be read; what does not fit is in the report.
    pub fn verify_audit(&self, kept: Option<&AuditHead>) -> Result<AuditReport, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let mut reader = Reader::new(self, kept)?;
        reader.entries()?;
        reader.certificates(i64::MAX)?;
        reader.revocations()?;
        drop(snapshot);
        let Reader {
            entries,
            head,
            faults,
            ..
        } = reader;
        Ok(AuditReport {
            entries,
            head,
            faults,
        })
    }
}

/// A log that is being read.
struct Reader<'a> {
    ledger: &'a Ledger,
    kept: Option<&'a AuditHead>,
    /// Where the log says that it ends.
    head: AuditHead,
    /// The last certificate that was recorded before the log began.
    before: i64,
    entries: u64,
    /// The last entry that was read.
    last: AuditHead,
    /// Entries whose certificates are still to be looked at: number, certificate, fingerprint.
    brought: Vec<(u64, i64, Option<[u8; 32]>)>,
    /// The last certificate that was looked at.
    looked_at: i64,
    /// By certificate, the last entry about its revocation: number, and what it says, `None` for a release.
    revoked: BTreeMap<i64, (u64, Option<String>)>,
    faults: Vec<AuditFault>,
}

impl<'a> Reader<'a> {
    fn new(ledger: &'a Ledger, kept: Option<&'a AuditHead>) -> Result<Self, LedgerError> {
        let before = last_before(&ledger.connection)?;
        Ok(Self {
            ledger,
            kept,
            head: head(&ledger.connection)?,
            before,
            entries: 0,
            last: AuditHead {
                number: 0,
                hash: origin(),
            },
            brought: Vec::new(),
            looked_at: before,
            revoked: BTreeMap::new(),
            faults: Vec::new(),
        })
    }

    fn fault(&mut self, fault: AuditFault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    fn entries(&mut self) -> Result<(), LedgerError> {
        let filter = |after| AuditFilter { after, limit: PAGE };
        loop {
            let page = match self.ledger.audit(&filter(self.last.number)) {
                Ok(page) => page,
                Err(LedgerError::Corrupt { column }) => {
                    self.unreadable(column)?;
                    break;
                }
                Err(error) => return Err(error),
            };
            for entry in &page {
                self.entry(entry);
            }
            let up_to = self.brought.last().map(|(_, id, _)| *id);
            self.certificates(up_to.unwrap_or(self.looked_at))?;
            if page.is_empty() {
                break;
            }
        }
        if let Some(kept) = self.kept.filter(|kept| kept.number > self.last.number) {
            self.fault(AuditFault::OtherHead { kept: *kept });
        }
        if self.last != self.head {
            self.fault(AuditFault::End {
                found: self.last,
                expected: self.head,
            });
        }
        Ok(())
    }

    /// Goes on to the entry that cannot be read, one at a time, to tell where it is.
    fn unreadable(&mut self, column: &'static str) -> Result<(), LedgerError> {
        loop {
            let after = self.last.number;
            match self.ledger.audit(&AuditFilter { after, limit: 1 }) {
                Ok(one) if !one.is_empty() => one.iter().for_each(|entry| self.entry(entry)),
                Ok(_) | Err(LedgerError::Corrupt { .. }) => {
                    let reason = LedgerError::Corrupt { column }.to_string();
                    self.fault(AuditFault::Unreadable { after, reason });
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn entry(&mut self, entry: &AuditEntry) {
        let expected = self.last.number.saturating_add(1);
        if entry.number != expected {
            self.fault(AuditFault::Sequence {
                found: entry.number,
                expected,
            });
        }
        let begins = entry.number == 1;
        let right_begin = entry.kind == AuditKind::Began && entry.text == began_text(self.before);
        if entry.hash_after(&self.last.hash) != entry.hash
            || begins != (entry.kind == AuditKind::Began)
            || (begins && !right_begin)
        {
            self.fault(AuditFault::Changed {
                number: entry.number,
            });
        }
        self.entries = self.entries.saturating_add(1);
        self.last = AuditHead {
            number: entry.number,
            hash: entry.hash,
        };
        if let Some(kept) = self.kept
            && kept.number == entry.number
            && kept.hash != entry.hash
        {
            self.fault(AuditFault::OtherHead { kept: *kept });
        }
        let Some(certificate) = entry.certificate.map(CertificateId::get) else {
            return;
        };
        if entry.kind.brings_certificate() {
            self.brought.push((entry.number, certificate, entry.sha256));
        }
        let said = match entry.kind {
            AuditKind::Revoked => Some(entry.text.clone()),
            AuditKind::Released => None,
            _ => return,
        };
        self.revoked.insert(certificate, (entry.number, said));
    }

    /// Compares the certificates after the last one that was looked at, up to `up_to`, with what was brought.
    fn certificates(&mut self, up_to: i64) -> Result<(), LedgerError> {
        let mut brought = std::mem::take(&mut self.brought).into_iter().peekable();
        let ledger = self.ledger;
        let mut statement = ledger.connection.prepare_cached(CERTIFICATES)?;
        let mut rows = statement.query([self.looked_at, up_to])?;
        while let Some(row) = rows.next()? {
            let id: i64 = sql::column(row, 0, "certificate.id")?;
            while let Some((number, absent, _)) = brought.next_if(|(_, other, _)| *other < id) {
                self.other(number, absent, "not there");
            }
            match brought.next_if(|(_, other, _)| *other == id) {
                None => self.fault(AuditFault::Untold {
                    certificate: CertificateId::from_row(id),
                }),
                Some((number, _, fingerprint)) => {
                    let kept: Option<Vec<u8>> = sql::column(row, 1, "certificate.fingerprint")?;
                    let der: Option<Vec<u8>> = sql::column(row, 2, "certificate_der.der")?;
                    let found = der.map(|der| super::sha256(&der));
                    if found.is_none()
                        || found != fingerprint
                        || kept.as_deref() != fingerprint.as_ref().map(<[u8; 32]>::as_slice)
                    {
                        self.other(number, id, "another than it was");
                    }
                }
            }
        }
        for (number, absent, _) in brought {
            self.other(number, absent, "not there");
        }
        self.looked_at = self.looked_at.max(up_to);
        Ok(())
    }

    fn other(&mut self, number: u64, certificate: i64, what: &'static str) {
        self.fault(AuditFault::OtherCertificate {
            number,
            certificate: CertificateId::from_row(certificate),
            what,
        });
    }

    fn revocations(&mut self) -> Result<(), LedgerError> {
        let ledger = self.ledger;
        let mut said = std::mem::take(&mut self.revoked);
        let mut statement = ledger.connection.prepare_cached(REVOCATIONS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = sql::column(row, 0, "revocation.certificate_id")?;
            let certificate = CertificateId::from_row(id);
            let found =
                fact_of(row, 1)?.map(|fact| cut(&fact.to_note(certificate).text).to_owned());
            let (number, expected) = match said.remove(&id) {
                None if id <= self.before => continue,
                None => (0, None),
                Some(entry) => entry,
            };
            if found != expected {
                self.fault(AuditFault::OtherRevocation {
                    number,
                    certificate,
                });
            }
        }
        let still = said.into_iter().filter(|(_, (_, said))| said.is_some());
        for (id, (number, _)) in still {
            self.fault(AuditFault::OtherRevocation {
                number,
                certificate: CertificateId::from_row(id),
            });
        }
        Ok(())
    }
}

/// So many faults are told.
pub const MAX_FAULTS: usize = 100;

const PAGE: u32 = 1000;

const CERTIFICATES: &str = "SELECT c.id, c.fingerprint, d.der FROM certificate c
    LEFT JOIN certificate_der d ON d.certificate_id = c.id WHERE c.id > ?1 AND c.id <= ?2 ORDER BY c.id";

const REVOCATIONS: &str =
    "SELECT certificate_id, at, reason, revoked_by, note FROM revocation ORDER BY certificate_id";
