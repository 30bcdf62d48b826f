//! The description of the service: whole, sound, and answered as it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Answer, Bench, config};
use crate::http::openapi::{described, document};
use crate::http::route::Face;

mod schema;

/// Every operation of a document: its path, method and itself.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            all.push((path.as_str(), method.as_str(), operation));
        }
    }
    all
}

/// What a reference names; anything else is itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
        return value;
    };
    let found = document.pointer(reference.strip_prefix('#').unwrap());
    found.unwrap_or_else(|| panic!("{reference} names nothing"))
}

fn whole() -> Value {
    document(&Face::VENDORS).unwrap()
}

#[test]
fn routes_and_description_name_each_other() {
    let mut served = vec![Vec::new(), Face::VENDORS.to_vec()];
    served.extend(Face::VENDORS.map(|face| vec![face]));
    for faces in served {
        let rows: BTreeSet<_> = described(&faces)
            .map(|route| (route.path, route.method.as_str().to_ascii_lowercase()))
            .collect();
        let document = document(&faces).unwrap();
        let told: BTreeSet<_> = operations(&document)
            .into_iter()
            .map(|(path, method, _)| (path, method.to_owned()))
            .collect();
        assert_eq!(rows, told, "{faces:?}");
    }
}

#[test]
fn only_soap_and_the_pages_are_left_out() {
    let all: BTreeSet<_> = described(&Face::VENDORS).map(|route| route.path).collect();
    let left = crate::http::routes::served(&Face::VENDORS).map(|route| route.path);
    let left: BTreeSet<_> = left.filter(|path| !all.contains(path)).collect();
    let expected = [
        "/",
        "/certificates/{id}",
        "/certificates/{id}/p12",
        "/certificates/{id}/{form}",
        "/expiry",
        "/lifecycle",
        "/page.css",
        "/requests",
        "/rules",
        "/v4.1/prod/ECGridOS.asmx",
        "/v4.1/prod/ECGridOS.asmx/{operation}",
    ];
    assert_eq!(left, BTreeSet::from(expected));
}

/// `OpenAPI` 3.1.0 §4.8, as far as this document uses it.
#[test]
fn the_document_is_an_openapi_document() {
    let document = whole();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        assert!(
            ["get", "post", "delete"].contains(&method) && path.starts_with('/'),
            "{at}"
        );
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{at}"
        );
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{at}");
        let known = |tag: &&&Value| tag["name"] == operation["tags"][0];
        assert_eq!(tags.iter().filter(known).count(), 1, "{at}");
        for way in operation["security"].as_array().unwrap() {
            for name in way.as_object().unwrap().keys() {
                let scheme = &document["components"]["securitySchemes"][name];
                assert!(scheme["type"].is_string(), "{at}: {name}");
            }
        }
        parameters_stand_in_the_path(&document, path, operation);
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!((200..600).contains(&status.parse::<u16>().unwrap()), "{at}");
            let response = resolved(&document, response);
            assert!(response["description"].is_string(), "{at} {status}");
        }
    }
    let mut used = BTreeSet::new();
    references(&document, &document, &mut used);
    for (sort, all) in document["components"].as_object().unwrap() {
        for (name, component) in all.as_object().unwrap() {
            if sort == "schemas" {
                schema::is_known(component, name);
            }
            // The one is what is encrypted, and schemes are named otherwise.
            let is_used = used.contains(&format!("#/components/{sort}/{name}"));
            let told = sort == "securitySchemes" || name == "EmcaObject";
            assert!(is_used || told, "{sort} {name} is not used");
        }
    }
}

fn parameters_stand_in_the_path(document: &Value, path: &str, operation: &Value) {
    let given = operation.get("parameters").and_then(Value::as_array);
    let given = given.into_iter().flatten();
    let named: BTreeSet<_> = given
        .map(|parameter| resolved(document, parameter))
        .filter(|parameter| parameter["in"] == "path")
        .map(|parameter| {
            assert_eq!(parameter["required"], true);
            parameter["name"].as_str().unwrap()
        })
        .collect();
    let parts = path.split('/');
    let braced = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    assert_eq!(named, braced.collect(), "{path}");
}

/// Every reference, each of which must name something.
fn references(document: &Value, value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(name)) = fields.get("$ref") {
                resolved(document, value);
                used.insert(name.clone());
            }
            fields
                .values()
                .for_each(|value| references(document, value, used));
        }
        Value::Array(all) => all
            .iter()
            .for_each(|value| references(document, value, used)),
        _ => {}
    }
}

