//! Strings, rows and settings.

use certwright::batch::fuzzing;
use certwright::general_name::GeneralName;
use certwright::name::Name;
use certwright::oid::Oid;
use certwright::profile::Profile;
use certwright::serial::SerialNumber;
use certwright::time::UnixSeconds;
use certwright::vendor::emca::grammar;
use certwright::workspace::WorkspaceConfig;

use crate::encoded;

/// Strings for names, subjects, moments and lifetimes: those of RFC 4514 and those of the vendors.
pub fn names(octets: &[u8]) {
    if let Ok(name) = Name::from_der(octets) {
        encoded::name(&name);
    }
    if let Ok(name) = GeneralName::from_der(octets) {
        assert_eq!(GeneralName::from_der(&name.to_der()).unwrap(), name);
    }
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    if let Ok(name) = text.parse::<Name>() {
        let again: Name = name.to_string().parse().unwrap();
        assert_eq!(again.to_string(), name.to_string());
        assert_eq!(again.folded(), name.folded());
        encoded::name(&name);
    }
    for make in [
        GeneralName::dns_name,
        GeneralName::rfc822_name,
        GeneralName::uri,
    ] {
        if let Ok(name) = make(text) {
            assert_eq!(GeneralName::from_der(&name.to_der()).unwrap(), name);
        }
    }
    if let Ok(at) = text.parse::<UnixSeconds>() {
        assert_eq!(at.to_string().parse::<UnixSeconds>().unwrap(), at);
    }
    if let Ok(oid) = text.parse::<Oid>() {
        assert_eq!(oid.to_string().parse::<Oid>().unwrap(), oid);
    }
    if let Ok(serial) = text.parse::<SerialNumber>() {
        let again = SerialNumber::from_be_bytes(serial.as_be_bytes()).unwrap();
        assert_eq!(again, serial);
    }
    if let Ok(names) = grammar::subject_alt_names(text) {
        assert!(names.len() <= grammar::MAX_NAMES);
        for name in names {
            assert_eq!(GeneralName::from_der(&name.to_der()).unwrap(), name);
        }
    }
    if let Ok(parts) = grammar::subject_dn_oids(text) {
        assert!(parts.len() <= grammar::MAX_ATTRIBUTES);
    }
    if let Ok(zone) = text.parse::<grammar::UtcOffset>() {
        assert_eq!(
            zone.to_string().parse::<grammar::UtcOffset>().unwrap(),
            zone
        );
    }
    let _ = grammar::valid_from(text, grammar::UtcOffset::default());
    let _ = (grammar::validity(text), grammar::flag(text));
}

/// Rows of jobs, in every form that is a stream: reading them twice gives the same rows.
pub fn rows(octets: &[u8]) {
    let Some((form, octets)) = octets.split_first() else {
        return;
    };
    assert_eq!(fuzzing::rows(*form, octets), fuzzing::rows(*form, octets));
}

/// The settings of a workspace, with every vendor's own checks, and profiles.
pub fn config(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    if let Ok(config) = WorkspaceConfig::check(text) {
        let again = WorkspaceConfig::check(text).unwrap();
        assert_eq!(format!("{again:?}"), format!("{config:?}"));
        assert!(serde_json::to_value(&config).unwrap().is_object());
    }
    let _ = Profile::from_toml(text);
}
