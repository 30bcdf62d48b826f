//! Secrets of a workspace, and the settings with them.

use std::fs;

use certwright::vendor::emca::envelope::{AesKey, CipherMode, Sealed};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use crate::testdata;

/// Files with passphrases and passwords, and what is in them.
pub(super) const SECRETS: [(&str, &str); 4] = [
    ("ca-pass", "Quiet-otters-fold-9-maps"),
    ("key-pass", "Seven-lamps-drift-uphill"),
    ("new-pass", "Brisk-paper-herons-wade-7"),
    ("p12-pass", "Plain-copper-kettles-sing"),
];

/// A body of emCA's user, under the key that it shares with the CA.
pub(super) fn sealed(object: &Value) -> String {
    let mut object = object.clone();
    let fields = object.as_object_mut().unwrap();
    fields.insert("userName".to_owned(), "apiuser".into());
    fields.entry("password").or_insert(PASSWORD.into());
    let (key, mode) = (AesKey::from_octets(AES_KEY), CipherMode::Ecb);
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let sealed = Sealed::seal(
        "apiuser",
        object.to_string().as_bytes(),
        &key,
        mode,
        &mut rng,
    );
    sealed.unwrap().to_json()
}

/// Users and customers of every vendor.
pub(super) fn settings() -> String {
    let signer = fs::read_to_string(testdata("emca/signer.cert.pem")).unwrap();
    let aes_key: String = AES_KEY.iter().map(|octet| format!("{octet:02x}")).collect();
    let settings = VENDORS.replace("SIGNER", &signer);
    settings
        .replace("AES_KEY", &aes_key)
        .replace("PASSWORD", PASSWORD)
}

/// What emCA's user shares with the CA.
pub(super) const AES_KEY: [u8; 32] =
    *b"\x9e\x01\xd7\x44\x8b\xf3\x60\xa5\x1c\xe8\x73\x2f\xb6\x59\x0d\xca\
    \x37\xf1\x84\x5b\xed\x12\x99\x6e\xc0\x48\xd3\x2a\x75\xbf\x06\x91";

pub(super) const PASSWORD: &str = "Velvet-thunder-rolls";

const VENDORS: &str = r#"
[[emca.users]]
name = "apiuser"
password = "PASSWORD"
aes_key = "AES_KEY"
source_addresses = ["127.0.0.1"]
signer_certificate = '''SIGNER'''
[[emca.profiles]]
id = "3"
name = "tls"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.users]]
login = "admin"
api_key = "Amber-lantern-hums-19"
password = "Tall-barley-whispers-42"
level = "MailboxAdmin"
[[as2expert.stations]]
id = 62
name = "My station"
as2id = "MYCOMPANY"
[[enos.products]]
product_key = "pk1"
org_id = "o1"
maximum_days = 3650
devices = [{ asset_id = "a3", device_key = "s3" }]
[[enos.products]]
product_key = "open"
maximum_days = 3650
open = true
"#;
