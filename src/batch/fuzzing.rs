//! A door for the fuzz targets, in builds with `--cfg fuzzing` only: rows of a job, which nobody else reads alone.

use std::io::Cursor;
use std::path::Path;

use super::job::{Columns, Format, Job};
use super::vendors::Vendor;

/// What the rows of a stream are, as texts; the first octet chooses form and vendor.
#[must_use]
pub fn rows(choice: u8, octets: &[u8]) -> Vec<String> {
    let choice = usize::from(choice);
    let format = [Format::Csv, Format::Jsonl, Format::Tar][choice % 3];
    let vendor = Vendor::ALL[choice / 3 % Vendor::ALL.len()];
    let columns = Columns::of(vendor);
    let stream = Cursor::new(octets.to_vec());
    let job = Job::of_stream(stream, Path::new("-"), format, &columns);
    let Ok(job) = job else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for slice in job.into_slices() {
        match slice {
            Ok(slice) => rows.extend(slice.rows.iter().map(|row| format!("{row:?}"))),
            Err(error) => rows.push(error.to_string()),
        }
        if rows.len() > MAX_ROWS {
            break;
        }
    }
    rows
}

/// More than any input of a fuzzer has need of.
const MAX_ROWS: usize = 4096;
