//! What is handed out of a certificate that was issued: files, the vendor's reply, or a summary.

use std::path::{Path, PathBuf};

use crate::batch::Artefact;
use crate::bundle;
use crate::cli::console::{Console, Exit};
use crate::cli::enos;
use crate::cli::error::CliError;
use crate::cli::inspect;
use crate::cli::output::{Access, Overwrite, PendingFile, Sink};
use crate::cli::view::{Fields, Node};
use crate::service;
use crate::service::EnosIssued;
use crate::vendor::enos::error::Refusal;

/// What to hand out, and where.
#[derive(clap::Args, Debug)]
pub(super) struct DeliveryArgs {
    /// The file for the certificate (PEM); standard output without it and without --reply.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write these beside each other, under the name that --out gives without its ending: cer, pem, chain, p7b, reply.
    #[arg(long, value_name = "LIST", requires = "out", value_delimiter = ',')]
    artefacts: Vec<Artefact>,
    /// Print the vendor's reply body.
    #[arg(long, conflicts_with = "json")]
    reply: bool,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

impl DeliveryArgs {
    /// Whether the vendor's reply body is to be printed.
    pub(super) fn wants_reply(&self) -> bool {
        self.reply
    }

    /// The one place that --out names.
    pub(super) fn claim_single(&self) -> Result<Sink, CliError> {
        Sink::claim(
            self.out.as_deref(),
            Overwrite::of(self.force),
            Access::Everyone,
        )
    }

    /// With the file that --out names.
    pub(super) fn with_file(&self, fields: Fields) -> Fields {
        let file = self.out.as_ref().map(|path| path.display().to_string());
        Fields::new().with_some("file", file).and(fields)
    }

    /// The files, each with what goes into it.
    fn files(&self) -> Vec<(Artefact, PathBuf)> {
        match &self.out {
            None => Vec::new(),
            Some(out) if self.artefacts.is_empty() => {
                vec![(Artefact::Bundle(bundle::Artefact::Pem), out.clone())]
            }
            Some(out) => {
                let path =
                    |artefact: &Artefact| (*artefact, out.with_extension(artefact.extension()));
                let wanted = Artefact::all().filter(|artefact| self.artefacts.contains(artefact));
                wanted.map(|artefact| path(&artefact)).collect()
            }
        }
    }
}

/// Files that are claimed for a certificate before it is issued.
pub(super) struct Delivery<'a> {
    args: &'a DeliveryArgs,
    files: Vec<(Artefact, PathBuf, PendingFile)>,
}

impl<'a> Delivery<'a> {
    /// Claims every file: a certificate that cannot be handed out is not issued.
    pub(super) fn claim(args: &'a DeliveryArgs) -> Result<Self, CliError> {
        if args.out.as_deref() == Some(Path::new("-")) {
            return Err(CliError::usage(
                "--out - is standard output",
                "leave out --out: without it the certificate goes there",
            ));
        }
        let overwrite = Overwrite::of(args.force);
        let claim = |(artefact, path): (Artefact, PathBuf)| {
            let file = PendingFile::create(&path, overwrite, Access::Everyone)?;
            Ok((artefact, path, file))
        };
        let files = args.files().into_iter().map(claim);
        Ok(Self {
            args,
            files: files.collect::<Result<_, CliError>>()?,
        })
    }

    /// Hands out what was issued, or tells the refusal; then no file appears.
    pub(super) fn finish(
        self,
        answer: Option<Result<EnosIssued, Refusal>>,
        console: &mut Console<'_>,
    ) -> Result<Exit, CliError> {
        let reply = self.args.reply;
        let issued = answer
            .ok_or_else(|| CliError::failed("issue the certificate", "the service gave no answer"))?
            .map_err(|refusal| enos::refused_with_reply(&refusal, reply, console))?;
        let mut written = Vec::new();
        for (artefact, path, file) in self.files {
            file.finish(&octets(artefact, &issued)?)?;
            written.push(Node::from(path.display().to_string()));
        }
        tell(&issued, written, reply, console).map_err(|error| {
            let serial = issued.certificate.serial();
            let doing = format!("write the output; the certificate is recorded, serial {serial}");
            CliError::failed(doing, error)
        })?;
        Ok(Exit::Done)
    }
}

/// The certificate or its reply on standard output, or where its files are.
fn tell(
    issued: &EnosIssued,
    written: Vec<Node>,
    reply: bool,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    if reply {
        return enos::print_reply(&issued.reply(enos::request_id()?), console);
    }
    let certificate = &issued.certificate;
    if !console.is_json() && written.is_empty() {
        return console.octets(certificate.to_pem().as_bytes());
    }
    let fields = fields(issued, written);
    let fields = match console.is_json() {
        true => fields
            .with("certificate", inspect::certificate_fields(certificate))
            .with("pem", certificate.to_pem()),
        false => fields,
    };
    console.fields("issued", &fields)
}

/// A certificate in one of its forms.
fn octets(artefact: Artefact, issued: &EnosIssued) -> Result<Vec<u8>, CliError> {
    match artefact {
        Artefact::Bundle(bundle) => {
            let chain = service::full_chain(&issued.certificate, &issued.chain);
            bundle::write(bundle, &chain).map_err(|error| {
                CliError::failed(
                    format!("make the {bundle}; the certificate is recorded"),
                    error,
                )
            })
        }
        _ => enos::reply_body(&issued.reply(enos::request_id()?)),
    }
}

fn fields(issued: &EnosIssued, files: Vec<Node>) -> Fields {
    let certificate = &issued.certificate;
    Fields::new()
        .with("serialNumber", certificate.serial().to_string())
        .with("device", issued.holder.clone())
        .with("issueAuthority", issued.authority.as_str())
        .with("subject", certificate.subject().to_string())
        .with("notBefore", certificate.validity().not_before().to_string())
        .with("notAfter", certificate.validity().not_after().to_string())
        .with("files", files)
}
