//! AES-256-CBC (NIST SP 800-38A §6.2), padded as RFC 5652 §6.3 has it.

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};

/// Encrypts. An IV must never be foreseen, nor used twice with a key.
pub(crate) fn encrypt_aes_256_cbc(key: &[u8; 32], iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
}
