//! Parts of a job of emCA's whose rows bring a PFX, joined: each PFX comes along once, whole, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::batch::{Batch, BatchError, Merge, Options, Report, Unwatched, Vendor};
use certwright::service::Service;
use certwright::workspace::Workspace;
use serde_json::json;

use crate::vendor_batches::{
    Bench, artefacts, certificate, emca_settings, now, object, rng, sample,
};

/// The text of one subject, signed; `part` decides in which part of the job the row is.
fn pfx(id: &str, part: u32) -> String {
    let text = STANDARD.encode(sample("pfx-text.p7"));
    let changes = json!({
        "signature": text, "method": "createPKCS12ById", "subjectDNOids": format!("2.5.4.3|{part}"),
        "rowKey": format!("{id}-{part}"),
    });
    object(id, changes)
}

fn options() -> Options {
    Options::new(Vendor::EmCa).with_artefacts(artefacts("pem,p12"))
}

fn workspace(bench: &Bench) -> PathBuf {
    bench.folder.path().join("workspace")
}

/// Both parts of a job, each in a workspace of its own.
fn parts(rows: &[String]) -> [Bench; 2] {
    let mut parts = [(); 2].map(|()| Bench::new(&emca_settings()));
    let job = parts[0].write("rows.jsonl", rows.join("\n"));
    for (at, part) in parts.iter_mut().enumerate() {
        let shard = format!("{}/2", at + 1).parse().unwrap();
        // A generator of its own: parts of one job have names of their own, and keys.
        let batch = Batch::open(&job, &part.out(), options().with_shard(shard)).unwrap();
        let seed = u8::try_from(at).unwrap();
        let mut rng = rng(30 + seed);
        batch
            .run(&mut part.service, &now, &mut rng, &mut Unwatched)
            .unwrap();
    }
    parts
}

fn merge(parts: &[Bench; 2], joined: &mut Bench) -> Result<Report, BatchError> {
    let folders: Vec<_> = parts.iter().map(Bench::out).collect();
    let merge = Merge::open(&folders, &joined.out())?;
    let from = parts.iter();
    let from = from.map(|part| Workspace::open_read_only(&workspace(part)).unwrap());
    let from: Vec<_> = from.collect();
    merge.take_in(&mut Service::rehearse(&workspace(joined)).unwrap(), &from)?;
    merge.take_in(&mut joined.service, &from)?;
    merge.write()
}

/// The PFX files that a workspace keeps.
fn kept(bench: &Bench) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(files) = fs::read_dir(workspace(bench).join("keys/emca")) else {
        return Vec::new();
    };
    let paths = files.map(|file| file.unwrap().path());
    let pfx = paths.filter(|path| path.extension().is_some_and(|ending| ending == "p12"));
    let mut kept: Vec<_> = pfx
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    kept.sort();
    kept
}

fn file(bench: &Bench, name: &str) -> Vec<u8> {
    fs::read(bench.files().get(name).unwrap()).unwrap()
}

#[test]
fn a_pfx_comes_along_and_half_of_one_is_replaced() {
    let rows = [pfx("one", 1)];
    let parts = parts(&rows);
    let issued = parts.iter().flat_map(kept).map(|(_, octets)| octets);
    let [octets]: [_; 1] = issued.collect::<Vec<_>>().try_into().unwrap();
    let mut joined = Bench::new(&emca_settings());
    // What a merge that was killed may have left.
    let holder = parts.iter().find(|part| part.out().join("certs").exists());
    let leaf = certificate(&holder.unwrap().files()["one-1.pem"]);
    let hex: String = leaf
        .sha256()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let name = workspace(&joined).join(format!("keys/emca/{hex}.p12"));
    fs::create_dir_all(name.parent().unwrap()).unwrap();
    fs::write(&name, &octets[..100]).unwrap();
    private(&name);
    let report = merge(&parts, &mut joined).unwrap();
    assert_eq!((report.issued(), report.rejected()), (1, 0));
    assert_eq!(kept(&joined), [(name, octets.clone())]);
    assert_eq!(file(&joined, "one-1.p12"), octets);
    // Joined once more, then asked for once more: the same octets, and nothing is issued.
    fs::remove_dir_all(joined.out()).unwrap();
    assert_eq!(merge(&parts, &mut joined).unwrap().issued(), 1);
    fs::remove_dir_all(joined.out()).unwrap();
    let job = joined.write("rows.jsonl", rows.join("\n"));
    let report = joined.run(&job, options());
    assert_eq!((report.issued(), report.replayed()), (0, 1));
    assert_eq!(file(&joined, "one-1.p12"), octets);
    assert_eq!(kept(&joined).len(), 1);
}

#[test]
fn a_pfx_that_two_parts_made_for_one_transaction_is_refused_and_neither_comes_along() {
    let rows: Vec<_> = (1..=8).map(|part| pfx("one", part)).collect();
    let parts = parts(&rows);
    assert_eq!(parts.each_ref().map(|part| kept(part).len()), [1, 1]);
    let mut joined = Bench::new(&emca_settings());
    let error = merge(&parts, &mut joined).unwrap_err();
    // The two have the subject of the signed text in common, which is told before the transaction.
    assert!(
        matches!(&error, BatchError::Doubled { rows: 1, what, .. } if what == "subject"),
        "{error:?}"
    );
    assert_eq!(kept(&joined), []);
    assert!(!joined.out().exists());
    // Each part still has its own.
    assert_eq!(parts.each_ref().map(|part| kept(part).len()), [1, 1]);
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_path: &Path) {}
