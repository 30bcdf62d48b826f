//! The wire stage: the fields of each operation, as JSON, as elements of a SOAP body, or as fields of the HTTP POST
//! binding; each becomes the same request.
//!
//! Fields that the vendor does not name are ignored. `null`, and a text without characters, are an absent field.

use zeroize::Zeroizing;

use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::ecgrid::enums::{
    CertificateType, CertificateUsage, CommChannel, SecureHashAlgorithm, UseType,
};
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::reply::Operation;

pub use fields::{Call, MAX_BODY_OCTETS, object, object_of_texts};

use fields::Fields;
use parameters::{
    BEGIN_USAGE, CERT_KEY_ID, CERT_TYPE, COMM_ID, COMM_TYPE, KEY_ID, MAILBOX_ID, NETWORK_ID,
    OVERLAP_DAYS, PARTNER_AS2_ID, PARTNER_COMM_ID, PARTNER_URL, PASSWORD, SECURE_HASH_ALGORITHM,
    SHOW_INACTIVE, USAGE, USE_TYPE, USER_ID, WITH_CERTS, YEARS,
};

mod fields;
pub(super) mod parameters;

/// `CertificateCreatePrivate`, `POST /v2/certificates/create`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateRequest {
    pub(super) comm_id: i32,
    pub(super) begin_usage: Option<UnixSeconds>,
    pub(super) usage: Option<CertificateUsage>,
    pub(super) secure_hash_algorithm: Option<SecureHashAlgorithm>,
    pub(super) partner_as2_id: Option<String>,
    pub(super) expires: Option<UnixSeconds>,
}

/// `CertificateRenewPrivate`, `POST /v2/certificates/renew`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RenewRequest {
    pub(super) comm_id: i32,
    pub(super) cert_key_id: i32,
    pub(super) overlap_days: Option<i64>,
    pub(super) years: Option<i64>,
    pub(super) secure_hash_algorithm: Option<SecureHashAlgorithm>,
}

/// `CertificateTerminate`, `POST /v2/certificates/terminate`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TerminateRequest {
    pub(super) comm_id: i32,
    pub(super) cert_key_id: i32,
}

/// `CertificateAddPublic` and `CertificateAddPublicA`, `POST /v2/certificates/add-public`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddPublicRequest {
    pub(super) common: AddCommon,
    pub(super) partner_comm_id: Option<i32>,
    pub(super) partner_url: Option<String>,
    pub(super) certificate: Vec<u8>,
}

/// `CertAddPrivate` and `CertAddPrivateA`, `POST /v2/certificates/add-private`.
///
/// The service opens [`AddPrivateRequest::pkcs12`] and hands on what is in it.
pub struct AddPrivateRequest {
    pub(super) common: AddCommon,
    pub(super) partner_as2_id: Option<String>,
    pkcs12: Zeroizing<Vec<u8>>,
    password: Zeroizing<String>,
}

/// What both additions say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct AddCommon {
    pub(super) comm_id: i32,
    pub(super) cert_type: CertificateType,
    pub(super) key_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) begin_usage: Option<UnixSeconds>,
    pub(super) usage: Option<CertificateUsage>,
}

/// `CommInfo`, `GET /v2/comms/{id}`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CommInfoRequest {
    pub(super) comm_id: i32,
}

/// `CommList`, `POST /v2/comms/list`; every condition that is given must hold.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CommListRequest {
    pub(super) network_id: Option<i32>,
    pub(super) mailbox_id: Option<i32>,
    pub(super) comm_type: Option<CommChannel>,
    pub(super) use_type: Option<UseType>,
    pub(super) show_inactive: bool,
    pub(super) with_certs: bool,
}

impl CreateRequest {
    /// A request with everything as it is by default.
    #[must_use]
    pub fn new(comm_id: i32) -> Self {
        Self {
            comm_id,
            begin_usage: None,
            usage: None,
            secure_hash_algorithm: None,
            partner_as2_id: None,
            expires: None,
        }
    }

    /// Reads the request's fields. REST demands `commId` alone; SOAP all but `PartnerAS2ID`.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let (request, faults) = Self::read_all(call);
        Refusal::from_faults(Stage::Wire, faults).map_or(Ok(request), Err)
    }

    /// With `beginUsage`.
    #[must_use]
    pub fn with_begin_usage(mut self, at: UnixSeconds) -> Self {
        self.begin_usage = Some(at);
        self
    }

    /// With `usage`.
    #[must_use]
    pub fn with_usage(mut self, usage: CertificateUsage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// With `secureHashAlgorithm`.
    #[must_use]
    pub fn with_hash(mut self, hash: SecureHashAlgorithm) -> Self {
        self.secure_hash_algorithm = Some(hash);
        self
    }

    /// With `partnerAs2Id`.
    #[must_use]
    pub fn with_partner(mut self, partner_as2_id: impl Into<String>) -> Self {
        self.partner_as2_id = Some(partner_as2_id.into());
        self
    }

    /// With `expires`.
    #[must_use]
    pub fn with_expires(mut self, at: UnixSeconds) -> Self {
        self.expires = Some(at);
        self
    }
}

impl RenewRequest {
    /// A renewal with everything as it is by default.
    #[must_use]
    pub fn new(comm_id: i32, cert_key_id: i32) -> Self {
        Self {
            comm_id,
            cert_key_id,
            overlap_days: None,
            years: None,
            secure_hash_algorithm: None,
        }
    }

