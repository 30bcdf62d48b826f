//! What is measured.

use crate::peers::{aws_lc, certwright, graviola, openssl, ring, rustcrypto};

/// One library doing one work.
pub(crate) struct Contender {
    pub(crate) engine: &'static str,
    /// Operations in one call of `run`: what the library is at its best with, and has at once in bulk issuance.
    pub(crate) batch: usize,
    pub(crate) run: Box<dyn Fn(usize) + Send + Sync>,
}

/// A work and who does it, certwright first.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) contenders: Vec<Contender>,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    P256,
    Rsa2048,
}

/// What is done with keys of a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Task {
    /// A new key pair, in memory.
    Generation,
    /// A signature over [`MESSAGE`] with SHA-256; the key is held ready.
    Signature,
    /// Verification of such a signature.
    Verification,
    /// A new key, a certificate for it by a CA of the same kind, both as PEM (the key as PKCS #8).
    Device,
}

/// What a `TBSCertificate` of a device comes to.
pub(crate) const MESSAGE: [u8; 500] = [0x30; 500];

/// Every work whose name is wanted.
pub(crate) fn all(wanted: &dyn Fn(&str) -> bool) -> Vec<Work> {
    let kinds = [(Kind::Rsa2048, "rsa-2048"), (Kind::P256, "p-256")];
    let tasks = [
        (Task::Generation, "generation"),
        (Task::Signature, "signature"),
        (Task::Verification, "verification"),
        (Task::Device, "device"),
    ];
    let mut works = Vec::new();
    for (kind, kind_name) in kinds {
        for (task, task_name) in tasks {
            let name: &'static str = format!("{kind_name}-{task_name}").leak();
            if wanted(name) {
                let contenders = contenders(kind, task);
                works.push(Work { name, contenders });
            }
        }
    }
    works
}

fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    let mut out = certwright::contenders(kind, task);
    out.extend(graviola::contenders(kind, task));
    out.extend(aws_lc::contenders(kind, task));
    out.extend(ring::contenders(kind, task));
    out.extend(openssl::contenders(kind, task));
    out.extend(rustcrypto::contenders(kind, task));
    #[cfg(feature = "synta")]
    out.extend(crate::peers::synta::contenders(kind, task));
    out
}
