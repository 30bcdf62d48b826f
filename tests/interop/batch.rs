//! What a batch writes before the programs that read it: GNU tar, zstd, jq, OpenSSL, and for Parquet pyarrow and `DuckDB`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::judges::{arg, must, run};

/// A workspace, and a job of three devices that ask for keys; the last one is refused.
struct Fleet(TempDir);

impl Fleet {
    fn new() -> Self {
        let fleet = Self(tempfile::tempdir().unwrap());
        let row = |n: u32, kind: &str| {
            let subject = json!({ "CN": format!("d{n}"), "O": "Acme", "OU": "Lab", "L": "Pune", "ST": "MH", "C": "IN" });
            json!({ "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "key": kind, "subject": subject })
        };
        let rows = [row(1, "P-256"), row(2, "RSA-2048"), row(3, "P-521")];
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        fs::write(fleet.file("job.jsonl"), lines).unwrap();
        fs::write(fleet.file("passphrase"), PASSPHRASE).unwrap();
        fleet
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The folder of the results. Two rows of three are issued, which the exit code says.
    fn batch(&self, out: &str, options: &[&str]) -> PathBuf {
        let (job, out) = (self.file("job.jsonl"), self.file(out));
        let workspace = self.file(&format!("{}-workspace", out.display()));
        let mut arguments = vec!["batch", arg(&job), "--vendor", "enos", "--out", arg(&out)];
        arguments.extend(["--workspace", arg(&workspace)]);
        arguments.extend(options);
        let answer = run(env!("CARGO_BIN_EXE_certwright"), &arguments);
        assert!(answer.text.contains("issued    2"), "{}", answer.text);
        out
    }
}

/// The public key of a private key, and of a certificate, as OpenSSL reads them.
fn openssl_public(private: &Path, certificate: &Path, options: &[&str]) -> (String, String) {
    let of_private = ["pkey", "-in", arg(private), "-pubout"];
    let of_certificate = ["x509", "-in", arg(certificate), "-noout", "-pubkey"];
    (
        must("openssl", &[&of_private[..], options].concat()),
        must("openssl", &of_certificate),
    )
}

#[test]
#[ignore = "needs GNU tar, zstd and OpenSSL; run by .ci/run"]
fn gnu_tar_unpacks_certificates_and_keys_that_openssl_opens() {
    let fleet = Fleet::new();
    let passphrase = fleet.file("passphrase");
    let options = [
        "--artefacts",
        "pem,key",
        "--passphrase-file",
        arg(&passphrase),
    ];
    for (sink, name) in [("tar", "certs.tar"), ("tar.zst", "certs.tar.zst")] {
        let out = fleet.batch(sink, &[&options[..], &["--sink", sink]].concat());
        let archive = out.join(name);
        let listed = must("tar", &["--list", "--verbose", "--file", arg(&archive)]);
        assert_eq!(listed.lines().count(), 4, "{listed}");
        let secret = listed
            .lines()
            .filter(|line| line.starts_with("-rw------- "));
        assert!(secret.clone().all(|line| line.ends_with(".key.pem")));
        assert_eq!(secret.count(), 2);
        let flat = ["--transform", "s,.*/,,;s,~row-[0-9]*,,"];
        let unpack = [
            "--extract",
            "--file",
            arg(&archive),
            "--directory",
            arg(&out),
        ];
        must("tar", &[&unpack[..], &flat].concat());
        let file = format!("file:{}", arg(&passphrase));
        for n in [1, 2] {
            let key = out.join(format!("dk{n}.key.pem"));
            assert!(fs::read_to_string(&key).unwrap().contains("ENCRYPTED"));
            let certificate = out.join(format!("dk{n}.pem"));
            let (private, public) = openssl_public(&key, &certificate, &["-passin", &file]);
            assert_eq!(private, public);
        }
    }
}

#[test]
#[ignore = "needs jq and OpenSSL; run by .ci/run"]
fn jq_reads_rows_whose_keys_openssl_decrypts_for_their_recipient() {
    let fleet = Fleet::new();
    let (key, certificate) = (fleet.file("factory.key"), fleet.file("factory.pem"));
    let mut make = vec![
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=factory",
    ];
    make.extend(["-addext", "keyUsage=critical,keyEncipherment"]);
    make.extend(["-keyout", arg(&key), "-out", arg(&certificate)]);
    must("openssl", &make);
    let out = fleet.batch(
        "out",
        &[
            "--sink",
            "jsonl",
            "--artefacts",
            "pem,key",
            "--encrypt-keys-for",
            arg(&certificate),
        ],
    );
    let rows = out.join("issued.jsonl");
    let jq = |filter: &str| must("jq", &["--raw-output", filter, arg(&rows)]);
    assert_eq!(jq(".rowKey"), "dk1\ndk2\n");
    assert_eq!(
        jq("[.row, .vendor, .status, .holder] | @csv"),
        "1,\"enos\",\"issued\",\"open/dk1\"\n2,\"enos\",\"issued\",\"open/dk2\"\n"
    );
    for n in [1, 2] {
        let file = |ending: &str| out.join(format!("dk{n}.{ending}"));
        for (field, ending) in [("key", "p7m"), ("pem", "pem")] {
            let text = jq(&format!("select(.row == {n}) | .{field}"));
            fs::write(file(ending), text).unwrap();
        }
        let (sealed, opened) = (file("p7m"), file("key"));
        let mut decrypt = vec!["cms", "-decrypt", "-inform", "PEM", "-in", arg(&sealed)];
        decrypt.extend(["-recip", arg(&certificate), "-inkey", arg(&key), "-binary"]);
        decrypt.extend(["-out", arg(&opened)]);
        must("openssl", &decrypt);
        let (private, public) = openssl_public(&opened, &file("pem"), &[]);
        assert_eq!(private, public);
    }
}

/// What a browser makes of the page, which has no scripts and asks nobody for anything.
#[test]
#[ignore = "needs Chromium; run by .ci/run"]
fn a_browser_shows_the_report() {
    let browser = std::env::var_os("CERTWRIGHT_BROWSER").unwrap_or_else(|| "chromium".into());
    let fleet = Fleet::new();
    let out = fleet.batch("out", &["--artefacts", "pem,key"]);
    let page = format!("file://{}", arg(&out.join("report.html")));
    let picture = fleet.file("report.png");
    let shot = format!("--screenshot={}", arg(&picture));
    let profile = format!("--user-data-dir={}", arg(&fleet.file("profile")));
    let common = ["--headless", "--no-sandbox", "--disable-gpu", &profile];
    let browse = |option: &str| {
        let options = [&common[..], &["--window-size=900,1400", option, &page]].concat();
        must(Path::new(&browser), &options)
    };
    let read = browse("--dump-dom");
    for part in [
        "<h1>2 issued, 1 rejected</h1>",
        "<h2>Rejections by rule</h2>",
        ">batch.key</text>",
        "<h2>Certificates by kind of key</h2>",
        ">RSA-2048</text>",
        "<h2>Artefacts</h2>",
    ] {
        assert!(read.contains(part), "{part}: {read}");
    }
    browse(&shot);
    assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[cfg(feature = "parquet")]
#[test]
#[ignore = "needs pyarrow and DuckDB; run by ci/full"]
fn pyarrow_and_duckdb_read_the_columns() {
    let fleet = Fleet::new();
    let out = fleet.batch(
        "out",
        &[
            "--sink",
            "parquet",
            "--artefacts",
            "cer,pem,key",
            "--plain-keys",
        ],
    );
    let expected = "[(1, 'dk1', 'open/dk1', 'P-256', True, True), (2, 'dk2', 'open/dk2', 'RSA-2048', True, True)]";
    assert_eq!(
        columns_of(&out.join("issued.parquet")),
        format!("{TYPES}\n{expected}\n")
    );
}

#[cfg(feature = "parquet")]
#[test]
#[ignore = "needs pyarrow and DuckDB; run by ci/full"]
fn pyarrow_and_duckdb_read_what_two_parts_were_joined_to() {
    let fleet = Fleet::new();
    let row = |n: u32| {
        let subject = format!("CN=d{n},OU=Lab,O=Acme,L=Pune,ST=MH,C=IN");
        json!({ "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "key": "P-256", "subject": subject })
    };
    let lines: String = (1..=8).map(|n| format!("{}\n", row(n))).collect();
    let (job, workspace) = (fleet.file("parts.jsonl"), fleet.file("workspace"));
    fs::write(&job, lines).unwrap();
    let parts = ["1/2", "2/2"].map(|shard| {
        let out = fleet.file(&shard.replace('/', "-of-"));
        let mut arguments = vec!["batch", arg(&job), "--vendor", "enos", "--out", arg(&out)];
        arguments.extend(["--workspace", arg(&workspace), "--shard", shard]);
        arguments.extend([
            "--sink",
            "parquet",
            "--artefacts",
            "cer,pem,key",
            "--plain-keys",
        ]);
        let said = must(env!("CARGO_BIN_EXE_certwright"), &arguments);
        assert!(!said.contains("issued    0"), "{said}");
        out
    });
    let out = fleet.file("joined");
    let mut arguments = vec!["batch", "merge"];
    arguments.extend(parts.iter().map(|part| arg(part)));
    arguments.extend(["--out", arg(&out), "--workspace", arg(&workspace)]);
    must(env!("CARGO_BIN_EXE_certwright"), &arguments);
    // In the order of the job, whichever part a row was in.
    let row = |n: u32| format!("({n}, 'dk{n}', 'open/dk{n}', 'P-256', True, True)");
    let rows: Vec<_> = (1..=8).map(row).collect();
    assert_eq!(
        columns_of(&out.join("issued.parquet")),
        format!("{TYPES}\n[{}]\n", rows.join(", "))
    );
}

/// Types and rows of a file of columns.
#[cfg(feature = "parquet")]
fn columns_of(path: &Path) -> String {
    let python = crate::judges::venv("python3");
    must(python, &["-c", READ_COLUMNS, arg(path)])
}

#[cfg(feature = "parquet")]
const TYPES: &str = "\
    uint64 string string string string string string timestamp[ms, tz=UTC] timestamp[ms, tz=UTC] string binary \
    string binary string string string binary string binary";

/// What Arrow makes of the columns; what `DuckDB` says of rows.
#[cfg(feature = "parquet")]
const READ_COLUMNS: &str = r#"
import sys
import duckdb, pyarrow.parquet
print(*(field.type for field in pyarrow.parquet.read_table(sys.argv[1]).schema))
print(duckdb.sql(f"""
    SELECT "row", row_key, holder, key_kind, pem LIKE '-----BEGIN CERTIFICATE%' AND octet_length(cer) > 300,
        key LIKE '-----BEGIN PRIVATE KEY%' AND reply IS NULL AND not_after > not_before
    FROM '{sys.argv[1]}' ORDER BY 1
    """
).fetchall())
"#;

const PASSPHRASE: &str = "handed over on paper\n";
