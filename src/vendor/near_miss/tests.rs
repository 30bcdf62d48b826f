use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::cert::{Certificate, TbsCertificate, TbsFields};
use crate::lint;
use crate::lint::Severity;
use crate::request::CertificationRequest;
use crate::time::UnixSeconds;
use crate::vendor::rule;
use crate::vendor::rule::{InAFile, Rule};
use crate::vendor::specimen::Specimen;
use crate::vendor::{as2expert, ecgrid, emca, enos};

mod names;

fn now() -> UnixSeconds {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([3; 32])
}

/// Each file is found to break its own rule and nothing else that is an error.
fn judged_alike(made: &[NearMiss], judge: impl Fn(Vec<Specimen>) -> Vec<Vec<Finding>>) {
    for file in made {
        let specimen = Specimen::from_octets(file.octets().to_vec()).unwrap();
        // Each by itself: requests for the same key in one slice would be looked at together.
        let found = judge(vec![specimen]).remove(0);
        let what = format!("{}, {}: {found:#?}", file.rule(), file.broken());
        assert!(found.iter().any(|one| one.rule() == file.rule()), "{what}");
        let is_other =
            |one: &&Finding| one.severity() == Severity::Error && one.rule() != file.rule();
        assert_eq!(found.iter().find(is_other), None, "{what}");
    }
}

/// What ended a second ago was as it should be a day earlier: so is everything that near-misses are made from.
fn sound_before(
    made: &[NearMiss],
    judge: impl Fn(Vec<Specimen>, UnixSeconds) -> Vec<Vec<Finding>>,
) {
    let expired = made.iter().find(|file| file.rule().ends_with(".expired"));
    let specimen = Specimen::from_octets(expired.unwrap().octets().to_vec()).unwrap();
    let before = "2026-03-03T05:06:07Z".parse().unwrap();
    assert_eq!(judge(vec![specimen], before), [[]]);
}

/// Every rule of the table that a file can break has its near-miss, and no other has.
fn complete(vendor: &str, rules: &[Rule], made: &[NearMiss]) {
    let broken: BTreeSet<_> = made.iter().map(NearMiss::rule).collect();
    let can_be: BTreeSet<_> = rules
        .iter()
        .filter(|rule| rule.in_a_file() == InAFile::Yes)
        .map(Rule::id)
        .collect();
    assert_eq!(broken, can_be);
    assert_eq!(broken, names::of(vendor));
    let ids: Vec<_> = rules.iter().map(Rule::id).collect();
    let unique: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "a rule stands twice");
    let commonly = |rule: &Rule| rule::common(rule.id()).is_none_or(|says| says == rule.says());
    assert!(
        rules
            .iter()
            .all(|rule| !rule.says().is_empty() && commonly(rule))
    );
    assert!(rules.iter().any(|rule| rule::common(rule.id()).is_some()));
    for id in lint::rules().chain(rule::common_ids()) {
        assert!(unique.contains(id), "{vendor} says nothing of {id}");
    }
    let own: BTreeSet<_> = ids
        .iter()
        .filter(|id| id.starts_with(vendor))
        .map(|id| (*id).to_owned())
        .collect();
    assert_eq!(own, named_in_the_code(vendor));
}

