//! Certificates by rcgen, whoever holds the keys.

use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SerialNumber, SigningKey,
};

/// Signs for a CA whose certificate does not matter.
pub(crate) fn issuer<S: SigningKey>(key: S) -> Issuer<'static, S> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("bench root");
    Issuer::new(params, key)
}

/// The PEM of a device's certificate.
pub(crate) fn certificate<S: SigningKey>(
    issuer: &Issuer<'static, S>,
    key: &impl PublicKeyData,
    serials: &AtomicU64,
) -> String {
    let number = serials.fetch_add(1, Ordering::Relaxed);
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2026, 1, 2);
    params.not_after = rcgen::date_time_ymd(2027, 1, 2);
    params.serial_number = Some(SerialNumber::from(number));
    params.distinguished_name = name(&format!("device-{number}"));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.signed_by(key, issuer).unwrap().pem()
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Acme");
    name.push(DnType::CommonName, common_name);
    name
}

/// A private key as PEM.
pub(crate) fn pem(pkcs8: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8))
}
