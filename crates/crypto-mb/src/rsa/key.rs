//! Keys as they come and go: big-endian octets outside, words inside.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::rsa::Size;
use crate::words;

/// The parts of a private key (RFC 8017 §3.2), big-endian magnitudes; leading zeros are allowed.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names of RFC 8017 A.1.2 say what they are")]
pub struct Components<'a> {
    pub n: &'a [u8],
    pub e: &'a [u8],
    pub d: &'a [u8],
    pub p: &'a [u8],
    pub q: &'a [u8],
    pub dp: &'a [u8],
    pub dq: &'a [u8],
    pub qinv: &'a [u8],
}

impl fmt::Debug for Components<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Components([elided])")
    }
}

/// An RSA private key of two primes.
///
/// Invariant: n = p·q of exactly the size's length, p and q odd of exactly half of it, dp < p, dq < q, qinv < p. That the
/// exponents belong to the primes shows when a signature is verified before it leaves.
#[derive(ZeroizeOnDrop)]
pub struct PrivateKey {
    #[zeroize(skip)]
    public: PublicKey,
    d: Vec<u64>,
    p: Vec<u64>,
    q: Vec<u64>,
    dp: Vec<u64>,
    dq: Vec<u64>,
    qinv: Vec<u64>,
}

/// Secret numbers of half the modulus' length, and d; for who builds a key of words.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Parts {
    pub(crate) d: Vec<u64>,
    pub(crate) p: Vec<u64>,
    pub(crate) q: Vec<u64>,
    pub(crate) dp: Vec<u64>,
    pub(crate) dq: Vec<u64>,
    pub(crate) qinv: Vec<u64>,
}

impl PrivateKey {
    /// Takes over a key.
    ///
    /// # Errors
    /// [`Error::UnsupportedSize`] for a modulus of another length than [`Size`] has, or an exponent of more than 32 bits;
    /// [`Error::Key`] if the invariant does not hold.
    pub fn from_components(from: &Components<'_>) -> Result<Self, Error> {
        let public = PublicKey::new(from.n, from.e)?;
        let len = public.size.words();
        let word = |octets, len| words::from_be(octets, len).ok_or(Error::Key);
        let parts = Parts {
            d: word(from.d, len)?,
            p: word(from.p, len / 2)?,
            q: word(from.q, len / 2)?,
            dp: word(from.dp, len / 2)?,
            dq: word(from.dq, len / 2)?,
            qinv: word(from.qinv, len / 2)?,
        };
        Self::from_parts(public, parts)
    }

    /// Checks the invariant.
    pub(crate) fn from_parts(public: PublicKey, mut parts: Parts) -> Result<Self, Error> {
        let product = Zeroizing::new(words::mul(&parts.p, &parts.q));
        let top = |x: &[u64]| x.last().is_some_and(|word| word >> 63 == 1) && x[0] & 1 == 1;
        let sound = words::equal(&product, &public.n)
            & words::less(&parts.dp, &parts.p)
            & words::less(&parts.dq, &parts.q)
            & words::less(&parts.qinv, &parts.p);
        if !bool::from(sound) || !top(&parts.p) || !top(&parts.q) {
            return Err(Error::Key);
        }
        Ok(Self {
            public,
            d: core::mem::take(&mut parts.d),
            p: core::mem::take(&mut parts.p),
            q: core::mem::take(&mut parts.q),
            dp: core::mem::take(&mut parts.dp),
            dq: core::mem::take(&mut parts.dq),
            qinv: core::mem::take(&mut parts.qinv),
        })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The private exponent, big-endian, as long as the modulus.
    #[must_use]
    pub fn expose_d(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.d))
    }

    /// The first prime, big-endian, half as long as the modulus.
    #[must_use]
    pub fn expose_p(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.p))
    }

    /// The second prime, big-endian, half as long as the modulus.
    #[must_use]
    pub fn expose_q(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.q))
    }

    /// d modulo p − 1, big-endian, half as long as the modulus.
    #[must_use]
    pub fn expose_dp(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.dp))
    }

    /// d modulo q − 1, big-endian, half as long as the modulus.
    #[must_use]
    pub fn expose_dq(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.dq))
    }

    /// q⁻¹ modulo p, big-endian, half as long as the modulus.
    #[must_use]
    pub fn expose_qinv(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(words::to_be(&self.qinv))
    }

    /// p, q, dp, dq and qinv as words.
    pub(crate) fn halves(&self) -> [&[u64]; 5] {
        [&self.p, &self.q, &self.dp, &self.dq, &self.qinv]
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("size", &self.public.size)
            .field("secret", &"[elided]")
            .finish()
    }
}

/// An RSA public key.
///
/// Invariant: an odd modulus of exactly the size's length; an odd exponent of 3 or more.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PublicKey {
    size: Size,
    n: Vec<u64>,
    e: u32,
}

impl PublicKey {
    /// Takes over a modulus and an exponent, big-endian magnitudes; leading zeros are allowed.
    ///
    /// # Errors
    /// [`Error::UnsupportedSize`] for a modulus of another length than [`Size`] has, or an exponent of more than 32 bits;
    /// [`Error::Key`] if one is even or the exponent below 3.
    pub fn new(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        let n = significant(n);
        let n = words::from_be(n, n.len().div_ceil(8)).ok_or(Error::Key)?;
        let actual_bits = words::bits(&n);
        let size = Size::from_bits(actual_bits).ok_or(Error::UnsupportedSize { actual_bits })?;
        let e = significant(e);
        let e = e.iter().try_fold(0u32, |sum, octet| {
            let sum = sum.checked_mul(256)?;
            Some(sum | u32::from(*octet))
        });
        let e = e.ok_or(Error::UnsupportedSize { actual_bits: 33 })?;
        if n[0] & 1 == 0 || e & 1 == 0 || e < 3 {
            return Err(Error::Key);
        }
        Ok(Self { size, n, e })
    }

    /// Of words of the right length.
    pub(crate) fn from_words(size: Size, n: Vec<u64>, e: u32) -> Self {
        Self { size, n, e }
    }

    /// Length of the modulus.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        words::to_be(&self.n)
    }

    /// The public exponent.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        self.e
    }

    /// The modulus as words.
    pub(crate) fn modulus_words(&self) -> &[u64] {
        &self.n
    }
}

fn significant(octets: &[u8]) -> &[u8] {
    let start = octets.iter().take_while(|octet| **octet == 0).count();
    &octets[start..]
}
