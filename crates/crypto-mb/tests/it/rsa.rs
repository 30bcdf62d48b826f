//! RSA as its users see it, judged by another implementation.

use crate::common::{components, prefix, rng, theirs};
use ::rsa::pkcs1v15::Pkcs1v15Sign;
use ::rsa::traits::{PrivateKeyParts, SignatureScheme};
use ::rsa::{BoxedUint, RsaPrivateKey};
use crypto_mb::Error;
use crypto_mb::rsa::{Components, PrivateKey, PublicKey, Search, SignJob, Size, VerifyJob};
use crypto_mb::rsa::{generate, sign, verify};
use num_bigint::BigUint;
use rand_core::{Rng, SeedableRng};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

fn keys(size: Size, search: Search, seeds: std::ops::Range<u64>) -> Vec<PrivateKey> {
    let made = generate(size, search, seeds.map(rng).collect());
    made.into_iter().map(|key| key.unwrap()).collect()
}

/// Everything that another implementation, and FIPS 186-5, say about a key.
fn check(key: &PrivateKey, size: Size) {
    let theirs = theirs(key);
    theirs.validate().unwrap();
    let [n, d, p, q, dp, dq, qinv] = components(key);
    let bits = u64::from(size.bits());
    let one = BigUint::from(1u32);
    assert_eq!(n.bits(), bits);
    assert_eq!(&p * &q, n);
    assert!(p > q && (&p - &q).bits() > bits / 2 - 100);
    for prime in [&p, &q] {
        // Above √2·2^(k−1): its square has all the bits.
        assert_eq!((prime * prime).bits(), bits);
        let fermat = BigUint::from(3u32).modpow(&(prime - &one), prime);
        assert_eq!(fermat, one);
    }
    let (p1, q1) = (&p - &one, &q - &one);
    let mut gcd = (p1.clone(), q1.clone());
    while gcd.1.bits() > 0 {
        gcd = (gcd.1.clone(), &gcd.0 % &gcd.1);
    }
    let lcm = &p1 / gcd.0 * &q1;
    assert_eq!(&d * 65_537u32 % &lcm, one);
    assert!(d < lcm && d.bits() > bits / 2);
    assert_eq!((&dp, &dq), (&(&d % &p1), &(&d % &q1)));
    assert_eq!(&qinv * &q % &p, one);
    assert!(qinv < p);
    assert_eq!(theirs.d().bits(), d.bits() as u32);
}

#[test]
fn fresh_keys_are_sound() {
    if crypto_mb::available() {
        for key in keys(Size::Rsa2048, Search::Fresh, 0..11) {
            check(&key, Size::Rsa2048);
        }
        check(&keys(Size::Rsa3072, Search::Fresh, 0..1)[0], Size::Rsa3072);
        check(&keys(Size::Rsa4096, Search::Fresh, 0..1)[0], Size::Rsa4096);
    }
}

#[test]
fn windowed_keys_are_sound() {
    if crypto_mb::available() {
        for key in keys(Size::Rsa2048, Search::Windowed, 0..9) {
            check(&key, Size::Rsa2048);
        }
        check(
            &keys(Size::Rsa3072, Search::Windowed, 0..1)[0],
            Size::Rsa3072,
        );
    }
}

/// What the documentation of `generate` says a generator's numbers become, with another test of primality.
fn drawn_primes(seed: u64) -> [BigUint; 2] {
    let mut rng = rng(seed);
    let _bases = rand_chacha::ChaCha20Rng::from_rng(&mut rng);
    let one = BigUint::from(1u32);
    let mut primes = Vec::new();
    while primes.len() < 2 {
        let mut words = [0; 16];
        while words[15] < 0xb504_f333_f9de_6485 {
            words[15] = rng.next_u64();
        }
        words[..15].fill_with(|| rng.next_u64());
        words[0] |= 1;
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let x = BigUint::from_bytes_le(&octets);
        let small = (3..2000u32).step_by(2).any(|i| (&x % i).bits() == 0);
        if !small && BigUint::from(3u32).modpow(&(&x - &one), &x) == one && &x % 65_537u32 != one {
            primes.push(x);
        }
    }
    primes.sort();
    [primes.remove(1), primes.remove(0)]
}

#[test]
fn fresh_keys_are_the_first_primes_that_are_drawn() {
    if crypto_mb::available() {
        for (seed, key) in keys(Size::Rsa2048, Search::Fresh, 40..43)
            .iter()
            .enumerate()
        {
            let [_, _, p, q, ..] = components(key);
            assert_eq!([p, q], drawn_primes(seed as u64 + 40));
        }
    }
}

/// No two keys share a prime, either.
#[test]
#[ignore = "takes minutes"]
fn two_thousand_keys_are_sound() {
    if crypto_mb::available() {
        let mut primes = std::collections::HashSet::new();
        for search in [Search::Fresh, Search::Windowed] {
            for seed in (0..1000).step_by(100) {
                for key in keys(Size::Rsa2048, search, 1_000_000 + seed..1_000_100 + seed) {
                    check(&key, Size::Rsa2048);
                    assert!(primes.insert(key.expose_p().to_vec()));
                    assert!(primes.insert(key.expose_q().to_vec()));
                }
            }
        }
    }
}

