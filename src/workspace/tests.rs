use std::fs;
use std::os::unix::fs::PermissionsExt;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::key;
use crate::ledger::AuditFilter;
use crate::lint;
use crate::time::Lifetime;
use crate::vendor::as2expert::config::As2ExpertConfig;
use crate::vendor::ecgrid::config::EcgridConfig;
use crate::vendor::enos::config::EnosConfig;
use crate::workspace::server::ServerConfig;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn made(seed: u8) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(&folder.path().join("w"), now(), &mut rng(seed)).unwrap();
    (folder, workspace)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_workspace_has_two_roots_of_ten_years() {
    let (_folder, workspace) = made(1);
    let names: Vec<_> = workspace
        .authorities()
        .iter()
        .map(CertificateAuthority::name)
        .collect();
    assert_eq!(names, ["rsa-root", "ecc-root"]);
    for (family, subject) in [
        (Family::Rsa, "CN=certwright local RSA root"),
        (Family::Ecc, "CN=certwright local ECC root"),
    ] {
        let root = workspace.current(family).unwrap();
        let certificate = root.certificate();
        assert_eq!(certificate.subject().to_string(), subject);
        assert_eq!(certificate.validity().not_before(), now());
        assert_eq!(
            certificate.validity().not_after().to_string(),
            "2035-12-31T03:04:05Z"
        );
        certificate
            .verify_signature(certificate.public_key())
            .unwrap();
        assert_eq!(lint::run(certificate.tbs(), &[]), []);
        let signer = root.signer().unwrap();
        assert_eq!(signer.public_key(), certificate.public_key());
        assert_eq!(root.chain(), std::slice::from_ref(certificate));
    }
}

#[test]
fn folders_and_keys_are_the_owners_alone() {
    let (_folder, workspace) = made(2);
    let dir = workspace.dir();
    for (path, expected) in [
        ("", 0o700),
        ("ca", 0o700),
        ("ca/rsa-root", 0o700),
        ("ca/rsa-root/key.pem", 0o600),
        ("ca/ecc-root/key.pem", 0o600),
        ("ledger.sqlite", 0o600),
        ("certwright.toml", 0o600),
    ] {
        assert_eq!(mode(&dir.join(path)), expected, "{path}");
    }
}

#[test]
fn a_key_that_others_may_read_signs_nothing() {
    let (_folder, workspace) = made(3);
    let key = workspace.dir().join("ca/ecc-root/key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = workspace
        .authority("ecc-root")
        .unwrap()
        .signer()
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::KeyMode { mode: 0o644, .. }));
}

#[test]
fn opening_again_finds_the_same() {
    let (_folder, workspace) = made(4);
    let certificate = workspace
        .current(Family::Rsa)
        .unwrap()
        .certificate()
        .clone();
    let dir = workspace.dir().to_owned();
    drop(workspace);
    let again = Workspace::open(&dir).unwrap();
    assert_eq!(
        again.current(Family::Rsa).unwrap().certificate(),
        &certificate
    );
    let reader = Workspace::open_read_only(&dir).unwrap();
    assert_eq!(reader.authorities().len(), 2);
}

