use super::*;
use crate::cms::signed::SignedMessageError as Error;

macro_rules! message {
    ($name:literal) => {
        SignedMessage::from_bytes(include_bytes!(concat!("../../../testdata/emca/", $name)))
            .unwrap()
    };
}

fn certificate(text: &[u8]) -> Certificate {
    Certificate::from_pem(text).unwrap()
}

fn signer() -> Certificate {
    certificate(include_bytes!("../../../testdata/emca/signer.cert.pem"))
}

fn ec_signer() -> Certificate {
    certificate(include_bytes!("../../../testdata/emca/signer-ec.cert.pem"))
}

/// The request that every message holds, as DER.
fn request() -> Vec<u8> {
    let text = include_bytes!("../../../testdata/emca/request.csr.pem");
    let block = pem::decode_one(text, &[Label::CertificateRequest], 4096).unwrap();
    block.der().to_vec()
}

#[test]
fn messages_of_openssl_verify_in_every_form() {
    for message in [
        message!("ber.p7"),
        message!("ber-noattr.p7"),
        message!("der.p7"),
        message!("der-noattr.p7"),
        message!("keyid.p7"),
        message!("nocerts.p7"),
        message!("sha384.p7"),
        message!("sha512-noattr.p7"),
        message!("message.pem"),
        message!("two-signers.p7"),
    ] {
        let content = message.verify(&signer(), WeakDigest::Refuse).unwrap();
        assert_eq!(content, request());
    }
    for message in [message!("ec-signer.p7"), message!("ec-signer-noattr.p7")] {
        let content = message.verify(&ec_signer(), WeakDigest::Refuse).unwrap();
        assert_eq!(content, request());
    }
}

#[test]
fn messages_of_bouncycastle_verify_with_attributes_and_without() {
    let [one, other] = [message!("bc.p7"), message!("bc-noattr.p7")];
    let content = one.verify(&signer(), WeakDigest::Refuse).unwrap();
    assert_eq!(
        other.verify(&signer(), WeakDigest::Refuse).unwrap(),
        content
    );
    assert_eq!(content.first(), Some(&tlv::SEQUENCE));
    assert_eq!(one.certificates(), [signer()]);
    let base64 = message!("bc-base64.p7");
    let content = base64.verify(&signer(), WeakDigest::Refuse).unwrap();
    assert!(content.is_ascii());
}

#[test]
fn a_sha1_digest_is_refused_unless_allowed() {
    let message = message!("sha1.p7");
    let error = message.verify(&signer(), WeakDigest::Refuse).unwrap_err();
    assert!(matches!(error, Error::WeakDigest));
    let content = message.verify(&signer(), WeakDigest::Allow).unwrap();
    assert_eq!(content, request());
}

#[test]
fn another_signer_is_refused() {
    let refused = |message: SignedMessage, signer: &Certificate| {
        message.verify(signer, WeakDigest::Refuse).unwrap_err()
    };
    let error = refused(message!("other-signer.p7"), &signer());
    assert!(
        matches!(&error, Error::OtherSigner { found, .. } if found == "O=Example,CN=another with serial 0x4c4b43")
    );
    let error = refused(message!("keyid.p7"), &ec_signer());
    assert!(matches!(&error, Error::OtherSigner { found, .. } if found.starts_with("key ")));
    // The same issuer and serial number, another key: with its certificate and without.
    let error = refused(message!("impostor.p7"), &signer());
    assert!(matches!(error, Error::OtherCertificate));
    let error = refused(message!("impostor-nocerts.p7"), &signer());
    assert!(matches!(error, Error::Signature(_)));
}

#[test]
fn what_is_not_verified_is_named() {
    let message = message!("pss.p7");
    let error = message.verify(&signer(), WeakDigest::Refuse).unwrap_err();
    let Error::SignatureAlgorithm { found } = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        found,
        "digest 2.16.840.1.101.3.4.2.1 and algorithm 1.2.840.113549.1.1.10"
    );
    let octets = include_bytes!("../../../testdata/emca/detached.p7");
    let error = SignedMessage::from_bytes(octets).unwrap_err();
    assert!(matches!(error, Error::ContentAbsent));
}

/// Every octet with its lowest bit flipped: the message is not read, not believed, or the octet says nothing of
/// content and signer.
#[test]
fn a_flipped_bit_never_gives_another_content() {
    let sound: &[u8] = include_bytes!("../../../testdata/emca/ber-noattr.p7");
    let content = request();
    let start = sound
        .windows(content.len())
        .position(|window| window == content)
        .unwrap();
    let signature = sound.len() - 6 - 256..sound.len() - 6;
    for at in 0..sound.len() {
        let mut flipped = sound.to_vec();
        flipped[at] ^= 1;
        let read = SignedMessage::from_der(&flipped);
        let verified = read
            .as_ref()
            .map(|message| message.verify(&signer(), WeakDigest::Refuse));
        if let Ok(Ok(found)) = verified {
            assert_eq!(found, content, "octet {at}");
            assert!(!(start..start + content.len()).contains(&at), "octet {at}");
            assert!(!signature.contains(&at), "octet {at}");
        }
    }
}

#[test]
fn a_content_that_is_not_the_digests_is_refused() {
    let mut octets = include_bytes!("../../../testdata/emca/der.p7").to_vec();
    let content = request();
    let start = octets
        .windows(content.len())
        .position(|window| window == content)
        .unwrap();
    octets[start + content.len() - 1] ^= 1;
    let message = SignedMessage::from_der(&octets).unwrap();
    let error = message.verify(&signer(), WeakDigest::Refuse).unwrap_err();
    assert!(matches!(error, Error::Digest));
}

