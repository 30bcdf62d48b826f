//! ECGrid over SOAP 1.1, SOAP 1.2 and the HTTP POST binding, all at `/v4.1/prod/ECGridOS.asmx`.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use zeroize::Zeroizing;

use super::{Asked, Form as Wire, failed, outcome};
use crate::http::route::{Face, Incoming, Outcome, Reply, Route, TEXT, handler};
use crate::http::site::Site;
use crate::service::EcgridAnswer;
use crate::vendor::ecgrid::access;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::session;
use crate::vendor::ecgrid::session::SessionVerb;
use crate::vendor::ecgrid::soap as envelope;
use crate::vendor::ecgrid::soap::{Form, Message};
use crate::vendor::ecgrid::wire::Call;
use crate::vendor::ecgrid::wsdl;
use crate::vendor::ecgrid::{DOCUMENTED_NAMESPACE, NAMESPACE};

/// The table.
pub(in crate::http) const ROUTES: &[Route] = &[
    Route {
        face: Face::Ecgrid,
        name: "soap",
        method: Method::POST,
        path: PATH,
        summary: "Every operation of the WSDL, in SOAP 1.1 or SOAP 1.2.",
        handler: handler!(soap),
    },
    Route {
        face: Face::Ecgrid,
        name: "wsdl",
        method: Method::GET,
        path: PATH,
        summary: "The WSDL (?WSDL).",
        handler: |site, incoming| Box::pin(std::future::ready(describe(&site, &incoming))),
    },
    Route {
        face: Face::Ecgrid,
        name: "soap-post",
        method: Method::POST,
        path: "/v4.1/prod/ECGridOS.asmx/{operation}",
        summary: "The operations in the HTTP POST binding: a form in, the bare result out.",
        handler: handler!(post),
    },
];

const PATH: &str = "/v4.1/prod/ECGridOS.asmx";

/// Names and texts of an operation.
type Parameters = Vec<(String, Zeroizing<String>)>;

async fn soap(site: Arc<Site>, incoming: Incoming) -> Reply {
    let form = Form::of_content_type(incoming.header("content-type").unwrap_or_default());
    let message = Message::from_xml(&incoming.body).and_then(|message| {
        message.check_action(incoming.header("soapaction"))?;
        Ok(message)
    });
    let message = match message {
        Ok(message) => message,
        Err(refusal) => return fault(form, &refusal),
    };
    let form = message.form();
    let (text, action) = match &message {
        Message::Session(request) => {
            let done = keep_session(&site, request.verb(), &request.parameters());
            (
                done.map(|done| request.response(done)),
                request.verb().name(),
            )
        }
        Message::Operation(request) => {
            let operation = request.operation();
            let done = act(&site, operation, request.parameters(), Binding::Soap).await;
            (
                done.map(|done| request.response(done.to_soap())),
                operation.name(),
            )
        }
    };
    match text {
        Ok(text) => {
            Reply::secret(form.content_type(), text).with_outcome(Outcome::ok().of_action(action))
        }
        Err(refusal) => fault(form, &refusal),
    }
}

fn fault(form: Form, refusal: &Refusal) -> Reply {
    Reply::secret(form.content_type(), form.fault(refusal))
        .with_status(form.fault_status(refusal))
        .with_outcome(outcome(refusal))
}

/// How the parameters came, which decides how their dates are read.
#[derive(Clone, Copy)]
enum Binding {
    Post,
    Soap,
}

impl Binding {
    fn call<'a>(self, pairs: &'a [(&'a str, &'a str)]) -> Call<'a> {
        match self {
            Self::Post => Call::Form(pairs),
            Self::Soap => Call::Elements(pairs),
        }
    }
}

