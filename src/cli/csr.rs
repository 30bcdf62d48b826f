//! `csr`: certification requests (PKCS #10, RFC 2986).

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::key;
use crate::cli::output::{Access, Overwrite, Sink};
use crate::cli::secret::{PassphraseArgs, Purpose};
use crate::cli::view::{Fields, Node};
use crate::ext::Extensions;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::name::Name;
use crate::pem;
use crate::pem::Label;
use crate::request;
use crate::request::{CertificationRequest, RequestDraft};

/// Make certification requests, and check the signatures of those that came.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    New(NewArgs),
    Verify(VerifyArgs),
}

/// Make a certification request for a key.
#[derive(clap::Args, Debug)]
#[command(after_help = NEW_AFTER_HELP)]
pub(super) struct NewArgs {
    /// The subject, most specific attribute first (RFC 4514).
    #[arg(long, value_name = "NAME")]
    subject: Name,
    #[command(flatten)]
    key: KeyArgs,
    /// The file for the key that is made, readable by its owner alone.
    #[arg(long, value_name = "FILE", requires = "new_key")]
    key_out: Option<PathBuf>,
    /// The file for the request; standard output without it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct KeyArgs {
    /// The key to sign with: PKCS #8, PKCS #1 or SEC 1, PEM.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Make a key of this kind (P-256, RSA-2048, RSA-3072 or RSA-4096) and write it to --key-out.
    #[arg(long, value_name = "ALGORITHM", requires = "key_out")]
    new_key: Option<KeyAlgorithm>,
}

/// Check that each request is signed by the key that it holds (RFC 2986 §3).
#[derive(clap::Args, Debug)]
#[command(after_help = VERIFY_AFTER_HELP)]
pub(super) struct VerifyArgs {
    /// Requests, PEM or DER (`-` for standard input).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::New(args) => new(args, console),
        Command::Verify(args) => verify(args, console),
    }
}

fn new(args: &NewArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let overwrite = Overwrite::of(args.force);
    let out = Sink::claim(args.out.as_deref(), overwrite, Access::Everyone)?;
    if out.is_stdout() && console.is_json() && args.out.is_some() {
        return Err(CliError::usage(
            "--json and --out - both write to standard output",
            "leave out --out: the JSON holds the request",
        ));
    }
    let (key, key_sink) = key_of(args, console)?;
    let request = sign(&args.subject, &key.pair)?;
    if let Some(sink) = key_sink {
        let pem = key::to_pem(&key.pair, key.passphrase.as_ref())?;
        sink.finish(pem.as_bytes(), console)?;
    }
    let pem = pem::encode(Label::CertificateRequest, request.as_der());
    let to_file = !out.is_stdout();
    if to_file || !console.is_json() {
        out.finish(pem.as_bytes(), console)?;
    }
    if to_file || console.is_json() {
        let path = |path: &PathBuf| path.display().to_string();
        let written = args.out.as_ref().filter(|_| to_file);
        let fields = Fields::new()
            .with_some("file", written.map(path))
            .with_some("keyFile", args.key_out.as_ref().map(path))
            .with("subject", request.subject().to_string())
            .with("publicKey", request.public_key().kind().to_string())
            .with(
                "signatureAlgorithm",
                request.signature_algorithm().to_string(),
            );
        let fields = match to_file {
            true => fields,
            false => fields.with("pem", pem.to_string()),
        };
        console.fields("certification request written", &fields)?;
    }
    Ok(Exit::Done)
}

/// A key to sign with, and what protects it when it is new.
struct HeldKey {
    pair: KeyPair,
    passphrase: Option<crate::key::Passphrase>,
}

