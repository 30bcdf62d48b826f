//! Object identifiers: a checked value and every OID that certwright writes or reads by name.
//!
//! Each constant tells its arc name and the clause that assigns it.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

/// An object identifier (ITU-T X.660), at most 39 content octets.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Oid(ObjectIdentifier);

/// Why a text is not an object identifier.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found:?} is not an object identifier: dotted decimal such as 2.5.4.3 is expected")]
pub struct OidError {
    /// The text that was found.
    pub found: String,
}

impl Oid {
    /// From the form that the ASN.1 library works with.
    pub(crate) const fn from_asn1(oid: ObjectIdentifier) -> Self {
        Self(oid)
    }

    /// Content octets, without tag and length.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The short name of an attribute type as RFC 4514 §3 and common practice write it, if it has one.
    #[must_use]
    pub fn attribute_name(self) -> Option<&'static str> {
        ATTRIBUTE_NAMES
            .iter()
            .find(|(oid, _)| *oid == self)
            .map(|(_, name)| *name)
    }

    /// The attribute type with this short name, letter case ignored.
    #[must_use]
    pub fn from_attribute_name(name: &str) -> Option<Self> {
        ATTRIBUTE_NAMES
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(oid, _)| *oid)
    }

    const fn known(text: &str) -> Self {
        Self(ObjectIdentifier::new_unwrap(text))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({})", self.0)
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        // X.660 §7.6: a number has no leading zero. The library reads 03, and would write it as 3.
        let read = ObjectIdentifier::new(text).ok();
        let read = read.filter(|oid| oid.to_string() == text);
        read.map(Self).ok_or_else(|| OidError {
            found: text.to_owned(),
        })
    }
}

// Attribute types: X.520 as used by RFC 5280 §4.1.2.4 and appendix A.

/// `id-at-commonName`, RFC 5280 §4.1.2.4.
pub const COMMON_NAME: Oid = Oid::known("2.5.4.3");
/// `id-at-surname`, RFC 5280 §4.1.2.4.
pub const SURNAME: Oid = Oid::known("2.5.4.4");
/// `id-at-serialNumber`, RFC 5280 §4.1.2.4.
pub const SERIAL_NUMBER: Oid = Oid::known("2.5.4.5");
/// `id-at-countryName`, RFC 5280 §4.1.2.4.
pub const COUNTRY: Oid = Oid::known("2.5.4.6");
/// `id-at-localityName`, RFC 5280 §4.1.2.4.
pub const LOCALITY: Oid = Oid::known("2.5.4.7");
/// `id-at-stateOrProvinceName`, RFC 5280 §4.1.2.4.
pub const STATE_OR_PROVINCE: Oid = Oid::known("2.5.4.8");
/// `id-at-streetAddress`, RFC 4519 §2.34.
pub const STREET_ADDRESS: Oid = Oid::known("2.5.4.9");
/// `id-at-organizationName`, RFC 5280 §4.1.2.4.
pub const ORGANIZATION: Oid = Oid::known("2.5.4.10");
/// `id-at-organizationalUnitName`, RFC 5280 §4.1.2.4.
pub const ORGANIZATIONAL_UNIT: Oid = Oid::known("2.5.4.11");
/// `id-at-title`, RFC 5280 §4.1.2.4.
pub const TITLE: Oid = Oid::known("2.5.4.12");
/// `id-at-businessCategory`, RFC 4519 §2.1.
pub const BUSINESS_CATEGORY: Oid = Oid::known("2.5.4.15");
/// `id-at-postalCode`, RFC 4519 §2.23.
pub const POSTAL_CODE: Oid = Oid::known("2.5.4.17");
/// `id-at-telephoneNumber`, RFC 4519 §2.35.
pub const TELEPHONE_NUMBER: Oid = Oid::known("2.5.4.20");
/// `id-at-givenName`, RFC 5280 §4.1.2.4.
pub const GIVEN_NAME: Oid = Oid::known("2.5.4.42");
/// `id-at-uniqueIdentifier`, `x500UniqueIdentifier` of RFC 4519 §2.44.
pub const UNIQUE_IDENTIFIER: Oid = Oid::known("2.5.4.45");
/// `id-at-dnQualifier`, RFC 5280 §4.1.2.4.
pub const DN_QUALIFIER: Oid = Oid::known("2.5.4.46");
/// `id-at-houseIdentifier`, RFC 4519 §2.14.
pub const HOUSE_IDENTIFIER: Oid = Oid::known("2.5.4.51");
/// `id-at-pseudonym`, RFC 5280 §4.1.2.4.
pub const PSEUDONYM: Oid = Oid::known("2.5.4.65");
/// `uid`, RFC 4519 §2.39.
pub const USER_ID: Oid = Oid::known("0.9.2342.19200300.100.1.1");
/// `domainComponent`, RFC 4519 §2.4.
pub const DOMAIN_COMPONENT: Oid = Oid::known("0.9.2342.19200300.100.1.25");
/// `emailAddress`, RFC 5280 §4.1.2.6, PKCS #9.
pub const EMAIL_ADDRESS: Oid = Oid::known("1.2.840.113549.1.9.1");

