//! `EnOS`: rows as `action=apply` requests.

use std::error::Error;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::{Line, Terms};
use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::job::{Content, ROW_RULES, Row};
use crate::batch::outcome::{IssuedRow, Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::bundle;
use crate::key::PublicKeyKind;
use crate::key::weak::Seen;
use crate::lint::Finding;
use crate::request::CertificationRequest;
use crate::service;
use crate::service::{EnosIssued, Moment, Service};
use crate::vendor::Stage;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::error::{Fault, FaultKind, Refusal};
use crate::vendor::enos::reply::RequestId;
use crate::vendor::enos::wire::{ApplyRequest, object, object_of_texts};
use crate::vendor::enos::{Authority, NAME};

/// `EnOS` as a batch sees it.
pub(super) struct EnOs;

impl Line for EnOs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn columns(&self) -> &'static [&'static str] {
        COLUMNS
    }

    fn fillable(&self) -> &'static [&'static str] {
        FILLABLE
    }

    fn fill(&self, fields: &[(String, String)]) -> Map<String, Value> {
        object_of_texts(
            fields
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str())),
        )
    }

    fn issue(
        &self,
        service: &mut Service,
        rows: Vec<Row>,
        terms: &Terms,
        moment: &Moment,
        seen: &mut Seen,
    ) -> Result<Vec<Outcome>, BatchError> {
        let first = rows.first().map_or(0, |row| row.number);
        let orders = read(rows, service.workspace().enos(), terms);
        let (places, requests): (Vec<_>, Vec<_>) = orders.into_iter().map(Order::split).unzip();
        let answers = service.enos_apply_after(requests, moment, seen);
        let answers = answers.map_err(|error| BatchError::Service {
            row: first,
            source: Box::new(error),
        })?;
        let told: Vec<_> = places.into_iter().zip(answers).collect();
        let tell = |(place, answer): (Place, _)| place.outcome(answer, &terms.artefacts);
        told.into_par_iter().map(tell).collect()
    }
}

fn read(rows: Vec<Row>, settings: &Enos, terms: &Terms) -> Vec<Order> {
    let filled = Filled {
        defaults: &terms.defaults,
        settings,
    };
    let orders = rows.into_par_iter().map(|row| Order::read(row, &filled));
    orders.collect()
}

/// A row that is understood, or not.
struct Order {
    row: u64,
    key: RowKey,
    request: Result<ApplyRequest, Refusal>,
}

impl Order {
    fn read(row: Row, filled: &Filled<'_>) -> Self {
        let Row { number, content } = row;
        let unnamed = || RowKey::of_number(number);
        let (key, request) = match content {
            Content::Cells(cells) => {
                let cells = cells.iter().map(|(name, text)| (&**name, text.as_str()));
                filled.named(object_of_texts(cells), unnamed)
            }
            Content::Json(text) => match object(&[], text.as_bytes()) {
                Ok(object) => filled.named(object, unnamed),
                Err(refusal) => (unnamed(), Err(refusal)),
            },
            Content::Request { stem, octets } => {
                let request = filled.of_file(&stem, octets);
                (RowKey::new(stem), request)
            }
            Content::Unreadable { stem, finding } => {
                let key = stem.map_or_else(unnamed, RowKey::new);
                (key, Err(unreadable(finding)))
            }
        };
        Self {
            row: number,
            key,
            request,
        }
    }

    /// The row's place, and what the service is asked there.
    ///
    /// A row that is no request is asked for too, by a request with no field set, which the vendor's rules refuse: so
    /// the places of rows and answers, and the serial numbers that follow them, are the same.
    fn split(self) -> (Place, ApplyRequest) {
        let (refused, request) = match self.request {
            Ok(request) => (None, request),
            Err(refusal) => (Some(refusal), ApplyRequest::new()),
        };
        let place = Place {
            row: self.row,
            key: self.key,
            refused,
        };
        (place, request)
    }
}

/// A row that is being worked on.
struct Place {
    row: u64,
    key: RowKey,
    /// Why it is no request, if so.
    refused: Option<Refusal>,
}

impl Place {
    fn outcome(
        self,
        answer: Result<EnosIssued, Refusal>,
        artefacts: &[Artefact],
    ) -> Result<Outcome, BatchError> {
        let Self { row, key, refused } = self;
        let issued = match (refused, answer) {
            (Some(refusal), _) | (None, Err(refusal)) => return Ok(rejected(row, key, &refusal)),
            (None, Ok(issued)) => issued,
        };
        let chain = service::full_chain(&issued.certificate, &issued.chain);
        let made = artefacts.iter().map(|artefact| {
            let octets = match artefact {
                Artefact::Bundle(bundle) => bundle::write(*bundle, &chain).map_err(Into::into),
                Artefact::Reply => reply(&issued),
            };
            octets
                .map(|octets| (*artefact, octets))
                .map_err(|source| BatchError::Artefact {
                    row,
                    artefact: *artefact,
                    source,
                })
        });
        Ok(Outcome::Issued(IssuedRow {
            row,
            key,
            serial: issued.certificate.serial().clone(),
            artefacts: made.collect::<Result<_, _>>()?,
        }))
    }
}

