//! `kill -9` while clients of all vendors ask: whatever a client was given is in the ledger, and each vendor's retry finds
//! what was issued and not answered.

#![expect(
    clippy::indexing_slicing,
    reason = "an answer of another form must fail the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::cert::Certificate;
use certwright::ext::Extensions;
use certwright::key;
use certwright::key::{KeyAlgorithm, SignatureAlgorithm};
use certwright::name::Name;
use certwright::pem;
use certwright::pem::Label;
use certwright::request;
use certwright::request::RequestDraft;
use certwright::vendor::emca::envelope::{AesKey, CipherMode, Sealed};
use certwright::workspace::Workspace;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::Demo;
use crate::judges::{arg, must};

/// How often the server is killed here; `CERTWRIGHT_SERVER_KILLS` asks for more.
const KILLS: u32 = 3;

const AES_KEY: &str = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

/// What a client asked for, and what it was given; nothing when the server was gone before.
#[derive(Default)]
struct Asked {
    /// By the device's number: the request, and the certificate.
    enos: BTreeMap<u32, (String, Option<Certificate>)>,
    /// By the transaction's number: the reply.
    emca: BTreeMap<u32, Option<String>>,
    /// `certKeyId` and `id` with their certificates.
    ecgrid: BTreeMap<i64, Certificate>,
    as2expert: BTreeMap<i64, Certificate>,
}

/// Sends a request on a connection of its own; `None` when no whole answer comes.
fn call(address: SocketAddr, path: &str, header: &str, body: &Value) -> Option<Value> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .ok()?;
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

fn csr(n: u32) -> String {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&n.to_be_bytes());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let pair = key::generate(KeyAlgorithm::P256, 1, &mut rng)
        .remove(0)
        .unwrap();
    let subject = format!("CN=dk{n},OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN");
    let subject: Name = subject.parse().unwrap();
    let drafts = [RequestDraft {
        subject: &subject,
        key: &pair,
        algorithm: SignatureAlgorithm::EcdsaWithSha256,
        extensions: &Extensions::new(Vec::new()).unwrap(),
    }];
    let signed = request::sign(&drafts).remove(0).unwrap();
    pem::encode(Label::CertificateRequest, signed.as_der()).to_string()
}

fn apply(address: SocketAddr, n: u32, csr: &str) -> Option<Value> {
    let path = format!(
        "/connect-service/v2.0/certificates?action=apply&orgId=o&productKey=open&deviceKey=dk{n}"
    );
    call(
        address,
        &path,
        "x: y",
        &json!({"csr": csr, "issueAuthority": "ECC"}),
    )
}

fn transaction(address: SocketAddr, n: u32) -> Option<Value> {
    let signed = STANDARD.encode(include_bytes!("../../../testdata/emca/ber.p7"));
    let object = json!({
        "signature": signed, "userName": "apiuser", "password": "apipass", "profileID": "3", "subscriberId": "s",
        "sANValues": "", "isP7BRequest": "false", "subjectDNOids": "2.5.4.3|gateway", "applicationId": format!("app-{n}"),
    });
    let key = AesKey::from_text(AES_KEY).unwrap();
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let object = object.to_string();
    let sealed = Sealed::seal(
        "apiuser",
        object.as_bytes(),
        &key,
        CipherMode::Ecb,
        &mut rng,
    );
    let body: Value = serde_json::from_str(&sealed.unwrap().to_json()).unwrap();
    let header = "emKey: 772a2b5a1909603fae1b8efad45571069ce5ab6f";
    call(
        address,
        "/emCAServices/rest/createCustomCertificateById",
        header,
        &body,
    )
}

fn of_pem(value: &Value) -> Certificate {
    Certificate::from_pem(value.as_str().unwrap().as_bytes()).unwrap()
}

fn of_base64(value: &Value) -> Certificate {
    let octets = STANDARD.decode(value.as_str().unwrap()).unwrap();
    Certificate::from_der(&octets).unwrap()
}

const KEY: &str = "x-api-key: demo\r\nauthorization: Bearer demo";

impl Asked {
    fn ask_enos(asked: &Mutex<Self>, address: SocketAddr, n: u32) {
        let csr = csr(n);
        asked.lock().unwrap().enos.insert(n, (csr.clone(), None));
        if let Some(reply) = apply(address, n, &csr) {
            assert_eq!(reply["code"], 0, "{reply}");
            let certificate = Some(of_pem(&reply["data"]["cert"]));
            asked.lock().unwrap().enos.insert(n, (csr, certificate));
        }
    }

    fn ask_emca(asked: &Mutex<Self>, address: SocketAddr, n: u32) {
        asked.lock().unwrap().emca.insert(n, None);
        if let Some(reply) = transaction(address, n) {
            assert_eq!(reply["status"], "success", "{reply}");
            asked
                .lock()
                .unwrap()
                .emca
                .insert(n, Some(reply.to_string()));
        }
    }

    fn ask_others(asked: &Mutex<Self>, address: SocketAddr) {
        let body = json!({"commId": 5001});
        if let Some(reply) = call(address, "/v2/certificates/create", KEY, &body) {
            assert_eq!(reply["success"], true, "{reply}");
            let all = reply["data"]["certificates"].as_array().unwrap();
            let new = all.last().unwrap();
            let id = new["certKeyId"].as_i64().unwrap();
            asked
                .lock()
                .unwrap()
                .ecgrid
                .insert(id, of_base64(&new["publicCertificate"]));
        }
        let body = json!({"station": 62, "selfSigned": true});
        if let Some(reply) = call(address, "/api/v1/certificates/create", KEY, &body) {
            let id = reply["data"]["id"].as_i64().unwrap();
            asked
                .lock()
                .unwrap()
                .as2expert
                .insert(id, of_pem(&reply["data"]["cert_pem"]));
        }
    }

