//! `emCA`: rows as decrypted objects or sealed bodies of the calls that create, and folders of bare requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::rows::{ROW_KEY, Reader, Refused};
use super::{Line, Means, Terms, rows};
use crate::batch::error::BatchError;
use crate::batch::handout::Handout;
use crate::batch::job::{ROW_RULES, Row};
use crate::batch::outcome::{Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::lint::Finding;
use crate::request::CertificationRequest;
use crate::service::{EmcaAnswer, EmcaBody, EmcaCall, Moment, Service};
use crate::vendor::Stage;
use crate::vendor::emca::caller::Caller;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::envelope::Sealed;
use crate::vendor::emca::error::{Fault, FaultKind, Refusal};
use crate::vendor::emca::reply::Reply;
use crate::vendor::emca::wire::Request;
use crate::vendor::emca::{Method, NAME};

/// `emCA` as a batch sees it.
pub(super) struct EmCa;

impl Line for EmCa {
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
        object_of_texts(fields)
    }

    fn reply_is_secret(&self) -> bool {
        true
    }

    fn may_reply_p12(&self) -> bool {
        true
    }

    fn takes_requests(&self) -> bool {
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
        let settings = service.workspace().emca();
        let (places, calls) = rows::read(rows, &Rows { terms, settings }, nobodys, terms, means)?;
        let moment = &rows::moment(moment, &places, means);
        // A job that goes on asks again for rows whose certificates it has not written: those are its own.
        let own = service.issued_as_rows(moment);
        let own = own.map_err(BatchError::service(first))?;
        let answers = service.emca_create(calls, moment, means.rng);
        let answers = answers.map_err(BatchError::service(first))?;
        let one = |(index, answer): (usize, Result<EmcaAnswer, Refusal>)| {
            let answer = answer?;
            let is_earlier = matches!(answer, EmcaAnswer::Earlier(_));
            handout(&answer, is_earlier && !own.contains(&index))
        };
        let handouts = answers.into_iter().enumerate().map(one).collect();
        rows::outcomes(places, handouts, terms, means.rng)
    }
}

/// Why a row has no certificate.
enum Unissued {
    Refused(Refusal),
    /// Somebody must release it first.
    Waiting(Reply),
}

impl From<Refusal> for Unissued {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What was issued now or before; a request that waits for somebody is no certificate yet.
fn handout(answer: &EmcaAnswer, answered_before: bool) -> Result<Handout, Unissued> {
    let reply = answer.reply().map_err(|error| Refusal::internal(&error))?;
    let text = reply.to_json().map_err(|error| Refusal::internal(&error))?;
    let mut chain = answer.leaf_first().into_iter();
    let certificate = chain.next().ok_or(Unissued::Waiting(reply))?;
    Ok(Handout {
        certificate,
        chain: chain.collect(),
        key: None,
        holder: holder(answer),
        request: None,
        pfx: answer.pfx().map(|pfx| Zeroizing::new(pfx.to_vec())),
        reply: Zeroizing::new(format!("{text}\n").into_bytes()),
        answered_before,
    })
}

/// User and subscriber, as the ledger has it; an earlier answer does not tell.
fn holder(answer: &EmcaAnswer) -> Option<String> {
    match answer {
        EmcaAnswer::Issued(issued) => Some(issued.transaction.holder(&issued.subscriber_id)),
        EmcaAnswer::Earlier(_) => None,
    }
}

/// A call that is refused whoever is registered: nobody has an empty name.
fn nobodys<'a>() -> EmcaCall<'a> {
    call(
        Method::CreateCustomCertificateById,
        EmcaBody::Sealed(Sealed::new("", "")),
    )
}

fn call<'a>(method: Method, body: EmcaBody) -> EmcaCall<'a> {
    EmcaCall {
        method,
        body,
        caller: Caller::Local,
    }
}

struct Rows<'a> {
    terms: &'a Terms,
    settings: &'a Emca,
}

