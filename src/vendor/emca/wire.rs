//! The decrypted object, as it was sent: every field that the vendor's pages name, typed and nothing more.
//!
//! Fields go by the vendor's names with their blanks taken out, as its own sample writes one key with blanks inside the
//! quotes. `null` is the same as an absent field; fields that the vendor does not name are ignored. Who sent the object
//! (`userName`, `password`) and which transaction it is (`applicationId`) must be told before anything else is asked.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::vendor::Stage;
use crate::vendor::emca::envelope;
use crate::vendor::emca::error::{Fault, FaultKind, Refusal};
use crate::vendor::emca::{Form, Method};

pub(super) use fields::missing;

use fields::Fields;

mod fields;

/// A request to one of the calls.
///
/// Invariant: user and password are there, and for a call that creates the `applicationId` is.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) user_name: String,
    pub(super) password: Password,
    pub(super) application_id: String,
    pub(super) fields: Parameters,
}

/// What a request asks for, once it is known who asks. But for the signed message of a call that makes a key, which has
/// a password in it ([`Parameters::take_message`]), there is no secret in it and it can be kept.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parameters {
    pub(super) signature: Option<Message>,
    pub(super) csr_data: Option<String>,
    pub(super) is_signed_data: Option<String>,
    pub(super) profile_id: Option<ProfileId>,
    pub(super) profile_name: Option<String>,
    pub(super) subscriber_id: Option<String>,
    pub(super) validity: Option<String>,
    pub(super) valid_from: Option<String>,
    pub(super) san_values: Option<String>,
    pub(super) subject_dn_oids: Option<String>,
    pub(super) is_p7b_request: Option<String>,
    pub(super) remarks: Option<String>,
    pub(super) revoke_mode: Option<String>,
}

/// A signed message as it was sent, base64 or PEM. The calls that make a key sign a text with a password in it, so no
/// message is shown.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Message(Zeroizing<String>);

/// The password of a request.
pub struct Password(Zeroizing<String>);

/// The id of a profile as it was sent; the vendor's message quotes it.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct ProfileId(String);

/// What makes a transaction unique: the user and the user's `applicationId`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Transaction {
    /// `userName`, which has no slash.
    pub user_name: String,
    /// `applicationId`.
    pub application_id: String,
}

impl Transaction {
    /// Whom a certificate is bound to, as the ledger names it: `userName/subscriberId`.
    #[must_use]
    pub fn holder(&self, subscriber_id: &str) -> String {
        format!("{}/{subscriber_id}", self.user_name)
    }
}

impl Request {
    /// Reads a decrypted object.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage: `Invalid input data` for what is no JSON object, as after decryption with a
    /// wrong key; `Invalid parameter` for fields of a wrong type or missing ones.
    pub fn from_json(method: Method, object: &[u8]) -> Result<Self, Refusal> {
        let object = envelope::object(object, FaultKind::InputData);
        let object = object.map_err(|refusal| refusal.of_call(method))?;
        Self::from_object(method, &object)
    }

    /// Reads fields by the vendor's names.
    ///
    /// # Errors
    /// As [`Request::from_json`].
    pub fn from_object(method: Method, object: &Map<String, Value>) -> Result<Self, Refusal> {
        let (request, faults) = Self::read_all(method, object);
        let refusal = Refusal::from_faults(Stage::Wire, faults);
        refusal.map_or(Ok(request), |refusal| Err(refusal.of_call(method)))
    }

    /// What could be read, and all that was wrong.
    pub(super) fn read_all(method: Method, object: &Map<String, Value>) -> (Self, Vec<Fault>) {
        let mut fields = Fields::new(object);
        let user_name = fields.mandatory("userName");
        let password = Password(Zeroizing::new(fields.mandatory("password")));
        let application_id = match method.creates() {
            true => fields.name("applicationId"),
            false => String::new(),
        };
        let parameters = Parameters {
            signature: fields.filled(&["signature"]).map(Message::from),
            csr_data: fields.filled(&["csrData"]),
            is_signed_data: fields.flag("isSignedData"),
            profile_id: fields.filled(&["profileID", "profileId"]).map(ProfileId),
            profile_name: fields.filled(&["profileName"]),
            subscriber_id: fields.filled(&["subscriberId"]),
            validity: fields.filled(&["validity"]),
            valid_from: fields.filled(&["validFrom"]),
            san_values: fields.text(&["sANValues"]),
            subject_dn_oids: fields.text(&["subjectDNOids"]),
            is_p7b_request: fields.flag("isP7BRequest"),
            remarks: fields.filled(&["remarks"]),
            revoke_mode: fields.digits("revokeMode"),
        };
        let request = Self {
            method,
            user_name,
            password,
            application_id,
            fields: parameters,
        };
        (request, fields.into_faults())
    }

    /// The call.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// `userName`.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }
}

impl Parameters {
    /// Takes the signed message out, to be kept where secrets are.
    pub fn take_message(&mut self) -> Option<Message> {
        self.signature.take()
    }

    /// Puts the signed message back.
    #[must_use]
    pub fn with_message(mut self, message: Message) -> Self {
        self.signature = Some(message);
        self
    }
}

impl Message {
    /// The text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.expose_secret().to_owned()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message([elided])")
    }
}

impl Password {
    /// The text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([elided])")
    }
}

impl ProfileId {
    /// An id as configuration or a request has it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Transaction {
    /// Characters of the longest `applicationId` that is read.
    pub const MAX_CHARACTERS: usize = 256;

    /// The transaction as the ledger names its row: `form/userName/applicationId`. The form is that first asked for,
    /// and a user's name has no slash.
    #[must_use]
    pub fn row_key(&self, form: Form) -> String {
        format!("{form}/{}/{}", self.user_name, self.application_id)
    }

    /// The form and the transaction of a row.
    #[must_use]
    pub fn from_row_key(row_key: &str) -> Option<(Form, Self)> {
        let (form, rest) = row_key.split_once('/')?;
        let form = Form::ALL.into_iter().find(|known| known.as_str() == form)?;
        let (user_name, application_id) = rest.split_once('/')?;
        let transaction = Self {
            user_name: user_name.to_owned(),
            application_id: application_id.to_owned(),
        };
        Some((form, transaction))
    }
}

#[cfg(test)]
mod tests;
