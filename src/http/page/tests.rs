//! The pages, read as XML.

use roxmltree::{Document, Node};
use serde_json::json;

use crate::http::tests::{Answer, Bench, config};

mod certificates;
mod keys;
mod marks;
mod views;

/// `me:p:w`.
const ME: (&str, &str) = ("authorization", "Basic bWU6cDp3");

const OPERATOR: &str = "[[server.operators]]\nname = 'me'\npassword = 'p:w'\n";

const HOSTILE: &str = r#"</td><script>alert("1")</script><b onclick='x'>&amp;"#;

/// A server at which a Comm has a certificate, and a station another.
fn bench(more: &str) -> Bench {
    let text = config(more).replace("\"My Company\"", &format!("'''{HOSTILE}'''"));
    let bench = Bench::new(&text);
    let made = bench.call(
        "POST /v2/certificates/create",
        &[("x-api-key", "demo"), ("content-type", "application/json")],
        json!({"commId": 5001}).to_string().as_bytes(),
    );
    assert_eq!(made.status, 200, "{}", made.body);
    let made = bench.call(
        "POST /api/v1/certificates/create",
        &[
            ("authorization", "Bearer demo"),
            ("content-type", "application/json"),
        ],
        json!({"station": 62, "selfSigned": true, "dias": 730})
            .to_string()
            .as_bytes(),
    );
    assert!((200..300).contains(&made.status), "{}", made.body);
    bench
}

fn get(bench: &Bench, path: &str, headers: &[(&str, &str)]) -> Answer {
    bench.call(&format!("GET {path}"), headers, b"")
}

fn shown(bench: &Bench, path: &str) -> Answer {
    let answer = get(bench, path, &[ME]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer
}

fn xml(answer: &Answer) -> Document<'_> {
    let text = answer.body.strip_prefix("<!DOCTYPE html>\n").unwrap();
    Document::parse(text).unwrap()
}

fn all<'a>(node: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants()
        .filter(move |node| node.has_tag_name(name))
}

fn said(node: Node<'_, '_>) -> String {
    let parts = node
        .descendants()
        .filter_map(|node| node.text().filter(|_| node.is_text()));
    parts.collect::<Vec<_>>().concat()
}

/// The cells of each row of the first table.
fn rows(document: &Document<'_>) -> Vec<Vec<String>> {
    let body = document
        .descendants()
        .find(|node| node.has_tag_name("tbody"));
    let rows = body.into_iter().flat_map(|body| body.children());
    rows.filter(Node::is_element)
        .map(|row| row.children().filter(Node::is_element).map(said).collect())
        .collect()
}

fn column(answer: &Answer, at: usize) -> Vec<String> {
    rows(&xml(answer))
        .into_iter()
        .map(|row| row[at].clone())
        .collect()
}
