//! The chains: a root, a CA and a device, each with one thing wrong.

use Said::{Found, Refused};

use super::build::{
    Algorithm, CA, Draft, GENERALIZED, KEY_USAGE, Keys, LEAF, OTHER, ROOT, RSA, SMALL, UTC,
    constraints, names, permitted, sequence, tlv,
};

/// What is to be said of a chain.
pub(super) enum Said {
    /// These findings beside those of the good chain, and no others: rule and field. What does not say that it is a CA is held
    /// against emCA's profiles as a device is.
    Found(&'static [(&'static str, &'static str)]),
    /// It is not read at all.
    Refused,
}
/// A chain, leaf first, and what is to be said of it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) ders: Vec<Vec<u8>>,
    pub(super) said: Said,
}

/// A root, a CA and a device.
pub(super) struct Chain {
    pub(super) leaf: Draft,
    pub(super) ca: Draft,
    pub(super) root: Draft,
}

impl Chain {
    pub(super) fn good() -> Self {
        Self {
            leaf: Draft::leaf(CA_NAME, CA),
            ca: Draft::ca(CA_NAME, ROOT_NAME, CA, ROOT),
            root: Draft::ca(ROOT_NAME, ROOT_NAME, ROOT, ROOT),
        }
    }

    pub(super) fn under_rsa() -> Self {
        Self {
            ca: Draft::ca(CA_NAME, ROOT_NAME, CA, RSA),
            root: Draft::ca(ROOT_NAME, ROOT_NAME, RSA, RSA),
            ..Self::good()
        }
    }

    pub(super) fn ders(&self, keys: &Keys) -> Vec<Vec<u8>> {
        [&self.leaf, &self.ca, &self.root]
            .map(|draft| draft.der(keys))
            .to_vec()
    }
}

fn row(name: &'static str, keys: &Keys, said: Said, change: impl FnOnce(&mut Chain)) -> Row {
    let mut chain = Chain::good();
    change(&mut chain);
    Row {
        name,
        ders: chain.ders(keys),
        said,
    }
}

