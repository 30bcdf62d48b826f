//! The life of a CA, by command.

use certwright::cert::Certificate;
use certwright::crl::Crl;

use super::{Folder, fleet};

fn ok(folder: &Folder, words: &[&str]) -> serde_json::Value {
    let run = folder.run(words.iter().chain(&["--json"]));
    assert_eq!(run.code, 0, "{words:?}: {}", run.err);
    run.json()
}

fn made(folder: &Folder) {
    assert_eq!(folder.words("init").code, 0);
    let root = [
        "ca",
        "new",
        "plant-root",
        "--subject",
        "CN=Plant Root,O=Acme",
    ];
    let options = [
        "--key-algorithm",
        "P-256",
        "--years",
        "5",
        "--permit-dn",
        "O=Acme",
    ];
    ok(folder, &[&root[..], &options].concat());
    let sub = ["ca", "new", "plant-1", "--subject", "CN=Plant 1,O=Acme"];
    let options = [
        "--key-algorithm",
        "P-256",
        "--parent",
        "plant-root",
        "--path-len",
        "0",
    ];
    ok(folder, &[&sub[..], &options].concat());
}

fn shown(folder: &Folder, name: &str) -> serde_json::Value {
    ok(folder, &["ca", "show", name])[0].clone()
}

fn pem(folder: &Folder, words: &str) -> Vec<Certificate> {
    let text = folder.words(words);
    assert_eq!(text.code, 0, "{}", text.err);
    let blocks = text.text().split_inclusive("-----END CERTIFICATE-----\n");
    blocks
        .map(|block| Certificate::from_pem(block.as_bytes()).unwrap())
        .collect()
}

#[test]
fn a_ca_is_made_renewed_and_retired() {
    let folder = Folder::new();
    made(&folder);
    let root = shown(&folder, "plant-root");
    assert_eq!(root["current"], false);
    assert_eq!(root["generation"], 1);
    let left = root["daysLeft"].as_u64().unwrap();
    assert!((1825..=1827).contains(&left), "{left}");
    let sub = shown(&folder, "plant-1");
    assert_eq!(sub["parent"], "plant-root");
    assert_eq!(sub["notAfter"], root["notAfter"]);
    assert_eq!(sub["chain"].as_array().unwrap().len(), 2);

    ok(
        &folder,
        &["ca", "renew", "plant-root", "--new-key", "--years", "9"],
    );
    let renewed = shown(&folder, "plant-root");
    assert_eq!(
        (&renewed["generation"], &renewed["renewed"]),
        (&2.into(), &false.into())
    );
    assert!(
        renewed["newWithOld"]
            .as_str()
            .unwrap()
            .contains("by another key")
    );
    assert_eq!(shown(&folder, "plant-root.1")["renewed"], true);
    let links = pem(&folder, "ca show plant-root --pem --links");
    let roots = ["plant-root.1", "plant-root"]
        .map(|name| pem(&folder, &format!("ca show {name} --pem")).remove(0));
    links[0].verify_signature(roots[0].public_key()).unwrap();
    links[1].verify_signature(roots[1].public_key()).unwrap();
    let chain = pem(&folder, "ca show plant-1 --pem --chain");
    assert_eq!(chain[1..], [links[1].clone(), roots[0].clone()]);
    ok(&folder, &["ca", "renew", "plant-1", "--same-key"]);
    assert_eq!(shown(&folder, "plant-1")["parent"], "plant-root");

    // Each key signs a list of its own, and all have one sequence of numbers.
    for (name, number) in [("plant-root.1", 1), ("plant-root", 2), ("plant-root.1", 3)] {
        let file = format!("{number}.crl");
        ok(&folder, &["ca", "crl", name, "--out", &file]);
        let crl = Crl::from_der(&folder.read(&file)).unwrap();
        assert_eq!(crl.number().unwrap().unwrap().to_u64(), Some(number));
        let key = &roots[usize::from(name == "plant-root")];
        crl.verify_signature(key.public_key()).unwrap();
    }

    ok(&folder, &["ca", "current", "plant-1"]);
    assert_eq!(shown(&folder, "ecc-root")["current"], false);
    let retired = ok(&folder, &["ca", "retire", "plant-1"]);
    assert_eq!(retired["withoutCurrent"], "ECC");
    assert!(shown(&folder, "plant-1")["retiredAt"].is_string());
    let again = folder.words("ca renew plant-1 --same-key");
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is retired since"), "{}", again.err);
    assert_eq!(folder.words("ca crl plant-1 --out last.crl").code, 0);
    assert_eq!(folder.words("audit verify").code, 0);
}

