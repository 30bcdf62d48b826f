//! The vendor's reply bodies, field for field in the order of its samples; what it only describes comes after.

use serde::Serialize;

use crate::cert::Certificate;
use crate::key::PublicKeyKind;
use crate::oid;
use crate::oid::Oid;
use crate::time::UnixSeconds;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::lifecycle::Lifecycle;
use crate::vendor::as2expert::partners::{PartnerDetail, PartnerRow};
use crate::vendor::as2expert::stations::{StationDetail, StationRow};
use crate::vendor::as2expert::world::{Held, Station};

/// The body of a success.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reply<T> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    data: T,
}

/// `data` after a certificate was made.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Created {
    id: i64,
    certificate_id: i64,
    station_id: i64,
    #[serde(rename = "commonName")]
    common_name: String,
    #[serde(rename = "countryName")]
    country_name: String,
    #[serde(rename = "localityName")]
    locality_name: String,
    cert_pem: String,
}

/// A certificate in a list.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CertificateRow {
    id: i64,
    email: String,
    commonname: String,
    #[serde(rename = "commonName")]
    common_name: String,
    validitystart: String,
    validityend: String,
    station: String,
    station_name: String,
}

/// A certificate with all that is known of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CertificateDetail {
    #[serde(flatten)]
    row: CertificateRow,
    certificate_id: i64,
    station_id: i64,
    #[serde(rename = "countryName")]
    country_name: String,
    #[serde(rename = "localityName")]
    locality_name: String,
    #[serde(rename = "provinceName")]
    province_name: String,
    organization: String,
    #[serde(rename = "organizationUnitName")]
    organization_unit_name: String,
    dias: u64,
    keybits: u32,
    hash: &'static str,
    serial: String,
    fingerprint: Fingerprint,
    issuer: String,
    subject: String,
    cert_pem: String,
    lifecycle: Lifecycle,
}

/// Hashes of the certificate, lower-case hexadecimal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Fingerprint {
    sha1: String,
    sha256: String,
}

impl Reply<Created> {
    /// A certificate was made.
    #[must_use]
    pub fn created(held: &Held) -> Self {
        let certificate = &held.certificate;
        Self {
            status: "success",
            msg: Some("Certificate created"),
            total: None,
            data: Created {
                id: held.id,
                certificate_id: held.id,
                station_id: held.station_id,
                common_name: attribute(certificate, oid::COMMON_NAME),
                country_name: attribute(certificate, oid::COUNTRY),
                locality_name: attribute(certificate, oid::LOCALITY),
                cert_pem: certificate.to_pem(),
            },
        }
    }
}

impl Reply<Vec<CertificateRow>> {
    /// The certificates of a site.
    #[must_use]
    pub fn listed(rows: Vec<CertificateRow>) -> Self {
        Self {
            status: "success",
            msg: None,
            total: Some(rows.len()),
            data: rows,
        }
    }
}

impl Reply<CertificateDetail> {
    /// One certificate.
    #[must_use]
    pub fn detailed(detail: CertificateDetail) -> Self {
        Self {
            status: "success",
            msg: None,
            total: None,
            data: detail,
        }
    }
}

impl Reply<Vec<StationRow>> {
    /// The stations of a site.
    #[must_use]
    pub fn stations(rows: Vec<StationRow>) -> Self {
        Self {
            status: "success",
            msg: None,
            total: Some(rows.len()),
            data: rows,
        }
    }
}

impl Reply<StationDetail> {
    /// A station was made.
    #[must_use]
    pub fn station_created(detail: StationDetail) -> Self {
        Self {
            msg: Some("Station created"),
            ..Self::station(detail)
        }
    }

    /// One station.
    #[must_use]
    pub fn station(detail: StationDetail) -> Self {
        Self {
            status: "success",
            msg: None,
            total: None,
            data: detail,
        }
    }
}

impl Reply<Vec<PartnerRow>> {
    /// The partners of a site.
    #[must_use]
    pub fn partners(rows: Vec<PartnerRow>) -> Self {
        Self {
            status: "success",
            msg: None,
            total: Some(rows.len()),
            data: rows,
        }
    }
}

impl Reply<PartnerDetail> {
    /// One partner.
    #[must_use]
    pub fn partner(detail: PartnerDetail) -> Self {
        Self {
            status: "success",
            msg: None,
            total: None,
            data: detail,
        }
    }
}

impl<T: Serialize> Reply<T> {
    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text or a number.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl CertificateRow {
    pub(super) fn new(held: &Held, station: &Station) -> Self {
        let certificate = &held.certificate;
        let common_name = attribute(certificate, oid::COMMON_NAME);
        let validity = certificate.validity();
        Self {
            id: held.id,
            email: attribute(certificate, oid::EMAIL_ADDRESS),
            commonname: common_name.clone(),
            common_name,
            validitystart: plain(validity.not_before()),
            validityend: plain(validity.not_after()),
            station: station.name.clone(),
            station_name: station.name.clone(),
        }
    }

    /// The certificate's id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }
}

impl CertificateDetail {
    pub(super) fn new(held: &Held, station: &Station, lifecycle: Lifecycle) -> Self {
        let certificate = &held.certificate;
        let validity = certificate.validity();
        let lifetime = validity.not_after().since(validity.not_before());
        let hash = HashAlgorithm::of_signature(certificate.signature_algorithm());
        Self {
            row: CertificateRow::new(held, station),
            certificate_id: held.id,
            station_id: held.station_id,
            country_name: attribute(certificate, oid::COUNTRY),
            locality_name: attribute(certificate, oid::LOCALITY),
            province_name: attribute(certificate, oid::STATE_OR_PROVINCE),
            organization: attribute(certificate, oid::ORGANIZATION),
            organization_unit_name: attribute(certificate, oid::ORGANIZATIONAL_UNIT),
            dias: lifetime.map_or(0, |lifetime| lifetime.whole_days()),
            keybits: match certificate.public_key().kind() {
                PublicKeyKind::Rsa { modulus_bits } => *modulus_bits,
                _ => 0,
            },
            hash: hash.as_str(),
            // PHP writes it in upper-case hexadecimal.
            serial: certificate.serial().to_hex().to_ascii_uppercase(),
            fingerprint: Fingerprint {
                sha1: hex(&certificate.sha1()),
                sha256: hex(&certificate.sha256()),
            },
            issuer: certificate.issuer().to_string(),
            subject: certificate.subject().to_string(),
            cert_pem: certificate.to_pem(),
            lifecycle,
        }
    }

    /// The certificate's lifecycle.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }
}

/// An attribute of the subject; nothing where there is none.
fn attribute(certificate: &Certificate, oid: Oid) -> String {
    let attribute = certificate.subject().first(oid);
    let text = attribute.and_then(|attribute| attribute.value().text());
    text.unwrap_or_default().into_owned()
}

/// `YYYY-MM-DD HH:MM:SS`, in UTC.
fn plain(at: UnixSeconds) -> String {
    at.to_string().replace('T', " ").replace('Z', "")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests;
