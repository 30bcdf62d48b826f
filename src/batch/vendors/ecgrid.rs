//! `ECGrid`: rows as the requests of `POST /v2/certificates/create`.

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
use crate::service::{EcgridIssued, Moment, Service};
use crate::vendor::ecgrid::NAME;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::reply::RestReply;
use crate::vendor::ecgrid::wire::{Call, CreateRequest, object, object_of_texts};

/// `ECGrid` as a batch sees it.
pub(super) struct EcGrid;

impl Line for EcGrid {
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
        let (places, requests) = rows::read(
            rows,
            &Rows { terms },
            || CreateRequest::new(0),
            terms,
            means,
        )?;
        let moment = &rows::moment(moment, &places, means);
        let answers = service.ecgrid_create(&requests, &caller, moment, means.rng);
        let answers = answers.map_err(BatchError::service(first))?;
        let issued = answers.iter().flatten();
        let issued: Vec<_> = issued
            .map(|issued| (issued.cert_key_id.into(), &issued.certificate))
            .collect();
        let keys = rows::keys(service, &issued, terms, moment);
        let mut keys = keys.map_err(BatchError::service(first))?.into_iter();
        let one = |answer: Result<EcgridIssued, Refusal>| {
            let issued = answer?;
            handout(service, issued, keys.next().flatten(), terms, moment)
        };
        let handouts = answers.into_iter().map(one).collect();
        rows::outcomes(places, handouts, terms, means.rng)
    }
}

fn handout(
    service: &Service,
    issued: EcgridIssued,
    key: Option<KeyPair>,
    terms: &Terms,
    moment: &Moment,
) -> Result<Handout, Refusal> {
    Ok(Handout {
        reply: reply(service, &issued, terms, moment)?,
        certificate: issued.certificate,
        chain: Vec::new(),
        key,
        holder: Some(issued.comm.id.to_string()),
        request: None,
        pfx: None,
        answered_before: false,
    })
}

fn caller(service: &Service, terms: &Terms) -> Result<Caller, BatchError> {
    let caller = terms.caller.as_deref();
    let caller = service.workspace().ecgrid().on_this_machine(caller);
    caller.map_err(BatchError::Caller)
}

/// The reply lists every certificate of the Comm, so it is only made when it is asked for.
fn reply(
    service: &Service,
    issued: &EcgridIssued,
    terms: &Terms,
    moment: &Moment,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    if !terms.wants_reply() {
        return Ok(Zeroizing::default());
    }
    let info = service.ecgrid_reply(issued, moment.now);
    let text = RestReply::of(info.to_rest()).to_json();
    let text = text.map_err(|error| Refusal::internal(&error))?;
    Ok(Zeroizing::new(format!("{text}\n").into_bytes()))
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
        CreateRequest::read(&Call::Json(fields))
    }

    fn names(&self) -> &'static [&'static str] {
        &[]
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
        Self::unreadable_row(finding)
    }

    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow {
        let findings = self.faults().iter().map(Fault::finding);
        RejectedRow {
            row,
            row_key: key,
            stage: self.stage(),
            code: self.kind().error_code().into(),
            msg: self.message().to_owned(),
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
    "commId",
    "beginUsage",
    "usage",
    "secureHashAlgorithm",
    "partnerAs2Id",
    "expires",
];

/// Fields that make sense for many rows.
const FILLABLE: &[&str] = &[
    "commId",
    "beginUsage",
    "usage",
    "secureHashAlgorithm",
    "expires",
];
