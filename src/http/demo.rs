//! A workspace to try the vendors' clients on, and how to.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use rand_core::TryCryptoRng;

use crate::bundle::p12;
use crate::bundle::p12::{P12Consumer, P12Draft, P12Password};
use crate::http::error::ServeError;
use crate::http::files;
use crate::key::Passphrase;
use crate::service::{Service, ServiceError};
use crate::time::UnixSeconds;
use crate::workspace::Workspace;

/// Makes a demonstration where nothing is yet, and says whether it did; one that is there stays.
///
/// # Errors
/// [`ServeError::Demo`] for a folder with something else in it.
pub fn make<R: TryCryptoRng + ?Sized>(
    dir: &Path,
    listen: SocketAddr,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<bool, ServeError> {
    if dir.join(FOLDER).is_dir() {
        return Ok(false);
    }
    let is_empty = fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        return Err(ServeError::Demo {
            dir: dir.to_owned(),
        });
    }
    // It appears whole: it is made beside its place.
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let beside = dir.with_file_name(format!(".{name}.demo-{}", std::process::id()));
    let made = fill(&beside, listen, now, rng).and_then(|()| {
        fs::rename(&beside, dir).map_err(|source| ServeError::File {
            path: dir.to_owned(),
            action: "made",
            source,
        })
    });
    if made.is_err() {
        // The error counts more than what is left.
        let _left = fs::remove_dir_all(&beside);
    }
    made.map(|()| true)
}

fn fill<R: TryCryptoRng + ?Sized>(
    dir: &Path,
    listen: SocketAddr,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<(), ServeError> {
    let workspace = Workspace::create(dir, now, rng).map_err(ServiceError::from)?;
    let mut service = Service::of(workspace);
    let client = service.client_certificate("CN=apiuser", now, rng)?;
    let mut aes_key = [0; 32];
    rng.try_fill_bytes(&mut aes_key)
        .map_err(|_| ServiceError::Random)?;
    let aes_key: String = aes_key.iter().map(|octet| format!("{octet:02x}")).collect();
    let password = Passphrase::new(EMCA_PASSWORD.to_owned()).map_err(ServeError::Key)?;
    let leaf_first = [
        [client.certificate.clone()].as_slice(),
        client.chain.as_slice(),
    ]
    .concat();
    let draft = P12Draft {
        key: &client.key,
        leaf_first: &leaf_first,
        alias: EMCA_USER,
    };
    let pfx = p12::p12(
        P12Consumer::Modern,
        &draft,
        P12Password::Passphrase(&password),
    );
    let pfx = pfx.map_err(|error| ServiceError::Own(Box::new(error)))?;
    let folder = dir.join(FOLDER);
    files::replace(&folder.join("apiuser.p12"), &pfx)?;
    files::replace(&folder.join("apiuser.aes"), aes_key.as_bytes())?;
    let config = config(listen, &aes_key, &client.certificate.to_pem());
    files::replace(&dir.join("certwright.toml"), config.as_bytes())
}

fn config(listen: SocketAddr, aes_key: &str, signer: &str) -> String {
    let mut devices = String::new();
    for n in 1..=DEVICES {
        // Writing to a string cannot fail.
        write!(
            devices,
            "\n  {{ device_key = \"dk{n}\", asset_id = \"a{n}\" }},"
        )
        .unwrap_or_default();
    }
    TEMPLATE
        .replace("LISTEN", &listen.to_string())
        .replace("DEVICES", &devices)
        .replace("AES_KEY", aes_key)
        .replace("SIGNER", signer)
}

/// How to try each vendor's service at `url` from a shell; `dir` is the demonstration's folder.
#[must_use]
pub fn examples(url: &str, dir: &Path) -> String {
    let folder = dir.join(FOLDER).display().to_string();
    EXAMPLES.replace("URL", url).replace("FOLDER", &folder)
}

const FOLDER: &str = "demo";

const EMCA_USER: &str = "apiuser";

const EMCA_PASSWORD: &str = "apipass";

const DEVICES: u32 = 100;

const TEMPLATE: &str = include_str!("demo/certwright.toml");

const EXAMPLES: &str = include_str!("demo/examples.sh");
