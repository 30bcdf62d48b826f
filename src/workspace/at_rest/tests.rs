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

/// Puts a CA of the workspace into a token that nobody reaches, by what its key file says.
fn into_token(dir: &Path, name: &str, query: &str) {
    let uri = format!("pkcs11:object=vault?module-path=/nowhere/p11.so{query}\n");
    fs::write(dir.join("ca").join(name).join("key.pem"), uri).unwrap();
}

fn change(
    workspace: &mut Workspace,
    from: Option<&str>,
    to: &str,
) -> Result<Vec<(String, KeyAtRest)>, WorkspaceError> {
    let change = LockKeys::change(from.map(passphrase), passphrase(to));
    workspace.lock_keys(&change, now(), &mut rng())
}

fn became(state: [(&str, KeyAtRest); 2]) -> Vec<(String, KeyAtRest)> {
    state.map(|(name, state)| (name.to_owned(), state)).to_vec()
}

fn roots(dir: &Path) -> [String; 2] {
    ["rsa-root", "ecc-root"].map(|name| key_file(dir, name))
}

#[test]
fn the_passphrase_that_is_the_pin_of_a_token_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    drop(locked(&dir));
    into_token(&dir, "ecc-root", "");
    let before = roots(&dir);
    let mut workspace = Workspace::open(&dir).unwrap();
    let error = change(&mut workspace, Some("open sesame"), "another").unwrap_err();
    let path = dir.join("ca/ecc-root/key.pem");
    assert!(
        matches!(&error, WorkspaceError::TokenPin { name, path: told, source: None, .. }
            if name == "ecc-root" && *told == path),
        "{error:?}"
    );
    assert_eq!(roots(&dir), before);

    // The file of a PIN makes the two independent.
    into_token(&dir, "ecc-root", "&pin-source=/etc/pin");
    let told = change(&mut workspace, Some("open sesame"), "another").unwrap();
    let expected = [
        ("rsa-root", KeyAtRest::Changed),
        ("ecc-root", KeyAtRest::InToken),
    ];
    assert_eq!(told, became(expected));
    assert_ne!(key_file(&dir, "rsa-root"), before[0]);
}

#[test]
fn plain_keys_are_not_locked_under_what_a_token_does_not_take_for_its_pin() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = Workspace::create(&dir, now(), &mut rng()).unwrap();
    new_ca(&mut workspace, "third").unwrap();
    into_token(&dir, "ecc-root", "");
    let before = roots(&dir);
    let untaken = |error: WorkspaceError| match error {
        WorkspaceError::TokenPin { name, source, .. } => (name, source.is_some()),
        other => panic!("{other:?}"),
    };
    // Its PIN may be the one or the other, and a token is not asked which when the one differs from the other.
    let error = change(&mut workspace, Some("one"), "other").unwrap_err();
    assert_eq!(untaken(error), ("ecc-root".to_owned(), false));
    let error = change(&mut workspace, None, "other").unwrap_err();
    assert_eq!(untaken(error), ("ecc-root".to_owned(), true));
    workspace.unlock(passphrase("one"), &mut rng()).unwrap();
    let third = LockKeys::Plain(vec!["third".to_owned()]);
    let error = workspace.lock_keys(&third, now(), &mut rng()).unwrap_err();
    assert_eq!(untaken(error), ("ecc-root".to_owned(), true));
    assert_eq!(roots(&dir), before);
    assert!(!workspace.authority("third").unwrap().is_locked());

    // Nor does a new CA bring the first locked key.
    let error = new_ca(&mut workspace, "fourth").unwrap_err();
    assert_eq!(untaken(error), ("ecc-root".to_owned(), true));
    assert!(!dir.join("ca/fourth").exists());
}

/// Keys that are locked with it tell that it is in use.
#[test]
fn a_token_is_not_asked_for_its_pin_where_keys_are_locked() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = Workspace::create(&dir, now(), &mut rng()).unwrap();
    workspace.unlock(passphrase("one"), &mut rng()).unwrap();
    new_ca(&mut workspace, "third").unwrap();
    into_token(&dir, "ecc-root", "");
    new_ca(&mut workspace, "fourth").unwrap();
    assert!(workspace.authority("fourth").unwrap().is_locked());
    let plain = LockKeys::Plain(vec!["rsa-root".to_owned()]);
    let told = workspace.lock_keys(&plain, now(), &mut rng()).unwrap();
    assert_eq!(told, [("rsa-root".to_owned(), KeyAtRest::Locked)]);
}

