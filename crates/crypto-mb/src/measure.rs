//! Parts that are measured by themselves: not for use, and without promises.
//!
//! The timing program of the crate asks whether the time of an exponentiation or a selection depends on its secret; whole
//! signatures would hide a difference in what is around it.

use crate::engine;
use crate::error::Error;

/// Exponentiation modulo one number of 1024 bits, in every lane.
#[derive(Debug)]
pub struct Power(engine::Power);

impl Power {
    /// Modulo an odd number with its top bit set, the lowest word first.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Key`] for another number.
    pub fn new(modulus: &[u64; 16]) -> Result<Self, Error> {
        if modulus[0] & 1 == 0 || modulus[15] >> 63 == 0 {
            return Err(Error::Key);
        }
        engine::Power::new(modulus).map(Self)
    }

    /// Raises to eight exponents of `bits` bits, a multiple of four and at most 1024, the lowest words first.
    pub fn power(&mut self, exponents: &[[u64; 16]; 8], bits: u32) {
        self.0.power(exponents, bits);
    }
}

/// A table of sixteen numbers of 1024 bits in each lane.
#[derive(Debug)]
pub struct Table(engine::Table);

impl Table {
    /// Of numbers that do not matter.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn new() -> Result<Self, Error> {
        engine::Table::new().map(Self)
    }

    /// Reads the entry of each lane's own index, below 16.
    pub fn select(&mut self, index: &[u64; 8]) {
        self.0.select(index);
    }
}
