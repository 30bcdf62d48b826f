//! The `[server]` section of `certwright.toml`: where and how the server listens, and who runs it. Plain data; the server
//! itself checks it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::vendor::token::TokenHash;

/// The server as it is written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct ServerConfig {
    /// Address and port.
    pub listen: String,
    /// Which vendors are served, by the names of their sections.
    pub vendors: Vec<String>,
    /// Where the server's certificate comes from, if it has one.
    pub tls: Tls,
    /// Names and addresses under which the server is known, and that a certificate of our own is for.
    pub names: Vec<String>,
    /// With `tls = "files"`: PEM of the certificate and those above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// With `tls = "files"`: PEM of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Who may see what the server tells of itself; with nobody listed everybody may.
    #[serde(skip_serializing)]
    pub operators: Vec<OperatorConfig>,
    /// Connections at a time; more wait until one ends.
    pub max_connections: u32,
    /// Calls of one key, token or session in a minute, where the vendor has an answer to one more; unlimited when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u32>,
    /// Octets of the longest body.
    pub max_body_octets: u32,
    /// Octets of the longest head of a request.
    pub max_header_octets: u32,
    /// Seconds in which the head of a request must have come.
    pub header_seconds: u32,
    /// Seconds in which its body must have come.
    pub body_seconds: u32,
    /// Seconds that calls have to end when the server stops.
    pub stop_seconds: u32,
    /// Days from a CRL to its nextUpdate.
    pub crl_days: u32,
    /// Days before that in which the next list is published already.
    pub crl_overlap_days: u32,
}

/// Where the server's certificate comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum Tls {
    /// From two files.
    Files,
    /// There is none: plain HTTP.
    Off,
    /// From a CA of this workspace.
    #[default]
    Own,
}

/// An operator as it is written; of the password only the hash is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct OperatorConfig {
    /// The name.
    pub name: String,
    /// The password.
    pub password: TokenHash,
}

impl Default for ServerConfig {
    /// Every vendor, on this machine alone.
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8443".to_owned(),
            vendors: ["enos", "emca", "ecgrid", "as2expert"]
                .map(str::to_owned)
                .to_vec(),
            tls: Tls::Own,
            names: ["localhost", "127.0.0.1", "::1"]
                .map(str::to_owned)
                .to_vec(),
            certificate: None,
            key: None,
            operators: Vec::new(),
            max_connections: 1024,
            calls_per_minute: None,
            max_body_octets: 2 << 20,
            max_header_octets: 32 << 10,
            header_seconds: 10,
            body_seconds: 30,
            stop_seconds: 30,
            crl_days: 7,
            crl_overlap_days: 2,
        }
    }
}
