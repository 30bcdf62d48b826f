//! `ca crl`: the revocation list of one CA, or those of all that are due.

use std::fs;
use std::io;
use std::io::{BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::named;
use crate::cli::console::{Console, Exit};
use crate::cli::error::{CliError, chain};
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::cli::place::WorkspaceArgs;
use crate::cli::spool::Spool;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::issuer;
use crate::ledger::PublishedCrl;
use crate::pem;
use crate::pem::Label;
use crate::service::Service;
use crate::time::{Lifetime, TimeError, UnixSeconds};
use crate::workspace::CertificateAuthority;

/// Sign and record the certificate revocation list (RFC 5280 §5) of a CA, or of all whose list is due.
///
/// With --all, a CA's list is due when it has published none, when something was revoked, held or released since, when
/// the time of the last one ends within --overlap-days, or when the file is not there. A file is replaced as a whole.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct CrlArgs {
    /// The CA's name in the workspace.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    name: Option<String>,
    /// Every CA that signs here and whose list is due.
    #[arg(long, requires = "out_dir")]
    all: bool,
    /// Days until the next list is due, 1 to 3650; 30 without it, or until the CA itself ends when that is sooner.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    next_update_days: Option<u32>,
    /// With --all: days before that in which the next list is published already; at most half the list's time counts.
    #[arg(long, value_name = "N", requires = "all", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3650))]
    overlap_days: u32,
    /// Write PEM; DER without it.
    #[arg(long)]
    pem: bool,
    /// The file to write (`-` for standard output).
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    out: Option<PathBuf>,
    /// With --all: the folder for the files, NAME.crl or NAME.crl.pem.
    #[arg(long, value_name = "DIR", requires = "all")]
    out_dir: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, conflicts_with = "all")]
    force: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// What became of a CA's list.
enum Outcome {
    Failed(CliError),
    NotDue(Option<UnixSeconds>),
    /// It has no list of its own here, and why.
    Passed(String),
    Published(PublishedCrl, &'static str),
}

pub(super) fn run(args: &CrlArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match (&args.name, &args.out, &args.out_dir) {
        (Some(name), Some(out), _) => one(args, name, out, console),
        (_, _, Some(folder)) => all(args, folder, console),
        // The parser leaves no other.
        _ => Err(CliError::usage(
            "neither a CA nor --all is named",
            "say `ca crl NAME --out FILE` or `ca crl --all --out-dir DIR`",
        )),
    }
}

fn one(
    args: &CrlArgs,
    name: &str,
    out: &Path,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    let mut service = args.workspace.existing_service(console)?;
    let ca_end = end(named(service.workspace(), name)?);
    let to_stdout = out == Path::new("-");
    if to_stdout && console.is_json() {
        return Err(CliError::usage(
            "--json and --out - both write to standard output",
            "give the CRL a file with --out FILE",
        ));
    }
    let now = world::now()?;
    if to_stdout {
        let mut file = Spool::create(service.workspace().dir(), "crl-out")?;
        let published = args.write(&mut service, name, (now, ca_end), &mut file)?;
        show(&mut file, console)?;
        record(&mut service, name, &published)?;
        return Ok(Exit::Done);
    }
    let mut file = PendingFile::create(out, Overwrite::of(args.force), Access::Everyone)?;
    let published = args.write(&mut service, name, (now, ca_end), &mut file.writer())?;
    file.finish(b"")?;
    record(&mut service, name, &published)?;
    let fields = Fields::new()
        .with("file", out.display().to_string())
        .and(fields(&published));
    console.fields("CRL written", &fields)?;
    Ok(Exit::Done)
}

fn all(args: &CrlArgs, folder: &Path, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut service = args.workspace.existing_service(console)?;
    fs::create_dir_all(folder).map_err(|error| {
        CliError::failed(format!("make the folder {}", folder.display()), error)
    })?;
    let names = service.workspace().authorities().iter();
    let names: Vec<String> = names.map(|ca| ca.name().to_owned()).collect();
    let mut told = Vec::new();
    let mut failed = false;
    for name in names {
        let path = folder.join(format!("{name}.crl{}", if args.pem { ".pem" } else { "" }));
        let outcome = args.publish(&mut service, &name, &path);
        let outcome = outcome.unwrap_or_else(Outcome::Failed);
        failed |= matches!(outcome, Outcome::Failed(_));
        told.push(tell(&name, &path, &outcome));
    }
    if console.is_json() {
        let told = told.into_iter().map(Node::from);
        console.value(&told.collect::<Vec<_>>())?;
    } else {
        for fields in &told {
            console.fields("CRL", fields)?;
        }
    }
    Ok(if failed { Exit::Some } else { Exit::Done })
}

impl CrlArgs {
    /// Publishes the list of a CA if it is due.
    fn publish(&self, service: &mut Service, name: &str, path: &Path) -> Result<Outcome, CliError> {
        let now = world::now()?;
        let authority = named(service.workspace(), name)?;
        let (id, ca_end) = (authority.id(), end(authority));
        if let Some(reason) = passed(authority, now) {
            return Ok(Outcome::Passed(reason));
        }
        let overlap = Lifetime::from_days(self.overlap_days);
        let need = overlap
            .map_err(|error| failed(name, error))
            .and_then(|overlap| {
                let need = service.crl_need(name, now, overlap);
                need.map_err(|error| failed(name, error))
            })?;
        let why = match need {
            Some(need) => need.as_str(),
            None if !path.exists() => "no file",
            None => {
                let last = service.ledger().last_crl_of(id);
                let last = last.map_err(|error| failed(name, error))?;
                return Ok(Outcome::NotDue(last.map(|last| last.next_update)));
            }
        };
        remove_leftovers(path);
        let mut file = PendingFile::create(path, Overwrite::Allowed, Access::Everyone)?;
        let published = self.write(service, name, (now, ca_end), &mut file.writer())?;
        file.finish(b"")?;
        record(service, name, &published)?;
        Ok(Outcome::Published(published, why))
    }

