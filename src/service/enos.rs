//! EnOS's actions on a slice: apply, renew, revoke, list, and the dry run that asks no question of the world.

use std::sync::Arc;

use super::rows;
use super::rows::{Asked, OtherRow, Refused};
use super::stages::{number, numbered, stage, unless_answered, unzip};
use super::{Moment, Service, ServiceError};
use crate::cert::Certificate;
use crate::general_name::UniformResourceIdentifier;
use crate::issuer::{IssuerName, Prepared};
use crate::key::PublicKeyKind;
use crate::key::weak::Seen;
use crate::ledger::{CertificateId, Record, RevokeConflict};
use crate::lint::Finding;
use crate::profile::{NetscapeEncodingConfig, Profile};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check::CheckedApply;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::error::{Fault, FaultKind, Refusal, Service as EnosService};
use crate::vendor::enos::list::CertificateRow;
use crate::vendor::enos::reply::{Reply, RequestId};
use crate::vendor::enos::terms::Terms;
use crate::vendor::enos::wire::{ApplyRequest, ListRequest, RenewRequest, RevokeRequest};

use crate::workspace::{CertificateAuthority, Family, WorkspaceError};

pub use imported::{EnosImport, EnosImported};
pub use parts::EnosSigned;

use issue::revocation;
use world::EnosWorld;

mod imported;
mod issue;
mod parts;
mod tokens;
mod world;

/// A certificate that EnOS issued; the ledger has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnosIssued {
    /// The certificate.
    pub certificate: Certificate,
    /// The certificate of the CA that issued it.
    pub ca_certificate: Certificate,
    /// What goes into bundles behind it: the issuing CA and those above it, with the links between keys of the root.
    pub chain: Vec<Certificate>,
    /// The device, as the ledger names it: `productKey/deviceKey`.
    pub holder: String,
    /// The device's key within its product.
    pub device_key: String,
    /// Who issued it.
    pub authority: Authority,
    /// The request that it answers, DER.
    pub request: Option<Vec<u8>>,
    cert_chain_url: String,
}

impl EnosIssued {
    /// The vendor's reply body.
    #[must_use]
    pub fn reply(&self, request_id: RequestId) -> Reply {
        let ca = &self.ca_certificate;
        let url = self.cert_chain_url.clone();
        Reply::issued(request_id, self.authority, url, ca, &self.certificate)
    }
}

type Answers = Result<Vec<Result<EnosIssued, Refusal>>, ServiceError>;

impl Service {
    /// `action=apply` for a slice; each item is issued or refused alone, in order.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace, keys or ledger cannot be used; items that were recorded before stay recorded.
    pub fn enos_apply(&mut self, requests: Vec<ApplyRequest>, moment: &Moment) -> Answers {
        self.enos_apply_after(requests, moment, &mut Seen::default())
    }

    /// As [`Service::enos_apply`] for the next slice of a job, whose keys are held against those seen before.
    ///
    /// # Errors
    /// As [`Service::enos_apply`].
    pub fn enos_apply_after(
        &mut self,
        requests: Vec<ApplyRequest>,
        moment: &Moment,
        seen: &mut Seen,
    ) -> Answers {
        let terms = self.enos_terms(moment)?;
        let recorded = self.recorded_rows(moment)?;
        let checked = number(enos::check::check_after(requests, seen));
        let asked = |checked| self.enos_asked(checked);
        let again = |record| self.enos_recorded(record);
        let recorded = rows::answer_again(recorded, &checked, asked, again)?;
        let answers = unless_answered(checked, recorded, |checked| {
            let placed = stage(checked, |items| {
                let (indexes, items) = unzip(items);
                Ok::<_, ServiceError>(numbered(
                    indexes,
                    enos::order::order(items, &self.enos_world(), &terms),
                ))
            });
            self.enos_issue(placed?, &terms, moment)
        })?;
        self.note_refusals(enos::NAME, &answers, moment)?;
        Ok(answers)
    }

