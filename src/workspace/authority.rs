//! The CAs of a workspace: certificates from the ledger, keys from their files.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Family, Workspace, WorkspaceError, files};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, SignError, Signer};
use crate::key::KeyPair;
use crate::ledger::{Issuer, IssuerId, NewIssuer};
use crate::time::UnixSeconds;

/// A CA of the workspace; its private key stays in its file until it signs.
#[derive(Clone, Debug)]
pub struct CertificateAuthority {
    id: IssuerId,
    name: String,
    chain: Vec<Certificate>,
    certificate: Certificate,
    issuer_name: IssuerName,
    family: Family,
    key_path: PathBuf,
}

impl CertificateAuthority {
    /// Its row in the ledger.
    #[must_use]
    pub fn id(&self) -> IssuerId {
        self.id
    }

    /// Its name in this workspace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its certificate and those above it, as far as the workspace knows them.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// What its certificates will name.
    #[must_use]
    pub fn issuer_name(&self) -> &IssuerName {
        &self.issuer_name
    }

    /// Whether it has an RSA or a P-256 key.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether it signs here.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key_path.is_file()
    }

    /// Reads its key, to sign with.
    ///
    /// # Errors
    /// [`WorkspaceError::KeyAbsent`], [`WorkspaceError::KeyMode`], and what file and key report.
    pub fn signer(&self) -> Result<Signer, WorkspaceError> {
        if !self.has_key() {
            return Err(WorkspaceError::KeyAbsent {
                name: self.name.clone(),
            });
        }
        files::check_private(&self.key_path)?;
        let text = Zeroizing::new(files::read_text(&self.key_path)?);
        let key = KeyPair::from_pem(text.as_bytes(), None).map_err(WorkspaceError::Key)?;
        Signer::for_certificate(&self.certificate, key).map_err(WorkspaceError::Sign)
    }
}

/// What a CA does once it is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// It issues for its family, in the place of the one that did.
    Current,
    /// It is known, and issues when it is named.
    Spare,
}

impl Workspace {
    /// Adds a CA: its files and its row in the ledger, or neither.
    pub(super) fn add_authority(
        &mut self,
        name: &str,
        certificate: Certificate,
        key: Option<&KeyPair>,
        part: Part,
        now: UnixSeconds,
    ) -> Result<(), WorkspaceError> {
        check_name(name)?;
        self.check_absent(name, &certificate)?;
        let issuer_name =
            IssuerName::of_certificate(&certificate).map_err(WorkspaceError::Issuer)?;
        let family = family(&certificate)?;
        if let Some(key) = key {
            check_key(key, &certificate)?;
        }
        let parent = self.parent_of(&certificate);
        let new = NewIssuer {
            name: name.to_owned(),
            certificate: certificate.as_der().to_vec(),
            fingerprint: certificate.sha256(),
            subject: certificate.subject().as_der().to_vec(),
            key_id: *certificate.public_key().key_identifier().as_bytes(),
            serial: certificate.serial().clone(),
            validity: certificate.validity(),
            parent: parent.map(CertificateAuthority::id),
            added_at: now,
        };
        let mut chain = vec![certificate.clone()];
        chain.extend(parent.into_iter().flat_map(|parent| parent.chain.clone()));
        // The key is on disk before the ledger knows the CA: a CA that is known can sign.
        let folder = self.write_folder(name, &certificate, key)?;
        let added = match part {
            Part::Current => self.ledger.add_issuer_as(&new, family.meta_key()),
            Part::Spare => self.ledger.add_issuer(&new),
        };
        let id = added.inspect_err(|_| files::remove_folder(&folder))?;
        self.authorities.push(CertificateAuthority {
            id,
            name: name.to_owned(),
            chain,
            certificate,
            issuer_name,
            family,
            key_path: folder.join(KEY_FILE),
        });
        Ok(())
    }

    /// A second CA of the same name or certificate is refused before anything is written.
    fn check_absent(&self, name: &str, certificate: &Certificate) -> Result<(), WorkspaceError> {
        let taken = |authority: &CertificateAuthority| {
            if authority.name == name {
                Some("this name")
            } else if authority.certificate == *certificate {
                Some("this certificate")
            } else {
                None
            }
        };
        let found = self
            .authorities
            .iter()
            .find_map(|authority| taken(authority).map(|what| (authority, what)));
        match found {
            None => Ok(()),
            Some((authority, what)) => Err(WorkspaceError::AuthorityExists {
                name: authority.name.clone(),
                what,
            }),
        }
    }

