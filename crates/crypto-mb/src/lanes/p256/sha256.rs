//! SHA-256 (FIPS 180-4 §6.2) of sixteen messages at a time, one in each 32-bit lane, and HMAC with it: nonces are drawn from
//! short messages of one length, so all lanes go the same way.

use core::arch::x86_64::{
    _mm512_add_epi32, _mm512_ror_epi32, _mm512_set1_epi32, _mm512_srli_epi32,
    _mm512_ternarylogic_epi32, _mm512_xor_si512,
};

use crate::lanes::simd::V;

/// Eight words: a state, a digest, a key.
pub(super) type Words = [V; 8];

/// A block of 64 octets.
type Block = [V; 16];

const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

#[rustfmt::skip]
const ROUND: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The same word in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn word(x: u32) -> V {
    _mm512_set1_epi32(x as i32)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(a: V, b: V) -> V {
    _mm512_add_epi32(a, b)
}

/// The exclusive or of three.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn xor(a: V, b: V, c: V) -> V {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

/// The state after a block.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn compress(state: &Words, block: &Block) -> Words {
    let mut w = *block;
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for sixteen in ROUND.as_chunks::<16>().0 {
        for i in 0..16 {
            let choice = _mm512_ternarylogic_epi32::<0xca>(e, f, g);
            let majority = _mm512_ternarylogic_epi32::<0xe8>(a, b, c);
            let of_e = xor(
                _mm512_ror_epi32::<6>(e),
                _mm512_ror_epi32::<11>(e),
                _mm512_ror_epi32::<25>(e),
            );
            let of_a = xor(
                _mm512_ror_epi32::<2>(a),
                _mm512_ror_epi32::<13>(a),
                _mm512_ror_epi32::<22>(a),
            );
            let known = add(add(h, word(sixteen[i])), w[i]);
            let first = add(known, add(of_e, choice));
            (h, g, f, e) = (g, f, e, add(d, first));
            (d, c, b, a) = (c, b, a, add(first, add(of_a, majority)));
            // The schedule of the next sixteen rounds, in place; of the last sixteen it is not used.
            let (x, y) = (w[(i + 1) % 16], w[(i + 14) % 16]);
            let low = xor(
                _mm512_ror_epi32::<7>(x),
                _mm512_ror_epi32::<18>(x),
                _mm512_srli_epi32::<3>(x),
            );
            let high = xor(
                _mm512_ror_epi32::<17>(y),
                _mm512_ror_epi32::<19>(y),
                _mm512_srli_epi32::<10>(y),
            );
            w[i] = add(add(w[i], low), add(w[(i + 9) % 16], high));
        }
    }
    let mut out = [a, b, c, d, e, f, g, h];
    for (out, state) in out.iter_mut().zip(state) {
        *out = add(*out, *state);
    }
    out
}

/// HMAC with one key in each lane: the states after the padded keys.
pub(super) struct Hmac {
    inner: Words,
    outer: Words,
}

impl Hmac {
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn new(key: &Words) -> Self {
        let mut state = *key;
        for (to, from) in state.iter_mut().zip(INITIAL) {
            *to = word(from);
        }
        let (mut inner, mut outer) = ([word(0x3636_3636); 16], [word(0x5c5c_5c5c); 16]);
        for (i, word) in key.iter().enumerate() {
            inner[i] = _mm512_xor_si512(inner[i], *word);
            outer[i] = _mm512_xor_si512(outer[i], *word);
        }
        Self {
            inner: compress(&state, &inner),
            outer: compress(&state, &outer),
        }
    }

    /// Of 32 octets.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn of(&self, message: &Words) -> Words {
        let inner = compress(&self.inner, &last_block(message));
        compress(&self.outer, &last_block(&inner))
    }

    /// Of 32 octets and one of zero.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn of_with_zero(&self, message: &Words) -> Words {
        let mut block = last_block(message);
        block[8] = word(0x0080_0000);
        block[15] = word((64 + 33) * 8);
        let inner = compress(&self.inner, &block);
        compress(&self.outer, &last_block(&inner))
    }

    /// Of 32 octets and 65 that follow, which bring their own padding.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn of_longer(&self, message: &Words, rest: &[V; 24]) -> Words {
        let mut first = [word(0); 16];
        first[..8].copy_from_slice(message);
        first[8..].copy_from_slice(&rest[..8]);
        let mut second = [word(0); 16];
        second.copy_from_slice(&rest[8..]);
        let inner = compress(&compress(&self.inner, &first), &second);
        compress(&self.outer, &last_block(&inner))
    }
}

/// 32 octets after a block of 64: padding and length.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn last_block(message: &Words) -> Block {
    let mut block = [word(0); 16];
    block[..8].copy_from_slice(message);
    block[8] = word(0x8000_0000);
    block[15] = word((64 + 32) * 8);
    block
}
