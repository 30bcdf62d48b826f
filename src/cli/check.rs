//! `check`: what a vendor's rules and RFC 5280 say of requests and certificates; nothing is issued.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::{CliError, chain};
use crate::cli::input;
use crate::lint::{Finding, Severity};
use crate::pem;
use crate::pem::Label;

mod enos;

/// Check requests and certificates against a vendor's rules and RFC 5280; nothing is issued.
///
/// A certification request or a request body is judged as the vendor would judge it before looking at its devices; a
/// certificate by the lints of RFC 5280 and by the shape of those that the vendor issues, a CA's by the lints alone.
/// All findings are told.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Whose rules.
    #[arg(long, value_enum)]
    vendor: Vendor,
    /// Requests (PEM or DER), request bodies (JSON) or certificates (PEM or DER); `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Vendor {
    Enos,
}

/// What was found in a file.
#[derive(Serialize)]
struct Checked {
    file: String,
    #[serde(rename = "type")]
    kind: &'static str,
    findings: Vec<Finding>,
}

/// A file by what is in it.
enum Content {
    Body(Vec<u8>),
    Certificate(Box<Certificate>),
    Request(Vec<u8>),
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut files = Vec::new();
    for path in &args.files {
        let octets = input::read(path, input::MAX_REQUEST_OCTETS, console)?;
        let content = content(octets.to_vec())
            .map_err(|why| CliError::failed(format!("check {}", input::name(path)), why))?;
        files.push((input::name(path), content));
    }
    let checked = match args.vendor {
        Vendor::Enos => enos::check(files)?,
    };
    let worst = checked.iter().flat_map(|file| &file.findings);
    let worst = worst.map(Finding::severity).max();
    let told = match console.is_json() {
        true => console.value(&checked),
        false => checked.iter().try_for_each(|file| tell(file, console)),
    };
    // The exit code is the verdict, whether or not anyone reads on.
    CliError::unless_closed_pipe(told)?;
    Ok(match worst {
        None => Exit::Done,
        Some(Severity::Warning) => Exit::Some,
        Some(_) => Exit::None,
    })
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
    for finding in findings {
        let severity = match finding.severity() {
            Severity::Warning => "warning",
            _ => "error",
        };
        console.line(format_args!("  {severity}: {finding}"))?;
    }
    Ok(())
}

/// Finds out what a file is; whatever is neither JSON nor a certificate is judged as a request.
fn content(octets: Vec<u8>) -> Result<Content, String> {
    if octets.trim_ascii_start().first() == Some(&b'{') {
        return Ok(Content::Body(octets));
    }
    let certificate =
        match pem::decode_one(&octets, &[Label::Certificate], input::MAX_REQUEST_OCTETS) {
            Ok(block) => Some(Certificate::from_der(block.der())),
            // A request in DER is no certificate, and then the request's own reader says what is wrong with it.
            Err(_) => Certificate::from_der(&octets).ok().map(Ok),
        };
    match certificate {
        None => Ok(Content::Request(octets)),
        Some(Ok(certificate)) => Ok(Content::Certificate(Box::new(certificate))),
        Some(Err(error)) => Err(chain(&error)),
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright check --vendor enos dk1.csr.pem
  certwright check --vendor enos body.json issued.pem --json

Exit codes:
  0 nothing found, 3 warnings only, 4 errors, 1 a file cannot be read";
