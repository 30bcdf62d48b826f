//! The list of certificates, and one certificate with its files.

use super::{HOSTILE, all, bench, column, get, rows, said, shown, xml};
use crate::cert::Certificate;
use crate::cms::CertificatesOnly;

#[test]
fn certificates_are_found_and_shown_without_becoming_markup() {
    let bench = bench("");
    let everything = shown(&bench, "/");
    assert_eq!(column(&everything, 2), ["ecgrid", "as2expert"]);
    assert_eq!(column(&everything, 3), ["5001", "62"]);
    assert_eq!(column(&everything, 4), ["valid", "valid"]);
    assert_eq!(column(&everything, 5), ["2026-01-02", "2026-01-02"]);
    // RFC 4514 puts a backslash before some of its characters.
    let subject = column(&everything, 0)[0].replace('\\', "");
    assert_eq!(subject, format!("CN=MYCOMPANY-AS2,O={HOSTILE}"));
    assert!(!everything.body.contains("<script") && !everything.body.contains("<b "));
    let serial = column(&everything, 1)[0].clone();
    for (query, vendors) in [
        ("vendor=ecgrid", vec!["ecgrid"]),
        ("holder=62", vec!["as2expert"]),
        ("subject=alert", vec!["ecgrid"]),
        ("subject=scri", vec![]),
        (&format!("serial={serial}"), vec!["ecgrid"]),
        (&format!("serial={serial}&vendor=enos"), vec![]),
        ("status=revoked", vec![]),
        (
            "status=valid&expires_from=2026-01-03",
            vec!["ecgrid", "as2expert"],
        ),
        ("issued_to=2026-01-01", vec![]),
    ] {
        assert_eq!(
            column(&shown(&bench, &format!("/?{query}")), 2),
            vendors,
            "{query}"
        );
    }
    let echoed = get(&bench, "/?expires_from=%22%3E%3Cscript%3E", &[]);
    assert_eq!(echoed.status, 400);
    let document = xml(&echoed);
    let wrong: Vec<_> = all(document.root(), "input")
        .filter(|input| input.attribute("aria-invalid").is_some())
        .map(|input| (input.attribute("name"), input.attribute("value")))
        .collect();
    assert_eq!(wrong, [(Some("expires_from"), Some("\"><script>"))]);
    // The next page begins where the first ends, and asks for the same.
    let first = shown(&bench, "/?show=1&status=valid");
    let document = xml(&first);
    let next = all(document.root(), "a").find(|link| link.attribute("rel") == Some("next"));
    let next = next.unwrap().attribute("href").unwrap();
    assert_eq!(next, "/?status=valid&show=1&after=1&page=2");
    assert!(!first.body.contains("rel=\"prev\""));
    assert!(first.body.contains("Page 1 of 2") && first.body.contains("2 certificates."));
    let second = shown(&bench, next);
    assert_eq!(column(&second, 2), ["as2expert"]);
    assert!(!second.body.contains("rel=\"next\"") && second.body.contains("Page 2 of 2"));
    let document = xml(&second);
    let back = all(document.root(), "a").find(|link| link.attribute("rel") == Some("prev"));
    let back = back.unwrap().attribute("href").unwrap();
    assert_eq!(back, "/?status=valid&show=1&before=2&page=1");
    let back = shown(&bench, back);
    assert_eq!(column(&back, 2), ["ecgrid"]);
    assert!(!back.body.contains("rel=\"prev\""));
}

#[test]
fn a_certificate_is_shown_with_its_files() {
    let bench = bench("");
    let page = shown(&bench, "/certificates/1");
    let document = xml(&page);
    let names = all(document.root(), "dt").map(said);
    let facts: Vec<_> = names.zip(all(document.root(), "dd").map(said)).collect();
    let fact = |name: &str| {
        facts
            .iter()
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .clone()
    };
    let der = get(&bench, "/certificates/1/cer", &[]);
    let certificate = Certificate::from_der(&der.octets).unwrap();
    assert_eq!(fact("Serial number"), certificate.serial().to_string());
    assert_eq!(fact("Subject"), certificate.subject().to_string());
    assert_eq!(
        fact("Valid until"),
        certificate.validity().not_after().to_string()
    );
    let extensions: Vec<_> = rows(&document)
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    let oids = certificate
        .extensions()
        .iter()
        .map(|one| one.oid().to_string());
    assert_eq!(extensions, oids.collect::<Vec<_>>());
    let name = format!(
        "attachment; filename=\"{}.cer\"",
        certificate.serial().to_hex()
    );
    assert_eq!(der.headers["content-disposition"], *name);
    assert_eq!(der.content_type, "application/pkix-cert");
    let pem = get(&bench, "/certificates/1/pem", &[]);
    assert_eq!(pem.body, certificate.to_pem());
    let p7b = get(&bench, "/certificates/1/p7b", &[]);
    let p7b = CertificatesOnly::from_der(&p7b.octets).unwrap();
    assert_eq!(p7b.certificates().first(), Some(&certificate));
    for path in [
        "/certificates/9",
        "/certificates/x",
        "/certificates/1/exe",
        "/certificates/9/cer",
    ] {
        assert_eq!(get(&bench, path, &[]).status, 404, "{path}");
    }
}
