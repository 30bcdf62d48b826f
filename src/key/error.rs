//! Why a key, a signature or a name of an algorithm is refused.

use crate::key::algorithm::SignatureAlgorithm;
use crate::pem::PemError;

/// Why a key cannot be read, made, written or used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The signature algorithm belongs to another kind of key.
    #[error("{algorithm} does not fit a key of kind {key}")]
    AlgorithmMismatch {
        /// The algorithm that was asked for.
        algorithm: SignatureAlgorithm,
        /// The kind of the key.
        key: String,
    },
    /// Two parts of a private key do not belong together.
    #[error("the private key contradicts itself: {reason}")]
    Contradictory {
        /// Which parts, never their values.
        reason: String,
    },
    /// The passphrase is wrong or the encrypted octets are damaged; PBES2 cannot tell one from the other.
    #[error("the private key does not decrypt: wrong passphrase or damaged octets")]
    Decryption,
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty, at least one character is required")]
    EmptyPassphrase,
    /// The key is where it was made, and cannot be written out.
    #[error("the private key is in a PKCS #11 token and does not leave it")]
    InToken,
    /// A key derivation that costs too much or too little (RFC 8018 §4.2, RFC 7914 §2).
    #[error("{parameter} of {actual}, allowed {min} to {max}")]
    KdfCost {
        /// The parameter of PBKDF2 or scrypt.
        parameter: &'static str,
        /// What was found.
        actual: u64,
        /// The least that is allowed.
        min: u64,
        /// The most that is allowed.
        max: u64,
    },
    /// The octets are not the DER that was expected.
    #[error("{what} is malformed: {reason}")]
    Malformed {
        /// The ASN.1 type that was expected.
        what: &'static str,
        /// What the reader stumbled over.
        reason: String,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("the private key is encrypted and no passphrase was given")]
    PassphraseMissing,
    /// The text is not the PEM of a private key.
    #[error("the private key is not readable as PEM")]
    Pem(#[source] PemError),
    /// The random number generator failed.
    #[error("the random number generator failed")]
    Rng,
    /// An RSA public exponent that the engines do not work with.
    #[error("RSA public exponent {found}, allowed odd numbers from 3 to 8589934591")]
    RsaExponent {
        /// The exponent in hexadecimal, cut when long.
        found: String,
    },
    /// An RSA modulus that the engines do not work with.
    #[error("RSA modulus of {actual_bits} bits, allowed {min_bits} to {max_bits}")]
    RsaModulus {
        /// Bits found.
        actual_bits: u32,
        /// The least that is allowed.
        min_bits: u32,
        /// The most that is allowed.
        max_bits: u32,
    },
    /// An RSA modulus divisible by two.
    #[error("RSA modulus is even, the product of two odd primes is required")]
    RsaModulusEven,
    /// The signature does not verify with this key and message.
    #[error("the signature does not verify")]
    SignatureInvalid,
    /// The engine did not bring forth a signature that verifies; nothing was released.
    #[error("signing failed: {reason}")]
    Signing {
        /// What the engine said.
        reason: String,
    },
    /// A PKCS #11 token, or the library that leads to it, does not do its part.
    #[error("PKCS #11: cannot {doing}: {reason}")]
    Token {
        /// What was being done.
        doing: &'static str,
        /// What the library said, or what was found; never a PIN.
        reason: String,
    },
    /// A text is not the URI of a private key in a PKCS #11 token (RFC 7512).
    #[error(
        "not the pkcs11: URI of a private key: {reason} (expected \
         pkcs11:token=LABEL;object=LABEL?module-path=LIBRARY&pin-source=FILE)"
    )]
    TokenUri {
        /// What is wrong with it; values are left out, as one may be a PIN.
        reason: String,
    },
    /// The URI of a key in a PKCS #11 token, which this build cannot follow.
    #[error(
        "the private key is in a PKCS #11 token, and certwright was built without the feature pkcs11"
    )]
    TokensNotBuilt,
    /// A text names no key algorithm.
    #[error("{found:?} is not a key algorithm: P-256, RSA-2048, RSA-3072 or RSA-4096 is expected")]
    UnknownAlgorithm {
        /// The text that was found.
        found: String,
    },
    /// A text names no signature algorithm.
    #[error(
        "{found:?} is not a signature algorithm: ecdsa-with-SHA256 or sha1, sha256, sha384 or \
         sha512 before WithRSAEncryption is expected"
    )]
    UnknownSignatureAlgorithm {
        /// The text that was found.
        found: String,
    },
    /// A key encryption that is not read.
    #[error(
        "private key encrypted with {name}, allowed PBES2 with AES-CBC and PBKDF2-HMAC-SHA-2 or scrypt"
    )]
    UnsupportedEncryption {
        /// Name or object identifier.
        name: String,
    },
    /// A key of a kind that is read only to be named.
    #[error("key of kind {name}, allowed P-256, RSA-2048, RSA-3072 and RSA-4096")]
    UnsupportedKey {
        /// Name and object identifier.
        name: String,
    },
    /// A signature algorithm that is read only to be named.
    #[error(
        "signature algorithm {name}, allowed ecdsa-with-SHA256 and RSA PKCS #1 v1.5 with SHA-1 or SHA-2"
    )]
    UnsupportedSignatureAlgorithm {
        /// Name and object identifier.
        name: String,
    },
}

impl KeyError {
    /// A reader's complaint about `what`.
    pub(in crate::key) fn malformed(what: &'static str, reason: impl ToString) -> Self {
        Self::Malformed {
            what,
            reason: reason.to_string(),
        }
    }
}
