//! Key pairs, many at a time.

use certwright::key;
use certwright::key::{KeyAlgorithm, Passphrase, Pbes2};
use getrandom::SysRng;
use pyo3::prelude::*;

use crate::batch::Batch;
use crate::errors::failed;
use crate::output;

/// Makes `n` key pairs of a kind: `P-256`, `RSA-2048`, `RSA-3072` or `RSA-4096`.
#[pyfunction]
#[pyo3(signature = (algorithm, n, *, passphrase=None))]
pub(crate) fn generate_keys(
    py: Python<'_>,
    algorithm: &str,
    n: usize,
    passphrase: Option<String>,
) -> PyResult<Batch> {
    let algorithm = algorithm.parse::<KeyAlgorithm>();
    let algorithm = algorithm.map_err(|error| failed(&error))?;
    let passphrase = passphrase
        .map(Passphrase::new)
        .transpose()
        .map_err(|error| failed(&error))?;
    let (mut private, mut public) = (Vec::new(), Vec::new());
    while private.len() < n {
        let wanted = KEYS_AT_A_TIME.min(n - private.len());
        let made = py.detach(|| -> Result<Vec<_>, key::KeyError> {
            let keys = key::generate(algorithm, wanted, &mut SysRng).into_iter();
            let texts = keys.map(|pair| {
                let pair = pair?;
                let text = match &passphrase {
                    None => pair.to_pkcs8_pem()?,
                    Some(passphrase) => {
                        pair.to_encrypted_pkcs8_pem(passphrase, Pbes2::SCRYPT, &mut SysRng)?
                    }
                };
                Ok((text, pair.public_key().spki_der().to_vec()))
            });
            texts.collect()
        });
        for (text, spki) in made.map_err(|error| failed(&error))? {
            private.push(text);
            public.push(spki);
        }
        py.check_signals()?;
    }
    Ok(Batch(output::keys(&private, &public)?))
}

/// Between them a signal is heard.
const KEYS_AT_A_TIME: usize = 16;
