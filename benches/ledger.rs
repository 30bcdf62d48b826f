//! A ledger of any length: how long recording takes, each question, its audit log, and a CRL of a tenth of it.
//!
//! `CERTWRIGHT_BENCH_ROWS=10000000 cargo bench --bench ledger` needs some 12 GB in the target folder's `tmp`, or in
//! `CERTWRIGHT_BENCH_FOLDER`: filling a ledger on a slow disk waits for it most of the time. The rows are made up, not
//! signed; they go through the ledger's own calls.

#![expect(
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench whose input cannot be made must stop, and one that tells nothing is of no use"
)]

use std::env;
use std::fs;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use certwright::key::KeyAlgorithm;
use certwright::ledger::{
    CertificateId, Filter, IssuerId, Ledger, NewCertificate, ReasonCode, Revocation, RevokedFact,
    StatusFilter, SubjectText, Succession,
};
use certwright::serial::SerialNumber;
use certwright::service::Service;
use certwright::time::{Lifetime, UnixSeconds, Validity};
use sha2::{Digest, Sha256};

#[expect(dead_code, reason = "nothing is issued here")]
mod support;

const DEFAULT_ROWS: u64 = 20_000;
/// Rows that are recorded at a time.
const SLICE_ROWS: u64 = 4_096;
/// Every tenth is revoked, and of these every tenth on hold.
const REVOKED_OF: u64 = 10;
/// Of a made-up certificate; a real one has two to four times as many, in a table that no question reads but for its answers.
const DER_OCTETS: usize = 400;
const VENDORS: [&str; 4] = ["enos", "emca", "ecgrid", "as2expert"];
const TIMES: usize = 5;

fn main() {
    let filter = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"ledger".contains(&filter)) {
        return;
    }
    let rows = env::var("CERTWRIGHT_BENCH_ROWS").map_or(DEFAULT_ROWS, |rows| rows.parse().unwrap());
    let folder = env::var_os("CERTWRIGHT_BENCH_FOLDER")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let dir = folder.path().join("workspace");
    let mut service = Service::open_or_create(&dir, now(), &mut support::rng(7))
        .unwrap()
        .0;
    let issuer = service.workspace().authority("ecc-root").unwrap().id();
    let began = Instant::now();
    let revoked = fill(service.workspace_mut().ledger_mut(), issuer, rows);
    tell(
        &format!("record {rows} certificates, revoke {revoked}"),
        began.elapsed(),
    );
    let octets = fs::metadata(dir.join("ledger.sqlite")).unwrap().len();
    println!("ledger of {} MiB", octets >> 20);
    drop(service);
    let mut service = Service::open(&dir).unwrap();
    questions(service.ledger(), rows);
    audit(service.ledger());
    crl(&mut service, folder.path(), revoked);
}

/// The hash chain from its first entry, and each entry beside its certificate.
fn audit(ledger: &Ledger) {
    let began = Instant::now();
    let report = ledger.verify_audit(None).unwrap();
    tell(
        &format!("audit verify, {} entries", report.entries),
        began.elapsed(),
    );
    assert_eq!(report.faults, []);
}

