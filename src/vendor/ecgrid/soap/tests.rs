use super::*;
use crate::vendor::ecgrid::wire::{Call, CreateRequest, TerminateRequest};

const BODY: &str = "<CertificateTerminate xmlns=\"https://os.ecgrid.io/\"><SessionID>s</SessionID>\
                    <CommID>5001</CommID><CertKeyID><!-- the old one -->7</CertKeyID></CertificateTerminate>";

fn envelope(namespace: &str, inside: &str) -> String {
    format!(
        "\u{FEFF}<?xml version=\"1.0\"?>\n<e:Envelope xmlns:e='{namespace}'>{inside}</e:Envelope>"
    )
}

fn read(text: &str) -> SoapRequest {
    SoapRequest::from_xml(text.as_bytes()).unwrap()
}

#[test]
fn both_envelopes_and_the_bare_element_say_the_same() {
    let body = format!("<e:Body>{BODY}</e:Body>");
    for (form, text) in [
        (Form::Bare, BODY.to_owned()),
        (Form::Soap11, envelope(SOAP_11, &body)),
        (
            Form::Soap12,
            envelope(SOAP_12, &format!("<e:Header/>{body}")),
        ),
    ] {
        assert!(SoapRequest::is_xml(text.as_bytes()));
        let request = read(&text);
        assert_eq!(request.form(), form);
        assert_eq!(request.operation(), Operation::Terminate);
        assert_eq!(request.session_id(), Some("s"));
        let pairs = request.parameters();
        assert_eq!(
            TerminateRequest::read(&Call::Elements(&pairs)).unwrap(),
            TerminateRequest::new(5001, 7)
        );
    }
    assert!(!SoapRequest::is_xml(b" {\"a\":\"<\"}"));
}

#[test]
fn the_answer_is_in_the_callers_form_and_namespace() {
    let result = || Element::text("boolean", true);
    let inner = |namespace| {
        format!(
            "<CertificateTerminateResponse xmlns=\"{namespace}\"><CertificateTerminateResult>true\
             </CertificateTerminateResult></CertificateTerminateResponse>"
        )
    };
    let declared = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    let bare = read(&BODY.replace(NAMESPACE, DOCUMENTED_NAMESPACE)).response(result());
    assert_eq!(*bare, format!("{declared}{}", inner(DOCUMENTED_NAMESPACE)));
    let wrapped = read(&envelope(SOAP_12, &format!("<e:Body>{BODY}</e:Body>"))).response(result());
    let expected = format!(
        "{declared}<soap:Envelope xmlns:soap=\"{SOAP_12}\"><soap:Body>{}</soap:Body></soap:Envelope>",
        inner(NAMESPACE)
    );
    assert_eq!(*wrapped, expected);
}

#[test]
fn a_refusal_is_a_fault_of_the_callers_soap() {
    let pairs = [("CommID", "x")];
    let refusal = CreateRequest::read(&Call::Elements(&pairs)).unwrap_err();
    for (form, code, namespace) in [
        (Form::Bare, "<faultcode>soap:Client</faultcode>", SOAP_11),
        (Form::Soap11, "<faultcode>soap:Client</faultcode>", SOAP_11),
        (
            Form::Soap12,
            "<soap:Value>soap:Sender</soap:Value>",
            SOAP_12,
        ),
    ] {
        let text = form.fault(&refusal);
        assert!(text.contains(code), "{}", *text);
        let document = Document::parse(&text).unwrap();
        let fault = document
            .descendants()
            .find(|node| node.has_tag_name((namespace, "Fault")));
        let item = fault
            .unwrap()
            .descendants()
            .find(|node| node.has_tag_name("ErrorItem"));
        assert_eq!(item.unwrap().text(), Some("CommID"));
    }
}

#[test]
fn what_a_body_cannot_mean_is_refused() {
    let body = |inside: &str| format!("<e:Body>{inside}</e:Body>");
    let must = "<e:Header><a xmlns='u' e:mustUnderstand='1'/></e:Header>";
    let deep = format!("{}{}", "<a>".repeat(2000), "</a>".repeat(2000));
    for text in [
        "<a".to_owned(),
        "<a/><b/>".to_owned(),
        format!("<!DOCTYPE a>{BODY}"),
        "<!DOCTYPE a [<!ENTITY b 'c'>]><CommInfo><CommID>&b;</CommID></CommInfo>".to_owned(),
        "<CommInfo><CommID>&b;</CommID></CommInfo>".to_owned(),
        "<CommInfo><CommID>1</CommID><CommID>2</CommID></CommInfo>".to_owned(),
        "<CommInfo><CommID><a/></CommID></CommInfo>".to_owned(),
        "<CommInfo xmlns='urn:other'/>".to_owned(),
        "<Login/>".to_owned(),
        envelope("urn:other", &body(BODY)),
        envelope(SOAP_11, ""),
        envelope(SOAP_11, &body("")),
        envelope(SOAP_11, &body("<CommInfo/>")),
        envelope(SOAP_11, &body(&format!("{BODY}{BODY}"))),
        envelope(SOAP_11, &format!("{must}{}", body(BODY))),
        deep,
    ] {
        let refusal = SoapRequest::from_xml(text.as_bytes()).unwrap_err();
        let rules: Vec<_> = refusal
            .faults()
            .iter()
            .map(|one| one.finding().rule())
            .collect();
        assert_eq!(rules, ["ecgrid.soap"], "{text}");
        assert_eq!(refusal.stage(), Stage::Wire);
    }
    let other = envelope("urn:other", &body(BODY));
    let refusal = SoapRequest::from_xml(other.as_bytes()).unwrap_err();
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.found(), "an envelope of \"urn:other\"");
    let long = vec![b'<'; MAX_BODY_OCTETS + 1];
    assert!(SoapRequest::from_xml(&long).is_err());
    assert!(SoapRequest::from_xml(b"<a>\xFF</a>").is_err());
}

#[test]
fn a_password_is_not_shown() {
    let text = "<CertAddPrivate><Password>s3cret</Password></CertAddPrivate>";
    let shown = format!("{:?}", read(text));
    assert!(
        shown.contains("Password") && !shown.contains("s3cret"),
        "{shown}"
    );
}

#[test]
fn each_form_has_its_content_type_and_the_status_of_a_fault() {
    let xml = "text/xml; charset=utf-8";
    let callers = SoapRequest::from_xml(b"<a").unwrap_err();
    for (form, content_type, status) in [
        (Form::Bare, xml, 500),
        (Form::Soap11, xml, 500),
        (Form::Soap12, "application/soap+xml; charset=utf-8", 400),
    ] {
        assert_eq!(form.content_type(), content_type);
        assert_eq!(form.fault_status(&callers), status);
    }
}

#[test]
fn a_session_ends_in_the_callers_form() {
    let text = "<Logout xmlns=\"https://os.ecgrid.io/\"><SessionID>s</SessionID></Logout>";
    let message = Message::from_xml(text.as_bytes()).unwrap();
    assert_eq!((message.name(), message.form()), ("Logout", Form::Bare));
    let Message::Session(session) = message else {
        panic!("{message:?}");
    };
    assert_eq!(session.parameters(), [("SessionID", "s")]);
    assert_eq!(
        *session.response(Element::text("boolean", true)),
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><LogoutResponse xmlns=\"{NAMESPACE}\">\
             <LogoutResult>true</LogoutResult></LogoutResponse>"
        )
    );
    let message = Message::from_xml(BODY.as_bytes()).unwrap();
    assert_eq!(message.name(), "CertificateTerminate");
}
