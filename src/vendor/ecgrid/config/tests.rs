use super::*;
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::tests::rules;

fn read(text: &str) -> Result<Ecgrid, ConfigError> {
    Ecgrid::from_config(toml::from_str(text).unwrap())
}

const USERS: &str = r#"
[[users]]
login = "admin"
password = "pw"
api_key = "key-1"
level = "MailboxAdmin"
mailbox_id = 101
[[users]]
login = "reader"
api_key = "key-2"
level = "General"
network_id = 3
"#;

#[test]
fn without_a_word_there_are_no_comms_and_keys_have_2048_bits() {
    let settings = read("").unwrap();
    assert_eq!(settings.config(), &EcgridConfig::default());
    assert_eq!(settings.key_algorithm(), KeyAlgorithm::Rsa2048);
    assert_eq!(settings.comms().count(), 0);
    assert!(!settings.config().allow_sha1);
}

#[test]
fn key_bits_are_those_that_can_be_made() {
    for (bits, expected) in [
        (2048, KeyAlgorithm::Rsa2048),
        (3072, KeyAlgorithm::Rsa3072),
        (4096, KeyAlgorithm::Rsa4096),
    ] {
        let settings = read(&format!("key_bits = {bits}")).unwrap();
        assert_eq!(settings.key_algorithm(), expected);
    }
    let error = read("key_bits = 1024").unwrap_err();
    assert_eq!(error, ConfigError::KeyBits { found: 1024 });
}

#[test]
fn a_comm_has_what_is_written_and_the_rest_by_default() {
    let settings = read(
        r#"comms = [
            { id = 1, identifier = "A" },
            { id = 2, identifier = "B B", network_id = 3, mailbox_id = 4, type = "sftp",
              status = "Suspended", use_type = "Test", organization = "O", url = "http://h/",
              created = "2024-01-01T00:00:00Z", receipt = "None" }
        ]"#,
    )
    .unwrap();
    let one = settings.comm(1).unwrap();
    assert_eq!((one.network_id, one.mailbox_id), (1, 1));
    assert_eq!(
        (one.channel, one.status),
        (CommChannel::As2, Status::Active)
    );
    assert_eq!(one.use_type, UseType::Production);
    assert_eq!(one.receipt, ReceiptType::SynchronousSigned);
    let two = settings.comm(2).unwrap();
    assert_eq!(
        (two.channel, two.status),
        (CommChannel::Sftp, Status::Suspended)
    );
    assert_eq!(two.organization.as_deref(), Some("O"));
    assert_eq!(two.created.to_string(), "2024-01-01T00:00:00Z");
    assert!(settings.comm(3).is_none());
}

#[test]
fn comms_that_cannot_be_are_refused() {
    let text = |field, found: &str, expected| ConfigError::Text {
        id: 1,
        field,
        found: found.to_owned(),
        expected,
    };
    let as2 = "1 to 64 printable ASCII characters, no space at either end";
    for (comm, error) in [
        (r#"id = 0, identifier = "A""#, ConfigError::Id { found: 0 }),
        (
            r#"id = 1, identifier = " A""#,
            text("identifier", " A", as2),
        ),
        (
            r#"id = 1, identifier = "A", organization = """#,
            text("organization", "", "1 to 64 characters"),
        ),
        (
            r#"id = 1, identifier = "A", created = "x""#,
            text("created", "x", "an RFC 3339 time"),
        ),
        (
            r#"id = 1, identifier = "A" }, { id = 1, identifier = "B""#,
            ConfigError::DuplicateComm { id: 1 },
        ),
    ] {
        assert_eq!(read(&format!("comms = [{{ {comm} }}]")).unwrap_err(), error);
    }
    let wrong =
        toml::from_str::<EcgridConfig>(r#"comms = [{ id = 1, identifier = "A", type = "x" }]"#);
    assert!(wrong.is_err());
    let twice = format!("{USERS}{}", USERS.replace("key-", "other-"));
    let error = read(&twice).unwrap_err();
    assert!(matches!(error, ConfigError::DuplicateUser { login } if login == "admin"));
}

#[test]
fn a_user_is_known_by_key_or_by_login() {
    let settings = read(USERS).unwrap();
    let admin = settings.by_api_key(Some("key-1")).unwrap();
    assert_eq!(admin.level(), AuthLevel::MailboxAdmin);
    assert_eq!(settings.login("admin", "pw").unwrap(), admin);
    let reader = settings.by_api_key(Some("key-2")).unwrap();
    assert_eq!(
        reader.may_manage().unwrap_err().kind(),
        FaultKind::AccessDenied
    );
    for key in [None, Some(""), Some("key-3")] {
        let refusal = settings.by_api_key(key).unwrap_err();
        assert_eq!(refusal.kind(), FaultKind::InvalidApiKey);
        assert_eq!(rules(&refusal)[0].0, "ecgrid.api-key");
    }
    for (login, password) in [("admin", "wrong"), ("nobody", "pw"), ("reader", "")] {
        let refusal = settings.login(login, password).unwrap_err();
        assert_eq!(refusal.kind(), FaultKind::InvalidSession);
        assert_eq!(rules(&refusal)[0].0, "ecgrid.session");
    }
}

#[test]
fn with_nobody_listed_any_key_will_do_but_none_will_not() {
    let settings = read("").unwrap();
    assert_eq!(settings.by_api_key(Some("x")).unwrap(), Caller::local());
    assert_eq!(settings.login("x", "y").unwrap(), Caller::local());
    assert!(settings.by_api_key(None).is_err());
}

#[test]
fn no_secret_is_shown_or_written() {
    let settings = read(USERS).unwrap();
    let shown = format!("{settings:?}") + &toml::to_string(settings.config()).unwrap();
    for secret in ["key-1", "key-2", "pw"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