/// Faults of the certificates and of their form.
#[expect(clippy::too_many_lines, reason = "a table")]
fn of_certificates(keys: &Keys) -> Vec<Row> {
    let row = |name, said, change: fn(&mut Chain)| row(name, keys, said, change);
    vec![
        row(
            "expired intermediate",
            Found(&[
                ("emca.expired", "certificate 2 of 3, notAfter"),
                ("issuer.validity", "notAfter"),
            ]),
            |chain| {
                chain.ca.not_after = (UTC, "250601000000Z");
            },
        ),
        row(
            "CA:FALSE intermediate",
            Found(&[
                ("emca.chain", "chain"),
                ("emca.extension-list", "certificate 2 of 3, extensions"),
                ("emca.extension-value", "certificate 2 of 3, extensions"),
                ("emca.serial-number", "certificate 2 of 3, serialNumber"),
                ("rfc5280.key-usage-ca", "certificate 2 of 3, keyUsage"),
            ]),
            |chain| {
                chain.ca = chain.ca.clone().with(constraints(false, None));
            },
        ),
        row(
            "intermediate of version 1",
            Found(&[
                ("emca.chain", "chain"),
                ("emca.extension-list", "certificate 2 of 3, extensions"),
                ("emca.serial-number", "certificate 2 of 3, serialNumber"),
                (
                    "rfc5280.aki-missing",
                    "certificate 2 of 3, authorityKeyIdentifier",
                ),
            ]),
            |chain| {
                chain.ca.is_v3 = false;
            },
        ),
        row(
            "intermediate without keyCertSign",
            Found(&[("rfc5280.key-usage-ca", "certificate 2 of 3, keyUsage")]),
            |chain| {
                chain.ca = chain
                    .ca
                    .clone()
                    .with((KEY_USAGE, true, vec![0x03, 0x02, 0x01, 0x02]));
            },
        ),
        row(
            "unknown critical extension of the CA",
            Found(&[(
                "rfc5280.critical-unknown",
                "certificate 2 of 3, extension 1.3.6.1.4.1.511.1",
            )]),
            |chain| {
                chain.ca.unknown = true;
            },
        ),
        row(
            "unknown critical extension of the leaf",
            Found(&[(
                "rfc5280.critical-unknown",
                "certificate 1 of 3, extension 1.3.6.1.4.1.511.1",
            )]),
            |chain| {
                chain.leaf.unknown = true;
            },
        ),
        row(
            "serial number zero",
            Found(&[("rfc5280.certificate", "certificate")]),
            |chain| chain.leaf.serial = vec![0],
        ),
        row("negative serial number", Refused, |chain| {
            chain.leaf.serial = vec![0x80, 1]
        }),
        row(
            "serial number of 21 octets",
            Found(&[("rfc5280.certificate", "certificate")]),
            |chain| chain.leaf.serial = vec![0x55; 21],
        ),
        row(
            "empty subject, subjectAltName not critical",
            Found(&[("rfc5280.san-critical", "certificate 1 of 3, subjectAltName")]),
            |chain| {
                chain.leaf.subject = "";
            },
        ),
        row(
            "NUL in a dNSName",
            Found(&[(
                "rfc5280.extension-value",
                "certificate 1 of 3, extension 2.5.29.17",
            )]),
            |chain| {
                chain.leaf = chain
                    .leaf
                    .clone()
                    .with(names(&tlv(0x82, b"device.example.com\0.example.org")));
            },
        ),
        row(
            "GeneralizedTime before 2050",
            Found(&[("rfc5280.time-form", "certificate 1 of 3, notAfter")]),
            |chain| {
                chain.leaf.not_after = (GENERALIZED, "20300101000000Z");
            },
        ),
        row("octets after the signature", Refused, |chain| {
            chain.leaf.trailing = &[5, 0]
        }),
    ]
}

/// Faults between certificates.
#[expect(clippy::too_many_lines, reason = "a table")]
fn of_links(keys: &Keys) -> Vec<Row> {
    let row = |name, said, change: fn(&mut Chain)| row(name, keys, said, change);
    vec![
        row(
            "another issuer's name",
            Found(&[("emca.chain", "chain")]),
            |chain| chain.leaf.issuer = "CN=nobody,O=Lab,C=CN",
        ),
        row(
            "the right name and another key",
            Found(&[("emca.certificate-signature", "signatureValue")]),
            |chain| {
                chain.leaf.signer = OTHER;
            },
        ),
        row(
            "forged signature of the leaf",
            Found(&[("emca.certificate-signature", "signatureValue")]),
            |chain| {
                chain.leaf.is_forged = true;
            },
        ),
        row(
            "forged signature of the CA",
            Found(&[("emca.certificate-signature", "signatureValue")]),
            |chain| {
                chain.ca.is_forged = true;
            },
        ),
        row(
            "self-signed leaf",
            Found(&[("emca.chain", "chain")]),
            |chain| {
                (chain.leaf.issuer, chain.leaf.signer, chain.leaf.authority) =
                    (chain.leaf.subject, LEAF, LEAF);
            },
        ),
        row(
            "authorityKeyIdentifier of another key",
            Found(&[("emca.extension-value", "authorityKeyIdentifier")]),
            |chain| {
                chain.leaf.authority = OTHER;
            },
        ),
        row(
            "subjectKeyIdentifier of another key",
            Found(&[("emca.extension-value", "authorityKeyIdentifier")]),
            |chain| {
                chain.ca.identifier = OTHER;
            },
        ),
        row(
            "path length exceeded",
            Found(&[("issuer.path-len", "certificate 2 of 3, basicConstraints")]),
            |chain| {
                chain.root = chain.root.clone().with(constraints(true, Some(0)));
            },
        ),
        row(
            "dNSName outside the CA's",
            Found(&[("issuer.name-constraints", "certificate 1 of 3, dNSName")]),
            |chain| {
                chain.ca = chain.ca.clone().with(permitted(&tlv(0x82, b"example.org")));
            },
        ),
        row(
            "rfc822Name outside the CA's",
            Found(&[("issuer.name-constraints", "certificate 1 of 3, rfc822Name")]),
            |chain| {
                chain.ca = chain.ca.clone().with(permitted(&tlv(0x81, b"example.org")));
                chain.leaf = chain.leaf.clone().with(names(&tlv(0x81, b"a@example.com")));
            },
        ),
        row(
            "iPAddress outside the CA's",
            Found(&[("issuer.name-constraints", "certificate 1 of 3, iPAddress")]),
            |chain| {
                chain.ca = chain
                    .ca
                    .clone()
                    .with(permitted(&tlv(0x87, &[10, 0, 0, 0, 255, 0, 0, 0])));
                chain.leaf = chain.leaf.clone().with(names(&tlv(0x87, &[192, 0, 2, 1])));
            },
        ),
        row(
            "directoryName outside the CA's",
            Found(&[(
                "issuer.name-constraints",
                "certificate 1 of 3, directoryName",
            )]),
            |chain| {
                // C=SE, as nothing here is.
                let country = sequence(&[tlv(0x06, &[0x55, 4, 6]), tlv(0x13, b"SE")].concat());
                let name = sequence(&tlv(0x31, &country));
                chain.ca = chain.ca.clone().with(permitted(&tlv(0xa4, &name)));
            },
        ),
    ]
}

