//! What small primes say of a modulus: small factors, and the fingerprint of CVE-2017-15361.

use std::sync::LazyLock;

use crate::key::weak::limbs::{product, remainder};

/// An odd prime and the powers of 65537 modulo it.
struct Subgroup {
    prime: u32,
    contains: Vec<bool>,
}

/// Primes whose product has 32 bits: one pass over the modulus serves them all.
struct Group {
    product: u32,
    subgroups: Vec<Subgroup>,
}

/// Whether the modulus may come from the library of CVE-2017-15361, whose primes are k·M + (65537^a mod M) with M the
/// product of the first primes (Nemec and others, "The Return of Coppersmith's Attack", 2017, §2). Modulo each prime in
/// M such a modulus is a power of 65537. Keys of 512 bits have the primes up to 167 in M and longer ones have more;
/// those up to 167 tell all of them.
pub(super) fn has_roca_fingerprint(modulus: &[u64]) -> bool {
    GROUPS.iter().all(|group| {
        let rest = remainder(modulus, group.product);
        group.subgroups.iter().all(|subgroup| {
            let residue = usize::try_from(rest % subgroup.prime).unwrap_or_default();
            subgroup.contains.get(residue) == Some(&true)
        })
    })
}

/// The least prime below 2^16 that divides the modulus.
pub(super) fn small_factor(modulus: &[u64]) -> Option<u32> {
    PRIMES
        .iter()
        .copied()
        .find(|prime| remainder(modulus, *prime) == 0)
}

/// The product of all odd primes below 2^16.
pub(super) fn small_primes_product() -> &'static [u64] {
    &PRODUCT
}

static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut composite = vec![false; 1 << 16];
    let mut primes = Vec::new();
    for number in (3..1usize << 16).step_by(2) {
        if composite.get(number) != Some(&false) {
            continue;
        }
        primes.extend(u32::try_from(number));
        for multiple in composite.iter_mut().skip(number * number).step_by(number) {
            *multiple = true;
        }
    }
    primes
});

static PRODUCT: LazyLock<Vec<u64>> = LazyLock::new(|| {
    PRIMES.iter().fold(vec![1], |whole, prime| {
        let mut whole = product(&whole, &[u64::from(*prime)]);
        if whole.last() == Some(&0) {
            whole.pop();
        }
        whole
    })
});

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let mut groups: Vec<Group> = Vec::new();
    for prime in PRIMES.iter().copied().take_while(|prime| *prime <= 167) {
        let subgroup = subgroup(prime);
        match groups.last_mut() {
            Some(group) if group.product.checked_mul(prime).is_some() => {
                group.product *= prime;
                group.subgroups.push(subgroup);
            }
            _ => groups.push(Group {
                product: prime,
                subgroups: vec![subgroup],
            }),
        }
    }
    groups
});

fn subgroup(prime: u32) -> Subgroup {
    let mut contains = vec![false; usize::try_from(prime).unwrap_or_default()];
    let mut power = 1;
    while let Some(seen) = contains.get_mut(usize::try_from(power).unwrap_or_default()) {
        if *seen {
            break;
        }
        *seen = true;
        power = power * (65_537 % prime) % prime;
    }
    Subgroup { prime, contains }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_subgroups_are_those_of_the_definition() {
        // 65537 is 2 modulo 3, 2 modulo 5, 3 modulo 7 and 10 modulo 11.
        let of = |prime| {
            let contains = subgroup(prime).contains;
            (0..contains.len())
                .filter(|i| contains[*i])
                .collect::<Vec<_>>()
        };
        assert_eq!(of(3), [1, 2]);
        assert_eq!(of(7), [1, 2, 3, 4, 5, 6]);
        assert_eq!(of(11), [1, 10]);
        assert_eq!(of(17), [1, 2, 4, 8, 9, 13, 15, 16]);
    }

    #[test]
    fn there_are_6541_odd_primes_below_65536() {
        assert_eq!(PRIMES.len(), 6541);
        assert_eq!(PRIMES.last(), Some(&65_521));
        let primes: usize = GROUPS.iter().map(|group| group.subgroups.len()).sum();
        assert_eq!(primes, 38);
    }
}
