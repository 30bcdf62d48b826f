//! Whether a certificate has the shape that a vendor's profile describes, is whole, and is in its period.

use crate::cert::{Certificate, TbsCertificate};
use crate::ext;
use crate::ext::netscape::{CaRevocationUrl, NetscapeEncoding};
use crate::ext::{AuthorityKeyIdentifier, Extension, SubjectKeyIdentifier};
use crate::key::weak;
use crate::key::{PublicKeyKind, SignatureAlgorithm};
use crate::lint;
use crate::lint::Finding;
use crate::oid;
use crate::oid::Oid;
use crate::profile::{ExtensionRule, Profile};
use crate::serial::SerialPolicy;
use crate::time::UnixSeconds;

/// The names of a vendor's rules about certificates, and where they stand.
pub(super) struct Rules {
    pub(super) source: &'static str,
    pub(super) chain: &'static str,
    pub(super) expired: &'static str,
    pub(super) extension_list: &'static str,
    pub(super) extension_value: &'static str,
    pub(super) not_yet_valid: &'static str,
    pub(super) self_signed: &'static str,
    pub(super) serial: &'static str,
    pub(super) signature: &'static str,
    pub(super) signature_algorithm: &'static str,
    pub(super) weak_key: &'static str,
}

/// Who issues a vendor's certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Issuer {
    /// A CA.
    Authority,
    /// Each certificate's subject.
    Subject,
}

/// What a vendor's certificates are held against.
pub(super) struct Shape<'a> {
    pub(super) rules: &'a Rules,
    pub(super) profile: &'a Profile,
    pub(super) issuer: Issuer,
    /// The largest number of a sequence.
    pub(super) largest_serial: u64,
}

