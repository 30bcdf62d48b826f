//! Private keys as PKCS #12: what a request brings, and what a reply hands out (`RootInfo`).

use rand_core::TryCryptoRng;

use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::service::Service;
use crate::vendor::ecgrid;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::reply::{CommIdInfo, Pfx};
use crate::vendor::ecgrid::wire::AddPrivateRequest;

impl Service {
    /// What [`Service::ecgrid_comm_info`], [`Service::ecgrid_comm_list`] or [`Service::ecgrid_reply`] told, with the private
    /// key of each certificate that has one here, as PKCS #12 under a password that is drawn for this reply. A build
    /// without feature `p12` refuses.
    ///
    /// # Errors
    /// `AccessDenied` for callers who may not manage certificates: who may not make a key is not given one.
    pub fn ecgrid_with_pfx<R: TryCryptoRng + ?Sized>(
        &self,
        info: CommIdInfo,
        caller: &Caller,
        rng: &mut R,
    ) -> Result<CommIdInfo, Refusal> {
        caller.may_manage()?;
        let keys = info.cert_keys().iter();
        let private = keys.filter(|key| key.has_private_key);
        let private: Vec<_> = private
            .map(|key| (key.cert_key_id, key.certificate.clone()))
            .collect();
        let mut info = info;
        for (id, certificate) in private {
            let key = self.workspace.read_key(ecgrid::NAME, id);
            let key = key.map_err(|error| Refusal::internal(&error))?;
            let pfx = self.pfx(&key, &certificate, &info.comm().identifier, rng)?;
            info = info.with_pfx(id, pfx);
        }
        Ok(info)
    }

    #[cfg(feature = "p12")]
    fn pfx<R: TryCryptoRng + ?Sized>(
        &self,
        key: &KeyPair,
        certificate: &Certificate,
        alias: &str,
        rng: &mut R,
    ) -> Result<Pfx, Refusal> {
        use crate::bundle::p12::{P12Draft, P12Password, p12};
        use crate::key::Passphrase;
        use zeroize::Zeroizing;
        let password = password(rng)?;
        let passphrase = Passphrase::new(password.to_string());
        let passphrase = passphrase.map_err(|error| Refusal::internal(&error))?;
        let draft = P12Draft {
            key,
            leaf_first: std::slice::from_ref(certificate),
            alias,
        };
        let consumer = self.workspace.ecgrid().config().p12_for.consumer();
        let octets = p12(consumer, &draft, P12Password::Passphrase(&passphrase));
        let octets = octets.map_err(|error| Refusal::internal(&error))?;
        Ok(Pfx::new(Zeroizing::new(octets), password))
    }

    #[cfg(not(feature = "p12"))]
    fn pfx<R: TryCryptoRng + ?Sized>(
        &self,
        _: &KeyPair,
        _: &Certificate,
        _: &str,
        _: &mut R,
    ) -> Result<Pfx, Refusal> {
        Err(ecgrid::add::unsupported_pkcs12())
    }
}

/// Certificate and key of a request's PKCS #12.
#[cfg(feature = "p12")]
pub(super) fn open(request: &AddPrivateRequest) -> Result<(Certificate, KeyPair), Refusal> {
    use crate::bundle::p12::{P12Password, read_p12};
    use crate::key::Passphrase;
    let text = request.expose_secret();
    let passphrase = match text {
        "" => None,
        text => Some(Passphrase::new(text.to_owned()).map_err(|error| Refusal::internal(&error))?),
    };
    let password = passphrase
        .as_ref()
        .map_or(P12Password::Empty, P12Password::Passphrase);
    let contents = read_p12(request.pkcs12(), password)
        .map_err(|error| ecgrid::add::unreadable_pkcs12(&error.to_string()))?;
    let (key, leaf_first) = contents.into_parts();
    let leaf = leaf_first.into_iter().next();
    let leaf = leaf.ok_or_else(|| ecgrid::add::unreadable_pkcs12("without a certificate"))?;
    Ok((leaf, key))
}

#[cfg(not(feature = "p12"))]
pub(super) fn open(_: &AddPrivateRequest) -> Result<(Certificate, KeyPair), Refusal> {
    Err(ecgrid::add::unsupported_pkcs12())
}

/// 20 characters out of 64: 120 bits, in letters that every consumer types alike.
#[cfg(feature = "p12")]
fn password<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<zeroize::Zeroizing<String>, Refusal> {
    let mut octets = zeroize::Zeroizing::new([0_u8; 15]);
    rng.try_fill_bytes(&mut *octets)
        .map_err(|_| Refusal::internal(&crate::key::KeyError::Rng))?;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    Ok(zeroize::Zeroizing::new(URL_SAFE_NO_PAD.encode(*octets)))
}

#[cfg(test)]
#[cfg(feature = "p12")]
mod tests;
