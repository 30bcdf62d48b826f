//! Lines and records.

use super::*;

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
