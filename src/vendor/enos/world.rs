//! What the rules ask about the world: devices, products, and what was issued.
//!
//! The questions take slices, so that a batch asks once for many rows.

use std::error::Error;
use std::fmt;

use crate::ext::CrlReason;
use crate::name::Name;
use crate::time::UnixSeconds;
use crate::vendor::enos::Authority;

/// What the rules ask; answered by whatever knows the devices and keeps the certificates.
///
/// Each answer has as many items as the question, in its order.
pub trait World {
    /// The devices that identifiers name within an organization (`orgId`), `None` where there is none.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal error of IoT Hub service.`
    fn devices(
        &self,
        asked: &[(&str, &DeviceIdentifier)],
    ) -> Result<Vec<Option<Device>>, WorldError>;

    /// Products by their keys.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal error of product service.`
    fn products(&self, product_keys: &[&str]) -> Result<Vec<Option<Product>>, WorldError>;

    /// The certificates of this vendor for keys, each by the SHA-256 of its `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal error of certificate service.`
    fn bindings_of_keys(&self, keys: &[[u8; 32]]) -> Result<Vec<Vec<Binding>>, WorldError>;

    /// The certificates of this vendor for subjects, however they are encoded (RFC 5280 §7.1, [`Name::folded`]).
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal error of certificate service.`
    fn bindings_of_subjects(&self, subjects: &[&Name]) -> Result<Vec<Vec<Binding>>, WorldError>;

    /// Everything issued to a holder ([`Device::holder`]), oldest first.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal error of certificate service.`
    fn certificates_of(&self, holder: &str) -> Result<Vec<Held>, WorldError>;
}

/// Why the world does not answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub struct WorldError(#[source] Box<dyn Error + Send + Sync>);

/// How a request names its device.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeviceIdentifier {
    /// By its asset (`assetId`).
    Asset(String),
    /// By its product and its key in it.
    Keys {
        /// `productKey`.
        product_key: String,
        /// `deviceKey`.
        device_key: String,
    },
}

/// A device that exists.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Device {
    /// The product it belongs to; never with a slash.
    pub product_key: String,
    /// Its key in the product.
    pub device_key: String,
    /// Its asset, if it has one.
    pub asset_id: Option<String>,
}

/// What a product says of its devices' certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Product {
    /// The longest validity in days.
    pub maximum_days: u32,
    /// Whether the product supports bi-directional authentication.
    pub bidirectional: bool,
}

/// That a certificate binds a key and a subject to a holder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binding {
    /// The certificate, as the world numbers it; `None` while it has no number yet.
    pub certificate: Option<i64>,
    /// The holder, as [`Device::holder`] writes it.
    pub holder: String,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub key_sha256: [u8; 32],
    /// The certificate's last second.
    pub not_after: UnixSeconds,
    /// Whether it was revoked, superseded or is on hold.
    pub ended: bool,
}

/// A certificate that was issued to a device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The certificate, as the world numbers it.
    pub certificate: i64,
    /// Who issued it.
    pub authority: Authority,
    /// DER of the certificate.
    pub certificate_der: Vec<u8>,
    /// DER of the request that asked for it.
    pub request_der: Option<Vec<u8>>,
    /// When it was issued.
    pub issued_at: UnixSeconds,
    /// Its revocation, if it was revoked.
    pub revocation: Option<Revocation>,
    /// Whether another certificate took its place.
    pub superseded: bool,
}

/// That a certificate was revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// When.
    pub at: UnixSeconds,
    /// Why.
    pub reason: CrlReason,
    /// Who revoked it.
    pub by: String,
}

impl WorldError {
    /// A failure of whatever stands behind the question.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl DeviceIdentifier {
    /// Characters of the longest identifier that is read.
    pub const MAX_CHARACTERS: usize = 256;

    /// The identifier of a holder as [`Device::holder`] writes it.
    #[must_use]
    pub fn from_holder(holder: &str) -> Option<Self> {
        let (product_key, device_key) = holder.split_once('/')?;
        Some(Self::Keys {
            product_key: product_key.to_owned(),
            device_key: device_key.to_owned(),
        })
    }

    /// Whether a text can name an organization, a product, a device or an asset: 1 to
    /// [`MAX_CHARACTERS`](Self::MAX_CHARACTERS) characters, not only spaces, no control characters.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        !text.trim().is_empty()
            && text.chars().count() <= Self::MAX_CHARACTERS
            && !text.chars().any(char::is_control)
    }
}

impl fmt::Display for DeviceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asset(asset_id) => write!(f, "assetId {asset_id:?}"),
            Self::Keys {
                product_key,
                device_key,
            } => write!(f, "productKey {product_key:?} deviceKey {device_key:?}"),
        }
    }
}

impl Device {
    /// The device as the ledger names it: `productKey/deviceKey`, told apart at the first slash.
    #[must_use]
    pub fn holder(&self) -> String {
        format!("{}/{}", self.product_key, self.device_key)
    }
}

impl Binding {
    /// Whether the certificate is neither ended nor expired.
    #[must_use]
    pub fn is_valid_at(&self, now: UnixSeconds) -> bool {
        !self.ended && now <= self.not_after
    }
}
