//! Our keys where rcgen asks for its own: pure Rust, RSA included, with no C or assembly behind them.

use rcgen::{Error, PublicKeyData, SignatureAlgorithm, SigningKey};

use crate::key::algorithm;
use crate::key::private::KeyPair;
use crate::key::{SignJob, sign};

/// RSA signs with SHA-256 and P-256 does too, as [`algorithm::SignatureAlgorithm::default_for`] has it.
impl PublicKeyData for KeyPair {
    /// Content octets of the BIT STRING `subjectPublicKey`.
    fn der_bytes(&self) -> &[u8] {
        self.public_key().bit_string()
    }

    fn subject_public_key_info(&self) -> Vec<u8> {
        self.public_key().spki_der().to_vec()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match algorithm::SignatureAlgorithm::default_for(self.public_key()) {
            Some(algorithm::SignatureAlgorithm::EcdsaWithSha256) => &rcgen::PKCS_ECDSA_P256_SHA256,
            _ => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl SigningKey for KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let algorithm = algorithm::SignatureAlgorithm::default_for(self.public_key())
            .ok_or(Error::UnsupportedSignatureAlgorithm)?;
        let job = SignJob {
            key: self,
            algorithm,
            message,
        };
        sign(&[job])
            .pop()
            .and_then(Result::ok)
            .map(|signature| signature.into_bytes())
            .ok_or(Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyAlgorithm, PublicKey, VerifyJob, generate, verify};
    use der::{Decode, Encode};
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use x509_cert::request::CertReq;

    #[test]
    fn rcgen_makes_requests_with_our_keys() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256] {
            let key = generate(algorithm, 1, &mut rng).remove(0).unwrap();
            let names = vec!["device.example".to_owned()];
            let parameters = rcgen::CertificateParams::new(names).unwrap();
            let request = parameters.serialize_request(&key).unwrap();
            let request = CertReq::from_der(request.der()).unwrap();
            let spki = request.info.public_key.to_der().unwrap();
            assert_eq!(&PublicKey::from_spki_der(&spki).unwrap(), key.public_key());
            let job = VerifyJob {
                key: key.public_key(),
                algorithm: algorithm::SignatureAlgorithm::from_der(
                    &request.algorithm.to_der().unwrap(),
                )
                .unwrap(),
                message: &request.info.to_der().unwrap(),
                signature: request.signature.raw_bytes(),
            };
            assert_eq!(verify(&[job]), [Ok(())]);
        }
    }
}
