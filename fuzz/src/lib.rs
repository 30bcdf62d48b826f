//! What each fuzz target does with its octets: parse; and what could be parsed is written again, read again and compared.
//!
//! A target panics where the two differ, or where anything below it panics. Refusing an input is always right here. What a
//! target found once stands as a test beside the code that was mended.

pub use encoded::{certificate, cms, crl, csr};
pub use secret::{key, p12, pem};
pub use text::{config, names, rows};
pub use vendors::{as2expert, ecgrid, emca, enos};

mod encoded;
mod secret;
mod text;
mod vendors;
