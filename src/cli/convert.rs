//! `convert`: certificates, and a private key with them, from one form into another.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::bundle;
use crate::bundle::p12;
use crate::bundle::p12::{P12Consumer, P12Draft};
use crate::bundle::{Artefact, Encoding, Order};
use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::key;
use crate::cli::material::{Material, Unlock};
use crate::cli::output::{Access, Overwrite, Sink};
use crate::cli::secret::{P12PasswordArgs, P12Secret, PassphraseArgs, Purpose};
use crate::cli::view::{Fields, Node};
use crate::key::KeyPair;
use crate::oid;

/// Convert certificates and keys between .cer, PEM, P7B and P12.
///
/// What the files are is found out; certificates of a chain may come in any order and from several files. A P12 is made
/// for whoever imports it, with the ciphers that this consumer reads.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Files to convert: .cer, PEM, P7B or P12 (`-` for standard input).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// cer, pem, chain, p7b, p7b-pem or p12; the ending of --out tells it otherwise.
    #[arg(long, value_name = "FORM", value_parser = named)]
    to: Option<Form>,
    /// The file to write (`-` for standard output); readable by its owner alone when it holds a key.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The private key of the certificate, PEM, unless a file to convert holds it.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Write the private key to this file as PKCS #8 PEM, unencrypted and readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,
    /// Who imports the P12: modern, windows-2016, java-8, macos, openssl-3 or fips; modern without it.
    #[arg(long, value_name = "CONSUMER")]
    p12_for: Option<P12Consumer>,
    /// The friendly name of the key in the P12; that of the P12 it came in or the certificate's CN without it.
    #[arg(long, value_name = "NAME")]
    p12_alias: Option<String>,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    #[command(
        next_help_heading = "For an encrypted key, or a P12 to read whose password is not the new one's"
    )]
    passphrase: PassphraseArgs,
}

/// A form to write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Certificates(Artefact),
    P12,
}

/// What was made, and what is said of it.
struct Made {
    octets: Vec<u8>,
    certificates: Vec<Certificate>,
    fields: Fields,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let form = args.form()?;
    args.check(form, console)?;
    let purpose = match form {
        Form::P12 => Purpose::Protect,
        Form::Certificates(_) => Purpose::Unlock,
    };
    let passphrase = args.passphrase.passphrase(Purpose::Unlock, console)?;
    let password = args.p12_password.password(purpose, console)?;
    let unlock = Unlock {
        passphrase: passphrase.as_ref(),
        p12_password: password.as_ref(),
    };
    let mut files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    files.extend(args.key.as_deref());
    let material = Material::read(&files, &unlock, console)?;
    let (access, overwrite) = (form.access(), Overwrite::of(args.force));
    let sink = Sink::claim(Some(&args.out), overwrite, access)?;
    let key_sink = args.claim_key_out()?;
    let made = match form {
        Form::P12 => args.make_p12(&material, password.as_ref())?,
        Form::Certificates(artefact) => make(artefact, &material)?,
    };
    if let Some(key_sink) = key_sink {
        let pem = key::to_pem(material.key_or_refuse()?, None)?;
        key_sink.finish(pem.as_bytes(), console)?;
    }
    let to_file = !sink.is_stdout();
    sink.finish(&made.octets, console)?;
    if to_file {
        args.tell(form, &material, made, console)?;
    }
    Ok(Exit::Done)
}

impl Args {
    fn form(&self) -> Result<Form, CliError> {
        let name = self.out.file_name().unwrap_or_default().to_string_lossy();
        self.to.or_else(|| Form::of_file(&name)).ok_or_else(|| {
            CliError::usage(
                format!("{} does not tell the form to write", input::name(&self.out)),
                format!("say it with --to FORM: {}", Form::names()),
            )
        })
    }

    /// What the command line says about a P12 is for a P12.
    fn check(&self, form: Form, console: &Console<'_>) -> Result<(), CliError> {
        if form != Form::P12 && (self.p12_for.is_some() || self.p12_alias.is_some()) {
            return Err(CliError::usage(
                format!("--p12-for and --p12-alias say what a P12 is to be, and {form} is none"),
                "write a P12 with --to p12, or leave them out",
            ));
        }
        if !input::is_stdin(&self.out) {
            return Ok(());
        }
        if console.is_json() {
            return Err(CliError::usage(
                "--json and --out - both write to standard output",
                "give the result a file with --out FILE",
            ));
        }
        if form.is_binary() && console.out_is_terminal() {
            return Err(CliError::usage(
                format!("{form} is no text, and standard output is a terminal"),
                "give it a file with --out FILE",
            ));
        }
        Ok(())
    }

    fn claim_key_out(&self) -> Result<Option<Sink>, CliError> {
        let Some(path) = &self.key_out else {
            return Ok(None);
        };
        if input::is_stdin(path) && input::is_stdin(&self.out) {
            return Err(CliError::usage(
                "--key-out - would mix the key with the certificates",
                "give the key a file with --key-out FILE",
            ));
        }
        Sink::claim(Some(path), Overwrite::of(self.force), Access::Owner).map(Some)
    }

