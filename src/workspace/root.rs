//! The roots of a new workspace.

use std::sync::Arc;

use rand_core::TryCryptoRng;

use super::WorkspaceError;
use crate::cert::Certificate;
use crate::issuer::{IssuerName, SignError, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair};
use crate::name::Name;
use crate::order::Order;
use crate::profile::Profile;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};

/// Makes a root: a fresh key and its self-signed certificate.
pub(super) fn make<R: TryCryptoRng + ?Sized>(
    subject: &str,
    algorithm: KeyAlgorithm,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<(Certificate, KeyPair), WorkspaceError> {
    let profile = Profile::from_toml(ROOT_PROFILE).map_err(WorkspaceError::Profile)?;
    let subject: Name = subject.parse().map_err(WorkspaceError::Subject)?;
    let mut keys = key::generate(algorithm, 1, rng).into_iter();
    let key = keys
        .next()
        .unwrap_or(Err(KeyError::Rng))
        .map_err(WorkspaceError::Key)?;
    let serial = SerialNumber::random(SERIAL_OCTETS, rng).map_err(WorkspaceError::Serial)?;
    let validity =
        Validity::starting(now, profile.default_lifetime()).map_err(WorkspaceError::Time)?;
    let order = Order::for_key(&key, subject, Arc::new(profile), validity);
    let prepared = IssuerName::of_subject(&order, &serial)
        .prepare(&order, serial)
        .map_err(WorkspaceError::Findings)?;
    let signer = Signer::new(key);
    let mut certificates = signer.sign(vec![prepared]).into_iter();
    let certificate = certificates
        .next()
        .unwrap_or(Err(SignError::Key(KeyError::Rng)))
        .map_err(WorkspaceError::Sign)?;
    Ok((certificate, signer.into_key()))
}

/// The extensions of the sample CA of the EnOS documentation, in their order.
const ROOT_PROFILE: &str = include_str!("root.toml");
const SERIAL_OCTETS: u8 = 16;
