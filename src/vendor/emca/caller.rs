//! Who calls: the registered user, its password, its authentication key and its address.

use std::net::IpAddr;

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::emca::Method;
use crate::vendor::emca::config::{Emca, User};
use crate::vendor::emca::envelope::{EmKey, Sealed};
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, HOWTO, PAGE, Refusal};
use crate::vendor::emca::wire::{Parameters, Request, Transaction};

/// From where a call comes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Caller<'a> {
    /// From this machine, without a header and without an address: a command, a batch, a program.
    Local,
    /// Over the network.
    Remote {
        /// The address of the connection.
        address: IpAddr,
        /// The header `emKey`.
        em_key: Option<&'a str>,
    },
}

/// A request whose sender is who it says.
#[derive(Debug)]
pub struct Authenticated<'a> {
    pub(super) user: &'a User,
    pub(super) method: Method,
    pub(super) transaction: Transaction,
    pub(super) parameters: Parameters,
}

/// Decrypts and authenticates a body.
///
/// # Errors
/// A [`Refusal`] of the wire or of the authentication stage. A user who is not registered has no key to decrypt with:
/// that is told like a wrong password.
pub fn open<'a>(
    method: Method,
    sealed: &Sealed,
    caller: Caller<'_>,
    settings: &'a Emca,
) -> Result<Authenticated<'a>, Refusal> {
    let user = settings.user(sealed.user_name());
    let user = user.ok_or_else(|| refused(method, vec![unknown_user(sealed.user_name())]))?;
    let object = sealed.open(&user.aes_key, user.mode);
    let object = object.map_err(|refusal| refusal.of_call(method))?;
    let request = Request::from_json(method, &object)?;
    if request.user_name() != sealed.user_name() {
        let finding = Finding::error(
            "emca.user-name",
            PAGE,
            "userName",
            format!("{:?} inside requestData", request.user_name()),
            format!("{:?} as outside", sealed.user_name()),
        );
        let fault = Fault::new(FaultKind::Authentication, finding);
        return Err(refused(method, vec![fault]));
    }
    authenticate(request, caller, settings)
}

/// Authenticates a request that was decrypted.
///
/// # Errors
/// A [`Refusal`] of the authentication stage.
pub fn authenticate<'a>(
    request: Request,
    caller: Caller<'_>,
    settings: &'a Emca,
) -> Result<Authenticated<'a>, Refusal> {
    let Some(user) = settings.user(&request.user_name) else {
        let fault = unknown_user(&request.user_name);
        return Err(refused(request.method, vec![fault]));
    };
    let mut faults = Vec::new();
    let given = EmKey::of(&request.user_name, request.password.expose_secret());
    if !user.em_key.matches(&given) {
        let (found, expected) = ("another password", "the registered one");
        let finding = Finding::error("emca.password", HOWTO, "password", found, expected);
        faults.push(Fault::new(FaultKind::Authentication, finding));
    }
    if let Caller::Remote { address, em_key } = caller {
        faults.extend(wrong_address(user, address));
        faults.extend(wrong_header(user, em_key));
    }
    if !faults.is_empty() {
        return Err(refused(request.method, faults));
    }
    Ok(Authenticated {
        user,
        method: request.method,
        transaction: Transaction {
            user_name: request.user_name,
            application_id: request.application_id,
        },
        parameters: request.fields,
    })
}

impl Authenticated<'_> {
    /// The user.
    #[must_use]
    pub fn user(&self) -> &User {
        self.user
    }

    /// The call.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// What the request asks for, to be kept while somebody must release it ([`Authenticated::kept`]).
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// A request that was authenticated and kept: the same as when it came, if the user is still registered.
    #[must_use]
    pub fn kept(
        method: Method,
        transaction: Transaction,
        parameters: Parameters,
        settings: &Emca,
    ) -> Option<Authenticated<'_>> {
        Some(Authenticated {
            user: settings.user(&transaction.user_name)?,
            method,
            transaction,
            parameters,
        })
    }

    /// The transaction; one that was answered before is answered the same, whatever else the request says.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }
}

/// An IPv4 address that came through an IPv6 socket is that IPv4 address.
fn wrong_address(user: &User, address: IpAddr) -> Option<Fault> {
    let address = address.to_canonical();
    let registered = &user.source_addresses;
    if registered.is_empty() || registered.iter().any(|own| own.to_canonical() == address) {
        return None;
    }
    let finding = Finding::error(
        "emca.source-address",
        PAGE,
        "source address",
        address.to_string(),
        "an address that is registered for the user",
    );
    Some(Fault::new(FaultKind::Authentication, finding))
}

fn wrong_header(user: &User, em_key: Option<&str>) -> Option<Fault> {
    let found = match em_key {
        None if !user.em_key_required => return None,
        None => "nothing",
        Some(text) => match EmKey::from_text(text) {
            Ok(key) if user.em_key.matches(&key) => return None,
            Ok(_) => "another key",
            Err(_) => "no key of 40 hexadecimal digits",
        },
    };
    let expected = "SHA-1 of user:password in hexadecimal";
    let finding = Finding::error("emca.em-key", PAGE, "emKey", found, expected);
    Some(Fault::new(FaultKind::Authentication, finding))
}

fn unknown_user(name: &str) -> Fault {
    let found = format!("{name:?}");
    let finding = Finding::error("emca.user", HOWTO, "userName", found, "a registered user");
    Fault::new(FaultKind::Authentication, finding)
}

fn refused(method: Method, faults: Vec<Fault>) -> Refusal {
    error::refused(Stage::Authentication, faults).of_call(method)
}

#[cfg(test)]
mod tests;