    /// Asks until the server is gone.
    fn load(
        asked: &Mutex<Self>,
        address: SocketAddr,
        first: u32,
        after: Duration,
        kill: impl FnOnce(),
    ) -> u32 {
        let over = AtomicBool::new(false);
        let (lanes, made) = (4, Mutex::new(0));
        thread::scope(|scope| {
            for lane in 0..lanes {
                let (over, made) = (&over, &made);
                scope.spawn(move || {
                    for n in (first + lane..).step_by(4) {
                        if over.load(Ordering::Relaxed) {
                            break;
                        }
                        match lane {
                            0 => Self::ask_emca(asked, address, n),
                            1 => Self::ask_others(asked, address),
                            _ => Self::ask_enos(asked, address, n),
                        }
                        let mut made = made.lock().unwrap();
                        *made = n.max(*made);
                    }
                });
            }
            thread::sleep(after);
            kill();
            over.store(true, Ordering::Relaxed);
        });
        let last = *made.lock().unwrap();
        last + 8
    }

    /// Whatever a client has is in the ledger, and the ledger is whole.
    fn check_ledger(&self, demo: &Demo) {
        let dir = demo.path("w");
        must(
            env!("CARGO_BIN_EXE_certwright"),
            &["audit", "verify", "--workspace", arg(&dir)],
        );
        let workspace = Workspace::open_read_only(&dir).unwrap();
        let emca = self.emca.values().flatten().map(|reply| {
            let reply: Value = serde_json::from_str(reply).unwrap();
            of_base64(&reply["result"])
        });
        let enos = self
            .enos
            .values()
            .filter_map(|(_, certificate)| certificate.clone());
        let others = self.ecgrid.values().chain(self.as2expert.values()).cloned();
        for certificate in emca.chain(enos).chain(others) {
            let found = workspace
                .ledger()
                .find_by_fingerprint(&certificate.sha256())
                .unwrap();
            assert_eq!(found.len(), 1, "{}", certificate.subject());
        }
    }

    /// Each vendor's retry, at a server that began anew.
    fn retry(&mut self, address: SocketAddr) {
        for (n, (csr, certificate)) in &mut self.enos {
            let again = apply(address, *n, csr).unwrap();
            let path = format!(
                "/connect-service/v2.0/certificates?action=list&orgId=o&productKey=open&deviceKey=dk{n}"
            );
            let listed = call(address, &path, "x: y", &json!({})).unwrap();
            let (listed, _) = (&listed["data"][0]["cert"], assert_eq!(listed["code"], 0));
            match (again["code"].as_i64().unwrap(), &certificate) {
                (0, None) => assert_eq!(of_pem(listed), of_pem(&again["data"]["cert"])),
                (99_400, known) => {
                    assert!(
                        again["msg"]
                            .as_str()
                            .unwrap()
                            .starts_with("Duplicate subject"),
                        "{again}"
                    );
                    assert!(known.as_ref().is_none_or(|known| *known == of_pem(listed)));
                }
                _ => panic!("dk{n}: {again}"),
            }
            *certificate = Some(of_pem(listed));
        }
        for (n, reply) in &mut self.emca {
            let again = transaction(address, *n).unwrap().to_string();
            assert_eq!(*reply.get_or_insert_with(|| again.clone()), again);
        }
        let comm = call(address, "/v2/comms/list", KEY, &json!({"withCerts": true})).unwrap();
        let all = comm["data"][0]["certificates"].as_array().unwrap();
        for (id, certificate) in &self.ecgrid {
            let one = all.iter().find(|one| one["certKeyId"] == *id).unwrap();
            assert_eq!(of_base64(&one["publicCertificate"]), *certificate);
        }
        for (id, certificate) in &self.as2expert {
            let one = call(
                address,
                "/api/v1/certificates/detail",
                KEY,
                &json!({"id": id}),
            )
            .unwrap();
            assert_eq!(of_pem(&one["data"]["cert_pem"]), *certificate);
        }
    }
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn a_server_that_is_killed_has_told_nobody_what_it_does_not_know() {
    let demo = Demo::new();
    demo.configure(|text| {
        let start = text.find("aes_key").unwrap();
        let signer = fs::read_to_string(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/emca/signer.cert.pem"),
        );
        let profile = text.find("[[emca.profiles]]").unwrap();
        let user = format!(
            "aes_key = \"{AES_KEY}\"\nsigner_certificate = \"\"\"\n{}\"\"\"\n",
            signer.unwrap()
        );
        let open = "[[enos.products]]\nproduct_key = \"open\"\nmaximum_days = 3650\nopen = true\n";
        format!("{}{user}{}{open}", &text[..start], &text[profile..])
    });
    let kills = std::env::var("CERTWRIGHT_SERVER_KILLS").ok();
    let kills = kills.map_or(KILLS, |text| text.parse().unwrap());
    let mut asked = Mutex::new(Asked::default());
    let mut next = 1;
    let mut given = 0;
    for n in 0..kills {
        let mut running = demo.start();
        let after = Duration::from_millis(300 + u64::from(n * 7919 % 1700));
        next = Asked::load(&asked, demo.address, next, after, || {
            running.0.kill().unwrap()
        });
        drop(running);
        let known = asked.get_mut().unwrap();
        known.check_ledger(&demo);
        let of_enos = known.enos.values().filter(|one| one.1.is_some()).count();
        given += of_enos + known.ecgrid.len() + known.as2expert.len();
        let again = demo.start();
        known.retry(demo.address);
        drop(again);
        known.check_ledger(&demo);
        // What was looked at need not be looked at again.
        *known = Asked::default();
    }
    eprintln!("killed {kills} times, {given} certificates given before, {next} numbers asked for");
    assert!(given > 0);
}
