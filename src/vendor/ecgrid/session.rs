//! `Login` and `Logout`: the beginning and the end of a session. Whose a session is, is kept by whoever hands it out.

use zeroize::Zeroizing;

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::error::{Fault, FaultKind, Parameter, Refusal};

/// What is done with a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SessionVerb {
    /// It begins.
    Login,
    /// It ends.
    Logout,
}

impl SessionVerb {
    /// The verb of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = [Self::Login, Self::Logout].into_iter();
        all.find(|verb| verb.name() == name)
    }

    /// The operation's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "Login",
            Self::Logout => "Logout",
        }
    }

    /// The child of a SOAP body that answers: `…Response` around `…Result`.
    #[must_use]
    pub fn response(self, result: Element) -> Element {
        let (response, name) = match self {
            Self::Login => ("LoginResponse", "LoginResult"),
            Self::Logout => ("LogoutResponse", "LogoutResult"),
        };
        Element::of(response, vec![result.named(name)])
    }
}

/// What `Login` answers: the session's number.
#[must_use]
pub fn logged_in(session: &str) -> Element {
    Element::text("string", session)
}

/// What `Logout` answers; the vendor does not say what its number means.
#[must_use]
pub fn logged_out() -> Element {
    Element::text("int", 1)
}

/// Who logs in with these parameters.
///
/// # Errors
/// `Invalid SessionID`, or that a parameter is missing.
pub fn login(parameters: &[(&str, &str)], settings: &Ecgrid) -> Result<Caller, Refusal> {
    let [login, password] = [LOGIN_NAME, PASSWORD].map(|parameter| {
        let named = parameters.iter().find(|(name, _)| *name == parameter.soap);
        named
            .map(|(_, text)| Zeroizing::new((*text).to_owned()))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing(parameter))
    });
    settings.login(&login?, &password?)
}

/// `SessionID`, unless it is absent or empty.
#[must_use]
pub fn session_id<'a>(parameters: &[(&'a str, &'a str)]) -> Option<&'a str> {
    let named = parameters.iter().find(|(name, _)| *name == "SessionID");
    named
        .map(|(_, text)| text.trim())
        .filter(|text| !text.is_empty())
}

fn missing(parameter: Parameter) -> Refusal {
    let finding = Finding::error(
        "ecgrid.missing",
        SOURCE,
        parameter.soap,
        "nothing",
        "a value",
    );
    let fault = Fault::new(
        FaultKind::MissingParameter,
        parameter,
        "is required",
        finding,
    );
    Refusal::of(Stage::Wire, fault)
}

const LOGIN_NAME: Parameter = Parameter {
    rest: "LoginName",
    soap: "LoginName",
};

const PASSWORD: Parameter = Parameter {
    rest: "Password",
    soap: "Password",
};

const SOURCE: &str = "ECGrid, WSDL of version 4.1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::ecgrid::config::EcgridConfig;
    use crate::vendor::ecgrid::enums::AuthLevel;

    #[test]
    fn a_login_needs_both_words_and_the_right_ones() {
        let text = "[[users]]\nlogin = 'admin'\npassword = 's3cret'\nlevel = 'MailboxAdmin'";
        let config: EcgridConfig = toml::from_str(text).unwrap();
        let settings = Ecgrid::from_config(config).unwrap();
        let asked = |parameters: &[(&str, &str)]| {
            login(parameters, &settings)
                .map(|caller| caller.level())
                .map_err(|refusal| refusal.kind())
        };
        let both = [("LoginName", "admin"), ("Password", "s3cret")];
        assert_eq!(asked(&both), Ok(AuthLevel::MailboxAdmin));
        assert_eq!(asked(&both[..1]), Err(FaultKind::MissingParameter));
        let wrong = [("LoginName", "admin"), ("Password", "secret")];
        assert_eq!(asked(&wrong), Err(FaultKind::InvalidSession));
    }

    #[test]
    fn a_session_answers_under_the_names_of_the_wsdl() {
        let answer = SessionVerb::Login.response(logged_in("a-b"));
        let expected = "<LoginResponse><LoginResult>a-b</LoginResult></LoginResponse>";
        assert_eq!(*answer.to_xml(None), expected);
        let answer = SessionVerb::Logout.response(logged_out());
        let expected = "<LogoutResponse><LogoutResult>1</LogoutResult></LogoutResponse>";
        assert_eq!(*answer.to_xml(None), expected);
    }
}
