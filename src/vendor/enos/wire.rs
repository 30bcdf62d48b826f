//! What is sent to EnOS, as it is sent: the fields of the vendor's page, typed and nothing more.
//!
//! A request comes as a JSON body with the names of the query beside it ([`object`]), as the cells of a row
//! ([`ApplyRequest::from_texts`]) or is put together by a program. A field of a wrong JSON type is a finding of the
//! wire stage; all of them come back at once. `null` is the same as an absent field. Fields that the vendor does not
//! name are ignored, as the service ignores them, so that a row may carry fields of its own.

use serde_json::{Map, Value};

use crate::vendor::enos::error::{Argument, FaultKind, Refusal};

pub use fields::{action, object, object_of_texts};

use fields::Fields;

mod fields;

/// Octets of the longest body that is read: a request of the greatest size, escaped, and room for the rest.
pub const MAX_BODY_OCTETS: usize = 262_144;

/// What a request to `/connect-service/v2.0/certificates` asks for (`action` in the query).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// A first certificate.
    Apply,
    /// A new certificate in place of one that is still valid.
    Renew,
    /// An end before its time.
    Revoke,
    /// What was issued to a device.
    List,
}

/// Who is asked for: the organization and the device, as given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Addressee {
    pub(super) org_id: Option<String>,
    pub(super) asset_id: Option<String>,
    pub(super) product_key: Option<String>,
    pub(super) device_key: Option<String>,
}

/// A certification request as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Csr {
    /// The vendor's own form.
    Pem(String),
    /// A file, PEM or DER.
    Octets(Vec<u8>),
}

/// `action=apply`: a certificate for a device's key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ApplyRequest {
    pub(super) addressee: Addressee,
    pub(super) csr: Option<Csr>,
    pub(super) valid_day: Option<i64>,
    pub(super) issue_authority: Option<String>,
}

/// `action=renew`: a new certificate in place of the one with `certSn`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RenewRequest {
    /// All but the number: a renewal without `csr` reissues from the request on file.
    pub(super) apply: ApplyRequest,
    pub(super) cert_sn: Option<String>,
}

/// `action=revoke`: the end of the certificate with `certSn`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RevokeRequest {
    pub(super) addressee: Addressee,
    pub(super) cert_sn: Option<String>,
    pub(super) reason: Option<i64>,
}

/// `action=list`: the certificates of a device.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ListRequest {
    pub(super) addressee: Addressee,
}

impl Action {
    /// The action of this name, letter case observed; `None` for any other name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Apply, Self::Renew, Self::Revoke, Self::List];
        all.into_iter().find(|action| action.as_str() == name)
    }

    /// The name in the query.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Renew => "renew",
            Self::Revoke => "revoke",
            Self::List => "list",
        }
    }
}

impl ApplyRequest {
    /// A request with no field set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a JSON object: the body's fields, and those of the query beside them.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        Self::from_object(&object(&[], text)?)
    }

    /// Reads the cells of a row, each with the name of its column; an empty cell is an absent field, and whole numbers
    /// are written in decimal digits.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_texts<'a>(
        cells: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Refusal> {
        Self::from_object(&object_of_texts(cells))
    }

    /// Reads fields by the vendor's names.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object, Action::Apply);
        let request = Self::from_fields(&mut fields);
        fields.end(request)
    }

    fn from_fields(fields: &mut Fields<'_>) -> Self {
        Self {
            addressee: Addressee::from_fields(fields),
            csr: fields
                .text("csr", FaultKind::Argument(Argument::Csr))
                .map(Csr::Pem),
            valid_day: fields.integer("validDay", FaultKind::Argument(Argument::ValidDay)),
            issue_authority: fields.text("issueAuthority", FaultKind::CallParameters),
        }
    }

    /// With the organization (`orgId`).
    #[must_use]
    pub fn with_org_id(mut self, org_id: impl Into<String>) -> Self {
        self.addressee.org_id = Some(org_id.into());
        self
    }

    /// With this organization unless one is given: what a workspace fills in for rows and flags that name none.
    #[must_use]
    pub fn or_org_id(mut self, org_id: &str) -> Self {
        self.addressee.or_org_id(org_id);
        self
    }

    /// With the device's asset (`assetId`).
    #[must_use]
    pub fn with_asset_id(mut self, asset_id: impl Into<String>) -> Self {
        self.addressee.asset_id = Some(asset_id.into());
        self
    }

    /// With the device's product (`productKey`).
    #[must_use]
    pub fn with_product_key(mut self, product_key: impl Into<String>) -> Self {
        self.addressee.product_key = Some(product_key.into());
        self
    }

    /// With this product unless one is given, for a device that is named by its key.
    #[must_use]
    pub fn or_product_key(mut self, product_key: &str) -> Self {
        self.addressee.or_product_key(product_key);
        self
    }

    /// With the device's key within its product (`deviceKey`).
    #[must_use]
    pub fn with_device_key(mut self, device_key: impl Into<String>) -> Self {
        self.addressee.device_key = Some(device_key.into());
        self
    }

    /// With this device key unless the request names a device, by asset or by key.
    #[must_use]
    pub fn or_device_key(mut self, device_key: &str) -> Self {
        self.addressee.or_device_key(device_key);
        self
    }

    /// Whether the request names a device, by asset or by key.
    #[must_use]
    pub fn names_a_device(&self) -> bool {
        self.addressee.asset_id.is_some() || self.addressee.device_key.is_some()
    }

    /// With a certification request as the wire carries it: PEM text (`csr`).
    #[must_use]
    pub fn with_csr_pem(mut self, text: impl Into<String>) -> Self {
        self.csr = Some(Csr::Pem(text.into()));
        self
    }

    /// With the octets of a file, PEM or DER; on the wire there is only PEM.
    #[must_use]
    pub fn with_csr_octets(mut self, octets: Vec<u8>) -> Self {
        self.csr = Some(Csr::Octets(octets));
        self
    }

    /// With a lifetime in days (`validDay`); whether it can be is a rule of the request stage.
    #[must_use]
    pub fn with_valid_day(mut self, days: i64) -> Self {
        self.valid_day = Some(days);
        self
    }

    /// With the authority by name (`issueAuthority`); whether it exists is a rule of the request stage.
    #[must_use]
    pub fn with_issue_authority(mut self, name: impl Into<String>) -> Self {
        self.issue_authority = Some(name.into());
        self
    }
}

