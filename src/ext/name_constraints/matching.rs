//! Whether a name lies in a subtree (RFC 5280 §4.2.1.10), form by form.

use std::net::IpAddr;

use super::Subtree;
use super::subtree::Base;
use crate::general_name::GeneralName;
use crate::name::Name;
use crate::oid;
use crate::tlv;

/// Whether the whole of a name lies in the subtree.
pub(super) fn permits(subtree: &Subtree, name: &GeneralName) -> bool {
    match (&subtree.0, name) {
        (Base::DirectoryName(base), GeneralName::DirectoryName(name)) => begins_with(name, base),
        (Base::DnsName(base), GeneralName::DnsName(name)) => {
            base.is_empty() || is_at_or_below(name.as_str(), base)
        }
        (Base::IpAddress(base, bits), GeneralName::IpAddress(address)) => {
            is_in_network(*address, *base, *bits)
        }
        (Base::Rfc822Name(base), GeneralName::Rfc822Name(name)) => is_mail(name.as_str(), base),
        (Base::UniformResourceIdentifier(base), GeneralName::UniformResourceIdentifier(uri)) => {
            uri.host().is_some_and(|host| is_host(host, base))
        }
        _ => false,
    }
}

/// Whether some of a name lies in the subtree; what cannot be compared does.
pub(super) fn excludes(subtree: &Subtree, name: &GeneralName) -> bool {
    match (&subtree.0, name) {
        (Base::Other(..), _) => true,
        (Base::DnsName(base), GeneralName::DnsName(name)) if name.is_wildcard() => {
            let below = name.as_str().trim_start_matches('*');
            permits(subtree, &GeneralName::DnsName(name.clone())) || is_one_label(base, below)
        }
        // RFC 5280: a URI without a host name in it MUST be rejected.
        (Base::UniformResourceIdentifier(_), GeneralName::UniformResourceIdentifier(uri))
            if uri.host().is_none_or(is_address) =>
        {
            true
        }
        _ => permits(subtree, name),
    }
}

/// The mail addresses of a subject, which are names of the form `rfc822Name` for constraints.
pub(super) fn mail_addresses(subject: &Name) -> Vec<GeneralName> {
    subject
        .attributes()
        .filter(|attribute| attribute.oid() == oid::EMAIL_ADDRESS)
        .filter_map(|attribute| GeneralName::rfc822_name(&attribute.value().text()?).ok())
        .collect()
}

/// Names compare as RFC 5280 §7.1 has it; the levels of the base are the first of the name.
fn begins_with(name: &Name, base: &Name) -> bool {
    let levels = |name: &Name| {
        let folded = name.folded();
        tlv::read(&folded, tlv::SEQUENCE)
            .map(<[u8]>::to_vec)
            .unwrap_or_default()
    };
    // Each level is a value of its own length, so that a common beginning ends where a level does.
    levels(name).starts_with(&levels(base))
}

fn is_at_or_below(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.starts_with('.') {
        return host.ends_with(&base);
    }
    let above = host.strip_suffix(&base);
    above.is_some_and(|left| left.is_empty() || left.ends_with('.'))
}

fn is_host(host: &str, base: &str) -> bool {
    if base.starts_with('.') {
        return !is_address(host) && is_at_or_below(host, base);
    }
    host.eq_ignore_ascii_case(base)
}

/// RFC 5280 §7.5: the local part as it is, the host without regard to letter case.
fn is_mail(mailbox: &str, base: &str) -> bool {
    let Some((local, host)) = mailbox.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => is_host(host, base),
    }
}

fn is_in_network(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    let shared = match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            (u32::from(address) ^ u32::from(base)).leading_zeros()
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            (u128::from(address) ^ u128::from(base)).leading_zeros()
        }
        _ => return false,
    };
    shared >= u32::from(bits)
}

/// Whether `*` in front of `below` (`.example.com`) can stand for the host.
fn is_one_label(host: &str, below: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let label = host.strip_suffix(&below.to_ascii_lowercase());
    label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}
