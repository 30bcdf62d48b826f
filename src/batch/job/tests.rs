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

/// A tar of these files, in this order.
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
fn a_tar_is_read_in_its_own_order() {
    let long = format!("{}/dk9.csr", "folder/".repeat(30));
    let big = vec![0; MAX_ROW_OCTETS + 1];
    let octets = tar_of(&[
        ("fleet/b.csr.pem", b"b"),
        ("fleet/notes.txt", b"notes"),
        ("a.der", b"a"),
        ("big.csr", &big),
        (&long, b"nine"),
    ]);
    for (name, octets) in [
        ("job.tar", octets.clone()),
        ("job.tgz", gzip(&octets)),
        ("job.tar.gz", gzip(&octets)),
        ("job.tar.zst", zstd::encode_all(&*octets, 1).unwrap()),
    ] {
        let (_dir, path) = job_file(name, &octets);
        assert_eq!(
            described(&path),
            ["1 b b", "2 a a", "3 big batch.row-octets", "4 dk9 nine"],
            "{name}"
        );
        let mut slices = Job::open(&path, None, &columns()).unwrap().into_slices();
        assert!(slices.next().unwrap().is_ok());
        assert!(slices.next().is_none());
        let ignored = slices.job.ignored().so_far();
        assert_eq!(ignored.count, 1);
        assert_eq!(ignored.names.first().unwrap(), "fleet/notes.txt");
    }
}

#[test]
fn a_tar_that_is_not_whole_is_refused_by_name() {
    let octets = tar_of(&[("a.csr", b"a"), ("b.csr", b"b")]);
    let reason = |octets: &[u8]| {
        let (_dir, path) = job_file("job.tar", octets);
        match failure(&path) {
            BatchError::Archive {
                path: of,
                reason,
                rows,
            } => {
                assert_eq!(of, path);
                (reason, rows)
            }
            other => panic!("{other:?}"),
        }
    };
    let expected = |reason: &str, rows| (reason.to_owned(), rows);
    // Two entries of two blocks each, then the two that end it.
    assert_eq!(octets.len(), 6 * 512);
    for cut in [1025, 1536, 1800, 2047] {
        assert_eq!(
            reason(&octets[..cut]),
            expected("its end is missing", 1),
            "{cut}"
        );
    }
    assert_eq!(reason(&octets[..2048]), expected("its end is missing", 2));
    let two = [octets.as_slice(), &octets].concat();
    assert_eq!(reason(&two), expected("something stands behind its end", 2));
    let mut damaged = octets.clone();
    damaged[1024] ^= 1;
    assert_eq!(
        reason(&damaged),
        expected("a header whose checksum is another", 1)
    );

    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    let hungry = [header.as_bytes().as_slice(), &octets].concat();
    let (reason, rows) = reason(&hungry);
    assert!(
        reason.starts_with("a name or header of 1099511627776 octets"),
        "{reason}"
    );
    assert_eq!(rows, 0);
}

#[test]
fn links_and_sparse_files_in_a_tar_are_no_rows() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut entry = |kind, name: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        if kind == tar::EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        builder.append_data(&mut header, name, &[][..]).unwrap();
    };
    entry(tar::EntryType::Directory, "folder.csr/");
    entry(tar::EntryType::Symlink, "link.csr");
    entry(tar::EntryType::GNUSparse, "sparse.csr");
    entry(tar::EntryType::Regular, "up.csr");
    let (_dir, path) = job_file("job.tar", &builder.into_inner().unwrap());
    assert_eq!(described(&path), ["1 sparse batch.row-file", "2 up "]);
}

#[test]
fn compressed_jobs_are_read_as_what_is_in_them() {
    let text = b"{\"a\":1}\n{\"b\":2}\n";
    let (one, other) = text.split_at(8);
    let members = [gzip(one), gzip(other)].concat();
    let frames = [one, other]
        .map(|part| zstd::encode_all(part, 1).unwrap())
        .concat();
    let rows = ["1 {\"a\":1}", "2 {\"b\":2}"];
    for (name, octets) in [("job.jsonl.gz", &members), ("job.ndjson.ZST", &frames)] {
        let (_dir, path) = job_file(name, octets);
        assert_eq!(described(&path), rows, "{name}");
        let octets = std::io::Cursor::new(octets.clone());
        let job = Job::of_stream(octets, Path::new("-"), Format::Jsonl, &columns()).unwrap();
        let slice = job.into_slices().next().unwrap().unwrap();
        assert_eq!((slice.rows.len(), slice.total), (2, None));
    }
    let csv = gzip(b"deviceKey\ndk1\n");
    let (_dir, path) = job_file("job.csv.gz", &csv);
    assert_eq!(described(&path), ["1 deviceKey=dk1"]);
}

#[test]
fn a_compressed_job_that_is_cut_or_wants_too_much_memory_is_refused_by_name() {
    let text = "{\"a\": \"0123456789\"}\n".repeat(2000);
    let mut wide = zstd::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.write_all(text.as_bytes()).unwrap();
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let gzipped = gzip(text.as_bytes());
    for (name, octets) in [
        ("cut.jsonl.gz", &gzipped[..gzipped.len() - 9]),
        ("cut.jsonl.zst", &packed[..packed.len() - 9]),
        ("wide.jsonl.zst", &wide.finish().unwrap()),
        ("none.jsonl.gz", b"{}\n"),
        ("none.jsonl.zst", b"{}\n"),
    ] {
        let (_dir, path) = job_file(name, octets);
        let failure = failure(&path);
        assert!(
            matches!(&failure, BatchError::File { path: of, .. } if *of == path),
            "{name}: {failure:?}"
        );
    }
}

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