// Request attributes: RFC 2985 §5.4.

/// `pkcs-9-at-challengePassword`, RFC 2985 §5.4.1.
pub const CHALLENGE_PASSWORD: Oid = Oid::known("1.2.840.113549.1.9.7");
/// `pkcs-9-at-extensionRequest`, RFC 2985 §5.4.2.
pub const EXTENSION_REQUEST: Oid = Oid::known("1.2.840.113549.1.9.14");

// Keys and signatures: RFC 3279, RFC 4055, RFC 5480, RFC 5758.

/// `rsaEncryption`, RFC 3279 §2.3.1.
pub const RSA_ENCRYPTION: Oid = Oid::known("1.2.840.113549.1.1.1");
/// `sha1WithRSAEncryption`, RFC 3279 §2.2.1.
pub const SHA1_WITH_RSA: Oid = Oid::known("1.2.840.113549.1.1.5");
/// `sha256WithRSAEncryption`, RFC 4055 §5.
pub const SHA256_WITH_RSA: Oid = Oid::known("1.2.840.113549.1.1.11");
/// `sha384WithRSAEncryption`, RFC 4055 §5.
pub const SHA384_WITH_RSA: Oid = Oid::known("1.2.840.113549.1.1.12");
/// `sha512WithRSAEncryption`, RFC 4055 §5.
pub const SHA512_WITH_RSA: Oid = Oid::known("1.2.840.113549.1.1.13");
/// `id-ecPublicKey`, RFC 5480 §2.1.1.
pub const EC_PUBLIC_KEY: Oid = Oid::known("1.2.840.10045.2.1");
/// `secp256r1` (`prime256v1`, P-256), RFC 5480 §2.1.1.1.
pub const SECP256R1: Oid = Oid::known("1.2.840.10045.3.1.7");
/// `secp384r1` (P-384), RFC 5480 §2.1.1.1; read only to say what was found.
pub const SECP384R1: Oid = Oid::known("1.3.132.0.34");
/// `secp521r1` (P-521), RFC 5480 §2.1.1.1; read only to say what was found.
pub const SECP521R1: Oid = Oid::known("1.3.132.0.35");
/// `ecdsa-with-SHA256`, RFC 5758 §3.2.
pub const ECDSA_WITH_SHA256: Oid = Oid::known("1.2.840.10045.4.3.2");
/// `ecdsa-with-SHA384`, RFC 5758 §3.2; read only to say what was found.
pub const ECDSA_WITH_SHA384: Oid = Oid::known("1.2.840.10045.4.3.3");
/// `ecdsa-with-SHA512`, RFC 5758 §3.2; read only to say what was found.
pub const ECDSA_WITH_SHA512: Oid = Oid::known("1.2.840.10045.4.3.4");

// Certificate and CRL extensions: RFC 5280 §4.2 and §5.

