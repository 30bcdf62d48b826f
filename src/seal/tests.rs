//! Tests of sealing.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;

#[test]
fn every_length_comes_back() {
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let plain = octets(length);
        let sealed = seal(&plain);
        let chunks = length.div_ceil(CHUNK_OCTETS).max(1);
        assert_eq!(
            sealed.len(),
            HEAD + length + TAG_OCTETS * chunks,
            "{length}"
        );
        assert_eq!(open(&sealed, "secret").unwrap(), plain, "{length}");
    }
}

#[test]
fn what_age_sealed_is_opened() {
    let sealed = include_bytes!("../../testdata/age/small.age");
    assert_eq!(open(sealed, "correct horse").unwrap(), b"sealed by age\n");
    assert_eq!(
        open(sealed, "Correct horse").unwrap_err(),
        "the passphrase does not open the file"
    );
}

#[test]
fn a_change_anywhere_is_found() {
    let plain = octets(70_000);
    let sealed = seal(&plain);
    for at in (0..HEAD).chain((HEAD..sealed.len()).step_by(997)) {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open(&changed, "secret").is_err(), "octet {at}");
    }
    for end in [
        0,
        30,
        HEAD - 1,
        HEAD,
        HEAD + 15,
        HEAD + 16,
        HEAD + CHUNK_OCTETS,
        sealed.len() - 1,
    ] {
        assert!(open(&sealed[..end], "secret").is_err(), "cut at {end}");
    }
    // A whole number of chunks: the end is there, but it was not the last.
    let first = HEAD + CHUNK_OCTETS + TAG_OCTETS;
    assert_eq!(
        open(&sealed[..first], "secret").unwrap_err(),
        "the sealed file was changed"
    );
    let mut longer = sealed.clone();
    longer.extend(&sealed[first..]);
    assert!(open(&longer, "secret").is_err());
}

#[test]
fn nothing_of_a_chunk_is_handed_on_before_it_was_proven() {
    let mut sealed = seal(&octets(70_000));
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let mut reader = Reader::new(sealed.as_slice(), &passphrase("secret")).unwrap();
    let mut read = Vec::new();
    let error = reader.read_to_end(&mut read).unwrap_err();
    assert_eq!(error.to_string(), "the sealed file was changed");
    assert_eq!(read, octets(CHUNK_OCTETS));
}

#[test]
fn a_header_of_another_kind_says_what_stands_in_the_way() {
    let sealed = seal(b"");
    let text = String::from_utf8_lossy(&sealed[..HEAD - NONCE]).into_owned();
    let cases = [
        (
            text.replace("org/v1\n", "org/v2\n"),
            "does not begin with age",
        ),
        (text.replace("-> scrypt", "-> X25519"), "sealed for a key"),
        (
            text.replace(" 4\n", " 21\n"),
            "work factor of 2^21, allowed are at most 2^20",
        ),
        (text.replace(" 4\n", " 0\n"), "work factor is not a number"),
        (text.replace(" 4\n", " 04\n"), "work factor is not a number"),
        (
            text.replace("-> scrypt ", "-> scrypt A"),
            "salt is not 16 octets",
        ),
        (text.replace("---", "-> X"), "more than one recipient"),
        ("x".repeat(300), "longer line"),
        ("age-enc".to_owned(), "ends in its header"),
    ];
    for (head, expected) in cases {
        let error = open(head.as_bytes(), "secret").unwrap_err();
        assert!(error.contains(expected), "{head}: {error}");
    }
}

#[test]
fn neither_shows_what_it_holds() {
    let writer = writer(Vec::new());
    assert_eq!(format!("{writer:?}"), "Writer([elided])");
    let sealed = seal(b"x");
    let reader = Reader::new(sealed.as_slice(), &passphrase("secret")).unwrap();
    assert_eq!(format!("{reader:?}"), "Reader([elided])");
}

fn writer(to: Vec<u8>) -> Writer<Vec<u8>> {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let factor = WorkFactor::new(4).unwrap();
    Writer::new(to, &passphrase("secret"), factor, &mut rng).unwrap()
}

fn seal(plain: &[u8]) -> Vec<u8> {
    let mut writer = writer(Vec::new());
    // In pieces that fit no chunk.
    for piece in plain.chunks(1000) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn open(sealed: &[u8], secret: &str) -> Result<Vec<u8>, String> {
    let mut reader = Reader::new(sealed, &passphrase(secret)).map_err(|error| error.to_string())?;
    let mut plain = Vec::new();
    reader
        .read_to_end(&mut plain)
        .map_err(|error| error.to_string())?;
    Ok(plain)
}

fn octets(n: usize) -> Vec<u8> {
    (0..n).map(|at| (at % 251).to_le_bytes()[0]).collect()
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

const NONCE: usize = 16;
/// Version, stanza, wrapped key, MAC, nonce.
const HEAD: usize = 22 + 35 + 44 + 48 + NONCE;
