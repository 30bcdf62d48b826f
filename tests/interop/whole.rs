//! Everything that the golden files hold and that a batch of 300 rows of all vendors emits, before every judge.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use certwright::cert::Certificate;
use rayon::prelude::*;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::judges::{
    arg, certtool_verify, dumpasn1, keytool_certificates, must, nss_path, openssl_p7b,
    openssl_verify, openssl_verify_at, pkilint_crl, run, venv, webpki_verify,
};

/// What pkilint has against these certificates, and why it stays; a line that is stale fails.
const DEPARTURES: &[(&str, &str)] = &[];

/// A workspace with all vendors, a job, and what came of it.
struct Emitted {
    _folder: tempfile::TempDir,
    roots: [PathBuf; 2],
    /// Below each root, then the self-signed ones.
    issued: [Vec<PathBuf>; 3],
    bundles: Vec<PathBuf>,
}

impl Emitted {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let workspace = file("w");
        let certwright = |arguments: &[&str]| {
            let place = ["--workspace", arg(&workspace)];
            run(
                env!("CARGO_BIN_EXE_certwright"),
                &[arguments, &place].concat(),
            )
        };
        assert!(certwright(&["init"]).ok);
        fs::write(workspace.join("certwright.toml"), SETTINGS).unwrap();
        let rows: String = (0..300).map(|n| format!("{}\n", row(n))).collect();
        let (job, out) = (file("job.jsonl"), file("out"));
        fs::write(&job, rows).unwrap();
        let artefacts = ["--artefacts", "pem,p7b,key"];
        let batch = ["batch", arg(&job), "--vendor", "enos", "--out", arg(&out)];
        let answer = certwright(&[&batch[..], &artefacts].concat());
        assert!(answer.ok, "{}", answer.text);
        let roots = ["rsa-root", "ecc-root"].map(|name| {
            let path = file(&format!("{name}.pem"));
            fs::write(&path, certwright(&["ca", "show", name, "--pem"]).text).unwrap();
            path
        });
        let (mut issued, mut bundles) = ([vec![], vec![], vec![]], Vec::new());
        for path in below(&out.join("certs")) {
            match path.extension().unwrap().to_str().unwrap() {
                "p7b" => bundles.push(path),
                _ if path.to_str().unwrap().ends_with(".key.pem") => {}
                _ => issued.get_mut(kind(&path)).unwrap().push(path),
            }
        }
        Self {
            _folder: folder,
            roots,
            issued,
            bundles,
        }
    }
}

/// 0 below the RSA root, 1 below the ECC root, 2 self-signed.
fn kind(path: &Path) -> usize {
    let certificate = Certificate::from_pem(&fs::read(path).unwrap()).unwrap();
    match certificate.issuer().to_string().as_str() {
        "CN=certwright local RSA root" => 0,
        "CN=certwright local ECC root" => 1,
        _ => 2,
    }
}

