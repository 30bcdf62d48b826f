use super::*;
use crate::vendor::enos::tests::rules;

fn finding() -> Finding {
    Finding::error("some.rule", PAGE, "field", "this", "that")
}

/// The page's table of errors; where it has `(message content)` and `(detailed message content)`, M and D stand here.
const TABLE: &[(FaultKind, u32, &str)] = &[
    (
        FaultKind::ValidityOverMaximum,
        99400,
        "The specified validity period exceeds the maximum certificate validity period of the \
         product to which this device belongs.",
    ),
    (
        FaultKind::DeviceIdentifier,
        99400,
        "invalid argument: The device identifier is invalid",
    ),
    (
        FaultKind::Argument(Argument::Csr),
        99400,
        "Invalid Argument csr:csr M",
    ),
    (
        FaultKind::Argument(Argument::CertSn),
        99400,
        "Invalid Argument certSn:certSn M",
    ),
    (
        FaultKind::Argument(Argument::ValidDay),
        99400,
        "Invalid Argument validDay:validDay M",
    ),
    (
        FaultKind::NotBidirectional,
        99400,
        "The product to which the device belongs to is not a product that supports \
         bi-directional authorization.",
    ),
    (
        FaultKind::CaCall,
        99400,
        "Call ca error!: Certificate service err info:, code: some.rule, message: M, detail message: D",
    ),
    (
        FaultKind::InvalidCertRequest,
        99400,
        "Invalid cert request!message: M, detail message: D",
    ),
    (
        FaultKind::DuplicateSubject,
        99400,
        "Duplicate subject by certificate request!message: M, detail message: D",
    ),
    (
        FaultKind::Revoke,
        99400,
        "Revoke cert is failed!message: M, detail message: D",
    ),
    (
        FaultKind::Renew,
        99400,
        "Renew cert is failed!message: M, detail message: D",
    ),
    (
        FaultKind::Query,
        99400,
        "Query cert is failed!message: M, detail message: D",
    ),
    (
        FaultKind::CallParameters,
        99400,
        "When calling Certificate Services, the call parameters are invalid.message: M, detail message: D",
    ),
    (FaultKind::DeviceAbsent, 11404, "Device cannot be found"),
    (
        FaultKind::BoundElsewhere,
        11833,
        "Certificate is already bound to another device.",
    ),
    (
        FaultKind::Internal(Service::Certificate),
        99500,
        "Internal error of certificate service.",
    ),
    (
        FaultKind::Internal(Service::Product),
        99500,
        "Internal error of product service.",
    ),
    (
        FaultKind::Internal(Service::IotHub),
        99500,
        "Internal error of IoT Hub service.",
    ),
];

#[test]
fn who_refuses_and_says_nothing_is_answered_for() {
    let refusal = crate::vendor::enos::check::refused(Vec::new());
    assert_eq!(rules(&refusal), [("enos.request", "request")]);
    assert_eq!(refusal.code(), 99500);
}

#[test]
fn codes_and_sentences_are_the_pages() {
    for (kind, code, sentence) in TABLE {
        let fault = Fault::new(kind.clone(), "is so", finding());
        let mut expected = (*sentence).to_owned();
        if let Some(begin) = expected.strip_suffix("detail message: D") {
            expected = format!("{begin}detail message: field: found this, expected that");
        }
        let expected = expected.replace(": M,", ": is so,").replace(" M", " is so");
        assert_eq!((fault.code(), fault.msg()), (*code, &*expected));
    }
}

#[test]
fn the_table_is_in_its_own_order() {
    assert!(TABLE.is_sorted_by(|one, other| one.0 < other.0));
}

#[test]
fn the_pages_order_decides_and_faults_of_a_kind_keep_theirs() {
    let fault = |kind, message| Fault::new(kind, message, finding());
    let faults = vec![
        fault(FaultKind::BoundElsewhere, ""),
        fault(FaultKind::InvalidCertRequest, "second"),
        fault(FaultKind::Argument(Argument::ValidDay), "is 0"),
        fault(FaultKind::InvalidCertRequest, "third"),
        fault(FaultKind::Argument(Argument::Csr), "is missing"),
    ];
    let refusal = Refusal::from_faults(Stage::Request, faults).unwrap();
    let sentences: Vec<_> = refusal.faults().iter().map(Fault::msg).collect();
    assert_eq!(sentences[0], "Invalid Argument csr:csr is missing");
    assert_eq!(sentences[1], "Invalid Argument validDay:validDay is 0");
    assert!(sentences[2].contains("second") && sentences[3].contains("third"));
    assert_eq!(
        sentences[4],
        "Certificate is already bound to another device."
    );
    assert_eq!((refusal.code(), refusal.msg()), (99400, sentences[0]));
    assert_eq!(Refusal::from_faults(Stage::Request, Vec::new()), None);
}

#[test]
fn what_the_profile_finds_is_an_error_of_the_ca() {
    let findings = Findings::from_vec(vec![finding(), finding()]).unwrap();
    let refusal = Refusal::from_findings(&findings);
    assert_eq!(refusal.stage(), Stage::Profile);
    assert_eq!(refusal.faults().len(), 2);
    assert_eq!(
        refusal.msg(),
        "Call ca error!: Certificate service err info:, code: some.rule, message: certificate \
         cannot be issued, detail message: field: found this, expected that"
    );
}

#[test]
fn a_refusal_is_written_with_its_findings() {
    let fault = Fault::new(FaultKind::DeviceAbsent, "", finding());
    let refusal = Refusal::of(Stage::World, fault);
    let json = serde_json::to_value(&refusal).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "stage": "world",
            "faults": [{
                "code": 11404,
                "msg": "Device cannot be found",
                "finding": {
                    "rule": "some.rule",
                    "source": "EnOS, Apply Certificate",
                    "severity": "error",
                    "field": "field",
                    "found": "this",
                    "expected": "that"
                }
            }]
        })
    );
}
