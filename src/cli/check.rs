//! `check`: what a vendor's rules and RFC 5280 say of files; nothing is issued.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use crate::cli::console::{Console, Exit};
use crate::cli::error::{CliError, chain};
use crate::cli::input;
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::CaPassphraseArgs;
use crate::cli::world;
use crate::lint::{Finding, Severity};
use crate::profile::ProfileError;
use crate::time::UnixSeconds;
use crate::vendor::as2expert;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::ecgrid;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::emca;
use crate::vendor::emca::config::Emca;
use crate::vendor::enos;
use crate::vendor::enos::config::Enos;
use crate::vendor::rule;
use crate::vendor::rule::Rule;
use crate::vendor::specimen::Specimen;
use crate::workspace::WorkspaceConfig;

/// Check certificates, chains, requests and request bodies against a vendor's rules and RFC 5280; nothing is issued.
///
/// What would this vendor refuse, or have done otherwise? It does not matter who made the files. All findings are told,
/// each with the rule's name and what the rule says. Requests and bodies are judged as far as the vendor would judge
/// them before it looks at what it knows and has issued.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Whose rules.
    #[arg(long, value_enum)]
    vendor: Vendor,
    /// Certificates, chains, requests and what is to be signed (PEM or DER), P7B, request bodies (JSON, for ecgrid
    /// also XML; for emca the decrypted object); `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The moment to judge at, such as 2026-03-04T05:06:07Z; now without it.
    #[arg(long, value_name = "TIME")]
    at: Option<UnixSeconds>,
    /// A workspace whose settings say what is allowed; without it the vendor's own defaults do.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
}

/// A vendor by name.
#[derive(Clone, Copy, Debug, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Vendor {
    Enos,
    Emca,
    Ecgrid,
    #[value(name = "as2expert")]
    As2Expert,
}

/// What was found in a file.
#[derive(Serialize)]
struct Checked {
    file: String,
    #[serde(rename = "type")]
    kind: &'static str,
    findings: Vec<Told>,
}

/// A finding, and what its rule says.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    finding: Finding,
    says: &'static str,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let at = args.at.map_or_else(world::now, Ok)?;
    let mut files = Vec::new();
    let mut specimens = Vec::new();
    let mut unread = None;
    for path in &args.files {
        match read(path, console) {
            Ok((name, specimen)) => {
                files.push((name, specimen.kind()));
                specimens.push(specimen);
            }
            // The others are judged all the same.
            Err(error) => unread = unread.or(Some(error)),
        }
    }
    let judged = args.vendor.judge(specimens, at, args.workspace.as_ref())?;
    let told = |finding| args.vendor.told(finding);
    let checked = files.into_iter().zip(judged);
    let checked: Vec<_> = checked
        .map(|((file, kind), findings)| Checked {
            file,
            kind,
            findings: findings.into_iter().map(told).collect(),
        })
        .collect();
    let worst = checked.iter().flat_map(|file| &file.findings);
    let worst = worst.map(|told| told.finding.severity()).max();
    let told = match console.is_json() {
        true => console.value(&checked),
        false => checked.iter().try_for_each(|file| tell(file, console)),
    };
    // The exit code is the verdict, whether or not anyone reads on.
    CliError::unless_closed_pipe(told)?;
    if let Some(error) = unread {
        return Err(error);
    }
    Ok(match worst {
        None => Exit::Done,
        Some(Severity::Warning) => Exit::Some,
        Some(_) => Exit::None,
    })
}

fn read(path: &Path, console: &mut Console<'_>) -> Result<(String, Specimen), CliError> {
    let octets = input::read(path, input::MAX_REQUEST_OCTETS, console)?;
    let name = input::name(path);
    let specimen = Specimen::from_octets(octets.to_vec());
    let specimen =
        specimen.map_err(|error| CliError::failed(format!("check {name}"), chain(&error)))?;
    Ok((name, specimen))
}

impl Vendor {
    /// All findings for each, by the settings of a workspace or those that are there without one.
    fn judge(
        self,
        specimens: Vec<Specimen>,
        at: UnixSeconds,
        workspace: Option<&PathBuf>,
    ) -> Result<Vec<Vec<Finding>>, CliError> {
        let place = workspace.map(|dir| WorkspaceArgs {
            workspace: dir.clone(),
            ca_passphrase: CaPassphraseArgs::default(),
        });
        let place = place.map(|args| args.read_only()).transpose()?;
        let config = place
            .as_ref()
            .map_or_else(WorkspaceConfig::default, |place| place.config().clone());
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            CliError::failed("use the settings", error)
        };
        let judged: Result<_, ProfileError> = match self {
            Self::As2Expert => {
                let settings = As2Expert::from_config(config.as2expert);
                as2expert::judge::judge(specimens, at, &settings.map_err(|e| unusable(e.into()))?)
            }
            Self::Ecgrid => {
                let settings = Ecgrid::from_config(config.ecgrid);
                ecgrid::judge::judge(specimens, at, &settings.map_err(|e| unusable(e.into()))?)
            }
            Self::Emca => {
                let settings = Emca::from_config(config.emca);
                emca::judge::judge(specimens, at, &settings.map_err(|e| unusable(e.into()))?)
            }
            Self::Enos => {
                let settings = Enos::from_config(config.enos);
                enos::judge::judge(specimens, at, &settings.map_err(|e| unusable(e.into()))?)
            }
        };
        judged.map_err(|error| CliError::failed("read the vendor's profiles", error))
    }

    /// The vendor's rules.
    pub(super) fn rules(self) -> &'static [Rule] {
        match self {
            Self::As2Expert => as2expert::rules::RULES,
            Self::Ecgrid => ecgrid::rules::RULES,
            Self::Emca => emca::rules::RULES,
            Self::Enos => enos::rules::RULES,
        }
    }

    fn told(self, finding: Finding) -> Told {
        let own = self.rules().iter().find(|rule| rule.id() == finding.rule());
        let says = own.map(Rule::says).or_else(|| rule::common(finding.rule()));
        Told {
            says: says.unwrap_or_default(),
            finding,
        }
    }
}

fn tell(checked: &Checked, console: &mut Console<'_>) -> Result<(), CliError> {
    let Checked {
        file,
        kind,
        findings,
    } = checked;
    if findings.is_empty() {
        return console.line(format_args!("{file}: {kind}: nothing found"));
    }
    console.line(format_args!("{file}: {kind}"))?;
    for Told { finding, says } in findings {
        let severity = match finding.severity() {
            Severity::Warning => "warning",
            _ => "error",
        };
        console.line(format_args!("  {severity}: {finding}"))?;
        if let Some(answer) = finding.answer() {
            console.line(format_args!("    the vendor answers: {answer}"))?;
        }
        if !says.is_empty() {
            console.line(format_args!("    {says}"))?;
        }
    }
    Ok(())
}

const AFTER_HELP: &str = "\
Examples:
  certwright check --vendor enos dk1.csr.pem
  certwright check --vendor enos body.json issued.pem --json
  certwright check --vendor emca chain.p7b --workspace lab --at 2026-03-04T05:06:07Z

Exit codes:
  0 nothing found, 3 warnings only, 4 errors, 1 a file cannot be read; the others are judged";