/// `id-ce-subjectKeyIdentifier`, RFC 5280 §4.2.1.2.
pub const SUBJECT_KEY_IDENTIFIER: Oid = Oid::known("2.5.29.14");
/// `id-ce-keyUsage`, RFC 5280 §4.2.1.3.
pub const KEY_USAGE: Oid = Oid::known("2.5.29.15");
/// `id-ce-subjectAltName`, RFC 5280 §4.2.1.6.
pub const SUBJECT_ALT_NAME: Oid = Oid::known("2.5.29.17");
/// `id-ce-basicConstraints`, RFC 5280 §4.2.1.9.
pub const BASIC_CONSTRAINTS: Oid = Oid::known("2.5.29.19");
/// `id-ce-cRLNumber`, RFC 5280 §5.2.3.
pub const CRL_NUMBER: Oid = Oid::known("2.5.29.20");
/// `id-ce-cRLReasons`, RFC 5280 §5.3.1.
pub const CRL_REASON: Oid = Oid::known("2.5.29.21");
/// `id-ce-nameConstraints`, RFC 5280 §4.2.1.10.
pub const NAME_CONSTRAINTS: Oid = Oid::known("2.5.29.30");
/// `id-ce-cRLDistributionPoints`, RFC 5280 §4.2.1.13.
pub const CRL_DISTRIBUTION_POINTS: Oid = Oid::known("2.5.29.31");
/// `id-ce-certificatePolicies`, RFC 5280 §4.2.1.4.
pub const CERTIFICATE_POLICIES: Oid = Oid::known("2.5.29.32");
/// `id-ce-authorityKeyIdentifier`, RFC 5280 §4.2.1.1.
pub const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::known("2.5.29.35");
/// `id-ce-extKeyUsage`, RFC 5280 §4.2.1.12.
pub const EXTENDED_KEY_USAGE: Oid = Oid::known("2.5.29.37");
/// `id-pe-authorityInfoAccess`, RFC 5280 §4.2.2.1.
pub const AUTHORITY_INFO_ACCESS: Oid = Oid::known("1.3.6.1.5.5.7.1.1");
/// `netscape-ca-revocation-url`, Netscape certificate extensions.
pub const NETSCAPE_CA_REVOCATION_URL: Oid = Oid::known("2.16.840.1.113730.1.4");
/// `netscape-comment`, Netscape certificate extensions.
pub const NETSCAPE_COMMENT: Oid = Oid::known("2.16.840.1.113730.1.13");

// Extended key purposes: RFC 5280 §4.2.1.12.

/// `anyExtendedKeyUsage`, RFC 5280 §4.2.1.12.
pub const ANY_EXTENDED_KEY_USAGE: Oid = Oid::known("2.5.29.37.0");
/// `id-kp-serverAuth`, RFC 5280 §4.2.1.12.
pub const SERVER_AUTH: Oid = Oid::known("1.3.6.1.5.5.7.3.1");
/// `id-kp-clientAuth`, RFC 5280 §4.2.1.12.
pub const CLIENT_AUTH: Oid = Oid::known("1.3.6.1.5.5.7.3.2");
/// `id-kp-codeSigning`, RFC 5280 §4.2.1.12.
pub const CODE_SIGNING: Oid = Oid::known("1.3.6.1.5.5.7.3.3");
/// `id-kp-emailProtection`, RFC 5280 §4.2.1.12.
pub const EMAIL_PROTECTION: Oid = Oid::known("1.3.6.1.5.5.7.3.4");
/// `id-ad-caIssuers`, RFC 5280 §4.2.2.1.
pub const CA_ISSUERS: Oid = Oid::known("1.3.6.1.5.5.7.48.2");
/// `id-ad-ocsp`, RFC 5280 §4.2.2.1.
pub const OCSP: Oid = Oid::known("1.3.6.1.5.5.7.48.1");

// Cryptographic Message Syntax: RFC 5652.