impl Shape<'_> {
    /// All that RFC 5280 and the profile would have otherwise.
    pub(super) fn findings(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        let mut findings = lint::run(tbs, self.profile.accepted_findings());
        let of_key = self.profile.findings(tbs.public_key(), tbs.validity());
        let is_key_refused = of_key
            .iter()
            .any(|finding| finding.rule() == "profile.subject-key");
        findings.extend(of_key);
        findings.extend(self.profile.subject_findings(tbs.subject()));
        findings.extend(self.rules.weak_keys(tbs));
        // With another key a certificate that signs itself would have had another algorithm.
        if !(is_key_refused && self.issuer == Issuer::Subject) {
            findings.extend(self.signature_algorithm(tbs));
        }
        if self.issuer == Issuer::Subject && tbs.issuer() != tbs.subject() {
            findings.push(Finding::error(
                self.rules.self_signed,
                self.rules.source,
                "issuer",
                tbs.issuer().to_string(),
                format!("the subject, {}", tbs.subject()),
            ));
        }
        findings.extend(self.serial(tbs));
        findings.extend(self.extension_list(tbs));
        findings.extend(self.extension_values(tbs));
        findings
    }

    fn signature_algorithm(&self, tbs: &TbsCertificate) -> Option<Finding> {
        let found = tbs.signature_algorithm();
        let is_refused = self
            .profile
            .clone()
            .with_signature_algorithm(found)
            .is_err();
        is_refused.then(|| {
            Finding::error(
                self.rules.signature_algorithm,
                self.rules.source,
                "signature",
                found.to_string(),
                self.profile.signature_algorithm_names(),
            )
        })
    }

    fn serial(&self, tbs: &TbsCertificate) -> Option<Finding> {
        let number = tbs.serial().to_u64();
        let (fits, expected) = match self.profile.serial() {
            SerialPolicy::Sequence { first } => {
                let allowed = first..=self.largest_serial;
                let expected = format!("{first} to {}", self.largest_serial);
                (
                    number.is_some_and(|number| allowed.contains(&number)),
                    expected,
                )
            }
            _ => {
                let octets = tbs.serial().as_be_bytes().len();
                let expected = format!("a random number of {LEAST_RANDOM_OCTETS} octets or more");
                (octets >= LEAST_RANDOM_OCTETS, expected)
            }
        };
        let (rules, found) = (self.rules, tbs.serial().to_string());
        (!fits).then(|| Finding::error(rules.serial, rules.source, "serialNumber", found, expected))
    }

    fn extension_list(&self, tbs: &TbsCertificate) -> Option<Finding> {
        let found: Vec<_> = tbs.extensions().iter().map(Extension::oid).collect();
        let here = |rule: &ExtensionRule| tbs.extensions().find(rule.oid()).is_some();
        // An order may bring no names, and then there is no extension for them.
        let optional = |rule: &ExtensionRule| matches!(rule, ExtensionRule::SubjectAltName);
        let expected = self.profile.extensions().iter();
        let expected = expected.filter(|rule| here(rule) || !optional(rule));
        let expected: Vec<_> = expected.map(ExtensionRule::oid).collect();
        (found != expected).then(|| {
            Finding::error(
                self.rules.extension_list,
                self.rules.source,
                "extensions",
                names(&found),
                names(&expected),
            )
        })
    }

    fn extension_values(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        let finding = |rule: &ExtensionRule| {
            let extension = tbs.extensions().find(rule.oid())?;
            // What cannot be read, the lint of RFC 5280 tells.
            if matches!(ext::check_value(extension), Some(Err(_))) {
                return None;
            }
            let expected = self.wrong_value(tbs, extension, rule)?;
            Some(Finding::error(
                self.rules.extension_value,
                self.rules.source,
                "extensions",
                ext::describe(extension),
                expected,
            ))
        };
        self.profile
            .extensions()
            .iter()
            .filter_map(finding)
            .collect()
    }

    /// What one extension should say, when it does not; what RFC 5280 forbids has its lint, and is not told twice.
    fn wrong_value(
        &self,
        tbs: &TbsCertificate,
        extension: &Extension,
        rule: &ExtensionRule,
    ) -> Option<String> {
        match rule {
            ExtensionRule::Fixed(fixed) => (extension != fixed).then(|| ext::describe(fixed)),
            ExtensionRule::AuthorityKeyIdentifier {
                issuer_and_serial,
                critical,
            } => not_critical(extension, *critical)
                .or_else(|| self.wrong_authority(tbs, extension, *issuer_and_serial)),
            ExtensionRule::SubjectKeyIdentifier { critical } => not_critical(extension, *critical)
                .or_else(|| {
                    let own = tbs.public_key().key_identifier();
                    let read = SubjectKeyIdentifier::from_extension_value(extension.value());
                    let same = read.is_ok_and(|found| found.as_bytes() == own.as_bytes());
                    (!same).then(|| format!("the SHA-1 of its own key, {own}"))
                }),
            ExtensionRule::NetscapeCaRevocationUrl { encoding } => {
                let read = CaRevocationUrl::from_extension_value(extension.value()).ok()?;
                let is_tagged = read.encoding() == NetscapeEncoding::Ia5String;
                if is_tagged && *encoding == NetscapeEncoding::Bare {
                    return Some("octets without the tag of a string".to_owned());
                }
                critical(extension)
            }
            // Critical where the subject is empty, which the lint demands.
            ExtensionRule::SubjectAltName if tbs.subject().is_empty() => None,
            _ => critical(extension),
        }
    }

    fn wrong_authority(
        &self,
        tbs: &TbsCertificate,
        extension: &Extension,
        issuer_and_serial: bool,
    ) -> Option<String> {
        let read = AuthorityKeyIdentifier::from_extension_value(extension.value()).ok()?;
        if read.issuer_and_serial().is_some() != issuer_and_serial {
            let expected = if issuer_and_serial {
                "key identifier, issuer and serial number"
            } else {
                "the key identifier alone"
            };
            return Some(expected.to_owned());
        }
        let own = tbs.public_key().key_identifier();
        let is_own = read
            .key_identifier()
            .is_some_and(|found| found.as_bytes() == own.as_bytes());
        (self.issuer == Issuer::Subject && !is_own)
            .then(|| format!("the identifier of its own key, {own}"))
    }
}

impl Rules {
    /// What is wrong with a certificate beyond what was signed: its period at a moment, and its signature where it says that
    /// it signs itself.
    pub(super) fn whole(&self, certificate: &Certificate, at: UnixSeconds) -> Vec<Finding> {
        let mut findings: Vec<_> = self.period(certificate.tbs(), at).into_iter().collect();
        if certificate.is_self_issued() && other_signer(certificate.tbs()).is_none() {
            findings.extend(self.signed_by(certificate, certificate));
        }
        findings
    }

    /// Whether a CA can be believed for as long as its certificate says: whatever a vendor asks of others, what its CA
    /// signs is worth no more than the CA's own key, and the signature on that key.
    pub(super) fn strength(&self, certificate: &Certificate) -> Vec<Finding> {
        let tbs = certificate.tbs();
        let mut findings = self.weak_keys(tbs);
        if let PublicKeyKind::Rsa { modulus_bits } = tbs.public_key().kind()
            && *modulus_bits < LEAST_RSA_BITS
        {
            findings.push(Finding::error(
                self.weak_key,
                STRENGTH,
                "subjectPublicKeyInfo",
                format!("RSA modulus of {modulus_bits} bits"),
                format!("{LEAST_RSA_BITS} bits or more"),
            ));
        }
        // Nobody relies on the signature of a root upon itself; on that of a link between two of its keys many do.
        let algorithm = tbs.signature_algorithm();
        if algorithm == SignatureAlgorithm::Sha1WithRsa && !is_self_signed(certificate) {
            let (found, expected) = (algorithm.to_string(), "a signature with SHA-2");
            let rule = self.signature_algorithm;
            findings.push(Finding::error(rule, STRENGTH, "signature", found, expected));
        }
        findings
    }