/// The names of rules that stand in the vendor's folder, but for its table and its tests.
fn named_in_the_code(vendor: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vendor");
    let mut names = BTreeSet::new();
    for file in files(&folder.join(vendor)) {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        if ["rules", "tests", "near_miss"].contains(&stem) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let start = format!("\"{vendor}.");
        for after in code.split(&start).skip(1) {
            let name = after.split('"').next().unwrap();
            names.insert(format!("{vendor}.{name}"));
        }
    }
    names
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn near_misses_of_enos_break_one_rule_each() {
    let settings = enos::config::Enos::from_config(Default::default()).unwrap();
    let made = enos::near_miss::near_misses(now(), &mut rng()).unwrap();
    judged_alike(&made, |all| {
        enos::judge::judge(all, now(), &settings).unwrap()
    });
    sound_before(&made, |all, at| {
        enos::judge::judge(all, at, &settings).unwrap()
    });
    complete("enos", enos::rules::RULES, &made);
}

#[test]
fn near_misses_of_emca_break_one_rule_each() {
    let settings = emca::config::Emca::from_config(Default::default()).unwrap();
    let made = emca::near_miss::near_misses(now(), &mut rng()).unwrap();
    judged_alike(&made, |all| {
        emca::judge::judge(all, now(), &settings).unwrap()
    });
    sound_before(&made, |all, at| {
        emca::judge::judge(all, at, &settings).unwrap()
    });
    complete("emca", emca::rules::RULES, &made);
}

#[test]
fn near_misses_of_ecgrid_break_one_rule_each() {
    let settings = ecgrid::config::Ecgrid::from_config(Default::default()).unwrap();
    let made = ecgrid::near_miss::near_misses(now(), &mut rng()).unwrap();
    judged_alike(&made, |all| {
        ecgrid::judge::judge(all, now(), &settings).unwrap()
    });
    sound_before(&made, |all, at| {
        ecgrid::judge::judge(all, at, &settings).unwrap()
    });
    complete("ecgrid", ecgrid::rules::RULES, &made);
}

#[test]
fn near_misses_of_as2expert_break_one_rule_each() {
    let settings = as2expert::config::As2Expert::from_config(Default::default()).unwrap();
    let made = as2expert::near_miss::near_misses(now(), &mut rng()).unwrap();
    judged_alike(&made, |all| {
        as2expert::judge::judge(all, now(), &settings).unwrap()
    });
    sound_before(&made, |all, at| {
        as2expert::judge::judge(all, at, &settings).unwrap()
    });
    complete("as2expert", as2expert::rules::RULES, &made);
    let broken = made.iter().find(|file| file.rule() == "as2expert.dias");
    let broken = broken.map(NearMiss::broken);
    assert_eq!(broken, Some("it lasts a second longer than whole days"));
}

/// The rules that a near-miss breaks once its key is another's weak one.
fn with_a_weak_key(
    made: &[NearMiss],
    judge: impl Fn(Vec<Specimen>) -> Vec<Vec<Finding>>,
) -> Vec<&'static str> {
    let weak = include_bytes!("../../../testdata/enos/bad/weak-exponent-3.csr.pem");
    let weak = CertificationRequest::from_pem(weak).unwrap();
    let expired = made.iter().find(|file| file.rule().ends_with(".expired"));
    let certificate = Certificate::from_pem(expired.unwrap().octets()).unwrap();
    let tbs = TbsCertificate::new(TbsFields {
        public_key: weak.public_key().clone(),
        ..certificate.tbs().fields().clone()
    });
    let specimen = Specimen::from_octets(tbs.as_der().to_vec()).unwrap();
    let found = judge(vec![specimen]).remove(0);
    found.iter().map(Finding::rule).collect()
}

#[test]
fn a_weak_key_that_others_made_is_found_where_the_vendor_makes_keys() {
    let settings = ecgrid::config::Ecgrid::from_config(Default::default()).unwrap();
    let made = ecgrid::near_miss::near_misses(now(), &mut rng()).unwrap();
    let found = with_a_weak_key(&made, |all| {
        ecgrid::judge::judge(all, now(), &settings).unwrap()
    });
    assert!(found.contains(&"ecgrid.weak-key"), "{found:?}");
    let settings = as2expert::config::As2Expert::from_config(Default::default()).unwrap();
    let made = as2expert::near_miss::near_misses(now(), &mut rng()).unwrap();
    let found = with_a_weak_key(&made, |all| {
        as2expert::judge::judge(all, now(), &settings).unwrap()
    });
    assert!(found.contains(&"as2expert.weak-key"), "{found:?}");
}

#[test]
fn the_same_clock_and_generator_give_the_same_files() {
    let made = || as2expert::near_miss::near_misses(now(), &mut rng()).unwrap();
    assert_eq!(made(), made());
}
