//! The life of a certificate: listed, shown, renewed, revoked, on the CRL.

use certwright::cert::Certificate;
use certwright::crl::Crl;
use certwright::workspace::Workspace;
use serde_json::Value;

use super::{Folder, fleet, testdata};

#[test]
fn a_renewal_supersedes_and_a_revocation_ends() {
    let folder = Folder::new();
    folder.issue(&fleet("sensor-03"), "--device-key s3 --issue-authority ECC");
    let run = folder.words("renew enos --cert-sn 1 --device-key s3 --valid-day 30 --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let renewed = run.json();
    assert_eq!(renewed["serialNumber"], "2");
    assert_eq!(renewed["issueAuthority"], "ECC");
    let run =
        folder.words("revoke enos --cert-sn 2 --device-key s3 --reason 1 --by tester --reply");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["code"], 0);
    let run = folder.words("revoke enos --cert-sn 2 --device-key s3 --json");
    assert_eq!(run.code, 4, "revoked already");
    assert_eq!(run.error()["details"]["stage"], "world");

    let run = folder.words("ca crl ecc-root --out ecc.crl --next-update-days 7");
    assert_eq!(run.code, 0, "{}", run.err);
    let crl = Crl::from_der(&folder.read("ecc.crl")).unwrap();
    let entries: Vec<_> = crl.entries().collect();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.serial().to_u64().unwrap(), entry.reason().to_string()))
        .collect();
    let expected = [
        (1, "superseded".to_owned()),
        (2, "keyCompromise".to_owned()),
    ];
    assert_eq!(told, expected);
    let ca = folder.words("ca show ecc-root --pem");
    let ca = Certificate::from_pem(&ca.out).unwrap();
    crl.verify_signature(ca.public_key()).unwrap();
    let lifetime = crl.next_update().unwrap().since(crl.this_update()).unwrap();
    assert_eq!(lifetime.whole_days(), 7);
    let workspace = Workspace::open_read_only(&folder.path("certwright-workspace")).unwrap();
    let id = workspace.authority("ecc-root").unwrap().id();
    let published = workspace.ledger().last_crl(id).unwrap().unwrap();
    assert_eq!((published.number, published.entries), (1, 2));

    let run = folder.words("show open/s3 --json");
    let shown = run.json();
    assert_eq!(shown[1]["status"], "revoked");
    assert_eq!(shown[1]["revocation"]["by"], "tester");
    assert_eq!(shown[1]["revocation"]["reason"], 1);
}

#[test]
fn a_list_answers_by_each_condition() {
    let folder = Folder::new();
    folder.issue(&fleet("sensor-01"), "--device-key s1 --issue-authority ECC");
    folder.issue(&fleet("sensor-02"), "--device-key s2 --issue-authority ECC");
    assert_eq!(
        folder.words("revoke enos --cert-sn 1 --device-key s1").code,
        0
    );
    let devices = |conditions: &str| -> Vec<String> {
        let run = folder.words(&format!("list --json {conditions}"));
        assert_eq!(run.code, 0, "{}", run.err);
        let rows = run.json();
        let device = |row: &Value| row["device"].as_str().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(device).collect()
    };
    assert_eq!(devices(""), ["open/s1", "open/s2"]);
    assert_eq!(devices("--limit 1"), ["open/s1"]);
    assert_eq!(devices("--status valid"), ["open/s2"]);
    assert_eq!(devices("--status revoked"), ["open/s1"]);
    assert_eq!(devices("--status expired"), [""; 0]);
    assert_eq!(devices("--subject cn=SENSOR-02"), ["open/s2"]);
    assert_eq!(devices("--device open/s1"), ["open/s1"]);
    assert_eq!(devices("--vendor enos --serial 2"), ["open/s2"]);
    assert_eq!(
        devices("--vendor enos --serial 2 --status revoked"),
        [""; 0]
    );
    assert_eq!(devices("--vendor other"), [""; 0]);

    let csv = folder.words("list --csv");
    let mut rows = csv::Reader::from_reader(csv.out.as_slice());
    assert_eq!(rows.headers().unwrap().get(3), Some("holder"));
    let cells: Vec<_> = rows
        .records()
        .map(|row| row.unwrap()[4].to_owned())
        .collect();
    assert_eq!(cells, ["revoked", "valid"]);
    let text = folder.words("list");
    assert_eq!(text.text().lines().count(), 3);

    let fingerprint = folder.listed()[1]["sha256Fingerprint"].clone();
    for what in ["2", "0x2", fingerprint.as_str().unwrap(), "open/s2"] {
        let run = folder.words(&format!("show {what} --json"));
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert_eq!(run.json()[0]["sha256Fingerprint"], fingerprint, "{what}");
    }
    for (what, code) in [("3", 1), ("open/s3", 1), ("sensor", 1)] {
        assert_eq!(folder.words(&format!("show {what}")).code, code, "{what}");
    }
}

#[test]
fn questions_make_no_workspace() {
    let folder = Folder::new();
    for words in [
        "list",
        "show 1",
        "ca show",
        "ca crl rsa-root --out a.crl",
        "renew enos --cert-sn 1 --device-key d",
        "revoke enos --cert-sn 1 --device-key d",
    ] {
        let run = folder.words(&format!("{words} --json"));
        assert_eq!(run.code, 1, "{words}");
        let error = "./certwright-workspace is not a workspace";
        assert_eq!(run.error()["error"], error, "{words}");
    }
    assert_eq!(folder.names(), [""; 0]);
    assert!(!folder.path("certwright-workspace").exists());
}

#[test]
fn a_workspace_is_made_once() {
    let folder = Folder::new();
    let run = folder.words("init --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let names: Vec<_> = run.json()["authorities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ca| ca["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["rsa-root", "ecc-root"]);
    assert_eq!(folder.words("init").code, 1);
}

#[test]
fn a_ca_from_elsewhere_issues_when_it_is_told_to() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let ca = testdata("vendor/enos/ca.cert.pem");
    let ca = ca.to_str().unwrap();
    let run = folder.run(["ca", "import", "sample", "--cert", ca, "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["signsHere"], false);
    // The CA that issued before still does.
    let issued = folder.issue(&fleet("boiler-01"), "--device-key b1");
    assert_eq!(
        issued["certificate"]["issuer"],
        "CN=certwright local RSA root"
    );
    let run = folder.words("ca crl sample --out a.crl");
    assert_eq!(run.code, 1, "it signs elsewhere");
    assert_eq!(folder.words("ca show unknown").code, 1);
    assert_eq!(folder.names(), [""; 0]);
}