    fn weak_keys(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        let found = weak::weaknesses(&[tbs.public_key()]);
        let finding = |weakness: weak::Weakness| {
            Finding::error(
                self.weak_key,
                "RFC 8017 §3.1",
                "subjectPublicKeyInfo",
                weakness.to_string(),
                "a key that is hard to factor",
            )
        };
        found.into_iter().flatten().map(finding).collect()
    }

    /// RFC 5280 §6.1.3 (a) (2): the moment is within the period. A warning: the vendor would have made it no other way.
    pub(super) fn period(&self, tbs: &TbsCertificate, at: UnixSeconds) -> Option<Finding> {
        let validity = tbs.validity();
        let (rule, field, found, expected) = if at > validity.not_after() {
            let expected = format!("{at} or later");
            (self.expired, "notAfter", validity.not_after(), expected)
        } else if at < validity.not_before() {
            let expected = format!("{at} or earlier");
            (
                self.not_yet_valid,
                "notBefore",
                validity.not_before(),
                expected,
            )
        } else {
            return None;
        };
        let found = found.to_string();
        let finding = Finding::error(rule, "RFC 5280 §6.1.3", field, found, expected);
        Some(finding.into_warning())
    }

    /// RFC 5280 §6.1.3 (a) (1): the issuer's key verifies the signature.
    pub(super) fn signed_by(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Option<Finding> {
        let error = certificate.verify_signature(issuer.public_key()).err()?;
        let found = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), |cause| cause.to_string());
        let expected = format!("a signature by the key of {}", issuer.subject());
        Some(Finding::error(
            self.signature,
            "RFC 5280 §6.1.3",
            "signatureValue",
            found,
            expected,
        ))
    }
}

fn critical(extension: &Extension) -> Option<String> {
    extension.critical().then(|| "not critical".to_owned())
}

fn not_critical(extension: &Extension, should: bool) -> Option<String> {
    (should && !extension.critical()).then(|| "critical".to_owned())
}

fn names(oids: &[Oid]) -> String {
    if oids.is_empty() {
        return "none".to_owned();
    }
    let name = |oid: &Oid| ext::extension_name(*oid).map_or_else(|| oid.to_string(), str::to_owned);
    oids.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Whether a certificate is signed by the key that it certifies, and not merely by its subject.
fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.is_self_issued()
        && certificate
            .verify_signature(certificate.public_key())
            .is_ok()
}

/// The key that signed a CA's certificate for itself, where it names another than its own: such lead from an old key of the CA to
/// a new one and back (RFC 4210 §4.4).
pub(super) fn other_signer(tbs: &TbsCertificate) -> Option<SubjectKeyIdentifier> {
    let authority = read(
        tbs,
        oid::AUTHORITY_KEY_IDENTIFIER,
        AuthorityKeyIdentifier::from_extension_value,
    )?;
    let signer = authority.key_identifier()?;
    let is_link = is_ca(tbs) && tbs.issuer() == tbs.subject() && own_key(tbs)? != *signer;
    is_link.then(|| signer.clone())
}

/// What a certificate calls its key.
pub(super) fn own_key(tbs: &TbsCertificate) -> Option<SubjectKeyIdentifier> {
    read(
        tbs,
        oid::SUBJECT_KEY_IDENTIFIER,
        SubjectKeyIdentifier::from_extension_value,
    )
}

/// The extension of this type, read; `None` when it is absent or cannot be.
pub(super) fn read<T, E>(
    tbs: &TbsCertificate,
    oid: Oid,
    read: fn(&[u8]) -> Result<T, E>,
) -> Option<T> {
    let extension = tbs.extensions().find(oid)?;
    read(extension.value()).ok()
}

/// Whether the certificate says that it is a CA's.
pub(super) fn is_ca(tbs: &TbsCertificate) -> bool {
    let constraints = read(
        tbs,
        oid::BASIC_CONSTRAINTS,
        ext::BasicConstraints::from_extension_value,
    );
    constraints.is_some_and(ext::BasicConstraints::is_ca)
}

/// 64 bits, which the contracts of those who draw serial numbers ask for.
const LEAST_RANDOM_OCTETS: usize = 8;

/// What signatures and keys of CAs are held against.
const STRENGTH: &str = "NIST SP 800-131A Rev. 2";

const LEAST_RSA_BITS: u32 = 2048;
