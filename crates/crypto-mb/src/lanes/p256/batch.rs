//! One inversion for many residues (Montgomery's trick), lane by lane.

use super::field::{self, Residue};
use super::order;

/// Which modulus.
#[derive(Clone, Copy)]
pub(crate) enum Ring {
    /// The prime of the field.
    Field,
    /// The order of the group.
    Order,
}

impl Ring {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn mul(self, a: &Residue, b: &Residue) -> Residue {
        match self {
            Self::Field => field::mul(a, b),
            Self::Order => order::mul(a, b),
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn inverse(self, a: &Residue) -> Residue {
        match self {
            Self::Field => field::inverse(a),
            Self::Order => order::inverse(a),
        }
    }
}

/// Replaces each by its inverse; all in Montgomery form, none zero.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn invert(ring: Ring, values: &mut [Residue]) {
    let Some(first) = values.first() else {
        return;
    };
    let mut products = vec![*first];
    for (i, value) in values.iter().enumerate().skip(1) {
        products.push(ring.mul(&products[i - 1], value));
    }
    let mut inverse = ring.inverse(&products[values.len() - 1]);
    for i in (1..values.len()).rev() {
        let own = ring.mul(&inverse, &products[i - 1]);
        inverse = ring.mul(&inverse, &values[i]);
        values[i] = own;
    }
    values[0] = inverse;
    field::wipe(&mut products);
}
