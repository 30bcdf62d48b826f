use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::lint;
use crate::vendor::as2expert::access::Scope;
use crate::vendor::as2expert::lifecycle::FunctionUsage;
use crate::vendor::as2expert::operation::Operation;

const CONFIG: &str = r#"
[[as2expert.stations]]
id = 62
name = "My station"
[[as2expert.stations]]
id = 63
name = "Elsewhere"
site = "elsewhere"
[[as2expert.partners]]
id = 140
name = "A partner"
station = 62
"#;

pub(super) fn now() -> UnixSeconds {
    "2026-04-26T12:00:00Z".parse().unwrap()
}

pub(super) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(super) fn service(seed: u8) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    drop(Service::open_or_create(&dir, now(), &mut rng(seed)).unwrap());
    std::fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
    let service = Service::open(&dir).unwrap();
    (folder, service)
}

pub(super) fn create(
    service: &mut Service,
    requests: &[CreateRequest],
    seed: u8,
) -> Vec<Result<As2ExpertIssued, Refusal>> {
    let moment = Moment::at(now());
    let made = service.as2expert_create(requests, &Caller::local(), &moment, &mut rng(seed));
    made.unwrap()
}

#[test]
fn what_is_made_is_recorded_and_its_key_is_on_disk() {
    let (_folder, mut service) = service(1);
    let requests = [
        CreateRequest::new(62).with_days(730).with_hash("sha384"),
        CreateRequest::new(7),
        CreateRequest::new(62).with_key_bits(1024),
        CreateRequest::new(63),
    ];
    let made = create(&mut service, &requests, 2);
    let messages: Vec<_> = made
        .iter()
        .map(|made| made.as_ref().err().map_or("", Refusal::msg))
        .collect();
    assert_eq!(
        messages,
        ["", "Station not found", "Campo inválido: keybits", ""]
    );
    for (at, id) in [(0, 1), (3, 2)] {
        let issued = made[at].as_ref().unwrap();
        assert_eq!(issued.id(), i64::from(id));
        let certificate = issued.certificate();
        certificate
            .verify_signature(certificate.public_key())
            .unwrap();
        assert_eq!(lint::run(certificate.tbs(), &[]), []);
        let key = service.workspace().read_key("as2expert", id).unwrap();
        assert_eq!(key.public_key(), certificate.public_key());
        let json = issued.reply().to_json().unwrap();
        assert!(
            json.contains(&format!(r#""certificate_id":{id}"#)),
            "{json}"
        );
    }
    let site = Caller::of_site("default", &[Scope::Read]);
    let rows = service.as2expert_list(&site).unwrap();
    assert_eq!(rows.iter().map(CertificateRow::id).collect::<Vec<_>>(), [1]);
    let elsewhere = service.as2expert_detail(&DetailRequest::new(2), &site, now());
    assert_eq!(elsewhere.unwrap_err().msg(), "Certificate not found");
}

#[test]
fn the_lifecycle_shows_current_next_and_whom_a_rollover_touches() {
    let (_folder, mut service) = service(3);
    create(&mut service, &[CreateRequest::new(62)], 4);
    create(&mut service, &[CreateRequest::new(62)], 5);
    let usage = |current, next| {
        let both = FunctionUsage { current, next };
        StationUsage {
            signing: both,
            encryption: both,
            placed: 2,
        }
    };
    assert_eq!(
        service.as2expert_usage(62, now()).unwrap(),
        usage(Some(1), Some(2))
    );
    let counts = |service: &Service, id| {
        let request = DetailRequest::new(id);
        let detail = service.as2expert_detail(&request, &Caller::local(), now());
        let detail = detail.unwrap();
        let lifecycle = detail.lifecycle();
        let affected = lifecycle.partners_affected().len();
        [lifecycle.current().len(), lifecycle.next().len(), affected]
    };
    assert_eq!(counts(&service, 1), [1, 0, 1]);
    assert_eq!(counts(&service, 2), [0, 1, 1]);
    let rolled = service.as2expert_roll_over(62, now()).unwrap();
    assert_eq!(rolled, usage(Some(2), None));
    assert_eq!(counts(&service, 1), [0, 0, 0]);
    assert_eq!(counts(&service, 2), [1, 0, 1]);
    let later = "2027-04-26T12:00:01Z".parse().unwrap();
    assert_eq!(
        service.as2expert_usage(62, later).unwrap(),
        usage(None, None)
    );
}

#[test]
fn stations_are_told_as_the_neighbour_page_has_them() {
    let (_folder, mut service) = service(6);
    create(&mut service, &[CreateRequest::new(62)], 7);
    let site = Caller::of_site("default", &[Scope::Read]);
    let mut ask = |operation, body: &str| {
        let fields = serde_json::from_str(body).unwrap();
        let moment = Moment::at(now());
        let answer = service.as2expert_answer(operation, &fields, &site, &moment, &mut rng(8));
        match answer.unwrap() {
            Ok(answer) => answer.to_json().unwrap(),
            Err(refusal) => refusal.msg().to_owned(),
        }
    };
    let row = r#"{"id":62,"nombre":"My station","as2id":""}"#;
    let listed = format!(r#"{{"status":"success","total":1,"data":[{row}]}}"#);
    assert_eq!(ask(Operation::Stations, "{}"), listed);
    assert_eq!(ask(Operation::Stations, r#"{"id":"62"}"#), listed);
    assert_eq!(
        ask(Operation::Stations, r#"{"id":63}"#),
        "Station not found"
    );
    assert_eq!(
        ask(Operation::StationDetail, r#"{"id":62}"#),
        r#"{"status":"success","data":{"id":62,"nombre":"My station","as2id":"","email":"","certificado_cn":"My station","encriptacion":"AES256","firma":"sha256"}}"#
    );
    assert_eq!(ask(Operation::StationDetail, "{}"), "Campo requerido: id");
}

#[test]
fn partners_are_told_to_the_site_of_their_station() {
    let (_folder, mut service) = service(6);
    let own = Caller::of_site("default", &[Scope::Read]);
    let other = Caller::of_site("other", &[Scope::Admin]);
    let mut ask = |operation, body, caller| ask(&mut service, operation, body, caller);
    let row = r#""id":140,"partner_id":140,"station_id":62,"name":"A partner""#;
    let listed = format!(r#"{{"status":"success","total":1,"data":[{{{row}}}]}}"#);
    assert_eq!(ask(Operation::Partners, "{}", &own), listed);
    assert_eq!(
        ask(Operation::Partners, r#"{"station":"62"}"#, &own),
        listed
    );
    let nobodys = r#"{"status":"success","total":0,"data":[]}"#;
    assert_eq!(ask(Operation::Partners, "{}", &other), nobodys);
    let of_62 = ask(Operation::Partners, r#"{"station":62}"#, &other);
    assert!(of_62.contains("Station not found"), "{of_62}");
    let (call, one) = (Operation::PartnerDetail, r#"{"id":140}"#);
    assert_eq!(
        ask(call, one, &own),
        format!(r#"{{"status":"success","data":{{{row},"station_name":"My station"}}}}"#)
    );
    let absent = r#"{"status":"error","msg":"Partner not found"}"#;
    assert_eq!(ask(call, one, &other), absent);
    assert_eq!(ask(call, r#"{"id":9}"#, &own), absent);
    let nothing = ask(call, "{}", &own);
    assert!(nothing.contains("Campo requerido: id"), "{nothing}");
    let writer = Caller::of_site("default", &[Scope::Write]);
    let refused = ask(Operation::Partners, "{}", &writer);
    assert!(refused.contains("Scope read requerido"), "{refused}");
}

fn ask(service: &mut Service, operation: Operation, body: &str, caller: &Caller) -> String {
    let fields = serde_json::from_str(body).unwrap();
    let moment = Moment::at(now());
    let answer = service.as2expert_answer(operation, &fields, caller, &moment, &mut rng(8));
    match answer.unwrap() {
        Ok(answer) => answer.to_json().unwrap(),
        Err(refusal) => refusal.reply().to_json().unwrap(),
    }
}

#[test]
fn a_site_makes_itself_a_station_and_certificates_for_it() {
    let (_folder, mut service) = service(6);
    let own = Caller::of_site("default", &[Scope::Write, Scope::Read]);
    let body = r#"{"name":"Second","as2_id":"SECOND","email":"second@example.com","encryption":"aes128","ediint_features":"CEM"}"#;
    let told = r#""data":{"id":64,"nombre":"Second","as2id":"SECOND","email":"second@example.com","certificado_cn":"","encriptacion":"AES128","firma":"sha256"}}"#;
    assert_eq!(
        ask(&mut service, Operation::StationCreate, body, &own),
        format!(r#"{{"status":"success","msg":"Station created",{told}"#)
    );
    let detail = r#"{"id":64}"#;
    assert_eq!(
        ask(&mut service, Operation::StationDetail, detail, &own),
        format!(r#"{{"status":"success",{told}"#)
    );
    // A certificate of the first station is one that the next may begin with.
    create(&mut service, &[CreateRequest::new(62)], 7);
    let third = r#"{"name":"Third","as2_id":"THIRD","email":"third@example.com","certificate_id":"1","signature":"sha512"}"#;
    let third = ask(&mut service, Operation::StationCreate, third, &own);
    let told = r#""id":65,"nombre":"Third","as2id":"THIRD","email":"third@example.com","certificado_cn":"My station","encriptacion":"AES256","firma":"sha512""#;
    assert!(third.contains(told), "{third}");
    let made = create(&mut service, &[CreateRequest::new(64)], 9);
    let made = made[0].as_ref().unwrap().certificate();
    assert!(made.subject().to_string().contains("CN=SECOND"));
}

#[test]
fn a_station_that_cannot_be_is_not_made() {
    let (_folder, mut service) = service(6);
    create(&mut service, &[CreateRequest::new(62)], 7);
    let own = Caller::of_site("default", &[Scope::Write, Scope::Read]);
    let other = Caller::of_site("other", &[Scope::Admin]);
    for (body, caller, refused) in [
        (
            "{}",
            &own,
            r#""msg":"Campo requerido: name","fields":{"as2_id":"#,
        ),
        (
            r#"{"name":"a","as2_id":"b","email":"c@example.com","certificate_id":9}"#,
            &own,
            r#""msg":"Certificate not found""#,
        ),
        (
            r#"{"name":"a","as2_id":"b","email":"c@example.com","certificate_id":1}"#,
            &other,
            r#""msg":"Certificate not found""#,
        ),
        (
            r#"{"name":"a","as2_id":"b","email":"@","encryption":"DES"}"#,
            &own,
            r#""fields":{"email":"found \"@\""#,
        ),
        (
            r#"{"name":"a","as2_id":"\u0007","email":"c@example.com"}"#,
            &own,
            r#""msg":"Campo inválido: as2_id""#,
        ),
    ] {
        let found = ask(&mut service, Operation::StationCreate, body, caller);
        assert!(found.contains(refused), "{found}");
    }
    let reader = Caller::of_site("default", &[Scope::Read]);
    let found = ask(&mut service, Operation::StationCreate, "{}", &reader);
    assert!(found.contains("Scope write requerido"), "{found}");
    let detail = r#"{"id":62}"#;
    let found = ask(&mut service, Operation::StationDetail, detail, &other);
    assert!(found.contains("Station not found"), "{found}");
}
