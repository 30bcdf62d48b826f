//! Private keys that stay in a PKCS #11 token: a hardware security module, a smart card, or a program that plays one.
//!
//! The token signs a digest and gives out nothing else. Signatures are checked with the public key before they leave, as
//! those of every engine are. RSA signatures are the same octets as ever; a token's ECDSA draws its nonce at random, so
//! that two runs of a batch differ in their signatures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use p256::ecdsa;
use zeroize::Zeroizing;

use crate::key;
use crate::key::algorithm::SignatureAlgorithm;
use crate::key::digest::MessageDigest;
use crate::key::error::KeyError;
use crate::key::pbes2::Passphrase;
use crate::key::private::{KeyPair, NULL, public_key};
use crate::key::public::PublicKey;
use crate::key::{SignJob, Signature};
use crate::oid;
use crate::tlv;

pub use uri::TokenUri;

mod uri;

/// A private key in a token, and the way there.
pub(in crate::key) struct TokenKey {
    uri: TokenUri,
    /// One operation at a time in a session (PKCS #11 §5.1).
    session: Mutex<Session>,
    key: ObjectHandle,
}

impl TokenKey {
    pub(in crate::key) fn uri(&self) -> &TokenUri {
        &self.uri
    }

    /// Content octets of the signature of the message with this digest; whether they are right, the caller finds out.
    pub(in crate::key) fn sign(&self, digest: &MessageDigest) -> Result<Vec<u8>, KeyError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: Error| token("sign", error);
        match digest.digest_info() {
            Some(info) => session
                .sign(&Mechanism::RsaPkcs, self.key, &info)
                .map_err(failed),
            None => {
                let halves = session.sign(&Mechanism::Ecdsa, self.key, digest.as_bytes());
                let signature = ecdsa::Signature::from_slice(&halves.map_err(failed)?);
                let signature = signature
                    .map_err(|_| token("sign", "the token's signature is not one of P-256"))?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }
}

impl KeyPair {
    /// A key in a PKCS #11 token, which stays there.
    ///
    /// The PIN is the first line of the file that the URI names, or `pin` where it names none. The token must hold the public
    /// key beside the private one, and signs a message to prove that they belong together.
    ///
    /// # Errors
    /// [`KeyError::Token`], [`KeyError::Contradictory`], [`KeyError::UnsupportedKey`], and what a public key can be refused
    /// for.
    pub fn from_token(uri: &TokenUri, pin: Option<&Passphrase>) -> Result<Self, KeyError> {
        let module = module(uri.module_path())?;
        let (slot, info) = find_slot(&module, uri)?;
        let session = module.open_ro_session(slot);
        let session = session.map_err(|error| token("open a session", error))?;
        log_in(&session, &info, uri, pin)?;
        let key = find_one(&session, ObjectClass::PRIVATE_KEY, uri)?;
        let public = read_public(&session, find_one(&session, ObjectClass::PUBLIC_KEY, uri)?)?;
        let pair = Self::in_token(
            public,
            TokenKey {
                uri: uri.clone(),
                session: Mutex::new(session),
                key,
            },
        )?;
        pair.prove().map(|_| pair)
    }

    /// A signature that verifies shows that the private key is the public one's.
    fn prove(&self) -> Result<Signature, KeyError> {
        let algorithm = SignatureAlgorithm::default_for(self.public_key());
        let algorithm = algorithm.unwrap_or(SignatureAlgorithm::Sha256WithRsa);
        let job = SignJob {
            key: self,
            algorithm,
            message: b"certwright",
        };
        let mut signed = key::sign(&[job]).into_iter();
        match signed.next().unwrap_or(Err(KeyError::Rng)) {
            Err(KeyError::SignatureInvalid) => Err(KeyError::Contradictory {
                reason: "the private key in the token is not that of the public key beside it"
                    .to_owned(),
            }),
            signed => signed,
        }
    }
}

/// Whether this is the PIN of the token: a login shows it, where none of this process is there.
pub(in crate::key) fn check_pin(uri: &TokenUri, pin: &Passphrase) -> Result<(), KeyError> {
    let module = module(uri.module_path())?;
    let (slot, info) = find_slot(&module, uri)?;
    if !info.login_required() {
        return Ok(());
    }
    let session = module.open_ro_session(slot);
    let session = session.map_err(|error| token("open a session", error))?;
    let pin = AuthPin::from(pin.expose_secret());
    let login = session.login(UserType::User, Some(&pin));
    login.map_err(|error| token("log in", error))
}

/// A library is opened once for a process, and stays: it counts sessions and logins for all of it.
fn module(path: &Path) -> Result<Pkcs11, KeyError> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let doing = "open the library of the token";
    let module = Pkcs11::new(path).map_err(|error| token(doing, error))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(token(doing, error)),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// The one token that is meant.
fn find_slot(module: &Pkcs11, uri: &TokenUri) -> Result<(Slot, TokenInfo), KeyError> {
    let doing = "find the token";
    let slots = module.get_slots_with_initialized_token();
    let mut known = Vec::new();
    let mut meant = Vec::new();
    for slot in slots.map_err(|error| token(doing, error))? {
        let info = module.get_token_info(slot);
        let info = info.map_err(|error| token(doing, error))?;
        if is_meant(slot, &info, uri) {
            meant.push((slot, info));
        } else {
            known.push(format!("{:?}", info.label()));
        }
    }
    match meant.len() {
        0 if known.is_empty() => Err(token(doing, "the library knows none")),
        0 => Err(token(
            doing,
            format!("none is that of the URI, there are {}", known.join(", ")),
        )),
        1 => meant.pop().ok_or_else(|| token(doing, "it is gone")),
        many => Err(token(doing, format!("{many} are that of the URI"))),
    }
}

fn is_meant(slot: Slot, info: &TokenInfo, uri: &TokenUri) -> bool {
    let is =
        |asked: &Option<String>, found: &str| asked.as_ref().is_none_or(|asked| asked == found);
    is(&uri.token.label, info.label())
        && is(&uri.token.manufacturer, info.manufacturer_id())
        && is(&uri.token.model, info.model())
        && is(&uri.token.serial, info.serial_number())
        && uri.token.slot_id.is_none_or(|asked| asked == slot.id())
}

/// A login counts for all sessions of a process with a token.
fn log_in(
    session: &Session,
    info: &TokenInfo,
    uri: &TokenUri,
    pin: Option<&Passphrase>,
) -> Result<(), KeyError> {
    if !info.login_required() {
        return Ok(());
    }
    let pin = match (uri.pin_source(), pin) {
        (Some(path), _) => Some(read_pin(path)?),
        (None, Some(pin)) => Some(AuthPin::from(pin.expose_secret())),
        // A token with a keypad of its own asks for it there.
        (None, None) if info.protected_authentication_path() => None,
        (None, None) => {
            let reason =
                "a PIN is asked for, the URI names no file of it, and no passphrase was given";
            return Err(token("log in", reason));
        }
    };
    match session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => Err(token("log in", error)),
    }
}

