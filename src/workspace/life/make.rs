//! Making a CA certificate: key, serial number, signature.

use std::sync::Arc;

use rand_core::TryCryptoRng;

use super::{Term, shape};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Prepared, SignError, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair};
use crate::name::Name;
use crate::order::Order;
use crate::profile::Profile;
use crate::serial::{SerialNumber, SerialPolicy};
use crate::time::{UnixSeconds, Validity};
use crate::workspace::{CertificateAuthority, Workspace, WorkspaceError};

/// A CA certificate that is to be signed.
pub(super) struct Draft {
    pub(super) subject: Name,
    pub(super) profile: Profile,
    pub(super) validity: Validity,
    pub(super) serial: SerialNumber,
}

impl Draft {
    /// Signed by its own key.
    pub(super) fn self_signed(self, signer: &Signer) -> Result<Certificate, WorkspaceError> {
        let Self {
            subject,
            profile,
            validity,
            serial,
        } = self;
        let order = Order::for_key(signer.key(), subject, Arc::new(profile), validity);
        let prepared = IssuerName::of_subject(&order, &serial)
            .prepare(&order, serial)
            .map_err(WorkspaceError::Findings)?;
        sign(signer, prepared)
    }

    /// Signed by whoever the name stands for.
    pub(super) fn signed(
        self,
        issuer: &IssuerName,
        signer: &Signer,
        key: &KeyPair,
    ) -> Result<Certificate, WorkspaceError> {
        let order = Order::for_key(key, self.subject, Arc::new(self.profile), self.validity);
        let prepared = issuer
            .prepare(&order, self.serial)
            .map_err(WorkspaceError::Findings)?;
        sign(signer, prepared)
    }
}

impl Workspace {
    /// A serial number as the profile draws it: of a root its own, below a CA that CA's.
    pub(super) fn ca_serial<R: TryCryptoRng + ?Sized>(
        &mut self,
        policy: SerialPolicy,
        parent: Option<&CertificateAuthority>,
        rng: &mut R,
    ) -> Result<SerialNumber, WorkspaceError> {
        let number = match (policy, parent) {
            (SerialPolicy::Sequence { first }, Some(parent)) => {
                self.ledger.reserve_serials(parent.id(), first, 1)?.start
            }
            (SerialPolicy::Sequence { first }, None) => first,
            (SerialPolicy::Random { octets }, _) => {
                return SerialNumber::random(octets, rng).map_err(WorkspaceError::Serial);
            }
        };
        SerialNumber::from_u64(number).map_err(WorkspaceError::Serial)
    }
}

/// 128 random bits: no other number needs to be known to tell that it is free.
pub(super) fn random_serial<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
) -> Result<SerialNumber, WorkspaceError> {
    SerialNumber::random(SERIAL_OCTETS, rng).map_err(WorkspaceError::Serial)
}

/// A fresh key.
pub(super) fn key<R: TryCryptoRng + ?Sized>(
    algorithm: KeyAlgorithm,
    rng: &mut R,
) -> Result<KeyPair, WorkspaceError> {
    let mut keys = key::generate(algorithm, 1, rng).into_iter();
    keys.next()
        .unwrap_or(Err(KeyError::Rng))
        .map_err(WorkspaceError::Key)
}

/// From now until `end`. A term that nobody asked for ends with the parent; one that was asked for is refused later.
pub(super) fn validity(
    now: UnixSeconds,
    end: UnixSeconds,
    term: Term,
    parent: Option<&CertificateAuthority>,
) -> Result<Validity, WorkspaceError> {
    let parent_end = parent.map(|parent| parent.certificate().validity().not_after());
    let end = match (term, parent_end) {
        (Term::Default, Some(parent_end)) => end.min(parent_end),
        _ => end,
    };
    Validity::new(now, end).map_err(WorkspaceError::Time)
}

/// Makes a root of the built-in profile.
pub(in crate::workspace) fn make_root<R: TryCryptoRng + ?Sized>(
    subject: &str,
    algorithm: KeyAlgorithm,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<(Certificate, KeyPair), WorkspaceError> {
    let profile = Profile::from_config(shape::ca_profile()?).map_err(WorkspaceError::Profile)?;
    let subject: Name = subject.parse().map_err(WorkspaceError::Subject)?;
    let key = key(algorithm, rng)?;
    let serial = random_serial(rng)?;
    let validity =
        Validity::starting(now, profile.default_lifetime()).map_err(WorkspaceError::Time)?;
    let draft = Draft {
        subject,
        profile,
        validity,
        serial,
    };
    let signer = Signer::new(key);
    let certificate = draft.self_signed(&signer)?;
    Ok((certificate, signer.into_key()))
}

fn sign(signer: &Signer, prepared: Prepared) -> Result<Certificate, WorkspaceError> {
    let mut certificates = signer.sign(vec![prepared]).into_iter();
    certificates
        .next()
        .unwrap_or(Err(SignError::Key(KeyError::Rng)))
        .map_err(WorkspaceError::Sign)
}

const SERIAL_OCTETS: u8 = 16;
