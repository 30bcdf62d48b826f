//! What the files to convert hold.

use std::path::Path;

use crate::bundle::p12;
use crate::cert;
use crate::cert::Certificate;
use crate::cli::console::Console;
use crate::cli::error::{CliError, chain};
use crate::cli::input;
use crate::cli::secret::P12Secret;
use crate::cms::CertificatesOnly;
use crate::key::{KeyError, KeyPair, Passphrase};
use crate::pem;
use crate::pem::{Block, Label};

/// Certificates, each once, and what came with them.
#[derive(Default)]
pub(super) struct Material {
    certificates: Vec<Certificate>,
    /// Certificates of a P12 that the chain of its key does not reach.
    others: Vec<Certificate>,
    pub(super) key: Option<KeyPair>,
    /// The friendly name of the key in the P12 that it came from.
    pub(super) alias: Option<String>,
    /// Lists in a P7B, which no form written here carries.
    pub(super) crls: usize,
}

/// What opens the files that are protected.
pub(super) struct Unlock<'a> {
    pub(super) passphrase: Option<&'a Passphrase>,
    pub(super) p12_password: Option<&'a P12Secret>,
}

impl Material {
    pub(super) fn read(
        files: &[&Path],
        unlock: &Unlock<'_>,
        console: &mut Console<'_>,
    ) -> Result<Self, CliError> {
        let mut material = Self::default();
        for path in files {
            let octets = input::read(path, MAX_OCTETS, console)?;
            material.add(path, &octets, unlock)?;
        }
        Ok(material)
    }

    /// All certificates, in the order in which they were found.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().chain(&self.others)
    }

    /// The chain that the certificates are.
    pub(super) fn leaf_first(&self) -> Result<Vec<Certificate>, CliError> {
        cert::chain_order(self.certificates.clone()).map_err(|error| {
            CliError::failed("put the certificates into the order of a chain", error)
        })
    }

    /// All certificates, the chain first where they are one.
    pub(super) fn leaf_first_if_chain(&self) -> Vec<Certificate> {
        let certificates = self
            .leaf_first()
            .unwrap_or_else(|_| self.certificates.clone());
        [certificates, self.others.clone()].concat()
    }

    fn add(&mut self, path: &Path, octets: &[u8], unlock: &Unlock<'_>) -> Result<(), CliError> {
        if p12::is_p12(octets) {
            return self.add_p12(path, octets, unlock);
        }
        if pem::is_pem(octets) {
            let blocks = pem::decode_all(octets, LABELS, MAX_OCTETS);
            for block in blocks.map_err(|error| cannot_read(path, error))? {
                self.add_block(path, &block, unlock)?;
            }
            return Ok(());
        }
        match Certificate::from_der(octets) {
            Ok(certificate) => self.add_certificate(certificate),
            Err(error) => match CertificatesOnly::from_der(octets) {
                Ok(bag) => self.add_bag(&bag),
                Err(other) => {
                    let reason = format!(
                        "not a certificate ({}); not a P7B ({}); neither PEM nor P12",
                        chain(&error),
                        chain(&other)
                    );
                    return Err(cannot_read(path, reason));
                }
            },
        }
        Ok(())
    }

    fn add_p12(&mut self, path: &Path, octets: &[u8], unlock: &Unlock<'_>) -> Result<(), CliError> {
        let passphrase = unlock.passphrase.map(p12::P12Password::Passphrase);
        let password = passphrase.or_else(|| unlock.p12_password.map(P12Secret::as_password));
        let password = password.ok_or_else(|| {
            CliError::usage(
                format!("{} is a P12, which has a password", input::name(path)),
                "say where it is: --p12-password-file FILE, --p12-password-env or --p12-password-prompt",
            )
        })?;
        let contents = p12::read_p12(octets, password).map_err(|error| cannot_read(path, error))?;
        self.alias = contents.alias().map(ToOwned::to_owned);
        self.others.extend_from_slice(contents.others());
        let (key, leaf_first) = contents.into_parts();
        for certificate in leaf_first {
            self.add_certificate(certificate);
        }
        self.add_key(path, key)
    }

    fn add_block(
        &mut self,
        path: &Path,
        block: &Block,
        unlock: &Unlock<'_>,
    ) -> Result<(), CliError> {
        match block.label() {
            Label::Certificate => {
                let read = Certificate::from_der(block.der());
                self.add_certificate(read.map_err(|error| cannot_read(path, error))?);
                Ok(())
            }
            Label::Pkcs7 => {
                let read = CertificatesOnly::from_der(block.der());
                self.add_bag(&read.map_err(|error| cannot_read(path, error))?);
                Ok(())
            }
            label => {
                let text = pem::encode(label, block.der());
                let key = KeyPair::from_pem(text.as_bytes(), unlock.passphrase);
                self.add_key(path, key.map_err(|error| cannot_read_key(path, error))?)
            }
        }
    }

    fn add_bag(&mut self, bag: &CertificatesOnly) {
        self.crls += bag.crls().len();
        for certificate in bag.certificates() {
            self.add_certificate(certificate.clone());
        }
    }

    fn add_certificate(&mut self, certificate: Certificate) {
        if !self.certificates.contains(&certificate) {
            self.certificates.push(certificate);
        }
    }

    fn add_key(&mut self, path: &Path, key: KeyPair) -> Result<(), CliError> {
        match &self.key {
            Some(held) if held.public_key() != key.public_key() => Err(CliError::usage(
                format!("{} holds a second private key", input::name(path)),
                "convert one key at a time",
            )),
            _ => {
                self.key = Some(key);
                Ok(())
            }
        }
    }
}

fn cannot_read(
    path: &Path,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> CliError {
    CliError::failed(format!("read {}", input::name(path)), error)
}

fn cannot_read_key(path: &Path, error: KeyError) -> CliError {
    match error {
        KeyError::PassphraseMissing => CliError::usage(
            format!("the private key in {} is encrypted", input::name(path)),
            "say where its passphrase is: --passphrase-file FILE, --passphrase-env or --passphrase-prompt",
        ),
        error => CliError::failed(
            format!("read the private key in {}", input::name(path)),
            error,
        ),
    }
}

/// The longest P7B that is read.
const MAX_OCTETS: usize = CertificatesOnly::MAX_OCTETS;

const LABELS: &[Label] = &[
    Label::Certificate,
    Label::EcPrivateKey,
    Label::EncryptedPrivateKey,
    Label::Pkcs7,
    Label::PrivateKey,
    Label::RsaPrivateKey,
];
