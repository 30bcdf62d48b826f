//! How a CA comes in: its key first, then the ledger.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::{CA_FOLDER, KEY_FILE, family};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, SignError};
use crate::key::KeyPair;
use crate::ledger::{
    Beside, BesideKind, IssuerId, NewCertificate, NewGeneration, NewIssuer, Supersedes,
};
use crate::time::UnixSeconds;
use crate::workspace::{Workspace, WorkspaceError, files};

/// What a CA does once it is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::workspace) enum Part {
    /// It issues for its family, in the place of the one that did.
    Current,
    /// It is known, and issues when it is named.
    Spare,
}

/// A CA certificate that comes in, with all that belongs to it.
pub(in crate::workspace) struct Addition<'a> {
    /// Its name in the ledger and in the folder `ca`.
    pub(in crate::workspace) name: String,
    pub(in crate::workspace) certificate: Certificate,
    /// Those above it that are no CAs of the workspace.
    pub(in crate::workspace) above: Vec<Certificate>,
    pub(in crate::workspace) key: Option<&'a KeyPair>,
    pub(in crate::workspace) parent: Option<IssuerId>,
    pub(in crate::workspace) renews: Option<IssuerId>,
    /// The new key with the old, and the old key with the new.
    pub(in crate::workspace) links: Option<(Certificate, Certificate)>,
    /// What was signed here for it, and is certified by another certificate of the workspace or by itself.
    pub(in crate::workspace) issued: Vec<IssuedFor>,
    pub(in crate::workspace) part: Part,
}

/// A certificate that was issued for a CA of the workspace.
pub(in crate::workspace) struct IssuedFor {
    pub(in crate::workspace) certificate: Certificate,
    /// `None` for the CA certificate that comes in.
    pub(in crate::workspace) issuer: Option<IssuerId>,
    pub(in crate::workspace) supersedes: Option<Supersedes>,
}

impl Workspace {
    /// Adds a CA certificate: its files and its rows in the ledger, or neither.
    pub(in crate::workspace) fn add(
        &mut self,
        addition: Addition<'_>,
        now: UnixSeconds,
    ) -> Result<(), WorkspaceError> {
        let certificate = &addition.certificate;
        self.check_certificate_absent(certificate)?;
        let above = &addition.above;
        IssuerName::of_chain(certificate, above).map_err(WorkspaceError::Issuer)?;
        let family = family(certificate)?;
        if let Some(key) = addition.key {
            check_key(key, certificate)?;
        }
        let current =
            (addition.part == Part::Current).then(|| (family.meta_key(), addition.name.clone()));
        let new = NewGeneration {
            issuer: new_issuer(&addition, now),
            renews: addition.renews,
            beside: beside(&addition),
            issued: addition
                .issued
                .iter()
                .map(|issued| issued.to_row(&addition.name, now))
                .collect(),
            current,
        };
        // The key is on disk before the ledger knows the CA: a CA that is known can sign.
        let key = addition.key.map(|key| self.key_text(key)).transpose()?;
        let folder = self.write_folder(&addition, key.as_deref())?;
        let added = self.ledger.add_generation(&new);
        added.inspect_err(|_| files::remove_folder(&folder))?;
        self.authorities = self.read_authorities()?;
        Ok(())
    }

    /// A second CA of the same name is refused before anything is made.
    pub(in crate::workspace) fn check_name_absent(&self, name: &str) -> Result<(), WorkspaceError> {
        if self
            .authorities
            .iter()
            .all(|authority| authority.ca != name)
        {
            return Ok(());
        }
        Err(WorkspaceError::AuthorityExists {
            name: name.to_owned(),
            what: "this name",
        })
    }

    fn check_certificate_absent(&self, certificate: &Certificate) -> Result<(), WorkspaceError> {
        let mut all = self.authorities.iter();
        match all.find(|authority| authority.certificate == *certificate) {
            None => Ok(()),
            Some(authority) => Err(WorkspaceError::AuthorityExists {
                name: authority.name(),
                what: "this certificate",
            }),
        }
    }

