//! Whether a certificate is one that this vendor makes for a Comm; and what its octets tell of the request for it.

use crate::cert::TbsCertificate;
use crate::ext::{ExtendedKeyUsage, SubjectAltName};
use crate::general_name::GeneralName;
use crate::lint::Finding;
use crate::oid;
use crate::profile::ProfileError;
use crate::vendor::ecgrid::check::PAGE;
use crate::vendor::ecgrid::enums::CertificateUsage;
use crate::vendor::ecgrid::profile;
use crate::vendor::ecgrid::profile::Sha1;
use crate::vendor::ecgrid::rollover;
use crate::vendor::rollover::Purpose;
use crate::vendor::shape;

/// All that RFC 5280 and the vendor's contract would have otherwise, for the usage that the certificate states.
///
/// # Errors
/// As [`profile::of_usage`]: none with the profiles that are built in.
pub fn findings(tbs: &TbsCertificate, sha1: Sha1) -> Result<Vec<Finding>, ProfileError> {
    let profile = profile::of_usage(usage(tbs), sha1)?;
    let rules = shape::Rules {
        source: PAGE,
        extension_list: "ecgrid.extension-list",
        extension_value: "ecgrid.extension-value",
        self_signed: "ecgrid.self-signed",
        signature_algorithm: "ecgrid.signature-algorithm",
    };
    Ok(shape::findings(tbs, &profile, &rules))
}

/// The usage that a certificate's key usage and purposes state; both of payloads when they state none of the four.
#[must_use]
pub fn usage(tbs: &TbsCertificate) -> CertificateUsage {
    let purposes = ExtendedKeyUsage::from_extension_value;
    if shape::read(tbs, oid::EXTENDED_KEY_USAGE, purposes).is_some() {
        return CertificateUsage::Ssl;
    }
    rollover::usage(Purpose::of(tbs))
}

/// The partner that a certificate names: the CN of the directoryName among its alternative names.
#[must_use]
pub fn partner(tbs: &TbsCertificate) -> Option<String> {
    let names = SubjectAltName::from_extension_value;
    let names = shape::read(tbs, oid::SUBJECT_ALT_NAME, names)?;
    names.names().iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => {
            let text = name.first(oid::COMMON_NAME)?.value().text()?;
            Some(text.into_owned())
        }
        _ => None,
    })
}