    /// Writes certificate and key into a folder of their own; one that cannot be filled does not stay.
    fn write_folder(
        &self,
        name: &str,
        certificate: &Certificate,
        key: Option<&KeyPair>,
    ) -> Result<PathBuf, WorkspaceError> {
        let all = self.dir.join(CA_FOLDER);
        if !all.is_dir() {
            files::make_folder(&all)?;
        }
        let folder = all.join(name);
        files::make_folder(&folder)?;
        fill(&folder, certificate, key).inspect_err(|_| files::remove_folder(&folder))?;
        Ok(folder)
    }

    /// The CAs that the ledger knows, each with its chain.
    pub(super) fn read_authorities(&self) -> Result<Vec<CertificateAuthority>, WorkspaceError> {
        let issuers = self.ledger.issuers()?;
        let read = |issuer: &Issuer| {
            Certificate::from_der(&issuer.certificate).map_err(|source| {
                WorkspaceError::Certificate {
                    name: issuer.name.clone(),
                    source,
                }
            })
        };
        let certificates = issuers.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut authorities = Vec::with_capacity(issuers.len());
        for (issuer, certificate) in issuers.iter().zip(&certificates) {
            let mut chain = Vec::new();
            let mut link = Some(issuer);
            // A parent is added before its child, so the chain ends; the count guards against a ledger that lies.
            while let (Some(current), true) = (link, chain.len() <= issuers.len()) {
                let at = issuers.iter().position(|other| other.id == current.id);
                chain.extend(at.and_then(|at| certificates.get(at)).cloned());
                link = current
                    .parent
                    .and_then(|parent| issuers.iter().find(|other| other.id == parent));
            }
            authorities.push(CertificateAuthority {
                id: issuer.id,
                name: issuer.name.clone(),
                chain,
                issuer_name: IssuerName::of_certificate(certificate)
                    .map_err(WorkspaceError::Issuer)?,
                family: family(certificate)?,
                certificate: certificate.clone(),
                key_path: self.dir.join(CA_FOLDER).join(&issuer.name).join(KEY_FILE),
            });
        }
        Ok(authorities)
    }

    /// The CA of this workspace that signed a CA certificate, if one did.
    fn parent_of(&self, certificate: &Certificate) -> Option<&CertificateAuthority> {
        if certificate.is_self_issued() {
            return None;
        }
        let signed = |authority: &&CertificateAuthority| {
            authority.certificate.subject() == certificate.issuer()
                && certificate
                    .verify_signature(authority.certificate.public_key())
                    .is_ok()
        };
        self.authorities.iter().find(signed)
    }
}

fn fill(
    folder: &Path,
    certificate: &Certificate,
    key: Option<&KeyPair>,
) -> Result<(), WorkspaceError> {
    if let Some(key) = key {
        let text = key.to_pkcs8_pem().map_err(WorkspaceError::Key)?;
        files::write_new(&folder.join(KEY_FILE), text.as_bytes())?;
    }
    let text = certificate.to_pem();
    files::write_new(&folder.join("certificate.pem"), text.as_bytes())
}

fn family(certificate: &Certificate) -> Result<Family, WorkspaceError> {
    Family::of(certificate).ok_or_else(|| WorkspaceError::UnsupportedKey {
        found: certificate.public_key().kind().to_string(),
    })
}

/// A CA that cannot sign what its certificate stands for must not come in.
fn check_key(key: &KeyPair, certificate: &Certificate) -> Result<(), WorkspaceError> {
    if key.public_key() == certificate.public_key() {
        return Ok(());
    }
    Err(WorkspaceError::Sign(SignError::OtherKey {
        found: key.public_key().key_identifier().to_string(),
        expected: certificate.public_key().key_identifier().to_string(),
    }))
}

/// A CA's name is a folder's: nothing in it may lead elsewhere.
fn check_name(name: &str) -> Result<(), WorkspaceError> {
    let fits = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(WorkspaceError::Name {
        found: name.chars().take(80).collect(),
    })
}

const CA_FOLDER: &str = "ca";
const KEY_FILE: &str = "key.pem";
