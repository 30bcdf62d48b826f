//! Tars and compressed jobs.

use super::*;

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
