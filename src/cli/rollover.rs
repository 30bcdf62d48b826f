//! `rollover`: the next certificate of a Comm or a station, or the next two, with the files for both sides.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::bundle::p12;
use crate::bundle::p12::P12Consumer;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::lifecycle;
use crate::cli::output::Overwrite;
use crate::cli::place::WorkspaceArgs;
use crate::cli::rollover::files::{Files, stem};
use crate::cli::rollover::refusal::{as2expert_refused, ecgrid_refused};
use crate::cli::secret::{P12PasswordArgs, P12Secret, Purpose as Typed};
use crate::cli::view::{Fields, Node, colon_hex};
use crate::cli::world;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::enums::{Named, SecureHashAlgorithm};
use crate::vendor::rollover::{Function, IfNext, Pair, Pairs, Purpose, Rollover};
use crate::vendor::{as2expert, ecgrid};

mod files;
pub(super) mod refusal;

/// Make the next certificate before the present one ends, with the files for both sides.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Ecgrid(Box<EcgridArgs>),
    As2expert(Box<As2ExpertArgs>),
}

/// The next certificate of an ECGrid Comm.
///
/// The one in use goes on until its end; what is made begins --overlap days before that, with a key of its own.
#[derive(clap::Args, Debug)]
#[command(after_help = ECGRID_AFTER_HELP)]
pub(super) struct EcgridArgs {
    /// The Comm, by its number.
    #[arg(long, value_name = "ID")]
    comm: i32,
    /// The partner (AS2 id) whose own certificate it is; without it the one for all partners.
    #[arg(long, value_name = "AS2ID")]
    partner: Option<String>,
    /// Calendar years that the new one lasts; 2 without it.
    #[arg(long, value_name = "N")]
    years: Option<u16>,
    /// SHA1, SHA256, SHA384 or SHA512; SHA256 without it.
    #[arg(long, value_name = "NAME", value_parser = hash)]
    hash: Option<SecureHashAlgorithm>,
    #[command(flatten)]
    common: CommonArgs,
}

/// The next certificate of an AS2Expert station.
///
/// The one in use goes on until its end; what is made begins --overlap days before that, with a key of its own.
#[derive(clap::Args, Debug)]
#[command(after_help = AS2EXPERT_AFTER_HELP)]
pub(super) struct As2ExpertArgs {
    /// The station, by its number.
    #[arg(long, value_name = "ID")]
    station: i64,
    /// The partner that the handover sheet is for; a station uses the same certificate towards all.
    #[arg(long, value_name = "ID")]
    partner: Option<i64>,
    /// Calendar years that the new one lasts; 365 days without it.
    #[arg(long, value_name = "N")]
    years: Option<u16>,
    /// sha1, sha256, sha384 or sha512; sha256 without it.
    #[arg(long, value_name = "NAME")]
    hash: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

/// What both vendors' commands have.
#[derive(clap::Args, Debug)]
struct CommonArgs {
    /// Days in which the new certificate and the one in use both hold.
    #[arg(long, value_name = "DAYS", default_value_t = crate::vendor::rollover::DEFAULT_OVERLAP_DAYS)]
    overlap: u16,
    /// One certificate for signing and one for encryption, or only one of these.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, default_missing_value = "both", require_equals = true)]
    separate: Option<Which>,
    /// Make another one although there is a next one already.
    #[arg(long)]
    again: bool,
    /// Make none: write the files of the next one that there is.
    #[arg(long, conflicts_with_all = ["again", "overlap", "years", "hash"])]
    files_only: bool,
    /// The folder for the files: `own/` with the P12, and `partner/` without any key.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Who imports the P12: modern, windows-2016, java-8, macos, openssl-3 or fips; modern without it.
    #[arg(long, value_name = "CONSUMER")]
    p12_for: Option<P12Consumer>,
    /// The friendly name of the key in the P12; that of the file without it.
    #[arg(long, value_name = "NAME")]
    p12_alias: Option<String>,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// Both.
    Both,
    /// The one that signs.
    Signing,
    /// The one that others encrypt to.
    Encryption,
}

/// How the own side's key files are to be.
struct P12Plan {
    consumer: P12Consumer,
    password: P12Secret,
    /// For each certificate.
    aliases: Vec<String>,
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (vendor, owner_id) = command.owner();
    let common = command.common();
    let pairs = common.pairs();
    let stems = pairs.purposes().iter();
    let stems: Vec<_> = stems
        .map(|purpose| stem(vendor, owner_id, *purpose))
        .collect();
    let plan = common.plan(&stems, console)?;
    let overwrite = Overwrite::of(common.force);
    // One sheet tells of all that is made.
    let sheet = match stems.as_slice() {
        [one] => one.clone(),
        _ => stem(vendor, owner_id, Purpose::Both),
    };
    let files = Files::claim(&common.out, &stems, &sheet, overwrite)?;
    let mut service = common.workspace.existing_service(console)?;
    let now = world::now()?;
    let rollover = command.rollover(&mut service, now)?;
    let written = files.finish(vendor, &rollover, &plan, &mut service, now);
    let written = written.map_err(|error| {
        let doing =
            "write the files; the certificates are recorded, --files-only writes them again";
        CliError::failed(doing, error)
    })?;
    command.tell(&rollover, &written, console)?;
    Ok(Exit::Done)
}

impl Command {
    fn owner(&self) -> (&'static str, i64) {
        match self {
            Self::As2expert(args) => (as2expert::NAME, args.station),
            Self::Ecgrid(args) => (ecgrid::NAME, args.comm.into()),
        }
    }