    fn make_p12(
        &self,
        material: &Material,
        password: Option<&P12Secret>,
    ) -> Result<Made, CliError> {
        let key = material.key_or_refuse()?;
        let password = password.ok_or_else(P12Secret::missing)?;
        let leaf_first = material.leaf_first()?;
        let alias = self.alias(material, &leaf_first)?;
        let consumer = self.p12_for.unwrap_or(P12Consumer::Modern);
        let draft = P12Draft {
            key,
            leaf_first: &leaf_first,
            alias: &alias,
        };
        let octets = p12::p12(consumer, &draft, password.as_password())
            .map_err(|error| CliError::failed("make the P12", error))?;
        let scheme = consumer.scheme();
        let fields = Fields::new()
            .with("consumer", consumer.to_string())
            .with("alias", alias.as_str())
            .with("encryption", scheme.encryption.to_string())
            .with("iterations", u64::from(scheme.iterations))
            .with("publicKey", key.public_key().kind().to_string());
        Ok(Made {
            octets,
            certificates: leaf_first,
            fields,
        })
    }

    fn alias(&self, material: &Material, chain: &[Certificate]) -> Result<String, CliError> {
        let common_name = || {
            let attribute = chain.first()?.subject().first(oid::COMMON_NAME)?;
            attribute.value().text().map(|text| text.into_owned())
        };
        let alias = self.p12_alias.clone().or_else(|| material.alias.clone());
        alias.or_else(common_name).ok_or_else(|| {
            CliError::usage(
                "the certificate has no CN to name the key by",
                "name it with --p12-alias NAME",
            )
        })
    }

    /// Says what was written, and what was not.
    fn tell(
        &self,
        form: Form,
        material: &Material,
        made: Made,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let subject = |certificate: &Certificate| Node::from(certificate.subject().to_string());
        let left_out = material
            .certificates()
            .filter(|one| !made.certificates.contains(one));
        let left_out: Vec<_> = left_out.map(subject).collect();
        let path = |path: &PathBuf| path.display().to_string();
        let fields = Fields::new()
            .with("file", path(&self.out))
            .with("form", form.to_string())
            .and(made.fields)
            .with(
                "certificates",
                made.certificates.iter().map(subject).collect::<Vec<_>>(),
            )
            .with_some("leftOut", (!left_out.is_empty()).then_some(left_out))
            .with_some("keyFile", self.key_out.as_ref().map(path));
        console.fields(
            &format!("{form} written to {}", self.out.display()),
            &fields,
        )?;
        if material.crls > 0 {
            console.note(format_args!("{} CRLs are left out", material.crls));
        }
        if material.key.is_some() && form != Form::P12 && self.key_out.is_none() {
            console.note("the private key is left out; --key-out FILE writes it");
        }
        Ok(())
    }
}

impl Material {
    fn key_or_refuse(&self) -> Result<&KeyPair, CliError> {
        self.key.as_ref().ok_or_else(|| {
            CliError::usage(
                "no private key among the files to convert",
                "give the key of the certificate with --key FILE",
            )
        })
    }
}

fn make(artefact: Artefact, material: &Material) -> Result<Made, CliError> {
    let failed = |error| CliError::failed(format!("make the {artefact} file"), error);
    let (certificates, octets) = match artefact {
        // A bag need not be a chain.
        Artefact::P7b | Artefact::P7bPem => {
            let encoding = if artefact == Artefact::P7b {
                Encoding::Der
            } else {
                Encoding::Pem
            };
            let all = material.leaf_first_if_chain();
            let octets = bundle::p7b(&all, encoding, Order::LeafFirst).map_err(failed)?;
            (all, octets)
        }
        _ => {
            let mut chain = material.leaf_first()?;
            let octets = bundle::write(artefact, &chain).map_err(failed)?;
            if artefact != Artefact::Chain {
                chain.truncate(1);
            }
            (chain, octets)
        }
    };
    Ok(Made {
        octets,
        certificates,
        fields: Fields::new(),
    })
}

impl Form {
    fn names() -> String {
        let names = Artefact::ALL.map(|artefact| artefact.to_string());
        format!("{}, p12", names.join(", "))
    }

    /// The form that the name of a file tells by its ending, the longest that fits.
    fn of_file(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let ends = |ending: &str| name.ends_with(&format!(".{ending}"));
        if ends("p12") || ends("pfx") {
            return Some(Self::P12);
        }
        let fitting = Artefact::ALL
            .into_iter()
            .filter(|one| ends(one.extension()));
        fitting
            .max_by_key(|artefact| artefact.extension().len())
            .map(Self::Certificates)
    }

    fn access(self) -> Access {
        match self {
            Self::Certificates(_) => Access::Everyone,
            Self::P12 => Access::Owner,
        }
    }

    fn is_binary(self) -> bool {
        matches!(
            self,
            Self::P12 | Self::Certificates(Artefact::Cer | Artefact::P7b)
        )
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificates(artefact) => artefact.fmt(f),
            Self::P12 => f.write_str("p12"),
        }
    }
}

/// Reads one name of a form.
fn named(text: &str) -> Result<Form, String> {
    if text == "p12" {
        return Ok(Form::P12);
    }
    text.parse()
        .map(Form::Certificates)
        .map_err(|_| format!("{text:?} is no form, allowed {}", Form::names()))
}

const AFTER_HELP: &str = "\
Examples:
  certwright convert dk1.pem ca.cer --key dk1.key.pem --out dk1.p12 --p12-for windows-2016 --p12-password-prompt
  certwright convert partner.p12 --out partner.p7b --p12-password-file password.txt
  certwright convert partner.p12 --out partner.pem --key-out partner.key.pem --p12-password-env
  certwright convert old.p12 --passphrase-file old.txt --out new.p12 --p12-password-file new.txt";
