//! The private operation by the Chinese remainder theorem, verified before anything leaves.

use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::half::Half;
use super::pad;
use super::public::Public;
use crate::error::Error;
use crate::lanes::exp::Powers;
use crate::lanes::mont::{equal, kernel, sub_into};
use crate::lanes::num::{LIMBS, Num};
use crate::lanes::simd::{LANES, Limb, add, carry, ld, low52, st, zero};
use crate::lanes::wide::Wide;
use crate::rsa::{PrivateKey, SignJob};

/// A blinding is squared so often before a new one is drawn.
const RENEWALS: u32 = 32;

/// Eight private keys with one exponent. `N` is `2·P`.
pub(super) struct Signer<'k, const P: usize, const N: usize> {
    keys: [&'k PrivateKey; LANES],
    p: Half<P>,
    q: Half<P>,
    /// q⁻¹·R².
    qinv: Zeroizing<Num<P>>,
    n: Public<N>,
    powers: Box<Powers<P>>,
    used: u32,
}

impl<'k, const P: usize, const N: usize> Signer<'k, P, N> {
    /// Not blinded yet.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn new(keys: [&'k PrivateKey; LANES]) -> Self {
        let bits = keys[0].public_key().size().bits() / 2;
        let mut powers = Powers::new();
        let part = |i: usize| keys.map(|key| key.halves()[i]);
        let p = Half::new(part(0), part(2), bits, &mut powers);
        let q = Half::new(part(1), part(3), bits, &mut powers);
        let mut plain = Zeroizing::new(Num::ZERO);
        for (lane, inverse) in part(4).iter().enumerate() {
            plain.set_lane(lane, inverse);
        }
        let mut once = Zeroizing::new(Num::ZERO);
        let mut qinv = Zeroizing::new(Num::ZERO);
        p.m.mul(&mut once, &plain, &p.r2, &mut powers.scratch);
        p.m.mul(&mut qinv, &once, &p.r2, &mut powers.scratch);
        Self {
            n: Public::new(keys.map(PrivateKey::public_key)),
            keys,
            p,
            q,
            qinv,
            powers,
            used: 0,
        }
    }

    /// Blinds the next call of [`Self::power`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn blind<R: CryptoRng + ?Sized>(&mut self, rng: &mut R) {
        let Self {
            p,
            q,
            powers,
            used,
            keys,
            ..
        } = self;
        let e = keys[0].public_key().exponent();
        for half in [p, q] {
            if *used % RENEWALS == 0 {
                half.draw_blinding(e, powers, rng);
            } else {
                half.renew_blinding(powers);
            }
        }
        *used += 1;
    }

    /// c^d modulo n, zero in lanes where it does not verify; the lanes where it does.
    ///
    /// `between` sees the half modulo p before it is used: the place where tests put a fault.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn power(&mut self, c: &Num<N>, between: impl FnOnce(&mut Num<P>)) -> (Num<N>, u8) {
        let Self {
            p,
            q,
            qinv,
            n,
            powers,
            ..
        } = self;
        let mut wide = Wide::ZERO;
        wide.blocks_mut().copy_from_slice(&c.0);
        let mut of_p = Zeroizing::new(p.power(&wide, powers));
        let of_q = Zeroizing::new(q.power(&wide, powers));
        between(&mut of_p);
        // s_p − s_q + 2p is positive, as both primes have the same length.
        let mut difference = Zeroizing::new(Num::ZERO);
        twice_added(&mut difference, &of_p, &p.m.m);
        let sum = difference.clone();
        sub_into(&mut difference, &sum, &of_q);
        let mut product = Zeroizing::new(Num::ZERO);
        p.m.mul(&mut product, &difference, qinv, &mut powers.scratch);
        let h = Zeroizing::new(p.m.leave(&product, &mut powers.scratch));
        kernel::product(&mut wide, &h, &q.m.m);
        let mut s = Zeroizing::new(Num::ZERO);
        carried_sum(&mut s, &wide, &of_q);
        wide.zeroize();
        let sound = equal(&n.power(&s), c);
        let mut out = *s;
        for limb in out.limbs_mut() {
            for (lane, x) in limb.0.iter_mut().enumerate() {
                *x &= u64::from(sound >> lane & 1).wrapping_neg();
            }
        }
        (out, sound)
    }
}

/// out = a + 2m; both normalised, the sum below the width.
#[target_feature(enable = "avx512f,avx512ifma")]
fn twice_added<const P: usize>(out: &mut Num<P>, a: &Num<P>, m: &Num<P>) {
    let mut over = zero();
    for ((to, a), m) in out.limbs_mut().zip(a.limbs()).zip(m.limbs()) {
        let m = ld(m);
        let x = add(add(ld(a), over), add(m, m));
        st(to, low52(x));
        over = carry(x);
    }
}

/// out = wide + a, carried.
#[target_feature(enable = "avx512f,avx512ifma")]
fn carried_sum<const P: usize, const N: usize>(out: &mut Num<N>, wide: &Wide<P>, a: &Num<P>) {
    const NONE: Limb = Limb::splat(0);
    let mut over = zero();
    let mut addend = a.limbs();
    for (to, from) in out.0.iter_mut().zip(wide.blocks()) {
        for i in 0..LIMBS {
            let x = add(
                add(ld(&from.0[i]), ld(addend.next().unwrap_or(&NONE))),
                over,
            );
            st(&mut to.0[i], low52(x));
            over = carry(x);
        }
    }
}

/// Signs rows of one size and exponent, in their order.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sign<R, const P: usize, const N: usize>(
    jobs: &[SignJob<'_>],
    rows: &[usize],
    rng: &mut R,
) -> Vec<Result<Vec<u8>, Error>>
where
    R: CryptoRng + ?Sized,
{
    let mut out = Vec::with_capacity(rows.len());
    let mut signer: Option<Signer<'_, P, N>> = None;
    for rows in rows.chunks(LANES) {
        let job = |lane: usize| &jobs[rows[lane.min(rows.len() - 1)]];
        let keys: [&PrivateKey; LANES] = core::array::from_fn(|lane| job(lane).key);
        let kept = signer.take().filter(|old| {
            let pairs = old.keys.iter().zip(keys);
            pairs.into_iter().all(|(old, new)| core::ptr::eq(*old, new))
        });
        let current = match kept {
            Some(old) => signer.insert(old),
            None => signer.insert(Signer::new(keys)),
        };
        current.blind(rng);
        sign_chunk(current, jobs, rows, &mut out);
    }
    out
}

/// Signs at most eight rows.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sign_chunk<const P: usize, const N: usize>(
    signer: &mut Signer<'_, P, N>,
    jobs: &[SignJob<'_>],
    rows: &[usize],
    out: &mut Vec<Result<Vec<u8>, Error>>,
) {
    let size = signer.keys[0].public_key().size();
    let messages: Vec<_> = rows
        .iter()
        .map(|row| pad::encode(size, jobs[*row].digest_info))
        .collect();
    let mut c = Num::ZERO;
    for (lane, message) in messages.iter().enumerate() {
        if let Ok(message) = message {
            c.set_lane(lane, message);
        }
    }
    let (signatures, sound) = signer.power(&c, |_| {});
    let mut words = vec![0; size.words()];
    for (lane, message) in messages.into_iter().enumerate() {
        signatures.lane(lane, &mut words);
        out.push(match message {
            Err(error) => Err(error),
            Ok(_) if sound >> lane & 1 == 0 => Err(Error::Fault),
            Ok(_) => Ok(crate::words::to_be(&words)),
        });
    }
}

#[cfg(test)]
mod tests;
