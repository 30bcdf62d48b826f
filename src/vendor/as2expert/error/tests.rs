use super::*;
use crate::vendor::as2expert::tests::rules;

fn finding() -> Finding {
    Finding::error("as2expert.test", "test", "keybits", "1024", "2048")
}

#[test]
fn every_kind_has_its_sentence_and_status() {
    for (kind, status, msg) in [
        (FaultKind::InvalidToken, 401, "Invalid token"),
        (FaultKind::Scope(Scope::Read), 403, "Scope read requerido"),
        (FaultKind::Scope(Scope::Write), 403, "Scope write requerido"),
        (FaultKind::Body, 400, "JSON inválido"),
        (FaultKind::Required("id"), 400, "Campo requerido: id"),
        (FaultKind::SelfSigned, 400, "selfSigned must be true"),
        (
            FaultKind::Invalid("keybits"),
            400,
            "Campo inválido: keybits",
        ),
        (
            FaultKind::NotFound(Thing::Partner),
            404,
            "Partner not found",
        ),
        (
            FaultKind::NotFound(Thing::Certificate),
            404,
            "Certificate not found",
        ),
        (
            FaultKind::NotFound(Thing::Station),
            404,
            "Station not found",
        ),
        (
            FaultKind::RateLimited { retry_after: 1 },
            429,
            "Rate limit exceeded",
        ),
        (FaultKind::Internal, 500, "DB error: internal detail"),
    ] {
        assert_eq!(kind.status(), status, "{msg}");
        assert_eq!(Fault::new(kind, finding()).msg(), msg);
    }
}

#[test]
fn a_refusal_has_the_vendors_body_and_names_fields() {
    let required = Refusal::of(Stage::Wire, Fault::required("id"));
    assert_eq!(
        required.reply().to_json().unwrap(),
        r#"{"status":"error","msg":"Campo requerido: id","fields":{"id":"found nothing, expected a value"}}"#
    );
    let absent = Refusal::not_found(Thing::Station, 7);
    assert_eq!(
        absent.reply().to_json().unwrap(),
        r#"{"status":"error","msg":"Station not found"}"#
    );
    assert_eq!(absent.stage(), Stage::World);
    for (thing, rule) in [
        (Thing::Certificate, "as2expert.certificate"),
        (Thing::Partner, "as2expert.partner"),
        (Thing::Station, "as2expert.station"),
    ] {
        assert_eq!(rules(&Refusal::not_found(thing, 7))[0].0, rule);
    }
    let limited = Refusal::rate_limited(30);
    assert_eq!(rules(&limited)[0].0, "as2expert.rate-limit");
    assert_eq!(
        limited.reply().to_json().unwrap(),
        r#"{"status":"error","msg":"Rate limit exceeded","retry_after":30}"#
    );
}

#[test]
fn what_is_missing_is_told_before_what_cannot_be() {
    let faults = vec![
        Fault::invalid("keybits", "as2expert.keybits", "1", "2048"),
        Fault::new(FaultKind::SelfSigned, finding()),
        Fault::required("station"),
    ];
    let refusal = Refusal::from_faults(Stage::Request, faults).unwrap();
    assert_eq!(refusal.msg(), "Campo requerido: station");
    assert_eq!(refusal.faults()[1].msg(), "selfSigned must be true");
    assert_eq!(Refusal::from_faults(Stage::Request, Vec::new()), None);
}

#[test]
fn what_stands_behind_is_told_to_whoever_runs_it_and_not_to_the_caller() {
    let refusal = Refusal::internal(&std::io::Error::other("/srv/w/ledger.sqlite is full"));
    let expected = [("as2expert.world", "DB error: internal detail")];
    assert_eq!(rules(&refusal), expected);
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.found(), "/srv/w/ledger.sqlite is full");
    assert!(!refusal.reply().to_json().unwrap().contains("/srv"));
    let finding = Finding::error(
        "rfc5280.country",
        "RFC 5280",
        "subject C",
        "X",
        "two letters",
    );
    let refusal = Refusal::from_findings(&Findings::from(finding));
    assert_eq!(refusal.stage(), Stage::Profile);
    assert_eq!(refusal.kind().status(), 400);
    assert_eq!(
        refusal.msg(),
        "Certificate cannot be issued: subject C: found X, expected two letters [rfc5280.country, \
         RFC 5280]"
    );
}
