//! The little arithmetic that looking for common factors takes: public numbers only, nothing here runs in constant time.
//!
//! Numbers are limbs of 64 bits, least significant first.

use crypto_bigint::BoxedUint;

use crate::key::weak::gcd::gcd;

/// An odd number to reduce by.
pub(super) struct OddModulus {
    limbs: Vec<u64>,
    /// -1/modulus modulo 2^64.
    negative_inverse: u64,
}

impl OddModulus {
    /// Nothing for an even number.
    pub(super) fn new(limbs: Vec<u64>) -> Option<Self> {
        let lowest = limbs.first().copied().filter(|limb| limb & 1 == 1)?;
        // Newton's iteration: each round doubles the bits that are right, beginning with three.
        let mut inverse = lowest;
        for _ in 0..5 {
            let error = 2u64.wrapping_sub(lowest.wrapping_mul(inverse));
            inverse = inverse.wrapping_mul(error);
        }
        Some(Self {
            limbs,
            negative_inverse: inverse.wrapping_neg(),
        })
    }

    pub(super) fn limbs(&self) -> &[u64] {
        &self.limbs
    }

    /// Folds a number to the modulus' length: congruent to it but for a power of two.
    ///
    /// An odd modulus has no factor in common with that power, so the result has the same common divisors with the
    /// modulus as the number, which is all that is asked of it. This is Montgomery's reduction; it saves the quotient
    /// digits of a division.
    pub(super) fn fold(&self, number: &[u64]) -> Vec<u64> {
        let length = self.limbs.len();
        let mut rest = number.to_vec();
        rest.resize(rest.len().max(length), 0);
        let steps = rest.len() - length;
        let (mut step, mut overflow) = (0, 0);
        while step < steps {
            // Two digits at once read and write each limb half as often.
            if length > 1 && step + 2 <= steps {
                let window = rest.get_mut(step..step + length + 2);
                overflow = window.map_or(0, |window| self.clear_two(window, overflow));
                step += 2;
            } else {
                let window = rest.get_mut(step..=step + length);
                overflow = window.map_or(0, |window| self.clear_one(window, overflow));
                step += 1;
            }
        }
        rest.drain(..steps);
        if overflow > 0 {
            // The sum lies below 2^(64 length) + modulus: one subtraction brings it home.
            subtract(&mut rest, &self.limbs);
        }
        rest
    }

    /// Adds a multiple of the modulus that clears the lowest limb; what overflows stands above the window.
    fn clear_one(&self, window: &mut [u64], overflow: u64) -> u64 {
        let lowest = window.first().copied().unwrap_or_default();
        let digit = lowest.wrapping_mul(self.negative_inverse);
        let carry = add_product(window, &self.limbs, digit);
        window.last_mut().map_or(0, |top| {
            let (sum, first) = top.overflowing_add(carry);
            let (sum, second) = sum.overflowing_add(overflow);
            *top = sum;
            u64::from(first) + u64::from(second)
        })
    }

    /// As [`Self::clear_one`] twice; the modulus has two limbs at least, the window two more than the modulus.
    fn clear_two(&self, window: &mut [u64], overflow: u64) -> u64 {
        let ([least, factors @ ..], [lowest, places @ .., top, over]) = (&*self.limbs, window)
        else {
            return overflow;
        };
        let pair = factors.first().zip(places.first());
        let (factor, place) = pair.map_or((0, 0), |(factor, place)| (*factor, *place));
        let first = lowest.wrapping_mul(self.negative_inverse);
        let (_, mut carry) = first.carrying_mul_add(*least, *lowest, 0);
        let (lowest, _) = first.carrying_mul_add(factor, place, carry);
        let second = lowest.wrapping_mul(self.negative_inverse);
        let (mut before, mut second_carry) = (*least, 0);
        for (place, factor) in places.iter_mut().zip(factors) {
            let sum;
            (sum, carry) = first.carrying_mul_add(*factor, *place, carry);
            (*place, second_carry) = second.carrying_mul_add(before, sum, second_carry);
            before = *factor;
        }
        let (sum, one) = top.overflowing_add(carry);
        let (sum, two) = sum.overflowing_add(overflow);
        (*top, second_carry) = second.carrying_mul_add(before, sum, second_carry);
        let (sum, three) = over.overflowing_add(second_carry);
        let (sum, four) = sum.overflowing_add(u64::from(one) + u64::from(two));
        *over = sum;
        u64::from(three) + u64::from(four)
    }

    /// A product, folded.
    pub(super) fn multiply(&self, left: &[u64], right: &[u64]) -> Vec<u64> {
        self.fold(&product(left, right))
    }

    /// Whether a number and the modulus have a factor in common.
    pub(super) fn shares_factor(&self, number: &[u64]) -> bool {
        gcd(&self.limbs, number) != [1]
    }
}

