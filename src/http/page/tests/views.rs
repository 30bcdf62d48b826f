//! What comes next, what ends when, the rules and the last requests.

use serde_json::json;

use super::{all, bench, column, rows, shown, xml};
use crate::vendor::{as2expert, ecgrid, emca, enos};

#[test]
fn now_and_next_name_the_partners_that_a_rollover_touches() {
    let bench = bench("");
    let page = shown(&bench, "/lifecycle?name=62");
    let found = rows(&xml(&page));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0], "signing and encryption");
    assert!(
        found[0][1].contains("2026-01-02 to 2028-01-02"),
        "{found:?}"
    );
    assert_eq!(found[0][2], "none");
    assert_eq!(found[0][4], "140 First partner\n141 Second partner\n");
    let document = xml(&page);
    let mut links = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    assert!(links.any(|link| link == "/certificates/2"));
    assert!(
        shown(&bench, "/lifecycle")
            .body
            .contains("Comm 5001: MYCOMPANY-AS2")
    );
    assert!(
        shown(&bench, "/lifecycle?name=%3Cb%3E")
            .body
            .contains("is called so")
    );
}

#[test]
fn the_chart_and_its_table_tell_the_same() {
    let bench = bench("");
    let page = shown(&bench, "/expiry");
    let document = xml(&page);
    let bars = all(document.root(), "rect").count();
    let rows = rows(&document);
    assert_eq!(bars, rows.len());
    let valid: u64 = rows.iter().map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!(valid, 2);
    let months: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
    assert!(months.contains(&"2028-01"), "{months:?}");
    let link = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    let link = link
        .filter(|path| path.contains("expires_from=2028-01-01"))
        .last()
        .unwrap();
    assert!(link.ends_with("&expires_to=2028-01-31"), "{link}");
    assert_eq!(column(&shown(&bench, link), 3).last().unwrap(), "62");
}

#[test]
fn findings_lead_to_their_rules() {
    let bench = bench("");
    let csr = include_str!("../../../../testdata/vendor/enos/request.csr.pem");
    let body = json!({"csr": csr, "validDay": 9999}).to_string();
    let path = "/connect-service/v2.0/certificates?action=apply&orgId=o1&assetId=a1";
    bench.call(&format!("POST {path}"), &[], body.as_bytes());
    let page = shown(&bench, "/requests");
    assert_eq!(column(&page, 1), ["enos", "as2expert", "ecgrid"]);
    let document = xml(&page);
    let mut links = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    let rule = links.find(|link| link.starts_with("/rules#")).unwrap();
    let rules = shown(&bench, "/rules");
    let rules = xml(&rules);
    let anchor = rule.strip_prefix("/rules#");
    assert!(
        rules
            .descendants()
            .any(|node| node.attribute("id") == anchor),
        "{rule}"
    );
    let known = [
        as2expert::rules::RULES,
        ecgrid::rules::RULES,
        emca::rules::RULES,
        enos::rules::RULES,
    ];
    let known: usize = known.iter().map(|rules| rules.len()).sum();
    let shown = rules
        .descendants()
        .filter(|node| node.has_tag_name("tbody"));
    let shown: usize = shown.map(|body| all(body, "tr").count()).sum();
    assert_eq!(shown, known);
}
