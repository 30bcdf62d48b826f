//! Connections: accepted while there is room, cut off when they dawdle, ended in order when the server stops.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::http::metrics::Metrics;
use crate::http::settings::Limits;

/// From where a request comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Accepts connections until `stop`, then gives calls their time to end.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            // Whoever finds no room waits in the system's queue.
            let room = Arc::clone(&room).acquire_owned().await;
            let accepted = listener.accept().await;
            (room, accepted)
        };
        let (room, accepted) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a client that was gone before it was here.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let connection = Connection {
            router: router.clone(),
            peer,
            limits,
        };
        let (tls, metrics, watcher) = (tls.clone(), Arc::clone(&metrics), graceful.watcher());
        tokio::spawn(async move {
            metrics.connected();
            // Small answers must not wait for more to send.
            let _as_it_is = stream.set_nodelay(true);
            match tls {
                None => connection.run(stream, watcher).await,
                Some(tls) => connection.run_tls(stream, &tls, watcher).await,
            }
            metrics.disconnected();
            drop(room);
        });
    }
    drop(listener);
    let ended = tokio::time::timeout(limits.stop_time, graceful.shutdown()).await;
    if ended.is_err() {
        let seconds = limits.stop_time.as_secs();
        tracing::warn!(seconds, "calls that did not end in time are cut off");
    }
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    limits: Limits,
}

type Watcher = hyper_util::server::graceful::Watcher;

impl Connection {
    async fn run_tls(self, stream: TcpStream, tls: &TlsAcceptor, watcher: Watcher) {
        let shaken = tokio::time::timeout(self.limits.header_time, tls.accept(stream)).await;
        match shaken {
            Ok(Ok(stream)) => self.run(stream, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS was not agreed on"),
            Err(_) => tracing::debug!("TLS took too long"),
        }
    }

    async fn run<S>(self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = WithPeer {
            inner: TowerToHyperService::new(self.router),
            peer: Peer(self.peer),
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_buf_size(self.limits.header_octets)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

/// Puts the peer's address into each request.
#[derive(Clone)]
struct WithPeer {
    inner: TowerToHyperService<Router>,
    peer: Peer,
}

impl Service<Request<Incoming>> for WithPeer {
    type Response = Response;
    type Error = Infallible;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

/// After a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);
