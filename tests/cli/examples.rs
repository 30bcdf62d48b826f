//! The examples that help shows of the vendors' commands: each does what it says, in a folder that has its files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::vendor::emca::envelope::{AesKey, CipherMode, Sealed};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::{Folder, testdata};

/// Commands whose examples are run.
const COMMANDS: &[&str] = &[
    "issue",
    "issue as2expert",
    "issue ecgrid",
    "issue emca",
    "renew",
    "renew ecgrid",
    "revoke",
    "revoke ecgrid",
    "revoke emca",
    "call",
    "call as2expert",
    "call ecgrid",
    "call emca",
    "batch",
];

/// The examples of a command's help, a line each.
fn examples(command: &str) -> Vec<String> {
    let help = Folder::new().words(&format!("{command} --help"));
    let text = help.text().replace("\\\n", " ");
    let examples = text.split("Examples:\n").nth(1).unwrap();
    let lines = examples.lines().take_while(|line| !line.is_empty());
    lines
        .map(|line| line.trim().strip_prefix("certwright ").unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_of_the_vendors_commands_works() {
    let first = workspace();
    let mut run = 0;
    for command in COMMANDS {
        for example in examples(command) {
            if example.contains(" enos") {
                continue;
            }
            let folder = Folder::new();
            copy(&first, &folder, "certwright-workspace");
            prepare(&folder, &example);
            let done = folder.words(&example);
            assert_eq!(done.code, 0, "{example}: {}", done.err);
            run += 1;
        }
    }
    assert!(run >= 30, "{run} examples");
}

/// A workspace with somebody of each vendor.
fn workspace() -> Folder {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let signer = std::fs::read_to_string(testdata("emca/signer.cert.pem")).unwrap();
    let settings = SETTINGS.replace("SIGNER", &signer);
    folder.write("certwright-workspace/certwright.toml", settings);
    folder
}

fn copy(from: &Folder, to: &Folder, name: &str) {
    let path = from.path(name);
    if !path.is_dir() {
        // Modes are copied too, and keys are their owner's.
        std::fs::copy(path, to.path(name)).unwrap();
        return;
    }
    std::fs::create_dir_all(to.path(name)).unwrap();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().file_name().into_string().unwrap();
        copy(from, to, &format!("{name}/{entry}"));
    }
}

/// Writes the files that an example names, and issues what it speaks of.
fn prepare(folder: &Folder, example: &str) {
    folder.write("password.txt", "certwright test\n");
    let words: Vec<_> = example.split(' ').collect();
    let vendor = match words[0] {
        "batch" => words
            .iter()
            .skip_while(|word| **word != "--vendor")
            .nth(1)
            .unwrap(),
        _ => words[1],
    };
    match vendor {
        "as2expert" => as2expert(folder, words[0]),
        "ecgrid" => ecgrid(folder, &words),
        _ => emca(folder, example),
    }
}

fn must(folder: &Folder, words: &str) {
    let run = folder.words(words);
    assert_eq!(run.code, 0, "{words}: {}", run.err);
}

fn as2expert(folder: &Folder, verb: &str) {
    let body = r#"{"station": 62, "selfSigned": true}"#;
    folder.write("body.json", body);
    folder.write("stations.jsonl", format!("{body}\n{body}\n"));
    if verb == "call" {
        must(folder, "issue as2expert --request body.json");
        folder.write("body.json", r#"{"id": 1}"#);
    }
}

fn ecgrid(folder: &Folder, words: &[&str]) {
    let envelope = |operation: &str, parameters: &str| {
        let text = format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><{operation} \
             xmlns=\"http://www.ecgridos.net/\"><CommID>5001</CommID>{parameters}</{operation}></e:Body></e:Envelope>"
        );
        folder.write("envelope.xml", text);
    };
    let create = "<BeginUsage>2026-05-07T00:00:00Z</BeginUsage><Usage>SSL</Usage>\
                  <SecureHashAlgorithm>SHA512</SecureHashAlgorithm><Expires>2099-05-07T00:00:00Z</Expires>";
    envelope("CertificateCreatePrivate", create);
    folder.write("body.json", r#"{"commId": 5001}"#);
    folder.write("comms.csv", "commId\n5001\n5001\n");
    if words[0] == "issue" || words[0] == "batch" {
        return;
    }
    must(
        folder,
        "issue ecgrid --request body.json --out made.pem --artefacts cer",
    );
    let body = match words[0] {
        "call" => {
            envelope("CommInfo", "");
            let cert = STANDARD.encode(folder.read("made.cer"));
            json!({ "commId": 5002, "certType": "X509", "cert": cert })
        }
        _ => {
            envelope("CertificateTerminate", "<CertKeyID>1</CertKeyID>");
            json!({ "commId": 5001, "certKeyId": 1 })
        }
    };
    folder.write("body.json", body.to_string());
}

fn emca(folder: &Folder, example: &str) {
    let creates = object("ber.p7", json!({ "applicationId": "app-2" }));
    for name in ["object.json", "body.json", "requests.jsonl"] {
        folder.write(name, creates.to_string());
    }
    let sealed = std::fs::read(testdata("emca/openssl-body.json")).unwrap();
    folder.write("sealed.json", sealed);
    if example.contains("--release") {
        let waits = object("ber.p7", json!({ "profileID": "4" }));
        folder.write("waits.json", waits.to_string());
        must(folder, "issue emca --request waits.json --reply");
    }
    if example.starts_with("issue") || example.starts_with("batch") {
        return;
    }
    must(folder, "issue emca --request object.json");
    let mode = if example.contains("suspend") { 6 } else { 1 };
    let object = object(
        "serial.p7",
        json!({ "revokeMode": mode, "remarks": "lost" }),
    );
    folder.write("object.json", object.to_string());
    folder.write("body.json", object.to_string());
    folder.write("sealed.json", seal(&object));
}

/// As the vendor's client would.
fn seal(object: &Value) -> String {
    let key = AesKey::from_text(AES_KEY).unwrap();
    let rng = &mut ChaCha20Rng::from_seed([1; 32]);
    let mut object = object.clone();
    object["userName"] = "apiuser".into();
    object["password"] = "apipass".into();
    let object = object.to_string();
    let sealed = Sealed::seal("apiuser", object.as_bytes(), &key, CipherMode::Ecb, rng);
    sealed.unwrap().to_json()
}

/// A decrypted object with a signed message of the test data.
pub(super) fn object(message: &str, changes: Value) -> Value {
    let signed = std::fs::read(testdata("emca").join(message)).unwrap();
    let mut object = json!({
        "signature": STANDARD.encode(signed),
        "profileID": "3",
        "subscriberId": "sub-1",
        "sANValues": "dNSName=www.example.com",
        "subjectDNOids": "2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN",
        "isP7BRequest": "false",
        "applicationId": "app-1",
        "remarks": "lost",
    });
    let changes = changes.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(changes);
    object
}

const AES_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const SETTINGS: &str = r#"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
signer_certificate = '''SIGNER'''
[[emca.profiles]]
id = "3"
name = "tls"
[[emca.profiles]]
id = "4"
name = "released"
manual_authorization = true
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "DIVISION-AS2"
[[ecgrid.users]]
login = "admin"
level = "MailboxAdmin"
[[as2expert.stations]]
id = 62
name = "My station"
"#;
