//! Private keys as PKCS #12: what a request brings, and what a reply hands out (`RootInfo`).

use rand_core::TryCryptoRng;

use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::service::{KeyExport, Service};
use crate::time::UnixSeconds;
use crate::vendor::ecgrid;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::reply::{CommIdInfo, Pfx};
use crate::vendor::ecgrid::wire::AddPrivateRequest;

impl Service {
    /// What [`Service::ecgrid_comm_info`], [`Service::ecgrid_comm_list`] or [`Service::ecgrid_reply`] told, with private
    /// keys as PKCS #12 under a password that is drawn for this reply: the new key where one is new, else those of all
    /// certificates that are not terminated. A key that cannot be read here is left out; of those that are not, the audit
    /// log tells that they leave.
    ///
    /// # Errors
    /// `AccessDenied` for callers who may not manage certificates: who may not make a key is not given one. A build
    /// without feature `p12` refuses.
    pub fn ecgrid_with_pfx<R: TryCryptoRng + ?Sized>(
        &mut self,
        info: CommIdInfo,
        caller: &Caller,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<CommIdInfo, Refusal> {
        caller.may_manage()?;
        if !cfg!(feature = "p12") {
            return Err(ecgrid::add::unsupported_pkcs12());
        }
        Ok(self.with_readable_pfx(info, now, rng))
    }

    /// The reply may be to something that is recorded already: a damaged key file, of this certificate or of an older one,
    /// takes that key out of it and no more. What the log cannot tell of is not handed out.
    pub(super) fn with_readable_pfx<R: TryCryptoRng + ?Sized>(
        &mut self,
        info: CommIdInfo,
        now: UnixSeconds,
        rng: &mut R,
    ) -> CommIdInfo {
        let private: Vec<_> = info
            .keys_to_hand_out()
            .map(|key| (key.cert_key_id, key.certificate.clone()))
            .collect();
        let mut made = Vec::with_capacity(private.len());
        for (id, certificate) in &private {
            let key = certificate.public_key().spki_sha256();
            let key = self.kept_key(ecgrid::NAME, *id, &key).ok();
            let pfx = key.and_then(|key| {
                let alias = &info.comm().identifier;
                self.pfx(&key, certificate, alias, rng).ok()
            });
            made.extend(pfx.map(|pfx| (*id, certificate, pfx)));
        }
        let exports: Vec<_> = made
            .iter()
            .map(|(_, certificate, _)| KeyExport::of(ecgrid::NAME, certificate, "RootInfo"))
            .collect();
        if self.note_key_exports(&exports, now).is_err() {
            return info;
        }
        let with_pfx = |info: CommIdInfo, (id, _, pfx)| info.with_pfx(id, pfx);
        made.into_iter().fold(info, with_pfx)
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
