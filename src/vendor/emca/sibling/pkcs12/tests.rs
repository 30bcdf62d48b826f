use serde_json::json;

use super::*;
use crate::key::KeyPair;
use crate::vendor::emca::order;
use crate::vendor::emca::tests::{authenticated, base64, fixture, settings, terms, told};
use crate::vendor::emca::{Form, Method};

#[test]
fn the_pages_text_says_what_to_generate_and_what_to_certify() {
    let settings = settings();
    let signature = ("signature", json!(base64(fixture!("pfx-text.p7"))));
    let call = authenticated(Method::CreatePkcs12ById, &[signature], &settings);
    let checked = check(&call, &settings).unwrap();
    assert_eq!(checked.key_algorithm(), KeyAlgorithm::Rsa2048);
    assert_eq!(checked.password().expose_secret(), "secret@1");
    assert_eq!(
        checked.transaction().row_key(Form::P12),
        "p12/apiuser/app-1"
    );
    assert!(!format!("{checked:?}").contains("secret@1"));
    assert_eq!(format!("{:?}", checked.password()), "PfxPassword([elided])");
    let names: Vec<_> = checked
        .subject_alt_names
        .iter()
        .map(GeneralName::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "rfc822Name:test@example.com",
            "dNSName:www.example.com",
            "dNSName:*.example.com",
            "iPAddress:10.80.106.78",
            "iPAddress:10.80.106.79",
            "registeredID:2.10.100.2.4.5"
        ]
    );
    let key = include_bytes!("../../../../../testdata/key/rsa2048-pkcs8.pem");
    let key = KeyPair::from_pem(key, None).unwrap();
    let placed = order::order_pkcs12(&checked, &key, &terms()).unwrap();
    assert_eq!(
        placed.order().subject().to_string(),
        "SN=kumar,title=Mr,telephoneNumber=0123456789,pseudonym=test098,UID=test877,\
         houseIdentifier=3-88,STREET=Bengaluru,postalCode=570004,C=IN,ST=KARNATAKA,OU=ESS,O=Example,\
         emailAddress=test@example.com,serialNumber=77,CN=Test123"
    );
    assert!(placed.request().is_none());
}

#[test]
fn a_text_that_lacks_something_is_not_valid_data() {
    let refused = |text: &str| {
        let fault = Text::read(text).err().unwrap();
        assert_eq!(fault.message(), "Please enter valid data");
        fault.finding().found().to_owned()
    };
    assert_eq!(refused(""), "no Password= at its end");
    assert_eq!(
        refused("CN=a~KeyAlogirthmAndSize=RSA-2048"),
        "no Password= at its end"
    );
    assert_eq!(
        refused("CN=a~KeyAlogirthmAndSize=RSA-2048~Password="),
        "an empty password"
    );
    assert_eq!(refused("CN=a~Password=p"), "no KeyAlogirthmAndSize");
    assert_eq!(
        refused("O=a~KeyAlogirthmAndSize=RSA-2048~Password=p"),
        "no CN"
    );
    assert_eq!(
        refused("CN=a~KeyAlogirthmAndSize=RSA-1024~Password=p"),
        "key \"RSA-1024\""
    );
    assert_eq!(refused("CN=a~x~Password=p"), "no = at character 5");
    assert_eq!(refused("CN=~Password=p"), "no value of CN at character 3");
    assert!(
        refused("CN=a~nonsense=b~Password=p")
            .starts_with("at character 0: \"nonsense\" is no type")
    );
    assert!(
        refused("CN=a~dNSName=a b~Password=p").starts_with("at character 8: labels hold letters")
    );
    let right = Text::read("CN=a~KeyAlgorithmAndSize=P-256~Password=a~b=c")
        .ok()
        .unwrap();
    assert_eq!(right.key_algorithm, KeyAlgorithm::P256);
    assert_eq!(right.password.expose_secret(), "a~b=c");
}

#[test]
fn a_text_that_nobody_signed_makes_nothing() {
    let settings = settings();
    let signature = ("signature", json!(base64(b"junk")));
    let call = authenticated(Method::CreatePkcs12ById, &[signature], &settings);
    let refusal = check(&call, &settings).unwrap_err();
    assert_eq!(
        told(&refusal),
        [("Signature verification failed", "emca.signature")]
    );
}
