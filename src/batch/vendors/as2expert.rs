//! `AS2Expert`: rows as the requests of `POST /certificates/create`.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::rows::{ROW_KEY, Reader, Refused};
use super::{Line, Means, Terms, rows};
use crate::batch::error::BatchError;
use crate::batch::handout::Handout;
use crate::batch::job::Row;
use crate::batch::outcome::{Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::key::KeyPair;
use crate::lint::Finding;
use crate::service::{As2ExpertIssued, Moment, Service};
use crate::vendor::Stage;
use crate::vendor::as2expert::NAME;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Fault, FaultKind, Refusal};
use crate::vendor::as2expert::wire::{CreateRequest, object, object_of_texts};

/// `AS2Expert` as a batch sees it.
pub(super) struct As2Expert;

impl Line for As2Expert {
    fn name(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> &'static [&'static str] {
        COLUMNS
    }

    fn fillable(&self) -> &'static [&'static str] {
        FILLABLE
    }

    fn fill(&self, fields: &[(&str, &str)]) -> Map<String, Value> {
        object_of_texts(fields.iter().copied())
    }

    fn takes_requests(&self) -> bool {
        false
    }

    fn check(&self, service: &Service, terms: &Terms) -> Result<(), BatchError> {
        caller(service, terms).map(drop)
    }

    fn issue(
        &self,
        service: &mut Service,
        rows: Vec<Row>,
        terms: &Terms,
        moment: &Moment,
        means: &mut Means<'_>,
    ) -> Result<Vec<Outcome>, BatchError> {
        let first = rows.first().map_or(0, |row| row.number);
        let caller = caller(service, terms)?;
        let (places, requests) =
            rows::read(rows, &Rows { terms }, CreateRequest::default, terms, means)?;
        let moment = &rows::moment(moment, &places, means);
        let answers = service.as2expert_create(&requests, &caller, moment, means.rng);
        let answers = answers.map_err(BatchError::service(first))?;
        let issued = answers.iter().flatten();
        let issued: Vec<_> = issued
            .map(|issued| (issued.id(), issued.certificate()))
            .collect();
        let keys = rows::keys(service, &issued, terms, moment);
        let mut keys = keys.map_err(BatchError::service(first))?.into_iter();
        let one = |answer: Result<As2ExpertIssued, Refusal>| {
            let issued = answer?;
            handout(&issued, keys.next().flatten())
        };
        let handouts = answers.into_iter().map(one).collect();
        rows::outcomes(places, handouts, terms, means.rng)
    }
}

fn handout(issued: &As2ExpertIssued, key: Option<KeyPair>) -> Result<Handout, Refusal> {
    let text = issued.reply().to_json();
    let text = text.map_err(|error| Refusal::internal(&error))?;
    Ok(Handout {
        certificate: issued.certificate().clone(),
        chain: Vec::new(),
        key,
        holder: Some(issued.station_id().to_string()),
        request: None,
        pfx: None,
        reply: Zeroizing::new(format!("{text}\n").into_bytes()),
        answered_before: false,
    })
}

fn caller(service: &Service, terms: &Terms) -> Result<Caller, BatchError> {
    let caller = terms.caller.as_deref();
    let caller = service.workspace().as2expert().on_this_machine(caller);
    caller.map_err(BatchError::Caller)
}

struct Rows<'a> {
    terms: &'a Terms,
}

impl Reader<CreateRequest, Refusal> for Rows<'_> {
    fn texts(&self, cells: &[(&str, &str)]) -> Map<String, Value> {
        object_of_texts(cells.iter().copied())
    }

    fn object(&self, line: &str) -> Result<Map<String, Value>, Refusal> {
        object(line.as_bytes())
    }

    fn request(&self, fields: &Map<String, Value>) -> Result<CreateRequest, Refusal> {
        CreateRequest::from_object(fields)
    }

    fn names(&self) -> &'static [&'static str] {
        &["commonName"]
    }

    fn file(&self, _stem: &str, _octets: Vec<u8>) -> Result<CreateRequest, Refusal> {
        Err(Refused::unreadable(rows::no_request()))
    }

    fn fill(&self, fields: &mut Map<String, Value>) {
        rows::fill(fields, &self.terms.defaults);
    }
}

impl Refused for Refusal {
    fn unreadable(finding: Finding) -> Self {
        Self::of(Stage::Wire, Fault::new(FaultKind::Body, finding))
    }

    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow {
        let findings = self.faults().iter().map(Fault::finding);
        RejectedRow {
            row,
            row_key: key,
            stage: self.stage(),
            code: self.kind().status().into(),
            msg: self.msg().to_owned(),
            findings: findings.cloned().collect(),
            unused_key: None,
        }
    }

    fn rules(&self) -> Vec<&'static str> {
        let faults = self.faults().iter();
        faults.map(|fault| fault.finding().rule()).collect()
    }
}

/// The vendor's names that a CSV job may have as columns, and the row's own.
const COLUMNS: &[&str] = &[
    ROW_KEY,
    "station",
    "selfSigned",
    "email",
    "commonName",
    "countryName",
    "localityName",
    "provinceName",
    "organization",
    "organizationUnitName",
    "dias",
    "keybits",
    "hash",
];

/// Fields that make sense for many rows.
const FILLABLE: &[&str] = &[
    "station",
    "selfSigned",
    "email",
    "countryName",
    "localityName",
    "provinceName",
    "organization",
    "organizationUnitName",
    "dias",
    "keybits",
    "hash",
];
