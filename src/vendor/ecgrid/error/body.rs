//! A refusal as REST and as SOAP say it.

use serde::Serialize;

use super::{Fault, FaultKind, Refusal};
use crate::vendor::ecgrid::element::Element;

/// The body of a REST refusal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestError {
    success: bool,
    error_code: &'static str,
    message: String,
    data: (),
}

/// A SOAP fault; SOAP 1.1 sends it with the HTTP status 500.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SoapFault {
    client: bool,
    fault_string: String,
    detail: Vec<Element>,
}

impl Refusal {
    /// The body of the REST reply.
    #[must_use]
    pub fn to_rest(&self) -> RestError {
        RestError {
            success: false,
            error_code: self.kind().error_code(),
            message: self.message().to_owned(),
            data: (),
        }
    }

    /// The fault of the SOAP reply.
    ///
    /// `ErrorInfo`, which the vendor's clients parse, is the first child of `detail`, the documentation's
    /// `ECGridOSSOAPErrorCode` the second. A missing parameter is refused by the vendor's framework: no detail.
    #[must_use]
    pub fn to_soap(&self) -> SoapFault {
        let kind = self.kind();
        let (code, string) = kind.error_info();
        let first = self.faults.first();
        let item = first.map_or("", Fault::item);
        let message = first.map_or("", Fault::soap_message);
        let mut detail = vec![
            Element::of(
                "ErrorInfo",
                vec![
                    Element::text("ErrorCode", code),
                    Element::text("ErrorString", string),
                    Element::text("ErrorItem", item),
                    Element::text("ErrorMessage", message),
                ],
            ),
            Element::text("ECGridOSSOAPErrorCode", kind.soap_word()),
        ];
        let fault_string = match kind {
            FaultKind::MissingParameter => {
                detail.clear();
                format!("Server was unable to read request. ---> {message}")
            }
            _ => string.to_owned(),
        };
        SoapFault {
            client: !kind.is_ours(),
            fault_string,
            detail,
        }
    }
}

impl RestError {
    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl SoapFault {
    /// Whether the caller is at fault.
    #[must_use]
    pub fn is_callers(&self) -> bool {
        self.client
    }

    /// `faultcode` of SOAP 1.1: whose fault it is.
    #[must_use]
    pub fn fault_code(&self) -> &'static str {
        if self.client {
            "soap:Client"
        } else {
            "soap:Server"
        }
    }

    /// `faultcode` as SOAP 1.2 calls it (`Code/Value`).
    #[must_use]
    pub fn fault_code_12(&self) -> &'static str {
        if self.client {
            "soap:Sender"
        } else {
            "soap:Receiver"
        }
    }

    /// `faultstring`.
    #[must_use]
    pub fn fault_string(&self) -> &str {
        &self.fault_string
    }

    /// The children of `detail`, in no namespace.
    #[must_use]
    pub fn detail(&self) -> &[Element] {
        &self.detail
    }
}