    /// `action=renew` for a slice, as [`Service::enos_apply`]; what is renewed is revoked as superseded.
    ///
    /// # Errors
    /// As [`Service::enos_apply`].
    pub fn enos_renew(&mut self, requests: Vec<RenewRequest>, moment: &Moment) -> Answers {
        let terms = self.enos_terms(moment)?;
        let checked = number(enos::renew::check(requests));
        let placed = stage(checked, |items| {
            let (indexes, items) = unzip(items);
            Ok::<_, ServiceError>(numbered(
                indexes,
                enos::renew::renew(items, &self.enos_world(), &terms),
            ))
        });
        let answers = self.enos_issue(placed?, &terms, moment)?;
        self.note_refusals(enos::NAME, &answers, moment)?;
        Ok(answers)
    }

    /// `action=revoke` for a slice; `by` is who revokes, as lists tell it.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`]; then nothing of the slice is revoked.
    pub fn enos_revoke(
        &mut self,
        requests: &[RevokeRequest],
        now: UnixSeconds,
        by: &str,
    ) -> Result<Vec<Result<(), Refusal>>, ServiceError> {
        let world = self.enos_world();
        let find = |request| {
            let checked = enos::revoke::check(request)?;
            enos::revoke::revoke(&checked, &world, now)
        };
        let found = requests.iter().map(find).collect();
        stage(found, |items: Vec<enos::revoke::Revocable>| {
            let revocation = |item: &enos::revoke::Revocable| {
                let reason = item.reason().code();
                revocation(CertificateId::new(item.certificate()), reason, now, by)
            };
            let revocations: Vec<_> = items.iter().filter_map(revocation).collect();
            let outcomes = self.workspace.ledger_mut().revoke(&revocations)?;
            let answer = |outcome: Result<(), RevokeConflict>| {
                outcome.map_err(|conflict| match conflict {
                    RevokeConflict::AlreadyRevoked { .. } => enos::revoke::already_revoked(),
                    other => Refusal::internal(EnosService::Certificate, &other),
                })
            };
            Ok(outcomes.into_iter().map(answer).collect())
        })
    }

    /// `action=list` for one device.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn enos_list(
        &self,
        request: &ListRequest,
        now: UnixSeconds,
    ) -> Result<Vec<CertificateRow>, Refusal> {
        let checked = enos::list::check(request)?;
        enos::list::list(&checked, &self.enos_world(), now)
    }

    fn enos_world(&self) -> EnosWorld<'_> {
        EnosWorld {
            settings: self.workspace.enos(),
            ledger: self.workspace.ledger(),
            authorities: self.workspace.authorities(),
        }
    }

    fn enos_asked<'a>(&self, checked: &'a CheckedApply) -> Asked<'a> {
        let settings = self.workspace.enos();
        let device = settings.device(checked.org_id(), checked.device());
        Asked {
            vendor: enos::NAME,
            holder: device.map(|device| device.holder()),
            key: Some(checked.request().public_key()),
            subject: checked.request().subject(),
            names: &[],
        }
    }

    /// What was issued, from the ledger.
    fn enos_recorded(&self, record: Record) -> Result<EnosIssued, ServiceError> {
        let mut authorities = self.workspace.authorities().iter();
        let ca = authorities.find(|ca| Some(ca.id()) == record.issuer);
        let ca = ca.ok_or_else(|| rows::unreadable(&record, "its CA is not in the workspace"))?;
        let certificate = Certificate::from_der(&record.certificate)
            .map_err(|error| rows::unreadable(&record, error))?;
        let asked = (record.holder.unwrap_or_default(), record.request);
        let settings = self.workspace.enos();
        Ok(issued_by(
            ca,
            certificate,
            asked,
            (settings, record.issued_at),
        ))
    }

    fn enos_terms(&self, moment: &Moment) -> Result<Terms, ServiceError> {
        let settings = self.workspace.enos();
        let profile = enos_profile(settings.config().netscape_encoding)?;
        // Without a CA of one family, applications to its authority are refused; the others go on.
        let issuer = |family| match self.workspace.current(family) {
            Ok(authority) => Ok(Some(authority.issuer_name().clone())),
            Err(WorkspaceError::NoCurrentAuthority { .. }) => Ok(None),
            Err(error) => Err(ServiceError::from(error)),
        };
        let start = moment.not_before.unwrap_or(moment.now);
        let (rsa, ecc) = (issuer(Family::Rsa)?, issuer(Family::Ecc)?);
        let terms = Terms::new(moment.now, Arc::new(profile)).with_not_before(start);
        Ok(terms.with_settings(settings, rsa, ecc))
    }
}

