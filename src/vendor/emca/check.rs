//! The request stage: what can be judged by the request and the settings alone.

use std::sync::Arc;

use rayon::prelude::*;

use crate::ext::SubjectAltName;
use crate::general_name::GeneralName;
use crate::lint::Finding;
use crate::oid;
use crate::request;
use crate::request::{CertificationRequest, VerifiedRequest};
use crate::time::{Lifetime, UnixSeconds};
use crate::vendor::Stage;
use crate::vendor::emca::caller::Authenticated;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::content;
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, Refusal, chain_text, kept};
use crate::vendor::emca::grammar;
use crate::vendor::emca::grammar::{GrammarError, SubjectPart, UtcOffset};
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::wire::{Parameters, ProfileId, Transaction, missing};
use crate::vendor::emca::{Form, Method};

/// A request for a certificate that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(super) transaction: Transaction,
    pub(super) form: Form,
    pub(super) common: Common,
    pub(super) request: VerifiedRequest,
    /// `None` takes the request's own.
    pub(super) subject: Option<Vec<SubjectPart>>,
    pub(super) subject_alt_names: Vec<GeneralName>,
}

/// What every call that creates asks for.
#[derive(Clone, Debug)]
pub(super) struct Common {
    /// The call, whose page its rules stand on.
    pub(super) method: Method,
    pub(super) subscriber_id: String,
    pub(super) profile: Arc<EmcaProfile>,
    pub(super) lifetime: Option<Lifetime>,
    pub(super) not_before: Option<UnixSeconds>,
    /// Whether somebody must release it first.
    pub(super) waits: bool,
}

impl Checked {
    /// User and `applicationId`.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// What `result` is to hold.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &EmcaProfile {
        &self.common.profile
    }

    /// The certification request, its possession of the key proven.
    #[must_use]
    pub fn request(&self) -> &VerifiedRequest {
        &self.request
    }
}

/// Checks a slice of calls for certificates on a request; each stands or falls alone, in order.
///
/// The calls that make a key bring no request and are checked by
/// [`sibling::pkcs12::check`](crate::vendor::emca::sibling::pkcs12::check); calls that create nothing are refused.
#[must_use]
pub fn check(calls: Vec<Authenticated<'_>>, settings: &Emca) -> Vec<Result<Checked, Refusal>> {
    let drafts: Vec<_> = calls
        .into_par_iter()
        .map(|call| Draft::of(&call, settings))
        .collect();
    let (drafts, requests): (Vec<_>, Vec<Option<CertificationRequest>>) =
        drafts.into_iter().unzip();
    let has_request: Vec<_> = requests.iter().map(Option::is_some).collect();
    let mut proven = request::verify_all(requests.into_iter().flatten().collect()).into_iter();
    drafts
        .into_iter()
        .zip(has_request)
        .map(|(draft, has_request)| {
            let proven = has_request.then(|| proven.next()).flatten();
            draft.settle(proven)
        })
        .collect()
}

/// A call in the course of being checked: what is known of it, and all that is wrong with it.
struct Draft {
    method: Method,
    transaction: Transaction,
    form: Option<Form>,
    common: Option<Common>,
    subject: Option<Vec<SubjectPart>>,
    subject_alt_names: Vec<GeneralName>,
    faults: Vec<Fault>,
}

impl Draft {
    fn of(call: &Authenticated<'_>, settings: &Emca) -> (Self, Option<CertificationRequest>) {
        let parameters = &call.parameters;
        let mut faults = Vec::new();
        let request = kept(
            content::request(call.user, call.method, parameters),
            &mut faults,
        );
        let common = Common::of(call, settings, &mut faults);
        let mut draft = Self {
            method: call.method,
            transaction: call.transaction.clone(),
            form: None,
            common,
            subject: None,
            subject_alt_names: Vec::new(),
            faults,
        };
        match call.method {
            Method::CreateCustomCertificateById | Method::CreateEsignCustomCertificateById => {
                draft.custom(parameters);
            }
            Method::CreateCertificateById | Method::CreateCertificate => {
                draft.of_request(Form::Cer, request.as_ref());
            }
            Method::CreateCertificateP7bById | Method::CreateCertificateP7b => {
                draft.of_request(Form::P7b, request.as_ref());
            }
            other => {
                let expected = "a call for a certificate on a request";
                let finding =
                    Finding::error("emca.method", PAGE, "method", other.as_str(), expected);
                draft.faults.push(Fault::new(FaultKind::Parameter, finding));
            }
        }
        (draft, request)
    }

