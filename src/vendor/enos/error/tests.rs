use super::*;

fn finding() -> Finding {
    Finding::error("some.rule", PAGE, "field", "this", "that")
}

#[test]
fn codes_and_sentences_are_the_pages() {
    let detail = "detail message: field: found this, expected that";
    let table = [
        (
            FaultKind::ValidityOverMaximum,
            99400,
            "The specified validity period exceeds the maximum certificate validity period of the \
             product to which this device belongs."
                .to_owned(),
        ),
        (
            FaultKind::DeviceIdentifier,
            99400,
            "invalid argument: The device identifier is invalid".to_owned(),
        ),
        (
            FaultKind::Argument(Argument::Csr),
            99400,
            "Invalid Argument csr:csr is so".to_owned(),
        ),
        (
            FaultKind::Argument(Argument::CertSn),
            99400,
            "Invalid Argument certSn:certSn is so".to_owned(),
        ),
        (
            FaultKind::Argument(Argument::ValidDay),
            99400,
            "Invalid Argument validDay:validDay is so".to_owned(),
        ),
        (
            FaultKind::NotBidirectional,
            99400,
            "The product to which the device belongs to is not a product that supports \
             bi-directional authorization."
                .to_owned(),
        ),
        (
            FaultKind::CaCall,
            99400,
            format!(
                "Call ca error!: Certificate service err info:, code: some.rule, message: is so, {detail}"
            ),
        ),
        (
            FaultKind::InvalidCertRequest,
            99400,
            format!("Invalid cert request!message: is so, {detail}"),
        ),
        (
            FaultKind::DuplicateSubject,
            99400,
            format!("Duplicate subject by certificate request!message: is so, {detail}"),
        ),
        (
            FaultKind::Revoke,
            99400,
            format!("Revoke cert is failed!message: is so, {detail}"),
        ),
        (
            FaultKind::Renew,
            99400,
            format!("Renew cert is failed!message: is so, {detail}"),
        ),
        (
            FaultKind::Query,
            99400,
            format!("Query cert is failed!message: is so, {detail}"),
        ),
        (
            FaultKind::CallParameters,
            99400,
            format!(
                "When calling Certificate Services, the call parameters are invalid.message: is so, {detail}"
            ),
        ),
        (
            FaultKind::DeviceAbsent,
            11404,
            "Device cannot be found".to_owned(),
        ),
        (
            FaultKind::BoundElsewhere,
            11833,
            "Certificate is already bound to another device.".to_owned(),
        ),
        (
            FaultKind::Internal(Service::Certificate),
            99500,
            "Internal error of certificate service.".to_owned(),
        ),
        (
            FaultKind::Internal(Service::Product),
            99500,
            "Internal error of product service.".to_owned(),
        ),
        (
            FaultKind::Internal(Service::IotHub),
            99500,
            "Internal error of IoT Hub service.".to_owned(),
        ),
    ];
    for (kind, code, msg) in table {
        let fault = Fault::new(kind, "is so", finding());
        assert_eq!((fault.code(), fault.msg()), (code, &*msg));
    }
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
