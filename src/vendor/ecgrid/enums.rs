//! The vendor's enumerations, name for name as the WSDL of version 4.1 has them.
//!
//! XML is particular about letter case ([`Named::from_xml`]); JSON is read in any.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::key::SignatureAlgorithm;

/// An enumeration of the vendor's.
pub trait Named: Copy + Sized + 'static {
    /// The enumeration's own name.
    const NAME: &'static str;
    /// Every value.
    const VALUES: &'static [Self];

    /// The value's name.
    fn as_str(self) -> &'static str;

    /// The value of this name, in the letter case that XML demands.
    #[must_use]
    fn from_xml(name: &str) -> Option<Self> {
        let mut values = Self::VALUES.iter().copied();
        values.find(|value| value.as_str() == name)
    }

    /// The value of this name in any letter case.
    #[must_use]
    fn from_json(name: &str) -> Option<Self> {
        let mut values = Self::VALUES.iter().copied();
        values.find(|value| value.as_str().eq_ignore_ascii_case(name))
    }

    /// The names of all values, for a message.
    #[must_use]
    fn names() -> String {
        let names: Vec<_> = Self::VALUES.iter().map(|value| value.as_str()).collect();
        names.join(", ")
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$value_doc])* $value,)+
        }

        impl Named for $type {
            const NAME: &'static str = stringify!($type);
            const VALUES: &'static [Self] = &[$(Self::$value,)+];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                Self::from_json(&name).ok_or_else(|| {
                    let allowed = Self::names();
                    serde::de::Error::custom(format!("{} {name:?}, allowed {allowed}", Self::NAME))
                })
            }
        }
    };
}

named! {
    /// What a certificate is for (`CertificateUsage`).
    CertificateUsage {
        /// Transport security.
        Ssl = "SSL",
        /// Encrypting payloads.
        Encryption = "Encryption",
        /// Signing payloads.
        Signature = "Signature",
        /// Both of payloads.
        EncryptionAndSignature = "EncryptionAndSignature",
    }
}

named! {
    /// What a certificate is (`CertificateType`).
    CertificateType {
        /// X.509.
        X509 = "X509",
        /// An `OpenPGP` key; named by the vendor, no certificate here.
        Pgp = "PGP",
        /// An SSH key; named by the vendor, no certificate here.
        Ssh = "SSH",
    }
}

named! {
    /// What a certificate is hashed with before it is signed (`CertificateSecureHashAlgorithm`), as the pages have it.
    SecureHashAlgorithm {
        /// SHA-1; only where the workspace allows it.
        Sha1 = "SHA1",
        /// SHA-256.
        Sha256 = "SHA256",
        /// SHA-384.
        Sha384 = "SHA384",
        /// SHA-512.
        Sha512 = "SHA512",
    }
}

named! {
    /// The state of a Comm, or of a certificate of one (`Status`).
    Status {
        /// Being set up.
        Development = "Development",
        /// In use.
        Active = "Active",
        /// About to be used.
        Preproduction = "Preproduction",
        /// Out of use for a time.
        Suspended = "Suspended",
        /// Out of use for good.
        Terminated = "Terminated",
    }
}

named! {
    /// What a Comm carries (`UseType`).
    UseType {
        /// Not said.
        Undefined = "Undefined",
        /// Tests.
        Test = "Test",
        /// Production.
        Production = "Production",
        /// Both.
        TestAndProduction = "TestAndProduction",
    }
}

named! {
    /// The protocol of a Comm (`NetworkGatewayCommChannel`).
    CommChannel {
        /// None.
        None = "none",
        /// FTP.
        Ftp = "ftp",
        /// FTP over SSH.
        Sftp = "sftp",
        /// AS2 (RFC 4130).
        As2 = "as2",
        /// HTTP.
        Http = "http",
        /// Odette FTP.
        Oftp = "oftp",
        /// X.400.
        X400 = "x400",
        /// GISB.
        Gisb = "gisb",
        /// `RosettaNet`.
        Rnif = "rnif",
        /// cXML.
        Cxml = "cxml",
        /// FTP over TLS from the first octet.
        FtpSslImplicit = "ftpsslimplicit",
        /// FTP over TLS when asked for.
        FtpSslExplicit = "ftpsslexplicit",
        /// Peppol.
        Peppol = "peppol",
        /// AS4.
        As4 = "as4",
        /// Not said.
        Undefined = "undefined",
    }
}