fn questions(ledger: &Ledger, rows: u64) {
    let middle = rows / 2;
    let serial = SerialNumber::from_u64(FIRST_SERIAL + middle).unwrap();
    let fingerprint = Sha256::digest(der(middle)).into();
    let key_id: [u8; 20] = sha256(b"key", middle)[..20].try_into().unwrap();
    let (vendor, holder) = (vendor(middle), holder(middle));
    ask("show by serial number", || {
        ledger.find_by_serial(None, &serial).unwrap().len()
    });
    ask("show by fingerprint", || {
        ledger.find_by_fingerprint(&fingerprint).unwrap().len()
    });
    ask("show by key identifier", || {
        ledger.find_by_key_id(&key_id).unwrap().len()
    });
    ask("show by row key", || {
        ledger.find_by_any_row_key(&row_key(middle)).unwrap().len()
    });
    let list = |name: &str, filter: Filter| {
        let filter = Filter {
            limit: 1000,
            ..filter
        };
        ask(&format!("list, a page of 1,000: {name}"), || {
            ledger.list(&filter).unwrap().len()
        });
    };
    let all = Filter::default;
    list("all", all());
    list(
        "by holder",
        Filter {
            holder: Some(holder),
            ..all()
        },
    );
    list(
        "by vendor",
        Filter {
            vendor: Some(vendor.to_owned()),
            ..all()
        },
    );
    let one = SubjectText::new(&format!("CN=device-{middle:08}"));
    list(
        "by CN",
        Filter {
            subject: one,
            ..all()
        },
    );
    list(
        "by a word that all subjects have",
        Filter {
            subject: SubjectText::new("O=Acme"),
            ..all()
        },
    );
    list(
        "by the start of a CN, ten of all",
        Filter {
            subject: SubjectText::new(&format!("device-{:07}*", middle / 10)),
            ..all()
        },
    );
    list(
        "valid",
        Filter {
            status: Some(StatusFilter::ValidAt(now())),
            ..all()
        },
    );
    list(
        "expired",
        Filter {
            status: Some(StatusFilter::ExpiredAt(now())),
            ..all()
        },
    );
    list(
        "revoked",
        Filter {
            status: Some(StatusFilter::Revoked),
            ..all()
        },
    );
    list(
        "on hold",
        Filter {
            status: Some(StatusFilter::OnHold),
            ..all()
        },
    );
    let day = Lifetime::from_days(1).unwrap();
    let ends = now()..=now().plus(day).unwrap();
    list(
        "by day of the end",
        Filter {
            not_after: Some(ends),
            ..all()
        },
    );
    let issued = now()..=now().plus(day).unwrap();
    list(
        "by day of issue",
        Filter {
            issued_at: Some(issued),
            ..all()
        },
    );
    let within = now()..=now().plus(Lifetime::from_days(30).unwrap()).unwrap();
    list(
        "expiring within 30 days",
        Filter {
            not_after: Some(within),
            status: Some(StatusFilter::ValidAt(now())),
            succession: Succession::Missing,
            ..all()
        },
    );
    ask("stats", || {
        let counts = ledger.stats(now()).unwrap();
        let counted: u64 = counts.iter().map(|count| count.certificates).sum();
        assert_eq!(counted, rows);
        counts.len()
    });
}

/// A CRL of all that is revoked, with the memory that the process takes at most meanwhile.
fn crl(service: &mut Service, folder: &Path, revoked: u64) {
    let open = |name: &str| {
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .create_new(true)
            .open(folder.join(name))
            .unwrap()
    };
    let (spool, mut out) = (open("spool"), BufWriter::new(open("crl")));
    let next_update = now().plus(Lifetime::from_days(7).unwrap()).unwrap();
    forget_peak();
    let before = peak_mib();
    let began = Instant::now();
    let published = service
        .write_crl("ecc-root", now(), next_update, spool, &mut out)
        .unwrap();
    tell(
        &format!("CRL of {} entries", published.entries),
        began.elapsed(),
    );
    assert_eq!(published.entries, revoked);
    println!(
        "resident at most: {} MiB before, {} MiB while the CRL was made",
        before,
        peak_mib()
    );
}

/// The most memory since it was last forgotten; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}

fn forget_peak() {
    // Where it cannot be forgotten, the figure is that of the whole run.
    let _kept = fs::write("/proc/self/clear_refs", "5");
}