/// `id-data`, RFC 5652 §4.
pub const DATA: Oid = Oid::known("1.2.840.113549.1.7.1");
/// `id-envelopedData`, RFC 5652 §6.1.
pub const ENVELOPED_DATA: Oid = Oid::known("1.2.840.113549.1.7.3");
/// `id-signedData`, RFC 5652 §5.1.
pub const SIGNED_DATA: Oid = Oid::known("1.2.840.113549.1.7.2");

/// `id-contentType`, RFC 5652 §11.1.
pub const CONTENT_TYPE: Oid = Oid::known("1.2.840.113549.1.9.3");
/// `id-messageDigest`, RFC 5652 §11.2.
pub const MESSAGE_DIGEST: Oid = Oid::known("1.2.840.113549.1.9.4");
/// `id-sha1`, RFC 3370 §2.1.
pub const SHA1: Oid = Oid::known("1.3.14.3.2.26");
/// `id-sha256`, RFC 5754 §2.2.
pub const SHA256: Oid = Oid::known("2.16.840.1.101.3.4.2.1");
/// `id-aes256-CBC`, RFC 3565 §4.1.
pub const AES_256_CBC: Oid = Oid::known("2.16.840.1.101.3.4.1.42");
/// `id-RSAES-OAEP`, RFC 4055 §4.1.
pub const RSAES_OAEP: Oid = Oid::known("1.2.840.113549.1.1.7");
/// `id-mgf1`, RFC 4055 §2.2.
pub const MGF1: Oid = Oid::known("1.2.840.113549.1.1.8");
/// `id-sha384`, RFC 5754 §2.3.
pub const SHA384: Oid = Oid::known("2.16.840.1.101.3.4.2.2");
/// `id-sha512`, RFC 5754 §2.4.
pub const SHA512: Oid = Oid::known("2.16.840.1.101.3.4.2.3");

/// Short names of attribute types; RFC 4514 §3 fixes CN, L, ST, O, OU, C, STREET, DC and UID.
const ATTRIBUTE_NAMES: &[(Oid, &str)] = &[
    (COMMON_NAME, "CN"),
    (LOCALITY, "L"),
    (STATE_OR_PROVINCE, "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (COUNTRY, "C"),
    (STREET_ADDRESS, "STREET"),
    (DOMAIN_COMPONENT, "DC"),
    (USER_ID, "UID"),
    (SURNAME, "SN"),
    (GIVEN_NAME, "GN"),
    (SERIAL_NUMBER, "serialNumber"),
    (TITLE, "title"),
    (BUSINESS_CATEGORY, "businessCategory"),
    (POSTAL_CODE, "postalCode"),
    (TELEPHONE_NUMBER, "telephoneNumber"),
    (DN_QUALIFIER, "dnQualifier"),
    (HOUSE_IDENTIFIER, "houseIdentifier"),
    (PSEUDONYM, "pseudonym"),
    (EMAIL_ADDRESS, "emailAddress"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_text_goes_round() {
        let oid: Oid = "2.16.840.1.113730.1.13".parse().unwrap();
        assert_eq!(oid, NETSCAPE_COMMENT);
        assert_eq!(oid.to_string(), "2.16.840.1.113730.1.13");
        assert_eq!(
            oid.as_bytes(),
            [0x60, 0x86, 0x48, 0x01, 0x86, 0xF8, 0x42, 0x01, 0x0D]
        );
    }

    #[test]
    fn text_that_is_no_oid_is_refused() {
        for found in [
            "", "2", "2.5.x", "3.1.1", "2.5.4.3 ", "1.40.1", "1.2.03", "01.2.3",
        ] {
            let error = found.parse::<Oid>().unwrap_err();
            assert_eq!(error.found, found);
        }
    }

    #[test]
    fn attribute_names_are_found_in_any_letter_case() {
        assert_eq!(Oid::from_attribute_name("cn"), Some(COMMON_NAME));
        assert_eq!(
            Oid::from_attribute_name("EMAILADDRESS"),
            Some(EMAIL_ADDRESS)
        );
        assert_eq!(COUNTRY.attribute_name(), Some("C"));
        assert_eq!(SERVER_AUTH.attribute_name(), None);
    }
}
