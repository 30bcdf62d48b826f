//! Backups: written while a batch runs, restored elsewhere, refused without their passphrase.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use certwright::ext::Extensions;
use certwright::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm, generate};
use certwright::pem::{Label, encode};
use certwright::request::{RequestDraft, sign};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::json;

use super::{Folder, Run, fleet};

#[test]
fn a_backup_is_restored_elsewhere_and_goes_on() {
    let folder = Folder::new();
    folder.write("pass", "correct horse\n");
    folder.issue(&fleet("sensor-01"), "--device-key s1 --issue-authority ECC");
    let run = backup(&folder, "b.age");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["certificates"], 1);
    let again = backup(&folder, "b.age");
    assert_eq!(again.code, 1, "a backup is not replaced unasked");

    let run = folder.words("restore b.age --workspace r --passphrase-file pass --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let restored = run.json();
    assert_eq!(restored["serialNumbersLeftOut"], 1_000_000);
    assert_eq!(restored["signingAuthorities"][1], "ecc-root");
    assert_eq!(restored["auditFaults"], json!([]));
    let words = "--device-key s2 --issue-authority ECC --workspace r --json";
    let csr = fleet("sensor-02");
    let words: Vec<_> = ["issue", "enos", "--csr", csr.to_str().unwrap()]
        .into_iter()
        .chain(words.split(' '))
        .collect();
    let run = folder.run(words);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["serialNumber"], "1000002");
    assert_eq!(folder.words("audit verify --workspace r").code, 0);

    let run = folder.words("restore b.age --workspace r --passphrase-file pass");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("exists and is not empty"), "{}", run.err);
    folder.write("wrong", "incorrect horse\n");
    let run = folder.words("restore b.age --workspace q --passphrase-file wrong");
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("the passphrase does not open the file"),
        "{}",
        run.err
    );
    assert_eq!(folder.words("restore b.age --workspace q").code, 2);
    assert_eq!(folder.names(), ["b.age", "pass", "r", "wrong"]);
}

#[test]
fn after_a_restore_no_serial_is_given_that_was_given_before_the_loss() {
    let folder = Folder::new();
    folder.write("pass", "correct horse\n");
    assert_eq!(folder.words("init").code, 0);
    folder.write("job.jsonl", job(ROWS));
    let mut batch = folder
        .command()
        .args("batch job.jsonl --vendor enos --out out".split(' '))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // In the middle of the work: some certificates are there, and most are not.
    let certs = folder.path("out/certs");
    while std::fs::read_dir(&certs).map_or(0, Iterator::count) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let run = backup(&folder, "b.age");
    assert_eq!(run.code, 0, "{}", run.err);
    let early = run.json()["certificates"].as_u64().unwrap();
    assert!((1..=ROWS).contains(&early), "{early}");
    assert_eq!(batch.wait().unwrap().code(), Some(0));
    assert_eq!(folder.words("audit verify").code, 0);
    let before = serials(&folder.words("list --json"));
    assert_eq!(before.len(), 2000);

    // All that came after the backup is lost, and done again.
    let run = folder.words("restore b.age --workspace r --passphrase-file pass --json");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["certificates"], early);
    assert_eq!(folder.words("audit verify --workspace r").code, 0);
    let kept = serials(&folder.words("list --json --workspace r"));
    assert!(kept.is_subset(&before));
    let run = folder.words("batch job.jsonl --vendor enos --out out2 --workspace r");
    let expected = if early == ROWS { 4 } else { 3 };
    assert_eq!(run.code, expected, "{}", run.err);
    let after = serials(&folder.words("list --json --workspace r"));
    assert_eq!(after.len(), 2000);
    let anew: BTreeSet<_> = after.difference(&kept).collect();
    assert_eq!(anew.len(), 2000 - kept.len());
    assert!(anew.iter().all(|serial| !before.contains(*serial)));
}

const ROWS: u64 = 2000;

/// As many P-256 devices.
fn job(rows: u64) -> String {
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let keys = generate(KeyAlgorithm::P256, usize::try_from(rows).unwrap(), &mut rng);
    let line = |(n, key): (usize, Result<KeyPair, _>)| {
        let subject = format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN");
        let draft = RequestDraft {
            subject: &subject.parse().unwrap(),
            key: &key.unwrap(),
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &Extensions::new(Vec::new()).unwrap(),
        };
        let csr = sign(&[draft]).remove(0).unwrap();
        let csr = encode(Label::CertificateRequest, csr.as_der());
        let row = json!({
            "deviceKey": format!("d{n}"), "csr": csr.as_str(), "issueAuthority": "ECC", "validDay": 30,
        });
        format!("{row}\n")
    };
    keys.into_iter().enumerate().map(line).collect()
}

fn serials(run: &Run) -> BTreeSet<String> {
    let rows = run.json();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["serialNumber"].as_str().unwrap().to_owned())
        .collect()
}

fn backup(folder: &Folder, name: &str) -> Run {
    folder.words(&format!(
        "backup --out {name} --passphrase-file pass --work-factor 10 --json"
    ))
}
