//! CAs as the ledger has them: generations, chains, links.

use super::{CA_FOLDER, CertificateAuthority, KEY_FILE, RootLinks, family};
use crate::cert::Certificate;
use crate::issuer::IssuerName;
use crate::ledger::{BesideKind, Issuer, IssuerId, Ledger};
use crate::workspace::{Workspace, WorkspaceError};

/// A row, with its certificates read.
struct Known {
    issuer: Issuer,
    certificate: Certificate,
    above: Vec<Certificate>,
    new_with_old: Option<Certificate>,
    old_with_new: Option<Certificate>,
}

/// All rows.
struct All(Vec<Known>);

impl Workspace {
    /// The CAs that the ledger knows, each with its chain.
    pub(in crate::workspace) fn read_authorities(
        &self,
    ) -> Result<Vec<CertificateAuthority>, WorkspaceError> {
        let issuers = self.ledger.issuers()?.into_iter();
        let known = issuers.map(|issuer| Known::read(&self.ledger, issuer));
        let all = All(known.collect::<Result<_, _>>()?);
        let authority = |known: &Known| {
            let (first, generation) = all.first(known);
            let chain = all.chain(known);
            let above = chain.get(1..).unwrap_or_default();
            Ok(CertificateAuthority {
                id: known.issuer.id,
                ca: first.issuer.name.clone(),
                generation,
                is_newest: all.next(known).is_none(),
                parent: known.issuer.parent,
                new_with_old: known.new_with_old.clone(),
                old_with_new: known.old_with_new.clone(),
                links: all.links(all.top(known)),
                issuer_name: IssuerName::of_chain(&known.certificate, above)
                    .map_err(WorkspaceError::Issuer)?,
                family: family(&known.certificate)?,
                retired_at: known.issuer.retired_at,
                passphrase: self.passphrase(),
                key_path: self
                    .dir
                    .join(CA_FOLDER)
                    .join(&known.issuer.name)
                    .join(KEY_FILE),
                certificate: known.certificate.clone(),
                chain,
            })
        };
        all.0.iter().map(authority).collect()
    }
}

impl Known {
    fn read(ledger: &Ledger, issuer: Issuer) -> Result<Self, WorkspaceError> {
        let read = |der: &[u8]| {
            Certificate::from_der(der).map_err(|source| WorkspaceError::Certificate {
                name: issuer.name.clone(),
                source,
            })
        };
        let certificate = read(&issuer.certificate)?;
        let mut above = Vec::new();
        let (mut new_with_old, mut old_with_new) = (None, None);
        for beside in ledger.beside(issuer.id)? {
            let certificate = read(&beside.der)?;
            match beside.kind {
                BesideKind::NewWithOld => new_with_old = Some(certificate),
                BesideKind::OldWithNew => old_with_new = Some(certificate),
                BesideKind::Above => above.push(certificate),
            }
        }
        Ok(Self {
            issuer,
            certificate,
            above,
            new_with_old,
            old_with_new,
        })
    }

    fn has_key_of(&self, other: &Self) -> bool {
        self.certificate.public_key() == other.certificate.public_key()
    }
}

impl All {
    fn row(&self, id: IssuerId) -> Option<&Known> {
        self.0.iter().find(|known| known.issuer.id == id)
    }

    /// The generation before.
    fn before(&self, known: &Known) -> Option<&Known> {
        known.issuer.renews.and_then(|id| self.row(id))
    }

    /// The generation after.
    fn next(&self, known: &Known) -> Option<&Known> {
        let id = known.issuer.id;
        self.0.iter().find(|other| other.issuer.renews == Some(id))
    }

    /// Rows one after the other. What a row refers to was added before it, so there is an end; the count guards against a
    /// ledger that lies.
    fn walk<'a>(
        &'a self,
        from: &'a Known,
        step: impl Fn(&'a Known) -> Option<&'a Known>,
    ) -> impl Iterator<Item = &'a Known> {
        std::iter::successors(Some(from), move |known| step(known)).take(self.0.len())
    }

    /// The first generation, and which one this is, from 1.
    fn first<'a>(&'a self, known: &'a Known) -> (&'a Known, u32) {
        let generations = self.walk(known, |known| self.before(known));
        generations.fold((known, 0), |(_, count), known| (known, count + 1))
    }

    fn parent(&self, known: &Known) -> Option<&Known> {
        known.issuer.parent.and_then(|id| self.row(id))
    }

    /// The row at the top of the chain.
    fn top<'a>(&'a self, known: &'a Known) -> &'a Known {
        let upwards = self.walk(known, |known| self.parent(known));
        upwards.last().unwrap_or(known)
    }

    fn chain(&self, known: &Known) -> Vec<Certificate> {
        let upwards = self.walk(known, |known| self.parent(known));
        let mut chain: Vec<_> = upwards.map(|known| known.certificate.clone()).collect();
        chain.extend_from_slice(&self.top(known).above);
        chain
    }

    /// From the key of a root to the other keys of the same root. A key that was changed without a link ends them; one that
    /// was kept needs none.
    fn links(&self, root: &Known) -> RootLinks {
        if !root.certificate.is_self_issued() {
            return RootLinks::default();
        }
        let mut back = Vec::new();
        for new in self.walk(root, |known| self.before(known)) {
            match (&new.new_with_old, self.before(new)) {
                (Some(link), _) => back.push((new.issuer.added_at, link.clone())),
                (None, Some(old)) if old.has_key_of(new) => {}
                (None, _) => break,
            }
        }
        let mut onward = Vec::new();
        let mut old = root;
        for new in self.walk(root, |known| self.next(known)).skip(1) {
            match &new.old_with_new {
                Some(link) => onward.push((new.issuer.added_at, link.clone())),
                None if old.has_key_of(new) => {}
                None => break,
            }
            old = new;
        }
        RootLinks {
            superseded_at: self.next(root).map(|next| next.issuer.added_at),
            back,
            onward,
        }
    }
}
