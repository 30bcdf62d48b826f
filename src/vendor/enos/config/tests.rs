use super::*;
use crate::vendor::enos::tests::settings;

fn read(toml: &str) -> Result<Enos, ConfigError> {
    Enos::from_config(toml::from_str(toml).unwrap())
}

fn keys(product_key: &str, device_key: &str) -> DeviceIdentifier {
    DeviceIdentifier::Keys {
        product_key: product_key.to_owned(),
        device_key: device_key.to_owned(),
    }
}

#[test]
fn the_default_is_one_open_product_on_this_machine() {
    let enos = Enos::from_config(EnosConfig::default()).unwrap();
    assert_eq!(enos.default_product_key(), Some("open"));
    let device = enos.device("any", &keys("open", "d")).unwrap();
    assert_eq!(device.holder(), "open/d");
    let product = enos.product("open").unwrap();
    assert_eq!((product.maximum_days, product.bidirectional), (3650, true));
    assert_eq!(
        enos.crl_url(Authority::Rsa).as_str(),
        "https://localhost:8443/enos/CA/crl"
    );
}

#[test]
fn the_default_goes_round_as_toml() {
    let config = EnosConfig::default();
    let text = toml::to_string(&config).unwrap();
    for written in [text.as_str(), ""] {
        let read: EnosConfig = toml::from_str(written).unwrap();
        assert_eq!(toml::to_string(&read).unwrap(), text);
    }
    assert!(toml::from_str::<EnosConfig>("base_uri = 'x'").is_err());
}

#[test]
fn addresses_follow_the_page_and_each_crl_may_have_its_own() {
    let enos = read("base_url = 'https://enos.example/'\necc_crl_url = 'http://crl.example/e'");
    let enos = enos.unwrap();
    let chain = |authority| enos.cert_chain_url(authority);
    assert_eq!(chain(Authority::Rsa), "https://enos.example/enos/CA/cacert");
    assert_eq!(
        chain(Authority::Ecc),
        "https://enos.example/enos/CA/cacert/ECC"
    );
    let crl = |authority| enos.crl_url(authority).as_str();
    assert_eq!(crl(Authority::Rsa), "https://enos.example/enos/CA/crl");
    assert_eq!(crl(Authority::Ecc), "http://crl.example/e");
    let plain = read("base_url = 'https://enos.example'").unwrap();
    let crl = plain.crl_url(Authority::Ecc).as_str();
    assert_eq!(crl, "https://enos.example/enos/CA/crl/ECC");
}

#[test]
fn addresses_that_cannot_be_are_refused() {
    for found in [
        "",
        "enos.example",
        "ftp://enos.example",
        "https://",
        "https:///x",
        "https://a b",
        "https://a?b",
    ] {
        let error = read(&format!("base_url = '{found}'")).unwrap_err();
        let expected = found.trim_end_matches('/').to_owned();
        assert_eq!(error, ConfigError::BaseUrl { found: expected });
    }
    let error = read("rsa_crl_url = 'no url'").unwrap_err();
    assert!(matches!(
        error,
        ConfigError::CrlUrl {
            authority: Authority::Rsa,
            ..
        }
    ));
}

#[test]
fn a_device_is_found_by_asset_or_keys_in_its_organization() {
    let enos = settings();
    let d1 = Device {
        product_key: "p".to_owned(),
        device_key: "d1".to_owned(),
        asset_id: Some("a1".to_owned()),
    };
    let asset = |id: &str| DeviceIdentifier::Asset(id.to_owned());
    assert_eq!(enos.device("o", &asset("a1")), Some(d1.clone()));
    assert_eq!(enos.device("o", &keys("p", "d1")), Some(d1));
    assert_eq!(enos.device("o", &keys("p", "d2")).unwrap().asset_id, None);
    assert_eq!(enos.device("x", &asset("a1")), None);
    assert_eq!(enos.device("x", &keys("p", "d1")), None);
    assert_eq!(enos.device("o", &keys("p", "d3")), None);
    assert_eq!(enos.device("o", &keys("q", "d1")), None);
    // An asset that no product lists enrols in the first open product.
    let new = enos.device("x", &asset("a9")).unwrap();
    assert_eq!(
        (new.holder().as_str(), new.asset_id.as_deref()),
        ("short/a9", Some("a9"))
    );
}

#[test]
fn a_holder_is_told_apart_at_the_first_slash() {
    let device = Device {
        product_key: "p".to_owned(),
        device_key: "a/b".to_owned(),
        asset_id: None,
    };
    assert_eq!(
        DeviceIdentifier::from_holder(&device.holder()),
        Some(keys("p", "a/b"))
    );
    assert_eq!(DeviceIdentifier::from_holder("p"), None);
}

