//! What rows of every vendor have in common: a name, fields that are filled in, and an answer that becomes an outcome.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::fresh::Wish;
use super::{Means, Terms, fresh};
use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::handout::Handout;
use crate::batch::job::{Content, ROW_RULES, Row};
use crate::batch::outcome::{IssuedRow, Made, Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::lint::Finding;
use crate::request::CertificationRequest;
use crate::service::{JobRows, Moment, Service, ServiceError};

/// A vendor's refusal as a batch sees it.
pub(in crate::batch) trait Refused: Sized + Send {
    /// A row that is no request, as the vendor would say it.
    fn unreadable(finding: Finding) -> Self;

    /// The row of `rejected.jsonl`.
    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow;

    /// The rules that refused.
    fn rules(&self) -> Vec<&'static str>;
}

/// How a vendor reads what a row holds.
pub(super) trait Reader<Q, F>: Sync {
    /// The fields of cells.
    fn texts(&self, cells: &[(&str, &str)]) -> Map<String, Value>;

    /// The object of a line.
    fn object(&self, line: &str) -> Result<Map<String, Value>, F>;

    /// The request of fields.
    fn request(&self, fields: &Map<String, Value>) -> Result<Q, F>;

    /// Fields of which the first that is there names a row without `rowKey`.
    fn names(&self) -> &'static [&'static str];

    /// Fields that bring a request, or something in its place; where there are none, rows neither bring one nor ask for a
    /// key.
    fn request_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Holds a row that asks for a key against what can be told without the key, so that none is made to be refused. What
    /// others of the slice or the ledger have to say comes later: it hangs on the rows before, and on those of a run before.
    fn check_wish(&self, fields: &Map<String, Value>, _wish: &Wish) -> Result<(), F> {
        self.request(fields).map(drop)
    }

    /// Puts a request that was made here among the fields.
    fn put_request(&self, _fields: &mut Map<String, Value>, _request: &CertificationRequest) {}

    /// The request of a file.
    fn file(&self, stem: &str, octets: Vec<u8>) -> Result<Q, F>;

    /// Fills in what fields leave open.
    fn fill(&self, fields: &mut Map<String, Value>);
}

/// Fields for rows that do not have them.
pub(super) fn fill(fields: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, value) in defaults {
        let field = fields.entry(name.as_str()).or_insert(Value::Null);
        if field.is_null() {
            *field = value.clone();
        }
    }
}

/// Reads rows. One that is no request is asked for too, by a stand-in that the vendor's rules refuse: so the places of
/// rows and answers, and the serial numbers that follow them, are the same.
///
/// # Errors
/// [`BatchError::Key`], or whatever the keeper of keys reports.
pub(super) fn read<Q: Send, F: Refused>(
    rows: Vec<Row>,
    reader: &impl Reader<Q, F>,
    stand_in: impl Fn() -> Q + Sync,
    terms: &Terms,
    means: &mut Means<'_>,
) -> Result<(Vec<Place<F>>, Vec<Q>), BatchError> {
    let mut read: Vec<_> = rows
        .into_par_iter()
        .map(|row| open(row, reader, terms))
        .collect();
    fresh::give(&mut read, reader, means)?;
    let one = |(place, read): (Place<F>, Read<Q, F>)| {
        let request = match read {
            Read::Request(request) => Ok(request),
            Read::Fields(fields) | Read::Wish(fields, _) => reader.request(&fields),
            Read::Refused(refusal) => Err(refusal),
        };
        match request {
            Ok(request) => (place, request),
            Err(refusal) => {
                let refused = Some(refusal);
                (Place { refused, ..place }, stand_in())
            }
        }
    };
    Ok(read.into_par_iter().map(one).unzip())
}

/// How far a row is read.
pub(super) enum Read<Q, F> {
    Fields(Map<String, Value>),
    Refused(F),
    Request(Q),
    /// Fields, and the key that is to be made for them.
    Wish(Map<String, Value>, Wish),
}

