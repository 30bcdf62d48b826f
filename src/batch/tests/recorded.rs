//! Stages over a service that records: what comes again under a row's number, keys that nobody keeps, and the numbers themselves.

use super::*;
use crate::batch::KeyTerms;
use crate::batch::stage::{DoneRow, InputRow, Stages};
use crate::key::PublicKeyKind;
use crate::serial::SerialNumber;
use crate::service::Part;

fn cells(number: u64, row: &Value) -> InputRow {
    let fields = row.as_object().unwrap().iter();
    let cell = |(name, value): (&String, &Value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str().into(), text)
    };
    InputRow::of_cells(number, fields.map(cell).collect())
}

fn numbered(rows: &[Value]) -> Vec<InputRow> {
    (1..).zip(rows).map(|(n, row)| cells(n, row)).collect()
}

/// One call: the rows of a job `night`, in one slice.
fn issue(bench: &Bench, options: Options, rows: Vec<InputRow>) -> Vec<DoneRow> {
    let service = Service::open(&bench.workspace()).unwrap();
    let mut stages = Stages::open(service, "night", options).unwrap();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    stages.issue(rows, now(), &mut rng).unwrap()
}

fn certificates(rows: &[DoneRow]) -> Vec<Option<[u8; 32]>> {
    let certificate = |row: &DoneRow| Some(row.certificate()?.sha256());
    rows.iter().map(certificate).collect()
}

/// The rule and the field that refused each row.
fn refusals(rows: &[DoneRow]) -> Vec<(String, String)> {
    let refusal = |row: &DoneRow| {
        let refused: Value = serde_json::from_str(row.rejection().unwrap()).unwrap();
        let text = |name: &str| refused["findings"][0][name].as_str().unwrap().to_owned();
        (text("rule"), text("field"))
    };
    rows.iter().map(refusal).collect()
}

fn enos(artefacts: &str) -> Options {
    options().with_artefacts(Artefact::parse_list(artefacts).unwrap())
}

fn of_vendor(vendor: Vendor) -> Options {
    Options::new(vendor).with_artefacts(Artefact::parse_list("cer").unwrap())
}

fn recorded(bench: &Bench) -> u64 {
    let service = Service::open(&bench.workspace()).unwrap();
    service.ledger().count(&Filter::default()).unwrap()
}

#[test]
fn a_row_is_answered_again_and_another_one_under_its_number_is_refused() {
    let bench = Bench::new();
    let all = rows(9);
    let first = issue(&bench, enos("cer"), numbered(&all[..4]));
    assert!(certificates(&first).iter().all(Option::is_some));
    let again = issue(&bench, enos("cer"), numbered(&all[..4]));
    assert_eq!(certificates(&again), certificates(&first));
    // Row 5 is no request; the others are those of other devices.
    let others = issue(&bench, enos("cer"), numbered(&all[5..9]));
    assert_eq!(certificates(&others), [None; 4]);
    let of_another = |field: &str| ("batch.recorded".to_owned(), field.to_owned());
    assert_eq!(refusals(&others), vec![of_another("holder"); 4]);
    let said = others[0].rejection().unwrap();
    assert!(
        said.contains("open/dk6, and this row of the job was issued for open/dk1"),
        "{said}"
    );
    // The same device with the key, and with the name, of another one.
    let mut other_key = all[0].clone();
    other_key["csr"] = all[5]["csr"].clone();
    let other_key = issue(&bench, enos("cer"), numbered(&[other_key]));
    assert_eq!(refusals(&other_key), [of_another("publicKey")]);
    let mut spoilt = all[0].clone();
    spoilt["csr"] = "none".into();
    let spoilt = issue(&bench, enos("cer"), numbered(&[spoilt]));
    assert_eq!(refusals(&spoilt)[0].0, "enos.csr-pem");
    assert_eq!(recorded(&bench), 4);
}