#[test]
fn a_listed_product_is_the_default_only_when_it_is_alone() {
    let alone =
        "[[products]]\nproduct_key = 'p'\nmaximum_days = 1\ndevices = [{ device_key = 'd' }]\n";
    assert_eq!(read(alone).unwrap().default_product_key(), Some("p"));
    let two = format!("{alone}{}", alone.replace("'p'", "'q'"));
    assert_eq!(read(&two).unwrap().default_product_key(), None);
    assert_eq!(settings().default_product_key(), Some("short"));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let product =
        |rest: &str| format!("[[products]]\nproduct_key = 'p'\nmaximum_days = 9\n{rest}\n");
    let error = |toml: String| read(&toml).unwrap_err();
    let p = || "p".to_owned();
    assert_eq!(
        error(product("")),
        ConfigError::NoDevices { product_key: p() }
    );
    assert_eq!(
        error(product("open = true\ndevices = [{ device_key = 'd' }]")),
        ConfigError::OpenWithDevices {
            product_key: p(),
            found: 1
        }
    );
    let open = product("open = true");
    assert_eq!(
        error(format!("{open}{open}")),
        ConfigError::DuplicateProduct { product_key: p() }
    );
    assert_eq!(
        error(open.replace('9', "0")),
        ConfigError::ZeroDays { product_key: p() }
    );
    assert_eq!(
        error(product(
            "devices = [{ device_key = 'd' }, { device_key = 'd' }]"
        )),
        ConfigError::DuplicateDevice {
            product_key: p(),
            device_key: "d".to_owned()
        }
    );
    let listed = product("devices = [{ device_key = 'd', asset_id = 'a' }]");
    let error_of_two = error(format!("{listed}{}", listed.replace("'p'", "'q'")));
    assert_eq!(
        error_of_two,
        ConfigError::DuplicateAsset {
            asset_id: "a".to_owned(),
            first: p(),
            second: "q".to_owned()
        }
    );
    assert_eq!(
        error(open.replace("'p'", "'a/b'")),
        ConfigError::Name {
            field: "product_key",
            found: "a/b".to_owned(),
            slash: false
        }
    );
    assert_eq!(
        error(product("devices = [{ device_key = '' }]")),
        ConfigError::Name {
            field: "device_key",
            found: String::new(),
            slash: true
        }
    );
}

#[test]
fn what_nobody_named_is_filled_in() {
    let filled = |enos: &Enos, text: &str| {
        let mut fields = serde_json::from_str(text).unwrap();
        enos.fill_in(&mut fields);
        Value::Object(fields).to_string()
    };
    let open = Enos::from_config(EnosConfig::default()).unwrap();
    assert_eq!(
        filled(&open, r#"{"deviceKey":"d"}"#),
        r#"{"deviceKey":"d","orgId":"local","productKey":"open"}"#
    );
    let named = r#"{"deviceKey":"d","orgId":"o","productKey":"p"}"#;
    assert_eq!(filled(&open, named), named);
    assert_eq!(
        filled(&open, r#"{"assetId":"a","orgId":null}"#),
        r#"{"assetId":"a","orgId":"local"}"#
    );
    let owned = "products = [{product_key='p', maximum_days=1, org_id='ours', open=true}]";
    assert_eq!(
        filled(&read(owned).unwrap(), r#"{"deviceKey":"d"}"#),
        r#"{"deviceKey":"d","orgId":"ours","productKey":"p"}"#
    );
}

#[test]
fn the_organization_is_that_of_the_asset_named() {
    let settings = read(
        "[[products]]\nproduct_key = 'meters'\norg_id = 'o1'\nmaximum_days = 9\n\
         devices = [{ device_key = 'm-1', asset_id = 'Xr7aQ9' }]\n\
         [[products]]\nproduct_key = 'new'\norg_id = 'o2'\nmaximum_days = 9\nopen = true\n",
    )
    .unwrap();
    let org_id = |text: &str| {
        let mut fields = serde_json::from_str(text).unwrap();
        settings.fill_in(&mut fields);
        fields["orgId"].clone()
    };
    assert_eq!(org_id(r#"{"assetId":"Xr7aQ9"}"#), "o1");
    // One of the vendor's own clients always sends all three, and the asset is whom it means.
    assert_eq!(
        org_id(r#"{"assetId":"Xr7aQ9","productKey":"new","deviceKey":"n-1"}"#),
        "o1"
    );
    assert_eq!(org_id(r#"{"assetId":"unlisted"}"#), "o2");
    assert_eq!(
        org_id(r#"{"assetId":null,"productKey":"meters","deviceKey":"m-1"}"#),
        "o1"
    );
    assert_eq!(
        org_id(r#"{"productKey":"none","deviceKey":"m-1"}"#),
        "local"
    );
}
