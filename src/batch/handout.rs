//! A certificate that was issued, and the forms in which it is handed out.

use std::error::Error;
use std::sync::Arc;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::batch::artefact::Artefact;
use crate::bundle;
#[cfg(feature = "p12")]
use crate::bundle::p12;
#[cfg(feature = "p12")]
use crate::bundle::p12::{P12Consumer, P12Draft, P12Password};
use crate::cert::Certificate;
use crate::cms::Recipient;
use crate::key::{KeyError, KeyPair, Passphrase, Stretched};
#[cfg(feature = "p12")]
use crate::oid;
use crate::service;

/// A certificate, those above it, its key where that was made here, and the vendor's reply.
pub(crate) struct Handout {
    pub(crate) certificate: Certificate,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) key: Option<KeyPair>,
    /// Whom the ledger names as the holder.
    pub(crate) holder: Option<String>,
    /// The certification request that it answers, DER, where the vendor keeps one.
    pub(crate) request: Option<Vec<u8>>,
    /// The PFX of the vendor's reply, where the key is in that alone.
    #[cfg_attr(
        not(feature = "p12"),
        expect(dead_code, reason = "without PKCS #12 no PFX is written")
    )]
    pub(crate) pfx: Option<Zeroizing<Vec<u8>>>,
    /// One line and its end.
    pub(crate) reply: Zeroizing<Vec<u8>>,
    /// Whether it was issued before, and is given again.
    pub(crate) answered_before: bool,
}

/// What protects a private key that is handed out as [`Artefact::Key`].
#[derive(Debug)]
pub struct KeyTerms(Protection);

#[derive(Debug)]
enum Protection {
    None,
    Passphrase(Stretched),
    Recipient(Box<Recipient>),
}

/// What a `.p12` is to be.
#[cfg(feature = "p12")]
#[derive(Debug)]
pub struct P12Terms {
    consumer: P12Consumer,
    alias: Option<String>,
    password: Option<Passphrase>,
}

/// Why a form cannot be made.
pub(crate) type HandoutError = Box<dyn Error + Send + Sync>;

impl Handout {
    /// Whether a form of it that holds a private key can be made.
    pub(crate) fn has_key_for(&self, artefact: Artefact) -> bool {
        match artefact {
            #[cfg(feature = "p12")]
            Artefact::P12 => self.key.is_some() || self.pfx.is_some(),
            _ => self.key.is_some(),
        }
    }

    /// The certificate in a form; `rng` gives what makes two encryptions of a key differ.
    pub(crate) fn octets<R: TryCryptoRng + ?Sized>(
        &self,
        artefact: Artefact,
        terms: &Forms,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let key = || self.key.as_ref().ok_or("the key was not made here");
        Ok(match artefact {
            Artefact::Bundle(bundle) => {
                let chain = service::full_chain(&self.certificate, &self.chain);
                Zeroizing::new(bundle::write(bundle, &chain)?)
            }
            Artefact::Key => terms.key_pem(key()?, rng)?,
            #[cfg(feature = "p12")]
            Artefact::P12 => {
                if let Some(pfx) = &self.pfx {
                    return Ok(pfx.clone());
                }
                let unsaid = "no password for the P12, and the reply is no PFX";
                let terms = terms.p12.as_ref().ok_or(unsaid)?;
                let chain = service::full_chain(&self.certificate, &self.chain);
                terms.make(key()?, &chain)?
            }
            Artefact::Reply => self.reply.clone(),
        })
    }
}

/// What is said of the forms beforehand.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(crate) key: Option<Arc<KeyTerms>>,
    #[cfg(feature = "p12")]
    pub(crate) p12: Option<Arc<P12Terms>>,
}

impl Forms {
    fn key_pem<R: TryCryptoRng + ?Sized>(
        &self,
        key: &KeyPair,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let pem = match self.key.as_deref() {
            None | Some(KeyTerms(Protection::None)) => key.to_pkcs8_pem()?,
            Some(KeyTerms(Protection::Passphrase(stretched))) => {
                key.to_pkcs8_pem_under(stretched, rng)?
            }
            Some(KeyTerms(Protection::Recipient(recipient))) => {
                let pem = key.to_pkcs8_pem()?;
                Zeroizing::new(recipient.seal_to_pem(pem.as_bytes(), rng)?)
            }
        };
        Ok(Zeroizing::new(pem.as_bytes().to_vec()))
    }

    /// The ending of an artefact's files, without the first dot: a key for a recipient is no key file to anybody else.
    pub(crate) fn extension(&self, artefact: Artefact) -> &'static str {
        match (artefact, self.key.as_deref()) {
            (Artefact::Key, Some(KeyTerms(Protection::Recipient(_)))) => "key.pem.p7m",
            _ => artefact.extension(),
        }
    }

    /// Whether something is to be said of a form and is not.
    pub(crate) fn lack(&self, artefact: Artefact) -> bool {
        match artefact {
            #[cfg(feature = "p12")]
            Artefact::P12 => self.p12.is_none(),
            _ => false,
        }
    }
}

impl KeyTerms {
    /// Nothing does: a file of its own is its owner's alone, and whoever reads a file of many rows reads the keys.
    #[must_use]
    pub fn plain() -> Self {
        Self(Protection::None)
    }

    /// A passphrase: PBES2 with AES-256-CBC and 600,000 rounds of PBKDF2 (RFC 8018), which are computed once for all keys.
    ///
    /// # Errors
    /// [`KeyError::Rng`].
    pub fn under_passphrase<R: TryCryptoRng + ?Sized>(
        passphrase: &Passphrase,
        rng: &mut R,
    ) -> Result<Self, KeyError> {
        let stretched = Stretched::new(passphrase, ROUNDS, rng)?;
        Ok(Self(Protection::Passphrase(stretched)))
    }

    /// The key of a recipient: CMS `EnvelopedData` (RFC 5652 §6) around the PEM of the private key.
    #[must_use]
    pub fn for_recipient(recipient: Recipient) -> Self {
        Self(Protection::Recipient(Box::new(recipient)))
    }
}

#[cfg(feature = "p12")]
impl P12Terms {
    /// Who is to import it.
    pub(super) fn consumer(&self) -> P12Consumer {
        self.consumer
    }

    /// For a consumer and under a password, which is the empty one for `None`.
    ///
    /// # Errors
    /// [`p12::P12Error`] when the consumer does not take such a password.
    pub fn new(consumer: P12Consumer, password: Option<Passphrase>) -> Result<Self, p12::P12Error> {
        let terms = Self {
            consumer,
            alias: None,
            password,
        };
        p12::check_password(consumer, terms.password())?;
        Ok(terms)
    }

    /// With a friendly name of the key; the certificate's CN without it.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    fn password(&self) -> P12Password<'_> {
        let given = self.password.as_ref();
        given.map_or(P12Password::Empty, P12Password::Passphrase)
    }

    fn make(
        &self,
        key: &KeyPair,
        leaf_first: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, HandoutError> {
        let common_name = || {
            let attribute = leaf_first.first()?.subject().first(oid::COMMON_NAME)?;
            attribute.value().text().map(|text| text.into_owned())
        };
        let alias = self.alias.clone().or_else(common_name);
        let alias = alias.ok_or("the certificate has no CN to name the key by")?;
        let draft = P12Draft {
            key,
            leaf_first,
            alias: &alias,
        };
        let octets = p12::p12(self.consumer, &draft, self.password())?;
        Ok(Zeroizing::new(octets))
    }
}

/// What [`crate::key::Pbes2::PBKDF2`] has.
const ROUNDS: u32 = 600_000;