named! {
    /// What receipt a Comm asks for (`ReceiptType`).
    ReceiptType {
        /// None.
        None = "None",
        /// At once, unsigned.
        SynchronousUnsigned = "SynchronousUnsigned",
        /// At once, signed.
        SynchronousSigned = "SynchronousSigned",
        /// Later, unsigned.
        AsynchronousUnsigned = "AsynchronousUnsigned",
        /// Later, signed.
        AsynchronousSigned = "AsynchronousSigned",
    }
}

named! {
    /// How a Comm's HTTP requests are authenticated (`HTTPAuthType`).
    HttpAuthType {
        /// Not at all.
        None = "None",
        /// Basic.
        Basic = "Basic",
        /// Digest.
        Digest = "Digest",
        /// By certificate.
        Certificate = "Certificate",
    }
}

named! {
    /// What a caller may do (`AuthLevel`); an earlier one may do more, but for the first.
    AuthLevel {
        /// No level: leaves one as it is.
        NoChange = "NoChange",
        /// Everything.
        Root = "Root",
        /// The vendor's technicians.
        TechOps = "TechOps",
        /// The vendor's operators.
        NetOps = "NetOps",
        /// All of a network.
        NetworkAdmin = "NetworkAdmin",
        /// A network's user.
        NetworkUser = "NetworkUser",
        /// All of a mailbox.
        MailboxAdmin = "MailboxAdmin",
        /// A mailbox's user.
        MailboxUser = "MailboxUser",
        /// A trading partner's user.
        TpUser = "TPUser",
        /// Anyone.
        General = "General",
    }
}

named! {
    /// How a certificate is kept (`CertStoreTypes`).
    CertStoreType {
        /// In a user's store.
        User = "cstUser",
        /// In a machine's store.
        Machine = "cstMachine",
        /// PKCS #12, a file.
        PfxFile = "cstPFXFile",
        /// PKCS #12, octets.
        PfxBlob = "cstPFXBlob",
        /// A Java key store, a file.
        JksFile = "cstJKSFile",
        /// A Java key store, octets.
        JksBlob = "cstJKSBlob",
        /// A PEM key, a file.
        PemKeyFile = "cstPEMKeyFile",
        /// A PEM key, octets.
        PemKeyBlob = "cstPEMKeyBlob",
        /// A public key, a file.
        PublicKeyFile = "cstPublicKeyFile",
        /// A public key, octets.
        PublicKeyBlob = "cstPublicKeyBlob",
        /// An SSH public key, octets.
        SshPublicKeyBlob = "cstSSHPublicKeyBlob",
        /// PKCS #7, a file.
        P7bFile = "cstP7BFile",
        /// PKCS #7, octets.
        P7bBlob = "cstP7BBlob",
        /// An SSH public key, a file.
        SshPublicKeyFile = "cstSSHPublicKeyFile",
        /// A `PuTTY` key, a file.
        PpkFile = "cstPPKFile",
        /// A `PuTTY` key, octets.
        PpkBlob = "cstPPKBlob",
        /// An XML key, a file.
        XmlFile = "cstXMLFile",
        /// An XML key, octets.
        XmlBlob = "cstXMLBlob",
        /// A JSON web key, a file.
        JwkFile = "cstJWKFile",
        /// A JSON web key, octets.
        JwkBlob = "cstJWKBlob",
    }
}

impl SecureHashAlgorithm {
    /// The hash of a name in XML: those of the pages and the two of the WSDL, `sha1` and `sha2`, the latter SHA-256.
    #[must_use]
    pub fn from_soap(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha2" => Some(Self::Sha256),
            _ => Self::from_xml(name),
        }
    }

    /// The signature of an RSA key with this hash.
    #[must_use]
    pub fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Sha1 => SignatureAlgorithm::Sha1WithRsa,
            Self::Sha256 => SignatureAlgorithm::Sha256WithRsa,
            Self::Sha384 => SignatureAlgorithm::Sha384WithRsa,
            Self::Sha512 => SignatureAlgorithm::Sha512WithRsa,
        }
    }

    /// The hash of a signature.
    #[must_use]
    pub fn of_signature(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Sha1WithRsa => Self::Sha1,
            SignatureAlgorithm::Sha384WithRsa => Self::Sha384,
            SignatureAlgorithm::Sha512WithRsa => Self::Sha512,
            SignatureAlgorithm::Sha256WithRsa | SignatureAlgorithm::EcdsaWithSha256 => Self::Sha256,
        }
    }
}

