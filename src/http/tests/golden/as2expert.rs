//! AS2Expert's routes and refusals.

use serde_json::json;

use super::Session;

pub(super) fn calls(session: &mut Session) {
    let token = [("Authorization", "Bearer demo")];
    let create =
        json!({"station": 62, "selfSigned": true, "email": "as2@example.com", "dias": 730});
    session.json("POST /api/v1/certificates/create", &token, &create);
    for body in [
        json!({"station": 62, "selfSigned": false}),
        json!({"selfSigned": true}),
        json!({"station": 7, "selfSigned": true}),
        json!({"station": 62, "selfSigned": true, "keybits": 1024, "hash": "md5"}),
    ] {
        session.json("POST /api/v1/certificates/create", &token, &body);
    }
    session.json("POST /api/v1/certificates/create", &[], &create);
    session.json(
        "POST /api/v1/certificates",
        &[("Authorization", "Bearer x")],
        &json!({}),
    );
    session.json("POST /api/v1/certificates", &token, &json!({}));
    session.call("POST /api/v1/certificates", &token, b"");
    session.call("POST /api/v1/certificates", &token, b"[");
    session.json(
        "POST /api/v1/certificates/detail",
        &token,
        &json!({"id": 1}),
    );
    session.json(
        "POST /api/v1/certificates/detail",
        &token,
        &json!({"id": 9}),
    );
    session.json("POST /api/v1/certificates/detail", &token, &json!({}));
    session.json("POST /api/v1/partners", &token, &json!({"station": 62}));
    session.json("POST /api/v1/partners/detail", &token, &json!({"id": 140}));
    session.json("POST /api/v1/partners/detail", &token, &json!({"id": 9}));
    session.json("POST /api/v1/stations", &token, &json!({}));
    session.json("POST /api/v1/stations/detail", &token, &json!({"id": 62}));
    let station = json!({"name": "Second", "as2_id": "SECOND", "email": "second@example.com"});
    for station in [&station, &json!({"name": "Second", "encryption": "none"})] {
        session.json("POST /api/v1/stations/create", &token, station);
    }
    session.call("GET /api/v1/certificates", &token, b"");
}