fn open<Q, F: Refused>(
    row: Row,
    reader: &impl Reader<Q, F>,
    terms: &Terms,
) -> (Place<F>, Read<Q, F>) {
    let Row {
        number, content, ..
    } = row;
    let unnamed = || RowKey::of_number(number);
    let (key, read) = match content {
        Content::Cells(cells) => {
            let cells = cells.iter().map(|(name, text)| (&**name, text.as_str()));
            let columns = terms.vendor.line().columns();
            let (of_job, of_vendor): (Vec<_>, Vec<_>) =
                cells.partition(|(name, _)| fresh::FIELDS.contains(name));
            let of_vendor = of_vendor.into_iter();
            let of_vendor: Vec<_> = of_vendor
                .filter(|(name, _)| columns.contains(name))
                .collect();
            let mut fields = reader.texts(&of_vendor);
            let of_job = of_job.into_iter().filter(|(_, text)| !text.is_empty());
            fields.extend(of_job.map(|(name, text)| (name.to_owned(), text.into())));
            named(fields, reader, terms, unnamed)
        }
        Content::Json(text) => match reader.object(&text) {
            Ok(object) => named(object, reader, terms, unnamed),
            Err(refusal) => (unnamed(), Read::Refused(refusal)),
        },
        Content::Request { stem, octets } => {
            let request = reader.file(&stem, octets);
            let read = request.map_or_else(Read::Refused, Read::Request);
            (RowKey::new(stem), read)
        }
        Content::Unreadable { stem, finding } => {
            let key = stem.map_or_else(unnamed, RowKey::new);
            (key, Read::Refused(F::unreadable(finding)))
        }
    };
    let place = Place {
        row: number,
        key,
        private: None,
        refused: None,
    };
    (place, read)
}

/// A row of fields, and its name.
fn named<Q, F: Refused>(
    mut fields: Map<String, Value>,
    reader: &impl Reader<Q, F>,
    terms: &Terms,
    unnamed: impl FnOnce() -> RowKey,
) -> (RowKey, Read<Q, F>) {
    reader.fill(&mut fields);
    let text = |name: &&str| fields.get(*name).and_then(Value::as_str);
    let mut named = [ROW_KEY].iter().chain(reader.names()).filter_map(text);
    let named = named.find(|text| !text.is_empty()).map(RowKey::new);
    let read = match fields.get(ROW_KEY) {
        None | Some(Value::Null | Value::String(_)) => {
            match fresh::wish(&mut fields, reader.request_fields(), terms) {
                Ok(None) => Read::Fields(fields),
                Ok(Some(wish)) => match reader.check_wish(&fields, &wish) {
                    Ok(()) => Read::Wish(fields, wish),
                    Err(refusal) => Read::Refused(refusal),
                },
                Err(finding) => Read::Refused(F::unreadable(finding)),
            }
        }
        Some(other) => Read::Refused(F::unreadable(Finding::error(
            "batch.row-key",
            ROW_RULES,
            ROW_KEY,
            other.to_string(),
            "a JSON string",
        ))),
    };
    (named.unwrap_or_else(unnamed), read)
}

/// A row that is being worked on.
pub(super) struct Place<F> {
    pub(super) row: u64,
    key: RowKey,
    /// The key that was made for it.
    pub(super) private: Option<KeyPair>,
    /// Why it is no request, if so.
    pub(super) refused: Option<F>,
}

/// The keys of certificates that were made here, by their vendor's numbers, where they are wanted; the audit log tells that
/// they leave.
pub(super) fn keys(
    service: &mut Service,
    issued: &[(i64, &Certificate)],
    terms: &Terms,
    moment: &Moment,
) -> Result<Vec<Option<KeyPair>>, ServiceError> {
    if !terms.wants_key() {
        return Ok(issued.iter().map(|_| None).collect());
    }
    let vendor = terms.vendor.line().name();
    let form = Artefact::key_forms(&terms.artefacts);
    let keys = service.export_keys(vendor, issued, &form, moment.now)?;
    Ok(keys.into_iter().map(Some).collect())
}

/// The moment of these rows.
pub(super) fn moment<F: Refused>(
    moment: &Moment,
    places: &[Place<F>],
    means: &Means<'_>,
) -> Moment {
    let rows = places
        .iter()
        .map(|place| (place.row, place.key.as_str().to_owned()));
    let unreadable = places.iter().filter_map(|place| {
        let refusal = place.refused.as_ref()?;
        Some((place.row, refusal.rules()))
    });
    let unreadable = unreadable.collect();
    let rows = JobRows::new(means.batch, rows.collect());
    let rows = rows
        .with_unreadable(unreadable)
        .with_serials(means.serials.clone());
    Moment {
        rows: Some(Arc::new(rows)),
        ..moment.clone()
    }
}

