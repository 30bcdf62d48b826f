//! The `[server]` section, checked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;

use crate::http::error::ServeError;
use crate::http::route::Face;
use crate::time::{Lifetime, TimeError};
use crate::vendor::token::TokenHash;
use crate::workspace::Workspace;
use crate::workspace::server::{ServerConfig, Tls};

/// What the server is to do, checked.
///
/// Invariant: every limit is above 0, and where others than this machine can reach the server, whatever is served asks who
/// they are.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) listen: SocketAddr,
    pub(super) faces: Vec<Face>,
    pub(super) tls: TlsSource,
    pub(super) operators: Vec<(String, TokenHash)>,
    /// What asks nobody who calls.
    pub(super) open: Vec<Face>,
    /// The names under which the server is known, in lower case.
    pub(super) names: Vec<String>,
    /// Calls of one caller in a minute, where the vendor has an answer to one more.
    pub(super) calls_per_minute: Option<u32>,
    pub(super) limits: Limits,
    pub(super) crl_lifetime: Lifetime,
    pub(super) crl_overlap: Lifetime,
}

/// Where the server's certificate comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum TlsSource {
    Files { certificate: PathBuf, key: PathBuf },
    Off,
    Own { names: Vec<String> },
}

/// What one client may take up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) body_octets: usize,
    pub(super) header_octets: usize,
    pub(super) header_time: Duration,
    pub(super) body_time: Duration,
    pub(super) stop_time: Duration,
}

impl Settings {
    /// Checks the settings of a workspace; `listen` and `tls` stand for what it has.
    ///
    /// # Errors
    /// [`ServeError::Setting`] and [`ServeError::Exposed`].
    pub fn new(
        workspace: &Workspace,
        listen: Option<SocketAddr>,
        tls: Option<Tls>,
    ) -> Result<Self, ServeError> {
        let mut config = workspace.config().server.clone();
        config.tls = tls.unwrap_or(config.tls);
        let mut settings = Self::from_config(&config, listen)?;
        settings.open = settings.open_to_anyone(workspace);
        if !settings.listen.ip().to_canonical().is_loopback() && !settings.open.is_empty() {
            return Err(ServeError::Exposed {
                listen: settings.listen,
                open: settings.open.into_iter().map(opening).collect(),
            });
        }
        let base_url = workspace.enos().config().base_url.parse::<Uri>();
        let known = base_url.ok().and_then(|url| url.host().map(str::to_owned));
        let names = config.names.iter().cloned().chain(known);
        settings.names = names.map(|name| name.to_ascii_lowercase()).collect();
        Ok(settings)
    }

    /// The address that is asked for.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self.tls {
            TlsSource::Off => "http",
            TlsSource::Files { .. } | TlsSource::Own { .. } => "https",
        }
    }

    fn from_config(config: &ServerConfig, listen: Option<SocketAddr>) -> Result<Self, ServeError> {
        let parsed = || {
            config.listen.parse().map_err(|_| {
                let found = format!("{:?}", config.listen);
                setting(
                    "listen",
                    found,
                    "an address and a port, such as 127.0.0.1:8443",
                )
            })
        };
        let listen = listen.map_or_else(parsed, Ok)?;
        let face = |name: &String| {
            let names = Face::VENDORS.map(Face::name).join(", ");
            Face::of_vendor(name)
                .ok_or_else(|| setting("vendors", format!("{name:?}"), &format!("of {names}")))
        };
        let days = |field, days| {
            let lifetime = Lifetime::from_days(days);
            lifetime
                .map_err(|error: TimeError| setting(field, days.to_string(), &error.to_string()))
        };
        let operators = config.operators.iter();
        Ok(Self {
            listen,
            faces: config.vendors.iter().map(face).collect::<Result<_, _>>()?,
            tls: tls_source(config)?,
            operators: operators
                .map(|operator| (operator.name.clone(), operator.password.clone()))
                .collect(),
            open: Vec::new(),
            names: Vec::new(),
            calls_per_minute: match config.calls_per_minute {
                None => None,
                Some(calls) => Some(from_one("calls_per_minute", calls)?),
            },
            limits: Limits::from_config(config)?,
            crl_lifetime: days("crl_days", from_one("crl_days", config.crl_days)?)?,
            crl_overlap: days("crl_overlap_days", config.crl_overlap_days)?,
        })
    }

    /// What nobody needs to say who they are for.
    fn open_to_anyone(&self, workspace: &Workspace) -> Vec<Face> {
        let is_open = |face: &Face| match face {
            Face::Enos => {
                let config = workspace.enos().config();
                config.apps.is_empty() || config.opaque_tokens
            }
            Face::Ecgrid => workspace.ecgrid().config().users.is_empty(),
            Face::As2Expert => workspace.as2expert().config().tokens.is_empty(),
            // A user of emCA's is registered or does not exist.
            Face::Emca | Face::Public | Face::Operator => false,
        };
        let vendors = self.faces.iter().copied().filter(is_open);
        let operators = self.operators.is_empty();
        vendors.chain(operators.then_some(Face::Operator)).collect()
    }
}

