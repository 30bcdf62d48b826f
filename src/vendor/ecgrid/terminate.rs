//! Termination: a certificate of a Comm goes out of use.

use crate::vendor::Stage;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::check::wrong;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::order::visible_one;
use crate::vendor::ecgrid::renew::find;
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::wire::TerminateRequest;
use crate::vendor::ecgrid::wire::parameters::CERT_KEY_ID;
use crate::vendor::ecgrid::world::World;

/// A certificate that is to be terminated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Terminable {
    comm_id: i32,
    cert_key_id: i32,
    certificate: Option<i64>,
}

impl Terminable {
    /// The Comm.
    #[must_use]
    pub fn comm_id(self) -> i32 {
        self.comm_id
    }

    /// Its certificate.
    #[must_use]
    pub fn cert_key_id(self) -> i32 {
        self.cert_key_id
    }

    /// The certificate as the world numbers it, when it was issued here; RFC 5280 §5.3.1 calls the reason
    /// cessationOfOperation.
    #[must_use]
    pub fn certificate(self) -> Option<i64> {
        self.certificate
    }
}

/// Finds what is to be terminated.
///
/// # Errors
/// `AccessDenied`, `ObjectNotFound`, and `InvalidParameter` for what is terminated already.
pub fn terminate<W: World + ?Sized>(
    request: &TerminateRequest,
    caller: &Caller,
    world: &W,
) -> Result<Terminable, Refusal> {
    let found = found(request, caller, world);
    found.map_err(|refusal| refusal.of_operation(Operation::Terminate))
}

fn found<W: World + ?Sized>(
    request: &TerminateRequest,
    caller: &Caller,
    world: &W,
) -> Result<Terminable, Refusal> {
    let comm = visible_one(request.comm_id, caller, world)?;
    let key = find(comm.id, request.cert_key_id, world)?;
    if key.terminated_at.is_some() {
        let found = format!("{}, terminated", key.cert_key_id);
        let expected = "a certificate that is not terminated";
        let fault = wrong("ecgrid.terminated", CERT_KEY_ID, &found, expected);
        return Err(Refusal::of(Stage::World, fault));
    }
    Ok(Terminable {
        comm_id: comm.id,
        cert_key_id: key.cert_key_id,
        certificate: key.certificate_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::ecgrid::error::FaultKind;
    use crate::vendor::ecgrid::tests::{NOW, TestWorld, at};

    fn terminated(world: &TestWorld, comm: i32, key: i32) -> Result<Terminable, Refusal> {
        terminate(&TerminateRequest::new(comm, key), &Caller::local(), world)
    }

    #[test]
    fn a_certificate_of_the_comm_is_found() {
        let found = terminated(&TestWorld::with_key(), 5001, 79).unwrap();
        assert_eq!((found.comm_id(), found.cert_key_id()), (5001, 79));
        assert_eq!(found.certificate(), Some(7));
    }

    #[test]
    fn what_is_not_there_or_over_is_refused() {
        let mut world = TestWorld::with_key();
        let kind = |result: Result<_, Refusal>| result.map_err(|refusal| refusal.kind());
        let absent = Err(FaultKind::ObjectNotFound);
        assert_eq!(kind(terminated(&world, 5001, 80)), absent);
        assert_eq!(kind(terminated(&world, 5002, 79)), absent);
        assert_eq!(kind(terminated(&world, 1, 79)), absent);
        world.keys[0].1.terminated_at = Some(at(NOW));
        let refusal = terminated(&world, 5001, 79).unwrap_err();
        assert_eq!(
            refusal.message(),
            "certKeyId: is 79, terminated, expected a certificate that is not terminated"
        );
        let finding = refusal.faults()[0].finding();
        assert_eq!(finding.rule(), "ecgrid.terminated");
        assert_eq!(finding.source(), "ECGrid, CertificateTerminate");
    }
}