/// Each example is asked for, in the order of paths and names, and answered with the status under which an example of the
/// same name stands, in its type, by its schema and with its code.
#[test]
fn examples_are_answered_as_the_description_says() {
    let bench = Bench::new(&config(""));
    bench.runtime().block_on(bench.site.publish());
    let document = whole();
    let mut asked = BTreeMap::new();
    for (path, method, operation) in operations(&document) {
        for (name, body) in bodies(operation) {
            let (line, headers) = call(&document, path, method, operation, &name);
            let body = body.map(Value::to_string).unwrap_or_default();
            let answer = bench.call(&line, &headers, body.as_bytes());
            agrees(&document, operation, &name, &answer, &line);
            *asked
                .entry(operation["tags"][0].as_str().unwrap())
                .or_insert(0) += 1;
        }
    }
    let expected = [
        ("as2expert", 11),
        ("ecgrid", 10),
        ("emca", 16),
        ("enos", 19),
        ("operator", 3),
        ("public", 4),
    ];
    assert_eq!(asked, BTreeMap::from(expected));
}

/// The bodies that an operation's examples have, and one call without a body where it takes none.
fn bodies(operation: &Value) -> Vec<(String, Option<&Value>)> {
    let examples = operation.pointer("/requestBody/content/application~1json/examples");
    match examples.and_then(Value::as_object) {
        Some(examples) => examples
            .iter()
            .map(|(name, example)| (name.clone(), Some(&example["value"])))
            .collect(),
        None => {
            let examples = operation.pointer("/responses/200/content/application~1json/examples");
            let name = examples.and_then(|examples| examples.as_object()?.keys().next());
            vec![(name.cloned().unwrap_or_default(), None)]
        }
    }
}

/// The request line with the example values of the parameters, and what the demonstration knows callers by.
fn call<'a>(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    name: &str,
) -> (String, Vec<(&'a str, &'a str)>) {
    let given = operation.get("parameters").and_then(Value::as_array);
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for parameter in given.into_iter().flatten() {
        let parameter = resolved(document, parameter);
        let own = parameter.get("examples").and_then(|all| all.get(name));
        let value = own
            .map(|own| &own["value"])
            .or_else(|| parameter.get("example"));
        let Some(value) = value else {
            continue;
        };
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let called = parameter["name"].as_str().unwrap();
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{called}}}"), &text),
            _ => query.push(format!("{called}={text}")),
        }
    }
    let nothing = Map::new();
    let way = operation["security"].get(0).and_then(Value::as_object);
    let headers = way
        .unwrap_or(&nothing)
        .keys()
        .map(|scheme| match &**scheme {
            "as2expertToken" => ("authorization", "Bearer demo"),
            "ecgridApiKey" => ("x-api-key", "demo"),
            "emcaKey" => ("emkey", "772a2b5a1909603fae1b8efad45571069ce5ab6f"),
            other => panic!("{other} is not known"),
        });
    let method = method.to_ascii_uppercase();
    let mark = if query.is_empty() { "" } else { "?" };
    let line = format!("{method} {path}{mark}{}", query.join("&"));
    (line, headers.collect())
}

fn agrees(document: &Value, operation: &Value, name: &str, answer: &Answer, line: &str) {
    let at = format!("{line} ({name}): {} {}", answer.status, answer.body);
    let responses = operation["responses"].as_object().unwrap();
    let named = responses.iter().find_map(|(status, response)| {
        let content = resolved(document, response).get("content")?;
        let example = content
            .get("application/json")?
            .get("examples")?
            .get(name)?;
        Some((status, &example["value"]))
    });
    let status = answer.status.to_string();
    if let Some((expected, _)) = named {
        assert_eq!(&status, expected, "{at}");
    }
    let response = responses.get(&status);
    let response = resolved(document, response.unwrap_or_else(|| panic!("{at}")));
    let media_type = answer.content_type.split(';').next().unwrap();
    let content = response["content"].get(media_type);
    let content = content.unwrap_or_else(|| panic!("{at}: {media_type}"));
    if media_type != "application/json" {
        return;
    }
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    schema::check(document, &content["schema"], &told).unwrap_or_else(|why| panic!("{at}: {why}"));
    if let Some((_, example)) = named {
        schema::check(document, &content["schema"], example).unwrap();
        for field in ["code", "status", "success", "errorCode", "msg", "message"] {
            assert_eq!(told.get(field), example.get(field), "{at}");
        }
    }
}

#[test]
fn the_page_runs_nothing_and_loads_nothing() {
    let bench = Bench::new(&config(""));
    let page = bench.call("GET /openapi", &[], b"");
    assert_eq!(
        (page.status, page.content_type.as_str()),
        (200, "text/html; charset=utf-8")
    );
    for nothing in ["<script", "http-equiv", "src=", "url(", "@import"] {
        assert!(!page.body.contains(nothing), "{nothing}");
    }
    for (path, method, _) in operations(&whole()) {
        let heading = format!("{} {path}</h3>", method.to_ascii_uppercase());
        assert!(page.body.contains(&heading), "{heading}");
    }
    // Every link within the page leads somewhere.
    for link in page.body.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.body.contains(&format!(" id=\"{id}\"")), "{id}");
    }
}
