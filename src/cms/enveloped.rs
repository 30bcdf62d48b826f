//! A content that only the holder of a certificate's key can read.
//!
//! ```asn1
//! EnvelopedData ::= SEQUENCE {
//!     version INTEGER, recipientInfos SET OF RecipientInfo,
//!     encryptedContentInfo SEQUENCE {
//!         contentType OBJECT IDENTIFIER, contentEncryptionAlgorithm AlgorithmIdentifier,
//!         encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL } }
//! KeyTransRecipientInfo ::= SEQUENCE {
//!     version INTEGER, rid IssuerAndSerialNumber,
//!     keyEncryptionAlgorithm AlgorithmIdentifier, encryptedKey OCTET STRING }
//! ```

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::ext::{KeyUsage, KeyUsageBit};
use crate::key;
use crate::key::KeyError;
use crate::oid;
use crate::pem;
use crate::pem::Label;
use crate::tlv;

/// Who may read: the holder of the RSA key of a certificate.
///
/// Invariant: the key has at least 2,048 bits, and the certificate does not say that it is for something else.
#[derive(Clone, Debug)]
pub struct Recipient(Certificate);

/// Why nothing can be encrypted for the holder of a certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientError {
    /// The key cannot be encrypted for.
    #[error("the recipient's key cannot be used")]
    Key(#[source] KeyError),
    /// The certificate says what its key is for, and that is something else (RFC 5280 §4.2.1.3).
    #[error("key usage {found} of the recipient's certificate, expected keyEncipherment among it")]
    KeyUsage {
        /// What the key is for.
        found: String,
    },
}

impl Recipient {
    /// The holder of a certificate; whether it is valid now, and whose it is, are for the caller to know.
    ///
    /// # Errors
    /// [`RecipientError`].
    pub fn new(certificate: Certificate) -> Result<Self, RecipientError> {
        let usage = certificate.extensions().find(oid::KEY_USAGE);
        let usage = usage.map(|extension| KeyUsage::from_extension_value(extension.value()));
        match usage {
            Some(Ok(usage)) if !usage.contains(KeyUsageBit::KeyEncipherment) => {
                return Err(RecipientError::KeyUsage {
                    found: usage.to_string(),
                });
            }
            _ => {}
        }
        let checked = certificate.public_key().check_transport();
        checked.map_err(RecipientError::Key)?;
        Ok(Self(certificate))
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.0
    }

    /// Encrypts a content: AES-256-CBC (RFC 3565) under a key of its own, that key by RSAES-OAEP with SHA-256 (RFC 3560).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn seal<R: TryCryptoRng + ?Sized>(
        &self,
        content: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>, KeyError> {
        let mut content_key = Zeroizing::new([0; 32]);
        let mut iv = [0; 16];
        rng.try_fill_bytes(content_key.as_mut_slice())
            .and_then(|()| rng.try_fill_bytes(&mut iv))
            .map_err(|_| KeyError::Rng)?;
        let encrypted_key = self.0.public_key().transport(&*content_key, rng)?;
        let encrypted = key::encrypt_aes_256_cbc(&content_key, &iv, content);

        let algorithm = sequence(&[
            tlv::write_oid(oid::AES_256_CBC),
            tlv::write(tlv::OCTET_STRING, &iv),
        ]);
        let content_info = sequence(&[
            tlv::write_oid(oid::DATA),
            algorithm,
            tlv::write(tlv::context(0), &encrypted),
        ]);
        let recipient = sequence(&[
            version_0(),
            self.issuer_and_serial(),
            oaep(),
            tlv::write(tlv::OCTET_STRING, &encrypted_key),
        ]);
        // RFC 5652 §6.1: version 0, as all recipients are and nothing else stands beside them.
        let enveloped = sequence(&[version_0(), tlv::write(tlv::SET, &recipient), content_info]);
        Ok(sequence(&[
            tlv::write_oid(oid::ENVELOPED_DATA),
            tlv::write(tlv::context_constructed(0), &enveloped),
        ]))
    }

    /// The same as PEM.
    ///
    /// # Errors
    /// As [`Recipient::seal`].
    pub fn seal_to_pem<R: TryCryptoRng + ?Sized>(
        &self,
        content: &[u8],
        rng: &mut R,
    ) -> Result<String, KeyError> {
        let der = self.seal(content, rng)?;
        Ok(pem::encode(Label::Pkcs7, &der).to_string())
    }

    fn issuer_and_serial(&self) -> Vec<u8> {
        sequence(&[
            self.0.issuer().as_der().to_vec(),
            tlv::write(
                tlv::INTEGER,
                &tlv::integer_content(self.0.serial().as_be_bytes()),
            ),
        ])
    }
}

/// RFC 4055 §4.1; the label is the empty one, which is the default.
fn oaep() -> Vec<u8> {
    // RFC 5754 §2: parameters SHOULD be left out; readers of OAEP want the NULL that RFC 4055 §2.1 has.
    let sha256 = sequence(&[tlv::write_oid(oid::SHA256), NULL.to_vec()]);
    let mgf1 = sequence(&[tlv::write_oid(oid::MGF1), sha256.clone()]);
    let parameters = sequence(&[
        tlv::write(tlv::context_constructed(0), &sha256),
        tlv::write(tlv::context_constructed(1), &mgf1),
    ]);
    sequence(&[tlv::write_oid(oid::RSAES_OAEP), parameters])
}

fn version_0() -> Vec<u8> {
    tlv::write(tlv::INTEGER, &[0])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv::write(tlv::SEQUENCE, &parts.concat())
}

const NULL: [u8; 2] = [0x05, 0x00];