    fn write(
        &self,
        service: &mut Service,
        name: &str,
        (now, ca_end): (UnixSeconds, UnixSeconds),
        out: &mut impl Write,
    ) -> Result<PublishedCrl, CliError> {
        let next_update =
            next_update(self.next_update_days, now, ca_end).map_err(|error| failed(name, error))?;
        let spool = Spool::create(service.workspace().dir(), "crl")?;
        let mut out = BufWriter::new(out);
        let written = |error: io::Error| failed(name, error);
        if !self.pem {
            let published = service.write_crl(name, now, next_update, spool, &mut out);
            out.flush().map_err(written)?;
            return published.map_err(|error| failed(name, error));
        }
        let mut text = pem::Writer::new(Label::Crl, out).map_err(written)?;
        let published = service.write_crl(name, now, next_update, spool, &mut text);
        let published = published.map_err(|error| failed(name, error))?;
        text.finish().map_err(written)?;
        Ok(published)
    }
}

/// Why a CA has no list of its own here.
fn passed(authority: &CertificateAuthority, now: UnixSeconds) -> Option<String> {
    if !authority.has_key() {
        return Some("signs elsewhere".to_owned());
    }
    if end(authority) <= now {
        return Some(format!("ended {}", end(authority)));
    }
    let allowed = issuer::check_crl_issuer(authority.certificate());
    allowed.err().map(|error| error.to_string())
}

/// Temporary files of processes that were killed. The workspace is locked: nobody else publishes its lists now.
fn remove_leftovers(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    let start = format!(".{}.", name.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let process = found
            .strip_prefix(&start)
            .and_then(|rest| rest.strip_suffix(".tmp"));
        if process.is_some_and(|process| process.bytes().all(|c| c.is_ascii_digit())) {
            let _stays_if_it_must = fs::remove_file(entry.path());
        }
    }
}

fn record(service: &mut Service, name: &str, published: &PublishedCrl) -> Result<(), CliError> {
    service
        .crl_recorded(published)
        .map_err(|error| CliError::failed(format!("record the CRL of {name:?}"), error))
}

/// What was written, to standard output.
fn show(file: &mut Spool, console: &mut Console<'_>) -> Result<(), CliError> {
    file.rewind().map_err(CliError::Stream)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut piece).map_err(CliError::Stream)?;
        match piece.get(..read) {
            None | Some([]) => return Ok(()),
            Some(octets) => console.octets(octets)?,
        }
    }
}

fn tell(name: &str, path: &Path, outcome: &Outcome) -> Fields {
    let told = Fields::new().with("name", name);
    match outcome {
        Outcome::Failed(error) => told.with("error", chain(error)),
        Outcome::NotDue(next_update) => told.with("published", false).with_some(
            "nextUpdate",
            next_update.map(|next_update| next_update.to_string()),
        ),
        Outcome::Passed(reason) => told
            .with("published", false)
            .with("reason", reason.as_str()),
        Outcome::Published(published, why) => told
            .with("published", true)
            .with("reason", *why)
            .with("file", path.display().to_string())
            .and(fields(published)),
    }
}

fn fields(published: &PublishedCrl) -> Fields {
    Fields::new()
        .with("number", published.number)
        .with("entries", published.entries)
        .with("thisUpdate", published.this_update.to_string())
        .with("nextUpdate", published.next_update.to_string())
}

fn end(authority: &CertificateAuthority) -> UnixSeconds {
    authority.certificate().validity().not_after()
}

fn failed(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> CliError {
    CliError::failed(format!("make the CRL of {name:?}"), error)
}

/// When the next list is due. What was asked for stands, and is refused when it cannot be; the default gives way to the
/// CA's own end.
fn next_update(
    asked_days: Option<u32>,
    now: UnixSeconds,
    ca_end: UnixSeconds,
) -> Result<UnixSeconds, TimeError> {
    let days = Lifetime::from_days(asked_days.unwrap_or(DEFAULT_NEXT_UPDATE_DAYS))?;
    let due = now.plus(days)?;
    if asked_days.is_none() && now < ca_end {
        return Ok(due.min(ca_end));
    }
    Ok(due)
}

const DEFAULT_NEXT_UPDATE_DAYS: u32 = 30;

const AFTER_HELP: &str = "\
Examples:
  certwright ca crl rsa-root --out rsa-root.crl
  certwright ca crl rsa-root --pem --next-update-days 7 --out -
  certwright ca crl --all --out-dir /srv/www/crl --next-update-days 7 --overlap-days 2

Exit codes of --all:
  0 every list that was due is published, 3 one could not be, 1 failure, 2 usage";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_ends_with_the_ca_and_what_was_asked_for_stands() {
        let at = |text: &str| text.parse::<UnixSeconds>().unwrap();
        let now = at("2026-01-02T03:04:05Z");
        let soon = at("2026-01-12T00:00:00Z");
        let due = |days, ca_end| next_update(days, now, ca_end).unwrap();
        assert_eq!(due(None, soon), soon);
        assert_eq!(
            due(None, at("2027-01-01T00:00:00Z")),
            at("2026-02-01T03:04:05Z")
        );
        assert_eq!(due(Some(11), soon), at("2026-01-13T03:04:05Z"));
        // A CA that has ended is the service's to refuse.
        assert_eq!(
            due(None, at("2026-01-01T00:00:00Z")),
            at("2026-02-01T03:04:05Z")
        );
    }
}