/// What an application would come to: assembled and linted for `ca`, signed by nobody. No workspace, no ledger, no
/// question about devices; the serial number is the moment's, or 1.
///
/// # Errors
/// A [`Refusal`], as the vendor answers.
pub fn enos_dry_run(
    request: ApplyRequest,
    ca: &IssuerName,
    crl_url: UniformResourceIdentifier,
    encoding: NetscapeEncodingConfig,
    moment: &Moment,
) -> Result<Result<Prepared, Refusal>, ServiceError> {
    let profile = enos_profile(encoding)?;
    let start = moment.not_before.unwrap_or(moment.now);
    // A root signs for the authority of its own kind; the other one has none here.
    let authority = match ca.public_key().kind() {
        PublicKeyKind::P256 => Authority::Ecc,
        _ => Authority::Rsa,
    };
    let terms = Terms::new(moment.now, Arc::new(profile))
        .with_not_before(start)
        .with_root(authority, ca.clone(), crl_url);
    let one = || SerialNumber::from_u64(1).map_err(ServiceError::Serial);
    let serial = moment.serial_start.clone().map_or_else(one, Ok)?;
    let answer = enos::check::check(vec![request])
        .into_iter()
        .map(|checked| {
            let order = enos::order::order_dry(&checked?, &terms)?;
            enos::terms::check_serial(&serial)?;
            ca.prepare(&order, serial.clone())
                .map_err(|findings| Refusal::from_findings(&findings))
        });
    answer.last().ok_or(ServiceError::Unanswered)
}

/// What a CA has issued, for whom and by which request, under these settings and when.
fn issued_by(
    ca: &CertificateAuthority,
    certificate: Certificate,
    (holder, request): (String, Option<Vec<u8>>),
    (settings, issued_at): (&Enos, UnixSeconds),
) -> EnosIssued {
    let authority = match Family::of(ca.certificate()) {
        Some(Family::Ecc) => Authority::Ecc,
        _ => Authority::Rsa,
    };
    EnosIssued {
        certificate,
        ca_certificate: ca.certificate().clone(),
        chain: ca.bundle_chain(issued_at),
        device_key: device_key(&holder).to_owned(),
        holder,
        authority,
        request,
        cert_chain_url: settings.cert_chain_url(authority),
    }
}

/// The device's key of a holder, `productKey/deviceKey`.
fn device_key(holder: &str) -> &str {
    holder.split_once('/').map_or(holder, |(_, key)| key)
}

impl OtherRow for Refusal {
    fn other_row(finding: Finding) -> Self {
        let message = "the row is not the one that was issued";
        let fault = Fault::new(FaultKind::CallParameters, message, finding);
        Self::of(Stage::World, fault)
    }
}

impl Refused for Refusal {
    fn rules(&self) -> Vec<&'static str> {
        let faults = self.faults().iter();
        faults.map(|fault| fault.finding().rule()).collect()
    }
}

fn enos_profile(encoding: NetscapeEncodingConfig) -> Result<Profile, ServiceError> {
    enos::profile::device(encoding).map_err(ServiceError::Profile)
}

fn family(authority: Authority) -> Family {
    match authority {
        Authority::Rsa => Family::Rsa,
        Authority::Ecc => Family::Ecc,
    }
}