impl RenewRequest {
    /// A renewal of the certificate with this serial number (`certSn`), decimal; the rest as `apply` has it.
    #[must_use]
    pub fn new(cert_sn: impl Into<String>, apply: ApplyRequest) -> Self {
        Self {
            apply,
            cert_sn: Some(cert_sn.into()),
        }
    }

    /// Reads a JSON object: the body's fields, and those of the query beside them.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        Self::from_object(&object(&[], text)?)
    }

    /// Reads fields by the vendor's names; the number is `certSn`, or `certSN` as replies spell it.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object, Action::Renew);
        let request = Self {
            apply: ApplyRequest::from_fields(&mut fields),
            cert_sn: fields.serial(),
        };
        fields.end(request)
    }

    /// With this organization unless one is given.
    #[must_use]
    pub fn or_org_id(mut self, org_id: &str) -> Self {
        self.apply.addressee.or_org_id(org_id);
        self
    }

    /// With this product unless one is given, for a device that is named by its key.
    #[must_use]
    pub fn or_product_key(mut self, product_key: &str) -> Self {
        self.apply.addressee.or_product_key(product_key);
        self
    }
}

impl RevokeRequest {
    /// A revocation of the certificate with this serial number (`certSn`), decimal, bound to a device of a product.
    #[must_use]
    pub fn new(
        cert_sn: impl Into<String>,
        product_key: impl Into<String>,
        device_key: impl Into<String>,
    ) -> Self {
        Self {
            addressee: Addressee {
                product_key: Some(product_key.into()),
                device_key: Some(device_key.into()),
                ..Addressee::default()
            },
            cert_sn: Some(cert_sn.into()),
            reason: None,
        }
    }

    /// With a reason by its number (RFC 5280 §5.3.1); which are allowed is a rule of the request stage.
    #[must_use]
    pub fn with_reason(mut self, reason: i64) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Reads a JSON object: the body's fields, and those of the query beside them.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        Self::from_object(&object(&[], text)?)
    }

    /// Reads fields by the vendor's names; the number is `certSn`, or `certSN` as replies spell it.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object, Action::Revoke);
        let request = Self {
            addressee: Addressee::from_fields(&mut fields),
            cert_sn: fields.serial(),
            reason: fields.integer("reason", FaultKind::CallParameters),
        };
        fields.end(request)
    }

    /// With this organization unless one is given.
    #[must_use]
    pub fn or_org_id(mut self, org_id: &str) -> Self {
        self.addressee.or_org_id(org_id);
        self
    }
}

impl ListRequest {
    /// The certificates of a device of a product.
    #[must_use]
    pub fn new(product_key: impl Into<String>, device_key: impl Into<String>) -> Self {
        Self {
            addressee: Addressee {
                product_key: Some(product_key.into()),
                device_key: Some(device_key.into()),
                ..Addressee::default()
            },
        }
    }

    /// Reads fields by the vendor's names.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object, Action::List);
        let request = Self {
            addressee: Addressee::from_fields(&mut fields),
        };
        fields.end(request)
    }

    /// With this organization unless one is given.
    #[must_use]
    pub fn or_org_id(mut self, org_id: &str) -> Self {
        self.addressee.or_org_id(org_id);
        self
    }
}

impl Addressee {
    fn from_fields(fields: &mut Fields<'_>) -> Self {
        Self {
            org_id: fields.identifier("orgId", FaultKind::CallParameters),
            asset_id: fields.identifier("assetId", FaultKind::DeviceIdentifier),
            product_key: fields.identifier("productKey", FaultKind::DeviceIdentifier),
            device_key: fields.identifier("deviceKey", FaultKind::DeviceIdentifier),
        }
    }

    fn or_org_id(&mut self, org_id: &str) {
        self.org_id.get_or_insert_with(|| org_id.to_owned());
    }

    fn or_product_key(&mut self, product_key: &str) {
        if self.device_key.is_some() {
            self.product_key
                .get_or_insert_with(|| product_key.to_owned());
        }
    }

    fn or_device_key(&mut self, device_key: &str) {
        if self.asset_id.is_none() {
            self.device_key.get_or_insert_with(|| device_key.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
