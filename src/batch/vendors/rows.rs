//! What rows of every vendor have in common: a name, fields that are filled in, and an answer that becomes an outcome.

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::Terms;
use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::handout::Handout;
use crate::batch::job::{Content, ROW_RULES, Row};
use crate::batch::outcome::{IssuedRow, Made, Outcome, RejectedRow};
use crate::batch::row_key::RowKey;
use crate::lint::Finding;

/// A vendor's refusal as a batch sees it.
pub(super) trait Refused: Sized + Send {
    /// A row that is no request, as the vendor would say it.
    fn unreadable(finding: Finding) -> Self;

    /// The row of `rejected.jsonl`.
    fn rejected(&self, row: u64, key: RowKey) -> RejectedRow;
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
pub(super) fn read<Q: Send, F: Refused>(
    rows: Vec<Row>,
    reader: &impl Reader<Q, F>,
    stand_in: impl Fn() -> Q + Sync,
) -> (Vec<Place<F>>, Vec<Q>) {
    let one = |row: Row| {
        let (place, request) = read_one(row, reader);
        match request {
            Ok(request) => (place, request),
            Err(refusal) => {
                let refused = Some(refusal);
                (Place { refused, ..place }, stand_in())
            }
        }
    };
    rows.into_par_iter().map(one).unzip()
}

fn read_one<Q, F: Refused>(row: Row, reader: &impl Reader<Q, F>) -> (Place<F>, Result<Q, F>) {
    let Row { number, content } = row;
    let unnamed = || RowKey::of_number(number);
    let (key, request) = match content {
        Content::Cells(cells) => {
            let cells = cells.iter().map(|(name, text)| (&**name, text.as_str()));
            let fields = reader.texts(&cells.collect::<Vec<_>>());
            named(fields, reader, unnamed)
        }
        Content::Json(text) => match reader.object(&text) {
            Ok(object) => named(object, reader, unnamed),
            Err(refusal) => (unnamed(), Err(refusal)),
        },
        Content::Request { stem, octets } => {
            let request = reader.file(&stem, octets);
            (RowKey::new(stem), request)
        }
        Content::Unreadable { stem, finding } => {
            let key = stem.map_or_else(unnamed, RowKey::new);
            (key, Err(F::unreadable(finding)))
        }
    };
    let place = Place {
        row: number,
        key,
        refused: None,
    };
    (place, request)
}

/// A row of fields, and its name.
fn named<Q, F: Refused>(
    mut fields: Map<String, Value>,
    reader: &impl Reader<Q, F>,
    unnamed: impl FnOnce() -> RowKey,
) -> (RowKey, Result<Q, F>) {
    reader.fill(&mut fields);
    let text = |name: &&str| fields.get(*name).and_then(Value::as_str);
    let mut named = [ROW_KEY].iter().chain(reader.names()).filter_map(text);
    let named = named.find(|text| !text.is_empty()).map(RowKey::new);
    let request = match fields.get(ROW_KEY) {
        None | Some(Value::Null | Value::String(_)) => reader.request(&fields),
        Some(other) => Err(F::unreadable(Finding::error(
            "batch.row-key",
            ROW_RULES,
            ROW_KEY,
            other.to_string(),
            "a JSON string",
        ))),
    };
    (named.unwrap_or_else(unnamed), request)
}

/// A row that is being worked on.
pub(super) struct Place<F> {
    row: u64,
    key: RowKey,
    /// Why it is no request, if so.
    refused: Option<F>,
}

/// Tells what became of rows, in their order.
pub(super) fn outcomes<F: Refused>(
    places: Vec<Place<F>>,
    answers: Vec<Result<Handout, F>>,
    terms: &Terms,
) -> Result<Vec<Outcome>, BatchError> {
    let told: Vec<_> = places.into_iter().zip(answers).collect();
    let tell = |(place, answer): (Place<F>, Result<Handout, F>)| {
        let Place { row, key, refused } = place;
        match (refused, answer) {
            (Some(refusal), _) | (None, Err(refusal)) => {
                Ok(Outcome::Rejected(refusal.rejected(row, key)))
            }
            (None, Ok(handout)) => issued(row, key, &handout, terms).map(Outcome::Issued),
        }
    };
    told.into_par_iter().map(tell).collect()
}

fn issued(
    row: u64,
    key: RowKey,
    handout: &Handout,
    terms: &Terms,
) -> Result<IssuedRow, BatchError> {
    let make = |artefact| {
        let octets = handout.octets(artefact, &terms.forms);
        let octets = octets.map_err(|source| BatchError::Artefact {
            row,
            artefact,
            source,
        })?;
        Ok(Made {
            artefact,
            octets,
            is_secret: artefact.holds_key()
                || (artefact == Artefact::Reply && terms.reply_is_secret),
        })
    };
    let made = terms.artefacts.iter().copied().map(make);
    Ok(IssuedRow {
        row,
        key,
        serial: handout.certificate.serial().clone(),
        artefacts: made.collect::<Result<_, BatchError>>()?,
    })
}

/// A file where none is asked for.
pub(super) fn no_request() -> Finding {
    let found = "a certification request";
    Finding::error("batch.request", ROW_RULES, "file", found, "a row of fields")
}

/// The row's own field: what it is called in reports and files.
pub(super) const ROW_KEY: &str = "rowKey";
