//! `near-miss`: files that break one rule of a vendor's each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::cli::check::Vendor;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::cli::world;
use crate::time::UnixSeconds;
use crate::vendor::as2expert;
use crate::vendor::ecgrid;
use crate::vendor::emca;
use crate::vendor::enos;
use crate::vendor::near_miss::{Form, NearMiss, NearMissError};
use crate::vendor::rule::{InAFile, Rule};

/// Write certificates, requests and bodies that break one rule each, to test what verifies them.
///
/// Everything else of each file is as the vendor has it, at the moment that it is made for: `check` finds that rule and
/// no other error. An index tells which file breaks what. No private key is written.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Whose rules.
    #[arg(long, value_enum)]
    vendor: Vendor,
    /// The folder for the files and for index.json; made when it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only the files that break this rule; may be given more than once.
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// The moment that the files are made for, such as 2026-03-04T05:06:07Z; now without it.
    #[arg(long, value_name = "TIME")]
    at: Option<UnixSeconds>,
    /// Draw keys from this text: the same text and the same moment give the same files.
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// What was written.
#[derive(Serialize)]
struct Index {
    vendor: Vendor,
    at: String,
    files: Vec<Entry>,
}

/// A file, the rule that it breaks, and how.
#[derive(Serialize)]
struct Entry {
    file: String,
    #[serde(rename = "type")]
    form: Form,
    rule: &'static str,
    broken: &'static str,
    says: &'static str,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let rules = args.vendor.rules();
    check_names(&args.rule, rules)?;
    let at = args.at.map_or_else(world::now, Ok)?;
    let made = match &args.seed {
        Some(seed) => {
            let seed: [u8; 32] = Sha256::digest(seed.as_bytes()).into();
            make(args.vendor, at, &mut ChaCha20Rng::from_seed(seed))
        }
        None => make(args.vendor, at, &mut world::rng()),
    };
    let mut made = made.map_err(|error| CliError::failed("make the near-misses", error))?;
    made.retain(|one| args.rule.is_empty() || args.rule.iter().any(|rule| rule == one.rule()));
    fs::create_dir_all(&args.out)
        .map_err(|error| CliError::failed(format!("make {}", args.out.display()), error))?;
    let entries = write(&made, rules, &args.out, Overwrite::of(args.force))?;
    let index = Index {
        vendor: args.vendor,
        at: at.to_string(),
        files: entries,
    };
    let mut text = serde_json::to_vec_pretty(&index)
        .map_err(|error| CliError::failed("write the index", error))?;
    text.push(b'\n');
    let path = args.out.join(INDEX);
    PendingFile::create(&path, Overwrite::of(args.force), Access::Everyone)?.finish(&text)?;
    if console.is_json() {
        console.value(&index)?;
    } else {
        for entry in &index.files {
            let Entry {
                file, rule, broken, ..
            } = entry;
            console.line(format_args!("{file}: {broken} [{rule}]"))?;
        }
        let count = index.files.len();
        console.note(format_args!("{count} files and {}", path.display()));
    }
    Ok(Exit::Done)
}

fn make<R: TryCryptoRng + ?Sized>(
    vendor: Vendor,
    at: UnixSeconds,
    rng: &mut R,
) -> Result<Vec<NearMiss>, NearMissError> {
    match vendor {
        Vendor::As2Expert => as2expert::near_miss::near_misses(at, rng),
        Vendor::Ecgrid => ecgrid::near_miss::near_misses(at, rng),
        Vendor::Emca => emca::near_miss::near_misses(at, rng),
        Vendor::Enos => enos::near_miss::near_misses(at, rng),
    }
}

/// A rule that is asked for is one that a file can break.
fn check_names(names: &[String], rules: &[Rule]) -> Result<(), CliError> {
    for name in names {
        let rule = rules.iter().find(|rule| rule.id() == name);
        let (what, hint) = match rule.map(Rule::in_a_file) {
            Some(InAFile::Yes) => continue,
            Some(InAFile::Not(reason)) => (
                format!("no file breaks {name} alone"),
                format!("leave it out: {reason}"),
            ),
            None => {
                let known = rules.iter().filter(|rule| rule.in_a_file() == InAFile::Yes);
                let known: Vec<_> = known.map(Rule::id).collect();
                let what = format!("{name:?} is no rule of this vendor");
                (what, format!("name one of {}", known.join(", ")))
            }
        };
        return Err(CliError::usage(what, hint));
    }
    Ok(())
}

/// Files are called by their rules, with a number from the second on.
fn write(
    made: &[NearMiss],
    rules: &[Rule],
    out: &Path,
    overwrite: Overwrite,
) -> Result<Vec<Entry>, CliError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut entries = Vec::with_capacity(made.len());
    for one in made {
        let count = counts.entry(one.rule()).or_default();
        *count += 1;
        let extension = one.form().extension();
        let file = match *count {
            1 => format!("{}.{extension}", one.rule()),
            more => format!("{}-{more}.{extension}", one.rule()),
        };
        let pending = PendingFile::create(&out.join(&file), overwrite, Access::Everyone)?;
        pending.finish(one.octets())?;
        let rule = rules.iter().find(|rule| rule.id() == one.rule());
        entries.push(Entry {
            file,
            form: one.form(),
            rule: one.rule(),
            broken: one.broken(),
            says: rule.map(Rule::says).unwrap_or_default(),
        });
    }
    Ok(entries)
}

const INDEX: &str = "index.json";

const AFTER_HELP: &str = "\
Examples:
  certwright near-miss --vendor enos --out near-misses
  certwright near-miss --vendor ecgrid --out near-misses --rule ecgrid.expired --seed 1 --at 2026-03-04T05:06:07Z

What is written for one moment is right at that moment: check it with the same --at.";
