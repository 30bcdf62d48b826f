//! The judges: each a function from files to a verdict, with its traps closed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rayon::prelude::*;
use rustls_pki_types::{CertificateDer, UnixTime};
use tempfile::TempDir;

/// `Err` carries what the judge said.
pub(crate) type Verdict = Result<(), String>;

/// What a program answered.
pub(crate) struct Answer {
    pub(crate) ok: bool,
    /// Standard output, then standard error.
    pub(crate) text: String,
}

/// Runs a program that must be there, in English and without input.
pub(crate) fn run(program: impl AsRef<Path>, arguments: &[&str]) -> Answer {
    let program = program.as_ref();
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|err| panic!("{} cannot be run: {err}", program.display()));
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Answer {
        ok: output.status.success(),
        text,
    }
}

/// As [`run`], for steps that are not judged: they must succeed. Gives what was said.
pub(crate) fn must(program: impl AsRef<Path>, arguments: &[&str]) -> String {
    let program = program.as_ref();
    let answer = run(program, arguments);
    let said = &answer.text;
    assert!(answer.ok, "{} {arguments:?}: {said}", program.display());
    answer.text
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// OpenSSL builds and checks a chain for each certificate, under its strict reading of RFC 5280.
pub(crate) fn openssl_verify(root: &Path, certificates: &[PathBuf]) -> Verdict {
    openssl_verify_with(&["-CAfile", arg(root)], certificates)
}

/// The same at a second of the past, for samples that have expired.
pub(crate) fn openssl_verify_at(root: &Path, certificates: &[PathBuf], at: u64) -> Verdict {
    let at = at.to_string();
    openssl_verify_with(&["-attime", &at, "-CAfile", arg(root)], certificates)
}

/// The same with a certificate revocation list, which must itself verify.
pub(crate) fn openssl_verify_crl(root: &Path, crl: &Path, certificates: &[PathBuf]) -> Verdict {
    let options = ["-crl_check", "-CRLfile", arg(crl), "-CAfile", arg(root)];
    openssl_verify_with(&options, certificates)
}

fn openssl_verify_with(options: &[&str], certificates: &[PathBuf]) -> Verdict {
    assert!(!certificates.is_empty(), "no certificate to judge");
    let mut arguments = vec!["verify", "-x509_strict", "-check_ss_sig"];
    arguments.extend(options);
    arguments.extend(certificates.iter().map(|path| arg(path)));
    let answer = run("openssl", &arguments);
    // One line a file; the exit code alone would not tell that a file was passed over.
    let accepted = |path: &PathBuf| answer.text.contains(&format!("{}: OK\n", path.display()));
    judge(answer.ok && certificates.iter().all(accepted), &answer.text)
}

/// OpenSSL on a certification request. Its exit code is 0 for a bad signature as well: the text tells.
pub(crate) fn openssl_request(request: &Path) -> Verdict {
    let answer = run(
        "openssl",
        &["req", "-in", arg(request), "-noout", "-verify"],
    );
    judge(answer.ok && answer.text.contains("verify OK"), &answer.text)
}

/// The number of certificates that OpenSSL finds in a P7B.
pub(crate) fn openssl_p7b(bundle: &Path) -> usize {
    let form = form_of(bundle);
    let file = arg(bundle);
    let options = ["pkcs7", "-inform", form, "-in", file, "-print_certs"];
    let text = must("openssl", &options);
    text.matches("-----BEGIN CERTIFICATE-----").count()
}

/// GnuTLS builds a chain on its own.
pub(crate) fn certtool_verify(root: &Path, certificate: &Path) -> Verdict {
    let (root, file) = (arg(root), arg(certificate));
    let mut options = vec!["--verify", "--verify-profile", "medium"];
    options.extend(["--load-ca-certificate", root, "--infile", file]);
    let answer = run("certtool", &options);
    let verified = answer.text.contains("output: Verified");
    judge(answer.ok && verified, &answer.text)
}

/// GnuTLS on a certificate revocation list.
pub(crate) fn certtool_crl(root: &Path, crl: &Path) -> Verdict {
    let (root, file) = (arg(root), arg(crl));
    let options = ["--verify-crl", "--load-ca-certificate", root];
    let answer = run("certtool", &[&options[..], &["--infile", file]].concat());
    let verified = answer.text.contains("output: Verified");
    judge(answer.ok && verified, &answer.text)
}

/// GnuTLS on a certification request.
pub(crate) fn certtool_request(request: &Path) -> Verdict {
    let answer = run("certtool", &["--crq-info", "--infile", arg(request)]);
    let verified = answer.text.contains("Self signature: verified");
    judge(answer.ok && verified, &answer.text)
}

/// rustls-webpki, as a TLS server that asks its client for a certificate would. It takes no certificate without
/// extensions, and no name from the subject.
pub(crate) fn webpki_verify(root: &Path, certificate: &Path, at: UnixTime) -> Verdict {
    webpki_with(root, certificate, &[], at)
}

fn webpki_with(
    root: &Path,
    certificate: &Path,
    others: &[CertificateDer<'_>],
    at: UnixTime,
) -> Verdict {
    let (root, leaf) = (der_of(root), der_of(certificate));
    let (root, leaf) = (CertificateDer::from(root), CertificateDer::from(leaf));
    let said = |err: webpki::Error| err.to_string();
    let anchors = [webpki::anchor_from_trusted_cert(&root).map_err(said)?];
    let leaf = webpki::EndEntityCert::try_from(&leaf).map_err(said)?;
    let algorithms = [
        webpki::ring::ECDSA_P256_SHA256,
        webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    ];
    let usage = webpki::KeyUsage::client_auth();
    leaf.verify_for_usage(&algorithms, &anchors, others, at, usage, None, None)
        .map(|_path| ())
        .map_err(said)
}

/// dumpasn1 on the DER rules of any file. It exits 0 whatever it finds: its last line tells.
pub(crate) fn dumpasn1(file: &Path) -> Verdict {
    let scratch = tempfile::NamedTempFile::new().unwrap();
    fs::write(&scratch, without_key_identifiers(der_of(file))).unwrap();
    let answer = run("dumpasn1", &["-a", arg(scratch.path())]);
    let clean = answer.text.contains("\n0 warnings, 0 errors.");
    judge(answer.ok && clean, &answer.text)
}

/// With other octets in the key identifiers. dumpasn1 looks into them for values, and one digest in some thousands begins like the
/// header of a string. They are looked for behind the identifiers of their extensions: the two octets of their header stand in
/// a modulus or a signature now and then, and what is overwritten from there may be the header of the next value.
fn without_key_identifiers(mut der: Vec<u8>) -> Vec<u8> {
    for at in 0..der.len() {
        let Some([0x55, 0x1D, 0x0E | 0x23, extension @ ..]) = der.get_mut(at..) else {
            continue;
        };
        // Between them stand `critical` at most, and headers of up to three octets.
        let header = (0..12).find(|i| matches!(extension.get(*i..*i + 2), Some([0x04 | 0x80, 20])));
        let digest = header.and_then(|i| extension.get_mut(i + 2..i + 22));
        if let Some(digest) = digest {
            digest.fill(0x55);
        }
    }
    der
}

#[test]
fn only_key_identifiers_are_blanked() {
    let identified = [&[0x55, 0x1D, 0x0E, 0x04, 22, 0x04, 20][..], &[7; 20], &[1]].concat();
    let blanked = [&identified[..7], &[0x55; 20], &[1]].concat();
    assert_eq!(without_key_identifiers(identified), blanked);
    // The end of a modulus, and the exponent.
    let modulus = [&[0x80, 20][..], &[9; 10], &[0x02, 3, 1, 0, 1], &[9; 20]].concat();
    assert_eq!(without_key_identifiers(modulus.clone()), modulus);
}

/// Codes of all that pkilint finds at WARNING or above: the leaves alone, the root alone, and each leaf under its root.
pub(crate) fn pkilint(root: &Path, leaves: &[PathBuf]) -> BTreeSet<String> {
    let pair = |leaf: &PathBuf| {
        let mut found = pkilint_findings("lint_pkix_cert", &[leaf]);
        found.extend(pkilint_findings(
            "lint_pkix_signer_signee_cert_chain",
            &[root, leaf],
        ));
        found
    };
    let mut found: BTreeSet<String> = leaves.par_iter().flat_map_iter(pair).collect();
    found.extend(pkilint_findings("lint_pkix_cert", &[root]));
    found
}

/// Codes of what pkilint finds in a certificate revocation list.
pub(crate) fn pkilint_crl(crl: &Path) -> BTreeSet<String> {
    let options = ["lint", "-t", "CRL", "-p", "PKIX", "-s", "WARNING"];
    pkilint_codes(
        "lint_crl",
        &[&options[..], &["-f", "JSON", arg(crl)]].concat(),
    )
}

fn pkilint_findings(command: &str, files: &[&Path]) -> BTreeSet<String> {
    let mut arguments = vec!["lint", "-s", "WARNING", "-f", "JSON"];
    arguments.extend(files.iter().map(|file| arg(file)));
    pkilint_codes(command, &arguments)
}

/// A program of the Python environment that `.ci/run` makes, or of another one.
pub(crate) fn venv(program: &str) -> PathBuf {
    let folder = std::env::var_os("CERTWRIGHT_PKILINT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-venv/bin"),
        PathBuf::from,
    );
    folder.join(program)
}

fn pkilint_codes(command: &str, arguments: &[&str]) -> BTreeSet<String> {
    let answer = run(venv(command), arguments);
    let report: serde_json::Value = serde_json::from_str(&answer.text)
        .unwrap_or_else(|err| panic!("{command} gave no report: {err}: {}", answer.text));
    let list = |value: &serde_json::Value, name| value.get(name)?.as_array().cloned();
    list(&report, "results")
        .unwrap()
        .iter()
        .flat_map(|result| list(result, "finding_descriptions").unwrap())
        .map(|finding| finding.get("code").unwrap().as_str().unwrap().to_owned())
        .collect()
}

/// The number of certificates that the JDK reads from a file.
pub(crate) fn keytool_certificates(file: &Path) -> usize {
    let text = must("keytool", &["-printcert", "-file", arg(file)]);
    text.matches("Owner: ").count()
}

/// A key in a keystore of the JDK, as an operator has it.
pub(crate) struct Keystore {
    file: PathBuf,
}

impl Keystore {
    /// A fresh key; `options` are those of `-genkeypair` that choose the key.
    pub(crate) fn generate(file: &Path, options: &[&str], name: &str) -> Self {
        let mut arguments = vec!["-genkeypair", "-dname", name];
        arguments.extend(options);
        let keystore = Self {
            file: file.to_owned(),
        };
        must("keytool", &keystore.with_entry(&arguments));
        keystore
    }

    /// The request, under the label `NEW CERTIFICATE REQUEST`.
    pub(crate) fn request(&self, out: &Path) {
        let arguments = ["-certreq", "-file", arg(out)];
        must("keytool", &self.with_entry(&arguments));
    }

    /// Puts the reply in the key's place: a certificate and its chain to the root, which nothing trusts yet.
    pub(crate) fn install(&self, reply: &Path) -> Verdict {
        let arguments = ["-importcert", "-noprompt", "-file", arg(reply)];
        let answer = run("keytool", &self.with_entry(&arguments));
        let installed = answer.text.contains("Certificate reply was installed");
        judge(answer.ok && installed, &answer.text)
    }

    fn with_entry<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let file = arg(&self.file);
        let entry = ["-alias", "device", "-keystore", file];
        let secret = ["-storepass", "changeit"];
        [arguments, &entry, &secret].concat()
    }
}