#[test]
fn what_is_there_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("mine"), "x").unwrap();
    let error = Workspace::create(&dir, now(), &mut rng(5)).unwrap_err();
    assert!(matches!(error, WorkspaceError::NotEmpty { .. }));
    let error = Workspace::open(&dir).unwrap_err();
    assert!(matches!(error, WorkspaceError::Absent { .. }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_template_says_what_is_the_case_without_it() {
    let written = WorkspaceConfig::from_toml(config::TEMPLATE, Path::new("template")).unwrap();
    assert_eq!(written.server, ServerConfig::default());
    assert_eq!(written.as2expert, As2ExpertConfig::default());
    assert_eq!(written.ecgrid, EcgridConfig::default());
    let enos = |config: &EnosConfig| toml::to_string(config).unwrap();
    assert_eq!(enos(&written.enos), enos(&EnosConfig::default()));
    assert!(written.enos.apps.is_empty());
    let error = WorkspaceConfig::from_toml("[enso]\n", Path::new("x")).unwrap_err();
    assert!(matches!(error, WorkspaceError::Config { .. }));
}

#[test]
fn an_imported_ca_takes_over_when_it_is_told_to() {
    let (_folder, mut workspace) = made(6);
    let (certificate, key) =
        make_root("CN=imported", KeyAlgorithm::P256, now(), &mut rng(7)).unwrap();
    workspace
        .import_authority("spare", certificate.clone(), Some(&key), false, now())
        .unwrap();
    assert_eq!(workspace.current(Family::Ecc).unwrap().name(), "ecc-root");
    let (second, _) = make_root("CN=second", KeyAlgorithm::P256, now(), &mut rng(8)).unwrap();
    workspace
        .import_authority("elsewhere", second, None, true, now())
        .unwrap();
    let current = workspace.current(Family::Ecc).unwrap();
    assert_eq!(current.name(), "elsewhere");
    assert!(matches!(
        current.signer(),
        Err(WorkspaceError::KeyAbsent { .. })
    ));
}

#[test]
fn an_import_that_fails_leaves_nothing_behind() {
    let (_folder, mut workspace) = made(9);
    let (certificate, _) =
        make_root("CN=imported", KeyAlgorithm::P256, now(), &mut rng(10)).unwrap();
    let other = key::generate(KeyAlgorithm::P256, 1, &mut rng(11))
        .remove(0)
        .unwrap();
    let error = workspace
        .import_authority("spare", certificate.clone(), Some(&other), true, now())
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::Sign(_)));
    assert!(!workspace.dir().join("ca/spare").exists());
    for name in ["", "../x", "A", "a/b"] {
        let error = workspace
            .import_authority(name, certificate.clone(), None, true, now())
            .unwrap_err();
        assert!(matches!(error, WorkspaceError::Name { .. }), "{name}");
    }
    let error = workspace
        .import_authority("rsa-root", certificate, None, true, now())
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::AuthorityExists { name, .. } if name == "rsa-root"));
    assert_eq!(workspace.authorities().len(), 2);
}

#[test]
fn the_same_ca_under_a_second_name_leaves_no_key_and_the_name_free() {
    let (_folder, mut workspace) = made(13);
    let (certificate, key) =
        make_root("CN=imported", KeyAlgorithm::P256, now(), &mut rng(14)).unwrap();
    workspace
        .import_authority("one", certificate.clone(), Some(&key), false, now())
        .unwrap();
    let error = workspace
        .import_authority("two", certificate, Some(&key), true, now())
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::AuthorityExists { name, .. } if name == "one"));
    assert!(!workspace.dir().join("ca/two").exists());
    let (other, key) = make_root("CN=other", KeyAlgorithm::P256, now(), &mut rng(15)).unwrap();
    let two = workspace
        .import_authority("two", other, Some(&key), false, now())
        .unwrap();
    two.signer().unwrap();
}

#[test]
fn who_issues_is_written_with_the_ca_or_not_at_all() {
    let (_folder, mut workspace) = made(16);
    // Stands for whatever stops the second of two changes: a full disk, a crash.
    let ledger = rusqlite::Connection::open(workspace.dir().join(LEDGER_FILE)).unwrap();
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON meta WHEN new.key LIKE 'current-%'
        BEGIN SELECT RAISE(ABORT, 'stopped'); END";
    ledger.execute_batch(trap).unwrap();
    let (certificate, key) =
        make_root("CN=imported", KeyAlgorithm::P256, now(), &mut rng(17)).unwrap();
    let error = workspace
        .import_authority("ca", certificate.clone(), Some(&key), true, now())
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::Ledger(_)));
    assert!(!workspace.dir().join("ca/ca").exists());
    let known = |workspace: &Workspace| workspace.ledger().issuers().unwrap().len();
    assert_eq!((workspace.authorities().len(), known(&workspace)), (2, 2));
    // One that is not to issue touches the setting at no time.
    workspace
        .import_authority("ca", certificate, Some(&key), false, now())
        .unwrap();
    assert_eq!((workspace.authorities().len(), known(&workspace)), (3, 3));
    assert_eq!(workspace.current(Family::Ecc).unwrap().name(), "ecc-root");
}

