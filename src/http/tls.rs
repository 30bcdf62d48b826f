//! TLS: a certificate from two files, or one that this workspace issues to its own server.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::http::error::ServeError;
use crate::http::files;
use crate::http::queue::Desk;
use crate::http::settings::TlsSource;
use crate::service::Service;
use crate::service::own::ServerNames;
use crate::time::{Lifetime, UnixSeconds};

/// The server's certificate; it may be changed while the server runs.
#[derive(Debug)]
pub(super) struct Identity {
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    /// The certificate that the settings ask for; none for plain HTTP.
    pub(super) fn new<R: rand_core::TryCryptoRng + ?Sized>(
        source: &TlsSource,
        service: &mut Service,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Option<Arc<Self>>, ServeError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = match source {
            TlsSource::Off => return Ok(None),
            TlsSource::Files { certificate, key } => read(certificate, key, &provider)?,
            TlsSource::Own { names } => {
                let folder = service.workspace().dir().join(FOLDER);
                let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
                if !serves(service, &certificate, names, now)? {
                    issue(service, &folder, names, now, rng)?;
                }
                read(&certificate, &key, &provider)?
            }
        };
        let current = RwLock::new(Arc::new(current));
        Ok(Some(Arc::new(Self { provider, current })))
    }

    /// How connections are received.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, ServeError> {
        let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        let mut config = config
            .with_safe_default_protocol_versions()
            .map_err(ServeError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config).into())
    }

    /// Renews a certificate of our own when its end is near.
    pub(super) fn renew(&self, names: &[String], desk: &mut Desk) -> Result<(), ServeError> {
        let (now, mut rng) = (desk.now(), desk.rng()?);
        let folder = desk.service.workspace().dir().join(FOLDER);
        let certificate = folder.join(CERTIFICATE);
        if serves(&desk.service, &certificate, names, now)? {
            return Ok(());
        }
        issue(&mut desk.service, &folder, names, now, &mut rng)?;
        let read = read(&certificate, &folder.join(KEY), &self.provider)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(())
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// Whether the certificate in the file is for these names, from a CA that issues at present, and lasts a while yet.
fn serves(
    service: &Service,
    path: &Path,
    names: &[String],
    now: UnixSeconds,
) -> Result<bool, ServeError> {
    if !path.exists() {
        return Ok(false);
    }
    let names = ServerNames::parse(names)?;
    let until = Lifetime::from_days(RENEW_DAYS).and_then(|days| now.plus(days));
    let until = until.unwrap_or(UnixSeconds::MAX);
    Ok(service.serves(&files::read(path)?, &names, until))
}

fn issue<R: rand_core::TryCryptoRng + ?Sized>(
    service: &mut Service,
    folder: &Path,
    names: &[String],
    now: UnixSeconds,
    rng: &mut R,
) -> Result<(), ServeError> {
    let names = ServerNames::parse(names)?;
    let own = service.server_certificate(&names, now, rng)?;
    let key = own.key.to_pkcs8_pem().map_err(ServeError::Key)?;
    files::replace(&folder.join(KEY), key.as_bytes())?;
    files::replace(&folder.join(CERTIFICATE), own.to_pem().as_bytes())
}

fn read(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, ServeError> {
    let unusable = |path: &Path, reason: String| ServeError::Certificate {
        path: path.to_owned(),
        reason,
    };
    let text = files::read(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| unusable(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(unusable(certificate, "no certificate in it".to_owned()));
    }
    let text = zeroize::Zeroizing::new(files::read(key)?);
    let private =
        PrivateKeyDer::from_pem_slice(&text).map_err(|error| unusable(key, error.to_string()))?;
    let private = provider
        .key_provider
        .load_private_key(private)
        .map_err(|error| unusable(key, error.to_string()))?;
    let certified = CertifiedKey::new(chain, private);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(certified)
        }
        Err(error) => Err(unusable(key, error.to_string())),
    }
}

const FOLDER: &str = "server";

const CERTIFICATE: &str = "certificate.pem";

const KEY: &str = "key.pem";

/// Days before its end from which on a certificate of our own is renewed.
const RENEW_DAYS: u32 = 30;
