use super::*;
use crate::pem;
use crate::pem::Label;

fn fixture(text: &str) -> PublicKey {
    let block = pem::decode_one(text.as_bytes(), &[Label::PublicKey], 4096).unwrap();
    PublicKey::from_spki_der(block.der()).unwrap()
}

fn roca() -> PublicKey {
    fixture(include_str!("../../../testdata/key/weak-roca-pub.pem"))
}

fn close() -> PublicKey {
    fixture(include_str!("../../../testdata/key/weak-close-pub.pem"))
}

fn shared_a() -> PublicKey {
    fixture(include_str!("../../../testdata/key/weak-shared-a-pub.pem"))
}

fn shared_b() -> PublicKey {
    fixture(include_str!("../../../testdata/key/weak-shared-b-pub.pem"))
}

fn small_factor() -> PublicKey {
    fixture(include_str!(
        "../../../testdata/key/weak-small-factor-pub.pem"
    ))
}

fn sound() -> PublicKey {
    fixture(include_str!("../../../testdata/key/rsa1024-pub.pem"))
}

/// A `SubjectPublicKeyInfo` of 1,024 bits and less with this modulus and exponent.
pub(in crate::key) fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let tlv = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let mut out = match content.len() {
            0..=127 => vec![tag, length[1]],
            128..=255 => vec![tag, 0x81, length[1]],
            _ => vec![tag, 0x82, length[0], length[1]],
        };
        out.extend(content);
        out
    };
    let integer = |magnitude: &[u8]| {
        let mut content = magnitude.to_vec();
        if content[0] >= 0x80 {
            content.insert(0, 0);
        }
        tlv(2, &content)
    };
    let key = tlv(0x30, &[integer(modulus), integer(exponent)].concat());
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let bits = tlv(3, &[&[0], &key[..]].concat());
    PublicKey::from_spki_der(&tlv(0x30, &[&algorithm[..], &bits].concat())).unwrap()
}

fn of_one(key: &PublicKey) -> Vec<Weakness> {
    weaknesses(&[key]).remove(0)
}

#[test]
fn sound_keys_have_no_weakness() {
    let p256 = fixture(include_str!("../../../testdata/key/p256-pub.pem"));
    assert_eq!(
        weaknesses(&[&sound(), &p256, &shared_a()]),
        [const { Vec::new() }; 3]
    );
    assert!(weaknesses(&[]).is_empty());
}

#[test]
fn the_fingerprint_of_roca_is_found() {
    assert_eq!(of_one(&roca()), [Weakness::Roca]);
}

#[test]
fn close_primes_are_found_within_100_steps() {
    assert_eq!(of_one(&close()), [Weakness::ClosePrimes]);
    // A square: both primes the same.
    let prime = u64::MAX - 58;
    let square = (u128::from(prime) * u128::from(prime)).to_be_bytes();
    assert_eq!(of_one(&rsa(&square, &[1, 0, 1])), [Weakness::ClosePrimes]);
}

#[test]
fn small_factors_are_named() {
    assert_eq!(
        of_one(&small_factor()),
        [Weakness::SmallFactor { factor: 65_521 }]
    );
}

#[test]
fn a_shared_prime_is_found_wherever_the_two_keys_stand() {
    let (first, second, between) = (shared_a(), shared_b(), sound());
    let mut keys = vec![&between; 3];
    keys.insert(1, &second);
    keys.push(&first);
    let found = weaknesses(&keys);
    assert_eq!(found[1], [Weakness::SharedFactor { other: 4 }]);
    assert_eq!(found[4], [Weakness::SharedFactor { other: 1 }]);
    assert_eq!(
        (&found[0], &found[2], &found[3]),
        (&vec![], &vec![], &vec![])
    );
}

#[test]
fn a_shared_prime_is_found_across_blocks() {
    // Moduli of 128 bits that are their own primes here: powers of two apart, made odd, and two multiples of one prime.
    let prime: u128 = 0xFFFF_FFFF_FFFF_FFC5;
    let others: Vec<PublicKey> = (0..80u128)
        .map(|i| {
            rsa(
                &((1u128 << 127 | i << 64) + 12_345_677).to_be_bytes(),
                &[1, 0, 1],
            )
        })
        .collect();
    let early = rsa(&(prime * 0xFFFF_FFFF_0000_0001).to_be_bytes(), &[1, 0, 1]);
    let late = rsa(&(prime * 0xFFFF_FFFE_FFFF_FFFF).to_be_bytes(), &[1, 0, 1]);
    let mut keys: Vec<&PublicKey> = others.iter().collect();
    keys.insert(5, &early);
    keys.push(&late);
    let found = weaknesses(&keys);
    assert!(found[5].contains(&Weakness::SharedFactor { other: 81 }));
    assert!(found[81].iter().any(|weakness| matches!(
        weakness,
        Weakness::SharedFactor { other } if gcd(keys[*other], &late) > 1
    )));
    for (row, weaknesses) in found.iter().enumerate() {
        let truly = (0..keys.len())
            .any(|other| keys[other] != keys[row] && gcd(keys[other], keys[row]) > 1);
        let told = weaknesses
            .iter()
            .any(|weakness| matches!(weakness, Weakness::SharedFactor { .. }));
        assert_eq!(told, truly, "row {row}");
    }
}

