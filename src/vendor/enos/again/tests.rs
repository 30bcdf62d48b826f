use super::*;
use crate::cert::TbsFields;
use crate::ext::{BasicConstraints, Criticality, Extensions};
use crate::serial::SerialNumber;
use crate::time::Validity;
use crate::vendor::enos::tests::{NOW, at, crl_url, rules, sample_certificate, terms_at};

/// The vendor's sample with something in it changed, as whoever holds no key can write it.
fn changed(change: impl FnOnce(&mut TbsFields)) -> Vec<u8> {
    let mut fields = sample_certificate().tbs().fields().clone();
    change(&mut fields);
    TbsCertificate::new(fields).as_der().to_vec()
}

fn refusal(octets: &[u8]) -> Refusal {
    prepare_again(octets, &terms_at(NOW)).unwrap_err()
}

#[test]
fn what_the_profile_makes_comes_out_again() {
    let sample = sample_certificate();
    let again = prepare_again(sample.tbs().as_der(), &terms_at(NOW)).unwrap();
    assert_eq!(again.1.tbs_der(), sample.tbs().as_der());
    let other = changed(|fields| fields.serial = SerialNumber::from_u64(7).unwrap());
    let again = prepare_again(&other, &terms_at(NOW)).unwrap();
    assert_eq!(again.1.tbs_der(), other);
}

#[test]
fn what_the_profile_would_not_make_is_refused() {
    let sample = sample_certificate();
    let ca = BasicConstraints::ca(None).to_extension(Criticality::Critical);
    let with_ca = changed(|fields| {
        let mut all: Vec<_> = fields.extensions.iter().cloned().collect();
        all.retain(|extension| extension.oid() != ca.oid());
        all.push(ca.clone());
        fields.extensions = Extensions::new(all).unwrap();
    });
    let fewer = changed(|fields| {
        let all: Vec<_> = fields.extensions.iter().skip(1).cloned().collect();
        fields.extensions = Extensions::new(all).unwrap();
    });
    let elsewhere = changed(|fields| fields.issuer = "CN=somebody else".parse().unwrap());
    let longer = [sample.tbs().as_der(), &[0]].concat();
    for octets in [&with_ca, &fewer, &elsewhere, &longer, &Vec::new()] {
        assert_eq!(
            rules(&refusal(octets)),
            [("enos.prepared", "tbsCertificate")]
        );
    }
}

#[test]
fn key_times_and_serial_number_are_held_against_the_rules() {
    let for_ever = changed(|fields| {
        let end = at("2040-01-01T00:00:00Z");
        fields.validity = Validity::new(fields.validity.not_before(), end).unwrap();
    });
    assert_eq!(
        rules(&refusal(&for_ever)),
        [("issuer.validity", "notAfter")]
    );
    let large = changed(|fields| fields.serial = SerialNumber::from_u64(1 << 31).unwrap());
    assert_eq!(rules(&refusal(&large)), [("enos.serial", "serialNumber")]);
    let nobody = changed(|fields| fields.subject = "O=Acme".parse().unwrap());
    assert!(!rules(&refusal(&nobody)).is_empty());
    // The address of the list is the configuration's, not that of whoever asks.
    let url = crate::general_name::UniformResourceIdentifier::new("https://example.com/crl");
    let issuer = terms_at(NOW).issuer(Authority::Rsa).unwrap().clone();
    let other = terms_at(NOW).with_root(Authority::Rsa, issuer, url.unwrap());
    assert_ne!(crl_url().to_string(), "https://example.com/crl");
    let sample = sample_certificate();
    let refusal = prepare_again(sample.tbs().as_der(), &other).unwrap_err();
    assert_eq!(rules(&refusal), [("enos.prepared", "tbsCertificate")]);
}
