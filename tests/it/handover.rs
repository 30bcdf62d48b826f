//! The sheet for a partner, after a rollover from a fixed seed at a fixed moment.

use std::fs;

use certwright::bundle::handover::{Handover, HandoverItem, Purpose};
use certwright::service::{Moment, Service};
use certwright::time::UnixSeconds;
use certwright::vendor::ecgrid::access::Caller;
use certwright::vendor::ecgrid::rollover::RolloverRequest;
use certwright::vendor::ecgrid::wire::CreateRequest;
use certwright::vendor::rollover::{Pair, Pairs, Rollover};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::golden::hold;

const CONFIG: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY AS2"
organization = "Smith & Sons <\"O'Neill\">"
"#;

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

fn rollover(pairs: Pairs) -> Rollover {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut rng = ChaCha20Rng::from_seed([11; 32]);
    let begin = at("2026-05-07T00:00:00Z");
    drop(Service::open_or_create(&dir, begin, &mut rng).unwrap());
    fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
    let mut service = Service::open(&dir).unwrap();
    let (caller, moment) = (Caller::local(), Moment::at(begin));
    let create = [CreateRequest::new(5001)];
    let made = service.ecgrid_create(&create, &caller, &moment, &mut rng);
    made.unwrap().remove(0).unwrap();
    let request = RolloverRequest {
        pairs,
        ..RolloverRequest::new(5001)
    };
    let moment = Moment::at(at("2028-03-01T00:00:00Z"));
    let made = service.ecgrid_rollover(&request, &caller, &moment, &mut rng);
    made.unwrap().unwrap()
}

fn item(pair: &Pair) -> HandoverItem<'_> {
    let [cer, p7b] = match pair.purpose {
        Purpose::Both => ["both.cer", "both.p7b"],
        Purpose::Encryption => ["encryption.cer", "encryption.p7b"],
        Purpose::Signing => ["signing.cer", "signing.p7b"],
    };
    HandoverItem {
        next: &pair.next.certificate,
        current: Some(&pair.current.certificate),
        cer,
        p7b,
    }
}

fn handover<'a>(items: &'a [HandoverItem<'a>], partner: Option<&'a str>) -> Handover<'a> {
    Handover {
        owner: "MYCOMPANY AS2",
        partner,
        made_at: at("2028-03-01T00:00:00Z"),
        items,
    }
}

#[test]
fn the_sheet_is_that_of_the_golden_files() {
    let rollover = rollover(Pairs::Separate);
    let items: Vec<_> = rollover.pairs.iter().map(item).collect();
    let sheet = handover(&items, Some("PARTNER \"A\" <script>alert(1)</script>"));
    hold("handover.txt", sheet.to_text().as_bytes());
    hold("handover.html", sheet.to_html().as_bytes());
}

#[test]
fn a_name_is_no_markup_and_steers_nothing() {
    let rollover = rollover(Pairs::Combined);
    let items: Vec<_> = rollover.pairs.iter().map(item).collect();
    let name = "<img src=x onerror='a'>\u{1b}[31m\u{202e}\n\"&";
    let sheet = Handover {
        owner: name,
        ..handover(&items, Some(name))
    };
    let html = sheet.to_html();
    let shown = "&lt;img src=x onerror=&#39;a&#39;&gt;\\u{1b}[31m\\u{202e}\\u{a}&quot;&amp;";
    let cell = format!("<td>{shown}</td>");
    assert_eq!(html.matches(&cell).count(), 2, "{html}");
    assert!(html.contains(&format!("<title>New certificates of {shown}</title>")));
    assert!(!html.contains("<img"));
    let subject = "O=Smith &amp; Sons \\&lt;\\&quot;O&#39;Neill\\&quot;\\&gt;";
    assert!(html.contains(subject), "{html}");
    for text in [html.as_str(), &sheet.to_text()] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']));
    }
}

#[test]
fn the_html_stands_alone() {
    let rollover = rollover(Pairs::Combined);
    let items: Vec<_> = rollover.pairs.iter().map(item).collect();
    let html = handover(&items, None).to_html();
    for word in [
        "src=", "href=", "url(", "@import", "<script", "http:", "https:",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    for word in [
        "prefers-color-scheme: dark",
        "@media print",
        "@page",
        "charset=\"utf-8\"",
    ] {
        assert!(html.contains(word), "{word}");
    }
}
