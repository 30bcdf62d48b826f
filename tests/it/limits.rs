//! What reads input reads so much and no more: every reader refuses what is too long or nests too deep, and soon.

use std::fmt::Debug;

use certwright::bundle::p12::{P12Contents, P12Password, read_p12};
use certwright::cert::Certificate;
use certwright::cms::{CertificatesOnly, SignedMessage};
use certwright::crl::Crl;
use certwright::ext::Extensions;
use certwright::general_name::GeneralName;
use certwright::key::KeyPair;
use certwright::name::Name;
use certwright::profile::Profile;
use certwright::request::CertificationRequest;
use certwright::vendor::ecgrid::soap::Message;
use certwright::vendor::{as2expert, ecgrid, emca, enos};

/// A reader, and whether it refused.
type Reader = (&'static str, usize, fn(&[u8]) -> bool);

fn no<T, E: Debug>(read: Result<T, E>) -> bool {
    read.is_err()
}

/// Each with the most octets that it looks at.
const READERS: [Reader; 17] = [
    ("request", CertificationRequest::MAX_OCTETS, |octets| {
        no(CertificationRequest::from_bytes(octets))
    }),
    ("certificate", Certificate::MAX_OCTETS, |octets| {
        no(Certificate::from_bytes(octets))
    }),
    ("crl", Crl::MAX_OCTETS, |octets| no(Crl::from_bytes(octets))),
    ("pkcs7", CertificatesOnly::MAX_OCTETS, |octets| {
        no(CertificatesOnly::from_bytes(octets))
    }),
    ("cms", SignedMessage::MAX_OCTETS, |octets| {
        no(SignedMessage::from_bytes(octets))
    }),
    ("pkcs12", P12Contents::MAX_OCTETS, |octets| {
        no(read_p12(octets, P12Password::Empty))
    }),
    ("pkcs8", 65_536, |octets| {
        no(KeyPair::from_pkcs8_der(octets))
    }),
    ("key pem", 65_536, |octets| {
        no(KeyPair::from_pem(octets, None))
    }),
    ("name", Name::MAX_OCTETS, |octets| {
        no(Name::from_der(octets))
    }),
    ("extensions", 65_536, |octets| {
        no(Extensions::from_der(octets))
    }),
    ("general name", 65_536, |octets| {
        no(GeneralName::from_der(octets))
    }),
    ("enos", enos::wire::MAX_BODY_OCTETS, |octets| {
        no(enos::wire::object(&[], octets))
    }),
    ("emca", emca::envelope::MAX_BODY_OCTETS, |octets| {
        no(emca::envelope::Sealed::object(octets))
    }),
    ("ecgrid", ecgrid::wire::MAX_BODY_OCTETS, |octets| {
        no(ecgrid::wire::object(octets))
    }),
    ("ecgrid soap", ecgrid::wire::MAX_BODY_OCTETS, |octets| {
        no(Message::from_xml(octets))
    }),
    ("as2expert", as2expert::wire::MAX_BODY_OCTETS, |octets| {
        no(as2expert::wire::object(octets))
    }),
    ("profile", 65_536, |octets| {
        no(Profile::from_toml(&String::from_utf8_lossy(octets)))
    }),
];

const LONG: usize = 1 << 24;

#[test]
fn what_is_too_long_is_refused_by_every_reader() {
    for (name, most, refuses) in READERS {
        // One after the other: the longest is a list of 256 MiB, and one of these is enough of it.
        let begins = [&b"0"[..], b" ", b"{\"a\":\""];
        let begins = begins.iter().take(if most > LONG { 1 } else { 3 });
        for begin in begins {
            let mut octets = vec![begin[0]; most + 1];
            octets[..begin.len()].copy_from_slice(begin);
            // A profile may be blank, and is then refused for what it lacks.
            assert!(refuses(&octets), "{name}");
        }
    }
}

#[test]
fn what_nests_too_deep_is_refused_by_every_reader() {
    for (name, most, refuses) in READERS {
        for deep in deep(most.min(1 << 18)) {
            let begins = String::from_utf8_lossy(&deep[..8]).into_owned();
            assert!(refuses(&deep), "{name}: {begins:?}");
        }
    }
}

#[test]
fn lengths_that_promise_more_than_is_there_are_refused_without_memory_for_it() {
    for (name, _, refuses) in READERS {
        for length in [
            &[0x84, 0x7F, 0xFF, 0xFF, 0xFF][..],
            &[0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] {
            for tag in [0x30, 0x31, 0xA0, 0x24, 0x04, 0x02] {
                let octets = [&[tag], length, &[0x30, 0x80, 2, 1, 0]].concat();
                assert!(refuses(&octets), "{name}: {octets:02x?}");
            }
        }
    }
}

/// Values within values, of every notation, of about so many octets.
fn deep(octets: usize) -> Vec<Vec<u8>> {
    let nested = |open: &str, close: &str| {
        let levels = octets / (open.len() + close.len()) - 8;
        (open.repeat(levels) + &close.repeat(levels)).into_bytes()
    };
    let mut der = vec![2, 1, 0];
    while der.len() + 6 < octets.min(60_000) {
        let length = u32::try_from(der.len()).unwrap().to_be_bytes();
        der.splice(0..0, [&[0x30, 0x84], &length[..]].concat());
    }
    vec![
        nested("[", "]"),
        nested("{\"a\":", "}"),
        [b"{\"a\":", &nested("[", "]")[..], b"}"].concat(),
        [b"a = ", &nested("[", "]")[..], b"\n"].concat(),
        nested("<a>", "</a>"),
        b"\x30\x80".repeat(octets / 2 - 1),
        b"\x24\x80".repeat(octets / 2 - 1),
        der,
    ]
}
