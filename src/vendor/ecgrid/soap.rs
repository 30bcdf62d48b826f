//! SOAP 1.1, SOAP 1.2 and the bare element of an operation: from XML to the parameters of a [`Call`], and from an answer
//! back to XML, in the form and the namespace that the caller used.
//!
//! A document type declaration, and so every entity but the five of XML itself, is refused; so is what a body cannot
//! mean: a parameter that stands twice, a parameter with elements in it, a header that must be understood.
//!
//! [`Call`]: crate::vendor::ecgrid::wire::Call

use std::fmt;

use roxmltree::{Document, Node, ParsingOptions};
use zeroize::Zeroizing;

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::error::{Fault, FaultKind, Parameter, Refusal};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::session;
use crate::vendor::ecgrid::session::SessionVerb;
use crate::vendor::ecgrid::wire::MAX_BODY_OCTETS;
use crate::vendor::ecgrid::{DOCUMENTED_NAMESPACE, NAMESPACE};

pub use form::Form;

use form::{SOAP_11, SOAP_12};

mod form;

/// What a body asks for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Message {
    /// An operation.
    Operation(SoapRequest),
    /// The beginning or the end of a session.
    Session(SessionRequest),
}

/// The beginning or the end of a session, with its parameters as they came.
pub struct SessionRequest {
    form: Form,
    namespace: Option<&'static str>,
    verb: SessionVerb,
    parameters: Vec<(String, Zeroizing<String>)>,
}

/// An operation with its parameters, as they came.
pub struct SoapRequest {
    form: Form,
    namespace: Option<&'static str>,
    operation: Operation,
    parameters: Vec<(String, Zeroizing<String>)>,
}

impl SoapRequest {
    /// Whether a body is XML rather than JSON: it begins with `<`.
    #[must_use]
    pub fn is_xml(body: &[u8]) -> bool {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        body.trim_ascii_start().first() == Some(&b'<')
    }

    /// Reads an envelope, or the operation's element alone; an element alone may be in no namespace.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage. Nobody knows the form then: it is answered as SOAP 1.1.
    pub fn from_xml(body: &[u8]) -> Result<Self, Refusal> {
        match Message::from_xml(body)? {
            Message::Operation(request) => Ok(request),
            Message::Session(session) => {
                let found = format!("operation {:?}", session.verb().name());
                Err(refused(&found, &Operation::names_in_text()))
            }
        }
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What stands around it.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// `SessionID`, unless it is absent or empty.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        session::session_id(&self.parameters())
    }

    /// Names and texts, as [`Call::Elements`](crate::vendor::ecgrid::wire::Call::Elements) takes them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&str, &str)> {
        pairs(&self.parameters)
    }

    /// The answer: `…Response` around `…Result`.
    #[must_use]
    pub fn response(&self, result: Element) -> Zeroizing<String> {
        let element = self.operation.response(result);
        self.form.document(&element.to_xml(self.namespace))
    }
}

impl Message {
    /// Reads an envelope, or an element alone; an element alone may be in no namespace.
    ///
    /// # Errors
    /// As [`SoapRequest::from_xml`].
    pub fn from_xml(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > MAX_BODY_OCTETS {
            let expected = format!("at most {MAX_BODY_OCTETS} octets");
            return Err(refused(&format!("{} octets", body.len()), &expected));
        }
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|error| {
            let found = format!("other octets after {} that are UTF-8", error.valid_up_to());
            refused(&found, "XML in UTF-8")
        })?;
        // The parser lets an empty declaration pass.
        if text.contains("<!DOCTYPE") {
            let found = "a document type declaration";
            return Err(refused(found, "XML without one"));
        }
        let options = ParsingOptions {
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(text, options);
        let document = document.map_err(|error| refused(&error.to_string(), "XML"))?;
        let root = document.root_element();
        let (form, element) = operation_of(root)?;
        let name = element.tag_name();
        let namespace = match name.namespace() {
            None if form == Form::Bare => None,
            Some(NAMESPACE) => Some(NAMESPACE),
            Some(DOCUMENTED_NAMESPACE) => Some(DOCUMENTED_NAMESPACE),
            found => {
                let found = format!("namespace {:?}", found.unwrap_or_default());
                return Err(refused(&found, NAMESPACE));
            }
        };
        let parameters = parameters(element)?;
        if let Some(verb) = SessionVerb::from_name(name.name()) {
            return Ok(Self::Session(SessionRequest {
                form,
                namespace,
                verb,
                parameters,
            }));
        }
        let operation = Operation::from_name(name.name()).ok_or_else(|| {
            let found = format!("operation {:?}", name.name());
            refused(&found, &Operation::names_in_text())
        })?;
        Ok(Self::Operation(SoapRequest {
            form,
            namespace,
            operation,
            parameters,
        }))
    }

    /// The operation's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Operation(request) => request.operation.name(),
            Self::Session(session) => session.verb.name(),
        }
    }

    /// What stands around it.
    #[must_use]
    pub fn form(&self) -> Form {
        match self {
            Self::Operation(request) => request.form,
            Self::Session(session) => session.form,
        }
    }

    /// Holds the header `SOAPAction` against the operation: who sends another one means something else. One that is
    /// absent or empty says nothing (SOAP 1.1 §6.1.1).
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn check_action(&self, header: Option<&str>) -> Result<(), Refusal> {
        let action = header.unwrap_or_default().trim().trim_matches('"');
        let namespaces = [NAMESPACE, DOCUMENTED_NAMESPACE];
        let named = namespaces
            .iter()
            .find_map(|namespace| action.strip_prefix(namespace));
        if action.is_empty() || named == Some(self.name()) {
            return Ok(());
        }
        let expected = format!("{NAMESPACE}{}", self.name());
        Err(refused(&format!("SOAPAction {action:?}"), &expected))
    }
}

