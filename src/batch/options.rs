//! How a batch is to run.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::batch::artefact::Artefact;
use crate::batch::handout::KeyTerms;
#[cfg(feature = "p12")]
use crate::batch::handout::P12Terms;
use crate::batch::job::Format;
use crate::batch::shard::Shard;
use crate::batch::sink::SinkKind;
use crate::batch::stop::Stop;
use crate::batch::vendors::Vendor;
use crate::bundle;
use crate::serial::{JobSerials, SerialNumber};
use crate::time::UnixSeconds;

/// How a batch is to run.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) vendor: Vendor,
    pub(super) format: Option<Format>,
    pub(super) artefacts: Vec<Artefact>,
    pub(super) defaults: Vec<(String, String)>,
    pub(super) caller: Option<String>,
    pub(super) key_terms: Option<Arc<KeyTerms>>,
    #[cfg(feature = "p12")]
    pub(super) p12: Option<Arc<P12Terms>>,
    pub(super) sink: SinkKind,
    pub(super) threads: Option<NonZeroUsize>,
    pub(super) not_before: Option<UnixSeconds>,
    pub(super) serial_start: Option<SerialNumber>,
    pub(super) serials: Option<Arc<JobSerials>>,
    pub(super) shard: Option<Shard>,
    pub(super) resume: bool,
    pub(super) plan: bool,
    pub(super) stop: Stop,
    pub(super) slice_rows: Option<NonZeroUsize>,
}

impl Options {
    /// The certificate as PEM, on all cores, clock and serial numbers drawn.
    #[must_use]
    pub fn new(vendor: Vendor) -> Self {
        Self {
            vendor,
            format: None,
            artefacts: vec![Artefact::Bundle(bundle::Artefact::Pem)],
            defaults: Vec::new(),
            caller: None,
            key_terms: None,
            #[cfg(feature = "p12")]
            p12: None,
            sink: SinkKind::Dir,
            threads: None,
            not_before: None,
            serial_start: None,
            serials: None,
            shard: None,
            resume: false,
            plan: false,
            stop: Stop::default(),
            slice_rows: None,
        }
    }

    /// With a job of this format, whatever its name.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// With these artefacts for each certificate, each once.
    #[must_use]
    pub fn with_artefacts(mut self, mut artefacts: Vec<Artefact>) -> Self {
        artefacts.sort_unstable();
        artefacts.dedup();
        self.artefacts = artefacts;
        self
    }

    /// With a value for rows that do not have this field of the vendor's; `vendor.field` is for rows that name another
    /// vendor.
    #[must_use]
    pub fn with_default(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.defaults.push((field.into(), value.into()));
        self
    }

    /// With the user or the site that asks, where the vendor tells them apart; the only one without it, and for rows
    /// that name another vendor.
    #[must_use]
    pub fn with_caller(mut self, name: impl Into<String>) -> Self {
        self.caller = Some(name.into());
        self
    }

    /// With what protects the private keys that are handed out as [`Artefact::Key`]; a file of many rows takes none without.
    #[must_use]
    pub fn with_key_terms(mut self, terms: KeyTerms) -> Self {
        self.key_terms = Some(Arc::new(terms));
        self
    }

    /// With artefacts that go there.
    #[must_use]
    pub fn with_sink(mut self, sink: SinkKind) -> Self {
        self.sink = sink;
        self
    }

    /// With what a `.p12` is to be, where one is among the artefacts.
    #[cfg(feature = "p12")]
    #[must_use]
    pub fn with_p12(mut self, terms: P12Terms) -> Self {
        self.p12 = Some(Arc::new(terms));
        self
    }

    /// With so many threads for the cryptography, at most [`MAX_THREADS`](super::MAX_THREADS).
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// With certificates that begin at this second instead of the clock's.
    #[must_use]
    pub fn with_not_before(mut self, not_before: UnixSeconds) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// With this serial number for the first row, and the next one for each next row, rejected ones included.
    #[must_use]
    pub fn with_serial_start(mut self, serial: SerialNumber) -> Self {
        self.serial_start = Some(serial);
        self
    }

    /// With serial numbers that follow from the job and its rows where they would be random otherwise, so that a row which is
    /// worked on twice gets the same one twice.
    #[must_use]
    pub fn with_job_serials(mut self, serials: JobSerials) -> Self {
        self.serials = Some(Arc::new(serials));
        self
    }

    /// With the rows of one part of the job only.
    #[must_use]
    pub fn with_shard(mut self, shard: Shard) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Going on where a run of the same job stopped. A job that never began is begun.
    #[must_use]
    pub fn with_resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// As a rehearsal: rows are held against every rule and nothing is issued; what would be refused is told below `plan` in
    /// the folder for the results. It takes a [service that rehearses](crate::service::Service::rehearse).
    #[must_use]
    pub fn with_plan(mut self) -> Self {
        self.plan = true;
        self
    }

    /// With something that can ask the batch to stop.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// With so many rows that are worked on together, which tests make few.
    #[cfg(test)]
    #[must_use]
    pub(super) fn with_slice_rows(mut self, rows: NonZeroUsize) -> Self {
        self.slice_rows = Some(rows);
        self
    }

    /// The artefacts, each once, in their order.
    #[must_use]
    pub fn artefacts(&self) -> &[Artefact] {
        &self.artefacts
    }

    /// What decides what the results are, by names for a person; passwords are left out.
    pub(super) fn terms(&self) -> BTreeMap<String, String> {
        let Self {
            vendor,
            format,
            artefacts,
            defaults,
            caller,
            key_terms,
            #[cfg(feature = "p12")]
            p12,
            sink,
            threads: _,
            not_before,
            serial_start,
            serials,
            shard,
            resume: _,
            plan: _,
            stop: _,
            slice_rows: _,
        } = self;
        let artefacts: Vec<_> = artefacts.iter().map(Artefact::to_string).collect();
        let defaults: Vec<_> = defaults
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let terms = [
            ("vendor", Some(vendor.to_string())),
            ("format", format.map(|format| format.to_string())),
            ("artefacts", Some(artefacts.join(","))),
            ("defaults", Some(defaults.join(" "))),
            ("user", caller.clone()),
            ("sink", Some(sink.to_string())),
            (
                "key protection",
                key_terms.as_ref().map(|_| "some".to_owned()),
            ),
            #[cfg(feature = "p12")]
            (
                "p12",
                p12.as_ref().map(|terms| terms.consumer().to_string()),
            ),
            ("first second", not_before.map(|at| at.to_string())),
            (
                "first serial number",
                serial_start.as_ref().map(ToString::to_string),
            ),
            ("job secret", serials.as_ref().map(|serials| serials.mark())),
            ("shard", shard.map(|shard| shard.to_string())),
        ];
        let terms = terms.into_iter();
        terms
            .filter_map(|(name, value)| {
                Some((name.to_owned(), value.filter(|value| !value.is_empty())?))
            })
            .collect()
    }
}
