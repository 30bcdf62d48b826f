//! CRLs, and calls that share a slice.

use serde_json::{Value, json};

use super::{Bench, config, now, request};
use crate::crl::Crl;
use crate::workspace::Family;

fn crl(bench: &Bench, family: Family) -> Crl {
    Crl::from_der(&bench.site.crls.current(family).unwrap()).unwrap()
}

#[test]
fn what_is_revoked_is_on_the_next_list_and_a_list_that_is_good_stays() {
    let bench = Bench::new(&config(""));
    let publish = || bench.runtime().block_on(bench.site.publish());
    assert!(bench.site.crls.current(Family::Rsa).is_none());
    publish();
    let first = crl(&bench, Family::Rsa);
    assert_eq!(first.entries().count(), 0);
    let week = now().seconds() + 7 * 86_400;
    assert_eq!(first.next_update().unwrap().seconds(), week);
    publish();
    assert_eq!(crl(&bench, Family::Rsa), first);
    let csr = include_str!("../../../testdata/vendor/enos/request.csr.pem");
    let device = "orgId=o1&assetId=a1";
    let base = "POST /connect-service/v2.0/certificates?action=";
    let body = json!({"csr": csr}).to_string();
    let applied = bench.call(&format!("{base}apply&{device}"), &[], body.as_bytes());
    let applied: Value = serde_json::from_str(&applied.body).unwrap();
    let number = applied["data"]["certSN"].as_str().unwrap();
    let body = format!("{{\"certSn\":{number}}}");
    let revoked = bench.call(&format!("{base}revoke&{device}"), &[], body.as_bytes());
    assert!(revoked.body.contains("\"code\":0"), "{}", revoked.body);
    publish();
    let second = crl(&bench, Family::Rsa);
    let serials: Vec<_> = second
        .entries()
        .map(|entry| entry.serial().to_string())
        .collect();
    assert_eq!(serials, [number]);
    let served = bench.call("GET /enos/CA/crl/RSA", &[], b"");
    assert_eq!(
        (served.status, served.content_type.as_str()),
        (200, "application/pkix-crl")
    );
    // A process that begins anew serves the list that is published, and makes none.
    let known = bench.site.queue.clone();
    let same = bench.runtime().block_on(known.once(|desk| {
        let folder = desk.service.workspace().dir().join("crl/rsa-root.crl");
        std::fs::read(folder).unwrap()
    }));
    assert_eq!(same.unwrap(), second.as_der());
}

#[test]
fn calls_that_wait_together_share_a_slice() {
    let bench = Bench::new(&config(""));
    bench.runtime().block_on(async {
        // The service is busy until all have come.
        let (open, shut) = std::sync::mpsc::channel::<()>();
        let busy = bench.site.queue.clone();
        let busy = tokio::spawn(async move { busy.once(move |_| shut.recv()).await });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let ask = |n: u32| {
            let path = "POST /api/v1/certificates/create";
            let headers = [("authorization", "Bearer demo")];
            let station = if n == 2 { 7 } else { 62 };
            let body =
                json!({"station": station, "selfSigned": true, "commonName": format!("c{n}")});
            bench.ask(
                "127.0.0.1:1",
                request(path, &headers, body.to_string().as_bytes()),
            )
        };
        let all = async { tokio::join!(ask(1), ask(2), ask(3)) };
        let opened = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            open.send(()).unwrap();
        };
        let ((one, two, three), ()) = tokio::join!(all, opened);
        assert_eq!([one.status, two.status, three.status], [200, 404, 200]);
        assert!(one.body.contains("\"commonName\":\"c1\""), "{}", one.body);
        assert!(
            three.body.contains("\"commonName\":\"c3\""),
            "{}",
            three.body
        );
        busy.await.unwrap().unwrap().unwrap();
    });
    let metrics = bench.site.metrics.to_text();
    let longest = "certwright_slice_longest{lane=\"as2expert-create\"} 3";
    assert!(metrics.contains(longest), "{metrics}");
}
