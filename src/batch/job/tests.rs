use std::fs::File;
use std::io::Write;

use super::*;

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

#[test]
fn lines_are_rows_and_blank_ones_are_none() {
    let (_dir, path) = job_file(
        "job.jsonl",
        b"\xEF\xBB\xBF{\"a\":1}\r\n\n  \t\n{\"b\":2}\n{broken",
    );
    assert_eq!(
        described(&path),
        ["1 {\"a\":1}", "2 {\"b\":2}", "3 {broken"]
    );
}

#[test]
fn a_line_that_is_too_long_or_no_utf8_fails_alone() {
    let mut text = vec![b'x'; MAX_ROW_OCTETS];
    text.extend(b"\r\n");
    text.extend(vec![b'x'; MAX_ROW_OCTETS + 1]);
    text.extend(b"\n");
    text.extend(vec![b'x'; 3 * MAX_ROW_OCTETS]);
    text.extend(b"\n\xFF\xFE\n{}");
    let (_dir, path) = job_file("job.ndjson", &text);
    let rows = described(&path);
    assert_eq!(rows[0].len(), 2 + MAX_ROW_OCTETS);
    assert_eq!(
        rows[1..],
        [
            "2  batch.row-octets",
            "3  batch.row-octets",
            "4  batch.row-utf8",
            "5 {}"
        ]
    );
}

#[test]
fn csv_rows_take_their_names_from_the_header() {
    let text =
        b"\xEF\xBB\xBFdeviceKey, csr ,validDay\r\ndk1,\"-----BEGIN\nX\n-----\",250\n\ndk2,,\n";
    let (_dir, path) = job_file("job.CSV", text);
    assert_eq!(
        described(&path),
        [
            "1 deviceKey=dk1 csr=-----BEGIN\nX\n----- validDay=250",
            "2 deviceKey=dk2 csr= validDay="
        ]
    );
}

#[test]
fn a_bad_record_fails_alone() {
    let mut text = b"deviceKey,csr\none\ntwo,x,y\nthree,\xFF\nfour,\"".to_vec();
    text.extend(vec![b'x'; 2 * MAX_ROW_OCTETS]);
    text.extend(b"\"\nfive,");
    text.extend(b",".repeat(500));
    // A quote that is never closed takes the rest.
    text.extend(b"\nsix,x\nseven,\"open\neight,x\n");
    let (_dir, path) = job_file("job.csv", &text);
    assert_eq!(
        described(&path),
        [
            "1  batch.row-cells",
            "2  batch.row-cells",
            "3  batch.row-utf8",
            "4  batch.row-octets",
            "5  batch.row-octets",
            "6 deviceKey=six csr=x",
            "7 deviceKey=seven csr=open\neight,x\n",
        ]
    );
}

#[test]
fn a_header_has_the_vendors_names_once() {
    let open = |text: &[u8]| {
        let (_dir, path) = job_file("job.csv", text);
        Job::open(&path, None, &columns()).unwrap_err()
    };
    let error = open(b"deviceKey,CSR\nx,y\n");
    assert!(matches!(
        error,
        BatchError::UnknownColumn { found, allowed, .. }
            if found == "CSR" && allowed == "deviceKey, csr, validDay"
    ));
    assert!(matches!(
        open(b"csr,csr\nx,y\n"),
        BatchError::ColumnTwice { column, .. } if column == "csr"
    ));
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
