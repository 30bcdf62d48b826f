use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn keys(algorithm: KeyAlgorithm, n: usize) -> Vec<KeyPair> {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    generate(algorithm, n, &mut rng)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn what_a_key_signs_its_public_key_verifies() {
    for algorithm in KeyAlgorithm::ALL {
        let key = &keys(algorithm, 1)[0];
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.public_key().algorithm(), Some(algorithm));
        for algorithm in SignatureAlgorithm::ALL {
            let message = b"to be signed";
            let signature = sign(&[SignJob {
                key,
                algorithm,
                message,
            }])
            .remove(0);
            if !algorithm.fits(key.public_key()) {
                assert_eq!(
                    signature,
                    Err(KeyError::AlgorithmMismatch {
                        algorithm,
                        key: key.algorithm().to_string()
                    })
                );
                continue;
            }
            let signature = signature.unwrap();
            let verified = |message: &[u8]| {
                verify(&[VerifyJob {
                    key: key.public_key(),
                    algorithm,
                    message,
                    signature: signature.as_bytes(),
                }])
                .remove(0)
            };
            assert_eq!(verified(message), Ok(()));
            assert_eq!(verified(b"another"), Err(KeyError::SignatureInvalid));
        }
    }
}
