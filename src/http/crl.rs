//! CRLs on a schedule: each CA's list is published when it is due, or soon after something was revoked.
//!
//! A list is in its file before the ledger says that it is published, and is served from memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Bytes;
use hyper::{Method, StatusCode};

use crate::crl::Crl;
use crate::http::files;
use crate::http::queue::{Desk, chain};
use crate::http::route::{Face, Incoming, Reply, Route};
use crate::http::site::Site;
use crate::issuer;
use crate::service::ServiceError;
use crate::time::{Lifetime, UnixSeconds};
use crate::workspace::{CertificateAuthority, Family};

/// The table.
pub(super) const ROUTES: &[Route] = &[Route {
    face: Face::Public,
    name: "crl",
    method: Method::GET,
    path: "/crl/{file}",
    summary: "The CRL of a CA by its name in the workspace, as NAME.crl; public.",
    handler: |site, incoming| Box::pin(std::future::ready(serve(&site, &incoming))),
}];

/// How often is looked whether a list is due: something that was revoked is on its list sooner than a minute later.
pub(super) const PERIOD: Duration = Duration::from_secs(5);

/// The lists that are published.
#[derive(Debug, Default)]
pub(super) struct Published(RwLock<Lists>);

#[derive(Debug, Default)]
struct Lists {
    by_name: BTreeMap<String, Bytes>,
    current: BTreeMap<Family, String>,
}

/// A list that is new, or not known yet to this process.
pub(super) struct Fresh {
    name: String,
    number: u64,
    entries: u64,
    next_update: UnixSeconds,
    der: Bytes,
    /// Whose list it is the public one of.
    current: Option<Family>,
    is_new: bool,
}

impl Published {
    /// The list of the CA that issues for a family.
    pub(super) fn current(&self, family: Family) -> Option<Bytes> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lists.by_name.get(lists.current.get(&family)?).cloned()
    }

    fn of_name(&self, name: &str) -> Option<Bytes> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lists.by_name.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lists.by_name.keys().cloned().collect()
    }

    fn add(&self, fresh: &Fresh) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lists.by_name.insert(fresh.name.clone(), fresh.der.clone());
        if let Some(family) = fresh.current {
            lists.current.insert(family, fresh.name.clone());
        }
    }
}

impl Site {
    /// Publishes every list that is due; one that cannot be made is in the log, and the others are published.
    pub(super) async fn publish(self: &Arc<Self>) {
        let site = Arc::clone(self);
        let known = self.crls.names();
        let settings = (self.settings.crl_lifetime, self.settings.crl_overlap);
        let answer = self.queue.once(move |desk| {
            // Told here, so that a list is served before whoever revoked by it can ask for it again.
            for fresh in due(desk, &known, settings) {
                site.crls.add(&fresh);
                site.metrics.crl(
                    &fresh.name,
                    fresh.number,
                    fresh.entries,
                    fresh.next_update.seconds(),
                );
                if fresh.is_new {
                    tracing::info!(
                        ca = fresh.name,
                        number = fresh.number,
                        entries = fresh.entries,
                        next_update = %fresh.next_update,
                        "CRL published"
                    );
                }
            }
        });
        if answer.await.is_err() {
            tracing::error!("CRLs cannot be published");
        }
    }
}

fn due(desk: &mut Desk, known: &[String], settings: (Lifetime, Lifetime)) -> Vec<Fresh> {
    let now = desk.now();
    let workspace = desk.service.workspace();
    let folder = workspace.dir().join(FOLDER);
    let signs = |authority: &&CertificateAuthority| {
        let certificate = authority.certificate();
        authority.has_key()
            && certificate.validity().not_after() > now
            && issuer::check_crl_issuer(certificate).is_ok()
    };
    let authorities: Vec<_> = workspace
        .authorities()
        .iter()
        .filter(signs)
        .cloned()
        .collect();
    let mut all = Vec::new();
    for authority in &authorities {
        let is_known = known.contains(&authority.name());
        match one(desk, authority, is_known, &folder, settings) {
            Ok(fresh) => all.extend(fresh),
            Err(error) => {
                let ca = authority.name();
                tracing::error!(ca, error = %chain(&*error), "CRL cannot be published");
            }
        }
    }
    all
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn one(
    desk: &mut Desk,
    authority: &CertificateAuthority,
    is_known: bool,
    folder: &Path,
    (lifetime, overlap): (Lifetime, Lifetime),
) -> Result<Option<Fresh>, Failure> {
    let (now, name) = (desk.now(), authority.name());
    let path = path(folder, &name);
    if desk.service.crl_need(&name, now, overlap)?.is_none() {
        if is_known {
            return Ok(None);
        }
        // Published before this process began; a list of another number was published elsewhere.
        if let Some(fresh) = on_disk(desk, authority, &path)? {
            return Ok(Some(fresh));
        }
    }
    let end = authority.certificate().validity().not_after();
    let next_update = now.plus(lifetime)?.min(end);
    let mut der = Vec::new();
    let spool = Cursor::new(Vec::new());
    let published = desk
        .service
        .write_crl(&name, now, next_update, spool, &mut der)?;
    files::replace(&path, &der)?;
    desk.service.crl_recorded(&published)?;
    Ok(Some(Fresh {
        current: current(desk, authority),
        name,
        number: published.number,
        entries: published.entries,
        next_update,
        der: der.into(),
        is_new: true,
    }))
}

/// The list in the file, if it is the last that was published.
fn on_disk(
    desk: &Desk,
    authority: &CertificateAuthority,
    path: &Path,
) -> Result<Option<Fresh>, ServiceError> {
    let last = desk.service.ledger().last_crl_of(authority.id())?;
    let (Some(last), Ok(der)) = (last, fs::read(path)) else {
        return Ok(None);
    };
    let read = Crl::from_der(&der).and_then(|crl| {
        crl.verify_signature(authority.certificate().public_key())?;
        crl.number()
    });
    let is_last = matches!(read, Ok(Some(number)) if number.to_u64() == Some(last.number));
    Ok(is_last.then(|| Fresh {
        current: current(desk, authority),
        name: authority.name(),
        number: last.number,
        entries: last.entries,
        next_update: last.next_update,
        der: der.into(),
        is_new: false,
    }))
}

/// The family that a CA issues for at present.
fn current(desk: &Desk, authority: &CertificateAuthority) -> Option<Family> {
    let current = desk.service.workspace().current(authority.family());
    let is_current = current.is_ok_and(|current| current.id() == authority.id());
    is_current.then_some(authority.family())
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.crl"))
}

fn serve(site: &Site, incoming: &Incoming) -> Reply {
    let file = incoming.path.first().map(|(_, file)| file.as_str());
    let name = file.and_then(|file| file.strip_suffix(".crl"));
    match name.and_then(|name| site.crls.of_name(name)) {
        Some(der) => Reply::new(CRL, der),
        None => Reply::plain(
            StatusCode::NOT_FOUND,
            "no CA of this name publishes a CRL here",
        ),
    }
}

const FOLDER: &str = "crl";

/// RFC 2585 §4.2.
pub(super) const CRL: &str = "application/pkix-crl";
