//! The forms that a job may come in and its results may go out in, keys that rows ask for, and rows of several vendors.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::batch::{Artefact, Batch, BatchError, KeyTerms, Options, SinkKind, Vendor};
use certwright::cert::Certificate;
use certwright::cms::Recipient;
use certwright::key::{KeyPair, Passphrase};
use serde_json::{Value, json};

use crate::batch::{files, keys, requests};
use crate::vendor_batches::{
    AS2EXPERT, Bench, ECGRID, artefacts, certificate, emca_settings, key, mode, rng,
};

/// EnOS devices `dk1` to `dk5`, each in the five forms of a job.
fn forms(bench: &Bench) -> Vec<PathBuf> {
    let csrs: Vec<_> = (1..).zip(requests(&keys(5))).collect();
    let (mut lines, mut table) = (String::new(), "deviceKey,issueAuthority,csr\n".to_owned());
    let mut archive = tar::Builder::new(Vec::new());
    for (n, csr) in &csrs {
        let row = json!({ "deviceKey": format!("dk{n}"), "issueAuthority": "ECC", "csr": csr });
        lines.push_str(&format!("{row}\n"));
        table.push_str(&format!("dk{n},ECC,\"{csr}\"\n"));
        bench.write(&format!("csrs/dk{n}.csr.pem"), csr);
        let mut header = tar::Header::new_gnu();
        header.set_size(csr.len().try_into().unwrap());
        let name = format!("fleet/dk{n}.csr");
        archive
            .append_data(&mut header, name, csr.as_bytes())
            .unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let packed = |octets: &[u8]| zstd::encode_all(octets, 1).unwrap();
    vec![
        bench.folder.path().join("csrs"),
        bench.write("job.jsonl", &lines),
        bench.write("job.jsonl.zst", packed(lines.as_bytes())),
        bench.write("job.csv", &table),
        bench.write("job.csv.gz", gzip(table.as_bytes())),
        bench.write("job.tar", &archive),
        bench.write("job.tar.zst", packed(&archive)),
        bench.write("job.tgz", gzip(&archive)),
    ]
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut plain = flate2::bufread::GzEncoder::new(octets, flate2::Compression::fast());
    let mut packed = Vec::new();
    plain.read_to_end(&mut packed).unwrap();
    packed
}

fn enos() -> Options {
    Options::new(Vendor::EnOs)
        .with_default("orgId", "o1")
        .with_default("productKey", "open")
        .with_serial_start("100".parse().unwrap())
}

#[test]
fn a_job_gives_the_same_certificates_in_every_form() {
    let jobs = forms(&Bench::new("")).len();
    let mut results = Vec::new();
    for index in 0..jobs {
        let mut bench = Bench::new("");
        let job = forms(&bench).remove(index);
        let report = bench.run(&job, enos());
        assert_eq!(report.issued(), 5, "{job:?} {:?}", bench.rejected());
        results.push(files(&bench.out().join("certs")));
    }
    assert_eq!(results[0].len(), 5);
    assert!(results.iter().all(|result| *result == results[0]));
}

/// The artefacts of each row by their names, as a sink holds them.
type Held = BTreeMap<String, Vec<u8>>;

fn in_folder(out: &Path) -> Held {
    let flat =
        |(path, octets): (String, Vec<u8>)| (path.rsplit('/').next().unwrap().to_owned(), octets);
    files(&out.join("certs")).into_iter().map(flat).collect()
}

fn in_archive(octets: impl Read) -> Held {
    let mut held = Held::new();
    let mut archive = tar::Archive::new(octets);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let (stem, rest) = path.rsplit('/').next().unwrap().split_once('~').unwrap();
        let ending = rest.split_once('.').unwrap().1;
        let is_secret = ending.starts_with("key");
        assert_eq!(
            entry.header().mode().unwrap(),
            if is_secret { 0o600 } else { 0o644 }
        );
        let mut octets = Vec::new();
        entry.read_to_end(&mut octets).unwrap();
        held.insert(format!("{stem}.{ending}"), octets);
    }
    held
}