impl<'a> Reader<EmcaCall<'a>, Unissued> for Rows<'_> {
    fn texts(&self, cells: &[(&str, &str)]) -> Map<String, Value> {
        object_of_texts(cells)
    }

    fn object(&self, line: &str) -> Result<Map<String, Value>, Unissued> {
        Ok(Sealed::object(line.as_bytes())?)
    }

    fn request(&self, fields: &Map<String, Value>) -> Result<EmcaCall<'a>, Unissued> {
        let method = method(fields, Method::CreateCustomCertificateById)?;
        if Sealed::is_sealed(fields) {
            let sealed = Sealed::from_object(fields)?;
            return Ok(call(method, EmcaBody::Sealed(sealed)));
        }
        let request = Request::from_object(method, fields)?;
        Ok(call(method, EmcaBody::Opened(Box::new(request))))
    }

    fn names(&self) -> &'static [&'static str] {
        &["applicationId"]
    }

    fn request_fields(&self) -> &'static [&'static str] {
        &["csrData", "signature", "requestData", "data"]
    }

    fn put_request(&self, fields: &mut Map<String, Value>, request: &CertificationRequest) {
        fields.insert(
            "csrData".to_owned(),
            STANDARD.encode(request.as_der()).into(),
        );
        fields.insert("isSignedData".to_owned(), "false".into());
        // The subject of the request is the one asked for, unless the row has another.
        if !fields.contains_key("subjectDNOids") {
            let method = fields.entry(METHOD).or_insert(Value::Null);
            if method.is_null() {
                *method = OF_FILES.as_str().into();
            }
        }
    }

    /// A bare request under the name of its file; its subject is its own unless a default names another call.
    fn file(&self, stem: &str, octets: Vec<u8>) -> Result<EmcaCall<'a>, Unissued> {
        let mut fields = Map::new();
        for (name, text) in [
            ("applicationId", stem),
            ("csrData", &STANDARD.encode(&octets)),
            ("isSignedData", "false"),
        ] {
            fields.insert(name.to_owned(), text.into());
        }
        self.fill(&mut fields);
        for (name, text) in [("subscriberId", stem), (METHOD, OF_FILES.as_str())] {
            fields.entry(name).or_insert_with(|| text.into());
        }
        self.request(&fields)
    }

    fn fill(&self, fields: &mut Map<String, Value>) {
        if Sealed::is_sealed(fields) {
            return;
        }
        rows::fill(fields, &self.terms.defaults);
        // Where it is open who asks, the rules find no userName.
        let _named = self.settings.fill_in(fields, self.terms.caller.as_deref());
    }
}

fn method(fields: &Map<String, Value>, default: Method) -> Result<Method, Unissued> {
    let Some(found) = fields.get(METHOD).filter(|value| !value.is_null()) else {
        return Ok(default);
    };
    let method = found.as_str().and_then(Method::from_path);
    method.filter(|method| method.creates()).ok_or_else(|| {
        let expected = "a call that creates, such as createCertificateById";
        let found = found.to_string();
        Refused::unreadable(Finding::error(
            "batch.method",
            ROW_RULES,
            METHOD,
            found,
            expected,
        ))
    })
}

/// Every field of this vendor's is a text; empty ones are left out but where they mean none.
fn object_of_texts(texts: &[(&str, &str)]) -> Map<String, Value> {
    let filled = texts
        .iter()
        .filter(|(name, text)| !text.is_empty() || *name == "sANValues");
    let field = |(name, text): &(&str, &str)| ((*name).to_owned(), Value::from(*text));
    filled.map(field).collect()
}

impl Refused for Unissued {
    fn unreadable(finding: Finding) -> Self {
        let fault = Fault::new(FaultKind::Parameter, finding);
        Self::Refused(Refusal::of(Stage::Wire, fault))
    }

    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow {
        match self {
            Self::Refused(refusal) => {
                let findings = refusal.faults().iter().map(Fault::finding);
                RejectedRow {
                    row,
                    row_key: key,
                    stage: refusal.stage(),
                    code: "failure".into(),
                    msg: refusal.message().to_owned(),
                    findings: findings.cloned().collect(),
                    unused_key: None,
                }
            }
            Self::Waiting(reply) => {
                let found = "a request that must be released first";
                let expected = "a certificate";
                RejectedRow {
                    row,
                    row_key: key,
                    stage: Stage::World,
                    code: "success".into(),
                    msg: reply.result().to_owned(),
                    findings: vec![Finding::error(
                        "batch.waiting",
                        ROW_RULES,
                        "result",
                        found,
                        expected,
                    )],
                    unused_key: None,
                }
            }
        }
    }

    fn rules(&self) -> Vec<&'static str> {
        match self {
            Self::Refused(refusal) => {
                let faults = refusal.faults().iter();
                faults.map(|fault| fault.finding().rule()).collect()
            }
            Self::Waiting(_) => vec!["batch.waiting"],
        }
    }
}

/// The vendor's names that a CSV job may have as columns, and the row's own.
const COLUMNS: &[&str] = &[
    ROW_KEY,
    METHOD,
    "requestData",
    "userName",
    "password",
    "signature",
    "csrData",
    "isSignedData",
    "profileID",
    "profileName",
    "subscriberId",
    "validity",
    "validFrom",
    "sANValues",
    "subjectDNOids",
    "isP7BRequest",
    "applicationId",
];

/// Fields that make sense for many rows.
const FILLABLE: &[&str] = &[
    METHOD,
    "userName",
    "password",
    "profileID",
    "profileName",
    "subscriberId",
    "validity",
    "validFrom",
    "sANValues",
    "subjectDNOids",
    "isP7BRequest",
];

/// The row's own field: which call it is.
const METHOD: &str = "method";

const OF_FILES: Method = Method::CreateCertificateById;
