use super::*;
use crate::vendor::emca::tests::{config, settings};
use serde_json::{Map, Value, json};

/// What makes sound settings unsound.
type Change = fn(&mut EmcaConfig);

fn refused(change: impl FnOnce(&mut EmcaConfig)) -> String {
    let mut config = config();
    change(&mut config);
    let error = Emca::from_config(config).unwrap_err();
    format!("{error:?}")
        .split([' ', '{'])
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn settings_are_read() {
    let settings = settings();
    let user = settings.user("cbcuser").unwrap();
    assert_eq!((user.name(), user.mode()), ("cbcuser", CipherMode::Cbc));
    let [one, other] = ["apiuser", "strict"].map(|name| settings.user(name).unwrap());
    assert_eq!(
        one.aes_key().expose_secret(),
        other.aes_key().expose_secret()
    );
    assert_eq!(one.signer(), other.signer());
    assert!(settings.user("bareuser").unwrap().signer().is_none());
    assert!(settings.user("nobody").is_none());
    assert_eq!(settings.profile("3").unwrap().name(), "tls");
    assert_eq!(settings.profile_of_name("india").unwrap().id(), "7");
    assert!(settings.profile("tls").is_none());
    assert_eq!(settings.profiles().len(), 6);
}

#[test]
fn without_settings_nobody_may_call_and_there_is_one_profile() {
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    assert!(settings.config().users.is_empty());
    assert_eq!(settings.profile("1").unwrap().name(), "default");
    let empty: EmcaConfig = toml::from_str("").unwrap();
    assert_eq!(empty.profiles.len(), 1);
}

#[test]
fn settings_that_cannot_be_are_refused_by_name() {
    let cases: [(&str, Change); 16] = [
        ("DuplicateUser", |config| {
            config.users[1].name = "apiuser".to_owned()
        }),
        ("Name", |config| config.users[0].name = "a/b".to_owned()),
        ("Name", |config| config.users[0].name = " ".to_owned()),
        ("Password", |config| config.users[0].em_key = None),
        ("Password", |config| {
            config.users[1].em_key = config.users[0].em_key.clone()
        }),
        ("Key", |config| {
            config.users[0].em_key = Some("77".to_owned().into())
        }),
        ("Key", |config| {
            config.users[0].aes_key = "00".to_owned().into()
        }),
        ("Certificate", |config| {
            config.users[0].signer_certificate = Some("x".to_owned())
        }),
        ("SignerAbsent", |config| {
            config.users[0].signer_certificate = None
        }),
        ("DuplicateProfile", |config| {
            config.profiles[1].id = "3".to_owned()
        }),
        ("DuplicateProfileName", |config| {
            config.profiles[1].name = "tls".to_owned()
        }),
        ("Name", |config| config.profiles[0].id = String::new()),
        ("Attribute", |config| {
            config.profiles[0].mandatory_attributes = vec!["XX".to_owned()]
        }),
        ("StringType", |config| {
            let string_types = &mut config.profiles[0].string_types;
            string_types.insert("CN".to_owned(), "TeletexString".to_owned());
        }),
        ("Profile", |config| config.profiles[0].default_days = 1001),
        ("Profile", |config| {
            config.profiles[0].subject_keys = vec!["RSA-1024".to_owned()]
        }),
    ];
    for (expected, change) in cases {
        assert_eq!(refused(change), expected);
    }
}

#[test]
fn secrets_are_neither_shown_nor_written() {
    let settings = settings();
    let shown = format!("{settings:?} {:?}", config());
    let written = toml::to_string(&config()).unwrap();
    for secret in ["apipass", "772a2b5a19", "00010203", "AAECAwQF"] {
        assert!(!shown.contains(secret), "{secret}");
        assert!(!written.contains(secret), "{secret}");
    }
    assert!(written.contains("name = \"apiuser\""));
}

#[test]
fn a_request_made_here_is_given_the_user_and_the_password_that_it_lacks() {
    let mut one = config();
    one.users.truncate(1);
    one.users[0].em_key = None;
    one.users[0].password = Some("apipass".to_owned().into());
    let settings = Emca::from_config(one).unwrap();
    let filled = |text: &str| {
        let mut object: Map<String, Value> = serde_json::from_str(text).unwrap();
        settings.fill_in(&mut object, None).unwrap();
        Value::from(object)
    };
    let whole = json!({"userName": "apiuser", "password": "apipass"});
    assert_eq!(filled("{}"), whole);
    assert_eq!(filled(r#"{"userName": null, "password": null}"#), whole);
    assert_eq!(filled(r#"{"userName": "apiuser"}"#), whole);
    for said in [
        r#"{"userName":"another"}"#,
        r#"{" userName":"apiuser","pass word":"mine"}"#,
        r#"{"userName":"apiuser","password":""}"#,
    ] {
        let as_it_was: Value = serde_json::from_str(said).unwrap();
        assert_eq!(filled(said), as_it_was);
    }
}
