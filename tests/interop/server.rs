//! Clients that no one here wrote, against `certwright serve`: curl, Python's requests, zeep, the vendors' own SDK of `EnOS`,
//! npm's soap. Each issues, reads back and provokes the documented errors; OpenSSL verifies what each was given.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::UNIX_EPOCH;

use certwright::http::demo;
use certwright::time::UnixSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use crate::judges::{arg, must, openssl_verify, venv};

mod killed;
mod met;
mod pages;
mod stopped;

/// A demonstration in a folder of its own.
struct Demo {
    folder: TempDir,
    address: SocketAddr,
}

/// A server that runs until this is dropped.
struct Running(Child);

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free a moment ago; nobody else on this machine asks for it in between.
        let address = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = address.local_addr().unwrap();
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = UnixSeconds::new(now).unwrap();
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        assert!(demo::make(&folder.path().join("w"), address, now, &mut rng).unwrap());
        Self { folder, address }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the configuration.
    fn configure(&self, change: impl FnOnce(String) -> String) {
        let path = self.path("w/certwright.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, change(text)).unwrap();
    }

    fn start(&self) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
            .args(["serve", "--json", "--workspace", arg(&self.path("w"))])
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path("log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let log = fs::read_to_string(self.path("log")).unwrap();
        assert_eq!(line.trim(), format!("listening on {}", self.url()), "{log}");
        Running(child)
    }

    /// A client's folder, with what its users have: requests, and somebody's certificate.
    fn client(&self) -> PathBuf {
        let folder = self.path("client");
        fs::create_dir_all(&folder).unwrap();
        let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
        for (name, key) in [
            ("dk1", &curve[..]),
            ("dk2", &curve),
            ("dk3", &curve),
            ("dk4", &["rsa:2048"]),
        ] {
            let subject = format!("/C=CN/ST=Shanghai/L=Shanghai/O=EnOS/OU=EnOS/CN={name}");
            let (out, keyout) = (folder.join(format!("{name}.csr")), folder.join(name));
            let request = [
                "req",
                "-new",
                "-nodes",
                "-subj",
                &subject,
                "-out",
                arg(&out),
            ];
            let key = [&["-keyout", arg(&keyout), "-newkey"], key].concat();
            must("openssl", &[&request[..], &key].concat());
        }
        let (out, keyout) = (folder.join("other.der"), folder.join("other"));
        let other = [
            "req",
            "-x509",
            "-nodes",
            "-subj",
            "/CN=other",
            "-outform",
            "DER",
        ];
        let files = [
            "-out",
            arg(&out),
            "-keyout",
            arg(&keyout),
            "-newkey",
            "rsa:2048",
        ];
        must("openssl", &[&other[..], &files].concat());
        folder
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// OpenSSL takes a self-signed certificate at its word, signature and all.
fn verify_self_signed(path: &Path, form: &str) {
    let pem = path.with_extension("verified.pem");
    must(
        "openssl",
        &["x509", "-inform", form, "-in", arg(path), "-out", arg(&pem)],
    );
    assert_eq!(openssl_verify(&pem, std::slice::from_ref(&pem)), Ok(()));
}

#[test]
#[ignore = "needs curl and OpenSSL; run by .ci/run"]
fn the_examples_that_the_demonstration_prints_work_with_curl() {
    let demo = Demo::new();
    let _running = demo.start();
    let folder = demo.client();
    let script = demo::examples(&demo.url(), &demo.path("w"));
    let script = script.replace("curl -s", "curl -sS --fail");
    fs::write(folder.join("examples.sh"), script).unwrap();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "examples.sh"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{err}");
    for (what, times) in [
        ("\"code\":0", 2),
        ("\"success\":true", 2),
        ("<CommIDInfo xmlns=\"https://os.ecgrid.io/\">", 1),
        ("\"status\":\"success\"", 3),
        ("\"certSN\":\"1\"", 2),
    ] {
        assert_eq!(said.matches(what).count(), times, "{what}: {said}");
    }
    // What each vendor issued, from its reply.
    let between = |start: &str, end: &str| {
        let rest = said.split(start).nth(1).unwrap();
        rest.split(end).next().unwrap().replace("\\n", "\n")
    };
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let ca = write("ca.pem", &between("\"caCert\":\"", "\""));
    let cert = write("cert.pem", &between("\"cert\":\"", "\""));
    assert_eq!(openssl_verify(&ca, &[cert]), Ok(()));
    verify_self_signed(
        &write("cert2.pem", &between("\"cert_pem\":\"", "\"")),
        "PEM",
    );
    let der = |base64: &str| {
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    };
    let public = der(&wrapped(&between("\"publicCertificate\":\"", "\"")));
    verify_self_signed(&write("cert3.pem", &public), "PEM");
    let emca = der(&wrapped(&between("\"result\":\"", "\"")));
    let root = demo.path("w/ca/rsa-root/certificate.pem");
    assert_eq!(openssl_verify(&root, &[write("cert4.pem", &emca)]), Ok(()));
    let log = fs::read_to_string(demo.path("log")).unwrap();
    assert!(
        !log.contains("apipass") && !log.contains("772a2b5a"),
        "{log}"
    );
}

fn wrapped(base64: &str) -> String {
    let lines = base64.as_bytes().chunks(64);
    let lines: Vec<_> = lines
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n")
}

/// More users than the demonstration has, and applications whose secrets are known.
fn with_everybody(text: String) -> String {
    let text = text.replace("[server]\n", "[server]\ncalls_per_minute = 100\n");
    let text = text.replace("[enos]\n", "[enos]\nopaque_tokens = true\n");
    format!("{text}{EVERYBODY}")
}

#[test]
#[ignore = "needs OpenSSL, Python with zeep, requests and enos-poseidon, and npm's soap; run by .ci/run"]
fn clients_written_for_the_vendors_run_unchanged() {
    let demo = Demo::new();
    demo.configure(with_everybody);
    let _running = demo.start();
    let folder = demo.client();
    let (url, scripts) = (
        demo.url(),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/server"),
    );
    let python = |script: &str, more: &[&str]| {
        let script = scripts.join(script);
        let arguments = [&[arg(&script), &url, arg(&folder)], more].concat();
        eprintln!("{}", must(venv("python"), &arguments));
    };
    for script in ["requests_client.py", "zeep_client.py", "poseidon_client.py"] {
        python(script, &[]);
    }
    python("emca_client.py", &[arg(&demo.path("w/demo"))]);
    // Modules are found above the script that asks for them.
    let script = node_modules().parent().unwrap().join("soap_client.cjs");
    fs::copy(scripts.join("soap_client.cjs"), &script).unwrap();
    eprintln!("{}", must("node", &[arg(&script), &url, arg(&folder)]));
    met::every_documented_refusal_was_met(
        &folder,
        &[
            "requests_client.py",
            "zeep_client.py",
            "poseidon_client.py",
            "emca_client.py",
            "soap_client.cjs",
        ],
    );
    for name in ["requests-1", "zeep-1", "zeep-2", "npm-1", "npm-2"] {
        verify_self_signed(&folder.join(format!("{name}.der")), "DER");
    }
    verify_self_signed(&folder.join("requests-2.pem"), "PEM");
    for name in ["requests-3", "poseidon-1"] {
        let (ca, cert) = (format!("{name}.ca.pem"), format!("{name}.pem"));
        assert_eq!(
            openssl_verify(&folder.join(ca), &[folder.join(cert)]),
            Ok(())
        );
    }
    let root = demo.path("w/ca/rsa-root/certificate.pem");
    assert_eq!(openssl_verify(&root, &[folder.join("emca-1.pem")]), Ok(()));
    let password = fs::read_to_string(folder.join("zeep-1.password")).unwrap();
    let (pfx, password) = (folder.join("zeep-1.p12"), format!("pass:{password}"));
    must(
        "openssl",
        &["pkcs12", "-in", arg(&pfx), "-passin", &password, "-nodes"],
    );
    let log = fs::read_to_string(demo.path("log")).unwrap();
    for secret in [password.as_str(), "app-1-secret", "s3cret", "\"demo\""] {
        assert!(
            !log.contains(secret.trim_start_matches("pass:")),
            "a secret is in the log"
        );
    }
}

#[test]
#[ignore = "needs OpenSSL, and Python with zeep, requests and pycryptodome; run by .ci/run"]
fn a_failure_of_its_own_is_told_as_each_vendor_tells_it_and_no_more() {
    let demo = Demo::new();
    demo.configure(with_everybody);
    let _running = demo.start();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/server");
    let folder = demo.client();
    let ledger = demo.path("w/ledger.sqlite");
    assert!(ledger.is_file());
    let (script, demonstration) = (scripts.join("broken_client.py"), demo.path("w/demo"));
    let arguments = [
        arg(&script),
        &demo.url(),
        arg(&folder),
        arg(&demonstration),
        arg(&ledger),
    ];
    eprintln!("{}", must(venv("python"), &arguments));
    met::every_documented_refusal_was_met(&folder, &["broken_client.py"]);
    // Whoever runs it finds the cause in the log.
    let log = fs::read_to_string(demo.path("log")).unwrap();
    assert!(log.contains("out of /srv/ledger"), "{log}");
}

fn node_modules() -> PathBuf {
    let folder = std::env::var_os("CERTWRIGHT_NODE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-node"),
        PathBuf::from,
    );
    folder.join("node_modules")
}

#[test]
#[ignore = "needs curl; run by .ci/run"]
fn tls_is_believed_by_who_has_the_workspaces_root() {
    let demo = Demo::new();
    let https = format!("https://{}", demo.address);
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["serve", "--tls", "own", "--workspace", arg(&demo.path("w"))])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let running = Running(child);
    assert_eq!(line.trim(), format!("listening on {https}"));
    let root = demo.path("w/ca/ecc-root/certificate.pem");
    let health = format!("{https}/healthz");
    for version in [["--tls-max", "1.2"], ["--tlsv1.3", "--http1.1"]] {
        let asked = [
            &["-sS", "--fail", "--cacert", arg(&root)],
            &version[..],
            &[&health],
        ];
        assert_eq!(must("curl", &asked.concat()).trim(), "ok");
    }
    assert!(!crate::judges::run("curl", &["-sS", &health]).ok);
    drop(running);
}

const EVERYBODY: &str = r#"
[[enos.apps]]
app_key = "app-1-key"
app_secret = "app-1-secret"
[[enos.products]]
product_key = "oneway"
maximum_days = 3650
bidirectional = false
devices = [{ device_key = "d" }]
[[ecgrid.users]]
login = "reader"
api_key = "reader"
password = "s3cret"
level = "General"
[[ecgrid.users]]
login = "hasty-soap"
api_key = "hasty-soap"
level = "MailboxAdmin"
mailbox_id = 101
[[ecgrid.users]]
login = "hasty"
api_key = "hasty"
level = "MailboxAdmin"
mailbox_id = 101
[[as2expert.tokens]]
token = "hasty"
scopes = ["read"]
[[as2expert.tokens]]
token = "reader"
scopes = ["read"]
[[as2expert.tokens]]
token = "writer"
scopes = ["write"]
"#;
