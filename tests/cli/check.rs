//! Checking and inspecting: nothing is issued, everything is told.

use serde_json::json;

use super::{Folder, testdata};

#[test]
fn the_samples_are_as_they_should_be() {
    let folder = Folder::new();
    let samples = ["request.csr.pem", "java-sample.csr.pem", "device.cert.pem"];
    let samples = samples.map(|name| testdata("vendor/enos").join(name));
    let head = [
        "check",
        "--vendor",
        "enos",
        "--json",
        "--at",
        "2020-03-01T00:00:00Z",
    ];
    let run = folder.run(head.map(Into::into).into_iter().chain(samples));
    assert_eq!(run.code, 0, "{}", run.text());
    let kinds: Vec<_> = run
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["type"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "certification request",
            "certification request",
            "certificate"
        ]
    );
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn all_findings_come_back_and_the_worst_is_the_exit_code() {
    let folder = Folder::new();
    let one = testdata("enos/bad/weak-shared-factor-1.csr.pem");
    let two = testdata("enos/bad/weak-shared-factor-2.csr.pem");
    let bare = testdata("enos/bad/subject-empty.csr.pem");
    let [one, two, bare] = [&one, &two, &bare].map(|path| path.to_str().unwrap());
    let check =
        |files: &[&str]| folder.run(["check", "--vendor", "enos", "--json"].iter().chain(files));
    assert_eq!(check(&[one]).code, 0, "good alone");
    let run = check(&[one, two, bare]);
    assert_eq!(run.code, 4);
    let files = run.json();
    assert_eq!(files[0]["findings"][0]["rule"], "enos.weak-key");
    assert_eq!(files[1]["findings"][0]["rule"], "enos.weak-key");
    assert_eq!(files[2]["findings"].as_array().unwrap().len(), 6);

    let csr = std::fs::read_to_string(testdata("vendor/enos/request.csr.pem")).unwrap();
    let body = json!({ "csr": csr, "validDay": 0, "issueAuthority": "DSA" });
    folder.write("body.json", body.to_string());
    let run = check(&["body.json"]);
    assert_eq!(run.code, 4);
    let file = &run.json()[0];
    let rules: Vec<_> = file["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].clone())
        .collect();
    assert_eq!(rules, ["enos.valid-day", "enos.issue-authority"]);
    assert_eq!(check(&["nowhere"]).code, 1);
}

/// What a body is found to break: the field, the vendor's code and its sentence.
fn answers(folder: &Folder, vendor: &str, body: &str) -> Vec<String> {
    folder.write("body", body);
    let run = folder.run(["check", "--vendor", vendor, "--json", "body"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert_eq!(run.json()[0]["type"], "request body");
    let told = |finding: &serde_json::Value| {
        let code = finding
            .get("code")
            .map_or(String::new(), |code| format!(" {code}"));
        let message = finding["message"].as_str().unwrap();
        format!("{}{code}: {message}", finding["field"].as_str().unwrap())
    };
    let json = run.json();
    json[0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(told)
        .collect()
}

#[test]
fn of_every_stage_the_vendors_own_sentence_is_told() {
    let folder = Folder::new();
    let body = r#"{"csr": 7, "validDay": 0, "productKey": "p", "deviceKey": "d", "orgId": "o"}"#;
    assert_eq!(
        answers(&folder, "enos", body),
        [
            "csr 99400: Invalid Argument csr:csr is not a string",
            "validDay 99400: Invalid Argument validDay:validDay is 0, allowed 1 to 2147483647 days"
        ]
    );
    assert_eq!(
        answers(
            &folder,
            "as2expert",
            r#"{"dias": "x", "selfSigned": true, "keybits": 7}"#
        ),
        [
            "dias: Campo inválido: dias",
            "station: Campo requerido: station",
            "keybits: Campo inválido: keybits"
        ]
    );
    assert_eq!(
        answers(
            &folder,
            "ecgrid",
            r#"{"usage": "SSL", "secureHashAlgorithm": "SHA1"}"#
        )
        .len(),
        2
    );
    let soap = "<CertificateCreatePrivate xmlns=\"https://os.ecgrid.io/\"><CommID>5001</CommID>\
                </CertificateCreatePrivate>";
    let found = answers(&folder, "ecgrid", soap);
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(
        found[0],
        "beginUsage \"InvalidParameter\": beginUsage: is required"
    );
    let run = folder.words("check --vendor as2expert body");
    assert!(
        run.text()
            .contains("    the vendor answers: JSON inválido\n"),
        "{}",
        run.text()
    );
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let folder = Folder::new();
    folder.write("empty", "");
    let run = folder.words("check --vendor enos nowhere empty --json");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("nowhere"), "{}", run.err);
    assert_eq!(run.json()[0]["file"], "empty");
    assert_eq!(run.json()[0]["type"], "empty file");
}

#[test]
fn inspect_tells_what_a_certificate_says() {
    let folder = Folder::new();
    let sample = testdata("vendor/enos/device.cert.pem");
    let sample = sample.to_str().unwrap();
    let run = folder.run(["inspect", sample, "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let shown = &run.json()[0];
    assert_eq!(shown["serialNumber"], "32720");
    assert_eq!(shown["serialNumberHex"], "7fd0");
    assert_eq!(shown["notAfter"], "2020-09-12T10:46:33Z");
    assert_eq!(shown["wholeDays"], 250);
    assert_eq!(shown["publicKey"], "RSA-2048");
    assert_eq!(
        shown["sha1Fingerprint"],
        "DB:5C:0C:00:19:30:64:80:1F:2A:4E:24:65:E1:46:77:25:EA:B7:82"
    );
    let extensions = shown["extensions"].as_array().unwrap();
    let names: Vec<_> = extensions
        .iter()
        .map(|extension| extension["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "basicConstraints",
            "netscape-comment",
            "subjectKeyIdentifier",
            "authorityKeyIdentifier",
            "netscape-ca-revocation-url"
        ]
    );
    assert_eq!(
        extensions[1]["valueHex"],
        "456e6f732047656e657261746564204365727469666963617465"
    );
    let run = folder.run(["inspect", sample]);
    assert!(
        run.text().contains("    basicConstraints: CA:FALSE\n"),
        "{}",
        run.text()
    );
}

#[test]
fn inspect_never_shows_a_private_key() {
    let folder = Folder::new();
    assert_eq!(folder.words("key new P-256 --out k.pem").code, 0);
    let pem = String::from_utf8(folder.read("k.pem")).unwrap();
    let run = folder.words("inspect k.pem --json");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()[0]["type"], "private key");
    assert_eq!(run.json()[0]["publicKey"], "P-256");
    for line in pem.lines().filter(|line| !line.starts_with('-')) {
        assert!(!run.text().contains(line));
    }
}

#[test]
fn what_cannot_be_read_is_said_with_every_form_that_was_tried() {
    let folder = Folder::new();
    folder.write("odd.der", [0x30, 0x03, 0x02, 0x01, 0x01]);
    let run = folder.words("inspect odd.der --json");
    assert_eq!(run.code, 1);
    let error = run.error();
    assert_eq!(error["error"], "cannot inspect odd.der");
    let cause = error["causes"][0].as_str().unwrap();
    for form in [
        "certificate",
        "certification request",
        "certificate revocation list",
        "PKCS #7 bundle",
    ] {
        assert!(cause.contains(&format!("not a {form} (")), "{cause}");
    }
}
