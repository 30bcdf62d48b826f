//! The operations of the vendor's WSDL that this crate answers.

use crate::vendor::ecgrid::check::PAGE;
use crate::vendor::ecgrid::element::Element;

/// An operation of SOAP and of the HTTP POST binding.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// `CertAddPrivate`.
    AddPrivate,
    /// `CertAddPrivateA`, whose certificate is named `CertBase64`.
    AddPrivateA,
    /// `CertificateAddPublic`.
    AddPublic,
    /// `CertificateAddPublicA`, whose certificate is named `CertBase64`.
    AddPublicA,
    /// `CommInfo`.
    CommInfo,
    /// `CommList`.
    CommList,
    /// `CertificateCreatePrivate`.
    CreatePrivate,
    /// `CertificateRenewPrivate`.
    RenewPrivate,
    /// `CertificateTerminate`.
    Terminate,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 9] = [
        Self::AddPrivate,
        Self::AddPrivateA,
        Self::AddPublic,
        Self::AddPublicA,
        Self::CommInfo,
        Self::CommList,
        Self::CreatePrivate,
        Self::RenewPrivate,
        Self::Terminate,
    ];

    /// The operation of this name: the first element of a SOAP body, the end of a `SOAPAction`, or the last segment of
    /// a path.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.names().0 == name)
    }

    /// The operation behind a path of REST below `/v2/`, such as `certificates/create`; `comms/info` stands for
    /// `GET /v2/comms/{id}`, whose number is not a name.
    #[must_use]
    pub fn from_rest(path: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.rest() == Some(path))
    }

    /// The path of REST below `/v2/`; those whose certificate is named `CertBase64` are SOAP's alone.
    #[must_use]
    pub fn rest(self) -> Option<&'static str> {
        match self {
            Self::AddPrivate => Some("certificates/add-private"),
            Self::AddPublic => Some("certificates/add-public"),
            Self::AddPrivateA | Self::AddPublicA => None,
            Self::CommInfo => Some("comms/info"),
            Self::CommList => Some("comms/list"),
            Self::CreatePrivate => Some("certificates/create"),
            Self::RenewPrivate => Some("certificates/renew"),
            Self::Terminate => Some("certificates/terminate"),
        }
    }

    /// Every name, for a message.
    #[must_use]
    pub fn names_in_text() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Where the operation's rules stand, as findings cite it; REST's name is the one of its page.
    #[must_use]
    pub(in crate::vendor::ecgrid) fn source(self, soap: bool) -> &'static str {
        match self {
            Self::CreatePrivate if !soap => "ECGrid, Create Certificate",
            Self::AddPrivate | Self::AddPrivateA => "ECGrid, CertAddPrivate",
            Self::AddPublic | Self::AddPublicA => "ECGrid, CertificateAddPublic",
            Self::CommInfo => "ECGrid, CommInfo",
            Self::CommList => "ECGrid, CommList",
            Self::CreatePrivate => PAGE,
            Self::RenewPrivate => "ECGrid, CertificateRenewPrivate",
            Self::Terminate => "ECGrid, CertificateTerminate",
        }
    }

    /// The operation's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// The child of a SOAP body that answers: `…Response` around `…Result`.
    #[must_use]
    pub fn response(self, result: Element) -> Element {
        let (_, response, name) = self.names();
        Element::of(response, vec![result.named(name)])
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        macro_rules! names {
            ($name:literal) => {
                ($name, concat!($name, "Response"), concat!($name, "Result"))
            };
        }
        match self {
            Self::AddPrivate => names!("CertAddPrivate"),
            Self::AddPrivateA => names!("CertAddPrivateA"),
            Self::AddPublic => names!("CertificateAddPublic"),
            Self::AddPublicA => names!("CertificateAddPublicA"),
            Self::CommInfo => names!("CommInfo"),
            Self::CommList => names!("CommList"),
            Self::CreatePrivate => names!("CertificateCreatePrivate"),
            Self::RenewPrivate => names!("CertificateRenewPrivate"),
            Self::Terminate => names!("CertificateTerminate"),
        }
    }
}