/// A message around one signer's octets after the identifier, with a content and no certificate.
fn built(attributes: &[u8], digest: &[u8]) -> Result<SignedMessage, Error> {
    let signer = signer();
    let serial = tlv::write(tlv::INTEGER, signer.serial().as_be_bytes());
    let identifier = [signer.issuer().as_der(), &serial].concat();
    let rsa = tlv::write(tlv::SEQUENCE, &tlv::write_oid(oid::RSA_ENCRYPTION));
    let info = [
        &[2, 1, 1][..],
        &tlv::write(tlv::SEQUENCE, &identifier),
        digest,
        attributes,
        &rsa,
        &tlv::write(tlv::OCTET_STRING, &[0; 256]),
    ]
    .concat();
    let content = tlv::write(
        tlv::context_constructed(0),
        &tlv::write(tlv::OCTET_STRING, b"x"),
    );
    let encapsulated = [tlv::write_oid(oid::DATA), content].concat();
    let data = [
        &[2, 1, 1, 0x31, 0][..],
        &tlv::write(tlv::SEQUENCE, &encapsulated),
        &tlv::write(tlv::SET, &tlv::write(tlv::SEQUENCE, &info)),
    ]
    .concat();
    let data = tlv::write(
        tlv::context_constructed(0),
        &tlv::write(tlv::SEQUENCE, &data),
    );
    let octets = [tlv::write_oid(oid::SIGNED_DATA), data].concat();
    SignedMessage::from_der(&tlv::write(tlv::SEQUENCE, &octets))
}

fn attribute(kind: Oid, values: &[&[u8]]) -> Vec<u8> {
    let set = tlv::write(tlv::SET, &values.concat());
    tlv::write(tlv::SEQUENCE, &[tlv::write_oid(kind), set].concat())
}

#[test]
fn signed_attributes_must_name_content_type_and_digest_once() {
    let sha256 = tlv::write(tlv::SEQUENCE, &tlv::write_oid(oid::SHA256));
    let refused = |attributes: &[Vec<u8>]| {
        let attributes = tlv::write(tlv::context_constructed(0), &attributes.concat());
        let message = built(&attributes, &sha256).unwrap();
        message.verify(&signer(), WeakDigest::Refuse).unwrap_err()
    };
    let data = tlv::write_oid(oid::DATA);
    let content_type = || attribute(oid::CONTENT_TYPE, &[&data]);
    let digest = [0x04, 1, 7];
    let is_attribute = |error: &Error, name: &str, times: usize| matches!(error, Error::Attribute { attribute, found } if *attribute == name && *found == times);
    assert!(is_attribute(&refused(&[]), "contentType", 0));
    assert!(is_attribute(
        &refused(&[content_type()]),
        "messageDigest",
        0
    ));
    let twice = [content_type(), content_type()];
    assert!(is_attribute(&refused(&twice), "contentType", 2));
    let two_values = [
        content_type(),
        attribute(oid::MESSAGE_DIGEST, &[&digest, &digest]),
    ];
    assert!(is_attribute(&refused(&two_values), "messageDigest", 2));
    let other_type = [attribute(
        oid::CONTENT_TYPE,
        &[&tlv::write_oid(oid::SIGNED_DATA)],
    )];
    assert!(matches!(
        refused(&other_type),
        Error::ContentAttribute { .. }
    ));
    let wrong = [content_type(), attribute(oid::MESSAGE_DIGEST, &[&digest])];
    assert!(matches!(refused(&wrong), Error::Digest));
    let unknown = tlv::write(tlv::SEQUENCE, &tlv::write_oid(oid::DATA));
    assert!(matches!(
        built(&[], &unknown),
        Err(Error::SignatureAlgorithm { .. })
    ));
}

#[test]
fn attributes_in_any_order_are_hashed_in_ders() {
    // The SET of the message is turned round: BER may, and the signature covers the sorted octets all the same.
    let sound = include_bytes!("../../../testdata/emca/der.p7");
    let message = SignedMessage::from_der(sound).unwrap();
    let reversed: Vec<u8> = {
        let mut attributes = message.signers()[0].attributes_whole().to_vec();
        let forward = attributes.concat();
        attributes.reverse();
        let start = sound
            .windows(forward.len())
            .position(|window| window == forward)
            .unwrap();
        let mut octets = sound.to_vec();
        octets.splice(start..start + forward.len(), attributes.concat());
        octets
    };
    assert_ne!(reversed, sound);
    let message = SignedMessage::from_der(&reversed).unwrap();
    assert_eq!(
        message.verify(&signer(), WeakDigest::Refuse).unwrap(),
        request()
    );
}

#[test]
fn octets_that_are_no_message_are_refused() {
    let long = vec![0x30; SignedMessage::MAX_OCTETS + 1];
    assert!(matches!(
        SignedMessage::from_bytes(&long),
        Err(Error::TooLong { actual: 262_145 })
    ));
    assert!(matches!(
        SignedMessage::from_bytes(b"no message"),
        Err(Error::Pem(_))
    ));
    assert!(matches!(
        SignedMessage::from_bytes(&request()),
        Err(Error::Malformed { .. })
    ));
    let sound = include_bytes!("../../../testdata/emca/ber.p7");
    for length in 0..sound.len() {
        assert!(SignedMessage::from_der(&sound[..length]).is_err());
    }
}
