//! Keys for rehearsals: they work as others do and cost little, and are worth nothing to anybody.

use rand_core::TryCryptoRng;
use rayon::prelude::*;
use rsa::traits::PrivateKeyParts;
use rsa::{BoxedUint, RsaPrivateKey};

use crate::key;
use crate::key::algorithm::KeyAlgorithm;
use crate::key::error::KeyError;
use crate::key::private::{KeyPair, Private};

/// Makes keys that must never leave the process: RSA keys of one size share their primes and differ in their exponents.
/// Rules that compare keys find as many as there are rows.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    /// For each size a key, and the next exponent.
    rsa: Vec<(KeyAlgorithm, KeyPair, u32)>,
}

impl StandIns {
    /// A key for each item, in order.
    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(
        &mut self,
        algorithm: KeyAlgorithm,
        n: usize,
        rng: &mut R,
    ) -> Vec<Result<KeyPair, KeyError>> {
        if algorithm == KeyAlgorithm::P256 {
            return key::generate(algorithm, n, rng);
        }
        match self.rsa_keys(algorithm, n, rng) {
            Ok(keys) => keys.into_iter().map(Ok).collect(),
            Err(error) => {
                let mut failed = vec![Err(error)];
                failed.resize_with(n, || Err(KeyError::Rng));
                failed
            }
        }
    }

    fn rsa_keys<R: TryCryptoRng + ?Sized>(
        &mut self,
        algorithm: KeyAlgorithm,
        n: usize,
        rng: &mut R,
    ) -> Result<Vec<KeyPair>, KeyError> {
        let known = self.rsa.iter().position(|(of, ..)| *of == algorithm);
        if known.is_none() {
            let made = key::generate(algorithm, 1, rng).pop();
            self.rsa
                .push((algorithm, made.unwrap_or(Err(KeyError::Rng))?, EXPONENT));
        }
        let place = known.unwrap_or(self.rsa.len() - 1);
        let Some((_, base, next)) = self.rsa.get_mut(place) else {
            return Err(KeyError::Rng);
        };
        let Private::Rsa(base) = base.private() else {
            return Err(KeyError::Rng);
        };
        let base = base.portable()?;
        let mut keys = Vec::with_capacity(n);
        while keys.len() < n {
            let missing = u32::try_from(n - keys.len()).unwrap_or(u32::MAX);
            let end = missing
                .checked_mul(2)
                .and_then(|width| next.checked_add(width));
            let end = end.ok_or(KeyError::Rng)?;
            let exponents: Vec<_> = (*next..end).step_by(2).collect();
            *next = end;
            // An exponent that shares a factor with a prime less one has no inverse, and is passed over.
            let made = exponents.into_par_iter().filter_map(|e| with(base, e));
            keys.extend(made.collect::<Vec<_>>());
        }
        Ok(keys)
    }
}

fn with(base: &RsaPrivateKey, exponent: u32) -> Option<KeyPair> {
    let [p, q] = base.primes() else { return None };
    let key = RsaPrivateKey::from_p_q(
        p.as_ref().clone(),
        q.as_ref().clone(),
        BoxedUint::from(exponent),
    );
    KeyPair::from_rsa(key.ok()?).ok()
}

/// The first exponent, which RSA keys have as a rule.
const EXPONENT: u32 = 65_537;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::key::{SignJob, SignatureAlgorithm, VerifyJob};

    #[test]
    fn stand_ins_differ_and_their_signatures_verify() {
        let mut stand_ins = StandIns::default();
        let rng = &mut ChaCha20Rng::from_seed([3; 32]);
        let mut keys = stand_ins.generate(KeyAlgorithm::Rsa2048, 3, rng);
        keys.extend(stand_ins.generate(KeyAlgorithm::P256, 2, rng));
        keys.extend(stand_ins.generate(KeyAlgorithm::Rsa2048, 2, rng));
        let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
        let kinds: Vec<_> = keys.iter().map(|key| key.algorithm().to_string()).collect();
        let rsa = "RSA-2048";
        assert_eq!(kinds, [rsa, rsa, rsa, "P-256", "P-256", rsa, rsa]);
        let spki = |key: &KeyPair| key.public_key().spki_sha256();
        let different: HashSet<_> = keys.iter().map(spki).collect();
        assert_eq!(different.len(), 7);
        for key in &keys {
            let algorithm = SignatureAlgorithm::default_for(key.public_key()).unwrap();
            let (key, message) = (key, b"rehearsed".as_slice());
            let job = SignJob {
                key,
                algorithm,
                message,
            };
            let signature = key::sign(&[job]).remove(0).unwrap();
            let job = VerifyJob {
                key: key.public_key(),
                algorithm,
                message,
                signature: signature.as_bytes(),
            };
            assert!(key::verify(&[job])[0].is_ok());
        }
    }
}
