//! Why a workspace cannot be made, opened or changed.

use std::io;
use std::path::PathBuf;

use super::Family;
use crate::cert::CertificateError;
use crate::issuer::{IssuerError, SignError};
use crate::key::{KeyAlgorithm, KeyError};
use crate::ledger::{LedgerError, RevokeConflict};
use crate::lint::Findings;
use crate::name::NameError;
use crate::profile::ProfileError;
use crate::serial::SerialNumberError;
use crate::time::{TimeError, UnixSeconds};
use crate::vendor::as2expert;
use crate::vendor::ecgrid;
use crate::vendor::emca;
use crate::vendor::enos::config::ConfigError;

/// Why a workspace cannot be made, opened or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// No workspace there.
    #[error("{dir:?} is not a workspace: it has no certwright.toml")]
    Absent {
        /// The folder.
        dir: PathBuf,
    },
    /// The workspace has this CA already, or another of its name.
    #[error("CA {name:?} of this workspace has {what} already")]
    AuthorityExists {
        /// The name of the CA that is there.
        name: String,
        /// What the two have in common.
        what: &'static str,
    },
    /// A CA is revoked for good or not at all: what it signed while on hold would come to life again.
    #[error("CA {name:?} cannot be put on hold (reason 6): revoke it for good, or retire it")]
    AuthorityOnHold {
        /// The CA's name.
        name: String,
    },
    /// The AS2Expert part of the configuration contradicts itself.
    #[error("section [as2expert] of {path:?} cannot be used")]
    As2Expert {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: as2expert::config::ConfigError,
    },
    /// Another process writes to the workspace.
    #[error("workspace {dir:?} is in use by {holder}")]
    Busy {
        /// The folder.
        dir: PathBuf,
        /// Who has it, as far as it says.
        holder: String,
    },
    /// A CA certificate in the ledger cannot be read.
    #[error("CA certificate {name:?} cannot be read")]
    Certificate {
        /// The CA's name.
        name: String,
        /// What is wrong with it.
        #[source]
        source: CertificateError,
    },
    /// The configuration is not TOML, or not of the expected form.
    #[error("{path:?} is not a valid configuration: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What the reader stumbled over, with line and column.
        reason: String,
    },
    /// The emCA part of the configuration contradicts itself.
    #[error("section [emca] of {path:?} cannot be used")]
    Emca {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<emca::config::ConfigError>,
    },
    /// The ECGrid part of the configuration contradicts itself.
    #[error("section [ecgrid] of {path:?} cannot be used")]
    Ecgrid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ecgrid::config::ConfigError,
    },
    /// The EnOS part of the configuration contradicts itself.
    #[error("section [enos] of {path:?} cannot be used")]
    Enos {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ConfigError,
    },
    /// A file cannot be read or written.
    #[error("{path:?} cannot be {action}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The findings of a CA certificate that was to be made.
    #[error("CA certificate cannot be made")]
    Findings(#[source] Findings),
    /// Locked keys that no one passphrase opens.
    #[error(
        "the passphrase opens the key of CA {opened:?} and not that of CA {name:?}: a change of the passphrase was stopped \
         half way and is to be repeated, or that key is damaged"
    )]
    HalfChanged {
        /// The CA whose key the passphrase does not open.
        name: String,
        /// A CA whose key it opens.
        opened: String,
    },
    /// The certificate may not issue others.
    #[error("certificate cannot serve as a CA")]
    Issuer(#[source] IssuerError),
    /// A key cannot be made, read or written.
    #[error("key of the CA cannot be used")]
    Key(#[source] KeyError),
    /// The CA's private key is not in this workspace.
    #[error("CA {name:?} has no private key here: it signs elsewhere")]
    KeyAbsent {
        /// The CA's name.
        name: String,
    },
    /// Every number that a vendor's certificate can have is taken.
    #[error("numbers of {vendor} certificates are used up")]
    KeyIdsEnded {
        /// The vendor.
        vendor: &'static str,
    },
    /// A key file that is to be replaced, and is a link to another.
    #[error(
        "{path:?} is a link to {target:?}, where the old key would stay: put the key itself in its place"
    )]
    KeyLink {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A key that is to be replaced, in a file with other names.
    #[error(
        "{path:?} is one of {names} names of its file, allowed 1: under the others the old key would stay"
    )]
    KeyNames {
        /// The name that the workspace knows.
        path: PathBuf,
        /// How many hard links there are.
        names: u64,
    },
    /// A private key that others may read.
    #[error("{path:?} has mode {mode:03o}, allowed 600 or 400: others must not read a private key")]
    KeyMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The ledger.
    #[error("ledger of the workspace cannot be used")]
    Ledger(#[from] LedgerError),
    /// A CA's key is encrypted, and nobody gave the passphrase.
    #[error("key of CA {name:?} is encrypted, and the passphrase of the workspace was not given")]
    Locked {
        /// The CA's name.
        name: String,
    },
    /// A CA's name that cannot be a folder's.
    #[error("CA name {found:?}, allowed 1 to 64 of a-z, 0-9 and -")]
    Name {
        /// The name.
        found: String,
    },
    /// No CA of this family issues.
    #[error("no {family} CA is current in this workspace")]
    NoCurrentAuthority {
        /// The family.
        family: Family,
    },
    /// A profile that makes no CA.
    #[error("profile {profile:?} is no CA's: it has no basicConstraints with ca = true")]
    NotACaProfile {
        /// The profile's name.
        profile: String,
    },
    /// Something is there already.
    #[error("{dir:?} exists and is not empty: a workspace is made in a new or empty folder")]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A CA keeps to the kind of its key: what issues for a family is found by it.
    #[error("a key of kind {found} for an {expected} CA")]
    OtherFamily {
        /// The kind that was asked for.
        found: KeyAlgorithm,
        /// The CA's family.
        expected: Family,
    },
    /// A passphrase that is not the one that a CA's key is encrypted with.
    #[error("key of CA {name:?} is under another passphrase, or damaged")]
    Passphrase {
        /// The CA's name.
        name: String,
    },
    /// Keys that were made ahead of time cannot be put in store or had from there.
    #[error("{path:?} of the key pool cannot be used")]
    Pool {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What stands above the CA is not in this workspace.
    #[error(
        "CA {name:?} was issued by {issuer}, which is no CA of this workspace: it is renewed and revoked there"
    )]
    ParentElsewhere {
        /// The CA's name.
        name: String,
        /// Its issuer.
        issuer: String,
    },
    /// The profile of a CA.
    #[error("profile of the CA cannot be used")]
    Profile(#[source] ProfileError),
    /// The CA issues no more.
    #[error("CA {name:?} is retired since {at}: it issues no more")]
    Retired {
        /// The CA's name.
        name: String,
        /// Since when.
        at: UnixSeconds,
    },
    /// A CA certificate that cannot be revoked, or was before.
    #[error("CA certificate cannot be revoked")]
    Revoke(#[from] RevokeConflict),
    /// Nobody issued it but itself, so no CRL can show it.
    #[error("CA {name:?} is a root, which no CRL can show: retire it, and tell those who trust it")]
    RootRevocation {
        /// The CA's name.
        name: String,
    },
    /// The subject of a CA.
    #[error("subject of the CA cannot be used")]
    Subject(#[source] NameError),
    /// A serial number cannot be drawn.
    #[error("serial number of the CA certificate cannot be drawn")]
    Serial(#[source] SerialNumberError),
    /// A CA certificate cannot be signed, or a key is not the certificate's.
    #[error("key and certificate of the CA do not work together")]
    Sign(#[source] SignError),
    /// A CA certificate in whose place there is a newer one.
    #[error("CA certificate {name} was renewed: {by} issues")]
    Superseded {
        /// The name of the certificate.
        name: String,
        /// The name of the CA.
        by: String,
    },
    /// The validity of a CA.
    #[error("validity of the CA cannot be used")]
    Time(#[source] TimeError),
    /// Keys were to be locked under what is not the PIN of a token, or not known to be.
    #[error(
        "the key of CA {name:?} is in a token whose PIN is the passphrase of the workspace, and {reason}: name a file that \
         holds the PIN as pin-source of the URI in {path:?}"
    )]
    TokenPin {
        /// The CA's name.
        name: String,
        /// Its key file, with the URI.
        path: PathBuf,
        /// What stands in the way.
        reason: &'static str,
        /// What the token said.
        #[source]
        source: Option<KeyError>,
    },
    /// Certificates that are no chain.
    #[error("certificate of {subject} signed neither the CA's nor one between them")]
    Unchained {
        /// Its subject.
        subject: String,
    },
    /// No CA has this name.
    #[error("no CA is named {found:?}, there are {allowed}")]
    UnknownAuthority {
        /// The name asked for.
        found: String,
        /// The names that exist.
        allowed: String,
    },
    /// A key of a kind that no family issues with.
    #[error("CA key of {found}, allowed RSA-2048, RSA-3072, RSA-4096 and P-256")]
    UnsupportedKey {
        /// The key's kind.
        found: String,
    },
}
