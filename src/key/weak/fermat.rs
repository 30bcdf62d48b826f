//! Fermat's method: primes that lie close are found from the root of their product.

use std::sync::LazyLock;

use crypto_bigint::BoxedUint;

use crate::key::weak::limbs::{remainder, to_uint};

/// Whether the modulus is a² - b² for one of the first [`STEPS`] numbers a from its root on, so that its primes are
/// a - b and a + b.
pub(super) fn primes_are_close(modulus: &[u64]) -> bool {
    // One limb more, so that the squares of the numbers just above the root fit.
    let wide = to_uint(modulus, modulus.len() + 1);
    let root = wide.floor_sqrt_vartime();
    if root.wrapping_mul(&root) == wide {
        return true;
    }
    let root_residue = residue(&root);
    let modulus_residue = remainder(modulus, SIEVE);
    (1..=STEPS)
        .filter(|step| may_be_square(root_residue, *step, modulus_residue))
        .any(|step| {
            let a = root.wrapping_add(BoxedUint::from(step));
            let difference = a.wrapping_mul(&a).wrapping_sub(&wide);
            let b = difference.floor_sqrt_vartime();
            b.wrapping_mul(&b) == difference
        })
}

/// Whether (root + step)² - modulus is a square modulo each of the small moduli. One number in 400 passes by chance, so
/// roots are hardly ever taken.
fn may_be_square(root: u32, step: u32, modulus: u32) -> bool {
    SQUARES.iter().all(|(small, squares)| {
        let a = (root % small + step) % small;
        let difference = (a * a + small - modulus % small) % small;
        squares & (1 << difference) != 0
    })
}

fn residue(number: &BoxedUint) -> u32 {
    let limbs: Vec<u64> = number
        .to_le_bytes()
        .chunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .rev()
                .fold(0, |limb, octet| limb << 8 | u64::from(*octet))
        })
        .collect();
    remainder(&limbs, SIEVE)
}

static SQUARES: LazyLock<Vec<(u32, u128)>> = LazyLock::new(|| {
    SMALL
        .iter()
        .map(|small| {
            (
                *small,
                (0..*small).fold(0, |set, root| set | 1 << (root * root % small)),
            )
        })
        .collect()
});

/// Sound keys have primes further apart than this by many orders of magnitude.
const STEPS: u32 = 100;
/// Small moduli, pairwise without common factor, of which squares leave few residues.
const SMALL: [u32; 6] = [64, 63, 65, 11, 17, 19];
/// Their product.
const SIEVE: u32 = 64 * 63 * 65 * 11 * 17 * 19;
