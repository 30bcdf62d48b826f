//! Tests of backups.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use super::*;
use crate::key::{KeyAlgorithm, generate};
use crate::ledger::{AuditFilter, Gap};
use crate::seal::Reader;

const NOW: u64 = 1_800_000_000;

struct Fixture {
    folder: TempDir,
    rng: ChaCha20Rng,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        Workspace::create(&folder.path().join("w"), now(), &mut rng).unwrap();
        Self { folder, rng }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("w")
    }

    fn workspace(&self) -> Workspace {
        Workspace::open(&self.dir()).unwrap()
    }

    fn backup(&mut self) -> Vec<u8> {
        let dir = self.dir();
        let mut sealed = Vec::new();
        let passphrase = passphrase("secret");
        let protection = Protection {
            passphrase: &passphrase,
            work_factor: WorkFactor::new(2).unwrap(),
        };
        backup(&dir, &mut sealed, protection, now(), &mut self.rng).unwrap();
        sealed
    }

    fn restore(&self, sealed: &[u8]) -> Result<Restored, BackupError> {
        restore(
            sealed,
            &self.folder.path().join("r"),
            &passphrase("secret"),
            &GAP,
            now(),
        )
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

const GAP: Gap = Gap {
    serials: 1000,
    crl_numbers: 100,
    key_ids: 10,
};

fn now() -> UnixSeconds {
    UnixSeconds::new(NOW).unwrap()
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

#[test]
fn a_restored_workspace_goes_on_with_numbers_that_were_never_used() {
    let mut fixture = Fixture::new();
    let mut workspace = fixture.workspace();
    let key = generate(KeyAlgorithm::P256, 1, &mut fixture.rng)
        .remove(0)
        .unwrap();
    let id = workspace.reserve_key_ids("ecgrid", 1).unwrap().start;
    workspace.store_key("ecgrid", id, &key).unwrap();
    let issuer = workspace.authority("ecc-root").unwrap().id();
    let first = workspace
        .ledger_mut()
        .reserve_serials(issuer, 1, 5)
        .unwrap();
    assert_eq!(workspace.ledger_mut().next_crl_number(issuer).unwrap(), 1);
    drop(workspace);
    let sealed = fixture.backup();

    // What was lost with the original.
    let mut lost = fixture.workspace();
    let later = lost.ledger_mut().reserve_serials(issuer, 1, 900).unwrap();
    drop(lost);

    let restored = fixture.restore(&sealed).unwrap();
    assert_eq!(restored.faults, []);
    assert_eq!(restored.signing_authorities, ["rsa-root", "ecc-root"]);
    assert_eq!(restored.manifest.certificates, 0);
    let mut workspace = Workspace::open(&fixture.folder.path().join("r")).unwrap();
    let found = workspace.read_key("ecgrid", id).unwrap();
    assert_eq!(found.public_key(), key.public_key());
    let next = workspace
        .ledger_mut()
        .reserve_serials(issuer, 1, 1)
        .unwrap();
    assert_eq!((first.start, first.end, later.end), (1, 6, 906));
    assert_eq!(next.start, 1006);
    assert_eq!(workspace.ledger_mut().next_crl_number(issuer).unwrap(), 102);
    assert_eq!(workspace.reserve_key_ids("ecgrid", 1).unwrap().start, 12);
    assert_eq!(workspace.ledger().verify_audit(None).unwrap().faults, []);
    let entries = AuditFilter {
        after: 0,
        limit: 100,
    };
    let entries = workspace.ledger().audit(&entries).unwrap();
    let told: Vec<_> = entries
        .iter()
        .rev()
        .take(2)
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "from a backup of 2027-01-15T08:00:00Z: 1000 serial numbers, 100 CRL numbers and 10 numbers of keys left out, 0 faults in the log before",
            "the whole workspace, sealed",
        ]
    );
    assert_eq!(fixture.names(), ["r", "w"]);
    assert_private(&fixture.folder.path().join("r"));
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let expected = if path.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(mode, expected, "{path:?}");
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            assert_private(&entry.unwrap().path());
        }
    }
}

#[cfg(not(unix))]
fn assert_private(_path: &Path) {}

#[test]
fn a_backup_during_work_is_one_moment_of_it() {
    let mut fixture = Fixture::new();
    let mut workspace = fixture.workspace();
    let issuer = workspace.authority("ecc-root").unwrap().id();
    let done = AtomicBool::new(false);
    let backups: Vec<_> = thread::scope(|scope| {
        scope.spawn(|| {
            // Two writes that belong together, over and over.
            while !done.load(Ordering::Relaxed) {
                let number = workspace.ledger_mut().next_crl_number(issuer).unwrap();
                let range = workspace
                    .ledger_mut()
                    .reserve_serials(issuer, 1, 1)
                    .unwrap();
                assert_eq!(range.start, number);
            }
        });
        let backups = (0..5).map(|_| fixture.backup()).collect();
        done.store(true, Ordering::Relaxed);
        backups
    });
    for sealed in &backups {
        let restored = fixture.restore(sealed).unwrap();
        assert_eq!(restored.faults, []);
        let dir = fixture.folder.path().join("r");
        let mut workspace = Workspace::open(&dir).unwrap();
        let crl = workspace.ledger_mut().next_crl_number(issuer).unwrap() - 100;
        let serial = workspace
            .ledger_mut()
            .reserve_serials(issuer, 1, 1)
            .unwrap()
            .start
            - 1000;
        assert!(crl == serial || crl == serial + 1, "{crl} and {serial}");
        drop(workspace);
        fs::remove_dir_all(dir).unwrap();
    }
}

