//! The next certificate of a Comm or a station, with its files; and what is shown of it.

use std::time::UNIX_EPOCH;

use certwright::bundle::p12;
use certwright::bundle::p12::P12Password;
use certwright::cert::Certificate;
use certwright::ext::KeyUsage;
use certwright::key::Passphrase;
use certwright::oid;
use certwright::service::{Moment, Service};
use certwright::time::{Lifetime, UnixSeconds};
use certwright::vendor::{as2expert, ecgrid};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::Folder;

const CONFIG: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY AS2"
[[as2expert.stations]]
id = 62
name = "My station"
[[as2expert.partners]]
id = 140
name = "A <partner>"
station = 62
"#;

const PASSWORD: &str = "a password of ours";

const WORKSPACE: &str = "certwright-workspace";

/// A workspace whose Comm and station have a certificate each, that ends in a year.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("password", format!("{PASSWORD}\n"));
    let dir = folder.path(WORKSPACE);
    let mut rng = ChaCha20Rng::from_seed([41; 32]);
    let now = UnixSeconds::new(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    drop(Service::open_or_create(&dir, now, &mut rng).unwrap());
    folder.write(&format!("{WORKSPACE}/certwright.toml"), CONFIG);
    let mut service = Service::open(&dir).unwrap();
    let moment = Moment::at(now);
    let end = now.plus(Lifetime::from_days(365).unwrap()).unwrap();
    let create = ecgrid::wire::CreateRequest::new(5001).with_expires(end);
    let caller = ecgrid::access::Caller::local();
    let made = service.ecgrid_create(&[create], &caller, &moment, &mut rng);
    made.unwrap().remove(0).unwrap();
    let create = as2expert::wire::CreateRequest::new(62);
    let caller = as2expert::access::Caller::local();
    let made = service.as2expert_create(&[create], &caller, &moment, &mut rng);
    made.unwrap().remove(0).unwrap();
    folder
}

fn roll(folder: &Folder, words: &str) -> Value {
    let words = format!("rollover {words} --p12-password-file password --json");
    let run = folder.words(&words);
    assert_eq!(run.code, 0, "{words}: {}", run.err);
    run.json()
}

fn lifecycle(folder: &Folder, words: &str) -> Value {
    let run = folder.words(&format!("lifecycle {words} --json"));
    assert_eq!(run.code, 0, "{words}: {}", run.err);
    run.json()
}

fn files(folder: &Folder, name: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.path(name)) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn certificate(folder: &Folder, name: &str) -> Certificate {
    Certificate::from_der(&folder.read(name)).unwrap()
}

#[test]
fn both_sides_get_their_files_and_the_view_shows_them() {
    let folder = folder();
    let said = roll(&folder, "ecgrid --comm 5001 --overlap 45 --out a/next");
    let own = ["ecgrid-5001.cer", "ecgrid-5001.p12", "ecgrid-5001.p7b"];
    assert_eq!(files(&folder, "a/next/own"), own);
    let partner = [
        "ecgrid-5001.cer",
        "ecgrid-5001.handover.html",
        "ecgrid-5001.handover.txt",
        "ecgrid-5001.p7b",
    ];
    assert_eq!(files(&folder, "a/next/partner"), partner);
    for ending in ["cer", "p7b"] {
        let [own, partner] = ["own", "partner"]
            .map(|side| folder.read(&format!("a/next/{side}/ecgrid-5001.{ending}")));
        assert_eq!(own, partner, "{ending}");
    }
    let made = certificate(&folder, "a/next/own/ecgrid-5001.cer");
    let passphrase = Passphrase::new(PASSWORD.to_owned()).unwrap();
    let p12 = folder.read("a/next/own/ecgrid-5001.p12");
    let p12 = p12::read_p12(&p12, P12Password::Passphrase(&passphrase)).unwrap();
    assert_eq!(p12.alias(), Some("ecgrid-5001"));
    assert_eq!(p12.leaf_first(), std::slice::from_ref(&made));
    assert_eq!(p12.key().public_key(), made.public_key());
    assert_eq!(said["certificates"][0]["id"], 2);
    let run = folder.words("audit show --kind key-exported --json");
    let told = run.json()[0]["text"].as_str().unwrap().to_owned();
    assert_eq!(told, format!("p12, ecgrid {}", made.serial()));
    let overlap = &said["certificates"][0]["overlap"];
    let [from, until] = ["from", "until"].map(|end| {
        overlap[end]
            .as_str()
            .unwrap()
            .parse::<UnixSeconds>()
            .unwrap()
    });
    assert_eq!(from, made.validity().not_before());
    assert_eq!(until.since(from).unwrap().whole_days(), 45);
    let shown = &lifecycle(&folder, "ecgrid --comm 5001")[0];
    let lane = &shown["certificates"][0];
    assert_eq!(lane["current"]["id"], 1);
    assert_eq!(lane["next"]["id"], 2);
    assert_eq!(&lane["overlap"], overlap);
    assert_eq!(lane["inOverlap"], false);
}

