//! What is refused: each with its rule and exit code 4, no row in the ledger and no file.

use serde_json::json;

use super::{Folder, Run, fleet, testdata};

/// A folder with an empty workspace, and what every refusal must leave as it was.
struct Untouched(Folder);

impl Untouched {
    fn new() -> Self {
        let folder = Folder::new();
        assert_eq!(folder.words("init").code, 0);
        Self(folder)
    }

    /// Runs `issue enos` with these arguments and expects a refusal.
    fn refuse(&self, args: &[&str]) -> Run {
        let head = ["issue", "enos", "--json", "--out", "issued.pem"];
        let run = self.0.run(head.iter().chain(args));
        assert_eq!(run.code, 4, "{args:?}: {}", run.err);
        assert_eq!(run.error()["exitCode"], 4);
        assert_eq!(run.out, b"", "{args:?}");
        run
    }

    fn check(&self, files: &[&str]) {
        assert_eq!(self.0.listed().len(), 0);
        assert_eq!(self.0.names(), files);
    }
}

#[test]
fn requests_that_are_bad_by_themselves() {
    let untouched = Untouched::new();
    let subject = "enos.subject";
    for (name, rules) in [
        ("ber-indefinite-length", &["enos.csr"][..]),
        ("cn-empty", &[subject]),
        ("cn-of-65", &[subject]),
        ("country-of-three", &[subject]),
        ("empty", &["enos.csr"]),
        ("invalid-utf8", &[subject]),
        ("no-cn", &[subject]),
        ("not-pem", &["enos.csr-pem"]),
        ("p256-sha384", &["enos.signature-algorithm"]),
        ("p384", &["enos.key", "enos.signature-algorithm"]),
        ("pem-bad-base64", &["enos.csr-pem"]),
        ("pem-cut", &["enos.csr-pem"]),
        ("pem-two-objects", &["enos.csr-pem"]),
        ("pem-wrong-label", &["enos.csr-pem"]),
        ("point-off-curve", &["enos.key"]),
        ("rsa-1024", &["enos.key"]),
        ("rsa-2048-sha1", &["enos.signature-algorithm"]),
        ("rsa-3072", &["enos.key"]),
        ("subject-empty", &[subject; 6]),
        ("trailing-octets", &["enos.csr"]),
        ("truncated", &["enos.csr"]),
        ("weak-close-primes", &["enos.weak-key"]),
        ("weak-roca", &["enos.weak-key"]),
        ("weak-small-factor", &["enos.weak-key"]),
        ("wrong-signature", &["enos.proof-of-possession"]),
        ("wrong-signer", &["enos.signature-algorithm"]),
    ] {
        let csr = testdata("enos/bad").join(format!("{name}.csr.pem"));
        let authority = match name {
            "p256-sha384" | "p384" | "point-off-curve" | "wrong-signer" => "ECC",
            _ => "RSA",
        };
        let csr = ["--device-key", "d", "--csr", csr.to_str().unwrap()];
        let run = untouched.refuse(&[&csr[..], &["--issue-authority", authority]].concat());
        assert_eq!(run.rules(), rules, "{name}");
    }
    untouched.check(&[]);
}

#[test]
fn a_request_over_the_size_limit() {
    let untouched = Untouched::new();
    untouched.0.write("big", vec![0x30; 70_000]);
    let run = untouched.refuse(&["--device-key", "d", "--csr", "big"]);
    assert_eq!(run.rules(), ["enos.csr"]);
    let found = &run.error()["details"]["faults"][0]["finding"]["found"];
    let expected = "certification request of 70000 octets, allowed 65536";
    assert_eq!(*found, expected);
    untouched.check(&["big"]);
}

