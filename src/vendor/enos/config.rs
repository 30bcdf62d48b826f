//! Products and devices that certificates are issued for, and the addresses and readings that a deployment chooses.
//!
//! ```toml
//! base_url = "https://localhost:8443"
//! netscape_encoding = "bare"
//! default_over_maximum = "refuse"
//!
//! [[products]]
//! product_key = "meters"
//! maximum_days = 730
//! devices = [{ device_key = "m-1", asset_id = "Xr7aQ9" }]
//! ```

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::general_name::UniformResourceIdentifier;
use crate::profile::NetscapeEncodingConfig;
use crate::vendor::enos::Authority;
use crate::vendor::enos::world::{Device, DeviceIdentifier, Product};
use crate::vendor::token::SecretText;

pub use check::ConfigError;

mod check;

/// The vendor's settings as they are written: plain data, nothing checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnosConfig {
    /// Scheme and host of the addresses in replies and certificates: `https://{domain}`.
    pub base_url: String,
    /// Where the RSA authority's CRL is, written into certificates; `{base_url}/enos/CA/crl` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa_crl_url: Option<String>,
    /// Where the ECC authority's CRL is; `{base_url}/enos/CA/crl/ECC` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecc_crl_url: Option<String>,
    /// How the two Netscape strings are written: as the vendor's sample has them, or as DER wants them.
    pub netscape_encoding: NetscapeEncodingConfig,
    /// What happens when no `validDay` is given and the default exceeds the product's maximum.
    pub default_over_maximum: DefaultOverMaximum,
    /// The products.
    pub products: Vec<ProductConfig>,
    /// Applications that may call over the wire; with none listed anyone may.
    #[serde(skip_serializing)]
    pub apps: Vec<AppConfig>,
    /// Whether the token of the vendor's Python SDK, which only the vendor can read, is taken on its form alone. Without
    /// applications it is.
    pub opaque_tokens: bool,
}

/// An application as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AppConfig {
    /// `appKey`, which older clients call `accessKey`.
    pub app_key: String,
    /// `appSecret`, which older clients call `secretKey`.
    pub app_secret: SecretText,
}

/// What happens when no `validDay` is given and the default exceeds the product's maximum. The vendor's page is silent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum DefaultOverMaximum {
    /// The product's maximum is taken instead.
    Clamp,
    /// Refused like a `validDay` of that value, as the vendor's edge documentation has it.
    #[default]
    Refuse,
}

/// A product as it is written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProductConfig {
    /// The product's key.
    pub product_key: String,
    /// The organization that the product's devices belong to; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// The longest validity of a certificate in days.
    pub maximum_days: u32,
    /// Whether the product supports bi-directional authentication.
    #[serde(default = "yes")]
    pub bidirectional: bool,
    /// Whether any device enrols at first sight; a product that is not open lists its devices.
    #[serde(default)]
    pub open: bool,
    /// The devices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceConfig>,
}

/// A device as it is written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    /// The device's key within its product.
    pub device_key: String,
    /// The device's asset; one that has none is named by its keys only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<String>,
}

/// The vendor's settings, checked.
///
/// Invariant: no product stands twice, no device twice in a product, no asset twice at all; every name is one that a
/// request can carry; every address can be written into a certificate.
#[derive(Clone, Debug)]
pub struct Enos {
    config: EnosConfig,
    rsa_crl_url: UniformResourceIdentifier,
    ecc_crl_url: UniformResourceIdentifier,
    products: HashMap<String, usize>,
    devices: HashMap<(usize, String), usize>,
    assets: HashMap<String, (usize, usize)>,
}

impl Default for EnosConfig {
    /// One open product, addresses on this machine, strings as the vendor's sample has them.
    fn default() -> Self {
        Self {
            base_url: "https://localhost:8443".to_owned(),
            rsa_crl_url: None,
            ecc_crl_url: None,
            netscape_encoding: NetscapeEncodingConfig::Bare,
            default_over_maximum: DefaultOverMaximum::Refuse,
            products: vec![ProductConfig {
                product_key: "open".to_owned(),
                org_id: None,
                maximum_days: 3650,
                bidirectional: true,
                open: true,
                devices: Vec::new(),
            }],
            apps: Vec::new(),
            opaque_tokens: false,
        }
    }
}

