//! Reading back: one Comm, or those that meet conditions.

use crate::time::UnixSeconds;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::enums::Status;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::order::not_found;
use crate::vendor::ecgrid::reply::{CommIdInfo, Operation};
use crate::vendor::ecgrid::wire::parameters::COMM_ID;
use crate::vendor::ecgrid::wire::{CommInfoRequest, CommListRequest};
use crate::vendor::ecgrid::world::{Comm, World};

/// One Comm with its certificates.
///
/// # Errors
/// `ObjectNotFound`.
pub fn comm_info<W: World + ?Sized>(
    request: &CommInfoRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<CommIdInfo, Refusal> {
    let id = request.comm_id;
    let found = world
        .comms(&[id])
        .map_err(|error| Refusal::internal(&error))?;
    let mut seen = found.into_iter().flatten().filter(|comm| caller.sees(comm));
    let comm = seen
        .next()
        .ok_or_else(|| not_found(COMM_ID, id).of_operation(Operation::CommInfo))?;
    with_certificates(comm, world, now)
}

/// The Comms that a caller sees and the conditions hold for, by rising number; without `showInactive` only active ones.
///
/// # Errors
/// `InternalError` when the world does not answer.
pub fn comm_list<W: World + ?Sized>(
    request: &CommListRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Vec<CommIdInfo>, Refusal> {
    let CommListRequest {
        network_id,
        mailbox_id,
        comm_type,
        use_type,
        show_inactive,
        with_certs,
    } = request;
    let comms = world
        .all_comms()
        .map_err(|error| Refusal::internal(&error))?;
    let wanted = |comm: &Comm| {
        caller.sees(comm)
            && network_id.is_none_or(|id| id == comm.network_id)
            && mailbox_id.is_none_or(|id| id == comm.mailbox_id)
            && comm_type.is_none_or(|channel| channel == comm.channel)
            && use_type.is_none_or(|use_type| use_type == comm.use_type)
            && (*show_inactive || comm.status == Status::Active)
    };
    let comms = comms.into_iter().filter(wanted);
    comms
        .map(|comm| {
            if *with_certs {
                with_certificates(comm, world, now)
            } else {
                Ok(CommIdInfo::without_certificates(comm))
            }
        })
        .collect()
}

/// A Comm as replies show it after something was done to it.
///
/// # Errors
/// `InternalError` when the world does not answer.
pub fn with_certificates<W: World + ?Sized>(
    comm: Comm,
    world: &W,
    now: UnixSeconds,
) -> Result<CommIdInfo, Refusal> {
    let keys = world
        .cert_keys(comm.id)
        .map_err(|error| Refusal::internal(&error))?;
    Ok(CommIdInfo::new(comm, keys, now))
}

#[cfg(test)]
mod tests;
