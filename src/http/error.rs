//! Why the server does not start, or had to end.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::key::KeyError;
use crate::service::ServiceError;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A TLS certificate or key that is none.
    #[error("{} cannot be used for TLS: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder that is no demonstration, and is not empty.
    #[error("{} holds something that is no demonstration", dir.display())]
    Demo {
        /// The folder.
        dir: PathBuf,
    },
    /// Others would reach what nobody guards.
    #[error(
        "{listen} is not an address of this machine alone, and anyone who reaches it could use: {}; configure who may, or \
         leave them out of [server] vendors",
        open.join(", ")
    )]
    Exposed {
        /// The address.
        listen: SocketAddr,
        /// What is open to anyone.
        open: Vec<String>,
    },
    /// A file of the server's.
    #[error("{} cannot be {action}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Read or written.
        action: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A key.
    #[error("key cannot be used")]
    Key(#[source] KeyError),
    /// The runtime or a signal.
    #[error("{what} cannot be set up")]
    Runtime {
        /// What it is.
        what: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The service.
    #[error("service cannot be used")]
    Service(#[from] ServiceError),
    /// A setting of `[server]`.
    #[error("[server] {field} is {found}, allowed {allowed}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// The service's thread.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// TLS.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}