#[test]
fn vendors_that_make_the_key_refuse_another_row_too() {
    let bench = Bench::new();
    let station = |id: u64| json!({"station": id, "selfSigned": true});
    let comm = |id: u64| json!({"commId": id});
    let stations = |id| {
        issue(
            &bench,
            of_vendor(Vendor::As2Expert),
            numbered(&[station(id)]),
        )
    };
    let first = stations(62);
    assert_eq!(certificates(&stations(62)), certificates(&first));
    assert!(first[0].certificate().is_some(), "{:?}", first[0]);
    let of_another = |field: &str| [("batch.recorded".to_owned(), field.to_owned())];
    assert_eq!(refusals(&stations(63)), of_another("holder"));
    let comms = |row, id| {
        issue(
            &bench,
            of_vendor(Vendor::EcGrid),
            vec![cells(row, &comm(id))],
        )
    };
    assert_eq!(refusals(&comms(1, 5001)), of_another("vendor"));
    let first = comms(2, 5001);
    assert_eq!(certificates(&comms(2, 5001)), certificates(&first));
    assert!(first[0].certificate().is_some(), "{:?}", first[0]);
    assert_eq!(refusals(&comms(2, 5002)), of_another("holder"));
    let partner = json!({"commId": 5001, "partnerAs2Id": "P"});
    let partner = issue(&bench, of_vendor(Vendor::EcGrid), vec![cells(2, &partner)]);
    assert_eq!(refusals(&partner), of_another("subjectAltName"));
    assert_eq!(recorded(&bench), 2);
}

#[test]
fn no_key_is_made_where_its_certificate_would_outlive_it() {
    let bench = Bench::new();
    let options = || enos("pem,key").with_key_terms(KeyTerms::plain());
    let mut rows = rows(1);
    rows.extend(fresh_rows(2).split_off(1));
    let done = issue(&bench, options(), numbered(&rows));
    assert_eq!(refusals(&done[1..])[0].0, "batch.key-kept");
    assert_eq!((done[0].rejection(), recorded(&bench)), (None, 1));
}

#[test]
fn rows_are_worked_on_by_their_numbers_of_which_each_is_there_once() {
    let bench = Bench::new();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let service = Service::open_part(&bench.workspace(), Part::Issues, None, &mut rng).unwrap();
    let options = enos("pem,key").with_key_terms(KeyTerms::plain());
    let options = options.with_serial_start(SerialNumber::from_u64(1001).unwrap());
    let mut stages = Stages::open(service, "", options).unwrap();
    let mut issue = |rows: &[(u64, &Value)]| {
        let rows = rows.iter().map(|(number, row)| cells(*number, row));
        stages.issue(rows.collect(), now(), &mut rng)
    };
    let mut fresh = fresh_rows(2);
    fresh[1]["key"] = "RSA-2048".into();
    for (n, row) in fresh.iter_mut().enumerate() {
        row["subject"] = format!("CN=f{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN").into();
    }
    let done = issue(&[(2, &fresh[1]), (1, &fresh[0])]).unwrap();
    let found = |row: &DoneRow| {
        let certificate = row.certificate().unwrap();
        let key = KeyPair::from_pem(row.artefact("key".parse().unwrap()).unwrap(), None).unwrap();
        assert_eq!(key.public_key(), certificate.public_key());
        let (serial, kind) = (certificate.serial(), certificate.public_key().kind());
        (row.row(), serial.to_string(), *kind == PublicKeyKind::P256)
    };
    let found: Vec<_> = done.iter().map(found).collect();
    assert_eq!(
        found,
        [(1, "1001".to_owned(), true), (2, "1002".to_owned(), false)]
    );
    let row = &rows(1)[0];
    let max = i64::MAX.unsigned_abs();
    for (numbers, after) in [(&[7, 7][..], 7), (&[2], 2), (&[0], 2), (&[max + 1], 2)] {
        let rows: Vec<_> = numbers.iter().map(|number| (*number, row)).collect();
        let number = numbers[0];
        let refused = issue(&rows).unwrap_err();
        assert!(
            matches!(refused, BatchError::RowNumber { found, last } if (found, last) == (number, after)),
            "{refused}"
        );
    }
    // What was refused has taken no number.
    assert_eq!(issue(&[(3, row)]).unwrap().len(), 1);
}