    /// Subject and names come from the vendor's strings, and the request's own count for nothing: why else "custom".
    fn custom(&mut self, parameters: &Parameters) {
        let is_p7b = parameters.is_p7b_request.as_ref();
        let is_p7b = is_p7b
            .ok_or_else(|| missing("isP7BRequest"))
            .and_then(|text| {
                let rule = ("emca.is-p7b-request", "isP7BRequest", IS_P7B_EXPLAINED);
                grammar::flag(text)
                    .map_err(|error| malformed(FaultKind::IsP7bRequest, rule, &error, text))
            });
        let is_p7b = kept(is_p7b, &mut self.faults);
        self.form = is_p7b.map(|p7b| if p7b { Form::P7b } else { Form::Cer });
        let names = parameters.san_values.as_ref();
        let names = names.ok_or_else(|| missing("sANValues")).and_then(|text| {
            let rule = ("emca.san-values", "sANValues", "type=value joined by |");
            grammar::subject_alt_names(text)
                .map_err(|error| malformed(FaultKind::Data, rule, &error, text))
        });
        self.subject_alt_names = kept(names, &mut self.faults).unwrap_or_default();
        let subject = parameters.subject_dn_oids.as_ref();
        let subject = subject
            .ok_or_else(|| missing("subjectDNOids"))
            .and_then(|text| {
                let rule = (
                    "emca.subject-dn-oids",
                    "subjectDNOids",
                    "oid|value joined by ~",
                );
                grammar::subject_dn_oids(text)
                    .map_err(|error| malformed(FaultKind::Data, rule, &error, text))
            });
        self.subject = kept(subject, &mut self.faults);
    }

    /// Subject and names are the request's.
    fn of_request(&mut self, form: Form, request: Option<&CertificationRequest>) {
        self.form = Some(form);
        let extensions = request.and_then(CertificationRequest::requested_extensions);
        let names = extensions.and_then(|list| list.find(oid::SUBJECT_ALT_NAME));
        let Some(names) = names else {
            return;
        };
        let names = SubjectAltName::from_extension_value(names.value()).map_err(|error| {
            let (found, expected) = (chain_text(&error), "names that can be written");
            let finding = Finding::error("emca.csr-names", PAGE, "subjectAltName", found, expected);
            Fault::new(FaultKind::Data, finding)
        });
        let names = kept(names, &mut self.faults);
        self.subject_alt_names = names.map_or_else(Vec::new, |names| names.names().to_vec());
    }

    fn settle(
        mut self,
        proven: Option<Result<VerifiedRequest, request::RequestError>>,
    ) -> Result<Checked, Refusal> {
        let proven = proven.and_then(|proven| {
            let proven = proven.map_err(|error| {
                let (found, expected) = (chain_text(&error), "a request signed with its own key");
                let finding = Finding::error("emca.csr-proof", PAGE, "signature", found, expected);
                Fault::new(FaultKind::Data, finding)
            });
            kept(proven, &mut self.faults)
        });
        match (self.form, self.common, proven) {
            (Some(form), Some(common), Some(request)) if self.faults.is_empty() => Ok(Checked {
                transaction: self.transaction,
                form,
                common,
                request,
                subject: self.subject,
                subject_alt_names: self.subject_alt_names,
            }),
            _ => Err(error::refused(Stage::Request, self.faults).of_call(self.method)),
        }
    }
}

