//! `batch --stage`: a job that many machines share.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Args, failed, listen, options};
use crate::batch::stage::{Stages, Tally};
use crate::batch::{Artefact, BatchError, SinkKind, Stop};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::secret::Purpose;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::service::{Part, Service};

/// What of a job is done here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Stage {
    /// Keys and what is to be signed, into prepared.parquet: needs no CA key.
    Prepare,
    /// Signatures for what was prepared: needs the CA key, and nothing but the octets to sign.
    Sign,
    /// Certificates and artefacts, of what was prepared and signed: needs no CA key.
    Finish,
}

#[derive(clap::Args, Debug)]
pub(super) struct StageArgs {
    /// One of three stages of a job that many machines share; the ledger import brings the last one's output in.
    #[arg(long, value_enum, value_name = "STAGE")]
    stage: Option<Stage>,
    /// What was signed, for the stage finish: the file or the folder that the stage sign has written.
    #[arg(long, value_name = "PATH", requires = "stage")]
    signed: Option<PathBuf>,
}

impl StageArgs {
    pub(super) fn stage(&self) -> Option<Stage> {
        self.stage
    }
}

pub(super) fn run(args: &Args, stage: Stage, console: &mut Console<'_>) -> Result<Exit, CliError> {
    check(args, stage)?;
    let mut stages = open(args, stage, console)?;
    let stop = Stop::default();
    listen(&stop).map_err(|error| CliError::failed("listen to signals", error))?;
    let now = world::now()?;
    let (from, out) = (args.job(), args.out());
    let done = match stage {
        Stage::Prepare => stages.prepare_job(from, out, now, &mut world::rng(), &stop),
        Stage::Sign => stages.sign_files(from, out, now, &stop),
        Stage::Finish => {
            let signed = args.stage.signed.as_deref().unwrap_or(from);
            let at = args.not_before.unwrap_or(now);
            stages.finish_files(from, signed, out, at, &stop)
        }
    };
    match done {
        Err(BatchError::Stopped { rows }) => {
            console.note(format_args!(
                "stopped after {rows} rows: the stage can be run again"
            ));
            Ok(Exit::Stopped)
        }
        Err(error) => Err(failed(args, error)),
        Ok(tally) => tell(tally, console),
    }
}

/// What does not belong to the stage, or is missing for it.
fn check(args: &Args, stage: Stage) -> Result<(), CliError> {
    let says = |what: &str| {
        Err(CliError::usage(
            what.to_owned(),
            "see docs/batch.md, Stages",
        ))
    };
    if args.resume || args.plan {
        return says("a stage is neither resumed nor planned: it is run again");
    }
    if stage != Stage::Finish && args.stage.signed.is_some() {
        return says("--signed is for the stage finish");
    }
    match stage {
        Stage::Prepare if args.vendor.is_none() => says("the stage prepare needs --vendor"),
        Stage::Prepare if args.serial_start.is_none() || args.not_before.is_none() => says(
            "the stage prepare needs --serial-start and --not-before: a row that is prepared twice gets the same octets",
        ),
        Stage::Finish if args.stage.signed.is_none() => says("the stage finish needs --signed"),
        Stage::Finish if args.artefacts.contains(&Artefact::P12) => {
            says("no P12 can be made of a key that is sealed")
        }
        Stage::Sign | Stage::Finish if args.shard.is_some() => {
            says("--shard parts jobs; the files of a stage are parts already")
        }
        _ => Ok(()),
    }
}

fn open(args: &Args, stage: Stage, console: &mut Console<'_>) -> Result<Stages, CliError> {
    let asked = args.artefacts.iter().copied();
    let artefacts: Vec<_> = match stage {
        Stage::Prepare => asked
            .filter(|artefact| *artefact == Artefact::Key)
            .collect(),
        Stage::Sign => Vec::new(),
        Stage::Finish => asked.collect(),
    };
    let options = match stage {
        // Keys come as they were sealed.
        Stage::Finish => options(args, console)?.with_key_terms(crate::batch::KeyTerms::plain()),
        _ => options(args, console)?.with_sink(SinkKind::Parquet),
    };
    let options = options.with_artefacts(artefacts);
    let part = match stage {
        Stage::Sign => Part::Issues,
        Stage::Prepare | Stage::Finish => Part::Prepares,
    };
    let passphrase = match stage {
        Stage::Sign => args
            .workspace
            .ca_passphrase
            .passphrase(Purpose::Unlock, console)?,
        Stage::Prepare | Stage::Finish => None,
    };
    let dir = &args.workspace.workspace;
    let service = Service::open_part(dir, part, passphrase, &mut world::rng());
    let service = service.map_err(|error| {
        CliError::failed(format!("open the workspace {}", dir.display()), error)
    })?;
    Stages::open(service, "", options).map_err(|error| super::refused(args, error))
}

fn tell(tally: Tally, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let fields = Fields::new()
        .with("done", tally.done)
        .with("rejected", tally.rejected)
        .with("passedOver", tally.passed_over);
    CliError::unless_closed_pipe(console.fields("stage", &fields))?;
    Ok(match (tally.done, tally.rejected) {
        (_, 0) => Exit::Done,
        (0, _) => Exit::None,
        _ => Exit::Some,
    })
}
