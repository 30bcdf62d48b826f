//! Certificates that this workspace issues for its own use: for the server's TLS, and for a client that signs.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use rand_core::TryCryptoRng;

use super::{Service, ServiceError};
use crate::cert::Certificate;
use crate::ext::SubjectAltName;
use crate::general_name::GeneralName;
use crate::issuer::SignError;
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair};
use crate::ledger::NewCertificate;
use crate::name::Name;
use crate::oid;
use crate::order::Order;
use crate::pem;
use crate::pem::Label;
use crate::profile::Profile;
use crate::serial::{SerialNumber, SerialPolicy};
use crate::time::{UnixSeconds, Validity};
use crate::workspace::{CertificateAuthority, Family};

/// Names and addresses of a server.
///
/// Invariant: at least one, each fits a subjectAltName.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerNames(Vec<GeneralName>);

/// A certificate of our own, with its key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Own {
    /// The certificate.
    pub certificate: Certificate,
    /// The issuing CA and those above it.
    pub chain: Vec<Certificate>,
    /// Its key.
    pub key: KeyPair,
}

impl ServerNames {
    /// Reads names of hosts and addresses.
    ///
    /// # Errors
    /// [`ServiceError::ServerName`].
    pub fn parse(names: &[String]) -> Result<Self, ServiceError> {
        let name = |name: &String| match name.parse::<IpAddr>() {
            Ok(address) => Ok(GeneralName::IpAddress(address)),
            Err(_) => GeneralName::dns_name(name).map_err(|_| ServiceError::ServerName {
                found: name.clone(),
            }),
        };
        let names: Vec<_> = names.iter().map(name).collect::<Result<_, _>>()?;
        match names.is_empty() {
            true => Err(ServiceError::ServerName {
                found: String::new(),
            }),
            false => Ok(Self(names)),
        }
    }
}

impl Own {
    /// The certificate and those above it but the root, which a peer has or does not believe.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let above = self.chain.iter().filter(|above| !above.is_self_issued());
        let all = [&self.certificate].into_iter().chain(above);
        all.map(Certificate::to_pem).collect()
    }
}

impl Service {
    /// Issues a certificate for TLS servers (RFC 5280 §4.2.1.12, serverAuth) from the current P-256 CA, or the RSA one.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn server_certificate<R: TryCryptoRng + ?Sized>(
        &mut self,
        names: &ServerNames,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Own, ServiceError> {
        let families = [Family::Ecc, Family::Rsa];
        let family = families
            .into_iter()
            .find(|family| self.workspace.current(*family).is_ok());
        let wanted = Wanted {
            profile: SERVER_PROFILE,
            key: KeyAlgorithm::P256,
            subject: "CN=certwright server",
            names: names.0.clone(),
            holder: "server",
        };
        self.own(family.unwrap_or(Family::Rsa), wanted, now, rng)
    }

    /// Issues a certificate for a client that signs its requests, from the current RSA CA.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn client_certificate<R: TryCryptoRng + ?Sized>(
        &mut self,
        subject: &str,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Own, ServiceError> {
        let wanted = Wanted {
            profile: CLIENT_PROFILE,
            key: KeyAlgorithm::Rsa2048,
            subject,
            names: Vec::new(),
            holder: "client",
        };
        self.own(Family::Rsa, wanted, now, rng)
    }

    /// Whether a PEM file begins with a certificate for these names from a CA that issues at present, which lasts until
    /// a moment.
    #[must_use]
    pub fn serves(&self, text: &[u8], names: &ServerNames, until: UnixSeconds) -> bool {
        let Some(certificate) = first_certificate(text) else {
            return false;
        };
        let extension = certificate.extensions().find(oid::SUBJECT_ALT_NAME);
        let found = extension
            .and_then(|extension| SubjectAltName::from_extension_value(extension.value()).ok());
        let mut families = [Family::Ecc, Family::Rsa].into_iter();
        let is_ours = families.any(|family| {
            let current = self.workspace.current(family);
            current.is_ok_and(|ca| {
                certificate
                    .verify_signature(ca.certificate().public_key())
                    .is_ok()
            })
        });
        is_ours
            && found.is_some_and(|found| found.names() == names.0)
            && certificate.validity().not_after() > until
    }

    fn own<R: TryCryptoRng + ?Sized>(
        &mut self,
        family: Family,
        wanted: Wanted<'_>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Own, ServiceError> {
        let profile = Profile::from_toml(wanted.profile).map_err(ServiceError::Profile)?;
        let keys = key::generate(wanted.key, 1, rng).into_iter();
        let pair = keys.last().unwrap_or(Err(KeyError::Rng));
        let pair = pair.map_err(failed)?;
        let SerialPolicy::Random { octets } = profile.serial() else {
            return Err(ServiceError::SequencePolicy {
                profile: profile.name().to_owned(),
            });
        };
        let serial = SerialNumber::random(octets, rng).map_err(ServiceError::Serial)?;
        let ca = self.workspace.current(family)?.clone();
        let end = ca.certificate().validity().not_after();
        let end = now.plus(profile.default_lifetime()).map(|own| own.min(end));
        let validity = end.and_then(|end| Validity::new(now, end));
        let validity = validity.map_err(failed)?;
        let subject: Name = wanted.subject.parse().map_err(failed)?;
        let order = Order::for_key(&pair, subject, Arc::new(profile), validity)
            .with_subject_alt_names(wanted.names);
        let prepared = ca.issuer_name().prepare(&order, serial);
        let prepared = prepared.map_err(failed)?;
        let signed = self.sign(&ca, vec![prepared])?.pop();
        let signed = signed.unwrap_or(Err(SignError::Key(KeyError::Rng)));
        let certificate = signed.map_err(failed)?;
        self.record_own(&certificate, &ca, wanted.holder, now)?;
        Ok(Own {
            certificate,
            chain: ca.bundle_chain(now),
            key: pair,
        })
    }

    fn record_own(
        &mut self,
        certificate: &Certificate,
        ca: &CertificateAuthority,
        holder: &str,
        now: UnixSeconds,
    ) -> Result<(), ServiceError> {
        let new = NewCertificate {
            holder: Some(Cow::Borrowed(holder)),
            ..NewCertificate::of(certificate, Some(ca.id()), NAME, now)
        };
        let outcomes = self.workspace.ledger_mut().record(&[new])?;
        let outcome = outcomes
            .into_iter()
            .next()
            .ok_or(ServiceError::Unanswered)?;
        outcome.map(drop).map_err(failed)
    }
}

/// What is to be issued.
struct Wanted<'a> {
    profile: &'a str,
    key: KeyAlgorithm,
    subject: &'a str,
    names: Vec<GeneralName>,
    holder: &'a str,
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ServiceError {
    ServiceError::Own(Box::new(error))
}

fn first_certificate(text: &[u8]) -> Option<Certificate> {
    let blocks = pem::decode_all(text, &[Label::Certificate], MAX_OCTETS).ok()?;
    Certificate::from_der(blocks.first()?.der()).ok()
}

/// What stands in the place of a vendor where a certificate is for the server or one of its clients.
pub(crate) const NAME: &str = "own";

const MAX_OCTETS: usize = 1 << 20;

const SERVER_PROFILE: &str = include_str!("own/server.toml");

const CLIENT_PROFILE: &str = include_str!("own/client.toml");
