//! Whether a certificate is one that this vendor issues to a device: the shape of the sample, extension for extension.

use crate::cert::TbsCertificate;
use crate::ext::netscape::{NetscapeComment, NetscapeEncoding};
use crate::lint::Finding;
use crate::oid;
use crate::profile::{NetscapeEncodingConfig, ProfileError};
use crate::time::Lifetime;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::error::{Fault, PAGE};
use crate::vendor::enos::profile;
use crate::vendor::enos::subject;
use crate::vendor::shape;
use crate::vendor::shape::{Issuer, Rules, Shape};

/// All that RFC 5280 and the vendor's sample would have otherwise; nothing for the sample itself.
///
/// The two Netscape strings may be written either way, bare as in the sample or as `IA5String`.
///
/// # Errors
/// As [`profile::device`]: none with the profile that is built in.
pub fn findings(tbs: &TbsCertificate) -> Result<Vec<Finding>, ProfileError> {
    let profile = profile::device(encoding(tbs))?;
    let shape = Shape {
        rules: &RULES,
        profile: &profile,
        issuer: Issuer::Authority,
        largest_serial: LARGEST_SERIAL,
    };
    let mut findings = shape.findings(tbs);
    let faults = subject::subject_faults(tbs.subject());
    findings.extend(faults.iter().map(Fault::finding).cloned());
    Ok(findings)
}

/// Whether the certificate lasts longer than any product allows; which product's it is, it does not say.
pub(super) fn lifetime(tbs: &TbsCertificate, settings: &Enos) -> Option<Finding> {
    let days = settings.config().products.iter();
    let days = days.map(|product| product.maximum_days).max()?;
    let maximum = Lifetime::from_days(days).ok()?;
    let validity = tbs.validity();
    let found = validity.not_after().since(validity.not_before())?;
    (found > maximum).then(|| {
        Finding::error(
            "enos.valid-day",
            PAGE,
            "validity",
            format!("{} seconds", found.seconds()),
            format!(
                "at most {days} days, which is {} seconds",
                maximum.seconds()
            ),
        )
    })
}

/// How this certificate writes the Netscape strings; as the sample does when it has none that can be read.
fn encoding(tbs: &TbsCertificate) -> NetscapeEncodingConfig {
    let comment = NetscapeComment::from_extension_value;
    let comment = shape::read(tbs, oid::NETSCAPE_COMMENT, comment);
    match comment.map(|comment| comment.encoding()) {
        Some(NetscapeEncoding::Ia5String) => NetscapeEncodingConfig::Ia5String,
        _ => NetscapeEncodingConfig::Bare,
    }
}

/// 2^31 - 1: the vendor's clients hold `certSn` in a signed integer of 32 bits.
const LARGEST_SERIAL: u64 = 0x7FFF_FFFF;

pub(super) const RULES: Rules = Rules {
    source: PAGE,
    chain: "enos.chain",
    expired: "enos.expired",
    extension_list: "enos.extension-list",
    extension_value: "enos.extension-value",
    not_yet_valid: "enos.not-yet-valid",
    self_signed: "enos.certificate-signature",
    serial: "enos.serial",
    signature: "enos.certificate-signature",
    signature_algorithm: "enos.signature-algorithm",
    weak_key: "enos.weak-key",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Certificate;

    #[test]
    fn the_sample_has_the_shape() {
        let sample = include_bytes!("../../../testdata/vendor/enos/device.cert.pem");
        let sample = Certificate::from_pem(sample).unwrap();
        assert_eq!(findings(sample.tbs()).unwrap(), []);
    }

    #[test]
    fn a_root_is_no_device_certificate() {
        let root = include_bytes!("../../../testdata/vendor/enos/ca.cert.pem");
        let root = Certificate::from_pem(root).unwrap();
        let found = findings(root.tbs()).unwrap();
        let rules: Vec<_> = found.iter().map(Finding::rule).collect();
        assert_eq!(
            rules,
            [
                "enos.serial",
                "enos.extension-list",
                "enos.extension-value",
                "enos.extension-value"
            ]
        );
    }
}
