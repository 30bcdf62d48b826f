use super::*;
use crate::key::KeyError;
use crate::tlv;

const RSA: &str = include_str!("../../../testdata/key/rsa2048-pkcs8.pem");
const P256: &str = include_str!("../../../testdata/key/p256-pkcs8.pem");
const MODERN: &[u8] = include_bytes!("../../../testdata/p12/openssl-modern.p12");
const LEGACY: &[u8] = include_bytes!("../../../testdata/p12/openssl-legacy.p12");
const EMPTY_PASSWORD: &[u8] = include_bytes!("../../../testdata/p12/openssl-empty-password.p12");
const CERTTOOL: &[u8] = include_bytes!("../../../testdata/p12/certtool.p12");
const KEYTOOL: &[u8] = include_bytes!("../../../testdata/p12/keytool.p12");
const KEYTOOL_LEGACY: &[u8] = include_bytes!("../../../testdata/p12/keytool-legacy.p12");
const NO_MAC: &[u8] = include_bytes!("../../../testdata/p12/no-mac.p12");
const NO_KEY: &[u8] = include_bytes!("../../../testdata/p12/no-key.p12");
const TWO_KEYS: &[u8] = include_bytes!("../../../testdata/p12/two-keys.p12");
const COSTLY: &[u8] = include_bytes!("../../../testdata/p12/costly.p12");
const NSS: &[u8] = include_bytes!("../../../testdata/p12/nss.p12");
const P384: &[u8] = include_bytes!("../../../testdata/p12/p384.p12");

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn key(pem: &str) -> KeyPair {
    KeyPair::from_pem(pem.as_bytes(), None).unwrap()
}

/// Reads with the password of the fixtures.
fn read(octets: &[u8]) -> Result<P12Contents, P12Error> {
    read_p12(
        octets,
        P12Password::Passphrase(&passphrase("certwright test")),
    )
}

/// The RSA key's certificate and that of the P-256 key that signed it.
fn chain() -> Vec<Certificate> {
    read(MODERN).unwrap().into_parts().1
}

