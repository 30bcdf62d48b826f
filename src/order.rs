//! An order: what a certificate is asked to be, whoever asked.
//!
//! A vendor's rules make it; the issuer turns it into what is signed. The key in it is one whose possession is proven,
//! by a request's signature or by holding the pair.

use std::sync::Arc;

use crate::general_name::{GeneralName, UniformResourceIdentifier};
use crate::key::{KeyPair, PublicKey};
use crate::name::Name;
use crate::profile::Profile;
use crate::request::VerifiedRequest;
use crate::time::Validity;

/// Everything about a certificate but its issuer and its serial number.
#[derive(Clone, Debug)]
pub struct Order {
    pub(crate) public_key: PublicKey,
    pub(crate) subject: Name,
    pub(crate) subject_alt_names: Vec<GeneralName>,
    pub(crate) validity: Validity,
    pub(crate) profile: Arc<Profile>,
    pub(crate) crl_url: Option<UniformResourceIdentifier>,
}

impl Order {
    /// A certificate for the key and the subject of a request; what else the request asks for is the vendor's to take over.
    #[must_use]
    pub fn from_request(
        request: &VerifiedRequest,
        profile: Arc<Profile>,
        validity: Validity,
    ) -> Self {
        Self {
            public_key: request.public_key().clone(),
            subject: request.subject().clone(),
            subject_alt_names: Vec::new(),
            validity,
            profile,
            crl_url: None,
        }
    }

    /// A certificate for a key pair that is held here.
    #[must_use]
    pub fn for_key(
        key: &KeyPair,
        subject: Name,
        profile: Arc<Profile>,
        validity: Validity,
    ) -> Self {
        Self {
            public_key: key.public_key().clone(),
            subject,
            subject_alt_names: Vec::new(),
            validity,
            profile,
            crl_url: None,
        }
    }

    /// With another subject than the request's.
    #[must_use]
    pub fn with_subject(mut self, subject: Name) -> Self {
        self.subject = subject;
        self
    }

    /// With subject alternative names; the profile must have a place for them.
    #[must_use]
    pub fn with_subject_alt_names(mut self, names: Vec<GeneralName>) -> Self {
        self.subject_alt_names = names;
        self
    }

    /// With the address of the issuer's CRL; the profile must have a place for it.
    #[must_use]
    pub fn with_crl_url(mut self, url: UniformResourceIdentifier) -> Self {
        self.crl_url = Some(url);
        self
    }

    /// The key to be certified.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The period of use.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The shape of the certificate.
    #[must_use]
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }
}
