use super::*;
use crate::cms::CertificatesOnly;

const CA: &str = include_str!("../../testdata/vendor/enos/ca.cert.pem");
const DEVICE: &str = include_str!("../../testdata/vendor/enos/device.cert.pem");

fn certificate(text: &str) -> Certificate {
    Certificate::from_pem(text.as_bytes()).unwrap()
}

fn leaf_first() -> [Certificate; 2] {
    [certificate(DEVICE), certificate(CA)]
}

#[test]
fn one_certificate_is_der_or_the_sample_text() {
    let device = certificate(DEVICE);
    assert_eq!(cer(&device).unwrap(), device.as_der());
    assert_eq!(pem(&device).unwrap().trim_end(), DEVICE.trim_end());
}

#[test]
fn a_chain_is_the_sample_texts_leaf_first() {
    let expected = format!("{}\n{}\n", DEVICE.trim_end(), CA.trim_end());
    assert_eq!(chain(&leaf_first()).unwrap(), expected);
}

#[test]
fn a_chain_out_of_order_is_refused() {
    let [device, ca] = leaf_first();
    let error = chain(&[ca, device]).unwrap_err();
    assert!(matches!(error, BundleError::Unchained { position: 1, .. }));
    assert!(matches!(
        chain(&[]),
        Err(BundleError::Empty {
            artefact: Artefact::Chain
        })
    ));
}

#[test]
fn a_p7b_holds_the_chain_in_the_order_asked_for() {
    let [device, ca] = leaf_first();
    for encoding in [Encoding::Der, Encoding::Pem] {
        let read = |order| {
            let octets = p7b(&leaf_first(), encoding, order).unwrap();
            CertificatesOnly::from_bytes(&octets).unwrap()
        };
        let as_given = read(Order::LeafFirst);
        assert_eq!(as_given.certificates(), [device.clone(), ca.clone()]);
        let sorted = read(Order::DerSorted);
        assert_eq!(sorted.certificates(), [ca.clone(), device.clone()]);
    }
    let twice = [device.clone(), device];
    assert!(matches!(
        p7b(&twice, Encoding::Der, Order::LeafFirst),
        Err(BundleError::Cms(CmsError::Duplicate { position: 1 }))
    ));
}

#[test]
fn artefacts_go_by_names_and_have_extensions_of_their_own() {
    let names: Vec<Artefact> = "cer,pem,chain,p7b,p7b-pem"
        .split(',')
        .map(|name| name.parse().unwrap())
        .collect();
    assert_eq!(names, Artefact::ALL);
    let mut extensions = Artefact::ALL.map(Artefact::extension).to_vec();
    extensions.sort_unstable();
    extensions.dedup();
    assert_eq!(extensions.len(), Artefact::ALL.len());
    for found in ["", "CER", "p12", "cer "] {
        assert!(matches!(
            found.parse::<Artefact>(),
            Err(BundleError::UnknownArtefact { found: named }) if named == found
        ));
    }
    let chain = leaf_first();
    for artefact in Artefact::ALL {
        assert!(!write(artefact, &chain).unwrap().is_empty());
        assert!(matches!(
            write(artefact, &[]),
            Err(BundleError::Empty { .. })
        ));
    }
}