    fn common(&self) -> &CommonArgs {
        match self {
            Self::As2expert(args) => &args.common,
            Self::Ecgrid(args) => &args.common,
        }
    }

    fn rollover(&self, service: &mut Service, now: UnixSeconds) -> Result<Rollover, CliError> {
        match self {
            Self::As2expert(args) => args.rollover(service, now),
            Self::Ecgrid(args) => args.rollover(service, now),
        }
    }

    fn tell(
        &self,
        rollover: &Rollover,
        files: &[PathBuf],
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let (vendor, owner_id) = self.owner();
        let id = match self {
            Self::As2expert(_) => "station",
            Self::Ecgrid(_) => "comm",
        };
        let id = Fields::new().with(id, owner_id.unsigned_abs());
        let pairs: Vec<_> = rollover.pairs.iter().map(pair_fields).collect();
        let file = |path: &PathBuf| Node::from(path.display().to_string());
        let fields = Fields::new()
            .with("vendor", vendor)
            .and(id)
            .with("owner", rollover.owner.as_str())
            .with_some("partner", rollover.partner.clone())
            .with("certificates", pairs)
            .with("partnersAffected", lifecycle::partners(&rollover.partners))
            .with("files", files.iter().map(file).collect::<Vec<_>>());
        let title = if self.common().files_only {
            "files written"
        } else {
            "next certificate made"
        };
        console.fields(title, &fields)
    }
}

impl EcgridArgs {
    fn rollover(&self, service: &mut Service, now: UnixSeconds) -> Result<Rollover, CliError> {
        let plain = ecgrid::rollover::RolloverRequest::new(self.comm);
        let request = ecgrid::rollover::RolloverRequest {
            partner_as2_id: self.partner.clone(),
            pairs: self.common.pairs(),
            overlap_days: self.common.overlap,
            years: self.years.unwrap_or(plain.years),
            hash: self.hash,
            if_next: self.common.if_next(),
            ..plain
        };
        let caller = ecgrid::access::Caller::local();
        let answer = if self.common.files_only {
            service.ecgrid_rolled_over(&request, &caller, now)
        } else {
            let moment = Moment::at(now);
            let answer = service.ecgrid_rollover(&request, &caller, &moment, &mut world::rng());
            answer.map_err(failed)?
        };
        answer.map_err(|refusal| ecgrid_refused(&refusal))
    }
}

impl As2ExpertArgs {
    fn rollover(&self, service: &mut Service, now: UnixSeconds) -> Result<Rollover, CliError> {
        let request = as2expert::rollover::RolloverRequest {
            partner: self.partner,
            pairs: self.common.pairs(),
            overlap_days: self.common.overlap,
            years: self.years,
            hash: self.hash.clone(),
            if_next: self.common.if_next(),
            ..as2expert::rollover::RolloverRequest::new(self.station)
        };
        let caller = as2expert::access::Caller::local();
        let answer = if self.common.files_only {
            service.as2expert_rolled_over(&request, &caller, now)
        } else {
            let moment = Moment::at(now);
            let answer = service.as2expert_rollover(&request, &caller, &moment, &mut world::rng());
            answer.map_err(failed)?
        };
        answer.map_err(|refusal| as2expert_refused(&refusal))
    }
}

impl CommonArgs {
    fn pairs(&self) -> Pairs {
        match self.separate {
            None => Pairs::Combined,
            Some(Which::Both) => Pairs::Separate,
            Some(Which::Encryption) => Pairs::Only(Function::Encryption),
            Some(Which::Signing) => Pairs::Only(Function::Signing),
        }
    }