#[test]
fn a_key_depends_on_its_own_generator_alone() {
    if crypto_mb::available() {
        for search in [Search::Fresh, Search::Windowed] {
            let together = keys(Size::Rsa2048, search, 0..10);
            let alone = keys(Size::Rsa2048, search, 7..8);
            assert_eq!(together[7].public_key(), alone[0].public_key());
            let three = keys(Size::Rsa2048, search, 2..5);
            for (a, b) in together[2..5].iter().zip(&three) {
                assert_eq!(a.expose_d(), b.expose_d());
            }
        }
    }
}

/// Batches of 1 to 17, one key or several, the octets of the other implementation.
#[test]
fn signatures_are_those_of_another_implementation() {
    if !crypto_mb::available() {
        return;
    }
    let keys = keys(Size::Rsa2048, Search::Fresh, 0..3);
    for count in 1..=17usize {
        let messages: Vec<_> = (0..count)
            .map(|i| Sha256::digest([i as u8, count as u8]))
            .collect();
        let infos: Vec<_> = messages
            .iter()
            .map(|m| [&prefix::SHA256[..], m].concat())
            .collect();
        let key = |i: usize| &keys[if count % 2 == 0 { 0 } else { i % 3 }];
        let jobs = infos.iter().enumerate();
        let jobs: Vec<_> = jobs
            .map(|(i, info)| SignJob {
                key: key(i),
                digest_info: info,
            })
            .collect();
        let signed = sign(&jobs, &mut rng(1));
        for (i, signature) in signed.iter().enumerate() {
            let wanted = Pkcs1v15Sign::new::<Sha256>()
                .sign(
                    None::<&mut rand_chacha::ChaCha20Rng>,
                    &theirs(key(i)),
                    &messages[i],
                )
                .unwrap();
            assert_eq!(signature.as_deref(), Ok(&wanted[..]));
        }
        let verified = verify(&verifications(&jobs, &signed));
        assert_eq!(verified, vec![Ok(()); count]);
    }
}

fn verifications<'a>(
    jobs: &[SignJob<'a>],
    signed: &'a [Result<Vec<u8>, Error>],
) -> Vec<VerifyJob<'a>> {
    let pairs = jobs.iter().zip(signed);
    let verification = |(job, signature): (&SignJob<'a>, &'a Result<Vec<u8>, Error>)| VerifyJob {
        key: job.key.public_key(),
        digest_info: job.digest_info,
        signature: signature.as_ref().unwrap(),
    };
    pairs.map(verification).collect()
}

#[test]
fn sizes_and_digests_may_be_mixed() {
    if !crypto_mb::available() {
        return;
    }
    let keys = [
        keys(Size::Rsa2048, Search::Fresh, 0..1).remove(0),
        keys(Size::Rsa3072, Search::Fresh, 0..1).remove(0),
        keys(Size::Rsa4096, Search::Fresh, 0..1).remove(0),
    ];
    let (short, long) = (Sha1::digest(b"m"), Sha512::digest(b"m"));
    let infos = [
        [&prefix::SHA1[..], &short].concat(),
        [&prefix::SHA512[..], &long].concat(),
    ];
    let mut jobs = Vec::new();
    for key in &keys {
        jobs.extend(infos.iter().map(|info| SignJob {
            key,
            digest_info: info,
        }));
    }
    let signed = sign(&jobs, &mut rng(1));
    for (i, signature) in signed.iter().enumerate() {
        let none = None::<&mut rand_chacha::ChaCha20Rng>;
        let key = theirs(&keys[i / 2]);
        let wanted = match i % 2 {
            0 => Pkcs1v15Sign::new::<Sha1>().sign(none, &key, &short),
            _ => Pkcs1v15Sign::new::<Sha512>().sign(none, &key, &long),
        };
        assert_eq!(signature.as_deref(), Ok(&wanted.unwrap()[..]));
    }
    assert_eq!(verify(&verifications(&jobs, &signed)), vec![Ok(()); 6]);
}

/// A message that does not fit, and a key whose exponent was spoilt: the neighbours are signed.
#[test]
fn a_job_fails_alone() {
    if !crypto_mb::available() {
        return;
    }
    let made = keys(Size::Rsa2048, Search::Fresh, 0..2);
    let spoilt = spoilt(&made[0]);
    let info = [&prefix::SHA256[..], &[7; 32]].concat();
    let long = vec![0; 246];
    let good = SignJob {
        key: &made[1],
        digest_info: &info,
    };
    let jobs = [
        good,
        SignJob {
            key: &spoilt,
            digest_info: &info,
        },
        SignJob {
            key: &made[0],
            digest_info: &long,
        },
        good,
    ];
    let signed = sign(&jobs, &mut rng(1));
    assert_eq!(signed[1], Err(Error::Fault));
    assert_eq!(signed[2], Err(Error::MessageTooLong));
    assert!(signed[0].is_ok());
    assert_eq!(signed[0], signed[3]);
}

