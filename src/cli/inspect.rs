//! `inspect`: what certificates, requests, bundles, CRLs and keys say, for a person.

use std::path::PathBuf;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::{CliError, chain};
use crate::cli::input;
use crate::cli::view::{Fields, Node, colon_hex, hex};
use crate::cms::CertificatesOnly;
use crate::crl::Crl;
use crate::ext;
use crate::ext::{Extension, Extensions};
use crate::key::{KeyPair, PublicKey};
use crate::pem;
use crate::pem::{Block, Label};
use crate::request::CertificationRequest;

/// Show what certificates, requests, P7B bundles, CRLs and keys say.
///
/// The form is found out: PEM or DER, one object or many. Nothing is verified but the signature of a request and of a
/// certificate that names itself as its issuer.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Files, PEM or DER (`-` for standard input).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// One object of a file.
struct Shown {
    kind: &'static str,
    fields: Fields,
}

/// A form that octets can have.
struct Form {
    name: &'static str,
    read: fn(&[u8]) -> Result<Shown, String>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut all = Vec::new();
    for path in &args.files {
        let octets = input::read(path, MAX_OCTETS, console)?;
        let shown = objects(&octets)
            .map_err(|why| CliError::failed(format!("inspect {}", input::name(path)), why))?;
        for object in shown {
            let name = input::name(path);
            if console.is_json() {
                let head = Fields::new().with("file", name).with("type", object.kind);
                all.push(Node::from(head.and(object.fields)));
            } else {
                console.fields(&format!("{name}: {}", object.kind), &object.fields)?;
            }
        }
    }
    if console.is_json() {
        console.value(&all)?;
    }
    Ok(Exit::Done)
}

fn objects(octets: &[u8]) -> Result<Vec<Shown>, String> {
    // DER of all that is shown begins with a SEQUENCE, which as text is the digit 0.
    if octets.first() == Some(&0x30) && !octets.starts_with(b"0----") {
        return of_der(octets).map(|shown| vec![shown]);
    }
    let blocks =
        pem::decode_all(octets, Label::ALL, MAX_OCTETS).map_err(|error| error.to_string())?;
    blocks.iter().map(of_block).collect()
}

fn of_block(block: &Block) -> Result<Shown, String> {
    let der = block.der();
    match block.label() {
        Label::Certificate => certificate(der),
        Label::CertificateRequest => request(der),
        Label::Crl => crl(der),
        Label::Pkcs7 => p7b(der),
        Label::PublicKey => PublicKey::from_spki_der(der)
            .map(|key| Shown {
                kind: "public key",
                fields: key_fields(&key),
            })
            .map_err(|error| chain(&error)),
        Label::EncryptedPrivateKey => Ok(Shown {
            kind: "encrypted private key",
            fields: Fields::new(),
        }),
        _ => {
            let text = pem::encode(block.label(), der);
            KeyPair::from_pem(text.as_bytes(), None)
                .map(|key| Shown {
                    kind: "private key",
                    fields: key_fields(key.public_key()),
                })
                .map_err(|error| chain(&error))
        }
    }
}

/// Whatever of the known forms these octets are; when they are none, what each reader stumbled over.
fn of_der(octets: &[u8]) -> Result<Shown, String> {
    let mut reasons = Vec::new();
    for form in FORMS {
        match (form.read)(octets) {
            Ok(shown) => return Ok(shown),
            Err(reason) => reasons.push(format!("not a {} ({reason})", form.name)),
        }
    }
    Err(reasons.join("; "))
}

fn certificate(der: &[u8]) -> Result<Shown, String> {
    let certificate = Certificate::from_der(der).map_err(|error| chain(&error))?;
    Ok(Shown {
        kind: "certificate",
        fields: certificate_fields(&certificate),
    })
}

fn request(der: &[u8]) -> Result<Shown, String> {
    let request = CertificationRequest::from_der(der).map_err(|error| chain(&error))?;
    let holds = request.clone().verify().is_ok();
    Ok(Shown {
        kind: "certification request",
        fields: request_fields(&request).with("signatureHolds", holds),
    })
}

fn crl(der: &[u8]) -> Result<Shown, String> {
    let crl = Crl::from_der(der).map_err(|error| chain(&error))?;
    Ok(Shown {
        kind: "certificate revocation list",
        fields: crl_fields(&crl),
    })
}

