use super::*;

const CA: &str = include_str!("../../../testdata/vendor/enos/ca.cert.pem");
const DEVICE: &str = include_str!("../../../testdata/vendor/enos/device.cert.pem");

fn certificate(text: &str) -> Certificate {
    Certificate::from_pem(text.as_bytes()).unwrap()
}

#[test]
fn without_a_present_one_there_is_nothing_to_keep() {
    let device = certificate(DEVICE);
    let begin = device.validity().not_before();
    let items = [HandoverItem {
        next: &device,
        current: None,
        cer: "a.cer",
        p7b: "a.p7b",
    }];
    let sheet = |made_at| Handover {
        owner: "X",
        partner: None,
        made_at,
        items: &items,
    };
    let earlier = UnixSeconds::new(begin.seconds() - 1).unwrap();
    let text = sheet(earlier).to_text();
    assert!(text.contains(&format!("Before {begin}: import a.cer, or a.p7b")));
    assert!(text.contains(&format!("From {begin} on: use it.")));
    assert!(!text.contains("Takes the place of"));
    assert!(sheet(begin).to_text().contains("At once: import a.cer"));
    // An issuer of its own is named.
    let issuer = format!("Issuer         {}\n", device.issuer());
    assert!(text.contains(&issuer), "{text}");
}

#[test]
fn a_certificate_is_for_what_its_key_usage_states() {
    // No key usage that says either.
    let ca = certificate(CA);
    assert_eq!(Purpose::of(ca.tbs()), Purpose::Both);
}