async fn act(
    site: &Site,
    operation: Operation,
    pairs: Vec<(&str, &str)>,
    binding: Binding,
) -> Result<EcgridAnswer, Refusal> {
    let caller = caller(site, &pairs)?;
    site.admit(session::session_id(&pairs).unwrap_or_default())?;
    if let Some(asked) = Asked::read(operation, &binding.call(&pairs))? {
        let info = site.make(asked, caller, Wire::Soap).await?;
        return Ok(EcgridAnswer::CommInfo(info));
    }
    let parameters: Parameters = pairs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Zeroizing::new(text.to_owned())))
        .collect();
    let answer = site.queue.ask(move |desk| {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        let pairs: Vec<_> = parameters
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let call = binding.call(&pairs);
        desk.service
            .ecgrid_answer(operation, &call, &caller, &moment, &mut rng)
    });
    answer.await.map_err(failed)?
}

/// A session, or an API key in its place. Where nobody is registered any text will do, and there must be one.
fn caller(site: &Site, pairs: &[(&str, &str)]) -> Result<Caller, Refusal> {
    let number = session::session_id(pairs).ok_or_else(access::invalid_session)?;
    match site.sessions.caller(number, site.now()) {
        Some(caller) => Ok(caller),
        None => site
            .ecgrid
            .by_api_key(Some(number))
            .map_err(|_| access::invalid_session()),
    }
}

fn keep_session(
    site: &Site,
    verb: SessionVerb,
    pairs: &[(&str, &str)],
) -> Result<Element, Refusal> {
    match verb {
        SessionVerb::Login => {
            let caller = session::login(pairs, &site.ecgrid)?;
            let number = site.sessions.begin(caller, site.now());
            let number = number.map_err(|error| Refusal::internal(&error))?;
            Ok(session::logged_in(&number))
        }
        _ => {
            let number = session::session_id(pairs);
            let ended = number.is_some_and(|number| site.sessions.end(number));
            match ended {
                true => Ok(session::logged_out()),
                false => Err(access::invalid_session()),
            }
        }
    }
}

async fn post(site: Arc<Site>, incoming: Incoming) -> Reply {
    let name = incoming.path.first().map(|(_, name)| name.as_str());
    let name = name.unwrap_or_default();
    let fields: Parameters = form_urlencoded::parse(&incoming.body)
        .map(|(name, text)| (name.into_owned(), Zeroizing::new(text.into_owned())))
        .collect();
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let verb = (SessionVerb::from_name(name), Operation::from_name(name));
    let done = match (envelope::check_once(&pairs), verb) {
        (Err(refusal), _) => Err(refusal),
        (_, (Some(verb), _)) => keep_session(&site, verb, &pairs),
        (_, (None, Some(operation))) => {
            let done = act(&site, operation, pairs, Binding::Post).await;
            done.map(|done| done.to_soap())
        }
        (_, (None, None)) => {
            let text = format!(
                "no such operation, there are {}",
                Operation::names_in_text()
            );
            return Reply::plain(StatusCode::NOT_FOUND, &text);
        }
    };
    match done {
        Ok(element) => Reply::secret(XML, document(&element)),
        // The vendor's framework answers a fault in this binding as text.
        Err(refusal) => {
            let message = refusal.faults().first().map_or("", Fault::soap_message);
            Reply::new(TEXT, format!("{message}\n"))
                .with_status(500)
                .with_outcome(outcome(&refusal))
        }
    }
}

fn document(element: &Element) -> Zeroizing<String> {
    let mut text = Zeroizing::new("<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned());
    text.push_str(&element.to_xml(Some(NAMESPACE)));
    text
}

fn describe(site: &Site, incoming: &Incoming) -> Reply {
    let mut query = incoming.query.iter();
    if !query.any(|(name, _)| name.eq_ignore_ascii_case("wsdl")) {
        let text = format!(
            "ECGridOS: SOAP 1.1 and 1.2 by POST in {NAMESPACE} or {DOCUMENTED_NAMESPACE}; ?WSDL describes it"
        );
        return Reply::plain(StatusCode::OK, &text).with_outcome(Outcome::ok());
    }
    let scheme = site.settings.scheme();
    // Whatever name the caller has for this machine.
    let host = incoming.header("host").unwrap_or("localhost");
    Reply::new(XML, wsdl::wsdl(&format!("{scheme}://{host}{PATH}")))
}

const XML: &str = "text/xml; charset=utf-8";
