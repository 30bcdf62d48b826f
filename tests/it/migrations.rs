//! Workspaces that earlier versions wrote, opened by this one.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use certwright::ledger::{AuditFilter, AuditKind, Filter, StatusFilter, SubjectText};
use certwright::service::{Moment, Service};
use certwright::time::UnixSeconds;
use certwright::vendor::enos::wire::ApplyRequest;
use tempfile::TempDir;

/// One workspace for each schema that was ever released, as its version left it.
#[test]
fn every_earlier_workspace_goes_on_under_this_version() {
    let folders = fs::read_dir(root().join("testdata/workspaces")).unwrap();
    let mut names: Vec<_> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("schema-"))
        .collect();
    names.sort();
    assert_eq!(names, ["schema-1"]);
    for name in names {
        goes_on(&name);
    }
}

fn goes_on(name: &str) {
    let (_folder, dir) = copied(name);
    let mut service = Service::open(&dir).unwrap();
    let now: UnixSeconds = "2027-01-01T00:00:00Z".parse().unwrap();
    let count = |service: &Service, status| {
        let filter = Filter {
            status,
            ..Filter::default()
        };
        service.ledger().count(&filter).unwrap()
    };
    assert_eq!(count(&service, None), 19, "{name}");
    assert_eq!(count(&service, Some(StatusFilter::Revoked)), 2, "{name}");
    assert_eq!(count(&service, Some(StatusFilter::OnHold)), 1, "{name}");
    assert_eq!(
        count(&service, Some(StatusFilter::ValidAt(now))),
        16,
        "{name}"
    );

    knows_what_later_schemas_know(&service, now);

    let rsa = service.workspace().authority("rsa-root").unwrap().id();
    let mut revoked = Vec::new();
    let each = |entry: certwright::ledger::RevokedEntry| {
        revoked.push((entry.serial.to_string(), entry.reason.get()));
        ControlFlow::Continue(())
    };
    service.ledger().revoked(rsa, now, each).unwrap();
    let expected = [("1000", 1), ("1001", 6), ("1002", 4)];
    assert_eq!(
        revoked,
        expected.map(|(serial, reason)| (serial.to_owned(), reason)),
        "{name}"
    );
    assert_eq!(
        service.ledger().last_crl(rsa).unwrap().unwrap().number,
        1,
        "{name}"
    );

    // What was bound stays bound; what is new goes on where the old version stopped.
    let csr = fs::read(root().join("testdata/vendor/enos/request.csr.pem")).unwrap();
    let request = |device: &str| {
        ApplyRequest::new()
            .with_org_id("local")
            .with_product_key("open")
            .with_device_key(device)
            .with_csr_octets(csr.clone())
    };
    let requests = vec![request("new-01"), request("new-02")];
    let mut answers = service.enos_apply(requests, &Moment::at(now)).unwrap();
    assert!(answers.pop().unwrap().is_err(), "{name}");
    let issued = answers.pop().unwrap().unwrap();
    assert_eq!(issued.certificate.serial().to_string(), "2", "{name}");
    assert_eq!(count(&service, None), 20, "{name}");
    let first = AuditFilter { after: 0, limit: 1 };
    let first = service.ledger().audit(&first).unwrap().remove(0);
    assert_eq!(first.kind, AuditKind::Began);
    assert_eq!(first.text, "certificates 1 to 19 were recorded before");
    let report = service.ledger().verify_audit(None).unwrap();
    assert_eq!(report.faults, [], "{name}");
}

/// Of the old certificates too.
fn knows_what_later_schemas_know(service: &Service, now: UnixSeconds) {
    let counts = service.ledger().stats(now).unwrap();
    assert!(
        counts.iter().all(|count| count.key_algorithm.is_some()),
        "{counts:?}"
    );
    let counted: u64 = counts.iter().map(|count| count.certificates).sum();
    assert_eq!(counted, 19);
    let by_words = Filter {
        subject: SubjectText::new("sensor*"),
        ..Filter::default()
    };
    assert!(service.ledger().count(&by_words).unwrap() > 0);
}

/// A copy that may be written to, with the modes that the repository does not keep.
fn copied(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("workspace");
    copy(&root().join("testdata/workspaces").join(name), &dir);
    (folder, dir)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
            continue;
        }
        fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        restrict(&target);
    }
}

#[cfg(unix)]
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn restrict(_path: &Path) {}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
