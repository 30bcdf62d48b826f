//! What settings are held against.

use super::{AppConfig, ProductConfig};
use crate::general_name::GeneralNameError;
use crate::vendor::enos::Authority;
use crate::vendor::enos::world::DeviceIdentifier;

/// Why settings are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An application without a key or without a secret.
    #[error("app {app_key:?}, a key and a secret of at least one character each are required")]
    App {
        /// Its key.
        app_key: String,
    },
    /// Replies could not name an address.
    #[error(
        "base_url {found:?}, expected https:// or http:// and a host, without query or fragment"
    )]
    BaseUrl {
        /// The text.
        found: String,
    },
    /// An address of a CRL that cannot be written into a certificate.
    #[error("the address of the {authority} CRL cannot be written into a certificate")]
    CrlUrl {
        /// Whose CRL.
        authority: Authority,
        /// What is wrong with it.
        #[source]
        source: GeneralNameError,
    },
    /// An application stands twice.
    #[error("app {app_key:?} stands twice")]
    DuplicateApp {
        /// Its key.
        app_key: String,
    },
    /// An asset stands twice.
    #[error("asset_id {asset_id:?} stands twice, in products {first:?} and {second:?}")]
    DuplicateAsset {
        /// The asset.
        asset_id: String,
        /// The product that has it first.
        first: String,
        /// The product that has it again.
        second: String,
    },
    /// A device stands twice in its product.
    #[error("device_key {device_key:?} stands twice in product {product_key:?}")]
    DuplicateDevice {
        /// The product.
        product_key: String,
        /// The device.
        device_key: String,
    },
    /// A product stands twice.
    #[error("product_key {product_key:?} stands twice")]
    DuplicateProduct {
        /// The product.
        product_key: String,
    },
    /// A name that no request can carry.
    #[error(
        "{field} {found:?}, allowed 1 to {max} characters, no control characters{}",
        if *.slash { "" } else { ", no /" },
        max = DeviceIdentifier::MAX_CHARACTERS
    )]
    Name {
        /// The field.
        field: &'static str,
        /// The name.
        found: String,
        /// Whether a slash is allowed.
        slash: bool,
    },
    /// A product without devices that is not open: nothing could ever be issued.
    #[error("product {product_key:?} is not open and lists no devices, one of the two is required")]
    NoDevices {
        /// The product.
        product_key: String,
    },
    /// A product that is open and lists devices.
    #[error(
        "product {product_key:?} is open and lists {found} devices, only one of the two is allowed"
    )]
    OpenWithDevices {
        /// The product.
        product_key: String,
        /// Devices listed.
        found: usize,
    },
    /// A maximum that lets nothing be issued.
    #[error("product {product_key:?} has a maximum of 0 days, at least 1 is required")]
    ZeroDays {
        /// The product.
        product_key: String,
    },
}

pub(super) fn product(product: &ProductConfig) -> Result<(), ConfigError> {
    // No slash: a holder is written productKey/deviceKey and must be told apart at the first one.
    name("product_key", &product.product_key, false)?;
    if let Some(org_id) = &product.org_id {
        name("org_id", org_id, true)?;
    }
    let product_key = || product.product_key.clone();
    if product.maximum_days == 0 {
        return Err(ConfigError::ZeroDays {
            product_key: product_key(),
        });
    }
    match (product.open, product.devices.len()) {
        (true, 0) => Ok(()),
        (true, found) => Err(ConfigError::OpenWithDevices {
            product_key: product_key(),
            found,
        }),
        (false, 0) => Err(ConfigError::NoDevices {
            product_key: product_key(),
        }),
        (false, _) => Ok(()),
    }
}

pub(super) fn apps(apps: &[AppConfig]) -> Result<(), ConfigError> {
    for (at, app) in apps.iter().enumerate() {
        let app_key = || app.app_key.clone();
        if app.app_key.is_empty() || app.app_secret.expose_secret().is_empty() {
            return Err(ConfigError::App { app_key: app_key() });
        }
        let mut before = apps.iter().take(at);
        if before.any(|other| other.app_key == app.app_key) {
            return Err(ConfigError::DuplicateApp { app_key: app_key() });
        }
    }
    Ok(())
}

pub(super) fn name(field: &'static str, name: &str, slash: bool) -> Result<(), ConfigError> {
    if DeviceIdentifier::is_name(name) && (slash || !name.contains('/')) {
        return Ok(());
    }
    Err(ConfigError::Name {
        field,
        found: name
            .chars()
            .take(DeviceIdentifier::MAX_CHARACTERS)
            .collect(),
        slash,
    })
}

pub(super) fn base_url(found: &str) -> Result<(), ConfigError> {
    let host = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| found.strip_prefix(scheme));
    let host = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    // RFC 3986 §2: a URI is a sequence of printable ASCII characters, no space among them.
    let printable = found.bytes().all(|octet| octet.is_ascii_graphic());
    if host && printable && !found.contains(['?', '#']) {
        return Ok(());
    }
    Err(ConfigError::BaseUrl {
        found: found.to_owned(),
    })
}
