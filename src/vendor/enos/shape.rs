//! Whether a certificate is one that this vendor issues to a device: the shape of the sample, extension for extension.

use crate::cert::TbsCertificate;
use crate::ext;
use crate::ext::netscape::{NetscapeComment, NetscapeEncoding};
use crate::ext::{AuthorityKeyIdentifier, Extension};
use crate::key::SignatureAlgorithm;
use crate::lint;
use crate::lint::Finding;
use crate::oid;
use crate::oid::Oid;
use crate::profile::{ExtensionRule, NetscapeEncodingConfig, Profile, ProfileError};
use crate::vendor::enos::error::{Fault, PAGE};
use crate::vendor::enos::profile;
use crate::vendor::enos::subject;

/// All that RFC 5280 and the vendor's sample would have otherwise; nothing for the sample itself.
///
/// The two Netscape strings may be written either way, bare as in the sample or as `IA5String`.
///
/// # Errors
/// As [`profile::device`]: none with the profile that is built in.
pub fn findings(tbs: &TbsCertificate) -> Result<Vec<Finding>, ProfileError> {
    let profile = profile::device(encoding(tbs))?;
    let mut findings = lint::run(tbs, profile.accepted_findings());
    findings.extend(profile.findings(tbs.public_key(), tbs.validity()));
    findings.extend(signature_algorithm(tbs));
    let faults = subject::subject_faults(tbs.subject());
    findings.extend(faults.iter().map(Fault::finding).cloned());
    findings.extend(serial(tbs));
    findings.extend(extensions(tbs, &profile));
    Ok(findings)
}

/// How this certificate writes the Netscape strings; as the sample does when it has none that can be read.
fn encoding(tbs: &TbsCertificate) -> NetscapeEncodingConfig {
    let comment = tbs.extensions().find(oid::NETSCAPE_COMMENT);
    let comment =
        comment.and_then(|found| NetscapeComment::from_extension_value(found.value()).ok());
    match comment.map(|comment| comment.encoding()) {
        Some(NetscapeEncoding::Ia5String) => NetscapeEncodingConfig::Ia5String,
        _ => NetscapeEncodingConfig::Bare,
    }
}

/// The page's *Certificate Type Description*.
fn signature_algorithm(tbs: &TbsCertificate) -> Option<Finding> {
    let found = tbs.signature_algorithm();
    let allowed = [
        SignatureAlgorithm::Sha256WithRsa,
        SignatureAlgorithm::EcdsaWithSha256,
    ];
    (!allowed.contains(&found)).then(|| {
        let expected = allowed.map(|algorithm| algorithm.to_string()).join(" or ");
        Finding::error(
            "enos.signature-algorithm",
            PAGE,
            "signature",
            found.to_string(),
            expected,
        )
    })
}

/// The vendor's clients hold `certSn` in a signed integer of 32 bits.
fn serial(tbs: &TbsCertificate) -> Option<Finding> {
    let fits = tbs
        .serial()
        .to_u64()
        .is_some_and(|number| i32::try_from(number).is_ok());
    (!fits).then(|| {
        Finding::error(
            "enos.serial",
            PAGE,
            "serialNumber",
            tbs.serial().to_string(),
            format!("1 to {}", i32::MAX),
        )
    })
}

fn extensions(tbs: &TbsCertificate, profile: &Profile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found: Vec<_> = tbs.extensions().iter().map(Extension::oid).collect();
    let expected: Vec<_> = profile
        .extensions()
        .iter()
        .map(ExtensionRule::oid)
        .collect();
    if found != expected {
        findings.push(Finding::error(
            "enos.extension-list",
            PAGE,
            "extensions",
            names(&found),
            names(&expected),
        ));
    }
    for rule in profile.extensions() {
        if let Some(extension) = tbs.extensions().find(rule.oid()) {
            findings.extend(value(extension, rule));
        }
    }
    findings
}

/// What one extension says otherwise than the rule for it.
fn value(extension: &Extension, rule: &ExtensionRule) -> Option<Finding> {
    let said = ext::describe(extension);
    let expected = match rule {
        ExtensionRule::Fixed(fixed) => (extension != fixed).then(|| ext::describe(fixed)),
        _ if extension.critical() => Some("not critical".to_owned()),
        ExtensionRule::AuthorityKeyIdentifier {
            issuer_and_serial: true,
            ..
        } => AuthorityKeyIdentifier::from_extension_value(extension.value())
            .ok()
            .filter(|read| read.issuer_and_serial().is_none() || read.key_identifier().is_none())
            .map(|_| "key identifier, issuer and serial number".to_owned()),
        _ => None,
    };
    expected
        .map(|expected| Finding::error("enos.extension-value", PAGE, "extensions", said, expected))
}

fn names(oids: &[Oid]) -> String {
    if oids.is_empty() {
        return "none".to_owned();
    }
    let name = |oid: &Oid| ext::extension_name(*oid).map_or_else(|| oid.to_string(), str::to_owned);
    oids.iter().map(name).collect::<Vec<_>>().join(", ")
}

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
