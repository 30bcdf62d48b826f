use super::*;
use crate::vendor::ecgrid::wire::parameters::{CERT, COMM_ID, PARTNER_AS2_ID};

fn refusal(kind: FaultKind, parameter: Parameter, message: &str) -> Refusal {
    let finding = Finding::error("ecgrid.test", "test", parameter.rest, "1", "2");
    Refusal::of(Stage::World, Fault::new(kind, parameter, message, finding))
}

#[test]
fn every_kind_has_the_vendors_code_status_word_and_number() {
    const AUTHENTICATION: (u16, &str) = (401, "Authentication");
    const PARAMETER: (u16, &str) = (400, "InvalidParameter");
    let limited = FaultKind::RateLimitExceeded { retry_after: 5 };
    for (kind, code, (status, word), number) in [
        (FaultKind::InvalidApiKey, "InvalidAPIKey", AUTHENTICATION, 5),
        (
            FaultKind::InvalidSession,
            "InvalidSession",
            AUTHENTICATION,
            5,
        ),
        (
            FaultKind::AccessDenied,
            "AccessDenied",
            (403, "Authorization"),
            0,
        ),
        (
            FaultKind::ObjectNotFound,
            "ObjectNotFound",
            (404, "ObjectNotFound"),
            0,
        ),
        (
            FaultKind::InvalidParameter,
            "InvalidParameter",
            PARAMETER,
            0,
        ),
        (
            FaultKind::MissingParameter,
            "InvalidParameter",
            PARAMETER,
            0,
        ),
        (FaultKind::DataLength, "InvalidParameter", PARAMETER, 8),
        (FaultKind::DuplicateObject, "DuplicateObject", PARAMETER, 0),
        (limited, "RateLimitExceeded", (429, "SystemError"), 0),
        (
            FaultKind::Internal,
            "InternalError",
            (500, "SystemError"),
            0,
        ),
    ] {
        assert_eq!(kind.error_code(), code);
        assert_eq!(kind.rest_status(), status, "{code}");
        assert_eq!(kind.soap_word(), word, "{code}");
        assert_eq!(kind.error_info().0, number, "{code}");
    }
}

#[test]
fn a_rest_refusal_has_the_documented_fields_in_their_order() {
    let refusal = refusal(FaultKind::ObjectNotFound, COMM_ID, "7 was not found");
    assert_eq!(
        refusal.to_rest().to_json().unwrap(),
        r#"{"success":false,"errorCode":"ObjectNotFound","message":"commId: 7 was not found","data":null}"#
    );
}

#[test]
fn a_soap_fault_has_error_info_first_and_the_word_second() {
    let fault = refusal(FaultKind::DataLength, PARTNER_AS2_ID, "Too Long (max=64)").to_soap();
    assert_eq!(fault.fault_code(), "soap:Client");
    assert_eq!(fault.fault_code_12(), "soap:Sender");
    assert_eq!(fault.fault_string(), "Invalid data length.");
    let xml: Vec<_> = fault
        .detail()
        .iter()
        .map(|child| child.to_xml(None).to_string())
        .collect();
    assert_eq!(
        xml,
        [
            "<ErrorInfo><ErrorCode>8</ErrorCode><ErrorString>Invalid data length.</ErrorString>\
             <ErrorItem>PartnerAS2ID</ErrorItem><ErrorMessage>PartnerAS2ID: Too Long (max=64)\
             </ErrorMessage></ErrorInfo>",
            "<ECGridOSSOAPErrorCode>InvalidParameter</ECGridOSSOAPErrorCode>"
        ]
    );
}

#[test]
fn a_missing_parameter_is_the_frameworks_fault_without_detail() {
    let fault = refusal(FaultKind::MissingParameter, COMM_ID, "is required").to_soap();
    assert_eq!(fault.detail(), []);
    assert_eq!(
        fault.fault_string(),
        "Server was unable to read request. ---> CommID: is required"
    );
}

#[test]
fn a_certificate_of_an_operation_that_ends_in_a_is_called_cert_base64() {
    let of_a = refusal(FaultKind::InvalidParameter, CERT, "is 7, expected base64");
    let of_a = of_a.with_cert_base64();
    let detail: String = of_a
        .to_soap()
        .detail()
        .iter()
        .map(|one| one.to_xml(None).to_string())
        .collect();
    assert!(
        detail.contains(
            "<ErrorItem>CertBase64</ErrorItem>\
             <ErrorMessage>CertBase64: is 7, expected base64</ErrorMessage>"
        ),
        "{detail}"
    );
    assert_eq!(of_a.message(), "cert: is 7, expected base64");
    let other = refusal(FaultKind::MissingParameter, COMM_ID, "is required").with_cert_base64();
    assert_eq!(other.faults()[0].item(), "CommID");
}

#[test]
fn our_own_failure_is_the_servers_and_why_stays_here() {
    let refusal = Refusal::internal(&std::io::Error::other("the disk is gone"));
    assert_eq!(refusal.to_soap().fault_code(), "soap:Server");
    assert_eq!(refusal.to_soap().fault_code_12(), "soap:Receiver");
    assert_eq!(refusal.message(), "An internal error occurred.");
    assert_eq!(refusal.faults()[0].finding().found(), "the disk is gone");
    let limited = Refusal::rate_limited(30);
    assert_eq!(
        limited.kind(),
        FaultKind::RateLimitExceeded { retry_after: 30 }
    );
    assert_eq!(limited.stage(), Stage::Authentication);
    assert_eq!(limited.faults()[0].finding().rule(), "ecgrid.rate-limit");
}

#[test]
fn what_the_profile_finds_is_told_by_its_finding() {
    let finding = Finding::error(
        "rfc5280.country",
        "RFC 5280",
        "subject C",
        "X",
        "two letters",
    );
    let refusal = Refusal::from_findings(&Findings::from(finding));
    assert_eq!(refusal.stage(), Stage::Profile);
    assert_eq!(refusal.kind(), FaultKind::InvalidParameter);
    assert_eq!(
        refusal.to_string(),
        "profile stage: InvalidParameter: certificate cannot be issued: subject C: found X, \
         expected two letters [rfc5280.country, RFC 5280]; subject C: found X, expected two \
         letters [rfc5280.country, RFC 5280]"
    );
}
