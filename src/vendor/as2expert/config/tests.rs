use super::*;

fn read(text: &str) -> Result<As2Expert, ConfigError> {
    As2Expert::from_config(toml::from_str(text).unwrap())
}

const TOKENS: &str = r#"
[[tokens]]
token = "tok-1"
scopes = ["read", "write"]
[[tokens]]
token = "tok-2"
scopes = ["admin"]
site = "b2b"
"#;

#[test]
fn without_a_word_there_are_no_stations_and_certificates_are_no_cas() {
    let settings = read("").unwrap();
    assert_eq!(settings.config(), &As2ExpertConfig::default());
    assert_eq!(settings.config().role, Role::EndEntity);
    assert!(!settings.config().allow_sha1);
    assert_eq!(settings.stations().count(), 0);
}

#[test]
fn a_station_has_its_defaults_and_its_common_name() {
    let settings = crate::vendor::as2expert::tests::settings("");
    let plain = &settings.station(62).unwrap().defaults;
    assert_eq!(plain.common_name.as_deref(), Some("My station"));
    assert_eq!(plain.country_name, None);
    let full = settings.station(63).unwrap();
    assert_eq!(full.defaults.common_name.as_deref(), Some("OTHER-AS2"));
    assert_eq!(full.defaults.country_name.as_deref(), Some("FR"));
    assert_eq!(full.defaults.email.as_deref(), Some("as2@other.example"));
    assert_eq!(full.site, "default");
    let partners: Vec<_> = settings.partners_of(62).map(|partner| partner.id).collect();
    assert_eq!(partners, [140, 141]);
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let duplicate = |what, id| ConfigError::Duplicate { what, id };
    for (text, error) in [
        (
            r#"stations = [{ id = 0, name = "A" }]"#,
            ConfigError::Id {
                what: "station",
                found: 0,
            },
        ),
        (
            r#"stations = [{ id = 1, name = "A" }, { id = 1, name = "B" }]"#,
            duplicate("station", 1),
        ),
        (
            r#"stations = [{ id = 1, name = "A", country_name = "ESP" }]"#,
            ConfigError::Text {
                id: 1,
                field: "countryName".to_owned(),
                found: "\"ESP\"".to_owned(),
                expected: "two letters (ISO 3166)".to_owned(),
            },
        ),
        (
            r#"partners = [{ id = 1, name = "P", station = 2 }]"#,
            ConfigError::NoStation { id: 1, found: 2 },
        ),
        (
            r#"stations = [{ id = 1, name = "A" }]
            partners = [{ id = 2, name = "P", station = 1 }, { id = 2, name = "Q", station = 1 }]"#,
            duplicate("partner", 2),
        ),
        (
            &format!("{TOKENS}{}", TOKENS.replace("tok-2", "tok-3")),
            ConfigError::DuplicateToken,
        ),
    ] {
        assert_eq!(read(text).unwrap_err(), error);
    }
    assert!(toml::from_str::<As2ExpertConfig>("role = \"root\"").is_err());
    assert!(
        toml::from_str::<As2ExpertConfig>("tokens = [{ token = \"t\", scopes = [\"x\"] }]")
            .is_err()
    );
}

#[test]
fn a_token_opens_its_site_with_its_scopes() {
    let settings = read(TOKENS).unwrap();
    let one = settings.by_token(Some("tok-1")).unwrap();
    assert_eq!(
        one,
        Caller::of_site("default", &[Scope::Read, Scope::Write])
    );
    let two = settings.by_token(Some("tok-2")).unwrap();
    assert_eq!(two, Caller::of_site("b2b", &[Scope::Admin]));
    for token in [None, Some(""), Some("tok-3")] {
        assert_eq!(settings.by_token(token).unwrap_err().msg(), "Invalid token");
    }
    let open = read("").unwrap();
    assert_eq!(open.by_token(Some("x")).unwrap(), Caller::local());
    assert_eq!(open.by_token(None).unwrap_err().msg(), "Invalid token");
}

#[test]
fn no_token_is_shown_or_written() {
    let settings = read(TOKENS).unwrap();
    let shown = format!("{settings:?}") + &toml::to_string(settings.config()).unwrap();
    assert!(!shown.contains("tok-"), "{shown}");
}