    fn if_next(&self) -> IfNext {
        if self.again {
            IfNext::MakeAnother
        } else {
            IfNext::Refuse
        }
    }

    /// What can be wrong with a P12 is found before a certificate is made that could not be handed out.
    fn plan(&self, stems: &[String], console: &mut Console<'_>) -> Result<P12Plan, CliError> {
        let password = self.p12_password.password(Typed::Protect, console)?;
        let password = password.ok_or_else(P12Secret::missing)?;
        let consumer = self.p12_for.unwrap_or(P12Consumer::Modern);
        let alias = |stem: &String| match &self.p12_alias {
            None => stem.clone(),
            Some(alias) if stems.len() == 1 => alias.clone(),
            // Two keys of one name would be one to a consumer that keeps both in one store.
            Some(alias) => {
                let function = stem.rsplit('-').next().unwrap_or_default();
                format!("{alias}-{function}")
            }
        };
        let aliases: Vec<_> = stems.iter().map(alias).collect();
        for alias in &aliases {
            p12::check(consumer, alias, password.as_password())
                .map_err(|error| CliError::failed("make the P12", error))?;
        }
        Ok(P12Plan {
            consumer,
            password,
            aliases,
        })
    }
}

fn pair_fields(pair: &Pair) -> Node {
    let certificate = &pair.next.certificate;
    let fields = Fields::new()
        .with("purpose", pair.purpose.as_str())
        .and(lifecycle::used(&pair.next))
        .with("sha1Fingerprint", colon_hex(&certificate.sha1()))
        .with("sha256Fingerprint", colon_hex(&certificate.sha256()))
        .with("takesThePlaceOf", lifecycle::used(&pair.current))
        .with_some("overlap", pair.overlap().map(lifecycle::overlap));
    Node::Fields(fields)
}

fn failed(error: ServiceError) -> CliError {
    CliError::failed("make the next certificate", error)
}

fn hash(text: &str) -> Result<SecureHashAlgorithm, String> {
    SecureHashAlgorithm::from_json(text).ok_or_else(|| {
        let allowed = SecureHashAlgorithm::names();
        format!("{text:?} is no hash, allowed {allowed}")
    })
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright rollover ecgrid --comm 5001 --out next/ --p12-password-prompt
  certwright rollover as2expert --station 62 --out next/ --p12-password-prompt";

const ECGRID_AFTER_HELP: &str = "\
Examples:
  certwright rollover ecgrid --comm 5001 --overlap 45 --out next/ --p12-password-prompt
  certwright rollover ecgrid --comm 5001 --separate --out next/ --p12-password-file password.txt
  certwright rollover ecgrid --comm 5001 --files-only --out again/ --p12-password-env

Files, named after the vendor and the Comm:
  own/      .p12 (with the key, readable by its owner alone), .cer, .p7b
  partner/  .cer, .p7b, and the sheet for the partner: .handover.txt, .handover.html

Exit codes:
  0 made, 4 refused and nothing made, 1 failure, 2 usage";

const AS2EXPERT_AFTER_HELP: &str = "\
Examples:
  certwright rollover as2expert --station 62 --years 2 --out next/ --p12-for windows-2016 --p12-password-env
  certwright rollover as2expert --station 62 --separate=signing --out next/ --p12-password-file password.txt
  certwright rollover as2expert --station 62 --partner 140 --files-only --out again/ --p12-password-prompt

Files, named after the vendor and the station:
  own/      .p12 (with the key, readable by its owner alone), .cer, .p7b
  partner/  .cer, .p7b, and the sheet for the partner: .handover.txt, .handover.html

Exit codes:
  0 made, 4 refused and nothing made, 1 failure, 2 usage";