impl SessionRequest {
    /// Whether a session begins or ends.
    #[must_use]
    pub fn verb(&self) -> SessionVerb {
        self.verb
    }

    /// Names and texts.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&str, &str)> {
        pairs(&self.parameters)
    }

    /// The answer: `…Response` around `…Result`.
    #[must_use]
    pub fn response(&self, result: Element) -> Zeroizing<String> {
        let element = self.verb.response(result);
        self.form.document(&element.to_xml(self.namespace))
    }
}

impl fmt::Debug for SoapRequest {
    /// Parameters by name alone: one may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|(name, _)| name);
        f.debug_struct("SoapRequest")
            .field("form", &self.form)
            .field("namespace", &self.namespace)
            .field("operation", &self.operation)
            .field("parameters", &names.collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionRequest({}, [elided])", self.verb.name())
    }
}

/// The operation's element, and what stands around it.
fn operation_of<'a, 'input>(root: Node<'a, 'input>) -> Result<(Form, Node<'a, 'input>), Refusal> {
    let name = root.tag_name();
    let form = match (name.name(), name.namespace()) {
        ("Envelope", Some(SOAP_11)) => Form::Soap11,
        ("Envelope", Some(SOAP_12)) => Form::Soap12,
        ("Envelope", found) => {
            let found = format!("an envelope of {:?}", found.unwrap_or_default());
            return Err(refused(&found, &format!("{SOAP_11} or {SOAP_12}")));
        }
        _ => return Ok((Form::Bare, root)),
    };
    let namespace = name.namespace();
    let is_part = |node: &Node<'_, '_>, part| {
        node.tag_name().name() == part && node.tag_name().namespace() == namespace
    };
    let mut parts = root.children().filter(Node::is_element);
    let mut next = parts.next();
    if let Some(header) = next.filter(|node| is_part(node, "Header")) {
        check_header(header, namespace.unwrap_or_default())?;
        next = parts.next();
    }
    let body = next.filter(|node| is_part(node, "Body"));
    let body = body.ok_or_else(|| refused("no Body", "a Body in the Envelope"))?;
    let mut elements = body.children().filter(Node::is_element);
    match (elements.next(), elements.next()) {
        (Some(element), None) => Ok((form, element)),
        (None, _) => Err(refused("an empty Body", "one operation")),
        (Some(_), Some(_)) => Err(refused("several elements in the Body", "one operation")),
    }
}

/// SOAP 1.1 §4.2.3, SOAP 1.2 part 1 §5.2.3: who does not understand such a header must not go on.
fn check_header(header: Node<'_, '_>, namespace: &str) -> Result<(), Refusal> {
    let must = |node: &Node<'_, '_>| {
        let flag = node.attribute((namespace, "mustUnderstand"));
        flag.is_some_and(|flag| ["1", "true"].contains(&flag.trim()))
    };
    match header.children().filter(Node::is_element).find(must) {
        None => Ok(()),
        Some(node) => {
            let found = format!("header {:?}", node.tag_name().name());
            Err(refused(&found, "no header that must be understood"))
        }
    }
}

/// The children of an operation: their local names, and their texts.
fn parameters(element: Node<'_, '_>) -> Result<Vec<(String, Zeroizing<String>)>, Refusal> {
    let mut parameters: Vec<(String, Zeroizing<String>)> = Vec::new();
    for child in element.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if parameters.iter().any(|(known, _)| known == name) {
            return Err(refused(&format!("{name:?} twice"), "each parameter once"));
        }
        if child.children().any(|below| below.is_element()) {
            let found = format!("elements in {name:?}");
            return Err(refused(&found, "a text in each parameter"));
        }
        // A comment parts a text in two.
        let mut text = Zeroizing::new(String::new());
        for part in child.children().filter(Node::is_text) {
            text.push_str(part.text().unwrap_or_default());
        }
        parameters.push((name.to_owned(), text));
    }
    Ok(parameters)
}

/// Refuses parameters of which one stands twice: nobody could tell which is meant.
///
/// # Errors
/// A [`Refusal`] of the wire stage.
pub fn check_once(parameters: &[(&str, &str)]) -> Result<(), Refusal> {
    for (at, (name, _)) in parameters.iter().enumerate() {
        if parameters.iter().take(at).any(|(known, _)| known == name) {
            return Err(refused(&format!("{name:?} twice"), "each parameter once"));
        }
    }
    Ok(())
}

fn pairs(parameters: &[(String, Zeroizing<String>)]) -> Vec<(&str, &str)> {
    let parameters = parameters.iter();
    parameters
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

fn refused(found: &str, expected: &str) -> Refusal {
    let finding = Finding::error("ecgrid.soap", SOURCE, "body", found, expected);
    let body = Parameter {
        rest: "body",
        soap: "Body",
    };
    let message = format!("is {}, {expected} is expected", finding.found());
    let fault = Fault::new(FaultKind::InvalidParameter, body, &message, finding);
    Refusal::of(Stage::Wire, fault)
}

const SOURCE: &str = "ECGrid, WSDL of version 4.1";

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Far more than an envelope with every parameter has.
const MAX_NODES: u32 = 1024;

#[cfg(test)]
mod tests;
