//! Revocation lists of no entry, of one, of thousands and of a million, before OpenSSL, GnuTLS and the JDK.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::judges::{arg, certtool_crl, java_crl, must, openssl_verify_crl};

const MILLION: u32 = 1_000_000;

/// What GnuTLS reads in seconds. libtasn1 takes more than four times as long for twice as many entries, whoever made the
/// list: 3 s for 10,000, 14 s for 20,000, 123 s for 40,000, so that a million would take it days.
const THOUSANDS: u32 = 10_000;

/// What making the list may take beyond an empty one's: its entries are some 36 MB, and the ledger's cache 64 MiB.
const MAX_MORE_KIB: u64 = 100 << 10;

/// A workspace whose ECC root has issued three certificates.
struct Plant(TempDir);

impl Plant {
    fn new() -> Self {
        let plant = Self(tempfile::tempdir().unwrap());
        for number in 1..=3 {
            let csr = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("testdata/enos/fleet/sensor-0{number}.csr.pem"));
            let out = plant.leaf(number);
            let device = format!("s{number}");
            let mut words = vec!["issue", "enos", "--csr", arg(&csr), "--device-key", &device];
            words.extend(["--issue-authority", "ECC", "--out", arg(&out)]);
            plant.certwright(&words);
        }
        let root = plant.certwright(&["ca", "show", "ecc-root", "--pem"]);
        fs::write(plant.path("root.pem"), root).unwrap();
        plant
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn leaf(&self, number: u32) -> PathBuf {
        self.path(&format!("s{number}.pem"))
    }

    fn certwright(&self, words: &[&str]) -> String {
        let workspace = self.path("workspace");
        let words = [words, &["--workspace", arg(&workspace)]].concat();
        must(env!("CARGO_BIN_EXE_certwright"), &words)
    }

    fn revoke(&self, number: u32, reason: &str) {
        let (serial, device) = (number.to_string(), format!("s{number}"));
        let named = [
            "--cert-sn",
            &serial,
            "--device-key",
            &device,
            "--reason",
            reason,
        ];
        self.certwright(&[&["revoke", "enos"], &named[..]].concat());
    }

    /// Publishes the list and holds it against OpenSSL and GnuTLS: these are accepted, the others are refused.
    fn judge(&self, accepted: &[u32], refused: &[u32]) {
        self.publish();
        let (root, crl) = (self.path("root.pem"), self.path("ecc.crl.pem"));
        assert_eq!(certtool_crl(&root, &crl), Ok(()));
        self.judge_openssl(accepted, refused);
    }

    fn publish(&self) {
        let crl = self.path("ecc.crl.pem");
        let words = [
            "ca",
            "crl",
            "ecc-root",
            "--pem",
            "--force",
            "--out",
            arg(&crl),
        ];
        self.certwright(&words);
    }

    fn judge_openssl(&self, accepted: &[u32], refused: &[u32]) {
        let (root, crl) = (self.path("root.pem"), self.path("ecc.crl.pem"));
        let leaves: Vec<_> = accepted.iter().map(|number| self.leaf(*number)).collect();
        assert_eq!(openssl_verify_crl(&root, &crl, &leaves), Ok(()));
        for number in refused {
            let said = openssl_verify_crl(&root, &crl, &[self.leaf(*number)]).unwrap_err();
            assert!(said.contains("certificate revoked"), "{said}");
        }
    }

    /// What the JDK says of the published list and a certificate.
    fn judge_java(&self, number: u32) -> Result<String, String> {
        let (root, crl) = (self.path("root.pem"), self.path("ecc.crl.pem"));
        java_crl(&root, &crl, &self.leaf(number))
    }

    /// The most memory in KiB that the command held while it wrote the list.
    fn peak_kib(&self) -> u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
            .args(["ca", "crl", "ecc-root", "--force", "--out"])
            .args([
                arg(&self.path("peak.crl")),
                "--workspace",
                arg(&self.path("workspace")),
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = kib.unwrap_or(peak);
            thread::sleep(Duration::from_millis(2));
        }
        assert!(child.wait().unwrap().success());
        peak
    }
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn lists_of_none_and_of_a_few_are_accepted_and_the_released_is() {
    let plant = Plant::new();
    plant.judge(&[1, 2, 3], &[]);
    plant.revoke(1, "1");
    plant.judge(&[2, 3], &[1]);
    plant.revoke(2, "6");
    plant.judge(&[3], &[1, 2]);
    plant.certwright(&["release", "2"]);
    plant.judge(&[2, 3], &[1]);
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn a_list_of_thousands_is_accepted() {
    let plant = Plant::new();
    plant.revoke(1, "1");
    revoke(&plant.path("workspace/ledger.sqlite"), THOUSANDS);
    plant.judge(&[2, 3], &[1]);
}

#[test]
#[ignore = "needs OpenSSL and a JDK, and minutes; run by ci/full"]
fn a_list_of_a_million_is_accepted_and_made_in_little_memory() {
    let plant = Plant::new();
    plant.revoke(1, "1");
    let few = plant.peak_kib();
    revoke(&plant.path("workspace/ledger.sqlite"), MILLION);
    let many = plant.peak_kib();
    assert!(
        many < few + MAX_MORE_KIB,
        "{few} KiB without entries, {many} KiB with a million"
    );
    let octets = fs::metadata(plant.path("peak.crl")).unwrap().len();
    assert!(octets > 30 << 20, "{octets}");
    plant.publish();
    plant.judge_openssl(&[2, 3], &[1]);
    let [revoked, good] = [1, 2].map(|number| plant.judge_java(number));
    assert_eq!(
        revoked.as_deref(),
        Ok("1000001 entries, revoked: KEY_COMPROMISE")
    );
    assert_eq!(good.as_deref(), Ok("1000001 entries, not revoked"));
}

/// Certificates that were never issued, with serial numbers of four octets: a list asks for revocations alone.
fn revoke(ledger: &Path, count: u32) {
    let connection = Connection::open(ledger).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .unwrap();
    let sql = "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < ?1)
        INSERT INTO revocation (certificate_id, authority_id, serial, not_after, at, reason, revoked_by)
        SELECT 1000000 + n, (SELECT authority_id FROM issuer WHERE name = 'ecc-root'),
            unhex(printf('03%06X', 1048576 + n)), unixepoch() + 31536000, unixepoch(), 1 + n % 5, 'test'
        FROM row";
    let inserted = connection.execute(sql, [count]).unwrap();
    assert_eq!(u32::try_from(inserted), Ok(count));
}
