//! Bodies of the vendors' calls, judged as far as a vendor would before it looks at what it has issued.

use std::sync::LazyLock;

use certwright::time::UnixSeconds;
use certwright::vendor::specimen::Specimen;
use certwright::vendor::{as2expert as as2, ecgrid as grid, emca as em, enos as en};
use certwright::workspace::WorkspaceConfig;
use serde_json::{Map, Value};

/// EnOS: JSON of apply, renew, revoke and list.
pub fn enos(octets: &[u8]) {
    static SETTINGS: LazyLock<en::config::Enos> =
        LazyLock::new(|| en::config::Enos::from_config(settings().enos).unwrap());
    if let Ok(object) = en::wire::object(&[], octets) {
        comes_back(&object, |body| en::wire::object(&[], body).unwrap());
        let _ = en::wire::RenewRequest::from_object(&object);
        let _ = en::wire::RevokeRequest::from_object(&object);
        let _ = en::wire::ListRequest::from_object(&object);
        if let Ok(request) = en::wire::ApplyRequest::from_object(&object) {
            let _ = en::check::check(vec![request]);
        }
        // The same fields as a query has them.
        let texts = object
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let query: Vec<_> = texts.collect();
        let _ = en::wire::object(&query, b"");
        let _ = en::wire::action(&query, &[]);
    }
    let judged = en::judge::judge(vec![Specimen::Body(octets.to_vec())], at(), &SETTINGS);
    assert_eq!(judged.unwrap().len(), 1);
}

/// emCA: the sealed body, and what is inside it, for every call; signed messages and their content with it.
pub fn emca(octets: &[u8]) {
    static SETTINGS: LazyLock<em::config::Emca> =
        LazyLock::new(|| em::config::Emca::from_config(settings().emca).unwrap());
    if let Ok(sealed) = em::envelope::Sealed::from_json(octets) {
        let again = em::envelope::Sealed::from_json(sealed.to_json().as_bytes()).unwrap();
        assert_eq!(again.user_name(), sealed.user_name());
        let user = SETTINGS.user("apiuser").unwrap();
        let _ = sealed.open(user.aes_key(), user.mode());
    }
    if let Ok(object) = em::envelope::Sealed::object(octets) {
        comes_back(&object, |body| em::envelope::Sealed::object(body).unwrap());
        for name in METHODS {
            let method = em::Method::from_path(name).unwrap();
            let Ok(request) = em::wire::Request::from_object(method, &object) else {
                continue;
            };
            let local = em::caller::Caller::Local;
            let Ok(call) = em::caller::authenticate(request, local, &SETTINGS) else {
                continue;
            };
            if method.creates() && !method.makes_key() {
                let _ = em::check::check(vec![call], &SETTINGS);
            } else {
                let _ = em::sibling::check_revoke(&call);
                let _ = em::sibling::profile_info(&call, &SETTINGS);
            }
        }
    }
    let judged = em::judge::judge(vec![Specimen::Body(octets.to_vec())], at(), &SETTINGS);
    assert_eq!(judged.unwrap().len(), 1);
}

/// ECGrid: JSON, SOAP and form, of every operation.
pub fn ecgrid(octets: &[u8]) {
    static SETTINGS: LazyLock<grid::config::Ecgrid> =
        LazyLock::new(|| grid::config::Ecgrid::from_config(settings().ecgrid).unwrap());
    if let Ok(object) = grid::wire::object(octets) {
        comes_back(&object, |body| grid::wire::object(body).unwrap());
        read_all(&grid::wire::Call::Json(&object));
    }
    if let Ok(message) = grid::soap::Message::from_xml(octets) {
        let parameters = match &message {
            grid::soap::Message::Operation(request) => request.parameters(),
            grid::soap::Message::Session(session) => session.parameters(),
            _ => Vec::new(),
        };
        grid::soap::check_once(&parameters).unwrap();
        read_all(&grid::wire::Call::Elements(&parameters));
        read_all(&grid::wire::Call::Form(&parameters));
        let _ = (message.check_action(Some(message.name())), message.form());
    }
    let judged = grid::judge::judge(vec![Specimen::Body(octets.to_vec())], at(), &SETTINGS);
    assert_eq!(judged.unwrap().len(), 1);
}

/// AS2Expert: JSON of create and detail.
pub fn as2expert(octets: &[u8]) {
    static SETTINGS: LazyLock<as2::config::As2Expert> =
        LazyLock::new(|| as2::config::As2Expert::from_config(settings().as2expert).unwrap());
    if let Ok(object) = as2::wire::object(octets) {
        comes_back(&object, |body| as2::wire::object(body).unwrap());
        let _ = as2::wire::CreateRequest::from_object(&object);
        let _ = as2::wire::DetailRequest::from_object(&object);
    }
    let judged = as2::judge::judge(vec![Specimen::Body(octets.to_vec())], at(), &SETTINGS);
    assert_eq!(judged.unwrap().len(), 1);
}

fn read_all(call: &grid::wire::Call<'_>) {
    let _ = grid::wire::CreateRequest::read(call);
    let _ = grid::wire::RenewRequest::read(call);
    let _ = grid::wire::TerminateRequest::read(call);
    let _ = grid::wire::AddPublicRequest::read(call);
    let _ = grid::wire::AddPrivateRequest::read(call);
    let _ = grid::wire::CommInfoRequest::read(call);
    let _ = grid::wire::CommListRequest::read(call);
}

/// An object that was read is the same object when it is written and read again.
fn comes_back(object: &Map<String, Value>, read: impl Fn(&[u8]) -> Map<String, Value>) {
    let text = serde_json::to_vec(object).unwrap();
    assert_eq!(&read(&text), object);
}

fn settings() -> WorkspaceConfig {
    WorkspaceConfig::check(include_str!("settings.toml")).unwrap()
}

/// 2026-03-04.
fn at() -> UnixSeconds {
    UnixSeconds::new(1_772_582_400).unwrap()
}

/// The last parts of the paths of emCA's calls.
const METHODS: [&str; 13] = [
    "createCustomerCertificateById",
    "createCertificateById",
    "createCertificateP7BById",
    "createPKCS12ById",
    "createCertificate",
    "createCertificateP7B",
    "createPKCS12",
    "createeSignCustomerCertificateById",
    "revoke",
    "suspend",
    "getCertificate",
    "getCertificateProfileList",
    "getProfileInfoByProfileName",
];