impl Default for SecureHashAlgorithm {
    /// The page states no default and calls SHA-256 the recommended minimum.
    fn default() -> Self {
        Self::Sha256
    }
}

impl Default for CertificateUsage {
    /// The page states no default; its samples ask for both.
    fn default() -> Self {
        Self::EncryptionAndSignature
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<T: Named>(expected: &str) {
        assert_eq!(T::names(), expected, "{}", T::NAME);
        for value in T::VALUES {
            assert_eq!(
                T::from_xml(value.as_str()).map(T::as_str),
                Some(value.as_str())
            );
            let upper = value.as_str().to_ascii_uppercase();
            assert_eq!(T::from_json(&upper).map(T::as_str), Some(value.as_str()));
        }
        assert!(T::from_xml("").is_none() && T::from_json("x").is_none());
    }

    #[test]
    fn every_enumeration_has_the_vendors_names() {
        names::<CertificateUsage>("SSL, Encryption, Signature, EncryptionAndSignature");
        names::<CertificateType>("X509, PGP, SSH");
        names::<SecureHashAlgorithm>("SHA1, SHA256, SHA384, SHA512");
        names::<Status>("Development, Active, Preproduction, Suspended, Terminated");
        names::<UseType>("Undefined, Test, Production, TestAndProduction");
        names::<CommChannel>(
            "none, ftp, sftp, as2, http, oftp, x400, gisb, rnif, cxml, ftpsslimplicit, \
             ftpsslexplicit, peppol, as4, undefined",
        );
        names::<ReceiptType>(
            "None, SynchronousUnsigned, SynchronousSigned, AsynchronousUnsigned, \
             AsynchronousSigned",
        );
        names::<HttpAuthType>("None, Basic, Digest, Certificate");
        names::<AuthLevel>(
            "NoChange, Root, TechOps, NetOps, NetworkAdmin, NetworkUser, MailboxAdmin, \
             MailboxUser, TPUser, General",
        );
        names::<CertStoreType>(
            "cstUser, cstMachine, cstPFXFile, cstPFXBlob, cstJKSFile, cstJKSBlob, cstPEMKeyFile, \
             cstPEMKeyBlob, cstPublicKeyFile, cstPublicKeyBlob, cstSSHPublicKeyBlob, cstP7BFile, \
             cstP7BBlob, cstSSHPublicKeyFile, cstPPKFile, cstPPKBlob, cstXMLFile, cstXMLBlob, \
             cstJWKFile, cstJWKBlob",
        );
    }

    #[test]
    fn xml_is_particular_about_letter_case() {
        assert_eq!(CertificateUsage::from_xml("ssl"), None);
        assert_eq!(
            CertificateUsage::from_json("ssl"),
            Some(CertificateUsage::Ssl)
        );
    }

    #[test]
    fn both_spellings_of_the_hashes_are_read_from_soap() {
        for (name, expected) in [
            ("sha1", Some(SecureHashAlgorithm::Sha1)),
            ("sha2", Some(SecureHashAlgorithm::Sha256)),
            ("SHA1", Some(SecureHashAlgorithm::Sha1)),
            ("SHA256", Some(SecureHashAlgorithm::Sha256)),
            ("SHA384", Some(SecureHashAlgorithm::Sha384)),
            ("SHA512", Some(SecureHashAlgorithm::Sha512)),
            ("sha256", None),
            ("SHA2", None),
        ] {
            assert_eq!(SecureHashAlgorithm::from_soap(name), expected, "{name}");
        }
    }

    #[test]
    fn a_hash_and_its_signature_name_each_other() {
        for hash in SecureHashAlgorithm::VALUES {
            let signature = hash.signature_algorithm();
            assert_eq!(SecureHashAlgorithm::of_signature(signature), *hash);
        }
    }
}