/// What is open, and what would close it.
fn opening(face: Face) -> String {
    let text = match face {
        Face::Enos => "enos ([[enos.apps]], without opaque_tokens)",
        Face::Ecgrid => "ecgrid ([[ecgrid.users]])",
        Face::As2Expert => "as2expert ([[as2expert.tokens]])",
        Face::Operator => "metrics and pages ([[server.operators]])",
        other @ (Face::Emca | Face::Public) => other.name(),
    };
    text.to_owned()
}

impl Limits {
    fn from_config(config: &ServerConfig) -> Result<Self, ServeError> {
        let octets = |field, octets| from_one(field, octets).map(size);
        let time = |field, seconds| {
            let seconds = from_one(field, seconds)?;
            Ok::<_, ServeError>(Duration::from_secs(u64::from(seconds)))
        };
        let header_octets = config.max_header_octets;
        if header_octets < MIN_HEADER_OCTETS {
            let allowed = format!("from {MIN_HEADER_OCTETS}");
            let found = header_octets.to_string();
            return Err(setting("max_header_octets", found, &allowed));
        }
        Ok(Self {
            connections: octets("max_connections", config.max_connections)?,
            body_octets: octets("max_body_octets", config.max_body_octets)?,
            header_octets: size(header_octets),
            header_time: time("header_seconds", config.header_seconds)?,
            body_time: time("body_seconds", config.body_seconds)?,
            stop_time: time("stop_seconds", config.stop_seconds)?,
        })
    }
}

fn tls_source(config: &ServerConfig) -> Result<TlsSource, ServeError> {
    match (config.tls, &config.certificate, &config.key) {
        (Tls::Off, _, _) => Ok(TlsSource::Off),
        (Tls::Own, _, _) if config.names.is_empty() => {
            Err(setting("names", "empty".to_owned(), "at least one name"))
        }
        (Tls::Own, _, _) => Ok(TlsSource::Own {
            names: config.names.clone(),
        }),
        (Tls::Files, Some(certificate), Some(key)) => Ok(TlsSource::Files {
            certificate: certificate.clone(),
            key: key.clone(),
        }),
        (Tls::Files, _, _) => {
            let allowed = "\"files\" with certificate and key, \"own\" or \"off\"";
            Err(setting("tls", "\"files\" alone".to_owned(), allowed))
        }
    }
}

fn from_one(field: &'static str, found: u32) -> Result<u32, ServeError> {
    match found {
        0 => Err(setting(field, "0".to_owned(), "from 1")),
        found => Ok(found),
    }
}

fn size(octets: u32) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

fn setting(field: &'static str, found: String, allowed: &str) -> ServeError {
    ServeError::Setting {
        field,
        found,
        allowed: allowed.to_owned(),
    }
}

/// What hyper needs to read a head at all.
const MIN_HEADER_OCTETS: u32 = 8192;
