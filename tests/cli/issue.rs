//! Issuing: the vendor's sample octet for octet, the reply, and what is handed out.

use std::io::Write;
use std::process::Stdio;

use certwright::cert::Certificate;
use certwright::cms::CertificatesOnly;
use serde_json::{Value, json};

use super::{Folder, fleet, testdata};

#[test]
fn a_dry_run_gives_the_octets_that_the_vendor_signed() {
    let folder = Folder::new();
    for name in ["ca.cert.pem", "request.csr.pem"] {
        let sample = std::fs::read(testdata("vendor/enos").join(name)).unwrap();
        folder.write(name, sample);
    }
    let run = folder.words(
        "issue enos --dry-run --ca-cert ca.cert.pem --csr request.csr.pem --serial 32720 \
         --not-before 2020-01-06T10:46:33Z --valid-day 250 \
         --crl-url https://alpha-portal-cn4.eniot.io:8081/enos/CA/crl --out tbs.der",
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let sample = std::fs::read(testdata("vendor/enos/device.cert.pem")).unwrap();
    let sample = Certificate::from_pem(&sample).unwrap();
    assert_eq!(folder.read("tbs.der"), sample.tbs().as_der());
    assert_eq!(
        folder.names(),
        ["ca.cert.pem", "request.csr.pem", "tbs.der"]
    );
    assert!(!folder.path("certwright-workspace").exists());
}

#[test]
fn a_dry_run_looks_at_the_workspace_and_leaves_it() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let csr = fleet("sensor-01");
    let csr = csr.to_str().unwrap();
    let args = [
        "issue",
        "enos",
        "--dry-run",
        "--json",
        "--issue-authority",
        "ECC",
        "--csr",
        csr,
    ];
    let run = folder.run(args);
    assert_eq!(run.code, 0, "{}", run.err);
    let answer = run.json();
    assert_eq!(answer["issuer"], "CN=certwright local ECC root");
    assert_eq!(
        answer["subject"],
        "CN=sensor-01,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
    assert_eq!(answer["signatureAlgorithm"], "ecdsa-with-SHA256");
    assert_eq!(folder.listed().len(), 0);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn the_first_use_makes_the_workspace_and_says_so() {
    let folder = Folder::new();
    let csr = testdata("vendor/enos/request.csr.pem");
    let csr = csr.to_str().unwrap();
    let run = folder.run(["issue", "enos", "--csr", csr, "--device-key", "dk1"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let made = "certwright: made the workspace ./certwright-workspace with an RSA-2048 and a \
                P-256 root\n";
    assert_eq!(run.err, made);
    let certificate = Certificate::from_pem(&run.out).unwrap();
    assert_eq!(
        run.text(),
        certificate.to_pem(),
        "the certificate and nothing else"
    );
    let ca = folder.words("ca show rsa-root --pem");
    let ca = Certificate::from_pem(&ca.out).unwrap();
    certificate.verify_signature(ca.public_key()).unwrap();
    assert_eq!(certificate.serial().to_u64(), Some(1));
    let days = certificate.validity();
    let days = days.not_after().since(days.not_before()).unwrap();
    assert_eq!(days.seconds(), 730 * 86_400);
    let rows = folder.listed();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["device"], "open/dk1");
    assert_eq!(rows[0]["subject"], certificate.subject().to_string());
}

#[test]
fn the_vendors_own_body_gets_the_vendors_own_reply() {
    let folder = Folder::new();
    let csr = std::fs::read_to_string(testdata("vendor/enos/request.csr.pem")).unwrap();
    let body = json!({ "csr": csr, "validDay": 250, "issueAuthority": "rsa" });
    folder.write("body.json", body.to_string());
    let run = folder.words("issue enos --request body.json --org-id o1 --asset-id a1 --reply");
    assert_eq!(run.code, 0, "{}", run.err);
    let reply = run.json();
    assert_eq!(reply["code"], 0);
    assert_eq!(reply["msg"], "OK");
    let data = &reply["data"];
    assert_eq!(data["certSN"], "1");
    assert_eq!(data["issueAuthority"], "RSA");
    assert_eq!(
        data["certChainURL"],
        "https://localhost:8443/enos/CA/cacert"
    );
    let pem = |name: &str| Certificate::from_pem(data[name].as_str().unwrap().as_bytes());
    let (ca, certificate) = (pem("caCert").unwrap(), pem("cert").unwrap());
    certificate.verify_signature(ca.public_key()).unwrap();

    // The query's names in the body, and the body from standard input; the device is the same, so it is a duplicate.
    let body = json!({ "csr": csr, "orgId": "o1", "assetId": "a1" });
    let mut command = folder.command();
    command.args(["issue", "enos", "--request", "-", "--reply"]);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = piped.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(body.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reply["code"], 99_400);
    assert_eq!(reply["data"], Value::Null);
    let sentence = "Duplicate subject by certificate request!message: ";
    assert!(reply["msg"].as_str().unwrap().starts_with(sentence));
}

#[test]
fn every_artefact_stands_beside_the_others() {
    let folder = Folder::new();
    let issued = folder.issue(
        &fleet("sensor-02"),
        "--device-key s2 --issue-authority ECC --out s2.pem --artefacts cer,pem,chain,p7b,reply",
    );
    let files = json!([
        "s2.cer",
        "s2.pem",
        "s2.chain.pem",
        "s2.p7b",
        "s2.reply.json"
    ]);
    assert_eq!(issued["files"], files);
    let certificate = Certificate::from_der(&folder.read("s2.cer")).unwrap();
    assert_eq!(certificate.to_pem().as_bytes(), folder.read("s2.pem"));
    assert_eq!(issued["pem"], certificate.to_pem());
    let ca = folder.words("ca show ecc-root --pem").out;
    assert_eq!(
        [certificate.to_pem().as_bytes(), &ca].concat(),
        folder.read("s2.chain.pem")
    );
    let bundle = CertificatesOnly::from_der(&folder.read("s2.p7b")).unwrap();
    assert_eq!(bundle.certificates()[0], certificate);
    assert_eq!(bundle.certificates().len(), 2);
    let reply: Value = serde_json::from_slice(&folder.read("s2.reply.json")).unwrap();
    assert_eq!(reply["data"]["cert"], certificate.to_pem());
}

#[test]
fn what_is_fixed_is_not_drawn() {
    let folder = Folder::new();
    let fixed = "--device-key b1 --serial 0x7fd0 --not-before 2026-01-01T00:00:00Z --valid-day 1";
    let issued = folder.issue(&fleet("boiler-01"), fixed);
    assert_eq!(issued["serialNumber"], "32720");
    assert_eq!(issued["notBefore"], "2026-01-01T00:00:00Z");
    assert_eq!(issued["notAfter"], "2026-01-02T00:00:00Z");
}
