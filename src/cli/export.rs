//! `export`: what was issued, in its files again.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::batch::Artefact;
use crate::batch::handout::{Forms, Handout};
use crate::bundle;
use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::lookup::LookupArgs;
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::cli::p12::P12Args;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::ledger::Record;
use crate::pem;
use crate::pem::Label;
use crate::service::{KeyExport, Service, ServiceError};

/// Write a certificate of the ledger in any of its forms again, with the chain of the CA that issued it.
///
/// A key that was made here can be written too, alone or in a P12; the audit log tells of it. A vendor's reply is not
/// kept: the vendor's own action gives it again where it does.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    lookup: LookupArgs,
    /// The file for the certificate (PEM); standard output without it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write these beside each other, under the name that --out gives without its ending: cer, pem, chain, p7b, p7b-pem,
    /// csr where there was a request, and key or p12 where the key was made here.
    #[arg(long, value_name = "LIST", requires = "out", value_delimiter = ',')]
    artefacts: Vec<Form>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    p12: P12Args,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// What is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Issued(Artefact),
    Request,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let forms = args.forms();
    let issued = forms.iter().filter_map(|form| match form {
        Form::Issued(artefact) => Some(*artefact),
        Form::Request => None,
    });
    let p12 = args.p12.terms(&issued.collect::<Vec<_>>(), console)?;
    let p12 = p12.map(Into::into);
    let takes_key = forms.iter().any(|form| form.holds_key());
    // The audit log is written to for a key alone.
    let mut service = match takes_key {
        true => args.workspace.existing_service(console)?,
        false => Service::of(args.workspace.read_only()?),
    };
    let record = args.lookup.find_one(service.ledger())?;
    let handout = handout(&service, &record, takes_key)?;
    let Some(out) = &args.out else {
        console.octets(handout.certificate.to_pem().as_bytes())?;
        return Ok(Exit::Done);
    };
    // Not ciphered beyond what the form does: the file is its owner's alone.
    let terms = Forms {
        p12,
        ..Forms::default()
    };
    let mut ready = Vec::new();
    for form in &forms {
        let path = match args.artefacts.as_slice() {
            [] => out.clone(),
            _ => out.with_extension(form.extension()),
        };
        let octets = form.octets(&record, &handout, &terms)?;
        let file = PendingFile::create(&path, Overwrite::of(args.force), form.access())?;
        ready.push((form, path, file, octets));
    }
    let mut written = Vec::new();
    for (form, path, file, octets) in ready {
        if form.holds_key() {
            // Told before it is done: a key that left is never untold.
            let form = form.to_string();
            let export = KeyExport::of(&record.vendor, &handout.certificate, &form);
            service
                .note_key_exports(&[export], world::now()?)
                .map_err(failed)?;
        }
        file.finish(&octets)?;
        written.push(Node::from(path.display().to_string()));
    }
    let fields = Fields::new()
        .with("serialNumber", record.serial.to_string())
        .with("subject", record.subject_text.as_str())
        .with("files", written);
    console.fields("exported", &fields)?;
    Ok(Exit::Done)
}

fn handout(service: &Service, record: &Record, takes_key: bool) -> Result<Handout, CliError> {
    let certificate = Certificate::from_der(&record.certificate)
        .map_err(|error| CliError::failed("read a certificate of the ledger", error))?;
    let key = match takes_key {
        true => service.key_of(record).map_err(failed)?,
        false => None,
    };
    Ok(Handout {
        certificate,
        chain: service.chain_of(record).map_err(failed)?,
        key,
        holder: record.holder.clone(),
        request: None,
        pfx: None,
        reply: Zeroizing::default(),
        answered_before: false,
    })
}

fn failed(error: ServiceError) -> CliError {
    CliError::failed("export the certificate", error)
}

impl Args {
    /// The certificate as PEM when nothing is said.
    fn forms(&self) -> Vec<Form> {
        if self.artefacts.is_empty() {
            return vec![Form::Issued(Artefact::Bundle(bundle::Artefact::Pem))];
        }
        let wanted = Form::all().filter(|form| self.artefacts.contains(form));
        wanted.collect()
    }
}

impl Form {
    /// All but the reply, which is not kept.
    fn all() -> impl Iterator<Item = Self> {
        let issued = Artefact::all().filter(|artefact| *artefact != Artefact::Reply);
        issued.map(Self::Issued).chain([Self::Request])
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Issued(artefact) => artefact.extension(),
            Self::Request => "csr.pem",
        }
    }

    fn holds_key(self) -> bool {
        matches!(self, Self::Issued(artefact) if artefact.holds_key())
    }

    fn access(self) -> Access {
        match self.holds_key() {
            true => Access::Owner,
            false => Access::Everyone,
        }
    }

    fn octets(
        self,
        record: &Record,
        handout: &Handout,
        forms: &Forms,
    ) -> Result<Zeroizing<Vec<u8>>, CliError> {
        match self {
            Self::Issued(artefact) => handout
                .octets(artefact, forms, &mut world::rng())
                .map_err(|error| CliError::failed(format!("make the {self}"), error)),
            Self::Request => {
                let request = record.request.as_ref().ok_or_else(|| CliError::NotFound {
                    what: format!("certificate {} was issued without a request", record.serial),
                    hint: "leave csr out of --artefacts".to_owned(),
                })?;
                let text = pem::encode(Label::CertificateRequest, request);
                Ok(Zeroizing::new(text.as_bytes().to_vec()))
            }
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued(artefact) => artefact.fmt(f),
            Self::Request => f.write_str("csr"),
        }
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all()
            .find(|form| form.to_string() == text)
            .ok_or_else(|| {
                let names: Vec<_> = Self::all().map(|form| form.to_string()).collect();
                format!("{text:?} is no form, allowed {}", names.join(", "))
            })
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright export open/dk1
  certwright export 32720 --out dk1 --artefacts chain,p7b,csr
  certwright export --row-key 3 --out partner --artefacts p12 --p12-for windows-2016 --p12-password-prompt";
