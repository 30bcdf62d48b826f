//! `issue emca`: emCA's calls that create.

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::batch::handout::Handout;
use crate::cli::answer::Refused;
use crate::cli::console::{Console, Exit};
use crate::cli::emca;
use crate::cli::emca::UserArgs;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::issued::{Delivery, DeliveryArgs, Issued, Key};
use crate::cli::moment::MomentArgs;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::who;
use crate::cli::world;
use crate::service::{EmcaAnswer, Service};
use crate::vendor::emca::Method;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::wire::Transaction;
use crate::vendor::emca::world::Earlier;

/// Issue a certificate on a request, as emCA's createCustomerCertificateById and its siblings would.
///
/// The body is the sealed one of the wire, {"requestData", "userName"}, or the decrypted object. The same applicationId
/// is answered the same again.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    what: What,
    /// The call, by the last part of its path.
    #[arg(
        long,
        value_name = "CALL",
        value_parser = emca::creating,
        default_value = "createCustomerCertificateById",
        conflicts_with = "release"
    )]
    method: Method,
    #[command(flatten)]
    user: UserArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// The vendor's own request body, sealed or decrypted (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Release the request with this applicationId, which waits as its profile has manual authorization.
    #[arg(long, value_name = "APPLICATION_ID")]
    release: Option<String>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = match &args.what.request {
        Some(path) => Some(input::read(path, input::MAX_REQUEST_OCTETS + 1, console)?),
        None => None,
    };
    // Of a request that waits it is not known yet which call it is.
    let has_pfx = octets.is_none() || args.method.makes_key();
    let key = Key::InReply { has_pfx };
    let delivery = Delivery::claim(&args.delivery, key, console)?;
    let mut service = args.workspace.service(console)?;
    let answer = match octets {
        Some(octets) => args.create(&octets, &mut service)?,
        None => args.release(&mut service)?,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(refused) => return delivery.finish(Err(refused), console),
    };
    if let EmcaAnswer::Earlier(Earlier::Waiting { request_id, .. }) = &answer {
        return waits(&answer, request_id, args, console);
    }
    delivery.finish(Ok(issued(&answer)?), console)
}

impl Args {
    fn create(
        &self,
        octets: &[u8],
        service: &mut Service,
    ) -> Result<Result<EmcaAnswer, Refused>, CliError> {
        let call = match self
            .user
            .call(self.method, octets, service.workspace().emca())?
        {
            Ok(call) => call,
            Err(refused) => return Ok(Err(refused)),
        };
        let answers = service
            .emca_create(vec![call], &self.moment.moment()?, &mut world::rng())
            .map_err(|error| CliError::failed("issue the certificate", error))?;
        let answer = answers.into_iter().next();
        answered(answer.ok_or_else(|| {
            CliError::failed("issue the certificate", "the service gave no answer")
        })?)
    }

    fn release(&self, service: &mut Service) -> Result<Result<EmcaAnswer, Refused>, CliError> {
        let application_id = self.what.release.clone().unwrap_or_default();
        let user = service
            .workspace()
            .emca()
            .on_this_machine(self.user.user.as_deref());
        let user = user.map_err(|error| who::unknown(&error))?;
        let transaction = Transaction {
            user_name: user.unwrap_or_default().to_owned(),
            application_id,
        };
        let released = service
            .emca_release(&transaction, &self.moment.moment()?, &mut world::rng())
            .map_err(|error| CliError::failed("release the request", error))?;
        answered(released.ok_or_else(|| CliError::NotFound {
            what: format!(
                "no request {:?} of user {:?} waits",
                transaction.application_id, transaction.user_name
            ),
            hint: "a request that was issued is answered again by --request".to_owned(),
        })?)
    }
}

fn answered(answer: Result<EmcaAnswer, Refusal>) -> Result<Result<EmcaAnswer, Refused>, CliError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(refusal) => Ok(Err(emca::refused(&refusal)?)),
    }
}

/// Somebody must release it: no certificate yet, so no file appears.
fn waits(
    answer: &EmcaAnswer,
    request_id: &str,
    args: &Args,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    if args.delivery.wants_reply() {
        console.octets(&reply(answer)?)?;
        return Ok(Exit::Done);
    }
    let fields = Fields::new().with("requestId", request_id.to_owned());
    console.fields("waits for its release, nothing issued", &fields)?;
    Ok(Exit::None)
}

fn issued(answer: &EmcaAnswer) -> Result<Issued, CliError> {
    let mut chain = answer.leaf_first().into_iter();
    let certificate = chain.next().ok_or_else(|| {
        CliError::failed("take the certificate out of the answer", "there is none")
    })?;
    let subscriber = match answer {
        EmcaAnswer::Issued(issued) => Some(issued.subscriber_id.clone()),
        EmcaAnswer::Earlier(Earlier::Issued { subscriber_id, .. }) => Some(subscriber_id.clone()),
        EmcaAnswer::Earlier(_) => None,
    };
    let is_earlier = matches!(answer, EmcaAnswer::Earlier(_));
    Ok(Issued {
        fields: Fields::new()
            .with_some("subscriberId", subscriber)
            .with("answeredBefore", is_earlier),
        handout: Handout {
            holder: None,
            certificate,
            chain: chain.collect(),
            key: None,
            request: None,
            pfx: answer.pfx().map(|pfx| Zeroizing::new(pfx.to_vec())),
            reply: reply(answer)?,
            answered_before: is_earlier,
        },
    })
}

fn reply(answer: &EmcaAnswer) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let reply = answer.reply();
    emca::body(&reply.map_err(|error| CliError::failed("write the reply body", error))?)
}

const AFTER_HELP: &str = "\
Examples:
  certwright issue emca --request sealed.json --reply
  certwright issue emca --request object.json --user apiuser --out gw.pem --artefacts cer,chain,p7b
  certwright issue emca --request object.json --method createCertificateById --reply
  certwright issue emca --release app-1 --user apiuser --reply

Exit codes:
  0 issued (with --reply also: waits for its release), 4 nothing issued, 1 failure, 2 usage";