impl Enos {
    /// Checks settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_config(mut config: EnosConfig) -> Result<Self, ConfigError> {
        let trimmed = config.base_url.trim_end_matches('/').len();
        config.base_url.truncate(trimmed);
        check::base_url(&config.base_url)?;
        check::apps(&config.apps)?;
        let crl_url = |authority| {
            let own = match authority {
                Authority::Rsa => &config.rsa_crl_url,
                Authority::Ecc => &config.ecc_crl_url,
            };
            let text = own.clone();
            let text = text.unwrap_or_else(|| address(&config.base_url, "crl", authority));
            UniformResourceIdentifier::new(&text)
                .map_err(|source| ConfigError::CrlUrl { authority, source })
        };
        let mut checked = Self {
            rsa_crl_url: crl_url(Authority::Rsa)?,
            ecc_crl_url: crl_url(Authority::Ecc)?,
            products: HashMap::new(),
            devices: HashMap::new(),
            assets: HashMap::new(),
            config: EnosConfig {
                products: Vec::new(),
                ..config.clone()
            },
        };
        for product in config.products {
            checked.add_product(product)?;
        }
        Ok(checked)
    }

    fn add_product(&mut self, product: ProductConfig) -> Result<(), ConfigError> {
        check::product(&product)?;
        let product_key = &product.product_key;
        let index = self.config.products.len();
        if self.products.insert(product_key.clone(), index).is_some() {
            return Err(ConfigError::DuplicateProduct {
                product_key: product_key.clone(),
            });
        }
        for (at, device) in product.devices.iter().enumerate() {
            self.add_device(&product, index, device, at)?;
        }
        self.config.products.push(product);
        Ok(())
    }

    fn add_device(
        &mut self,
        product: &ProductConfig,
        index: usize,
        device: &DeviceConfig,
        at: usize,
    ) -> Result<(), ConfigError> {
        let DeviceConfig {
            device_key,
            asset_id,
        } = device;
        check::name("device_key", device_key, true)?;
        let key = (index, device_key.clone());
        if self.devices.insert(key, at).is_some() {
            return Err(ConfigError::DuplicateDevice {
                product_key: product.product_key.clone(),
                device_key: device_key.clone(),
            });
        }
        let Some(asset_id) = asset_id else {
            return Ok(());
        };
        check::name("asset_id", asset_id, true)?;
        let Some((first, _)) = self.assets.insert(asset_id.clone(), (index, at)) else {
            return Ok(());
        };
        let first = self.config.products.get(first).unwrap_or(product);
        Err(ConfigError::DuplicateAsset {
            asset_id: asset_id.clone(),
            first: first.product_key.clone(),
            second: product.product_key.clone(),
        })
    }

    /// The settings as they were written.
    #[must_use]
    pub fn config(&self) -> &EnosConfig {
        &self.config
    }

    /// `certChainURL` of replies (vendor page: `https://{domain}/enos/CA/cacert`): the plain form is the RSA root's,
    /// the ECC root's ends in `/ECC`.
    #[must_use]
    pub fn cert_chain_url(&self, authority: Authority) -> String {
        address(&self.config.base_url, "cacert", authority)
    }

    /// The address of an authority's CRL, as certificates carry it.
    #[must_use]
    pub fn crl_url(&self, authority: Authority) -> &UniformResourceIdentifier {
        match authority {
            Authority::Rsa => &self.rsa_crl_url,
            Authority::Ecc => &self.ecc_crl_url,
        }
    }

    /// The product that a device belongs to when a request names none: the first open one, else the only one.
    #[must_use]
    pub fn default_product_key(&self) -> Option<&str> {
        let products = &self.config.products;
        let open = products.iter().find(|product| product.open);
        let only = products.first().filter(|_| products.len() == 1);
        open.or(only).map(|product| product.product_key.as_str())
    }

    /// Fills in what nobody named in the fields of a request: the product of a device that is named by its key, and the
    /// organization of the device's product, which is `local` where it has none.
    pub fn fill_in(&self, fields: &mut Map<String, Value>) {
        let is_given = |fields: &Map<String, Value>, name: &str| {
            fields.get(name).is_some_and(|value| !value.is_null())
        };
        if is_given(fields, "deviceKey")
            && !is_given(fields, "productKey")
            && let Some(product_key) = self.default_product_key()
        {
            fields.insert("productKey".to_owned(), product_key.into());
        }
        if !is_given(fields, "orgId") {
            let org_id = self
                .product_named(fields)
                .and_then(|product| product.org_id.as_deref());
            fields.insert("orgId".to_owned(), org_id.unwrap_or(LOCAL_ORG).into());
        }
    }

    /// The product of the device that the fields of a request name; as everywhere, an asset wins over keys beside it.
    fn product_named(&self, fields: &Map<String, Value>) -> Option<&ProductConfig> {
        let text = |name| fields.get(name).and_then(Value::as_str);
        if let Some(asset_id) = text("assetId") {
            return self.asset(asset_id).map(|(product, _)| product);
        }
        let index = self.products.get(text("productKey")?)?;
        self.config.products.get(*index)
    }

    /// A product by its key.
    #[must_use]
    pub fn product(&self, product_key: &str) -> Option<Product> {
        let product = self.config.products.get(*self.products.get(product_key)?)?;
        Some(Product {
            maximum_days: product.maximum_days,
            bidirectional: product.bidirectional,
        })
    }

    /// The device that an identifier names within an organization.
    ///
    /// In an open product any device key names a device; an asset that no product lists is taken for a device of the
    /// first open product, its asset id being its device key.
    #[must_use]
    pub fn device(&self, org_id: &str, identifier: &DeviceIdentifier) -> Option<Device> {
        let (product, device_key, asset_id) = match identifier {
            DeviceIdentifier::Asset(asset_id) => {
                let (product, device_key) = self.asset(asset_id)?;
                (product, device_key, Some(asset_id.clone()))
            }
            DeviceIdentifier::Keys {
                product_key,
                device_key,
            } => {
                let index = *self.products.get(product_key)?;
                let product = self.config.products.get(index)?;
                let asset_id = self.asset_of(index, product, device_key)?;
                (product, device_key.clone(), asset_id)
            }
        };
        let ours = product.org_id.as_deref().is_none_or(|own| own == org_id);
        ours.then(|| Device {
            product_key: product.product_key.clone(),
            device_key,
            asset_id,
        })
    }

    fn asset(&self, asset_id: &str) -> Option<(&ProductConfig, String)> {
        let products = &self.config.products;
        if let Some((product, device)) = self.assets.get(asset_id) {
            let product = products.get(*product)?;
            return Some((product, product.devices.get(*device)?.device_key.clone()));
        }
        let open = products.iter().find(|product| product.open)?;
        Some((open, asset_id.to_owned()))
    }

    /// Of a device by its keys: `Some` when it exists, and then its asset, if it has one.
    fn asset_of(
        &self,
        index: usize,
        product: &ProductConfig,
        device_key: &str,
    ) -> Option<Option<String>> {
        if product.open {
            return Some(None);
        }
        let at = self.devices.get(&(index, device_key.to_owned()))?;
        Some(product.devices.get(*at)?.asset_id.clone())
    }
}

/// The vendor's address of a root or its CRL.
fn address(base_url: &str, what: &str, authority: Authority) -> String {
    match authority {
        Authority::Rsa => format!("{base_url}/enos/CA/{what}"),
        Authority::Ecc => format!("{base_url}/enos/CA/{what}/ECC"),
    }
}

fn yes() -> bool {
    true
}

/// The organization of a device whose product belongs to none.
const LOCAL_ORG: &str = "local";

#[cfg(test)]
mod tests;
