use std::fs::File;
use std::io::Write;

use super::*;

mod archives;
mod text;

fn columns() -> Columns {
    Columns {
        own: vec!["deviceKey", "csr", "validDay"],
        mixed: vec!["deviceKey", "csr", "validDay", "vendor", "commId"],
    }
}

fn job_file(name: &str, octets: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    File::create(&path).unwrap().write_all(octets).unwrap();
    (dir, path)
}

fn rows(path: &Path) -> Vec<Row> {
    let job = Job::open(path, None, &columns()).unwrap();
    let slices = job.into_slices().map(Result::unwrap);
    slices.flat_map(|slice| slice.rows).collect()
}

fn described(path: &Path) -> Vec<String> {
    let described = rows(path).into_iter().map(|row| match row.content {
        Content::Cells(cells) => {
            let cells = cells.iter().map(|(name, text)| format!("{name}={text}"));
            format!("{} {}", row.number, cells.collect::<Vec<_>>().join(" "))
        }
        Content::Json(text) => format!("{} {text}", row.number),
        Content::Request { stem, octets } => {
            format!("{} {stem} {}", row.number, String::from_utf8_lossy(&octets))
        }
        Content::Unreadable { stem, finding } => {
            format!(
                "{} {} {}",
                row.number,
                stem.unwrap_or_default(),
                finding.rule()
            )
        }
    });
    described.collect()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, octets) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(octets.len()).unwrap());
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *octets).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(octets).unwrap();
    writer.finish().unwrap()
}

/// What ends a job whose first rows can be read.
fn failure(path: &Path) -> BatchError {
    let job = Job::open(path, None, &columns());
    let slices = job.map(|job| job.into_slices().find_map(Result::err));
    match slices {
        Ok(failure) => failure.unwrap(),
        Err(error) => error,
    }
}

#[test]
fn a_folder_is_read_in_bytewise_order() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "b.csr",
        "B.pem",
        "a.csr.pem",
        "ä.der",
        "notes.txt",
        ".csr",
        "c.key",
    ] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    fs::create_dir(dir.path().join("sub.csr")).unwrap();
    fs::write(dir.path().join("long.csr"), vec![0; MAX_ROW_OCTETS + 1]).unwrap();
    assert_eq!(
        described(dir.path()),
        [
            "1 B B.pem",
            "2 a a.csr.pem",
            "3 b b.csr",
            "4 long batch.row-octets",
            "5 ä ä.der"
        ]
    );
    let job = Job::open(dir.path(), None, &columns()).unwrap();
    assert_eq!(
        job.ignored().so_far(),
        Ignored {
            count: 4,
            names: [".csr", "c.key", "notes.txt", "sub.csr"]
                .map(str::to_owned)
                .into()
        }
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_fails_alone() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("a.csr")).unwrap();
    fs::write(
        dir.path().join(std::ffi::OsStr::from_bytes(b"b\xFF.csr")),
        "b",
    )
    .unwrap();
    fs::write(dir.path().join("c.csr"), "c").unwrap();
    assert_eq!(
        described(dir.path()),
        ["1 a batch.row-file", "2 b\u{FFFD} batch.row-utf8", "3 c c"]
    );
}

#[test]
fn a_job_without_rows_is_refused() {
    for (name, octets) in [
        ("job.jsonl", b"\n \n".as_slice()),
        ("job.csv", b""),
        ("job.csv", b"deviceKey,csr\n\n"),
    ] {
        let (_dir, path) = job_file(name, octets);
        let error = Job::open(&path, None, &columns()).unwrap_err();
        assert!(matches!(error, BatchError::NoRows { .. }), "{name}");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "").unwrap();
    let error = Job::open(dir.path(), None, &columns()).unwrap_err();
    assert!(matches!(error, BatchError::NoRows { .. }));
    let error = Job::open(&dir.path().join("absent.csv"), None, &columns()).unwrap_err();
    assert!(matches!(error, BatchError::File { action: "read", .. }));
}

#[test]
fn the_format_is_told_by_the_ending_unless_it_is_given() {
    let (dir, path) = job_file("job.txt", b"{}");
    let open = |path: &Path, format| Job::open(path, format, &columns());
    assert!(matches!(
        open(&path, None),
        Err(BatchError::UnknownFormat { .. })
    ));
    assert!(open(&path, Some(Format::Jsonl)).is_ok());
    for (path, format) in [(path.as_path(), Format::Folder), (dir.path(), Format::Csv)] {
        assert!(matches!(
            open(path, Some(format)),
            Err(BatchError::FormatMismatch { .. })
        ));
    }
}

