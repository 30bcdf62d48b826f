//! EMSA-PKCS1-v1_5 (RFC 8017 §9.2).

use crate::error::Error;
use crate::rsa::Size;
use crate::words;

/// The encoded message as words.
pub(super) fn encode(size: Size, digest_info: &[u8]) -> Result<Vec<u64>, Error> {
    let len = size.bits() as usize / 8;
    if digest_info.len() + 11 > len {
        return Err(Error::MessageTooLong);
    }
    let mut encoded = vec![0xff; len];
    encoded[0] = 0;
    encoded[1] = 1;
    encoded[len - digest_info.len() - 1] = 0;
    encoded[len - digest_info.len()..].copy_from_slice(digest_info);
    words::from_be(&encoded, size.words()).ok_or(Error::MessageTooLong)
}