fn p7b(der: &[u8]) -> Result<Shown, String> {
    let bundle = CertificatesOnly::from_der(der).map_err(|error| chain(&error))?;
    let certificates = bundle.certificates().iter();
    let certificates: Vec<_> = certificates
        .map(|certificate| Node::from(certificate_fields(certificate)))
        .collect();
    let crls = bundle.crls().iter();
    let crls: Vec<_> = crls.map(|crl| Node::from(crl_fields(crl))).collect();
    Ok(Shown {
        kind: "PKCS #7 bundle",
        fields: Fields::new()
            .with("certificates", certificates)
            .with("crls", crls),
    })
}

fn crl_fields(crl: &Crl) -> Fields {
    let entries = crl.entries().map(|entry| {
        let line = format!(
            "{} at {}, {}",
            entry.serial(),
            entry.revocation_date(),
            entry.reason()
        );
        let fields = Fields::new()
            .with("serialNumber", entry.serial().to_string())
            .with("revocationDate", entry.revocation_date().to_string())
            .with("reason", entry.reason().to_string());
        Node::Line(line, fields)
    });
    Fields::new()
        .with("issuer", crl.issuer().to_string())
        .with("thisUpdate", crl.this_update().to_string())
        .with_some("nextUpdate", crl.next_update().map(|at| at.to_string()))
        .with("signatureAlgorithm", crl.signature_algorithm().to_string())
        .with("extensions", extension_nodes(crl.extensions()))
        .with("revoked", entries.collect::<Vec<_>>())
}

/// What a certificate says.
pub(super) fn certificate_fields(certificate: &Certificate) -> Fields {
    let validity = certificate.validity();
    let lifetime = validity.not_after().since(validity.not_before());
    let self_signed = certificate.is_self_issued()
        && certificate
            .verify_signature(certificate.public_key())
            .is_ok();
    Fields::new()
        .with("subject", certificate.subject().to_string())
        .with("issuer", certificate.issuer().to_string())
        .with("serialNumber", certificate.serial().to_string())
        .with("serialNumberHex", certificate.serial().to_hex())
        .with("notBefore", validity.not_before().to_string())
        .with("notAfter", validity.not_after().to_string())
        .with(
            "wholeDays",
            lifetime.map_or(0, |lifetime| lifetime.whole_days()),
        )
        .and(key_fields(certificate.public_key()))
        .with(
            "signatureAlgorithm",
            certificate.signature_algorithm().to_string(),
        )
        .with("selfSigned", self_signed)
        .with("extensions", extension_nodes(certificate.extensions()))
        .with("sha256Fingerprint", colon_hex(&certificate.sha256()))
        .with("sha1Fingerprint", colon_hex(&certificate.sha1()))
}

/// What a request says.
pub(super) fn request_fields(request: &CertificationRequest) -> Fields {
    let attributes = request.attributes().iter();
    let attributes: Vec<_> = attributes.map(|oid| Node::from(oid.to_string())).collect();
    let extensions = request.requested_extensions().map(extension_nodes);
    Fields::new()
        .with("subject", request.subject().to_string())
        .and(key_fields(request.public_key()))
        .with(
            "signatureAlgorithm",
            request.signature_algorithm().to_string(),
        )
        .with("attributes", attributes)
        .with_some("requestedExtensions", extensions)
}

fn key_fields(key: &PublicKey) -> Fields {
    Fields::new()
        .with("publicKey", key.kind().to_string())
        .with("keyIdentifier", key.key_identifier().to_hex())
        .with("spkiSha256", hex(&key.spki_sha256()))
}

fn extension_nodes(extensions: &Extensions) -> Vec<Node> {
    extensions.iter().map(extension_node).collect()
}

fn extension_node(extension: &Extension) -> Node {
    let text = ext::describe(extension);
    let said = text
        .split_once(": ")
        .map_or(text.as_str(), |(_, said)| said);
    let fields = Fields::new()
        .with("oid", extension.oid().to_string())
        .with_some("name", ext::extension_name(extension.oid()))
        .with("critical", extension.critical())
        .with("says", said)
        .with("valueHex", hex(extension.value()));
    Node::Line(text, fields)
}

/// A bundle or a CRL of some ten thousand entries; more is not for a person to look at.
const MAX_OCTETS: usize = 16 << 20;

const FORMS: &[Form] = &[
    Form {
        name: "certificate",
        read: certificate,
    },
    Form {
        name: "certification request",
        read: request,
    },
    Form {
        name: "certificate revocation list",
        read: crl,
    },
    Form {
        name: "PKCS #7 bundle",
        read: p7b,
    },
];

const AFTER_HELP: &str = "\
Examples:
  certwright inspect dk1.pem
  certwright inspect dk1.csr.pem chain.p7b --json";