/// The reply body. Its `requestId` is taken from the certificate's SHA-256, so that the same certificate has the same
/// reply.
fn reply(issued: &EnosIssued) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut octets = [0; 16];
    for (octet, drawn) in octets.iter_mut().zip(issued.certificate.sha256()) {
        *octet = drawn;
    }
    let mut text = issued.reply(RequestId::from_octets(octets)).to_json()?;
    text.push('\n');
    Ok(text.into_bytes())
}

/// What is filled in for rows.
struct Filled<'a> {
    /// Where the field is absent.
    defaults: &'a Map<String, Value>,
    /// Where it still is.
    settings: &'a Enos,
}

impl Filled<'_> {
    /// A row of fields, and its name.
    fn named(
        &self,
        mut fields: Map<String, Value>,
        unnamed: impl FnOnce() -> RowKey,
    ) -> (RowKey, Result<ApplyRequest, Refusal>) {
        self.fill(&mut fields);
        let text = |name| fields.get(name).and_then(Value::as_str);
        let mut named = [ROW_KEY, "deviceKey", "assetId"]
            .into_iter()
            .filter_map(text);
        let named = named.find(|text| !text.is_empty()).map(RowKey::new);
        let request = match fields.get(ROW_KEY) {
            None | Some(Value::Null | Value::String(_)) => ApplyRequest::from_object(&fields),
            Some(other) => Err(unreadable(Finding::error(
                "batch.row-key",
                ROW_RULES,
                ROW_KEY,
                other.to_string(),
                "a JSON string",
            ))),
        };
        (named.unwrap_or_else(unnamed), request)
    }

    /// A file with a request. It cannot say who is to issue: unless that is fixed for all, its key decides.
    fn of_file(&self, device_key: &str, octets: Vec<u8>) -> Result<ApplyRequest, Refusal> {
        let mut fields = Map::new();
        fields.insert("deviceKey".to_owned(), device_key.into());
        self.fill(&mut fields);
        if !fields.contains_key(ISSUE_AUTHORITY)
            && let Some(authority) = authority_of(&octets)
        {
            fields.insert(ISSUE_AUTHORITY.to_owned(), authority.as_str().into());
        }
        Ok(ApplyRequest::from_object(&fields)?.with_csr_octets(octets))
    }

    fn fill(&self, fields: &mut Map<String, Value>) {
        for (name, value) in self.defaults {
            let field = fields.entry(name.as_str()).or_insert(Value::Null);
            if field.is_null() {
                *field = value.clone();
            }
        }
        self.settings.fill_in(fields);
    }
}

/// The authority for the key in a request; none for what is no request, which the vendor's rules will say.
fn authority_of(octets: &[u8]) -> Option<Authority> {
    let request = CertificationRequest::from_bytes(octets).ok()?;
    Some(match request.public_key().kind() {
        PublicKeyKind::Rsa { .. } => Authority::Rsa,
        _ => Authority::Ecc,
    })
}

/// A row that is no request, as the vendor would say it.
fn unreadable(finding: Finding) -> Refusal {
    let fault = Fault::new(FaultKind::CallParameters, "the row cannot be read", finding);
    Refusal::of(Stage::Wire, fault)
}

fn rejected(row: u64, key: RowKey, refusal: &Refusal) -> Outcome {
    let findings = refusal.faults().iter().map(Fault::finding);
    Outcome::Rejected(RejectedRow {
        row,
        row_key: key,
        stage: refusal.stage(),
        code: refusal.code().into(),
        msg: refusal.msg().to_owned(),
        findings: findings.cloned().collect(),
    })
}

/// The vendor's names that a CSV job may have as columns, and the row's own.
const COLUMNS: &[&str] = &[
    ROW_KEY,
    "action",
    "orgId",
    "assetId",
    "productKey",
    "deviceKey",
    "csr",
    "validDay",
    ISSUE_AUTHORITY,
];

/// Fields that make sense for many rows.
const FILLABLE: &[&str] = &["orgId", "productKey", "validDay", ISSUE_AUTHORITY];

/// The row's own field: what it is called in reports and files.
const ROW_KEY: &str = "rowKey";
const ISSUE_AUTHORITY: &str = "issueAuthority";