    /// Writes certificates and key into a folder of their own, which appears whole.
    ///
    /// A folder of the name that the ledger does not know is left from a process that was stopped between the two. Its
    /// key has signed nothing that anybody got; still no key is destroyed here: the folder steps aside.
    fn write_folder(
        &self,
        addition: &Addition<'_>,
        key: Option<&String>,
    ) -> Result<PathBuf, WorkspaceError> {
        let all = self.dir.join(CA_FOLDER);
        files::ensure_folder(&all)?;
        let building = all.join(format!(".{}.new", addition.name));
        files::remove_folder(&building);
        files::make_folder(&building)?;
        let folder = all.join(&addition.name);
        let written = fill(&building, addition, key)
            .and_then(|()| files::step_aside(&folder))
            .and_then(|()| files::rename_folder(&building, &folder));
        written.inspect_err(|_| files::remove_folder(&building))?;
        Ok(folder)
    }
}

impl IssuedFor {
    fn to_row(&self, name: &str, now: UnixSeconds) -> NewCertificate<'_> {
        NewCertificate {
            holder: Some(Cow::Owned(name.to_owned())),
            supersedes: self.supersedes.clone(),
            ..NewCertificate::of(&self.certificate, self.issuer, CA_CERTIFICATES, now)
        }
    }
}

fn new_issuer(addition: &Addition<'_>, now: UnixSeconds) -> NewIssuer {
    let certificate = &addition.certificate;
    NewIssuer {
        name: addition.name.clone(),
        certificate: certificate.as_der().to_vec(),
        fingerprint: certificate.sha256(),
        subject: certificate.subject().as_der().to_vec(),
        key_id: *certificate.public_key().key_identifier().as_bytes(),
        serial: certificate.serial().clone(),
        validity: certificate.validity(),
        parent: addition.parent,
        added_at: now,
    }
}

fn beside(addition: &Addition<'_>) -> Vec<Beside> {
    let kept = |kind| {
        move |certificate: &Certificate| Beside {
            kind,
            der: certificate.as_der().to_vec(),
        }
    };
    let mut beside: Vec<_> = addition.above.iter().map(kept(BesideKind::Above)).collect();
    if let Some((new_with_old, old_with_new)) = &addition.links {
        beside.push(kept(BesideKind::NewWithOld)(new_with_old));
        beside.push(kept(BesideKind::OldWithNew)(old_with_new));
    }
    beside
}

fn fill(
    folder: &Path,
    addition: &Addition<'_>,
    key: Option<&String>,
) -> Result<(), WorkspaceError> {
    if let Some(text) = key {
        files::write_new(&folder.join(KEY_FILE), text.as_bytes())?;
    }
    let write = |name: &str, certificate: &Certificate| {
        files::write_new(&folder.join(name), certificate.to_pem().as_bytes())
    };
    write("certificate.pem", &addition.certificate)?;
    if let Some((new_with_old, old_with_new)) = &addition.links {
        write("new-with-old.pem", new_with_old)?;
        write("old-with-new.pem", old_with_new)?;
    }
    Ok(())
}

/// A CA that cannot sign what its certificate stands for must not come in.
pub(in crate::workspace) fn check_key(
    key: &KeyPair,
    certificate: &Certificate,
) -> Result<(), WorkspaceError> {
    if key.public_key() == certificate.public_key() {
        return Ok(());
    }
    Err(WorkspaceError::Sign(SignError::OtherKey {
        found: key.public_key().key_identifier().to_string(),
        expected: certificate.public_key().key_identifier().to_string(),
    }))
}

/// A CA's name is a folder's: nothing in it may lead elsewhere.
pub(in crate::workspace) fn check_name(name: &str) -> Result<(), WorkspaceError> {
    let fits = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(WorkspaceError::Name {
        found: name.chars().take(80).collect(),
    })
}

/// Under whose rules the ledger says that CA certificates were issued: no vendor's.
const CA_CERTIFICATES: &str = "ca";