/// OpenSSL takes a P12 apart, without the provider for what is obsolete.
pub(crate) fn p12_openssl(file: &Path, password: &str) -> Result<Answer, String> {
    let password = format!("pass:{password}");
    let options = ["pkcs12", "-noenc", "-in", arg(file), "-passin", &password];
    let answer = run("openssl", &options);
    judge(answer.ok, &answer.text).map(|()| answer)
}

/// The JDK lists a P12, and signs a request with the key of an entry; gives the list.
pub(crate) fn p12_keytool(file: &Path, password: &str, alias: &str) -> Result<String, String> {
    let store = ["-storetype", "PKCS12", "-keystore", arg(file)];
    let store = [&store[..], &["-storepass", password]].concat();
    let list = run("keytool", &[&["-list", "-v"], &store[..]].concat());
    judge(list.ok, &list.text)?;
    let request = run(
        "keytool",
        &[&["-certreq", "-alias", alias], &store[..]].concat(),
    );
    let signed = request.text.contains("BEGIN NEW CERTIFICATE REQUEST");
    judge(request.ok && signed, &request.text)?;
    Ok(list.text)
}

/// NSS imports a P12 into a database of its own, which then holds the key.
pub(crate) fn p12_nss(file: &Path, password: &str) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sql:{}", folder.path().display());
    must("certutil", &["-N", "-d", &database, "--empty-password"]);
    let import = ["-i", arg(file), "-d", &database, "-W", password];
    let answer = run("pk12util", &import);
    judge(answer.ok, &answer.text)?;
    let keys = run("certutil", &["-K", "-d", &database]);
    judge(keys.ok && keys.text.contains("< 0>"), &keys.text)
}