#[test]
fn without_a_ca_of_one_family_the_other_goes_on() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let told = folder.words("ca retire ecc-root");
    assert!(
        told.err.contains("no ECC CA is current now"),
        "{}",
        told.err
    );
    folder.issue(&fleet("meter-01"), "--device-key s1 --issue-authority RSA");
    let csr = fleet("sensor-02");
    let words = [
        "issue",
        "enos",
        "--csr",
        csr.to_str().unwrap(),
        "--device-key",
        "s2",
    ];
    let run = folder.run([&words[..], &["--issue-authority", "ECC", "--json"]].concat());
    assert_eq!(run.code, 4, "{}", run.err);
    assert_eq!(run.rules(), ["enos.root-absent"]);
}

#[test]
fn what_a_parent_does_not_allow_is_told_finding_by_finding() {
    let folder = Folder::new();
    made(&folder);
    let below = [
        "ca",
        "new",
        "x",
        "--subject",
        "CN=x,O=Other",
        "--key-algorithm",
        "P-256",
    ];
    let run = folder.run([&below[..], &["--parent", "plant-1", "--json"]].concat());
    assert_eq!(run.code, 4, "{}", run.err);
    let rules: Vec<_> = run.error()["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(rules, ["issuer.name-constraints", "issuer.path-len"]);
    let run = folder.run([&below[..], &["--parent", "nobody"]].concat());
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("`certwright ca show` tells the names"),
        "{}",
        run.err
    );
    for words in [
        "ca renew plant-1",
        "ca renew plant-1 --same-key --new-key",
        "ca new y --subject CN=y --key-algorithm P-256 --years 1 --days 2",
        "ca import z",
    ] {
        assert_eq!(folder.words(words).code, 2, "{words}");
    }
    let bad =
        folder.words("ca new y --subject CN=y --key-algorithm P-256 --permit-dns *.example.com");
    assert_eq!(bad.code, 1);
}

#[test]
fn a_ca_comes_in_from_a_p12_or_with_a_chain() {
    let folder = Folder::new();
    made(&folder);
    folder.write("password", "correct horse battery");
    let chain = folder.words("ca show plant-1 --pem --chain");
    folder.write("chain.pem", &chain.out);
    let key = "--key certwright-workspace/ca/plant-1/key.pem";
    let convert = format!("convert chain.pem {key} --out ca.p12 --p12-password-file password");
    let run = folder.words(&convert);
    assert_eq!(run.code, 0, "{}", run.err);
    for (other, words) in [
        (
            "b",
            "ca import plant --p12 ca.p12 --p12-password-file password --current".to_owned(),
        ),
        ("c", format!("ca import plant --cert chain.pem {key}")),
    ] {
        assert_eq!(folder.words(&format!("init --workspace {other}")).code, 0);
        let run = folder.words(&format!("{words} --workspace {other} --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.json()["signsHere"], true);
        let again = folder.words(&format!("ca show plant --pem --chain --workspace {other}"));
        assert_eq!(again.out, chain.out);
    }
    // A certificate that stands beside is not dropped in silence.
    let beside = folder.words("ca show ecc-root --pem").out;
    folder.write("beside.pem", [&chain.out[..], &beside].concat());
    let run = folder.words("ca import plant-2 --cert beside.pem --workspace b");
    assert_eq!(run.code, 1, "{}", run.err);
}

#[test]
fn a_revoked_intermediate_is_on_its_parents_list() {
    let folder = Folder::new();
    made(&folder);
    let serial = pem(&folder, "ca show plant-1 --pem")[0].serial().clone();
    for (words, said) in [
        (
            "ca revoke plant-root --reason 2",
            "is a root, which no CRL can show",
        ),
        (
            "ca revoke plant-1 --reason certificateHold",
            "cannot be put on hold",
        ),
    ] {
        let run = folder.words(words);
        assert_eq!(run.code, 1, "{words}");
        assert!(run.err.contains(said), "{words}: {}", run.err);
    }
    for reason in ["8", "7", "compromise"] {
        let run = folder.words(&format!("ca revoke plant-1 --reason {reason}"));
        assert_eq!(run.code, 2, "{reason}: {}", run.err);
    }
    let run = folder.words("expiring --within 300w --authorities");
    assert!(run.text().contains("CA plant-1 ends"), "{}", run.text());
    let revoked = ok(
        &folder,
        &["ca", "revoke", "plant-1", "--reason", "cACompromise"],
    );
    assert_eq!(
        (&revoked["reason"], &revoked["parent"]),
        (&2.into(), &"plant-root".into())
    );
    assert!(shown(&folder, "plant-1")["retiredAt"].is_string());
    assert_eq!(folder.words("ca crl plant-root --out root.crl").code, 0);
    let crl = Crl::from_der(&folder.read("root.crl")).unwrap();
    let shown: Vec<_> = crl.entries().map(|entry| entry.serial().clone()).collect();
    assert_eq!(shown, [serial]);
    let run = folder.words("expiring --within 300w --authorities");
    assert!(!run.text().contains("CA plant-1 ends"), "{}", run.text());
}
