//! What every route finds: the way to the service, the vendors' settings, and what the server knows of itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::http::as2expert;
use crate::http::clock::Clock;
use crate::http::crl::Published;
use crate::http::ecgrid;
use crate::http::ecgrid::sessions::Sessions;
use crate::http::emca;
use crate::http::enos;
use crate::http::limit::Calls;
use crate::http::metrics::Metrics;
use crate::http::page::FormTokens;
use crate::http::queue::{Lane, Queue};
use crate::http::recent::Recent;
use crate::http::settings::Settings;
use crate::time::UnixSeconds;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::enos::access::Gate;
use crate::vendor::enos::config::Enos;
use crate::workspace::{Family, Workspace};

/// The server's state.
pub(super) struct Site {
    pub(super) settings: Settings,
    pub(super) enos: Enos,
    pub(super) ecgrid: Ecgrid,
    pub(super) as2expert: As2Expert,
    pub(super) queue: Queue,
    pub(super) lanes: Lanes,
    pub(super) metrics: Arc<Metrics>,
    pub(super) recent: Recent,
    pub(super) sessions: Sessions,
    pub(super) forms: FormTokens,
    pub(super) calls: Calls,
    /// What EnOS's gateway remembers.
    pub(super) gate: Gate,
    /// PEM of the CA that issues for each family.
    pub(super) ca_certificates: BTreeMap<Family, String>,
    pub(super) crls: Published,
    pub(super) clock: Clock,
}

/// Calls that share slices.
#[derive(Debug)]
pub(super) struct Lanes {
    pub(super) as2expert_create: Arc<Lane<as2expert::Create>>,
    pub(super) ecgrid_make: Arc<Lane<ecgrid::Make>>,
    pub(super) emca_create: Arc<Lane<emca::Create>>,
    pub(super) enos_apply: Arc<Lane<enos::Apply>>,
    pub(super) enos_renew: Arc<Lane<enos::Renew>>,
    pub(super) enos_revoke: Arc<Lane<enos::Revoke>>,
}

/// What the site takes from a workspace before the service's thread has it.
pub(super) struct Parts {
    pub(super) enos: Enos,
    pub(super) ecgrid: Ecgrid,
    pub(super) as2expert: As2Expert,
    pub(super) ca_certificates: BTreeMap<Family, String>,
}

impl Parts {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let current = |family| {
            let current = workspace.current(family).ok()?;
            Some((family, current.certificate().to_pem()))
        };
        Self {
            enos: workspace.enos().clone(),
            ecgrid: workspace.ecgrid().clone(),
            as2expert: workspace.as2expert().clone(),
            ca_certificates: [Family::Rsa, Family::Ecc]
                .into_iter()
                .filter_map(current)
                .collect(),
        }
    }
}

impl Site {
    pub(super) fn new(
        settings: Settings,
        parts: Parts,
        queue: Queue,
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> Self {
        let Parts {
            enos,
            ecgrid,
            as2expert,
            ca_certificates,
        } = parts;
        Self {
            calls: Calls::new(settings.calls_per_minute),
            gate: Gate::default(),
            settings,
            enos,
            ecgrid,
            as2expert,
            queue,
            lanes: Lanes::default(),
            metrics,
            recent: Recent::default(),
            sessions: Sessions::default(),
            forms: FormTokens::default(),
            ca_certificates,
            crls: Published::default(),
            clock,
        }
    }

    /// This second.
    pub(super) fn now(&self) -> UnixSeconds {
        (self.clock)()
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            as2expert_create: Lane::new(),
            ecgrid_make: Lane::new(),
            emca_create: Lane::new(),
            enos_apply: Lane::new(),
            enos_renew: Lane::new(),
            enos_revoke: Lane::new(),
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