/// From a big-endian magnitude.
pub(super) fn from_be_bytes(magnitude: &[u8]) -> Vec<u64> {
    magnitude
        .rchunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .fold(0, |limb, octet| limb << 8 | u64::from(*octet))
        })
        .collect()
}

/// As the number type that takes roots, `limbs` long.
pub(super) fn to_uint(number: &[u64], limbs: usize) -> BoxedUint {
    let octets: Vec<u8> = number
        .iter()
        .chain(std::iter::repeat(&0))
        .take(limbs)
        .flat_map(|limb| limb.to_le_bytes())
        .collect();
    BoxedUint::from_le_slice_vartime(&octets)
}

/// Schoolbook multiplication: the numbers are short, or one of them is.
pub(super) fn product(left: &[u64], right: &[u64]) -> Vec<u64> {
    let mut sum = vec![0; left.len() + right.len()];
    for (place, digit) in left.iter().enumerate() {
        if let Some(window) = sum.get_mut(place..=place + right.len()) {
            let carry = add_product(window, right, *digit);
            if let Some(top) = window.last_mut() {
                *top = carry;
            }
        }
    }
    sum
}

/// The remainder by a small number.
pub(super) fn remainder(number: &[u64], divisor: u32) -> u32 {
    let divisor = u64::from(divisor);
    let rest = number.iter().rev().fold(0, |rest, limb| {
        let high = (rest << 32 | limb >> 32) % divisor;
        (high << 32 | limb & 0xFFFF_FFFF) % divisor
    });
    u32::try_from(rest).unwrap_or_default()
}

/// Adds `factors · digit` to `sum`, whose length it does not pass; gives what is carried out of them.
fn add_product(sum: &mut [u64], factors: &[u64], digit: u64) -> u64 {
    let mut carry = 0;
    for (place, factor) in sum.iter_mut().zip(factors) {
        (*place, carry) = digit.carrying_mul_add(*factor, *place, carry);
    }
    carry
}

fn subtract(number: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (place, limb) in number.iter_mut().zip(other) {
        let (difference, first) = place.overflowing_sub(*limb);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *place = difference;
        borrow = first || second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::NonZero;
    use proptest::prelude::*;

    fn octets(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect()
    }

    #[test]
    fn folding_keeps_common_divisors() {
        for seed in 0..50 {
            let common = from_be_bytes(&octets(seed, 16));
            let common: Vec<u64> = [common[0] | 1, common[1]].to_vec();
            let modulus = product(&common, &[u64::MAX - 58, u64::MAX]);
            let modulus = OddModulus::new(modulus).unwrap();
            let number = product(&common, &from_be_bytes(&octets(seed + 100, 96)));
            let expected = gcd(modulus.limbs(), &number);
            let folded = modulus.fold(&number);
            assert_eq!(folded.len(), 4);
            assert_eq!(gcd(modulus.limbs(), &folded), expected);
            assert!(expected.len() >= 2);
        }
    }

    proptest! {
        #[test]
        fn folding_is_division_by_a_power_of_two(
            mut modulus in prop::collection::vec(any::<u64>(), 1..6),
            number in prop::collection::vec(prop::sample::select(vec![0, 1, 77, u64::MAX - 1, u64::MAX]), 1..14),
        ) {
            modulus[0] |= 1;
            let modulus = OddModulus::new(modulus).unwrap();
            let length = modulus.limbs().len();
            let folded = modulus.fold(&number);
            assert_eq!(folded.len(), length);
            // The folded number times the power of two is the number, modulo the modulus.
            let places = number.len().max(length) - length;
            let back = [vec![0; places], folded].concat();
            let rest = |number: &[u64]| {
                let divisor = to_uint(modulus.limbs(), 20);
                to_uint(number, 20).rem_vartime(&NonZero::new(divisor).unwrap())
            };
            assert_eq!(rest(&back), rest(&number));
        }
    }

    #[test]
    fn folding_survives_the_greatest_carries() {
        let modulus = OddModulus::new(vec![u64::MAX; 3]).unwrap();
        let folded = modulus.fold(&[u64::MAX; 12]);
        // The number is a multiple of the modulus.
        assert!(folded == [0; 3] || folded == [u64::MAX; 3]);
    }

    #[test]
    fn remainders_agree_with_whole_numbers() {
        let number = from_be_bytes(&0x0123_4567_89AB_CDEF_0011_2233_4455_6677u128.to_be_bytes());
        let expected = 0x0123_4567_89AB_CDEF_0011_2233_4455_6677u128 % 3_234_846_615;
        assert_eq!(u128::from(remainder(&number, 3_234_846_615)), expected);
    }
}
