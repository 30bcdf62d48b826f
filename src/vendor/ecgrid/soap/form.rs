//! What stands around an operation: an envelope or nothing, and how each tells a refusal.

use zeroize::Zeroizing;

use crate::vendor::ecgrid::element::escape;
use crate::vendor::ecgrid::error::Refusal;

/// What stands around an operation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// Nothing.
    Bare,
    /// An envelope of SOAP 1.1.
    #[default]
    Soap11,
    /// An envelope of SOAP 1.2.
    Soap12,
}

impl Form {
    /// The form of whoever sends this content type.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Self {
        match content_type.split(';').next().unwrap_or_default().trim() {
            kind if kind.eq_ignore_ascii_case("application/soap+xml") => Self::Soap12,
            _ => Self::Soap11,
        }
    }

    /// The content type of its replies.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Soap12 => "application/soap+xml; charset=utf-8",
            Self::Bare | Self::Soap11 => "text/xml; charset=utf-8",
        }
    }

    /// The HTTP status of a refusal: SOAP 1.1 §6.2 has 500 for every fault, SOAP 1.2 part 2 §7.4.2 tells the caller's
    /// faults apart.
    #[must_use]
    pub fn fault_status(self, refusal: &Refusal) -> u16 {
        match self {
            Self::Soap12 if refusal.to_soap().is_callers() => 400,
            _ => 500,
        }
    }

    /// A refusal as this form says it; a bare one is a `Fault` of SOAP 1.1.
    #[must_use]
    pub fn fault(self, refusal: &Refusal) -> Zeroizing<String> {
        let fault = refusal.to_soap();
        let mut detail = Zeroizing::new(String::new());
        for element in fault.detail() {
            detail.push_str(&element.to_xml(None));
        }
        let mut reason = String::new();
        escape(fault.fault_string(), &mut reason);
        let body = match self {
            Self::Bare | Self::Soap11 => format!(
                "<faultcode>{}</faultcode><faultstring>{reason}</faultstring><detail>{}</detail>",
                fault.fault_code(),
                *detail
            ),
            Self::Soap12 => format!(
                "<soap:Code><soap:Value>{}</soap:Value></soap:Code><soap:Reason>\
                 <soap:Text xml:lang=\"en\">{reason}</soap:Text></soap:Reason>\
                 <soap:Detail>{}</soap:Detail>",
                fault.fault_code_12(),
                *detail
            ),
        };
        match self {
            Self::Bare => self.document(&format!(
                "<soap:Fault xmlns:soap=\"{SOAP_11}\">{body}</soap:Fault>"
            )),
            _ => self.document(&format!("<soap:Fault>{body}</soap:Fault>")),
        }
    }

    /// A document with what this form puts around the element.
    pub(super) fn document(self, element: &str) -> Zeroizing<String> {
        let namespace = match self {
            Self::Bare => return Zeroizing::new(format!("{DECLARATION}{element}")),
            Self::Soap11 => SOAP_11,
            Self::Soap12 => SOAP_12,
        };
        Zeroizing::new(format!(
            "{DECLARATION}<soap:Envelope xmlns:soap=\"{namespace}\"><soap:Body>{element}</soap:Body></soap:Envelope>"
        ))
    }
}

pub(super) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";

pub(super) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