/// Tells what became of rows, in their order.
///
/// # Errors
/// [`BatchError::Artefact`], [`BatchError::Random`].
pub(super) fn outcomes<F: Refused>(
    places: Vec<Place<F>>,
    answers: Vec<Result<Handout, F>>,
    terms: &Terms,
    rng: &mut ChaCha20Rng,
) -> Result<Vec<Outcome>, BatchError> {
    let told: Vec<_> = places.into_iter().zip(answers).collect();
    // One seed for the slice and a stream for each row: no row waits for another.
    let mut seed = Zeroizing::new([0; 32]);
    if terms.wants_key() {
        rng.fill_bytes(seed.as_mut_slice());
    }
    let tell = |(place, answer): (Place<F>, Result<Handout, F>)| {
        let (row, key) = (place.row, place.key);
        let mut is_fresh = false;
        // A key that was kept for a row goes with the row: the next run of the same slice would have it again.
        let kind = place.private.as_ref().map(KeyPair::algorithm);
        let rejected = |refusal: F, key| {
            Ok(Outcome::Rejected(RejectedRow {
                unused_key: kind.map(|kind| kind.to_string()),
                ..refusal.rejected(row, key)
            }))
        };
        let mut handout = match (place.refused, answer) {
            (Some(refusal), _) | (None, Err(refusal)) => return rejected(refusal, key),
            (None, Ok(handout)) => handout,
        };
        if let Some(private) = place.private {
            if private.public_key() != handout.certificate.public_key() {
                return rejected(F::unreadable(fresh::answered_before()), key);
            }
            handout.key = Some(private);
            is_fresh = true;
        }
        let mut rng = ChaCha20Rng::from_seed(*seed);
        rng.set_stream(row);
        let issued = issued(row, key, handout, terms, &mut rng)?;
        Ok(Outcome::Issued(IssuedRow {
            has_fresh_key: is_fresh,
            ..issued
        }))
    };
    told.into_par_iter().map(tell).collect()
}

/// The row of a certificate whose key is not at hand.
///
/// # Errors
/// [`BatchError::Artefact`].
pub(in crate::batch) fn issued_row(
    row: u64,
    key: RowKey,
    handout: Handout,
    terms: &Terms,
) -> Result<IssuedRow, BatchError> {
    // Nothing is encrypted, so nothing is drawn.
    issued(
        row,
        key,
        handout,
        terms,
        &mut ChaCha20Rng::from_seed([0; 32]),
    )
}

/// The row of `rejected.jsonl`.
pub(in crate::batch) fn rejection_of<F: Refused>(
    refusal: &F,
    row: u64,
    key: RowKey,
) -> RejectedRow {
    refusal.rejected(row, key)
}

fn issued(
    row: u64,
    key: RowKey,
    handout: Handout,
    terms: &Terms,
    rng: &mut ChaCha20Rng,
) -> Result<IssuedRow, BatchError> {
    let mut made = Vec::with_capacity(terms.artefacts.len());
    for artefact in terms.artefacts.iter().copied() {
        // Who brought a request has its key.
        if terms.is_rehearsal || (artefact.holds_key() && !handout.has_key_for(artefact)) {
            continue;
        }
        let octets = handout.octets(artefact, &terms.forms, rng);
        made.push(Made {
            artefact,
            extension: terms.forms.extension(artefact),
            octets: octets.map_err(|source| BatchError::Artefact {
                row,
                artefact,
                source,
            })?,
            is_secret: artefact.holds_key()
                || (artefact == Artefact::Reply && terms.reply_is_secret),
        });
    }
    let certificate = handout.certificate;
    Ok(IssuedRow {
        row,
        key,
        vendor: terms.vendor,
        serial: certificate.serial().clone(),
        sha256: certificate.sha256(),
        answered_before: handout.answered_before,
        has_fresh_key: false,
        subject: certificate.subject().to_string(),
        holder: handout.holder,
        not_before: certificate.validity().not_before(),
        not_after: certificate.validity().not_after(),
        key_kind: certificate.public_key().kind().to_string(),
        artefacts: made,
        certificate: Some(certificate),
        request: handout.request,
    })
}

/// A file where none is asked for.
pub(super) fn no_request() -> Finding {
    let found = "a certification request";
    Finding::error("batch.request", ROW_RULES, "file", found, "a row of fields")
}

/// The row's own field: what it is called in reports and files.
pub(super) const ROW_KEY: &str = "rowKey";
