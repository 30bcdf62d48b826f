//! What a route is: a row of its vendor's table. The router, the metrics and whoever describes the service read the rows.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::http::site::Site;
use crate::lint::Finding;
use crate::vendor::enos::reply::RequestId;
use crate::vendor::{as2expert, ecgrid, emca, enos};

/// Whose wire a route speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Face {
    As2Expert,
    Ecgrid,
    Emca,
    Enos,
    /// What the server tells of itself to who runs it.
    Operator,
    /// What anyone may see.
    Public,
}

impl Face {
    /// A call by POST, as most of the vendors' are.
    pub(super) const fn post(
        self,
        name: &'static str,
        path: &'static str,
        summary: &'static str,
        handler: Handler,
    ) -> Route {
        Route {
            face: self,
            name,
            method: Method::POST,
            path,
            summary,
            handler,
        }
    }
}

/// A path and a method, and who answers there.
pub(super) struct Route {
    pub(super) face: Face,
    /// Its name in logs and metrics.
    pub(super) name: &'static str,
    pub(super) method: Method,
    /// With parameters in braces.
    pub(super) path: &'static str,
    /// What it does, in a sentence.
    pub(super) summary: &'static str,
    pub(super) handler: Handler,
}

/// Who answers.
pub(super) type Handler = fn(Arc<Site>, Incoming) -> Answering;

/// A handler: the function that answers, and what it is told beside the site and the request.
macro_rules! handler {
    ($answer:path $(, $told:expr)*) => {
        |site, incoming| Box::pin($answer(site, incoming $(, $told)*))
    };
}
pub(in crate::http) use handler;

/// An answer in the making.
pub(super) type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// A request, read whole.
pub(super) struct Incoming {
    pub(super) id: RequestId,
    pub(super) peer: SocketAddr,
    /// The parameters of the path, decoded.
    pub(super) path: Vec<(String, String)>,
    /// The query, decoded, in its order.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
    pub(super) outcome: Outcome,
}

/// What became of a request, for log and metrics.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(super) struct Outcome {
    /// What was asked for, where the route alone does not say.
    pub(super) action: Option<&'static str>,
    /// The vendor's code; `ok` for a success.
    pub(super) code: String,
    /// What the rules found, a line each.
    pub(super) findings: Vec<String>,
}

impl Face {
    /// Those that a configuration may leave out.
    pub(super) const VENDORS: [Self; 4] = [Self::As2Expert, Self::Ecgrid, Self::Emca, Self::Enos];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::As2Expert => as2expert::NAME,
            Self::Ecgrid => ecgrid::NAME,
            Self::Emca => emca::NAME,
            Self::Enos => enos::NAME,
            Self::Operator => "operator",
            Self::Public => "public",
        }
    }

    pub(super) fn of_vendor(name: &str) -> Option<Self> {
        let mut all = Self::VENDORS.into_iter();
        all.find(|face| face.name() == name)
    }
}

impl Incoming {
    /// A header's text; one that is no visible ASCII is none.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What stands behind `Bearer` in `Authorization` (RFC 6750 §2.1).
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    pub(super) fn path_pairs(&self) -> Vec<(&str, &str)> {
        pairs(&self.path)
    }

    pub(super) fn query_pairs(&self) -> Vec<(&str, &str)> {
        pairs(&self.query)
    }
}

impl Reply {
    /// Octets of a type, and 200.
    pub(super) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            outcome: Outcome::ok(),
        }
    }

    /// JSON in one line. None of what this crate writes fails to be written.
    pub(super) fn json(text: Result<String, serde_json::Error>) -> Self {
        match text {
            Ok(text) => Self::new(JSON, text),
            Err(_) => Self::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the answer cannot be written",
            ),
        }
    }

    /// What may hold a secret: it is wiped once it is sent.
    pub(super) fn secret(content_type: &'static str, text: Zeroizing<String>) -> Self {
        Self::new(content_type, Bytes::from_owner(Wiped(text)))
    }

    /// A sentence of the server's own, where no vendor has a form for it.
    pub(super) fn plain(status: StatusCode, text: &str) -> Self {
        let body = format!("{text}\n");
        let code = status.as_u16().to_string();
        Self::new(TEXT, body)
            .with_status(status.as_u16())
            .with_outcome(Outcome::refused(code))
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self
    }

    pub(super) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Outcome {
    pub(super) fn ok() -> Self {
        Self {
            action: None,
            code: "ok".to_owned(),
            findings: Vec::new(),
        }
    }

    pub(super) fn refused(code: impl Into<String>) -> Self {
        Self {
            action: None,
            code: code.into(),
            findings: Vec::new(),
        }
    }

    pub(super) fn with_findings<'a>(mut self, findings: impl Iterator<Item = &'a Finding>) -> Self {
        self.findings = findings.map(ToString::to_string).collect();
        self
    }

    pub(super) fn of_action(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }
}

/// A text that `Bytes` can own.
struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl fmt::Debug for Incoming {
    /// Query, headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("id", &self.id)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

pub(super) const JSON: &str = "application/json;charset=utf-8";

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