#[test]
fn lifetimes_authorities_and_devices_that_cannot_be() {
    let untouched = Untouched::new();
    let csr = fleet("boiler-01");
    let csr = csr.to_str().unwrap();
    for (flag, value, rule) in [
        ("--valid-day", "0", "enos.valid-day"),
        ("--valid-day", "-1", "enos.valid-day"),
        ("--valid-day", "1.5", "enos.field-type"),
        ("--valid-day", "\"250\"", "enos.field-type"),
        ("--valid-day", "3651", "enos.valid-day"),
        ("--issue-authority", "DSA", "enos.issue-authority"),
        ("--issue-authority", "ECC", "enos.key"),
        ("--product-key", "unknown", "enos.device"),
    ] {
        let run = untouched.refuse(&["--csr", csr, "--device-key", "d", flag, value]);
        assert_eq!(run.rules(), [rule], "{flag} {value}");
    }
    let run = untouched.refuse(&["--csr", csr]);
    assert_eq!(run.rules(), ["enos.device-identifier"]);
    let text = std::fs::read_to_string(csr).unwrap();
    for valid_day in [json!(0), json!(-1), json!(1.5), json!("250"), json!(3651)] {
        let body = json!({ "csr": text, "validDay": valid_day });
        untouched.0.write("body.json", body.to_string());
        let device = [
            "--org-id",
            "o",
            "--product-key",
            "open",
            "--device-key",
            "d",
        ];
        let run = untouched.refuse(&[&["--request", "body.json"][..], &device].concat());
        let rule = match valid_day.as_i64() {
            Some(_) => "enos.valid-day",
            None => "enos.field-type",
        };
        assert_eq!(run.rules(), [rule], "{valid_day}");
    }
    untouched.check(&["body.json"]);
}

#[test]
fn a_device_that_its_product_does_not_list() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let config = "[[enos.products]]\nproduct_key = \"meters\"\nmaximum_days = 30\n\
                  devices = [{ device_key = \"m-1\" }]\n";
    folder.write("certwright-workspace/certwright.toml", config);
    let csr = fleet("meter-01");
    let csr = csr.to_str().unwrap();
    let issue = |device| {
        let head = ["issue", "enos", "--json", "--csr", csr, "--valid-day", "30"];
        folder.run(head.iter().chain(&["--device-key", device]))
    };
    let run = issue("m-2");
    assert_eq!(run.code, 4);
    assert_eq!(run.rules(), ["enos.device"]);
    assert_eq!(run.error()["details"]["faults"][0]["code"], 11_404);
    let run = issue("m-1");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["device"], "meters/m-1");
}

#[test]
fn the_same_request_twice_and_the_same_key_elsewhere() {
    let folder = Folder::new();
    let csr = fleet("inverter-01");
    folder.issue(&csr, "--device-key i1");
    let csr = csr.to_str().unwrap();
    let again = |device| {
        let head = ["issue", "enos", "--json", "--csr", csr, "--out", "x.pem"];
        folder.run(head.iter().chain(&["--device-key", device]))
    };
    for (device, rule, code) in [
        ("i1", "enos.duplicate-subject", 99_400),
        ("i2", "enos.key-bound", 11_833),
    ] {
        let run = again(device);
        assert_eq!(run.code, 4);
        assert_eq!(run.rules(), [rule]);
        assert_eq!(run.error()["details"]["faults"][0]["code"], code);
    }
    assert_eq!(folder.listed().len(), 1);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_written_stops_before_anything_is_issued() {
    let untouched = Untouched::new();
    let csr = fleet("boiler-02");
    let csr = csr.to_str().unwrap();
    untouched.0.write("b2.cer", "mine");
    for out in ["b2.pem", "nowhere/b2.pem"] {
        let args = [
            "issue",
            "enos",
            "--csr",
            csr,
            "--device-key",
            "b2",
            "--out",
            out,
        ];
        let more = ["--artefacts", "pem,cer"];
        let run = untouched.0.run(args.iter().chain(&more));
        assert_eq!(run.code, 1, "{}", run.err);
    }
    assert_eq!(untouched.0.read("b2.cer"), b"mine");
    untouched.check(&["b2.cer"]);
}