/// The key that is named, or a new one with the file it will go to.
fn key_of(args: &NewArgs, console: &mut Console<'_>) -> Result<(HeldKey, Option<Sink>), CliError> {
    if let (Some(algorithm), Some(key_out)) = (args.key.new_key, &args.key_out) {
        let passphrase = args.passphrase.passphrase(Purpose::Protect, console)?;
        let sink = Sink::claim(Some(key_out), Overwrite::of(args.force), Access::Owner)?;
        if sink.is_stdout() {
            return Err(CliError::usage(
                "--key-out - would mix the key with the request",
                "give the key a file with --key-out FILE",
            ));
        }
        let pair = key::generate(algorithm)?;
        return Ok((HeldKey { pair, passphrase }, Some(sink)));
    }
    let path = args.key.key.as_deref().ok_or_else(|| {
        CliError::usage(
            "no key to sign with",
            "give --key FILE, or --new-key ALGORITHM --key-out FILE",
        )
    })?;
    let pair = key::read(path, &args.passphrase, console)?;
    Ok((
        HeldKey {
            pair,
            passphrase: None,
        },
        None,
    ))
}

fn sign(subject: &Name, key: &KeyPair) -> Result<CertificationRequest, CliError> {
    let doing = "sign the request";
    let algorithm = SignatureAlgorithm::default_for(key.public_key())
        .ok_or_else(|| CliError::failed(doing, "no signature algorithm fits the key"))?;
    let extensions = Extensions::new(Vec::new()).map_err(|error| CliError::failed(doing, error))?;
    let draft = RequestDraft {
        subject,
        key,
        algorithm,
        extensions: &extensions,
    };
    request::sign(&[draft])
        .into_iter()
        .next()
        .ok_or_else(|| CliError::failed(doing, "the signer gave no answer"))?
        .map_err(|error| CliError::failed(doing, error))
}

fn verify(args: &VerifyArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut good = 0;
    let mut answers = Vec::new();
    for path in &args.files {
        let answer = verify_one(path, console)?;
        good += usize::from(answer.is_ok());
        let (title, fields) = match answer {
            Ok(fields) => ("the signature holds", fields.with("verified", true)),
            Err(reasons) => {
                let reasons: Vec<_> = reasons.into_iter().map(Node::from).collect();
                (
                    "REFUSED",
                    Fields::new()
                        .with("verified", false)
                        .with("because", reasons),
                )
            }
        };
        if console.is_json() {
            let file = Fields::new().with("file", input::name(path));
            answers.push(Node::from(file.and(fields)));
        } else {
            let told = console.fields(&format!("{}: {title}", input::name(path)), &fields);
            CliError::unless_closed_pipe(told)?;
        }
    }
    if console.is_json() {
        CliError::unless_closed_pipe(console.value(&answers))?;
    }
    Ok(Exit::of(good, args.files.len()))
}

/// What the request says when its signature holds; else why it is not believed.
fn verify_one(
    path: &Path,
    console: &mut Console<'_>,
) -> Result<Result<Fields, Vec<String>>, CliError> {
    let octets = input::read(path, input::MAX_REQUEST_OCTETS, console)?;
    let verified = CertificationRequest::from_bytes(&octets).and_then(CertificationRequest::verify);
    Ok(match verified {
        Ok(verified) => Ok(crate::cli::inspect::request_fields(verified.request())),
        Err(error) => {
            let mut reasons = vec![error.to_string()];
            reasons.extend(crate::cli::error::causes(&error));
            Err(reasons)
        }
    })
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright csr new --subject CN=dk1,O=Acme,C=CN --key dk1.key.pem --out dk1.csr.pem
  certwright csr verify dk1.csr.pem";

const NEW_AFTER_HELP: &str = "\
Examples:
  certwright csr new --subject CN=dk1,OU=Meters,O=Acme,L=Shanghai,ST=Shanghai,C=CN \\
      --new-key RSA-2048 --key-out dk1.key.pem --out dk1.csr.pem
  certwright csr new --subject CN=dk1 --key dk1.key.pem --passphrase-prompt";

const VERIFY_AFTER_HELP: &str = "\
Examples:
  certwright csr verify dk1.csr.pem
  certwright csr verify csrs/*.pem --json

Exit codes:
  0 every signature holds, 3 some do, 4 none does";