fn in_lines(text: &str) -> Held {
    let mut held = Held::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| row.get(name).unwrap_or(&Value::Null);
        let stem = field("rowKey").as_str().unwrap();
        for (name, ending) in [
            ("cer", "cer"),
            ("pem", "pem"),
            ("chain", "chain.pem"),
            ("p7b", "p7b"),
            ("key", "key.pem"),
            ("reply", "reply.json"),
        ] {
            let octets = match (name, field(name)) {
                (_, Value::Null) => continue,
                ("cer" | "p7b", Value::String(text)) => STANDARD.decode(text).unwrap(),
                (_, Value::String(text)) => text.as_bytes().to_vec(),
                (_, object) => format!("{object}\n").into_bytes(),
            };
            held.insert(format!("{stem}.{ending}"), octets);
        }
    }
    held
}

#[test]
fn every_sink_holds_the_same_artefacts() {
    let run = |sink| {
        let mut bench = Bench::new("");
        let mut rows = fresh_rows(3);
        let csr = requests(&keys(9)).remove(8);
        rows.push(json!({ "deviceKey": "own", "csr": csr, "issueAuthority": "ECC" }));
        rows.push(json!({ "deviceKey": "bad", "csr": "none" }));
        let job = bench.write("job.jsonl", lines(&rows));
        let options = enos()
            .with_artefacts(artefacts("cer,pem,chain,p7b,key,reply"))
            .with_sink(sink)
            .with_key_terms(KeyTerms::plain());
        let report = bench.run(&job, options);
        assert_eq!((report.issued(), report.rejected()), (4, 1));
        bench
    };
    let normal = |held: Held| -> Held {
        let object = |octets: &[u8]| serde_json::from_slice::<Value>(octets).unwrap().to_string();
        held.into_iter()
            .map(|(name, octets)| match name.ends_with("reply.json") {
                true => (name, object(&octets).into_bytes()),
                false => (name, octets),
            })
            .collect()
    };
    let folder = normal(in_folder(&run(SinkKind::Dir).out()));
    // Whoever brought a request has its key.
    assert_eq!(folder.len(), 4 * 6 - 1);
    for sink in [SinkKind::Jsonl, SinkKind::Tar, SinkKind::TarZst] {
        let bench = run(sink);
        let name = match sink {
            SinkKind::Jsonl => "issued.jsonl",
            SinkKind::Tar => "certs.tar",
            _ => "certs.tar.zst",
        };
        let octets = fs::read(bench.out().join(name)).unwrap();
        let held = match sink {
            SinkKind::Jsonl => in_lines(str::from_utf8(&octets).unwrap()),
            SinkKind::Tar => in_archive(&*octets),
            _ => in_archive(&*zstd::decode_all(&*octets).unwrap()),
        };
        assert!(normal(held) == folder, "{sink}");
        #[cfg(unix)]
        assert_eq!(mode(&bench.out().join(name)), 0o600);
        let mut left: Vec<_> = files(&bench.out()).into_keys().collect();
        left.retain(|found| found != name);
        assert_eq!(
            left,
            [
                "journal.jsonl",
                "rejected.jsonl",
                "report.html",
                "report.json"
            ]
        );
    }
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn fresh_rows(n: usize) -> Vec<Value> {
    let row = |n| {
        json!({
            "deviceKey": format!("dk{n}"), "key": "P-256",
            "subject": { "CN": format!("d{n}"), "OU": "Lab", "O": "Acme", "L": "Shanghai", "ST": "Shanghai", "C": "CN" },
        })
    };
    (1..=n).map(row).collect()
}

#[test]
fn a_row_that_asks_for_a_key_gets_one_that_fits_its_certificate() {
    let mut bench = Bench::new("");
    let mut rows = fresh_rows(2);
    rows[1]["key"] = json!("RSA-2048");
    let subject = "CN=d3,OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN";
    rows.push(json!({ "deviceKey": "dk3", "key": "P-256", "subject": subject }));
    let mut refused = fresh_rows(7);
    refused[0]["csr"] = json!("none");
    refused[1]["key"] = json!("P-521");
    refused[2]["subject"] = json!({ "XX": "d" });
    refused[3]["subject"] = json!({ "CN": "" });
    refused[4].as_object_mut().unwrap().remove("subject");
    refused[5].as_object_mut().unwrap().remove("key");
    refused[6]["subject"]["C"] = json!("China");
    rows.extend(refused);
    let job = bench.write("job.jsonl", lines(&rows));
    let report = bench.run(&job, enos().with_artefacts(artefacts("pem,key")));
    assert_eq!(report.issued(), 3, "{:?}", bench.rejected());
    assert_eq!(report.by_rule()["batch.key"], 2);
    assert_eq!(report.by_rule()["batch.subject"], 4);
    assert_eq!(report.rejected(), 7);
    let files = bench.files();
    for (n, kind) in [(1, "P-256"), (2, "RSA-2048"), (3, "P-256")] {
        let issued = certificate(&files[&format!("dk{n}.pem")]);
        let path = &files[&format!("dk{n}.key.pem")];
        assert_eq!(key(path).public_key(), issued.public_key());
        assert_eq!(issued.public_key().kind().to_string(), kind);
        let expected = format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN");
        assert_eq!(issued.subject().to_string(), expected);
        #[cfg(unix)]
        assert_eq!(mode(path), 0o600);
    }

    let told = bench.exported();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|told| told.starts_with("key, enos ")));

    // Nobody would have the keys.
    let mut bench = Bench::new("");
    let job = bench.write(
        "job.csv",
        "deviceKey,key,subject\ndk1,P-256,\"CN=d1,O=Acme,C=CN\"\n",
    );
    assert_eq!(bench.run(&job, enos()).by_rule()["batch.key-artefact"], 1);
    let mut bench = Bench::new(ECGRID);
    let job = bench.write(
        "job.jsonl",
        json!({ "commId": 5001, "key": "P-256" }).to_string(),
    );
    let options = Options::new(Vendor::EcGrid).with_artefacts(artefacts("key"));
    assert_eq!(bench.run(&job, options).by_rule()["batch.key"], 1);
}

