use std::fs;
use std::path::Path;

use super::*;
use crate::key::KeyAlgorithm;
use crate::time::UnixSeconds;
use crate::workspace::{NewAuthority, NewKey, Renewal, RenewalKey, Term};

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([9; 32])
}

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn passphrase(text: &str) -> Arc<Passphrase> {
    Arc::new(Passphrase::new(text.to_owned()).unwrap())
}

fn locked(dir: &Path) -> Workspace {
    Workspace::create_under(dir, Some(passphrase("open sesame")), now(), &mut rng()).unwrap()
}

fn new_ca(workspace: &mut Workspace, name: &str) -> Result<(), WorkspaceError> {
    let new = NewAuthority {
        name,
        subject: format!("CN={name}").parse().unwrap(),
        key: NewKey::Fresh(KeyAlgorithm::P256),
        parent: None,
        profile: None,
        path_len: None,
        permitted: Vec::new(),
        excluded: Vec::new(),
        term: Term::Default,
        current: false,
    };
    let seed = ChaCha20Rng::from_seed([name.len().try_into().unwrap(); 32]);
    workspace
        .new_authority(&new, now(), &mut { seed })
        .map(drop)
}

fn key_file(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join("ca").join(name).join("key.pem")).unwrap()
}

#[test]
fn keys_under_a_passphrase_sign_for_who_knows_it_and_for_no_one_else() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = locked(&dir);
    assert!(workspace.is_unlocked());
    new_ca(&mut workspace, "third").unwrap();
    let renewal = Renewal {
        name: "ecc-root",
        key: RenewalKey::New(None),
        term: Term::Default,
    };
    workspace
        .renew_authority(&renewal, now(), &mut rng())
        .unwrap();
    for name in ["rsa-root", "ecc-root", "third", "ecc-root.2"] {
        let text = key_file(&dir, name);
        assert!(
            text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
            "{name}"
        );
    }
    for authority in workspace.authorities() {
        drop(authority.signer().unwrap());
    }
    drop(workspace);

    let mut workspace = Workspace::open(&dir).unwrap();
    let authority = workspace.authority("third").unwrap();
    assert!(authority.is_locked() && !workspace.is_unlocked());
    let error = authority.signer().unwrap_err();
    assert!(matches!(error, WorkspaceError::Locked { name } if name == "third"));
    let error = workspace
        .unlock(passphrase("wrong"), &mut rng())
        .unwrap_err();
    assert!(
        matches!(error, WorkspaceError::Passphrase { .. }),
        "{error:?}"
    );
    assert!(!workspace.is_unlocked());
    workspace
        .unlock(passphrase("open sesame"), &mut rng())
        .unwrap();
    drop(workspace.authority("third").unwrap().signer().unwrap());
}

#[test]
fn a_plain_key_does_not_come_beside_locked_ones() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    drop(locked(&dir));
    let mut workspace = Workspace::open(&dir).unwrap();
    let error = new_ca(&mut workspace, "plain").unwrap_err();
    assert!(matches!(error, WorkspaceError::Locked { .. }), "{error:?}");
    assert!(!dir.join("ca/plain").exists());
    assert_eq!(workspace.authorities().len(), 2);
}

#[test]
fn a_passphrase_that_comes_later_locks_what_is_written_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = Workspace::create(&dir, now(), &mut rng()).unwrap();
    workspace
        .unlock(passphrase("open sesame"), &mut rng())
        .unwrap();
    new_ca(&mut workspace, "later").unwrap();
    let are_locked: Vec<_> = workspace
        .authorities()
        .iter()
        .map(|ca| ca.is_locked())
        .collect();
    assert_eq!(are_locked, [false, false, true]);
    for authority in workspace.authorities() {
        drop(authority.signer().unwrap());
    }
}

#[test]
fn nothing_that_knows_the_passphrase_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = locked(&folder.path().join("w"));
    let told = format!("{workspace:?} {:#?}", workspace.authorities());
    assert!(!told.contains("sesame"), "{told}");
}