#[test]
fn what_cannot_be_restored_leaves_nothing() {
    let mut fixture = Fixture::new();
    let sealed = fixture.backup();
    let target = fixture.folder.path().join("r");
    let error = restore(
        sealed.as_slice(),
        &target,
        &passphrase("other"),
        &GAP,
        now(),
    )
    .unwrap_err();
    assert!(matches!(error, BackupError::Seal(_)), "{error:?}");
    let error = restore(
        sealed.as_slice(),
        &fixture.dir(),
        &passphrase("secret"),
        &GAP,
        now(),
    );
    assert!(matches!(
        error.unwrap_err(),
        BackupError::Workspace(WorkspaceError::NotEmpty { .. })
    ));
    for cut in [1, 100, sealed.len() / 2] {
        let error = fixture.restore(&sealed[..sealed.len() - cut]).unwrap_err();
        let text = format!("{error:?}");
        assert!(
            text.contains("Changed") || text.contains("CutOff"),
            "{text}"
        );
    }
    assert_eq!(fixture.names(), ["w"]);
}

#[test]
fn a_file_of_no_workspace_is_refused() {
    let mut fixture = Fixture::new();
    let manifest = Manifest {
        format: FORMAT,
        program: "other".to_owned(),
        created_at: NOW,
        certificates: 0,
        audit_head: String::new(),
    };
    let manifest = serde_json::to_string(&manifest).unwrap();
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "it is empty"),
        (
            &[("certwright.toml", "")],
            "it does not begin with its manifest",
        ),
        (&[(MANIFEST, "{}")], "its manifest has no format"),
        (
            &[(MANIFEST, &manifest), ("notes.txt", "")],
            "\"notes.txt\" is no file of a workspace",
        ),
        (
            &[(MANIFEST, &manifest), ("ca", "")],
            "\"ca\" is no file of a workspace",
        ),
        (
            &[(MANIFEST, &manifest), ("lock", "")],
            "\"lock\" is no file of a workspace",
        ),
    ];
    for (files, expected) in cases {
        let sealed = sealed_tar(&mut fixture.rng, files);
        let error = fixture.restore(&sealed).unwrap_err().to_string();
        assert_eq!(error, format!("not a backup of a workspace: {expected}"));
    }
    let newer = manifest.replace("\"format\":1", "\"format\":2");
    let sealed = sealed_tar(&mut fixture.rng, &[(MANIFEST, &newer)]);
    let error = fixture.restore(&sealed).unwrap_err().to_string();
    assert_eq!(
        error,
        "the backup has format 2, this version reads 1: use a newer certwright"
    );
    for name in ["../x", "/etc/x", "ca/../../x", "ca/./x/../../../y"] {
        assert!(!restore::is_ours(Path::new(name)), "{name}");
    }
    assert!(restore::is_ours(Path::new("ca/rsa-root/key.pem")));
    assert_eq!(fixture.names(), ["w"]);
}

#[test]
fn a_backup_whose_key_is_anothers_is_refused() {
    let mut fixture = Fixture::new();
    let key = generate(KeyAlgorithm::P256, 1, &mut fixture.rng)
        .remove(0)
        .unwrap();
    let path = fixture.dir().join("ca/ecc-root/key.pem");
    fs::write(path, key.to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    let sealed = fixture.backup();
    let error = fixture.restore(&sealed).unwrap_err();
    assert!(
        matches!(error, BackupError::Workspace(WorkspaceError::Sign(_))),
        "{error:?}"
    );
    assert_eq!(fixture.names(), ["w"]);
}

#[test]
fn faults_of_the_log_are_told_and_do_not_keep_the_workspace_back() {
    let mut fixture = Fixture::new();
    let connection = rusqlite::Connection::open(fixture.dir().join(LEDGER_FILE)).unwrap();
    let sql = "UPDATE audit SET text = 'nothing' WHERE id = 2";
    connection.execute(sql, []).unwrap();
    drop(connection);
    let sealed = fixture.backup();
    let restored = fixture.restore(&sealed).unwrap();
    assert_eq!(restored.faults.len(), 1);
    assert_eq!(
        restored.faults[0].to_string(),
        "entry 2 was changed, or the one before it was"
    );
}

#[test]
fn no_key_is_seen_in_a_backup_and_every_file_is_in_it() {
    let mut fixture = Fixture::new();
    let sealed = fixture.backup();
    let key = fs::read(fixture.dir().join("ca/rsa-root/key.pem")).unwrap();
    let line = &key[100..140];
    assert!(!sealed.windows(line.len()).any(|window| window == line));
    let reader = Reader::new(sealed.as_slice(), &passphrase("secret")).unwrap();
    let mut archive = tar::Archive::new(reader);
    let names: BTreeSet<_> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    let expected = [
        "ca/ecc-root/certificate.pem",
        "ca/ecc-root/key.pem",
        "ca/rsa-root/certificate.pem",
        "ca/rsa-root/key.pem",
        "certwright.toml",
        "ledger.sqlite",
        "manifest.json",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
}

fn sealed_tar(rng: &mut ChaCha20Rng, files: &[(&str, &str)]) -> Vec<u8> {
    let factor = WorkFactor::new(2).unwrap();
    let sealed = Writer::new(Vec::new(), &passphrase("secret"), factor, rng).unwrap();
    let mut archive = Archive(tar::Builder::new(sealed), now());
    for (name, text) in files {
        archive.octets(name, text.as_bytes()).unwrap();
    }
    archive.0.into_inner().unwrap().finish().unwrap()
}