#[test]
fn slices_depend_on_the_job_alone_and_stay_small() {
    let text = "{}\n".repeat(2 * SLICE_ROWS + 1);
    let (_dir, path) = job_file("job.jsonl", text.as_bytes());
    let slices: Vec<_> = Job::open(&path, None, &columns())
        .unwrap()
        .into_slices()
        .map(Result::unwrap)
        .collect();
    let shape: Vec<_> = slices
        .iter()
        .map(|slice| (slice.index, slice.rows.len()))
        .collect();
    assert_eq!(shape, [(0, 512), (512, 512), (1024, 1)]);
    assert_eq!(slices[2].total, Some(1025));

    let long = format!("{}\n", "x".repeat(MAX_ROW_OCTETS)).repeat(40);
    let (_dir, path) = job_file("job.jsonl", long.as_bytes());
    let job = Job::open(&path, None, &columns()).unwrap();
    let lengths = job.into_slices().map(|slice| slice.unwrap().rows.len());
    assert_eq!(lengths.collect::<Vec<_>>(), [16, 16, 8]);
}

#[test]
fn the_number_of_rows_is_estimated_from_the_octets() {
    let text = "{\"a\": 1234567890123456789012345678901234567890}\n".repeat(100_000);
    let (_dir, path) = job_file("job.jsonl", text.as_bytes());
    let mut slices = Job::open(&path, None, &columns()).unwrap().into_slices();
    // A buffer is read ahead, so that the first estimates are low.
    let slice = slices.nth(100).unwrap().unwrap();
    let total = slice.total.unwrap();
    assert!((90_000..=100_000).contains(&total), "{total}");
    assert_eq!(slices.last().unwrap().unwrap().total, Some(100_000));
}

/// A tar of these files, in this order.

#[test]
fn a_row_may_name_its_vendor() {
    let (_dir, path) = job_file(
        "job.jsonl",
        b"{\"a\":1}\n{\"vendor\":\"ecgrid\"}\n{\"vendor\":null}\n{\"vendor\":\"acme\"}\n{\"vendor\":7}\n\
          {\"vendor\":\"emca\",\"vendor\":\"enos\"}\n{\"say\":\"\\\"vendor\\\"\"}\n{\"vendor\"",
    );
    let vendors = |path: &Path| -> Vec<_> { rows(path).iter().map(|row| row.vendor).collect() };
    let none = None;
    assert_eq!(
        vendors(&path),
        [
            none,
            Some(Vendor::EcGrid),
            none,
            none,
            none,
            none,
            none,
            none
        ]
    );
    let unknown = |row: &str| format!("{row}  batch.vendor");
    assert_eq!(
        described(&path)[3..6],
        [unknown("4"), unknown("5"), unknown("6")]
    );

    // The columns of other vendors are allowed beside the one that tells whose a row is.
    let (_dir, path) = job_file("job.csv", b"vendor,deviceKey,commId\n,dk1,\necgrid,,5001\n");
    assert_eq!(vendors(&path), [none, Some(Vendor::EcGrid)]);
    let (_dir, path) = job_file("job.csv", b"deviceKey,commId\ndk1,\n");
    assert!(matches!(failure(&path), BatchError::UnknownColumn { found, .. } if found == "commId"));
}

#[test]
fn a_digest_tells_rows_apart_and_nothing_else() {
    let digests = |name: &str, octets: &[u8]| -> Vec<_> {
        let (_dir, path) = job_file(name, octets);
        rows(&path).iter().map(|row| row.digest).collect()
    };
    let lines = digests("job.jsonl", b"{\"a\":1}\n{\"a\":2}\n  {\"a\":1}\r\n");
    assert_eq!(lines[0], lines[2]);
    assert_ne!(lines[0], lines[1]);
    let cells = digests("job.csv", b"deviceKey,csr\nab,c\na,bc\nab,c\n");
    assert_eq!(cells[0], cells[2]);
    assert_ne!(cells[0], cells[1]);
    let archived = digests(
        "job.tar",
        &tar_of(&[("x/a.csr", b"a"), ("a.csr", b"a"), ("b.csr", b"a")]),
    );
    assert_eq!(archived[0], archived[1]);
    assert_ne!(archived[0], archived[2]);
}
