use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::vendor::emca::tests::{aes_key, fixture};

fn key() -> AesKey {
    AesKey::from_octets(aes_key())
}

fn bodies() -> [(&'static [u8], CipherMode); 3] {
    [
        (fixture!("openssl-body.json"), CipherMode::Ecb),
        (fixture!("openssl-cbc-body.json"), CipherMode::Cbc),
        (fixture!("bc-body.json"), CipherMode::Ecb),
    ]
}

fn refused(sealed: &Sealed, key: &AesKey, mode: CipherMode) -> String {
    let refusal = sealed.open(key, mode).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Wire);
    assert_eq!(refusal.message(), "Invalid input data");
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.rule(), "emca.request-data");
    finding.found().to_owned()
}

#[test]
fn bodies_of_openssl_and_bouncycastle_open() {
    for ((body, mode), user) in bodies().into_iter().zip(["apiuser", "cbcuser", "apiuser"]) {
        let sealed = Sealed::from_json(body).unwrap();
        assert_eq!(sealed.user_name(), user);
        let plain = sealed.open(&key(), mode).unwrap();
        let object: Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(object["userName"], user);
    }
    // The first is wrapped with blanks, as the vendor's samples are.
    assert!(
        fixture!("openssl-body.json")
            .iter()
            .filter(|octet| **octet == b' ')
            .count()
            > 30
    );
}

#[test]
fn what_is_sealed_is_what_the_other_clients_seal() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let theirs = Sealed::from_json(fixture!("bc-body.json")).unwrap();
    let plain = theirs.open(&key(), CipherMode::Ecb).unwrap();
    let ours = Sealed::seal("apiuser", &plain, &key(), CipherMode::Ecb, &mut rng).unwrap();
    assert_eq!(ours, theirs);
    assert_eq!(Sealed::from_json(ours.to_json().as_bytes()).unwrap(), ours);
}

#[test]
fn every_length_goes_round_in_either_mode() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    for mode in [CipherMode::Ecb, CipherMode::Cbc] {
        for length in [0, 1, 15, 16, 17, 31, 32, 1000] {
            let plain = vec![0x10; length];
            let sealed = Sealed::seal("u", &plain, &key(), mode, &mut rng).unwrap();
            assert_eq!(*sealed.open(&key(), mode).unwrap(), plain);
        }
    }
    // Two of the same are the same in ECB, and never in CBC.
    let mut twice =
        |mode| [(); 2].map(|()| Sealed::seal("u", b"x", &key(), mode, &mut rng).unwrap());
    let [one, other] = twice(CipherMode::Ecb);
    assert_eq!(one, other);
    let [one, other] = twice(CipherMode::Cbc);
    assert_ne!(one, other);
}

#[test]
fn what_does_not_decrypt_is_invalid_input_data() {
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let other = AesKey::from_octets([9; 32]);
    for (body, mode) in bodies() {
        let sealed = Sealed::from_json(body).unwrap();
        assert_eq!(
            refused(&sealed, &other, mode),
            "octets that this key does not decrypt"
        );
    }
    let texts = [
        ("*", "Invalid symbol 42, offset 0."),
        ("AAAA", "no whole blocks of 16 octets"),
        ("====", "Invalid symbol 61, offset 0."),
    ];
    for (text, found) in texts {
        let sealed = Sealed::new("u", text);
        assert_eq!(refused(&sealed, &key(), CipherMode::Ecb), found, "{text}");
    }
    // An IV alone holds nothing, not even padding.
    let iv = Sealed::new("u", STANDARD.encode([0; 16]));
    assert_eq!(
        refused(&iv, &key(), CipherMode::Cbc),
        "octets that this key does not decrypt"
    );
    let sealed = Sealed::seal("u", b"0123456789", &key(), CipherMode::Ecb, &mut rng).unwrap();
    let mut octets = STANDARD.decode(&sealed.request_data).unwrap();
    octets[15] ^= 1;
    let flipped = Sealed::new("u", STANDARD.encode(octets));
    refused(&flipped, &key(), CipherMode::Ecb);
}

#[test]
fn a_body_needs_both_of_its_fields() {
    let told = |body: &str| {
        let refusal = Sealed::from_json(body.as_bytes()).unwrap_err();
        assert_eq!(
            (refusal.stage(), refusal.message()),
            (Stage::Wire, "Invalid parameter")
        );
        let faults = refusal.faults().iter();
        faults
            .map(|fault| fault.finding().field().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told("{}"), ["requestData", "userName"]);
    assert_eq!(told(r#"{"requestData":"x","userName":" "}"#), ["userName"]);
    assert_eq!(told(r#"{"requestData":7,"userName":"u"}"#), ["requestData"]);
    let found = |body: &str| {
        let refusal = Sealed::from_json(body.as_bytes()).unwrap_err();
        let faults = refusal.faults().iter();
        faults
            .map(|fault| fault.finding().found().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(r#"{"requestData":" \t","userName":""}"#),
        ["a blank text", "a blank text"]
    );
    assert_eq!(found(r#"{"requestData":7}"#), ["a JSON number", "nothing"]);
    assert_eq!(told("[]"), ["body"]);
    assert_eq!(told("{"), ["body"]);
    assert_eq!(told(&" ".repeat(MAX_BODY_OCTETS + 1)), ["body"]);
    let other_name = Sealed::from_json(br#"{"encodedString":"x","userName":"u"}"#).unwrap();
    assert_eq!(other_name, Sealed::new("u", "x"));
}

#[test]
fn aes_keys_are_hexadecimal_or_base64() {
    let hex: String = aes_key()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    for text in [
        hex.clone(),
        hex.to_lowercase(),
        format!(" {hex}\n"),
        STANDARD.encode(aes_key()),
    ] {
        assert_eq!(
            AesKey::from_text(&text).unwrap().expose_secret(),
            &aes_key()
        );
    }
    for bad in [
        "",
        "00",
        &hex[1..],
        &format!("{hex}00"),
        &"x".repeat(64),
        &STANDARD.encode([0; 16]),
    ] {
        let characters = bad.len();
        assert_eq!(
            AesKey::from_text(bad).unwrap_err(),
            KeyTextError::Aes { characters }
        );
    }
    assert_eq!(format!("{:?}", key()), "AesKey([elided])");
}

#[test]
fn an_em_key_is_sha1_of_user_and_password() {
    let key = EmKey::of("apiuser", "apipass");
    assert_eq!(
        *key.expose_secret(),
        "772a2b5a1909603fae1b8efad45571069ce5ab6f"
    );
    let theirs = std::str::from_utf8(fixture!("bc-emkey.txt")).unwrap();
    assert!(EmKey::from_text(theirs).unwrap().matches(&key));
    assert!(
        EmKey::from_text(&theirs.to_uppercase())
            .unwrap()
            .matches(&key)
    );
    assert!(!EmKey::of("apiuser", "other").matches(&key));
    assert!(EmKey::from_text("772a").is_err());
    assert_eq!(format!("{key:?}"), "EmKey([elided])");
}
