//! `EnOS`: rows as `action=apply` requests.

use rayon::prelude::*;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::fresh::Wish;
use super::rows::{ROW_KEY, Reader, Refused};
use super::{Line, Means, Terms, rows};
use crate::batch::error::BatchError;
use crate::batch::handout::Handout;
use crate::batch::job::Row;
use crate::batch::outcome::{Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::key::PublicKeyKind;
use crate::lint::Finding;
use crate::pem;
use crate::pem::Label;
use crate::request::CertificationRequest;
use crate::service::{EnosIssued, Moment, Service};
use crate::vendor::Stage;
use crate::vendor::enos::check::check_unkeyed;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::error::{Fault, FaultKind, Refusal, Service as Behind};
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

    fn fill(&self, fields: &[(&str, &str)]) -> Map<String, Value> {
        object_of_texts(fields.iter().copied())
    }

    fn can_be_parted(&self) -> bool {
        true
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
        let filled = Filled {
            terms,
            settings: service.workspace().enos(),
        };
        let (places, requests) = rows::read(rows, &filled, ApplyRequest::new, terms, means)?;
        let moment = &rows::moment(moment, &places, means);
        let answers = service.enos_apply_after(requests, moment, means.seen);
        let answers = answers.map_err(BatchError::service(first))?;
        let answers = answers.into_par_iter();
        let handouts = answers.map(|answer| handout(answer?, terms));
        rows::outcomes(places, handouts.collect(), terms, means.rng)
    }
}

/// A certificate with what is handed out beside it.
pub(in crate::batch) fn handout(issued: EnosIssued, terms: &Terms) -> Result<Handout, Refusal> {
    let reply = match terms.wants_reply() {
        true => reply(&issued).map_err(|error| Refusal::internal(Behind::Certificate, &error))?,
        false => Vec::new(),
    };
    Ok(Handout {
        certificate: issued.certificate,
        chain: issued.chain,
        key: None,
        holder: Some(issued.holder),
        request: issued.request,
        pfx: None,
        reply: Zeroizing::new(reply),
        answered_before: false,
    })
}

/// The reply body. Its `requestId` is taken from the certificate's SHA-256, so that the same certificate has the same
/// reply.
fn reply(issued: &EnosIssued) -> Result<Vec<u8>, serde_json::Error> {
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
    terms: &'a Terms,
    /// Where it still is.
    settings: &'a Enos,
}

impl Reader<ApplyRequest, Refusal> for Filled<'_> {
    fn texts(&self, cells: &[(&str, &str)]) -> Map<String, Value> {
        object_of_texts(cells.iter().copied())
    }

    fn object(&self, line: &str) -> Result<Map<String, Value>, Refusal> {
        object(&[], line.as_bytes())
    }

    fn request(&self, fields: &Map<String, Value>) -> Result<ApplyRequest, Refusal> {
        ApplyRequest::from_object(fields)
    }

    fn names(&self) -> &'static [&'static str] {
        &["deviceKey", "assetId"]
    }

    fn request_fields(&self) -> &'static [&'static str] {
        &[CSR]
    }

    fn check_wish(&self, fields: &Map<String, Value>, wish: &Wish) -> Result<(), Refusal> {
        let mut request = ApplyRequest::from_object(fields)?;
        if !fields.contains_key(ISSUE_AUTHORITY) {
            let authority = match wish.algorithm.modulus_bits() {
                Some(_) => Authority::Rsa,
                None => Authority::Ecc,
            };
            request = request.with_issue_authority(authority.as_str());
        }
        check_unkeyed(&request, wish.algorithm, &wish.subject)
    }

    fn put_request(&self, fields: &mut Map<String, Value>, request: &CertificationRequest) {
        let pem = pem::encode(Label::CertificateRequest, request.as_der());
        fields.insert(CSR.to_owned(), pem.as_str().into());
        let authority = authority_of(request);
        let authority = || authority.as_str().into();
        fields.entry(ISSUE_AUTHORITY).or_insert_with(authority);
    }

    /// A file with a request. It cannot say who is to issue: unless that is fixed for all, its key decides.
    fn file(&self, device_key: &str, octets: Vec<u8>) -> Result<ApplyRequest, Refusal> {
        let mut fields = Map::new();
        fields.insert("deviceKey".to_owned(), device_key.into());
        self.fill(&mut fields);
        if !fields.contains_key(ISSUE_AUTHORITY)
            && let Ok(request) = CertificationRequest::from_bytes(&octets)
        {
            let authority = authority_of(&request);
            fields.insert(ISSUE_AUTHORITY.to_owned(), authority.as_str().into());
        }
        Ok(ApplyRequest::from_object(&fields)?.with_csr_octets(octets))
    }

    fn fill(&self, fields: &mut Map<String, Value>) {
        rows::fill(fields, &self.terms.defaults);
        self.settings.fill_in(fields);
    }
}

/// The authority for the key in a request.
fn authority_of(request: &CertificationRequest) -> Authority {
    match request.public_key().kind() {
        PublicKeyKind::Rsa { .. } => Authority::Rsa,
        _ => Authority::Ecc,
    }
}

impl Refused for Refusal {
    fn unreadable(finding: Finding) -> Self {
        let fault = Fault::new(FaultKind::CallParameters, "the row cannot be read", finding);
        Self::of(Stage::Wire, fault)
    }

    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow {
        let findings = self.faults().iter().map(Fault::finding);
        RejectedRow {
            row,
            row_key: key,
            stage: self.stage(),
            code: self.code().into(),
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
    "action",
    "orgId",
    "assetId",
    "productKey",
    "deviceKey",
    CSR,
    "validDay",
    ISSUE_AUTHORITY,
];

/// Fields that make sense for many rows.
const FILLABLE: &[&str] = &["orgId", "productKey", "validDay", ISSUE_AUTHORITY];

const CSR: &str = "csr";
const ISSUE_AUTHORITY: &str = "issueAuthority";
