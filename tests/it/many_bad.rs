//! Ten thousand rows of which a third are bad, in more than forty ways.

#![expect(
    clippy::indexing_slicing,
    reason = "a row of another form must fail the test"
)]

use std::collections::BTreeMap;
use std::fs;

use certwright::batch::{Batch, Options, SinkKind, Unwatched, Vendor};
use certwright::service::Service;
use certwright::time::UnixSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::batch::{keys, requests};

/// Requests of `testdata/enos/bad`, and the rule that each breaks.
const REQUESTS: [(&str, &str); 33] = [
    ("ber-indefinite-length", "enos.csr"),
    ("cn-empty", "enos.subject"),
    ("cn-of-65", "enos.subject"),
    ("country-of-three", "enos.subject"),
    ("empty", "enos.csr"),
    ("invalid-utf8", "enos.subject"),
    ("no-c", "enos.subject"),
    ("no-cn", "enos.subject"),
    ("no-l", "enos.subject"),
    ("no-o", "enos.subject"),
    ("no-ou", "enos.subject"),
    ("no-st", "enos.subject"),
    ("not-pem", "enos.csr-pem"),
    ("p256-sha384", "enos.signature-algorithm"),
    ("pem-bad-base64", "enos.csr-pem"),
    ("pem-cut", "enos.csr-pem"),
    ("pem-two-objects", "enos.csr-pem"),
    ("pem-wrong-label", "enos.csr-pem"),
    ("point-off-curve", "enos.key"),
    ("rsa-1024", "enos.key"),
    ("rsa-2048-sha1", "enos.signature-algorithm"),
    ("rsa-2048-sha384", "enos.signature-algorithm"),
    ("rsa-3072", "enos.key"),
    ("trailing-octets", "enos.csr"),
    ("truncated", "enos.csr"),
    ("weak-close-primes", "enos.weak-key"),
    ("weak-even-exponent", "enos.weak-key"),
    ("weak-even-modulus", "enos.weak-key"),
    ("weak-exponent-3", "enos.weak-key"),
    ("weak-roca", "enos.weak-key"),
    ("weak-small-factor", "enos.weak-key"),
    ("wrong-signature", "enos.proof-of-possession"),
    ("wrong-signer", "enos.signature-algorithm"),
];

/// Ways in which a row is bad around its request, and the rule that each breaks. What is found has the row's number in it
/// where the fault lets one choose a value.
const FIELDS: [(&str, &str, bool); 14] = [
    ("array", "enos.body", false),
    ("broken", "enos.body", false),
    ("csr-no-text", "enos.field-type", true),
    ("csr-no-pem", "enos.csr-pem", false),
    ("day-no-number", "enos.field-type", true),
    ("day-too-late", "enos.valid-day", true),
    ("duplicate", "enos.duplicate-subject", false),
    ("key-beside", "batch.key", false),
    ("no-authority", "enos.issue-authority", true),
    ("no-device", "enos.device-identifier", false),
    ("no-product", "enos.device", true),
    ("row-key-no-text", "batch.row-key", true),
    ("subject-alone", "batch.subject", true),
    ("vendor", "batch.vendor", true),
];

const ROWS: usize = 10_000;

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// A row that is bad in this way; `good` is a row that is not.
fn bad(way: &str, n: usize, good: &Value) -> String {
    let mut row = good.clone();
    match way {
        "array" => return "[1]".to_owned(),
        "broken" => return format!("{{\"deviceKey\": {n}"),
        "csr-no-text" => row["csr"] = json!(n),
        "csr-no-pem" => row["csr"] = json!(format!("none-{n}")),
        "day-no-number" => row["validDay"] = json!(format!("{n} days")),
        "day-too-late" => row["validDay"] = json!(100_000 + n),
        // The request of a row that was issued, for another device.
        "duplicate" => row["deviceKey"] = good["deviceKey"].clone(),
        "key-beside" => row["key"] = json!("P-256"),
        "no-authority" => row["issueAuthority"] = json!(format!("A{n}")),
        "no-device" => drop(row.as_object_mut().unwrap().remove("deviceKey")),
        "no-product" => row["productKey"] = json!(format!("unknown-{n}")),
        "row-key-no-text" => row["rowKey"] = json!(n),
        "subject-alone" => row["subject"] = json!(format!("CN=d{n}")),
        "vendor" => row["vendor"] = json!(format!("vendor-{n}")),
        request => {
            let path = format!(
                "{}/testdata/enos/bad/{request}.csr.pem",
                env!("CARGO_MANIFEST_DIR")
            );
            let octets = fs::read(path).unwrap();
            row["csr"] = json!(String::from_utf8_lossy(&octets));
            let is_ecc = ["p256-sha384", "point-off-curve", "wrong-signer"].contains(&request);
            row["issueAuthority"] = json!(if is_ecc { "ECC" } else { "RSA" });
        }
    }
    row.to_string()
}