/// GnuTLS takes a P12 apart; gives what it found.
pub(crate) fn p12_certtool(file: &Path, password: &str) -> Result<String, String> {
    let options = ["--p12-info", "--inder", "--infile", arg(file)];
    let answer = run(
        "certtool",
        &[&options[..], &["--password", password]].concat(),
    );
    judge(answer.ok, &answer.text).map(|()| answer.text)
}

/// OpenSSL builds a path to the one anchor, which need not be self-signed.
pub(crate) fn openssl_path(anchor: &Path, leaf: &Path, others: &Path) -> Verdict {
    let options = [
        "-partial_chain",
        "-untrusted",
        arg(others),
        "-CAfile",
        arg(anchor),
    ];
    openssl_verify_with(&options, &[leaf.to_owned()])
}

/// GnuTLS on a chain as a server would send it.
pub(crate) fn certtool_path(anchor: &Path, leaf: &Path, others: &Path) -> Verdict {
    let chain = tempfile::NamedTempFile::new().unwrap();
    let text = [fs::read(leaf).unwrap(), fs::read(others).unwrap()].concat();
    fs::write(&chain, text).unwrap();
    certtool_verify(anchor, chain.path())
}

/// NSS with one trusted certificate in its database, and the others without trust.
pub(crate) fn nss_path(anchor: &Path, leaf: &Path, others: &Path) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sql:{}", folder.path().display());
    must("certutil", &["-N", "-d", &database, "--empty-password"]);
    let add = |name: &str, trust: &str, file: &Path| {
        let options = [
            "-A",
            "-d",
            &database,
            "-n",
            name,
            "-t",
            trust,
            "-i",
            arg(file),
        ];
        must("certutil", &options);
    };
    let all = fs::read(others).unwrap();
    for (number, object) in pem::parse_many(all).unwrap().iter().enumerate() {
        let file = folder.path().join(format!("{number}.der"));
        fs::write(&file, object.contents()).unwrap();
        add(&format!("other {number}"), ",,", &file);
    }
    add("anchor", "CT,C,C", anchor);
    let answer = run(
        "vfychain",
        &["-d", &database, "-pp", "-u", "0", "-a", arg(leaf)],
    );
    let good = answer.text.contains("Chain is good!");
    judge(answer.ok && good, &answer.text)
}

