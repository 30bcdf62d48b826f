//! What the emCA commands share: who asks, the body, and how a refusal is told.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::answer;
use crate::cli::answer::Refused;
use crate::cli::error::CliError;
use crate::cli::who;
use crate::service::{EmcaBody, EmcaCall};
use crate::vendor::emca::Method;
use crate::vendor::emca::caller::Caller;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::envelope::Sealed;
use crate::vendor::emca::error::{Fault, Refusal};
use crate::vendor::emca::reply::Reply;
use crate::vendor::emca::wire::Request;

/// Who asks.
#[derive(clap::Args, Debug)]
pub(super) struct UserArgs {
    /// The user of a decrypted object that names none; the only one of the configuration without it. A password that the
    /// object lacks is the configuration's.
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,
}

impl UserArgs {
    /// The call of a body: a sealed one, or a decrypted object.
    pub(super) fn call(
        &self,
        method: Method,
        octets: &[u8],
        settings: &Emca,
    ) -> Result<Result<EmcaCall<'static>, Refused>, CliError> {
        let mut object = match Sealed::object(octets) {
            Ok(object) => object,
            Err(refusal) => return Ok(Err(refused(&refusal)?)),
        };
        let body = if Sealed::is_sealed(&object) {
            if self.user.is_some() {
                return Err(CliError::usage(
                    "a sealed body names its user",
                    "leave out --user, or give the decrypted object",
                ));
            }
            Sealed::from_object(&object).map(EmcaBody::Sealed)
        } else {
            let named = object.get("userName").and_then(Value::as_str);
            if let (Some(user), Some(named)) = (&self.user, named)
                && user != named
            {
                return Err(CliError::usage(
                    format!("the object names the user {named:?}"),
                    "leave out --user",
                ));
            }
            let filled = settings.fill_in(&mut object, self.user.as_deref());
            filled.map_err(|error| who::unknown(&error))?;
            let request = Request::from_object(method, &object);
            request.map(|request| EmcaBody::Opened(Box::new(request)))
        };
        Ok(match body {
            Ok(body) => Ok(EmcaCall {
                method,
                body,
                caller: Caller::Local,
            }),
            Err(refusal) => Err(refused(&refusal)?),
        })
    }
}

/// A call by the last part of its path.
pub(super) fn method(text: &str) -> Result<Method, String> {
    Method::from_path(text).ok_or_else(|| {
        let names = Method::ALL.map(Method::as_str).join(", ");
        format!("{text:?} is no call, allowed {names}")
    })
}

/// A call that brings forth a certificate.
pub(super) fn creating(text: &str) -> Result<Method, String> {
    let creating = method(text).ok().filter(|method| method.creates());
    creating.ok_or_else(|| {
        let all = Method::ALL.into_iter().filter(|method| method.creates());
        let names: Vec<_> = all.map(Method::as_str).collect();
        let names = names.join(", ");
        format!("{text:?} is no call that creates, allowed {names}")
    })
}

/// A reply body.
pub(super) fn body(reply: &Reply) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let text = reply.to_json();
    let text = text.map_err(|error| CliError::failed("write the reply body", error))?;
    Ok(answer::line(&text))
}

/// A refusal in the vendor's words.
pub(super) fn refused(refusal: &Refusal) -> Result<Refused, CliError> {
    let what = format!(
        "emCA refuses in the {} stage: {}",
        refusal.stage(),
        refusal.message()
    );
    let findings = refusal.faults().iter().map(Fault::finding);
    let reply = body(&Reply::refused(refusal))?;
    Ok(Refused::new(what, findings, refusal, reply))
}
