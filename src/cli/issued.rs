//! What is handed out of a certificate that was issued: files, the vendor's reply, or a summary.

use std::path::{Path, PathBuf};

use crate::batch::Artefact;
use crate::batch::handout::{Forms, Handout};
use crate::bundle;
use crate::cert::Certificate;
use crate::cli::answer::Refused;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::inspect;
use crate::cli::output::{Access, Overwrite, PendingFile, Sink};
use crate::cli::p12::P12Args;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::key::KeyPair;
use crate::service::Service;
use crate::time::UnixSeconds;

/// What to hand out, and where.
#[derive(clap::Args, Debug)]
pub(super) struct DeliveryArgs {
    /// The file for the certificate (PEM); standard output without it and without --reply.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write these beside each other, under the name that --out gives without its ending: cer, pem, chain, p7b, reply,
    /// and key or p12 where the vendor makes the key; only their owner reads files that hold a key.
    #[arg(long, value_name = "LIST", requires = "out", value_delimiter = ',')]
    artefacts: Vec<Artefact>,
    /// Print the vendor's reply body.
    #[arg(long, conflicts_with = "json")]
    reply: bool,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// Where the private key is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    /// With whoever made the request.
    Elsewhere,
    /// With the workspace, and perhaps in the reply; a P12 is as these say.
    Here(&'a P12Args),
    /// In the reply alone, which is a PFX for some calls.
    InReply {
        /// Whether it is for this one, or may be.
        has_pfx: bool,
    },
}

/// A certificate to hand out.
pub(super) struct Issued {
    pub(super) handout: Handout,
    /// What the vendor calls it: fields after its serial number.
    pub(super) fields: Fields,
}

impl DeliveryArgs {
    /// Whether the vendor's reply body is to be printed.
    pub(super) fn wants_reply(&self) -> bool {
        self.reply
    }

    /// Whether the vendor's reply body is to be handed out, printed or as a file.
    pub(super) fn needs_reply(&self) -> bool {
        self.reply || self.artefacts.contains(&Artefact::Reply)
    }

    /// Whether the private key is to be handed out.
    pub(super) fn wants_key(&self) -> bool {
        self.artefacts.iter().any(|artefact| artefact.holds_key())
    }

    /// The private key of a certificate that was made here, if it is to be handed out; the audit log tells of it.
    pub(super) fn key(
        &self,
        service: &mut Service,
        vendor: &str,
        number: i64,
        certificate: &Certificate,
        now: UnixSeconds,
    ) -> Result<Option<KeyPair>, CliError> {
        if !self.wants_key() {
            return Ok(None);
        }
        let form = Artefact::key_forms(&self.artefacts);
        let keys = service.export_keys(vendor, &[(number, certificate)], &form, now);
        let mut keys = keys.map_err(|error| {
            CliError::failed("read the key; the certificate is recorded", error)
        })?;
        Ok(keys.pop())
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

    /// Refuses the key of which the PFX of the reply is the only copy, and a PFX that no reply has.
    fn check_pfx(&self, has_pfx: bool) -> Result<(), CliError> {
        if !has_pfx {
            return self.check_without_key();
        }
        if !self.artefacts.contains(&Artefact::Key) {
            return Ok(());
        }
        Err(CliError::usage(
            "the private key is in the PFX of the reply alone, under the password of the request",
            "ask for p12, and take the key out of it: certwright convert",
        ))
    }

    /// Refuses what only a vendor that makes keys can hand out.
    pub(super) fn check_without_key(&self) -> Result<(), CliError> {
        if !self.wants_key() {
            return Ok(());
        }
        Err(CliError::usage(
            "the private key is not made here, so there is no key and no p12 to write",
            "leave key and p12 out of --artefacts: whoever made the request has the key",
        ))
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
    forms: Forms,
}

impl<'a> Delivery<'a> {
    /// Claims every file: a certificate that cannot be handed out is not issued.
    pub(super) fn claim(
        args: &'a DeliveryArgs,
        key: Key<'_>,
        console: &mut Console<'_>,
    ) -> Result<Self, CliError> {
        if args.out.as_deref() == Some(Path::new("-")) {
            return Err(CliError::usage(
                "--out - is standard output",
                "leave out --out: without it the certificate goes there",
            ));
        }
        let p12 = match key {
            Key::Here(p12) => p12.terms(&args.artefacts, console)?,
            Key::Elsewhere => {
                args.check_without_key()?;
                None
            }
            Key::InReply { has_pfx } => {
                args.check_pfx(has_pfx)?;
                None
            }
        };
        let overwrite = Overwrite::of(args.force);
        let claim = |(artefact, path): (Artefact, PathBuf)| {
            let in_reply = !matches!(key, Key::Elsewhere) && artefact == Artefact::Reply;
            let access = match artefact.holds_key() || in_reply {
                true => Access::Owner,
                false => Access::Everyone,
            };
            let file = PendingFile::create(&path, overwrite, access)?;
            Ok((artefact, path, file))
        };
        let files = args.files().into_iter().map(claim);
        Ok(Self {
            args,
            files: files.collect::<Result<_, CliError>>()?,
            forms: Forms {
                key: None,
                p12: p12.map(Into::into),
            },
        })
    }

    /// Hands out what was issued, or tells the refusal; then no file appears.
    pub(super) fn finish(
        self,
        answer: Result<Issued, Refused>,
        console: &mut Console<'_>,
    ) -> Result<Exit, CliError> {
        let reply = self.args.reply;
        let issued = answer.map_err(|refused| refused.tell(reply, console))?;
        let mut written = Vec::new();
        for (artefact, path, file) in self.files {
            let octets = issued
                .handout
                .octets(artefact, &self.forms, &mut world::rng());
            let octets = octets.map_err(|error| {
                let doing = format!("make the {artefact}; the certificate is recorded");
                CliError::failed(doing, error)
            })?;
            file.finish(&octets)?;
            written.push(Node::from(path.display().to_string()));
        }
        let serial = issued.handout.certificate.serial().clone();
        tell(issued, written, reply, console).map_err(|error| {
            let doing = format!("write the output; the certificate is recorded, serial {serial}");
            CliError::failed(doing, error)
        })?;
        Ok(Exit::Done)
    }
}

/// The certificate or its reply on standard output, or where its files are.
fn tell(
    issued: Issued,
    written: Vec<Node>,
    reply: bool,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    if reply {
        return console.octets(&issued.handout.reply);
    }
    let certificate = &issued.handout.certificate;
    if !console.is_json() && written.is_empty() {
        return console.octets(certificate.to_pem().as_bytes());
    }
    let fields = fields(certificate, issued.fields, written);
    let fields = match console.is_json() {
        true => fields
            .with("certificate", inspect::certificate_fields(certificate))
            .with("pem", certificate.to_pem()),
        false => fields,
    };
    console.fields("issued", &fields)
}

fn fields(certificate: &Certificate, vendors: Fields, files: Vec<Node>) -> Fields {
    Fields::new()
        .with("serialNumber", certificate.serial().to_string())
        .and(vendors)
        .with("subject", certificate.subject().to_string())
        .with("notBefore", certificate.validity().not_before().to_string())
        .with("notAfter", certificate.validity().not_after().to_string())
        .with("files", files)
}
