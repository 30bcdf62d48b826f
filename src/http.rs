//! The vendors' services on HTTP: their paths, their ways to say who asks, their forms, over one queue to the service.
//!
//! This adds transport only: every rule is the vendors', and a reply is octet for octet what the commands print. A file
//! a vendor has that vendor's table of routes (`routes` has all); the rest is what all share:
//!
//! ```text
//! accept    connections, TLS, limits of heads, the end in order
//! router    a request read whole under the limits; log, metrics
//! VENDOR    who asks, what for; the vendor's reply and status
//! queue     calls of one sort that wait together go to the service as one slice
//! crl       lists that are due, every few seconds
//! ```

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tokio::runtime::Runtime;

use crate::http::metrics::Metrics;
use crate::http::queue::Queue;
use crate::http::settings::TlsSource;
use crate::http::site::{Parts, Site};
use crate::http::tls::Identity;
use crate::service::{Service, ServiceError};

pub use error::ServeError;
pub use settings::Settings;

mod accept;
mod as2expert;
mod clock;
mod crl;
pub mod demo;
mod ecgrid;
mod emca;
mod enos;
mod error;
mod files;
mod guard;
mod limit;
pub mod log;
mod metrics;
mod openapi;
mod operator;
mod page;
mod queue;
mod recent;
mod route;
mod router;
mod routes;
mod settings;
mod site;
mod tls;

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<Site>,
    identity: Option<Arc<Identity>>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens, and makes what TLS needs.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn bind(mut service: Service, settings: Settings) -> Result<Self, ServeError> {
        let listen = settings.listen;
        let bound = |source: io::Error| ServeError::Bind { listen, source };
        let listener = TcpListener::bind(listen).map_err(bound)?;
        listener.set_nonblocking(true).map_err(bound)?;
        let address = listener.local_addr().map_err(bound)?;
        let (clock, mut seeds) = (clock::system(), clock::system_seeds());
        let seed = seeds().map_err(|_| ServiceError::Random)?;
        let mut rng = ChaCha20Rng::from_seed(seed);
        let identity = Identity::new(&settings.tls, &mut service, clock(), &mut rng)?;
        let parts = Parts::of(service.workspace());
        let metrics = Arc::new(Metrics::default());
        let (queue, thread) = Queue::start(service, clock.clone(), seeds, Arc::clone(&metrics))?;
        let site = Site::new(settings, parts, queue, metrics, clock);
        Ok(Self {
            listener,
            address,
            site: Arc::new(site),
            identity,
            thread,
        })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL under which clients on this machine reach the server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.site.settings.scheme(), self.address)
    }

    /// Whether a base URL has this server's scheme and port; under which names it is known nobody here can tell.
    #[must_use]
    pub fn is_reached_by(&self, base_url: &str) -> bool {
        let scheme = self.site.settings.scheme();
        let rest = base_url
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"));
        let host = rest
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let default = if scheme == "https" { 443 } else { 80 };
        let port = host
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        port.unwrap_or(default) == self.address.port()
    }

    /// Answers until the process is told to stop (SIGINT, SIGTERM), then ends the calls that are at work.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn run(self) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| runtime_error("the runtime", source))?;
        let stop = {
            let _entered = runtime.enter();
            stopped().map_err(|source| runtime_error("the signals", source))?
        };
        let thread = self.run_until(&runtime, stop)?;
        // What is left had its time; with it goes the last way to the service's thread, which then ends.
        runtime.shutdown_timeout(Duration::from_secs(1));
        let ended = thread.join();
        ended.map_err(|_| ServeError::Thread(io::Error::other("it panicked")))
    }

    fn run_until(
        self,
        runtime: &Runtime,
        stop: impl Future<Output = ()>,
    ) -> Result<JoinHandle<()>, ServeError> {
        let Self {
            listener,
            address: _,
            site,
            identity,
            thread,
        } = self;
        let acceptor = identity.as_ref().map(Identity::acceptor).transpose()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)
                .map_err(|source| runtime_error("the listener", source))?
        };
        let limits = site.settings.limits;
        runtime.block_on(async {
            site.publish().await;
            let keeper = tokio::spawn(keep(Arc::clone(&site), identity));
            let router = router::router(&site);
            let metrics = Arc::clone(&site.metrics);
            accept::serve(listener, acceptor, router, limits, metrics, stop).await;
            keeper.abort();
            // Its way to the service goes with it; that it was stopped is no error.
            drop(keeper.await);
        });
        Ok(thread)
    }
}

/// Keeps lists and certificate fresh for as long as the server runs.
async fn keep(site: Arc<Site>, identity: Option<Arc<Identity>>) {
    let mut period = tokio::time::interval(crl::PERIOD);
    period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        period.tick().await;
        site.publish().await;
        let (Some(identity), TlsSource::Own { names }) = (&identity, &site.settings.tls) else {
            continue;
        };
        let (identity, names) = (Arc::clone(identity), names.clone());
        let renewed = site.queue.once(move |desk| identity.renew(&names, desk));
        if let Ok(Err(error)) = renewed.await {
            tracing::error!(error = %queue::chain(&error), "the server's certificate cannot be renewed");
        }
    }
}

#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where no signal can be had, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn runtime_error(what: &'static str, source: io::Error) -> ServeError {
    ServeError::Runtime { what, source }
}

#[cfg(test)]
mod tests;
