//! Keys that are made here: generated, certified, and handed out under the caller's password.
//!
//! The PFX is on disk before the ledger knows its certificate, under the certificate's fingerprint. The key is nowhere
//! else: whoever lost the password asks for another one.

use rand_core::TryCryptoRng;

use crate::cert::Certificate;
use crate::key::{KeyError, KeyPair};
use crate::service::keys::KeySource;
use crate::vendor::emca;
use crate::vendor::emca::check::Checked;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::order::{Placed, Terms};
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::sibling::pkcs12;
use crate::vendor::emca::sibling::pkcs12::{CheckedPkcs12, PfxPassword};
use crate::vendor::emca::wire::Transaction;

/// What a row asks for.
pub(super) enum Asked {
    /// A certificate on a request.
    Certificate(Box<Checked>),
    /// A key pair and its certificate.
    Pfx(Box<CheckedPkcs12>),
}

/// What may be issued; with its key where that was made here.
pub(super) struct Item {
    pub(super) placed: Placed,
    pub(super) key: Option<PfxKey>,
}

/// A key pair that was made here, and what its PFX is to be protected with.
#[cfg_attr(
    not(feature = "p12"),
    expect(dead_code, reason = "without PKCS #12 no PFX is written")
)]
pub(super) struct PfxKey {
    pub(super) pair: KeyPair,
    pub(super) password: PfxPassword,
}

impl Asked {
    pub(super) fn transaction(&self) -> &Transaction {
        match self {
            Self::Certificate(checked) => checked.transaction(),
            Self::Pfx(checked) => checked.transaction(),
        }
    }
}

/// Places a slice; the keys are made first, since a certificate's shape depends on its key.
pub(super) fn place<R: TryCryptoRng + ?Sized>(
    asked: Vec<Asked>,
    terms: &Terms,
    keys: &mut KeySource,
    rng: &mut R,
) -> Vec<Result<Item, Refusal>> {
    let wanted: Vec<_> = asked
        .iter()
        .filter_map(|asked| match asked {
            Asked::Certificate(_) => None,
            Asked::Pfx(checked) => Some(checked.key_algorithm()),
        })
        .collect();
    let mut keys = keys.generate(&wanted, rng).into_iter();
    let item = |asked| match asked {
        Asked::Certificate(checked) => {
            let placed = emca::order::order(*checked, terms)?;
            Ok(Item { placed, key: None })
        }
        Asked::Pfx(checked) => {
            let pair = keys.next().unwrap_or(Err(KeyError::Rng));
            let pair = pair.map_err(|error| Refusal::internal(&error))?;
            let placed = emca::order::order_pkcs12(&checked, &pair, terms)?;
            let password = checked.into_password();
            check(&placed, &password)?;
            let key = Some(PfxKey { pair, password });
            Ok(Item { placed, key })
        }
    };
    asked.into_iter().map(item).collect()
}

/// Whether a PFX can be written at all, before anything is signed for it.
#[cfg(feature = "p12")]
fn check(placed: &Placed, password: &PfxPassword) -> Result<(), Refusal> {
    use crate::bundle::p12;
    use crate::bundle::p12::P12Password;
    let passphrase = passphrase(password)?;
    let consumer = placed.profile().p12_consumer();
    let password = P12Password::Passphrase(&passphrase);
    p12::check(consumer, &placed.alias(), password).map_err(|error| pkcs12::refused(&error))
}

/// The PFX of a certificate and those above it.
#[cfg(feature = "p12")]
pub(super) fn write(
    key: &PfxKey,
    alias: &str,
    profile: &EmcaProfile,
    leaf_first: &[Certificate],
) -> Result<Vec<u8>, Refusal> {
    use crate::bundle::p12::{P12Draft, P12Password, p12};
    let passphrase = passphrase(&key.password)?;
    let draft = P12Draft {
        key: &key.pair,
        leaf_first,
        alias,
    };
    let password = P12Password::Passphrase(&passphrase);
    p12(profile.p12_consumer(), &draft, password).map_err(|error| Refusal::internal(&error))
}

#[cfg(feature = "p12")]
fn passphrase(password: &PfxPassword) -> Result<crate::key::Passphrase, Refusal> {
    let passphrase = crate::key::Passphrase::new(password.expose_secret().to_owned());
    passphrase.map_err(|error| pkcs12::refused(&error))
}

#[cfg(not(feature = "p12"))]
fn check(_: &Placed, _: &PfxPassword) -> Result<(), Refusal> {
    Err(pkcs12::unsupported())
}

#[cfg(not(feature = "p12"))]
pub(super) fn write(
    _: &PfxKey,
    _: &str,
    _: &EmcaProfile,
    _: &[Certificate],
) -> Result<Vec<u8>, Refusal> {
    Err(pkcs12::unsupported())
}