fn write(
    consumer: P12Consumer,
    key: &KeyPair,
    leaf_first: &[Certificate],
    alias: &str,
) -> Result<Vec<u8>, P12Error> {
    let draft = P12Draft {
        key,
        leaf_first,
        alias,
    };
    let password = passphrase("a password of ours");
    p12(consumer, &draft, P12Password::Passphrase(&password))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

#[test]
fn what_openssl_and_gnutls_wrote_reads_whole() {
    for octets in [MODERN, LEGACY, CERTTOOL] {
        let contents = read(octets).unwrap();
        assert_eq!(contents.alias(), Some("AS2 key"));
        assert_eq!(
            contents.key().to_pkcs8_der().unwrap(),
            key(RSA).to_pkcs8_der().unwrap()
        );
        let fingerprints: Vec<_> = contents
            .leaf_first()
            .iter()
            .map(|certificate| hex(&certificate.sha256()))
            .collect();
        assert_eq!(fingerprints, [LEAF, CA]);
        assert!(contents.others().is_empty());
    }
}

#[test]
fn what_keytool_wrote_reads_whole() {
    for octets in [KEYTOOL, KEYTOOL_LEGACY] {
        let contents = read(octets).unwrap();
        // Java's aliases are in lower case.
        assert_eq!(contents.alias(), Some("as2-key"));
        let [leaf] = contents.leaf_first() else {
            panic!("{:?}", contents.leaf_first());
        };
        assert_eq!(leaf.subject().to_string(), "CN=keytool");
        assert_eq!(leaf.public_key(), contents.key().public_key());
    }
}

#[test]
fn each_consumers_file_goes_round() {
    let (rsa, p256, chain) = (key(RSA), key(P256), chain());
    let password = passphrase("a password of ours");
    for consumer in P12Consumer::ALL {
        for (key, chain) in [(&rsa, &chain[..]), (&p256, &chain[1..])] {
            let octets = write(consumer, key, chain, "Schlüssel 1").unwrap();
            assert!(is_p12(&octets), "{consumer}");
            let again = read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
            assert_eq!(again.leaf_first(), chain, "{consumer}");
            assert_eq!(again.alias(), Some("Schlüssel 1"), "{consumer}");
            assert_eq!(
                again.key().to_pkcs8_der().unwrap(),
                key.to_pkcs8_der().unwrap()
            );
            let refused = read(&octets).unwrap_err();
            assert!(matches!(refused, P12Error::WrongPassword), "{consumer}");
        }
    }
}

#[test]
fn a_consumers_file_names_its_algorithms_and_no_others() {
    // PBES2, AES-256-CBC and HMAC-SHA-256 (RFC 8018), pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292), and the MAC's digest.
    let pbes2 = b"\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D".as_slice();
    let aes = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2A".as_slice();
    let prf = b"\x2A\x86\x48\x86\xF7\x0D\x02\x09".as_slice();
    let sha256 = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01".as_slice();
    let triple_des = b"\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01\x03".as_slice();
    let sha1 = b"\x2B\x0E\x03\x02\x1A".as_slice();
    let (aes256, older) = ([pbes2, aes, prf, sha256], [triple_des, sha1]);
    let (rsa, chain) = (key(RSA), chain());
    for consumer in P12Consumer::ALL {
        let octets = write(consumer, &rsa, &chain, "key").unwrap();
        let has = |oid: &&[u8]| octets.windows(oid.len()).any(|window| window == *oid);
        let (expected, other) = match consumer.scheme().encryption {
            P12Encryption::Aes256 => (&aes256[..], &older[..]),
            P12Encryption::TripleDes => (&older[..], &aes256[..]),
        };
        assert!(expected.iter().all(has), "{consumer}");
        assert!(!other.iter().any(has), "{consumer}");
        // The three derivations: certificates, key, MAC.
        let rounds = consumer.scheme().iterations.to_be_bytes();
        let rounds: Vec<u8> = rounds.into_iter().skip_while(|octet| *octet == 0).collect();
        let rounds = tlv::write(tlv::INTEGER, &tlv::integer_content(&rounds));
        let found = octets.windows(rounds.len()).filter(|w| *w == rounds);
        assert_eq!(found.count(), 3, "{consumer}");
    }
}

#[test]
fn consumers_go_by_names() {
    let names = "modern,windows-2016,java-8,macos,openssl-3,fips".split(',');
    let parsed: Vec<P12Consumer> = names.map(|name| name.parse().unwrap()).collect();
    assert_eq!(parsed, P12Consumer::ALL);
    for found in ["", "Modern", "java", "aes"] {
        assert!(matches!(
            found.parse::<P12Consumer>(),
            Err(P12Error::UnknownConsumer { found: named }) if named == found
        ));
    }
}

#[test]
fn a_wrong_password_and_a_changed_file_are_refused() {
    for text in ["certwright tesT", "certwright test ", "schlüssel", "𝄞"] {
        let password = passphrase(text);
        let refused = read_p12(MODERN, P12Password::Passphrase(&password)).unwrap_err();
        // A character that no BMPString holds cannot even be tried.
        assert_eq!(
            matches!(refused, P12Error::WrongPassword),
            text != "𝄞",
            "{refused:?}"
        );
    }
    let mut changed = MODERN.to_vec();
    changed[1000] ^= 1;
    assert!(matches!(
        read(&changed).unwrap_err(),
        P12Error::WrongPassword
    ));
}

#[test]
fn an_empty_password_is_a_choice() {
    let contents = read_p12(EMPTY_PASSWORD, P12Password::Empty).unwrap();
    assert_eq!(contents.alias(), None);
    assert_eq!(contents.leaf_first(), chain());
    let key = key(RSA);
    let draft = P12Draft {
        key: &key,
        leaf_first: &chain(),
        alias: "key",
    };
    for consumer in P12Consumer::ALL {
        let written = p12(consumer, &draft, P12Password::Empty);
        if consumer == P12Consumer::Fips {
            assert!(matches!(
                written.unwrap_err(),
                P12Error::PasswordTooShort {
                    actual: 0,
                    min: 14,
                    ..
                }
            ));
        } else {
            read_p12(&written.unwrap(), P12Password::Empty).unwrap();
        }
    }
}

#[test]
fn a_password_that_consumers_read_differently_is_refused() {
    let (key, chain) = (key(RSA), chain());
    let draft = P12Draft {
        key: &key,
        leaf_first: &chain,
        alias: "key",
    };
    for (text, expected) in [("Schlüssel", 4), ("pass\n", 4), ("€", 0)] {
        let password = passphrase(text);
        let password = P12Password::Passphrase(&password);
        let refused = p12(P12Consumer::Modern, &draft, password).unwrap_err();
        assert!(matches!(
            refused,
            P12Error::PasswordCharacter { position } if position == expected
        ));
        let shown = format!("{password:?} {refused:?} {refused}");
        assert!(!shown.contains(text), "{shown}");
    }
    let password = passphrase("thirteen char");
    let refused = p12(
        P12Consumer::Fips,
        &draft,
        P12Password::Passphrase(&password),
    )
    .unwrap_err();
    assert!(matches!(
        refused,
        P12Error::PasswordTooShort {
            actual: 13,
            min: 14,
            ..
        }
    ));
}

#[test]
fn an_alias_that_consumers_cannot_show_is_refused() {
    let (key, chain) = (key(P256), chain());
    let alias = |alias: &str| write(P12Consumer::MacOs, &key, &chain[1..], alias);
    for refused in ["", "  ", "a\nb", "clef 𝄞", &"a".repeat(256)] {
        let error = alias(refused).unwrap_err();
        assert!(matches!(error, P12Error::Alias { .. }), "{refused:?}");
    }
    for allowed in ["a", "钥匙", &"a".repeat(255)] {
        alias(allowed).unwrap();
    }
}

#[test]
fn a_key_goes_with_its_own_chain_only() {
    let (rsa, p256, chain) = (key(RSA), key(P256), chain());
    let [leaf, ca] = [&chain[0], &chain[1]];
    let write = |key, chain: &[&Certificate]| {
        let chain: Vec<_> = chain.iter().map(|one| (*one).clone()).collect();
        write(P12Consumer::MacOs, key, &chain, "key").unwrap_err()
    };
    assert!(matches!(write(&rsa, &[]), P12Error::Empty));
    assert!(matches!(
        write(&p256, &[leaf, ca]),
        P12Error::KeyMismatch { .. }
    ));
    assert!(matches!(
        write(&p256, &[ca, leaf]),
        P12Error::Unchained { position: 1, .. }
    ));
    assert!(matches!(
        write(&rsa, &[leaf, ca, ca]),
        P12Error::Repeated { position: 2 }
    ));
}

#[test]
fn certificates_beyond_the_chain_are_told_apart() {
    let stranger = read(KEYTOOL).unwrap().into_parts().1.remove(0);
    let (key, chain) = (key(RSA), chain());
    let certificates = [&stranger, &chain[1], &chain[0]];
    let certificates =
        certificates.map(|one| p12_keystore::Certificate::from_der(one.as_der()).unwrap());
    let key = PrivateKey::from_der(&key.to_pkcs8_der().unwrap()).unwrap();
    let mut store = KeyStore::new();
    // The first certificate gets the key's id here, and is another key's all the same.
    let entry = PrivateKeyChain::new("1", key, certificates);
    store.add_entry("key", KeyStoreEntry::PrivateKeyChain(entry));
    let contents = read(&store.writer("certwright test").write().unwrap()).unwrap();
    assert_eq!(contents.leaf_first(), chain);
    assert_eq!(contents.others(), [stranger]);
}

#[test]
fn each_fault_of_a_file_is_told() {
    assert!(matches!(read(NO_MAC), Err(P12Error::MacAbsent)));
    assert!(matches!(read(NO_KEY), Err(P12Error::Keys { found: 0 })));
    assert!(matches!(read(TWO_KEYS), Err(P12Error::Keys { found: 2 })));
    assert!(matches!(read(NSS), Err(P12Error::Indefinite)));
    assert!(matches!(read(COSTLY), Err(P12Error::Unreadable(_))));
    let Err(P12Error::Key(KeyError::UnsupportedKey { name })) = read(P384) else {
        panic!("a P-384 key was read");
    };
    assert!(name.contains("P-384"), "{name}");
    let long = vec![0x30; P12Contents::MAX_OCTETS + 1];
    let actual = P12Contents::MAX_OCTETS + 1;
    assert!(matches!(read(&long), Err(P12Error::TooLong { actual: found }) if found == actual));
    let trailing = [MODERN, &[0]].concat();
    for octets in [&[][..], b"\x30", &MODERN[..2000], &trailing, RSA.as_bytes()] {
        assert!(matches!(read(octets), Err(P12Error::Malformed(_))));
    }
}

#[test]
fn a_file_is_known_by_its_first_octets() {
    for octets in [MODERN, NO_KEY, &MODERN[..8], b"\x30\x80\x02\x01\x03"] {
        assert!(is_p12(octets));
    }
    let certificate = chain().remove(0);
    for octets in [
        certificate.as_der(),
        b"",
        b"\x30",
        b"\x30\x82",
        RSA.as_bytes(),
    ] {
        assert!(!is_p12(octets));
    }
}

const LEAF: &str = "B40B00E6435363717CE231133AB18977F89D4268D75AA8ACBAA28F3013860F66";
const CA: &str = "4913F0B1A349FCFDDA9A035192C9A84A2458CB60180BB963B7239B63101545FE";
