use super::*;
use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::enos::error::{Fault, FaultKind};
use crate::vendor::enos::tests::{sample_certificate, sample_root, text};

fn request_id() -> RequestId {
    RequestId::from_octets([
        0x6f, 0x0c, 0x1c, 0x93, 0x08, 0xf9, 0x40, 0x4c, 0xa4, 0x03, 0xb4, 0x9c, 0xbd, 0xab, 0x29,
        0x38,
    ])
}

#[test]
fn the_samples_reply_comes_out_byte_for_byte() {
    let reply = Reply::issued(
        request_id(),
        Authority::Rsa,
        "https://{domain-name}/enos/CA/cacert".to_owned(),
        &sample_root(),
        &sample_certificate(),
    );
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let ca_cert = quoted(text("vendor/enos/ca.cert.pem").trim_end());
    let cert = quoted(&format!(
        "{}\n",
        text("vendor/enos/device.cert.pem").trim_end()
    ));
    let expected = format!(
        "{{\"code\":0,\"msg\":\"OK\",\"requestId\":\"6f0c1c93-08f9-404c-a403-b49cbdab2938\",\
         \"data\":{{\"certChainURL\":\"https://{{domain-name}}/enos/CA/cacert\",\
         \"caCert\":{ca_cert},\"cert\":{cert},\"certSN\":\"32720\",\"issueAuthority\":\"RSA\"}}}}"
    );
    assert_eq!(reply.to_json().unwrap(), expected);
}

#[test]
fn a_refusal_has_the_same_envelope_and_no_data() {
    let finding = Finding::error("r", "s", "f", "x", "y");
    let fault = Fault::new(FaultKind::DeviceAbsent, "", finding);
    let reply = Reply::refused(request_id(), &Refusal::of(Stage::World, fault));
    assert_eq!(
        reply.to_json().unwrap(),
        r#"{"code":11404,"msg":"Device cannot be found","requestId":"6f0c1c93-08f9-404c-a403-b49cbdab2938","data":null}"#
    );
}

#[test]
fn a_revocation_tells_nothing_and_a_list_its_rows() {
    let json = Reply::revoked(request_id()).to_json().unwrap();
    assert_eq!(
        json,
        r#"{"code":0,"msg":"OK","requestId":"6f0c1c93-08f9-404c-a403-b49cbdab2938","data":null}"#
    );
    let json = Reply::listed(request_id(), Vec::new()).to_json().unwrap();
    assert!(json.ends_with(r#""data":[]}"#), "{json}");
}

#[test]
fn a_request_id_is_a_version_4_uuid() {
    let ones = RequestId::from_octets([0xFF; 16]);
    assert_eq!(ones.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    let zeros = RequestId::from_octets([0; 16]);
    assert_eq!(zeros.as_str(), "00000000-0000-4000-8000-000000000000");
}

#[test]
fn request_ids_are_drawn_from_the_generator() {
    use rand_chacha::rand_core::SeedableRng;
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
    let first = RequestId::random(&mut rng).unwrap();
    assert_ne!(first, RequestId::random(&mut rng).unwrap());
    let mut again = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
    assert_eq!(first, RequestId::random(&mut again).unwrap());
}
