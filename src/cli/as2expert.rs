//! What the AS2Expert commands share: who asks, and how a refusal is told.

use zeroize::Zeroizing;

use crate::cli::answer;
use crate::cli::answer::Refused;
use crate::cli::error::CliError;
use crate::cli::who;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::error::{Fault, Refusal};
use crate::vendor::as2expert::operation::Operation;

/// Who asks.
#[derive(clap::Args, Debug)]
pub(super) struct SiteArgs {
    /// The site that asks; the only one of the configuration without it.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

impl SiteArgs {
    pub(super) fn caller(&self, settings: &As2Expert) -> Result<Caller, CliError> {
        let caller = settings.on_this_machine(self.site.as_deref());
        caller.map_err(|error| who::unknown(&error))
    }
}

/// A call by its path.
pub(super) fn operation(text: &str) -> Result<Operation, String> {
    Operation::from_path(text).ok_or_else(|| {
        let paths = Operation::ALL.map(Operation::path).join(", ");
        format!("{text:?} is no call, allowed {paths}")
    })
}

/// A reply body.
pub(super) fn body(
    text: Result<String, serde_json::Error>,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let text = text.map_err(|error| CliError::failed("write the reply body", error))?;
    Ok(answer::line(&text))
}

/// A refusal in the vendor's words.
pub(super) fn refused(refusal: &Refusal) -> Result<Refused, CliError> {
    let what = format!(
        "AS2Expert refuses in the {} stage: {} {}",
        refusal.stage(),
        refusal.kind().status(),
        refusal.msg()
    );
    let findings = refusal.faults().iter().map(Fault::finding);
    let reply = body(refusal.reply().to_json())?;
    Ok(Refused::new(what, findings, refusal, reply))
}
