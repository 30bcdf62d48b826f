//! What a call says of its rows.

use std::num::NonZeroUsize;

use certwright::batch::{Artefact, KeyTerms, Options, SinkKind, Vendor};
use certwright::cert::Certificate;
use certwright::cms::Recipient;
use certwright::key::Passphrase;
use certwright::time::UnixSeconds;
use getrandom::SysRng;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{failed, value};

/// What a call says of its rows.
#[derive(FromPyObject)]
pub(crate) struct Terms {
    #[pyo3(item)]
    pub(crate) vendor: String,
    #[pyo3(item)]
    pub(crate) artefacts: Vec<String>,
    #[pyo3(item)]
    pub(crate) defaults: Vec<(String, String)>,
    #[pyo3(item)]
    pub(crate) start: Option<String>,
    #[pyo3(item)]
    pub(crate) serial_start: Option<String>,
    #[pyo3(item)]
    pub(crate) first_row: u64,
    #[pyo3(item)]
    pub(crate) threads: Option<usize>,
    #[pyo3(item)]
    pub(crate) user: Option<String>,
    #[pyo3(item)]
    pub(crate) job: Option<String>,
    #[pyo3(item, from_py_with = passphrase)]
    key_passphrase: Option<Passphrase>,
    #[pyo3(item)]
    pub(crate) encrypt_keys_for: Option<Vec<u8>>,
    #[pyo3(item)]
    pub(crate) plain_keys: bool,
    #[pyo3(item)]
    pub(crate) pass_over: Vec<String>,
    #[pyo3(item)]
    pub(crate) raises: bool,
}

impl Terms {
    pub(crate) fn vendor(&self) -> PyResult<Vendor> {
        self.vendor.parse().map_err(value)
    }

    pub(crate) fn artefacts(&self) -> PyResult<Vec<Artefact>> {
        let names = self.artefacts.iter();
        let artefacts = names.map(|name| name.replace('_', "-").parse());
        artefacts.collect::<Result<_, _>>().map_err(value)
    }

    pub(crate) fn options(&self) -> PyResult<Options> {
        let options = Options::new(self.vendor()?).with_artefacts(self.artefacts()?);
        // All rows of a batch share its columns, as they would share a file.
        let mut options = options.with_sink(SinkKind::Jsonl);
        for (name, text) in &self.defaults {
            options = options.with_default(name, text);
        }
        if let Some(start) = self.start()? {
            options = options.with_not_before(start);
        }
        if let Some(serial) = &self.serial_start {
            options = options.with_serial_start(serial.parse().map_err(value)?);
        }
        if let Some(user) = &self.user {
            options = options.with_caller(user);
        }
        if let Some(threads) = self.threads {
            let threads = NonZeroUsize::new(threads);
            let threads =
                threads.ok_or_else(|| PyValueError::new_err("0 threads, allowed from 1 on"))?;
            options = options.with_threads(threads);
        }
        match self.key_terms()? {
            None => Ok(options),
            Some(terms) => Ok(options.with_key_terms(terms)),
        }
    }

    pub(crate) fn start(&self) -> PyResult<Option<UnixSeconds>> {
        self.start
            .as_ref()
            .map(|text| text.parse().map_err(value))
            .transpose()
    }

    fn key_terms(&self) -> PyResult<Option<KeyTerms>> {
        let said = [
            self.key_passphrase.is_some(),
            self.encrypt_keys_for.is_some(),
            self.plain_keys,
        ];
        if said.into_iter().filter(|said| *said).count() > 1 {
            let error =
                "keys can be protected in one way: key_passphrase, encrypt_keys_for or plain_keys";
            return Err(PyValueError::new_err(error));
        }
        if let Some(passphrase) = &self.key_passphrase {
            let terms = KeyTerms::under_passphrase(passphrase, &mut SysRng);
            return terms.map(Some).map_err(|error| failed(&error));
        }
        if let Some(octets) = &self.encrypt_keys_for {
            let recipient = Recipient::new(Certificate::from_bytes(octets).map_err(value)?);
            return Ok(Some(KeyTerms::for_recipient(recipient.map_err(value)?)));
        }
        Ok(self.plain_keys.then(KeyTerms::plain))
    }
}

/// A passphrase, which is wiped when the call ends; an empty one is none.
fn passphrase(given: &Bound<'_, PyAny>) -> PyResult<Option<Passphrase>> {
    let text: Option<String> = given.extract()?;
    text.map(Passphrase::new).transpose().map_err(value)
}
