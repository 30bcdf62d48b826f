//! Greatest common divisors by Lehmer's method: quotients come from the leading 64 bits of both numbers, and some dozen
//! steps of Euclid are then done on the long numbers at once.
//!
//! Numbers are limbs of 64 bits, least significant first, and have no leading zeros; zero has no limbs.

use std::cmp::Ordering;
use std::mem::swap;

/// The cofactors of some steps of Euclid, the smaller ones first.
struct Steps {
    u0: u64,
    u1: u64,
    v0: u64,
    v1: u64,
    /// Whether u0 and v1 stand with a plus and u1 and v0 with a minus, or the other way round.
    even: bool,
}

/// The greatest common divisor.
pub(super) fn gcd(left: &[u64], right: &[u64]) -> Vec<u64> {
    let (mut a, mut b) = (trimmed(left.to_vec()), trimmed(right.to_vec()));
    loop {
        if compare(&a, &b) == Ordering::Less {
            swap(&mut a, &mut b);
        }
        if b.is_empty() {
            return a;
        }
        let zeros = a.last().map_or(0, |limb| limb.leading_zeros());
        let steps = simulate(leading(&a, a.len(), zeros), leading(&b, a.len(), zeros));
        if steps.v0 == 0 {
            reduce(&mut a, &b);
            continue;
        }
        let Steps {
            u0,
            u1,
            v0,
            v1,
            even,
        } = steps;
        (a, b) = if even {
            (difference(&a, u0, &b, v0), difference(&b, v1, &a, u1))
        } else {
            (difference(&b, v0, &a, u0), difference(&a, u1, &b, v1))
        };
    }
}

/// Runs Euclid on leading bits for as long as the quotients are sure to be those of the long numbers: the condition of
/// Collins (Jebelean, "A double-digit Lehmer-Euclid algorithm", 1995), under which no cofactor overflows.
fn simulate(mut a1: u64, mut a2: u64) -> Steps {
    let (mut u0, mut u1, mut u2) = (0, 1, 0);
    let (mut v0, mut v1, mut v2) = (0, 0, 1);
    let mut even = false;
    while a2 >= v2 && a1 - a2 >= v1 + v2 {
        let (quotient, remainder) = (a1 / a2, a1 % a2);
        (a1, a2) = (a2, remainder);
        (u0, u1, u2) = (u1, u2, u1 + quotient * u2);
        (v0, v1, v2) = (v1, v2, v1 + quotient * v2);
        even = !even;
    }
    Steps {
        u0,
        u1,
        v0,
        v1,
        even,
    }
}

/// The 64 bits of a number that stand where the leading ones of a number of `length` limbs do, whose top limb begins
/// with this many `zeros`.
fn leading(number: &[u64], length: usize, zeros: u32) -> u64 {
    let limb = |place: usize| {
        length
            .checked_sub(place)
            .and_then(|place| number.get(place))
            .copied()
            .unwrap_or_default()
    };
    let below = limb(2).checked_shr(64 - zeros).unwrap_or_default();
    limb(1) << zeros | below
}

/// `left · by - right · times`, which is not negative.
fn difference(left: &[u64], by: u64, right: &[u64], times: u64) -> Vec<u64> {
    let length = left.len().max(right.len());
    let mut result = Vec::with_capacity(length);
    let limb = |number: &[u64], place: usize| number.get(place).copied().unwrap_or_default();
    let (mut carry_left, mut carry_right, mut borrow) = (0, 0, false);
    for place in 0..length {
        let (plus, minus);
        (plus, carry_left) = by.carrying_mul(limb(left, place), carry_left);
        (minus, carry_right) = times.carrying_mul(limb(right, place), carry_right);
        let (rest, first) = plus.overflowing_sub(minus);
        let (rest, second) = rest.overflowing_sub(u64::from(borrow));
        borrow = first || second;
        result.push(rest);
    }
    trimmed(result)
}

/// The remainder of `a` by `b`, bit by bit: the few quotients that the leading bits do not tell.
fn reduce(a: &mut Vec<u64>, b: &[u64]) {
    while compare(a, b) != Ordering::Less {
        let mut places = bits(a) - bits(b);
        let mut shifted = shift(b, places);
        if compare(&shifted, a) == Ordering::Greater {
            places -= 1;
            shifted = shift(b, places);
        }
        *a = difference(a, 1, &shifted, 1);
    }
}

fn shift(number: &[u64], places: u32) -> Vec<u64> {
    let whole = usize::try_from(places / 64).unwrap_or_default();
    let places = places % 64;
    let mut shifted = vec![0; whole];
    let mut carry = 0;
    for limb in number {
        shifted.push(limb << places | carry);
        carry = limb.checked_shr(64 - places).unwrap_or_default();
    }
    shifted.push(carry);
    trimmed(shifted)
}

fn bits(number: &[u64]) -> u32 {
    let top = number.last().map_or(0, |limb| limb.leading_zeros());
    u32::try_from(number.len()).unwrap_or_default() * 64 - top
}

fn compare(left: &[u64], right: &[u64]) -> Ordering {
    left.len()
        .cmp(&right.len())
        .then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn trimmed(mut number: Vec<u64>) -> Vec<u64> {
    while number.last() == Some(&0) {
        number.pop();
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::{BoxedUint, Gcd};
    use proptest::prelude::*;

    fn uint(number: &[u64]) -> BoxedUint {
        let mut octets: Vec<u8> = number.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        octets.resize(512, 0);
        BoxedUint::from_le_slice_vartime(&octets)
    }

    fn check(left: &[u64], right: &[u64]) {
        let expected = uint(left).gcd_vartime(&uint(right));
        assert_eq!(uint(&gcd(left, right)), expected, "{left:x?} {right:x?}");
    }

    proptest! {
        #[test]
        fn divisors_agree_with_those_of_the_big_integers(
            common in prop::collection::vec(any::<u64>(), 1..8),
            left in prop::collection::vec(any::<u64>(), 1..24),
            right in prop::collection::vec(any::<u64>(), 1..24),
        ) {
            let times = |number| crate::key::weak::limbs::product(&common, number);
            check(&times(&left), &times(&right));
        }

        #[test]
        fn limbs_of_all_ones_and_zeros_are_no_trap(
            left in prop::collection::vec(prop::sample::select(vec![0, 1, 1 << 63, u64::MAX - 1, u64::MAX]), 1..10),
            right in prop::collection::vec(prop::sample::select(vec![0, 1, 1 << 63, u64::MAX - 1, u64::MAX]), 1..10),
        ) {
            check(&left, &right);
        }
    }

    #[test]
    fn nothing_divides_zero_but_the_other_number() {
        assert_eq!(gcd(&[], &[0, 0]), [0_u64; 0]);
        assert_eq!(gcd(&[0], &[6, 1]), [6, 1]);
        assert_eq!(gcd(&[6, 1, 0], &[]), [6, 1]);
    }
}
