//! A client of emCA made of OpenSSL alone (request, PKCS #7, AES), and the judges over what it is answered.

use std::fs;
use std::path::{Path, PathBuf};

use certwright::cert::Certificate;
use certwright::cms::CertificatesOnly;
use certwright::service::{EmcaAnswer, EmcaBody, EmcaCall, Moment, Service};
use certwright::vendor::emca::Method;
use certwright::vendor::emca::caller::Caller;
use certwright::vendor::emca::envelope::{EmKey, Sealed};
use certwright::workspace::Family;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::judges::{
    arg, certtool_verify, must, openssl_p7b, openssl_verify, openssl_verify_at, run,
};

const AES_KEY: &str = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

/// A folder with a workspace, a registered user, and what OpenSSL made.
struct Client {
    folder: PathBuf,
    service: Service,
}

impl Client {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let (key, certificate) = (folder.join("signer.key"), folder.join("signer.pem"));
        let new = [
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            arg(&key),
            "-subj",
            "/CN=apiuser",
        ];
        must(
            "openssl",
            &[
                &["req", "-x509", "-days", "30", "-out", arg(&certificate)],
                &new[..],
            ]
            .concat(),
        );
        let dir = folder.join("workspace");
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        drop(Service::open_or_create(&dir, now, &mut rng).unwrap());
        let settings = format!(
            "[[emca.users]]\nname = 'apiuser'\npassword = 'apipass'\naes_key = '{AES_KEY}'\n\
             signer_certificate = '''{}'''\n[[emca.profiles]]\nid = '3'\nname = 'tls'\n",
            fs::read_to_string(&certificate).unwrap()
        );
        fs::write(dir.join("certwright.toml"), settings).unwrap();
        let service = Service::open(&dir).unwrap();
        Self { folder, service }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The base64 of a body, made by `openssl req`, `cms` and `enc`.
    fn request_data(&self, key: &[&str], is_p7b: bool, application_id: &str) -> String {
        let [subject_key, csr] = ["subject.key", "csr.der"].map(|name| self.file(name));
        let new = [
            "req",
            "-new",
            "-nodes",
            "-subj",
            "/CN=anything",
            "-outform",
            "DER",
        ];
        let files = ["-keyout", arg(&subject_key), "-out", arg(&csr)];
        must("openssl", &[&new[..], &files, key].concat());
        let signature = self.signed(&csr);
        let text = format!(
            r#"{{"signature":"{}","userName":"apiuser","password":"apipass","profileID":"3",
            "subscriberId":"s","validity":"365:00:00:00","isP7BRequest":"{is_p7b}","applicationId":"{application_id}",
            "sANValues":"dNSName=www.example.com|iPAddress=127.0.0.1|rfc822Name=test@example.com",
            "subjectDNOids":"2.5.4.3|www.example.com~2.5.4.10|Example~2.5.4.6|IN"}}"#,
            signature
        );
        self.sealed(&text)
    }

    /// Base64 of a PKCS #7 over a file.
    fn signed(&self, content: &Path) -> String {
        let message = self.file("message.p7");
        let (signer_key, signer) = (self.file("signer.key"), self.file("signer.pem"));
        let sign = [
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-stream",
            "-outform",
            "DER",
        ];
        let files = ["-signer", arg(&signer), "-inkey", arg(&signer_key)];
        let files = [&files[..], &["-in", arg(content), "-out", arg(&message)]].concat();
        must("openssl", &[&sign[..], &files].concat());
        let signature = must("openssl", &["base64", "-A", "-in", arg(&message)]);
        signature.trim().to_owned()
    }

    /// Base64 of an object under AES.
    fn sealed(&self, text: &str) -> String {
        let object = self.file("object.json");
        fs::write(&object, text).unwrap();
        let sealed = [
            "enc",
            "-aes-256-ecb",
            "-K",
            AES_KEY,
            "-a",
            "-A",
            "-in",
            arg(&object),
        ];
        must("openssl", &sealed).trim().to_owned()
    }

    /// `result` of the reply, decoded into a file.
    fn call(&mut self, request_data: &str, out: &str) -> PathBuf {
        self.call_of(Method::CreateCustomCertificateById, request_data, out)
    }

    fn call_of(&mut self, method: Method, request_data: &str, out: &str) -> PathBuf {
        let em_key = EmKey::of("apiuser", "apipass").expose_secret();
        let call = EmcaCall {
            method,
            body: EmcaBody::Sealed(Sealed::new("apiuser", request_data)),
            caller: Caller::Remote {
                address: "127.0.0.1".parse().unwrap(),
                em_key: Some(&em_key),
            },
        };
        let moment = Moment::at("2026-01-02T03:04:05Z".parse().unwrap());
        let mut rng = ChaCha20Rng::from_seed([8; 32]);
        let answers = self.service.emca_create(vec![call], &moment, &mut rng);
        let answers = answers.unwrap();
        let answer: &EmcaAnswer = answers.first().unwrap().as_ref().unwrap();
        let (text, file) = (self.file("result.b64"), self.file(out));
        fs::write(&text, answer.reply().unwrap().result()).unwrap();
        must(
            "openssl",
            &["base64", "-d", "-A", "-in", arg(&text), "-out", arg(&file)],
        );
        file
    }

    fn root(&self) -> PathBuf {
        let authority = self.service.workspace().current(Family::Rsa).unwrap();
        let file = self.file("root.pem");
        fs::write(&file, authority.certificate().to_pem()).unwrap();
        file
    }
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn certificates_for_a_client_of_openssl_verify() {
    let mut client = Client::new("interop-emca");
    let root = client.root();
    let keys: [&[&str]; 2] = [
        &["-newkey", "rsa:2048"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ];
    for (at, key) in keys.into_iter().enumerate() {
        let data = client.request_data(key, false, &format!("cer-{at}"));
        let cer = client.call(&data, "leaf.cer");
        let again = client.call(&data, "again.cer");
        assert_eq!(fs::read(&cer).unwrap(), fs::read(&again).unwrap());
        let leaf = Certificate::from_der(&fs::read(&cer).unwrap()).unwrap();
        let pem = client.file("leaf.pem");
        fs::write(&pem, leaf.to_pem()).unwrap();
        let second = leaf.validity().not_before().seconds() + 1;
        openssl_verify_at(&root, std::slice::from_ref(&pem), second).unwrap();
        if leaf.validity().contains(now()) {
            openssl_verify(&root, std::slice::from_ref(&pem)).unwrap();
            certtool_verify(&root, &pem).unwrap();
        }
        let data = client.request_data(key, true, &format!("p7b-{at}"));
        let bundle = client.call(&data, "bundle.p7b");
        assert_eq!(openssl_p7b(&bundle), 2);
    }
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn a_pfx_opens_in_openssl_with_the_signed_password_alone() {
    let mut client = Client::new("interop-emca-pfx");
    let root = client.root();
    let text = client.file("text");
    let signed = "CN=www.example.com~C=IN~dNSName=www.example.com~KeyAlogirthmAndSize=RSA-2048~Password=open sesame";
    fs::write(&text, signed).unwrap();
    let object = serde_json::json!({
        "signature": client.signed(&text), "userName": "apiuser", "password": "apipass", "profileID": "3",
        "subscriberId": "s", "applicationId": "pfx-1",
    });
    let data = client.sealed(&object.to_string());
    let pfx = client.call_of(Method::CreatePkcs12ById, &data, "made.p12");
    let again = client.call_of(Method::CreatePkcs12ById, &data, "again.p12");
    assert_eq!(fs::read(&pfx).unwrap(), fs::read(&again).unwrap());
    let leaf = client.file("leaf.pem");
    let open = |password, options: &[&str]| {
        let with = ["pkcs12", "-in", arg(&pfx), "-passin", password];
        run("openssl", &[&with[..], options].concat())
    };
    let all = open("pass:open sesame", &["-nodes"]);
    assert!(all.ok, "{}", all.text);
    assert_eq!(all.text.matches("BEGIN CERTIFICATE").count(), 2);
    assert_eq!(all.text.matches("BEGIN PRIVATE KEY").count(), 1);
    assert!(all.text.contains("friendlyName: www.example.com"));
    let options = ["-nokeys", "-clcerts", "-out", arg(&leaf)];
    assert!(open("pass:open sesame", &options).ok);
    openssl_verify_at(&root, std::slice::from_ref(&leaf), 1_767_400_000).unwrap();
    assert!(!open("pass:open", &["-nodes"]).ok);
}

/// A request that `BouncyCastle` makes now: CSR, PKCS #7 with indefinite lengths, AES, emKey. The fixtures in testdata/emca
/// are what the same program made once.
#[test]
#[ignore = "needs OpenSSL, a JDK and BouncyCastle; run by .ci/run"]
fn a_certificate_for_a_client_of_bouncycastle_verifies() {
    let mut client = Client::new("interop-emca-java");
    let root = client.root();
    let [key, certificate, store] =
        ["signer.key", "signer.pem", "signer.p12"].map(|name| client.file(name));
    let export = [
        "pkcs12",
        "-export",
        "-name",
        "api",
        "-passout",
        "pass:changeit",
    ];
    let files = [
        "-inkey",
        arg(&key),
        "-in",
        arg(&certificate),
        "-out",
        arg(&store),
    ];
    must("openssl", &[&export[..], &files].concat());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/EmcaClient.java");
    let jars = "/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar:/usr/share/java/bcpkix.jar";
    let run = [
        "-cp",
        jars,
        arg(&program),
        arg(&store),
        "changeit",
        arg(&client.folder),
        AES_KEY,
    ];
    must("java", &run);
    let message = fs::read(client.file("bc.p7")).unwrap();
    assert!(message.starts_with(&[0x30, 0x80]), "lengths are indefinite");
    let body: serde_json::Value =
        serde_json::from_slice(&fs::read(client.file("bc-body.json")).unwrap()).unwrap();
    let data = body.get("requestData").unwrap().as_str().unwrap();
    let em_key = fs::read_to_string(client.file("bc-emkey.txt")).unwrap();
    assert_eq!(
        *EmKey::of("apiuser", "apipass").expose_secret(),
        em_key.trim()
    );
    let bundle = client.call(data, "bundle.p7b");
    assert_eq!(openssl_p7b(&bundle), 2);
    let message = CertificatesOnly::from_der(&fs::read(&bundle).unwrap()).unwrap();
    let first = message.certificates().first().unwrap();
    let leaf = client.file("leaf.pem");
    fs::write(&leaf, first.to_pem()).unwrap();
    let second = first.validity().not_before().seconds() + 1;
    openssl_verify_at(&root, std::slice::from_ref(&leaf), second).unwrap();
    assert_eq!(
        first.subject().to_string(),
        "title=test,emailAddress=test@gmail.com,O=Personal,serialNumber=77686868687,L=test,ST=Delhi,C=IN,CN=Test"
    );
    let again = client.call(data, "again.p7b");
    assert_eq!(fs::read(&bundle).unwrap(), fs::read(&again).unwrap());
}

/// The judges' clock.
fn now() -> certwright::time::UnixSeconds {
    let text = must("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]);
    text.trim().parse().unwrap()
}