#[test]
fn emca_certifies_a_key_that_was_made_here() {
    let mut bench = Bench::new(&emca_settings().replace('#', ""));
    let row = |id: &str| {
        json!({
            "applicationId": id, "profileID": "3", "subscriberId": id, "sANValues": "", "isP7BRequest": "false",
            "key": "P-256", "subject": { "C": "IN", "O": "Example", "CN": id },
        })
    };
    let mut custom = row("custom");
    custom["subjectDNOids"] = json!("2.5.4.3|another");
    let rows = [row("one"), custom, row("one")];
    let job = bench.write("job.jsonl", lines(&rows));
    let options = Options::new(Vendor::EmCa).with_artefacts(artefacts("pem,key"));
    let report = bench.run(&job, options);
    assert_eq!(report.issued(), 2, "{:?}", bench.rejected());
    let files = bench.files();
    for (name, subject) in [("one", "CN=one,O=Example,C=IN"), ("custom", "CN=another")] {
        let issued = certificate(&files[&format!("{name}.pem")]);
        assert_eq!(issued.subject().to_string(), subject);
        let key = key(&files[&format!("{name}.key.pem")]);
        assert_eq!(key.public_key(), issued.public_key());
    }
    // The same transaction again is answered with the certificate of the first key.
    assert_eq!(bench.rules(), ["one batch.key"]);
}