    /// Reads the request's fields.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::RenewPrivate);
        let comm_id = fields.id(COMM_ID);
        let cert_key_id = fields.id(CERT_KEY_ID);
        let overlap_days = fields.integer(OVERLAP_DAYS);
        let years = fields.integer(YEARS);
        let secure_hash_algorithm = fields.hash(SECURE_HASH_ALGORITHM);
        fields.require(COMM_ID);
        fields.require(CERT_KEY_ID);
        if fields.is_soap() {
            for parameter in [OVERLAP_DAYS, YEARS, SECURE_HASH_ALGORITHM] {
                fields.require(parameter);
            }
        }
        fields.end(|| {
            Some(Self {
                comm_id: comm_id?,
                cert_key_id: cert_key_id?,
                overlap_days,
                years,
                secure_hash_algorithm,
            })
        })
    }

    /// With `overlapDays`.
    #[must_use]
    pub fn with_overlap_days(mut self, days: i64) -> Self {
        self.overlap_days = Some(days);
        self
    }

    /// With `years`.
    #[must_use]
    pub fn with_years(mut self, years: i64) -> Self {
        self.years = Some(years);
        self
    }

    /// With `secureHashAlgorithm`.
    #[must_use]
    pub fn with_hash(mut self, hash: SecureHashAlgorithm) -> Self {
        self.secure_hash_algorithm = Some(hash);
        self
    }
}

impl TerminateRequest {
    /// A certificate of a Comm.
    #[must_use]
    pub fn new(comm_id: i32, cert_key_id: i32) -> Self {
        Self {
            comm_id,
            cert_key_id,
        }
    }

    /// Reads the request's fields.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::Terminate);
        let comm_id = fields.id(COMM_ID);
        let cert_key_id = fields.id(CERT_KEY_ID);
        fields.require(COMM_ID);
        fields.require(CERT_KEY_ID);
        fields.end(|| Some(Self::new(comm_id?, cert_key_id?)))
    }
}

impl AddCommon {
    fn read(fields: &mut Fields<'_>) -> impl FnOnce() -> Option<Self> + use<> {
        let comm_id = fields.id(COMM_ID);
        let cert_type = fields.named(CERT_TYPE);
        let key_id = fields.text(KEY_ID);
        let user_id = fields.text(USER_ID);
        let begin_usage = fields.date(BEGIN_USAGE);
        let usage = fields.named(USAGE);
        fields.require(COMM_ID);
        fields.require(CERT_TYPE);
        move || {
            Some(Self {
                comm_id: comm_id?,
                cert_type: cert_type?,
                key_id,
                user_id,
                begin_usage,
                usage,
            })
        }
    }
}

impl AddPublicRequest {
    /// Reads the request's fields; the certificate is base64, of DER or PEM.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::AddPublic);
        let common = AddCommon::read(&mut fields);
        let partner_comm_id = fields.id_or_zero(PARTNER_COMM_ID);
        let partner_url = fields.text(PARTNER_URL);
        let certificate = fields.certificate_octets();
        fields.end(|| {
            Some(Self {
                common: common()?,
                partner_comm_id,
                partner_url,
                certificate: certificate?.to_vec(),
            })
        })
    }
}

impl AddPrivateRequest {
    /// Reads the request's fields; the PKCS #12 is base64.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::AddPrivate);
        let common = AddCommon::read(&mut fields);
        let partner_as2_id = fields.text(PARTNER_AS2_ID);
        let pkcs12 = fields.certificate_octets();
        let password = fields.secret(PASSWORD).unwrap_or_default();
        fields.end(|| {
            Some(Self {
                common: common()?,
                partner_as2_id,
                pkcs12: pkcs12?,
                password,
            })
        })
    }

    /// The PKCS #12 as it was sent.
    #[must_use]
    pub fn pkcs12(&self) -> &[u8] {
        &self.pkcs12
    }

    /// Its password, which may be empty.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.password
    }
}

impl std::fmt::Debug for AddPrivateRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AddPrivateRequest({:?}, [elided])", self.common)
    }
}

impl CommInfoRequest {
    /// A Comm.
    #[must_use]
    pub fn new(comm_id: i32) -> Self {
        Self { comm_id }
    }

    /// Reads the request's fields; `id` is what REST has in the path.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::CommInfo);
        let comm_id = fields.id(COMM_ID);
        fields.require(COMM_ID);
        fields.end(|| Some(Self::new(comm_id?)))
    }
}

impl CommListRequest {
    /// Reads the request's fields.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(call, Operation::CommList);
        let request = Self {
            network_id: fields.id_or_zero(NETWORK_ID),
            mailbox_id: fields.id_or_zero(MAILBOX_ID),
            comm_type: fields.named(COMM_TYPE),
            use_type: fields.named(USE_TYPE),
            show_inactive: fields.boolean(SHOW_INACTIVE).unwrap_or(false),
            with_certs: fields.boolean(WITH_CERTS).unwrap_or(false),
        };
        fields.end(|| Some(request))
    }

    /// With certificates in the answer.
    #[must_use]
    pub fn with_certs(mut self) -> Self {
        self.with_certs = true;
        self
    }
}

#[cfg(test)]
mod tests;