fn fill(ledger: &mut Ledger, issuer: IssuerId, rows: u64) -> u64 {
    let mut revoked = 0;
    let mut start = 0;
    while start < rows {
        let end = rows.min(start + SLICE_ROWS);
        let slice: Vec<_> = (start..end).map(|n| certificate(issuer, n)).collect();
        let ids: Vec<_> = ledger
            .record(&slice)
            .unwrap()
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let rows: Vec<_> = (start..end)
            .zip(ids)
            .filter_map(|(n, id)| revocation(n, id))
            .collect();
        revoked += u64::try_from(rows.len()).unwrap();
        for outcome in ledger.revoke(&rows).unwrap() {
            outcome.unwrap();
        }
        if (end / SLICE_ROWS).is_multiple_of(100) {
            eprintln!("{end} rows");
        }
        start = end;
    }
    revoked
}

fn certificate(issuer: IssuerId, n: u64) -> NewCertificate<'static> {
    let key = sha256(b"key", n);
    let certificate = der(n);
    let fingerprint = Sha256::digest(&certificate).into();
    let subject = format!("CN=device-{n:08},OU=Lab {},O=Acme,L=Shanghai,C=CN", n % 100);
    // Issued over three years, good for two to five.
    let issued_at = UnixSeconds::new(now().seconds() - 2 * YEAR + n % 1_095 * DAY).unwrap();
    let days = 730 + u32::try_from(n % 1_096).unwrap();
    NewCertificate {
        issuer: Some(issuer),
        serial: SerialNumber::from_u64(FIRST_SERIAL + n).unwrap(),
        certificate: certificate.into(),
        request: None,
        subject: subject.clone().into_bytes().into(),
        subject_sha256: sha256(b"subject", n),
        subject_text: subject.into(),
        key_sha256: key,
        key_id: key[..20].try_into().unwrap(),
        key_algorithm: Some(if n.is_multiple_of(2) {
            KeyAlgorithm::P256
        } else {
            KeyAlgorithm::Rsa2048
        }),
        fingerprint,
        validity: Validity::starting(issued_at, Lifetime::from_days(days).unwrap()).unwrap(),
        issued_at,
        vendor: vendor(n).into(),
        row_key: Some(row_key(n).into()),
        batch_row: None,
        holder: Some(holder(n).into()),
        supersedes: None,
    }
}

/// In the place of a certificate: `audit verify` holds octets against their SHA-256.
fn der(n: u64) -> Vec<u8> {
    let key = sha256(b"key", n);
    key.iter().copied().cycle().take(DER_OCTETS).collect()
}

fn revocation(n: u64, certificate: CertificateId) -> Option<Revocation> {
    let reason = if n.is_multiple_of(REVOKED_OF * 10) {
        6
    } else {
        1
    };
    n.is_multiple_of(REVOKED_OF).then(|| Revocation {
        certificate,
        fact: RevokedFact {
            at: now(),
            reason: ReasonCode::new(reason).unwrap(),
            by: "bench".to_owned(),
            note: None,
        },
    })
}

fn vendor(n: u64) -> &'static str {
    VENDORS[usize::try_from(n % 4).unwrap()]
}

fn holder(n: u64) -> String {
    format!("product/device-{n:08}")
}

fn row_key(n: u64) -> String {
    format!("row-{n}")
}

fn sha256(what: &[u8], n: u64) -> [u8; 32] {
    Sha256::digest([what, &n.to_be_bytes()].concat()).into()
}

/// The first time finds less in memory than those after it.
fn ask(name: &str, question: impl Fn() -> usize) {
    let mut times = Vec::with_capacity(TIMES);
    let mut found = 0;
    for _ in 0..TIMES {
        let began = Instant::now();
        found = question();
        times.push(began.elapsed());
    }
    let first = times[0];
    times.sort_unstable();
    println!(
        "{name:<52} {found:>6} found  first {:>10}  median {:>10}",
        ms(first),
        ms(times[TIMES / 2])
    );
}

fn tell(name: &str, time: Duration) {
    println!("{name:<52} {:>10}", ms(time));
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn now() -> UnixSeconds {
    support::now()
}

const FIRST_SERIAL: u64 = 1_000;
const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;