fn gcd(left: &PublicKey, right: &PublicKey) -> u128 {
    let number = |key: &PublicKey| {
        key.rsa_modulus()
            .unwrap()
            .iter()
            .fold(0u128, |number, octet| number << 8 | u128::from(*octet))
    };
    let (mut a, mut b) = (number(left), number(right));
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[test]
fn the_same_modulus_twice_is_no_shared_factor() {
    let key = sound();
    assert_eq!(weaknesses(&[&key, &key]), [const { Vec::new() }; 2]);
    // Each of the two names the first other modulus, never its double.
    let (first, second) = (shared_a(), shared_b());
    assert_eq!(
        weaknesses(&[&first, &first, &second]),
        [
            [Weakness::SharedFactor { other: 2 }],
            [Weakness::SharedFactor { other: 2 }],
            [Weakness::SharedFactor { other: 0 }]
        ]
    );
}

#[test]
fn exponents_below_65537_and_even_ones_are_weak() {
    let key = sound();
    let modulus = key.rsa_modulus().unwrap();
    let of = |exponent: &[u8]| of_one(&rsa(modulus, exponent));
    assert_eq!(of(&[3]), [Weakness::SmallExponent { found: 3 }]);
    assert_eq!(of(&[1]), [Weakness::SmallExponent { found: 1 }]);
    assert_eq!(
        of(&[0xFF, 0xFF]),
        [Weakness::SmallExponent { found: 65_535 }]
    );
    assert_eq!(of(&[0]), [Weakness::EvenExponent]);
    assert_eq!(of(&[1, 0, 0]), [Weakness::EvenExponent]);
    assert_eq!(of(&[1, 0, 1]), []);
    assert_eq!(of(&[1, 0, 0, 0, 1]), []);
}

#[test]
fn even_and_oversized_moduli_are_told() {
    assert_eq!(
        of_one(&rsa(&[0xFE; 128], &[1, 0, 1])),
        [Weakness::EvenModulus]
    );
    assert_eq!(of_one(&rsa(&[0], &[1, 0, 1])), [Weakness::EvenModulus]);
    assert_eq!(
        of_one(&rsa(&[0xFF; 1025], &[1, 0, 1])),
        [Weakness::Unexamined {
            actual_bits: 8200,
            max_bits: 8192
        }]
    );
}

/// Moduli of 128 bits with one great prime each; an odd `n` under 2^32 tells them apart.
fn multiple_of(prime: u64, n: u64) -> PublicKey {
    let cofactor = 0xFFFF_FFFF_0000_0000 | n;
    rsa(
        &(u128::from(prime) * u128::from(cofactor)).to_be_bytes(),
        &[1, 0, 1],
    )
}

#[test]
fn a_shared_prime_is_found_across_slices() {
    let (first, second, sound) = (shared_a(), shared_b(), sound());
    let mut seen = Seen::default();
    assert_eq!(
        weaknesses_after(&[&sound, &first], &mut seen),
        [const { Vec::new() }; 2]
    );
    // The same key again has nothing in common with itself.
    assert_eq!(weaknesses_after(&[&first], &mut seen), [[]]);
    let key = first.key_identifier();
    assert_eq!(
        weaknesses_after(&[&sound, &second], &mut seen),
        [vec![], vec![Weakness::SharedWithEarlier { key }]]
    );
    // Nor does it hide the partner that came meanwhile.
    let key = second.key_identifier();
    assert_eq!(
        weaknesses_after(&[&first], &mut seen),
        [[Weakness::SharedWithEarlier { key }]]
    );
    assert_eq!(seen.forgotten(), 0);
}

#[test]
fn the_oldest_moduli_are_forgotten_and_counted() {
    let prime = 0xFFFF_FFFF_FFFF_FFC5;
    let (early, late) = (multiple_of(prime, 1), multiple_of(prime, 3));
    let shares = |seen: &mut Seen| {
        let found = weaknesses_after(&[&late], seen).remove(0);
        found.contains(&Weakness::SharedWithEarlier {
            key: early.key_identifier(),
        })
    };
    // A modulus of 2,048 bits takes the place of sixteen of these.
    let fill = |seen: &mut Seen, n: u64| {
        let others: Vec<_> = (0..n)
            .map(|i| multiple_of(0xFFFF_FFFF_FFFF_FF43, 2 * i + 5))
            .collect();
        let moduli: Vec<_> = others.iter().map(odd_modulus).collect();
        let others: Vec<_> = others.iter().collect();
        seen.remember(&others, &moduli);
    };
    let kept = u64::try_from(16 * Seen::MAX_RSA_2048).unwrap();
    let mut seen = Seen::default();
    let _clean = weaknesses_after(&[&early], &mut seen);
    fill(&mut seen, kept - 1);
    assert_eq!(seen.forgotten(), 0);
    assert!(shares(&mut seen));

    let mut seen = Seen::default();
    let _clean = weaknesses_after(&[&early], &mut seen);
    fill(&mut seen, kept + 16 * 32);
    assert!(seen.forgotten() > 0);
    assert!(!shares(&mut seen));
}

#[test]
fn keys_that_are_no_rsa_leave_no_trace() {
    let p256 = fixture(include_str!("../../../testdata/key/p256-pub.pem"));
    let mut seen = Seen::default();
    assert_eq!(weaknesses_after(&[&p256, &p256], &mut seen), [[], []]);
    assert_eq!(format!("{seen:?}"), "Seen { moduli: 0, forgotten: 0, .. }");
}