#[test]
fn a_changed_configuration_and_a_clock_set_back_are_noticed() {
    let (_folder, mut workspace) = made(21);
    let later = now().plus(Lifetime::from_days(1).unwrap()).unwrap();
    assert_eq!(workspace.begin(later).unwrap(), None);
    assert_eq!(workspace.begin(now()).unwrap(), Some(later));
    let dir = workspace.dir().to_owned();
    drop(workspace);
    let path = dir.join(CONFIG_FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n# changed\n")).unwrap();
    let mut workspace = Workspace::open(&dir).unwrap();
    workspace.begin(later).unwrap();
    workspace.begin(later).unwrap();
    let filter = AuditFilter {
        after: 0,
        limit: 100,
    };
    let entries = workspace.ledger().audit(&filter).unwrap();
    let changes: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == AuditKind::ConfigurationChanged)
        .map(|entry| entry.text.split(' ').next().unwrap())
        .collect();
    assert_eq!(changes, ["first", "SHA-256"]);
}

#[test]
fn a_ca_that_came_in_is_the_one_that_is_found_again() {
    let (_folder, mut workspace) = made(18);
    let (certificate, key) =
        make_root("CN=imported", KeyAlgorithm::P256, now(), &mut rng(19)).unwrap();
    workspace
        .import_authority("ca", certificate, Some(&key), true, now())
        .unwrap();
    let told = |workspace: &Workspace| format!("{:?}", workspace.authorities());
    let before = told(&workspace);
    let dir = workspace.dir().to_owned();
    drop(workspace);
    assert_eq!(told(&Workspace::open(&dir).unwrap()), before);
}

#[test]
fn a_second_writer_waits_and_is_told_who_writes() {
    let (_folder, workspace) = made(12);
    let dir = workspace.dir().to_owned();
    let error = Workspace::open_waiting(&dir, Duration::from_millis(50)).unwrap_err();
    let own = format!("process {}", std::process::id());
    assert!(matches!(error, WorkspaceError::Busy { holder, .. } if holder == own));
    Workspace::open_read_only(&dir).unwrap();
    let second =
        std::thread::spawn(move || Workspace::open(&dir).map(|again| again.authorities().len()));
    std::thread::sleep(Duration::from_millis(100));
    drop(workspace);
    assert_eq!(second.join().unwrap().unwrap(), 2);
}

#[test]
fn the_key_of_a_certificate_is_the_owners_alone_and_is_found_again() {
    let (_folder, mut workspace) = made(13);
    let key = key::generate(KeyAlgorithm::P256, 1, &mut rng(14))
        .remove(0)
        .unwrap();
    assert_eq!(workspace.reserve_key_ids("ecgrid", 2).unwrap(), 1..3);
    assert_eq!(workspace.reserve_key_ids("ecgrid", 1).unwrap(), 3..4);
    assert_eq!(workspace.reserve_key_ids("as2expert", 1).unwrap(), 1..2);
    workspace.store_key("ecgrid", 3, &key).unwrap();
    for (path, expected) in [
        ("keys", 0o700),
        ("keys/ecgrid", 0o700),
        ("keys/ecgrid/3.pem", 0o600),
    ] {
        assert_eq!(mode(&workspace.dir().join(path)), expected, "{path}");
    }
    let read = workspace.read_key("ecgrid", 3).unwrap();
    assert_eq!(read.public_key(), key.public_key());
    let again = workspace.store_key("ecgrid", 3, &key).unwrap_err();
    assert!(matches!(again, WorkspaceError::File { .. }));
    let path = workspace.dir().join("keys/ecgrid/3.pem");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let open = workspace.read_key("ecgrid", 3).unwrap_err();
    assert!(matches!(open, WorkspaceError::KeyMode { mode: 0o640, .. }));
}

#[test]
fn numbers_of_certificates_end() {
    let (_folder, mut workspace) = made(15);
    let last = i32::MAX.to_string();
    let ledger = workspace.ledger_mut();
    ledger.set_meta("next-key-id-ecgrid", &last).unwrap();
    let error = workspace.reserve_key_ids("ecgrid", 2).unwrap_err();
    assert!(matches!(
        error,
        WorkspaceError::KeyIdsEnded { vendor: "ecgrid" }
    ));
    let ledger = workspace.ledger_mut();
    ledger.set_meta("next-key-id-ecgrid", "x").unwrap();
    let error = workspace.reserve_key_ids("ecgrid", 1).unwrap_err();
    assert!(matches!(error, WorkspaceError::Ledger(_)));
}
