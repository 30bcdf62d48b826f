//! Whether a certificate is one that this vendor makes for a station.

use crate::cert::TbsCertificate;
use crate::lint::Finding;
use crate::profile::ProfileError;
use crate::vendor::as2expert::error::PAGE;
use crate::vendor::as2expert::profile;
use crate::vendor::as2expert::profile::{Role, Sha1};
use crate::vendor::rollover::Purpose;
use crate::vendor::shape;

/// All that RFC 5280 and the vendor's contract would have otherwise; a certificate may say that it is a CA's or
/// not, and sign, encrypt or do both.
///
/// # Errors
/// As [`profile::of_purpose`]: none with the profiles that are built in.
pub fn findings(tbs: &TbsCertificate, sha1: Sha1) -> Result<Vec<Finding>, ProfileError> {
    let role = if shape::is_ca(tbs) {
        Role::Ca
    } else {
        Role::EndEntity
    };
    let profile = profile::of_purpose(role, Purpose::of(tbs), sha1)?;
    let rules = shape::Rules {
        source: PAGE,
        extension_list: "as2expert.extension-list",
        extension_value: "as2expert.extension-value",
        self_signed: "as2expert.self-signed",
        signature_algorithm: "as2expert.signature-algorithm",
    };
    Ok(shape::findings(tbs, &profile, &rules))
}