#[test]
fn a_station_has_separate_ones_and_its_partners_are_listed() {
    let folder = folder();
    let said = roll(
        &folder,
        "as2expert --station 62 --separate --partner 140 --p12-alias AS2 --out next",
    );
    let partner = &said["partnersAffected"][0];
    assert_eq!(
        (partner["id"].as_u64(), partner["name"].as_str()),
        (Some(140), Some("A <partner>"))
    );
    let usage = |function: &str| {
        let made = certificate(
            &folder,
            &format!("next/partner/as2expert-62-{function}.cer"),
        );
        let usage = made
            .extensions()
            .find(oid::KEY_USAGE)
            .unwrap()
            .value()
            .to_vec();
        KeyUsage::from_extension_value(&usage).unwrap().to_string()
    };
    assert_eq!(usage("signing"), "digitalSignature");
    assert_eq!(usage("encryption"), "keyEncipherment, dataEncipherment");
    let passphrase = Passphrase::new(PASSWORD.to_owned()).unwrap();
    for function in ["signing", "encryption"] {
        let p12 = folder.read(&format!("next/own/as2expert-62-{function}.p12"));
        let p12 = p12::read_p12(&p12, P12Password::Passphrase(&passphrase)).unwrap();
        assert_eq!(p12.alias(), Some(&*format!("AS2-{function}")));
    }
    let html = String::from_utf8(folder.read("next/partner/as2expert-62.handover.html")).unwrap();
    assert!(html.contains("A &lt;partner&gt;") && !html.contains("<partner>"));
    let shown = lifecycle(&folder, "--station 62");
    assert_eq!(shown.as_array().unwrap().len(), 1);
    let lanes = shown[0]["certificates"].as_array().unwrap();
    let next: Vec<_> = lanes.iter().map(|lane| &lane["next"]["id"]).collect();
    assert_eq!(next, [2, 3]);
    assert_eq!(lanes[0]["purpose"], "signing");
    assert_eq!(lanes[0]["partnersAffected"][0]["id"], 140);
    let text = folder.words("lifecycle");
    assert_eq!(text.code, 0);
    assert!(
        text.text().contains("as2expert: station 62\n"),
        "{}",
        text.text()
    );
    assert!(text.text().contains("140 A <partner>"), "{}", text.text());
}

#[test]
fn files_are_written_again_and_never_over_others() {
    let folder = folder();
    roll(&folder, "ecgrid --comm 5001 --out next");
    let first = folder.read("next/own/ecgrid-5001.cer");
    let refused = folder.words(
        "rollover ecgrid --comm 5001 --again --out next --p12-password-file password --json",
    );
    assert_eq!(refused.code, 1, "files are there");
    assert_eq!(folder.listed().len(), 3);
    roll(&folder, "ecgrid --comm 5001 --files-only --out again");
    assert_eq!(folder.read("again/own/ecgrid-5001.cer"), first);
    assert_eq!(folder.listed().len(), 3);
    roll(&folder, "ecgrid --comm 5001 --again --force --out next");
    assert_ne!(folder.read("next/own/ecgrid-5001.cer"), first);
    assert_eq!(folder.listed().len(), 4);
}

#[cfg(unix)]
#[test]
fn what_holds_a_key_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    roll(&folder, "ecgrid --comm 5001 --out next");
    let mode = |name: &str| {
        let mode = folder.path(name).metadata().unwrap().permissions().mode();
        mode & 0o777
    };
    assert_eq!(mode("next/own"), 0o700);
    assert_eq!(mode("next/own/ecgrid-5001.p12"), 0o600);
    assert_eq!(mode(&format!("{WORKSPACE}/keys/ecgrid/2.pem")), 0o600);
    assert_ne!(mode("next/partner/ecgrid-5001.cer") & 0o044, 0);
}

#[test]
fn what_is_refused_makes_nothing_and_leaves_no_file() {
    let folder = folder();
    folder.write("short", "short");
    folder.write("umlaut", "Schlüssel");
    let before = (folder.names(), folder.listed());
    let with = "--out next --p12-password-file password";
    for (code, words) in [
        (2, "ecgrid --comm 5001 --out next".to_owned()),
        (2, format!("ecgrid {with}")),
        (2, format!("ecgrid --comm 5001 {with} --p12-for aes")),
        (2, format!("ecgrid --comm 5001 {with} --hash MD5")),
        (2, format!("ecgrid --comm 5001 {with} --separate=ssl")),
        (2, format!("ecgrid --comm 5001 {with} --files-only --again")),
        (
            1,
            "ecgrid --comm 5001 --out next --p12-password-file umlaut".to_owned(),
        ),
        (
            1,
            "ecgrid --comm 5001 --out next --p12-password-file short --p12-for fips".to_owned(),
        ),
        (
            1,
            "ecgrid --comm 5001 --out password --p12-password-file password".to_owned(),
        ),
        (4, format!("ecgrid --comm 9 {with}")),
        (4, format!("ecgrid --comm 5001 {with} --partner P")),
        (4, format!("ecgrid --comm 5001 {with} --hash SHA1")),
        (4, format!("ecgrid --comm 5001 {with} --years 0")),
        (4, format!("ecgrid --comm 5001 {with} --files-only")),
        (4, format!("as2expert --station 7 {with}")),
        (4, format!("as2expert --station 62 {with} --partner 9")),
        (4, format!("as2expert --station 62 {with} --hash md5")),
        (4, format!("as2expert --station 62 {with} --years 0")),
    ] {
        let words = format!("rollover {words}");
        let run = folder.words(&words);
        assert_eq!(run.code, code, "{words}: {}", run.err);
        assert!(run.out.is_empty(), "{words}");
        assert_eq!((folder.names(), folder.listed()), before, "{words}");
    }
    roll(&folder, "ecgrid --comm 5001 --out next");
    let again =
        folder.words("rollover ecgrid --comm 5001 --out other --p12-password-file password --json");
    assert_eq!(again.code, 4, "a next one is there");
    assert_eq!(again.rules(), ["ecgrid.rollover"]);
    assert_eq!(files(&folder, "other"), [""; 0]);
    assert!(!folder.path("other").exists());
    for words in [
        "ecgrid --station 62",
        "as2expert --comm 5001",
        "--comm 5001 --station 62",
    ] {
        assert_eq!(
            folder.words(&format!("lifecycle {words}")).code,
            2,
            "{words}"
        );
    }
    assert_eq!(folder.words("lifecycle --comm 9").code, 4);
}
