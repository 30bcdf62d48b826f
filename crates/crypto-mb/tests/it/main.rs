//! The crate as its users see it, judged by other implementations.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped must fail the test"
)]

mod common;
mod p256;
mod rsa;
mod wycheproof;

#[test]
fn no_jobs_give_no_answers() {
    let mut rngs = Vec::from([common::rng(1)]);
    let none = Vec::<rand_chacha::ChaCha20Rng>::new();
    let (size, search) = (crypto_mb::rsa::Size::Rsa2048, crypto_mb::rsa::Search::Fresh);
    assert!(crypto_mb::rsa::generate(size, search, none).is_empty());
    assert!(crypto_mb::rsa::sign(&[], &mut rngs[0]).is_empty());
    assert!(crypto_mb::rsa::verify(&[]).is_empty());
    assert!(crypto_mb::p256::generate(&mut rngs[..0]).is_empty());
    assert!(crypto_mb::p256::public_keys(&[]).is_empty());
    assert!(crypto_mb::p256::sign(&[]).is_empty());
    assert!(crypto_mb::p256::verify(&[]).is_empty());
}