/// The JDK builds a path (PKIX).
pub(crate) fn java_path(anchor: &Path, leaf: &Path, others: &Path) -> Verdict {
    let program = ["-cp", arg(java_classes()), "Path"];
    let files = [arg(anchor), arg(leaf), arg(others)];
    let answer = run("java", &[program, files].concat());
    judge(answer.ok && answer.text.contains("path of "), &answer.text)
}

/// What the JDK makes of a CRL and a certificate: "N entries, not revoked", or the reason; an error when the list is not its
/// issuer's.
pub(crate) fn java_crl(issuer: &Path, crl: &Path, leaf: &Path) -> Result<String, String> {
    let program = ["-Xmx2g", "-cp", arg(java_classes()), "Crl"];
    let answer = run(
        "java",
        &[&program[..], &[arg(issuer), arg(crl), arg(leaf)]].concat(),
    );
    let said = answer.text.trim().to_owned();
    if answer.ok { Ok(said) } else { Err(said) }
}

/// The programs in Java, compiled once, since that takes longer than the question.
fn java_classes() -> &'static Path {
    static CLASSES: OnceLock<TempDir> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let of = |name| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/interop")
                .join(name)
        };
        let (path, crl) = (of("Path.java"), of("Crl.java"));
        must("javac", &["-d", arg(folder.path()), arg(&path), arg(&crl)]);
        folder
    });
    classes.path()
}

/// rustls-webpki builds a path, as a TLS server that asks its client for a certificate would.
pub(crate) fn webpki_path(anchor: &Path, leaf: &Path, others: &Path, at: UnixTime) -> Verdict {
    let others = pem::parse_many(fs::read(others).unwrap()).unwrap();
    let others: Vec<_> = others
        .into_iter()
        .map(|object| CertificateDer::from(object.into_contents()))
        .collect();
    webpki_with(anchor, leaf, &others, at)
}

/// The octets of the only PEM object of a file, or the file itself when it is DER.
pub(crate) fn der_of(file: &Path) -> Vec<u8> {
    let octets = fs::read(file).unwrap();
    match pem::parse(&octets) {
        Ok(object) => object.into_contents(),
        Err(_) => octets,
    }
}

fn form_of(file: &Path) -> &'static str {
    if pem::parse(fs::read(file).unwrap()).is_ok() {
        "PEM"
    } else {
        "DER"
    }
}

fn judge(accepted: bool, text: &str) -> Verdict {
    if accepted {
        return Ok(());
    }
    Err(text.to_owned())
}
