//! synta, whose keys and signatures are OpenSSL's.

use std::sync::atomic::{AtomicU64, Ordering};

use certwright::name::Name;
use synta::Integer;
use synta_certificate::x509_types::Time;
use synta_certificate::{
    BackendPrivateKey, CertificateBuilder, KEY_USAGE_DIGITAL_SIGNATURE, KeyIdMethod, PrivateKey,
    PrivateKeyBuilder, default_key_id_hasher, encode_authority_key_identifier,
    encode_basic_constraints, encode_key_usage, encode_subject_key_identifier, oids,
};

use super::single;
use crate::work::{Contender, Kind, Task};

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    if task != Task::Device {
        return Vec::new();
    }
    vec![]
}
