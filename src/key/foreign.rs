//! Names of the keys and curves that are not worked with.

/// A name for people, with the dotted identifier.
pub(in crate::key) fn foreign_name(dotted: &str) -> String {
    let name = FOREIGN
        .iter()
        .find(|(known, _)| *known == dotted)
        .map_or("unknown algorithm", |(_, name)| *name);
    format!("{name} ({dotted})")
}

/// Keys and curves that requests in the wild carry: read only to say what was found.
const FOREIGN: &[(&str, &str)] = &[
    ("1.2.156.10197.1.301", "SM2"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.2.840.10046.2.1", "Diffie-Hellman"),
    ("1.2.840.113549.1.1.7", "RSAES-OAEP"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];