fn row(n: usize) -> Value {
    let subject = |kind: &str| format!("CN={kind}-{n},OU=Lab,O=Acme,L=Pune,ST=MH,C=IN");
    match n % 30 {
        0 => {
            json!({"vendor": "ecgrid", "rowKey": format!("self-{n}"), "commId": 5001, "usage": "Signature"})
        }
        1 => {
            json!({"vendor": "ecgrid", "rowKey": format!("self-{n}"), "commId": 5001, "usage": "SSL"})
        }
        2 => {
            json!({"vendor": "as2expert", "rowKey": format!("self-{n}"), "station": 62, "selfSigned": true})
        }
        3..5 => json!({
            "vendor": "emca", "rowKey": format!("emca-{n}"), "applicationId": format!("emca-{n}"), "profileID": "3",
            "subscriberId": format!("s{n}"), "sANValues": "dNSName=a.example.com", "isP7BRequest": "false", "key": "P-256",
            "subject": {"C": "IN", "O": "Example", "CN": format!("emca-{n}")},
        }),
        5 => json!({
            "rowKey": format!("rsa-{n}"), "orgId": "o1", "productKey": "open", "deviceKey": format!("rsa-{n}"),
            "key": "RSA-2048", "subject": subject("rsa"),
        }),
        _ => json!({
            "rowKey": format!("ecc-{n}"), "orgId": "o1", "productKey": "open", "deviceKey": format!("ecc-{n}"),
            "key": "P-256", "subject": subject("ecc"),
        }),
    }
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS, a JDK, dumpasn1 and pkilint; run by ci/full"]
fn a_batch_of_300_rows_stands_before_every_judge() {
    let emitted = Emitted::new();
    let [rsa, ecc, own] = &emitted.issued;
    let count = rsa.len() + ecc.len() + own.len();
    assert_eq!(
        (count, emitted.bundles.len()),
        (300, 300),
        "{} {} {}",
        rsa.len(),
        ecc.len(),
        own.len()
    );
    let now = UnixTime::now();
    for (root, leaves) in emitted.roots.iter().zip([rsa, ecc]) {
        assert_eq!(openssl_verify(root, leaves), Ok(()));
        leaves.par_iter().for_each(|leaf| {
            assert_eq!(certtool_verify(root, leaf), Ok(()), "{}", leaf.display());
            assert_eq!(webpki_verify(root, leaf, now), Ok(()), "{}", leaf.display());
            assert_eq!(nss_path(root, leaf, root), Ok(()), "{}", leaf.display());
        });
    }
    own.par_iter().for_each(|leaf| {
        let leaves = std::slice::from_ref(leaf);
        assert_eq!(openssl_verify(leaf, leaves), Ok(()), "{}", leaf.display());
    });
    let all: Vec<&PathBuf> = emitted.issued.iter().flatten().collect();
    all.par_iter()
        .for_each(|path| assert_eq!(dumpasn1(path), Ok(()), "{}", path.display()));
    emitted.bundles.par_iter().for_each(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = if name.starts_with("self-") { 1 } else { 2 };
        assert_eq!(openssl_p7b(path), expected, "{}", path.display());
    });
    // The JDK takes long to begin, so it reads them in one.
    let together = emitted.roots[0].with_extension("all");
    let texts = all.iter().map(|path| fs::read(path).unwrap());
    fs::write(&together, texts.collect::<Vec<_>>().concat()).unwrap();
    assert_eq!(keytool_certificates(&together), 300);
    let departures = DEPARTURES.iter().map(|(code, _reason)| (*code).to_owned());
    assert_eq!(pkilint_codes_of(&all), departures.collect());
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS, a JDK, dumpasn1 and pkilint; run by .ci/run"]
fn the_golden_files_stand_before_every_judge() {
    let golden = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("testdata/golden")
            .join(name)
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    for name in ["boiler-01", "sensor-01"] {
        let chain =
            pem::parse_many(fs::read(golden(&format!("{name}.chain.pem"))).unwrap()).unwrap();
        let [first, last] = chain.as_slice() else {
            panic!("{} certificates", chain.len());
        };
        let (leaf, root) = (file("leaf.pem"), file("root.pem"));
        fs::write(&leaf, pem::encode(first)).unwrap();
        fs::write(&root, pem::encode(last)).unwrap();
        assert_eq!(
            fs::read(golden(&format!("{name}.cer"))).unwrap(),
            first.contents()
        );
        let leaves = std::slice::from_ref(&leaf);
        assert_eq!(
            openssl_verify_at(&root, leaves, GOLDEN_AT),
            Ok(()),
            "{name}"
        );
        // certtool knows no other time than now, when they may be over: it reads them.
        let info = ["--certificate-info", "--infile", arg(&leaf)];
        assert!(must("certtool", &info).contains("Public Key ID"), "{name}");
        assert_eq!(nss_then(&root, &leaf), Ok(()), "{name}");
        let at = UnixTime::since_unix_epoch(Duration::from_secs(GOLDEN_AT));
        assert_eq!(webpki_verify(&root, &leaf, at), Ok(()), "{name}");
        assert_eq!(dumpasn1(&leaf), Ok(()), "{name}");
        assert_eq!(dumpasn1(&root), Ok(()), "{name}");
        let bundle = golden(&format!("{name}.p7b"));
        assert_eq!(
            (openssl_p7b(&bundle), keytool_certificates(&bundle)),
            (2, 2),
            "{name}"
        );
        assert_eq!(pkilint_codes_of(&[&leaf, &root]), BTreeSet::new(), "{name}");
        if name == "sensor-01" {
            golden_crl(&root, &golden("ecc-root.crl"), &file("crl.pem"));
        }
    }
}

fn golden_crl(root: &Path, crl: &Path, text: &Path) {
    let options = [
        "crl",
        "-inform",
        "DER",
        "-in",
        arg(crl),
        "-CAfile",
        arg(root),
    ];
    let said = must("openssl", &[&options[..], &["-out", arg(text)]].concat());
    assert!(said.contains("verify OK"), "{said}");
    assert_eq!(dumpasn1(text), Ok(()));
    assert_eq!(pkilint_crl(text), BTreeSet::new());
}

/// As [`nss_path`], on a day within the validity of the golden files.
fn nss_then(root: &Path, leaf: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sql:{}", folder.path().display());
    must("certutil", &["-N", "-d", &database, "--empty-password"]);
    let add = ["-A", "-n", "root", "-t", "CT,C,C", "-i", arg(root)];
    must("certutil", &[&add[..], &["-d", &database]].concat());
    let then = ["-d", &database, "-b", "2603040000Z", "-pp", "-u", "0"];
    let answer = run("vfychain", &[&then[..], &["-a", arg(leaf)]].concat());
    match answer.text.contains("Chain is good!") {
        true => Ok(()),
        false => Err(answer.text),
    }
}

fn pkilint_codes_of(files: &[&PathBuf]) -> BTreeSet<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/pkilint_all.py");
    let mut arguments = vec![script];
    arguments.extend(files.iter().map(|path| arg(path)));
    let said = must(venv("python3"), &arguments);
    assert!(said.contains(&format!("judged {}", files.len())), "{said}");
    let found = said.lines().filter(|line| !line.starts_with("judged "));
    found
        .map(|line| line.rsplit(' ').next().unwrap().to_owned())
        .collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(below(&path)),
            false => found.push(path),
        }
    }
    found
}

/// 2026-03-04, within the validity of the golden files.
const GOLDEN_AT: u64 = 1_772_582_400;

const SETTINGS: &str = r#"
[[enos.products]]
product_key = "open"
maximum_days = 3650
open = true
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
organization = "My Company"
[[ecgrid.users]]
login = "apiuser"
api_key = "k3y"
level = "MailboxAdmin"
[[as2expert.stations]]
id = 62
name = "My station"
as2id = "MYCOMPANY"
email = "as2@example.com"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
unsigned_requests = true
[[emca.profiles]]
id = "3"
name = "tls"
"#;