#[test]
fn keys_in_a_file_of_many_rows_are_protected_or_asked_for_as_they_are() {
    let bench = Bench::new("");
    let job = bench.write("job.jsonl", lines(&fresh_rows(1)));
    let options = || {
        enos()
            .with_artefacts(artefacts("key"))
            .with_sink(SinkKind::Jsonl)
    };
    let error = Batch::open(&job, &bench.out(), options()).unwrap_err();
    assert!(matches!(
        error,
        BatchError::PlainKeys {
            sink: SinkKind::Jsonl
        }
    ));

    let run = |terms: KeyTerms, sink| {
        let mut bench = Bench::new("");
        let job = bench.write("job.jsonl", lines(&fresh_rows(2)));
        let options = enos()
            .with_artefacts(Artefact::parse_list("cer,key").unwrap())
            .with_sink(sink)
            .with_key_terms(terms);
        assert_eq!(
            bench.run(&job, options).issued(),
            2,
            "{:?}",
            bench.rejected()
        );
        bench
    };
    let passphrase = Passphrase::new("correct horse".to_owned()).unwrap();
    let terms = KeyTerms::under_passphrase(&passphrase, &mut rng(9)).unwrap();
    let bench = run(terms, SinkKind::Jsonl);
    let text = fs::read_to_string(bench.out().join("issued.jsonl")).unwrap();
    let held = in_lines(&text);
    for n in [1, 2] {
        let key = KeyPair::from_pem(&held[&format!("dk{n}.key.pem")], Some(&passphrase)).unwrap();
        let issued = Certificate::from_der(&held[&format!("dk{n}.cer")]).unwrap();
        assert_eq!(key.public_key(), issued.public_key());
    }
    // The salt is that of all, the IV of each its own: nothing else stands before the encrypted key.
    assert!(!text.contains("BEGIN PRIVATE KEY"));

    let recipient = fs::read(format!(
        "{}/testdata/emca/signer.cert.pem",
        env!("CARGO_MANIFEST_DIR")
    ));
    let recipient = Certificate::from_pem(&recipient.unwrap()).unwrap();
    let terms = KeyTerms::for_recipient(Recipient::new(recipient).unwrap());
    let bench = run(terms, SinkKind::Dir);
    let sealed = fs::read_to_string(&bench.files()["dk1.key.pem.p7m"]).unwrap();
    assert!(sealed.starts_with("-----BEGIN PKCS7-----"));
}

/// Six rows of five vendors, one of whom nobody knows and one whom nobody may ask.
fn mixed_rows(bench: &Bench) -> PathBuf {
    let csr = requests(&keys(2));
    let enos = |n: usize| json!({ "deviceKey": format!("dk{n}"), "csr": csr.get(n), "issueAuthority": "ECC" });
    let rows = [
        enos(0),
        json!({ "vendor": "ecgrid", "rowKey": "comm", "usage": "Signature" }),
        json!({ "vendor": "as2expert", "rowKey": "station", "station": 62, "selfSigned": true, "commonName": "one" }),
        json!({ "vendor": "acme", "rowKey": "nobody" }),
        enos(1),
        json!({ "vendor": "emca", "rowKey": "unknown" }),
    ];
    bench.write("job.jsonl", lines(&rows))
}

fn mixed() -> Options {
    Options::new(Vendor::EnOs)
        .with_default("orgId", "o1")
        .with_default("productKey", "open")
        .with_default("ecgrid.commId", "5001")
        .with_artefacts(artefacts("pem,key"))
}

#[test]
fn rows_of_several_vendors_go_each_to_its_own() {
    let settings = format!("{ECGRID}{AS2EXPERT}");
    let mut bench = Bench::new(&settings);
    let job = mixed_rows(&bench);
    let report = bench.run(&job, mixed());
    assert_eq!(report.rows(), 6);
    let told = bench.rejected();
    let names: Vec<_> = bench.files().into_keys().collect();
    assert_eq!(
        names,
        [
            "comm.key.pem",
            "comm.pem",
            "dk0.pem",
            "dk1.pem",
            "station.key.pem",
            "station.pem"
        ],
        "{told:?}"
    );
    let rows_of: Vec<_> = told
        .iter()
        .map(|row| row["row"].as_u64().unwrap())
        .collect();
    assert_eq!(rows_of, [4, 6]);
    assert_eq!(told[0]["findings"][0]["rule"], "batch.vendor");

    // With serial numbers that count rows, a row has its own whatever stands around it.
    let mut bench = Bench::new(&settings);
    let job = mixed_rows(&bench);
    bench.run(&job, mixed().with_serial_start("500".parse().unwrap()));
    for (name, serial) in [("dk0.pem", 500), ("comm.pem", 501), ("dk1.pem", 504)] {
        let issued = certificate(&bench.files()[name]);
        assert_eq!(issued.serial().to_u64(), Some(serial), "{name}");
    }

    let job = bench.write("typo.jsonl", "{}");
    let open = |field: &str| {
        let options = mixed().with_default(field, "1");
        Batch::open(&job, &bench.folder.path().join("out2"), options).unwrap_err()
    };
    assert!(matches!(
        open("ecgrid.commID"),
        BatchError::UnknownDefault {
            vendor: Vendor::EcGrid,
            ..
        }
    ));
    assert!(matches!(
        open("acme.commId"),
        BatchError::UnknownVendor { .. }
    ));
}
