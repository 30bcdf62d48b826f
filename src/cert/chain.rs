//! The order of a chain: leaf first, each certificate followed by the one that signed it.

use super::Certificate;

/// Why certificates are no chain.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No certificate is the leaf: each issues another.
    #[error("no leaf among {found} certificates: they issue each other in a circle")]
    Circle {
        /// Certificates given.
        found: usize,
    },
    /// Nothing to put in order.
    #[error("no certificate given, at least one is required")]
    Empty,
    /// Certificates that no chain from the leaf reaches.
    #[error("certificate of {subject} belongs to no chain with {leaf}")]
    Stray {
        /// The leaf's subject.
        leaf: String,
        /// The subject of the certificate that is left over.
        subject: String,
    },
}

/// Puts certificates into the order of their chain, leaf first; signatures decide, not names alone. Further issuers of the
/// same certificates, such as a root beside a link between two of its keys (RFC 4210 §4.4), follow at the end.
///
/// # Errors
/// [`ChainError`] when they are not one chain.
pub fn chain_order(certificates: Vec<Certificate>) -> Result<Vec<Certificate>, ChainError> {
    let found = certificates.len();
    let is_leaf = |candidate: &Certificate| {
        let mut others = certificates.iter().filter(|other| *other != candidate);
        !others.any(|other| issued(candidate, other))
    };
    let leaf = certificates.iter().position(is_leaf);
    let Some(leaf) = leaf else {
        return Err(if found == 0 {
            ChainError::Empty
        } else {
            ChainError::Circle { found }
        });
    };
    let mut rest = certificates;
    let mut chain = vec![rest.remove(leaf)];
    while let Some(at) = chain
        .last()
        .and_then(|last| rest.iter().position(|candidate| issued(candidate, last)))
    {
        chain.push(rest.remove(at));
    }
    // A CA that changed its key has two certificates for the same key: both belong here, and one leads on.
    while let Some(at) = rest
        .iter()
        .position(|candidate| chain.iter().any(|below| issued(candidate, below)))
    {
        chain.push(rest.remove(at));
    }
    match (rest.first(), chain.first()) {
        (Some(stray), Some(leaf)) => Err(ChainError::Stray {
            leaf: leaf.subject().to_string(),
            subject: stray.subject().to_string(),
        }),
        _ => Ok(chain),
    }
}

/// Whether `issuer` signed `subject`.
fn issued(issuer: &Certificate, subject: &Certificate) -> bool {
    issuer.subject() == subject.issuer() && subject.verify_signature(issuer.public_key()).is_ok()
}
