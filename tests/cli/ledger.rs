//! Questions to the ledger, and what is handed out of it again.

use certwright::cert::Certificate;
use certwright::request::CertificationRequest;
use rusqlite::Connection;
use serde_json::Value;

use super::{Folder, fleet};

fn devices(run: &super::Run) -> Vec<String> {
    assert!(run.code != 1 && run.code != 2, "{}", run.err);
    let rows = run.json();
    let device = |row: &Value| row["device"].as_str().unwrap().to_owned();
    rows.as_array().unwrap().iter().map(device).collect()
}

#[test]
fn a_list_is_narrowed_by_days_holders_and_holds() {
    let folder = Folder::new();
    folder.issue(
        &fleet("sensor-01"),
        "--device-key s1 --issue-authority ECC --valid-day 10",
    );
    folder.issue(
        &fleet("sensor-02"),
        "--device-key s2 --issue-authority ECC --valid-day 400",
    );
    assert_eq!(
        folder
            .words("revoke enos --cert-sn 1 --device-key s1 --reason 6")
            .code,
        0
    );
    let listed = |conditions: &str| devices(&folder.words(&format!("list --json {conditions}")));
    assert_eq!(listed("--status on-hold"), ["open/s1"]);
    assert_eq!(listed("--status revoked"), [""; 0]);
    let end = &folder.listed()[0]["notAfter"].as_str().unwrap()[..10].to_owned();
    assert_eq!(listed(&format!("--expires-to {end}")), ["open/s1"]);
    assert_eq!(
        listed(&format!("--expires-from {end} --expires-to {end}")),
        ["open/s1"]
    );
    assert_eq!(listed("--issued-to 2020-01-01"), [""; 0]);
    assert_eq!(listed("--issued-from 2020-01-01").len(), 2);
    assert_eq!(listed("--holder open/s2"), ["open/s2"]);
    assert_eq!(listed("--device open/s2 --vendor ecgrid"), [""; 0]);
    assert_eq!(listed("--comm 5001"), [""; 0]);
    assert_eq!(listed("--subject CN=sensor-0"), [""; 0]);
    assert_eq!(listed("--subject CN=sensor-0*"), ["open/s1", "open/s2"]);
    assert_eq!(folder.words("list --subject =").code, 2);
    assert_eq!(
        folder
            .words("list --expires-from 2027-01-01 --expires-to 2026-01-01")
            .code,
        2
    );

    let stats = folder.words("stats --json").json();
    assert_eq!(stats["certificates"], 2);
    assert_eq!(stats["byStatus"][0]["name"], "on-hold");
    assert_eq!(stats["byStatus"][1]["certificates"], 1);
    assert_eq!(stats["byKey"][0]["name"], "P-256");
}

#[test]
fn a_certificate_is_found_and_written_again_by_any_of_its_names() {
    let folder = Folder::new();
    folder.issue(&fleet("sensor-01"), "--device-key s1 --issue-authority ECC");
    let shown = folder.words("show 1 --json").json();
    for name in ["keyId", "sha256Fingerprint", "device"] {
        let run = folder.words(&format!("show {} --json", shown[0][name].as_str().unwrap()));
        assert_eq!(run.json()[0]["serialNumber"], "1", "{name}");
    }
    assert_eq!(folder.words("show nobody").code, 1);

    let run = folder.words("export open/s1 --out s1 --artefacts cer,pem,chain,p7b,csr");
    assert_eq!(run.code, 0, "{}", run.err);
    let names = ["s1.cer", "s1.chain.pem", "s1.csr.pem", "s1.p7b", "s1.pem"];
    assert_eq!(folder.names(), names);
    let pem = shown[0]["pem"].as_str().unwrap().as_bytes();
    assert_eq!(folder.read("s1.pem"), pem);
    assert_eq!(
        Certificate::from_der(&folder.read("s1.cer"))
            .unwrap()
            .to_pem()
            .as_bytes(),
        pem
    );
    assert_eq!(folder.words("export 1").out, pem);
    let chain = folder.read("s1.chain.pem");
    let root = folder.words("ca show ecc-root --pem").out;
    assert_eq!(chain, [pem, &root].concat());
    let asked =
        CertificationRequest::from_pem(&std::fs::read(fleet("sensor-01")).unwrap()).unwrap();
    let kept = CertificationRequest::from_pem(&folder.read("s1.csr.pem")).unwrap();
    assert_eq!(kept.as_der(), asked.as_der());

    assert_eq!(
        folder.words("export 1 --out s1 --artefacts cer").code,
        1,
        "it is there"
    );
    assert_eq!(
        folder.words("export 1 --out k1 --artefacts key").code,
        1,
        "no key here"
    );
    assert_eq!(folder.words("export 1 --out k1 --artefacts reply").code, 2);
    assert_eq!(folder.names(), names);
}

#[test]
fn a_pair_is_seen_as_one_and_the_exit_code_is_for_cron() {
    let folder = Folder::new();
    folder.issue(
        &fleet("sensor-01"),
        "--device-key s1 --issue-authority ECC --valid-day 10",
    );
    folder.issue(
        &fleet("sensor-02"),
        "--device-key s2 --issue-authority ECC --valid-day 400",
    );
    assert_eq!(folder.words("expiring --within 9d").code, 0);
    let run = folder.words("expiring --within 2w --json");
    assert_eq!((run.code, devices(&run)), (3, vec!["open/s1".to_owned()]));
    assert_eq!(folder.words("expiring --within 2w --vendor ecgrid").code, 0);
    let limited = folder.words("expiring --within 2w --limit 0 --json");
    assert_eq!((limited.code, devices(&limited).len()), (3, 0));

    // The renewal supersedes and revokes; the new one is not near its end.
    let renew = "renew enos --cert-sn 1 --device-key s1 --valid-day 100";
    assert_eq!(folder.words(renew).code, 0);
    assert_eq!(folder.words("expiring --within 2w").code, 0);

    // One that has ended, with nothing in its place.
    let ledger = Connection::open(folder.path("certwright-workspace/ledger.sqlite")).unwrap();
    let sql = "UPDATE certificate SET not_before = 0, not_after = unixepoch() - 3600 WHERE serial = x'0102'";
    assert_eq!(ledger.execute(sql, []).unwrap(), 1);
    drop(ledger);
    let run = folder.words("expiring --within 1d --csv");
    assert_eq!(run.code, 4);
    assert!(run.text().contains("open/s2,expired"), "{}", run.text());

    // Roots of ten years are told of when certificates of two years outlive them.
    let run = folder.words("expiring --within 430w --authorities --json");
    assert_eq!((run.code, run.json().as_array().unwrap().len()), (3, 2));
    assert_eq!(run.json()[0]["issuesDays"], 730);
    assert_eq!(folder.words("expiring --within 400w --authorities").code, 0);
}