fn read_pin(path: &Path) -> Result<AuthPin, KeyError> {
    let read = fs::read_to_string(path).map(Zeroizing::new);
    let text = read.map_err(|error| {
        let reason = format!("{}: {error}", path.display());
        token("read the file of the PIN", reason)
    })?;
    match text.lines().next() {
        Some(pin) if !pin.is_empty() => Ok(AuthPin::from(pin)),
        _ => Err(token(
            "read the file of the PIN",
            format!("{}: its first line is empty", path.display()),
        )),
    }
}

/// The one object of this class that the URI names.
fn find_one(
    session: &Session,
    class: ObjectClass,
    uri: &TokenUri,
) -> Result<ObjectHandle, KeyError> {
    let doing = match class {
        ObjectClass::PUBLIC_KEY => "find the public key",
        _ => "find the private key",
    };
    let mut wanted = vec![Attribute::Class(class)];
    let label = uri.object.as_ref();
    wanted.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    wanted.extend(uri.id.clone().map(Attribute::Id));
    let found = session.find_objects(&wanted);
    match *found.map_err(|error| token(doing, error))? {
        [one] => Ok(one),
        [] => Err(token(
            doing,
            "the token has none of this label and identifier",
        )),
        _ => Err(token(
            doing,
            "the token has several: id tells those of one label apart",
        )),
    }
}

fn read_public(session: &Session, object: ObjectHandle) -> Result<PublicKey, KeyError> {
    let asked = [
        AttributeType::KeyType,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
    ];
    let numbers = session.get_attributes(object, &asked);
    let numbers = Numbers(numbers.map_err(|error| token(READING, error))?);
    if numbers.0.contains(&Attribute::KeyType(KeyType::RSA)) {
        return numbers.rsa();
    }
    if numbers.0.contains(&Attribute::KeyType(KeyType::EC)) {
        return numbers.ec();
    }
    Err(KeyError::UnsupportedKey {
        name: "that is neither RSA nor of an elliptic curve".to_owned(),
    })
}

/// What a token tells of a public key.
struct Numbers(Vec<Attribute>);

impl Numbers {
    fn find(&self, pick: fn(&Attribute) -> Option<&Vec<u8>>) -> Result<&Vec<u8>, KeyError> {
        let absent = || token(READING, "the token does not give all of its numbers");
        self.0.iter().find_map(pick).ok_or_else(absent)
    }

    /// Big-endian magnitudes (PKCS #11 §6.1.2).
    fn rsa(&self) -> Result<PublicKey, KeyError> {
        let modulus = self.find(|one| match one {
            Attribute::Modulus(octets) => Some(octets),
            _ => None,
        })?;
        let exponent = self.find(|one| match one {
            Attribute::PublicExponent(octets) => Some(octets),
            _ => None,
        })?;
        let integer = |octets: &[u8]| tlv::write(tlv::INTEGER, &tlv::integer_content(octets));
        let content = tlv::write(
            tlv::SEQUENCE,
            &[integer(modulus), integer(exponent)].concat(),
        );
        public_key(oid::RSA_ENCRYPTION, NULL, &content)
    }

    /// DER of the curve's name and of an OCTET STRING with the point (PKCS #11 §6.3.3); some libraries give the bare point.
    fn ec(&self) -> Result<PublicKey, KeyError> {
        let curve = self.find(|one| match one {
            Attribute::EcParams(octets) => Some(octets),
            _ => None,
        })?;
        let point = self.find(|one| match one {
            Attribute::EcPoint(octets) => Some(octets),
            _ => None,
        })?;
        let point = tlv::read(point, tlv::OCTET_STRING).unwrap_or(point);
        public_key(oid::EC_PUBLIC_KEY, curve, point)
    }
}

const READING: &str = "read the public key";

fn token(doing: &'static str, reason: impl ToString) -> KeyError {
    KeyError::Token {
        doing,
        reason: reason.to_string(),
    }
}