impl Common {
    /// Reads what every call that creates has; what is wrong joins the faults.
    pub(super) fn of(
        call: &Authenticated<'_>,
        settings: &Emca,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let parameters = &call.parameters;
        let subscriber_id = parameters.subscriber_id.clone();
        let subscriber_id = subscriber_id.ok_or_else(|| missing("subscriberId"));
        let subscriber_id = kept(subscriber_id, faults);
        let profile = match call.method.names_profile() {
            true => profile_of_name(parameters.profile_name.as_deref(), settings),
            false => profile(parameters.profile_id.as_ref(), settings),
        };
        let profile = kept(profile, faults);
        let validity = parameters.validity.as_ref();
        let lifetime = validity
            .filter(|_| !call.method.names_profile())
            .map(|text| {
                let rule = ("emca.validity", "validity", VALIDITY_EXPLAINED);
                grammar::validity(text)
                    .map_err(|error| malformed(FaultKind::Validity, rule, &error, text))
            });
        let lifetime = kept(lifetime.transpose(), faults);
        let zone = profile
            .as_ref()
            .map_or_else(UtcOffset::default, |profile| profile.utc_offset());
        let not_before = parameters.valid_from.as_ref().map(|text| {
            let rule = ("emca.valid-from", "validFrom", FROM_DATE_EXPLAINED);
            grammar::valid_from(text, zone)
                .map_err(|error| malformed(FaultKind::FromDate, rule, &error, text))
        });
        let not_before = kept(not_before.transpose(), faults);
        let profile = profile?;
        Some(Self {
            method: call.method,
            subscriber_id: subscriber_id?,
            waits: profile.config().manual_authorization
                && call.method != Method::CreateEsignCustomCertificateById,
            profile,
            lifetime: lifetime?,
            not_before: not_before?,
        })
    }
}

fn profile(id: Option<&ProfileId>, settings: &Emca) -> Result<Arc<EmcaProfile>, Fault> {
    let id = id.ok_or_else(|| missing("profileID"))?;
    let known = settings.profile(id.as_str()).cloned();
    known.ok_or_else(|| {
        let known: Vec<_> = settings
            .profiles()
            .iter()
            .map(|profile| profile.id())
            .collect();
        let expected = format!("one of {}", known.join(", "));
        let finding = Finding::error(
            "emca.profile",
            PAGE,
            "profileID",
            format!("{:?}", id.as_str()),
            expected,
        );
        Fault::new(FaultKind::ProfileAbsent(id.clone()), finding)
    })
}

fn profile_of_name(name: Option<&str>, settings: &Emca) -> Result<Arc<EmcaProfile>, Fault> {
    let name = name.ok_or_else(|| missing("profileName"))?;
    let known = settings.profile_of_name(name).cloned();
    known.ok_or_else(|| unknown_profile_name("profileName", name))
}

/// A name that no profile has; it comes in a field of its own, or as the signed text.
pub(super) fn unknown_profile_name(field: &'static str, name: &str) -> Fault {
    let found = format!("{name:?}");
    let finding = Finding::error("emca.profile-name", PAGE, field, found, "a profile");
    Fault::new(FaultKind::ProfileName, finding)
}

fn malformed(
    kind: FaultKind,
    (rule, field, expected): (&'static str, &'static str, &'static str),
    error: &GrammarError,
    text: &str,
) -> Fault {
    let found = format!("{error}, in {text:?}");
    Fault::new(kind, Finding::error(rule, PAGE, field, found, expected))
}

/// The descriptions of the page's table of errors.
const IS_P7B_EXPLAINED: &str = "enter true for p7bCertificate and false for .cer certificate";
const VALIDITY_EXPLAINED: &str =
    "validity should be in proper format dd:hh:mm:ss e.g: 120:23:45:54";
const FROM_DATE_EXPLAINED: &str = "Invalid Input: From Date should be in proper format \
    dd:MM:YYYY hh:mm:ss e.g: 12:12:2019 00:00:00";

#[cfg(test)]
mod tests;