#[test]
fn a_change_that_was_stopped_half_way_is_told_before_anything_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = locked(&dir);
    let before = roots(&dir);
    change(&mut workspace, Some("open sesame"), "another").unwrap();
    drop(workspace);
    // The second key was not yet replaced.
    fs::write(dir.join("ca/ecc-root/key.pem"), &before[1]).unwrap();
    let half = roots(&dir);
    let mut workspace = Workspace::open(&dir).unwrap();
    for (given, other, opened) in [
        ("another", "ecc-root", "rsa-root"),
        ("open sesame", "rsa-root", "ecc-root"),
    ] {
        let error = workspace.unlock(passphrase(given), &mut rng()).unwrap_err();
        assert!(
            matches!(&error, WorkspaceError::HalfChanged { name, opened: known }
                if name == other && known == opened),
            "{error:?}"
        );
        assert!(!workspace.is_unlocked());
        let error = workspace.authority(opened).unwrap().signer().unwrap_err();
        assert!(matches!(error, WorkspaceError::Locked { .. }), "{error:?}");
    }
    let error = change(&mut workspace, Some("another"), "another").unwrap_err();
    assert!(
        matches!(&error, WorkspaceError::Passphrase { name } if name == "ecc-root"),
        "{error:?}"
    );
    let error = change(&mut workspace, None, "another").unwrap_err();
    assert!(
        matches!(&error, WorkspaceError::Locked { name } if name == "ecc-root"),
        "{error:?}"
    );
    assert_eq!(roots(&dir), half);
    let told = change(&mut workspace, Some("open sesame"), "another").unwrap();
    let expected = [
        ("rsa-root", KeyAtRest::AlreadyLocked),
        ("ecc-root", KeyAtRest::Changed),
    ];
    assert_eq!(told, became(expected));
    for authority in workspace.authorities() {
        drop(authority.signer().unwrap());
    }
}

#[test]
fn a_key_that_is_locked_already_is_opened_before_it_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = locked(&dir);
    let other = folder.path().join("other");
    let under = Some(passphrase("another"));
    drop(Workspace::create_under(&other, under, now(), &mut rng()).unwrap());
    fs::copy(
        other.join("ca/ecc-root/key.pem"),
        dir.join("ca/ecc-root/key.pem"),
    )
    .unwrap();
    let all = LockKeys::Plain(Vec::new());
    let error = workspace.lock_keys(&all, now(), &mut rng()).unwrap_err();
    assert!(
        matches!(&error, WorkspaceError::Passphrase { name } if name == "ecc-root"),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_file_that_is_a_link_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = Workspace::create(&dir, now(), &mut rng()).unwrap();
    let (link, target) = (
        dir.join("ca/ecc-root/key.pem"),
        folder.path().join("kept.pem"),
    );
    fs::rename(&link, &target).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let before = roots(&dir);
    let error = change(&mut workspace, None, "open sesame").unwrap_err();
    assert!(
        matches!(&error, WorkspaceError::KeyLink { path, target: told } if *path == link && *told == target),
        "{error:?}"
    );
    assert_eq!(roots(&dir), before);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    // Nothing is to be replaced where it leads to a locked key.
    fs::remove_file(&link).unwrap();
    fs::rename(&target, &link).unwrap();
    change(&mut workspace, None, "open sesame").unwrap();
    fs::rename(&link, &target).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let told = change(&mut workspace, Some("wrong"), "open sesame").unwrap();
    assert!(
        told.iter()
            .all(|(_, state)| *state == KeyAtRest::AlreadyLocked),
        "{told:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_file_with_another_name_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut workspace = Workspace::create(&dir, now(), &mut rng()).unwrap();
    let (key, copy) = (dir.join("ca/ecc-root/key.pem"), folder.path().join("copy"));
    fs::hard_link(&key, &copy).unwrap();
    let before = roots(&dir);
    let error = change(&mut workspace, None, "open sesame").unwrap_err();
    assert!(
        matches!(&error, WorkspaceError::KeyNames { path, names: 2 } if *path == key),
        "{error:?}"
    );
    assert_eq!(roots(&dir), before);
    fs::remove_file(&copy).unwrap();
    change(&mut workspace, None, "open sesame").unwrap();
}
