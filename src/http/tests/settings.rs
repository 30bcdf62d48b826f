//! Which settings are taken, and who may see what.

use super::{Bench, config, service};
use crate::http::demo;
use crate::http::error::ServeError;
use crate::http::settings::Settings;
use crate::workspace::server::Tls;

fn refused(more: &str, listen: Option<&str>) -> String {
    let (_folder, service) = service(more);
    let listen = listen.map(|text| text.parse().unwrap());
    let settings = Settings::new(service.workspace(), listen, Some(Tls::Off));
    settings.map_or_else(
        |error| error.to_string(),
        |settings| format!("{settings:?}"),
    )
}

const GUARDED: &str = "[server]\noperators = [{ name = 'me', password = 'x' }]\n\
    [enos]\napps = [{ app_key = 'ak', app_secret = 's' }]\n\
    [ecgrid]\nusers = [{ login = 'a', api_key = 'k', level = 'Root' }]\n\
    [as2expert]\ntokens = [{ token = 't', scopes = ['read'] }]\n";

#[test]
fn others_reach_only_what_asks_who_they_are() {
    let (_folder, service) = service(&config(""));
    let everywhere = "0.0.0.0:0".parse().ok();
    let error = Settings::new(service.workspace(), everywhere, None).unwrap_err();
    let ServeError::Exposed { open, .. } = error else {
        panic!("{error}");
    };
    let enos = "enos ([[enos.apps]], without opaque_tokens)";
    assert_eq!(open, [enos, "metrics and pages ([[server.operators]])"]);
    for listen in [
        "127.0.0.1:1",
        "[::1]:1",
        "127.9.9.9:1",
        "[::ffff:127.0.0.1]:1",
    ] {
        let taken = Settings::new(service.workspace(), listen.parse().ok(), None);
        assert_eq!(taken.unwrap().listen().to_string(), listen);
    }
    assert!(refused(GUARDED, Some("0.0.0.0:1")).starts_with("Settings"));
    let opaque = GUARDED.replace("[enos]", "[enos]\nopaque_tokens = true");
    assert!(refused(&opaque, Some("0.0.0.0:1")).contains("enos"));
    let left_out = opaque.replace("[server]", "[server]\nvendors = ['ecgrid']");
    assert!(refused(&left_out, Some("0.0.0.0:1")).starts_with("Settings"));
}

#[test]
fn settings_that_cannot_be_are_told_with_what_is_allowed() {
    for (text, told) in [
        (
            "listen = 'here'",
            "[server] listen is \"here\", allowed an address and a port",
        ),
        (
            "vendors = ['x']",
            "[server] vendors is \"x\", allowed of as2expert, ecgrid, emca, enos",
        ),
        (
            "max_connections = 0",
            "[server] max_connections is 0, allowed from 1",
        ),
        (
            "max_header_octets = 100",
            "[server] max_header_octets is 100, allowed from 8192",
        ),
        (
            "body_seconds = 0",
            "[server] body_seconds is 0, allowed from 1",
        ),
    ] {
        let found = refused(&format!("[server]\n{text}\n"), None);
        assert!(found.starts_with(told), "{found}");
    }
}

#[test]
fn a_vendor_that_is_left_out_is_not_there_and_operators_have_a_name() {
    let more = "[[server.operators]]\nname = 'me'\npassword = 'p:w'\n";
    let config = config(more).replace("tls = \"off\"", "tls = \"off\"\nvendors = [\"enos\"]");
    let bench = Bench::new(&config);
    assert_eq!(bench.call("GET /v2/comms/5001", &[], b"").status, 404);
    assert_eq!(bench.call("GET /enos/CA/cacert", &[], b"").status, 200);
    assert_eq!(bench.call("GET /healthz", &[], b"").status, 200);
    for (header, status) in [
        (None, 401),
        (Some("Basic bWU6cDp3"), 200), // me:p:w
        (Some("Basic bWU6cA=="), 401),
        (Some("Bearer bWU6cDp3"), 401),
    ] {
        let headers: Vec<_> = header
            .map(|text| ("authorization", text))
            .into_iter()
            .collect();
        let answer = bench.call("GET /metrics", &headers, b"");
        assert_eq!(answer.status, status, "{header:?}");
    }
}

#[test]
fn a_demonstration_appears_whole_and_only_where_nothing_is() {
    use rand_core::SeedableRng;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("d");
    let listen = "127.0.0.1:8080".parse().unwrap();
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([9; 32]);
    assert!(demo::make(&dir, listen, super::now(), &mut rng).unwrap());
    assert!(!demo::make(&dir, listen, super::now(), &mut rng).unwrap());
    let service = crate::service::Service::open(&dir).unwrap();
    let settings = Settings::new(service.workspace(), None, None).unwrap();
    assert_eq!((settings.listen(), settings.scheme()), (listen, "http"));
    let enos = service.workspace().enos();
    assert_eq!(enos.config().products[0].devices.len(), 100);
    let user = service.workspace().emca().user("apiuser").unwrap();
    assert_eq!(user.signer().unwrap().subject().to_string(), "CN=apiuser");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
    let error = demo::make(folder.path(), listen, super::now(), &mut rng).unwrap_err();
    assert!(matches!(error, ServeError::Demo { .. }));
    let examples = demo::examples("http://127.0.0.1:8080", &dir);
    assert_eq!(examples.matches("curl -s").count(), 9);
}
