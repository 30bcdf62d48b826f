//! Small helpers on numbers of 64-bit words, the lowest first. Their steps depend on the lengths alone, not on the
//! values, unless said otherwise; lengths are public.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Big-endian octets as `len` words; `None` if they do not fit. Leading zero octets are skipped.
pub(crate) fn from_be(octets: &[u8], len: usize) -> Option<Vec<u64>> {
    let mut words = vec![0; len];
    for (i, octet) in octets.iter().rev().enumerate() {
        match words.get_mut(i / 8) {
            Some(word) => *word |= u64::from(*octet) << (i % 8 * 8),
            None if *octet == 0 => {}
            None => return None,
        }
    }
    Some(words)
}

/// Eight octets a word, big-endian.
pub(crate) fn to_be(words: &[u64]) -> Vec<u8> {
    words
        .iter()
        .rev()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

/// The length without leading zeros. Not constant-time: for public numbers, and for what must have a fixed length.
pub(crate) fn bits(words: &[u64]) -> u32 {
    let top = words.iter().rposition(|word| *word != 0);
    top.map_or(0, |i| 64 * i as u32 + 64 - words[i].leading_zeros())
}

/// a += b·factor + start; what is carried out. `b` is not longer than `a`.
fn add_scaled(a: &mut [u64], b: &[u64], factor: u64, start: u64) -> u64 {
    let mut over = u128::from(start);
    for (i, x) in a.iter_mut().enumerate() {
        let y = b.get(i).copied().unwrap_or(0);
        over += u128::from(*x) + u128::from(y) * u128::from(factor);
        *x = over as u64;
        over >>= 64;
    }
    over as u64
}

/// The product.
pub(crate) fn mul(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = vec![0; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let row = &mut out[i..=i + b.len()];
        add_scaled(row, b, *x, 0);
    }
    out
}

/// The product modulo 2^(64·len), of numbers of `len` words.
pub(crate) fn mul_low(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = vec![0; a.len()];
    for (i, x) in a.iter().enumerate() {
        let left = a.len() - i;
        add_scaled(&mut out[i..], &b[..left.min(b.len())], *x, 0);
    }
    out
}

/// a·factor + addend, a word longer.
pub(crate) fn mul_add_small(a: &[u64], factor: u64, addend: u64) -> Vec<u64> {
    let mut out = vec![0; a.len() + 1];
    add_scaled(&mut out, a, factor, addend);
    out
}

/// a −= b of the same length; 1 if it had to borrow.
pub(crate) fn sub_assign(a: &mut [u64], b: &[u64]) -> u64 {
    let mut borrow = 0;
    for (x, y) in a.iter_mut().zip(b) {
        let (first, one) = x.overflowing_sub(*y);
        let (second, two) = first.overflowing_sub(borrow);
        *x = second;
        borrow = u64::from(one) | u64::from(two);
    }
    borrow
}

/// Whether a < b, of the same length.
pub(crate) fn less(a: &[u64], b: &[u64]) -> Choice {
    let mut borrow = 0;
    for (x, y) in a.iter().zip(b) {
        let (first, one) = x.overflowing_sub(*y);
        let (_, two) = first.overflowing_sub(borrow);
        borrow = u64::from(one) | u64::from(two);
    }
    Choice::from(borrow as u8)
}

/// Whether a = b, of the same length.
pub(crate) fn equal(a: &[u64], b: &[u64]) -> Choice {
    a.ct_eq(b)
}

/// The remainder modulo `65537`, which the compiler turns into a multiplication.
pub(crate) fn rem_f4(a: &[u64]) -> u64 {
    let mut rest = 0;
    for word in a.iter().rev() {
        rest = ((rest << 32) | (word >> 32)) % 65_537;
        rest = ((rest << 32) | (word & 0xffff_ffff)) % 65_537;
    }
    rest
}

/// The quotient by `65537`.
pub(crate) fn div_f4(a: &[u64]) -> Vec<u64> {
    let mut out = vec![0; a.len()];
    let mut rest = 0;
    for (to, word) in out.iter_mut().zip(a).rev() {
        let high = (rest << 32) | (word >> 32);
        let low = ((high % 65_537) << 32) | (word & 0xffff_ffff);
        *to = ((high / 65_537) << 32) | (low / 65_537);
        rest = low % 65_537;
    }
    out
}

/// a >> shift, for `shift` below 64·len; which words are moved where does not depend on it.
pub(crate) fn shr(a: &[u64], shift: u32) -> Vec<u64> {
    let mut out = a.to_vec();
    for bit in 0..u32::BITS - (64 * a.len() as u32).leading_zeros() {
        let chosen = Choice::from((shift >> bit & 1) as u8);
        let by = 1usize << bit;
        let (words, rest) = (by / 64, by % 64);
        let at = |x: &[u64], i: usize| x.get(i).copied().unwrap_or(0);
        for i in 0..out.len() {
            let low = at(&out, i + words) >> rest;
            let high = if rest == 0 {
                0
            } else {
                at(&out, i + words + 1) << (64 - rest)
            };
            let moved = low | high;
            out[i] = u64::conditional_select(&out[i], &moved, chosen);
        }
    }
    out
}

/// The inverse of an odd number modulo 2^(64·len), by Newton's iteration.
pub(crate) fn inverse_2k(a: &[u64]) -> Vec<u64> {
    let mut x = Zeroizing::new(vec![0; a.len()]);
    x[0] = 1;
    let mut right = 1;
    while right < 64 * a.len() {
        // x·(2 − a·x)
        let mut y = Zeroizing::new(vec![0; a.len()]);
        y[0] = 2;
        sub_assign(&mut y, &Zeroizing::new(mul_low(a, &x)));
        x = Zeroizing::new(mul_low(&x, &y));
        right *= 2;
    }
    core::mem::take(&mut x)
}

#[cfg(test)]
mod tests;