/// Weak algorithms and keys, and certificates that are too many.
fn of_others(keys: &Keys) -> Vec<Row> {
    let signed = |name, algorithm, said| {
        let mut chain = Chain::under_rsa();
        chain.ca.algorithm = algorithm;
        Row {
            name,
            ders: chain.ders(keys),
            said,
        }
    };
    let small = Chain {
        leaf: Draft::leaf(CA_NAME, SMALL),
        ca: Draft::ca(CA_NAME, ROOT_NAME, SMALL, ROOT),
        ..Chain::good()
    };
    let good = Chain::good().ders(keys);
    let mut twice = good.clone();
    twice.insert(1, twice.get(1).unwrap().clone());
    let second = "CN=second,O=Lab,C=CN";
    let circle = [
        Draft::leaf(CA_NAME, CA),
        Draft::ca(CA_NAME, second, CA, OTHER),
        Draft::ca(second, CA_NAME, OTHER, CA),
    ];
    let circle = circle.map(|draft| draft.der(keys)).to_vec();
    let mut trailing = good;
    trailing.first_mut().unwrap().extend([0, 0]);
    vec![
        signed(
            "MD5 under the CA",
            Algorithm::RsaMd5,
            Found(&[("rfc5280.certificate", "certificate")]),
        ),
        signed(
            "SHA-1 under the CA",
            Algorithm::RsaSha1,
            Found(&[("emca.signature-algorithm", "certificate 2 of 3, signature")]),
        ),
        Row {
            name: "RSA-1024 of the CA",
            ders: small.ders(keys),
            said: Found(&[("emca.weak-key", "certificate 2 of 3, subjectPublicKeyInfo")]),
        },
        Row {
            name: "the CA twice",
            ders: twice,
            said: Found(&[("emca.chain", "chain")]),
        },
        Row {
            name: "CAs that issue each other",
            ders: circle,
            said: Found(&[("emca.chain", "chain")]),
        },
        Row {
            name: "octets after the certificate",
            ders: trailing,
            said: Refused,
        },
    ]
}

pub(super) fn rows(keys: &Keys) -> Vec<Row> {
    let mut rows = of_certificates(keys);
    rows.extend(of_links(keys));
    rows.extend(of_others(keys));
    rows
}

pub(super) const ROOT_NAME: &str = "CN=root,O=Lab,C=CN";
pub(super) const CA_NAME: &str = "CN=ca,O=Lab,C=CN";