fn spoilt(key: &PrivateKey) -> PrivateKey {
    let mut dp = key.expose_dp();
    dp[100] ^= 1;
    PrivateKey::from_components(&Components {
        n: &key.public_key().modulus(),
        e: &[1, 0, 1],
        d: &key.expose_d(),
        p: &key.expose_p(),
        q: &key.expose_q(),
        dp: &dp,
        dq: &key.expose_dq(),
        qinv: &key.expose_qinv(),
    })
    .unwrap()
}

/// Keys of another implementation, with the primes in either order and exponents of 2 and 32 bits.
#[test]
fn foreign_keys_sign_as_at_home() {
    if !crypto_mb::available() {
        return;
    }
    let info = [&prefix::SHA256[..], &[7; 32]].concat();
    for (seed, e) in [(1, 3u64), (2, 3), (3, 4_294_967_291)] {
        let foreign =
            RsaPrivateKey::new_with_exp(&mut rng(seed), 2048, BoxedUint::from(e)).unwrap();
        let primes = foreign.primes();
        for (p, q) in [(&primes[0], &primes[1]), (&primes[1], &primes[0])] {
            let key = from_primes(p.as_ref(), q.as_ref(), foreign.d(), e);
            let job = SignJob {
                key: &key,
                digest_info: &info,
            };
            let signature = sign(&[job], &mut rng(1)).remove(0).unwrap();
            let none = None::<&mut rand_chacha::ChaCha20Rng>;
            let wanted = Pkcs1v15Sign::new::<Sha256>()
                .sign(none, &foreign, &[7; 32])
                .unwrap();
            assert_eq!(signature, wanted);
            let public = key.public_key();
            let signature = &signature;
            let verified = verify(&[VerifyJob {
                key: public,
                digest_info: &info,
                signature,
            }]);
            assert_eq!(verified, [Ok(())]);
        }
    }
}

fn from_primes(p: &BoxedUint, q: &BoxedUint, d: &BoxedUint, e: u64) -> PrivateKey {
    let big = |x: &BoxedUint| BigUint::from_bytes_be(&x.to_be_bytes());
    let (p, q, d) = (big(p), big(q), big(d));
    let one = BigUint::from(1u32);
    PrivateKey::from_components(&Components {
        n: &(&p * &q).to_bytes_be(),
        e: &e.to_be_bytes(),
        d: &d.to_bytes_be(),
        p: &p.to_bytes_be(),
        q: &q.to_bytes_be(),
        dp: &(&d % (&p - &one)).to_bytes_be(),
        dq: &(&d % (&q - &one)).to_bytes_be(),
        qinv: &q.modinv(&p).unwrap().to_bytes_be(),
    })
    .unwrap()
}

#[test]
fn contradictory_parts_are_refused() {
    if !crypto_mb::available() {
        return;
    }
    let key = keys(Size::Rsa2048, Search::Fresh, 0..1).remove(0);
    let (n, d) = (key.public_key().modulus(), key.expose_d());
    let (p, q, dp) = (key.expose_p(), key.expose_q(), key.expose_dp());
    let (dq, qinv) = (key.expose_dq(), key.expose_qinv());
    let sound = Components {
        n: &n,
        e: &[1, 0, 1],
        d: &d,
        p: &p,
        q: &q,
        dp: &dp,
        dq: &dq,
        qinv: &qinv,
    };
    assert!(PrivateKey::from_components(&sound).is_ok());
    let spoilt = [
        Components { q: &p, ..sound },
        Components { dp: &p, ..sound },
        Components { dq: &q, ..sound },
        Components { qinv: &p, ..sound },
        Components {
            p: &n,
            q: &[1],
            ..sound
        },
        Components {
            p: &[1],
            q: &n,
            ..sound
        },
    ];
    for components in spoilt {
        assert_eq!(
            PrivateKey::from_components(&components).unwrap_err(),
            Error::Key
        );
    }
}

#[test]
fn what_has_no_kernel_is_refused() {
    let odd = |len: usize| vec![0xff; len];
    let refused = PublicKey::new(&odd(128), &[3]);
    assert_eq!(refused, Err(Error::UnsupportedSize { actual_bits: 1024 }));
    let refused = PublicKey::new(&odd(256), &[1, 0, 0, 0, 1]);
    assert_eq!(refused, Err(Error::UnsupportedSize { actual_bits: 33 }));
    assert_eq!(PublicKey::new(&odd(256), &[1]), Err(Error::Key));
    assert_eq!(PublicKey::new(&odd(256), &[4]), Err(Error::Key));
    let mut even = odd(256);
    even[255] = 0;
    assert_eq!(PublicKey::new(&even, &[3]), Err(Error::Key));
}

#[test]
fn secrets_are_not_printed() {
    if crypto_mb::available() {
        let key = keys(Size::Rsa2048, Search::Fresh, 0..1).remove(0);
        let shown = format!("{key:?}");
        assert_eq!(shown, r#"PrivateKey { size: Rsa2048, secret: "[elided]" }"#);
    }
}