/// What is said of a row: its key, rule, and whether its own number is in what was found.
type Told = (String, String, bool);

fn told(row: &Value) -> (usize, Told) {
    let n = usize::try_from(row["row"].as_u64().unwrap()).unwrap();
    let finding = &row["findings"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(!text(&finding["field"]).is_empty() && !text(&finding["expected"]).is_empty());
    let names_value = text(&finding["found"]).contains(&n.to_string());
    (
        n,
        (text(&row["rowKey"]), text(&finding["rule"]), names_value),
    )
}

/// The lines of a job, and what is to be said of its bad rows.
fn job() -> (String, BTreeMap<usize, Told>) {
    let csrs = requests(&keys(ROWS));
    let ways = REQUESTS.map(|(way, rule)| (way, rule, false));
    let ways: Vec<_> = ways.into_iter().chain(FIELDS).collect();
    assert!(ways.len() >= 40);
    let mut lines = String::new();
    let mut expected = BTreeMap::new();
    let mut last = Value::Null;
    for (csr, n) in csrs.iter().zip(1..) {
        let row = json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "rowKey": format!("r{n}"),
            "csr": csr, "issueAuthority": "ECC",
        });
        if n % 3 > 0 {
            lines.push_str(&format!("{row}\n"));
            last = row;
            continue;
        }
        let (way, rule, names_value) = ways[n / 3 % ways.len()];
        let mut good = row;
        if way == "duplicate" {
            good["csr"] = last["csr"].clone();
            good["deviceKey"] = last["deviceKey"].clone();
        }
        lines.push_str(&bad(way, n, &good));
        lines.push('\n');
        let unnamed = ["array", "broken", "vendor"].contains(&way);
        let key = match way {
            "row-key-no-text" => format!("dk{n}"),
            _ if unnamed => format!("row-{n:06}"),
            _ => format!("r{n}"),
        };
        expected.insert(n, (key, rule.to_owned(), names_value));
    }
    (lines, expected)
}

#[test]
fn of_ten_thousand_rows_the_bad_third_is_told_row_by_row_and_the_others_are_all_issued() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::from_seed([42; 32]);
    let workspace = folder.path().join("workspace");
    let (mut service, _) = Service::open_or_create(&workspace, now(), &mut rng).unwrap();
    let (lines, expected) = job();
    let job = folder.path().join("job.jsonl");
    fs::write(&job, lines).unwrap();
    let out = folder.path().join("out");
    let options = Options::new(Vendor::EnOs).with_sink(SinkKind::Jsonl);
    let batch = Batch::open(&job, &out, options).unwrap();
    let report = batch
        .run(&mut service, &now, &mut rng, &mut Unwatched)
        .unwrap();

    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let rejected = read("rejected.jsonl");
    let rejected = rejected
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let found: BTreeMap<_, _> = rejected.map(|row: Value| told(&row)).collect();
    let differ = expected.iter().filter_map(|(n, expected)| {
        let found = found.get(n);
        let same = found.is_some_and(|found| {
            // A value may name the row by chance where none was chosen.
            found.0 == expected.0 && found.1 == expected.1 && (found.2 || !expected.2)
        });
        (!same).then(|| format!("{n}: expected {expected:?}, found {found:?}"))
    });
    assert_eq!(differ.take(50).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(found.len(), expected.len());
    let issued = read("issued.jsonl");
    let issued = issued.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["row"].as_u64().unwrap()
    });
    assert!(issued.eq((1..=10_000).filter(|n| n % 3 > 0)));
    assert_eq!((report.issued(), report.rejected()), (6_667, 3_333));
}
