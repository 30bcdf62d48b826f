//! The description as a page: headings, tables, examples; no scripts, every text escaped.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The page over a document.
pub(super) fn render(document: &Value) -> String {
    let mut page = Page {
        document,
        html: String::new(),
    };
    page.whole();
    page.html
}

/// A page in the making.
struct Page<'a> {
    document: &'a Value,
    html: String,
}

impl<'a> Page<'a> {
    fn whole(&mut self) {
        let title = text(self.document.pointer("/info/title"));
        let version = text(self.document.pointer("/info/version"));
        self.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">");
        self.raw("<meta name=\"viewport\" content=\"width=device-width\"><title>");
        self.text(&format!("{title} {version}: its routes"));
        self.raw("</title><style>");
        self.raw(STYLE);
        self.raw("</style></head>\n<body>\n<main>\n");
        self.element("h1", &format!("{title} {version}: its routes"));
        self.element("p", text(self.document.pointer("/info/description")));
        self.raw("<p>The same for programs: <a href=\"/openapi.json\">/openapi.json</a>, OpenAPI 3.1.</p>\n");
        let tags = self.document.get("tags").and_then(Value::as_array);
        let tags = tags.map(Vec::as_slice).unwrap_or_default();
        self.contents(tags);
        for tag in tags {
            self.tag(tag);
        }
        self.components("securitySchemes", "Who calls");
        self.components("schemas", "Objects");
        self.raw("</main>\n</body>\n</html>\n");
    }

    /// Where what stands: a link for each tag and each of its operations.
    fn contents(&mut self, tags: &[Value]) {
        self.raw("<nav aria-label=\"Routes\">\n<ul>\n");
        for tag in tags {
            let name = text(tag.get("name"));
            self.raw("<li>");
            self.link(&format!("tag-{name}"), name);
            self.raw("<ul>\n");
            for (path, method, _) in self.operations(name) {
                self.raw("<li>");
                self.link(&anchor(&method, path), &format!("{method} {path}"));
                self.raw("</li>\n");
            }
            self.raw("</ul></li>\n");
        }
        self.raw("</ul>\n</nav>\n");
    }

    fn tag(&mut self, tag: &Value) {
        let name = text(tag.get("name"));
        self.heading("h2", &format!("tag-{name}"), name);
        self.element("p", text(tag.get("description")));
        for (path, method, operation) in self.operations(name) {
            self.operation(path, &method, operation);
        }
    }

    fn operations(&self, tag: &str) -> Vec<(&'a str, String, &'a Value)> {
        let paths = self.document.get("paths").and_then(Value::as_object);
        let items = paths.into_iter().flatten();
        let all = items.flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| {
                (path.as_str(), method.to_ascii_uppercase(), operation)
            })
        });
        all.filter(|(_, _, operation)| {
            operation.pointer("/tags/0").and_then(Value::as_str) == Some(tag)
        })
        .collect()
    }

    fn operation(&mut self, path: &str, method: &str, operation: &'a Value) {
        self.heading("h3", &anchor(method, path), &format!("{method} {path}"));
        let (summary, more) = (
            text(operation.get("summary")),
            text(operation.get("description")),
        );
        self.element("p", &format!("{summary} {more}"));
        self.security(operation.get("security"));
        self.parameters(operation.get("parameters"));
        if let Some(body) = operation.get("requestBody") {
            self.element("h4", "Body");
            self.element("p", text(body.get("description")));
            self.content(body);
        }
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            let response = self.resolved(response);
            self.element(
                "h4",
                &format!("{status}: {}", text(response.get("description"))),
            );
            self.content(response);
        }
    }

    /// Which schemes go together, and which are alternatives.
    fn security(&mut self, security: Option<&Value>) {
        let ways = security.and_then(Value::as_array);
        let ways = ways.into_iter().flatten().map(|way| {
            let names = way
                .as_object()
                .map(|way| way.keys().cloned().collect::<Vec<_>>());
            match names.filter(|names| !names.is_empty()) {
                Some(names) => names.join(" and "),
                None => "nothing, where nothing is configured".to_owned(),
            }
        });
        let ways: Vec<_> = ways.collect();
        let ways = if ways.is_empty() {
            "nothing".to_owned()
        } else {
            ways.join("; or ")
        };
        self.element("p", &format!("Needed of who calls: {ways}."));
    }

    fn parameters(&mut self, parameters: Option<&'a Value>) {
        let parameters = parameters.and_then(Value::as_array);
        let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) else {
            return;
        };
        self.raw("<table>\n<thead><tr><th scope=\"col\">Parameter</th><th scope=\"col\">In</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n");
        for parameter in parameters {
            let parameter = self.resolved(parameter);
            let required = parameter.get("required") == Some(&Value::Bool(true));
            self.raw("<tr>");
            self.cell(text(parameter.get("name")), required);
            self.element("td", text(parameter.get("in")));
            self.typed(parameter.get("schema"));
            self.element("td", text(parameter.get("description")));
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
    }

    /// The types of a body, what each is made of, and examples.
    fn content(&mut self, body: &'a Value) {
        let content = body.get("content").and_then(Value::as_object);
        for (media_type, content) in content.into_iter().flatten() {
            self.raw("<p><code>");
            self.text(media_type);
            self.raw("</code>: ");
            self.kind(content.get("schema").unwrap_or(&Value::Null));
            self.raw("</p>\n");
            let named = content.get("examples").and_then(Value::as_object);
            for (name, example) in named.into_iter().flatten() {
                self.example(name, example.get("value"));
            }
            if let Some(example) = content.get("example") {
                self.example("for example", Some(example));
            }
        }
    }

    fn example(&mut self, name: &str, value: Option<&Value>) {
        let json = value.and_then(|value| serde_json::to_string_pretty(value).ok());
        self.raw("<details><summary>");
        self.text(name);
        self.raw("</summary><pre>");
        self.text(&json.unwrap_or_default());
        self.raw("</pre></details>\n");
    }

    fn components(&mut self, sort: &str, title: &str) {
        let all = self
            .document
            .get("components")
            .and_then(|all| all.get(sort));
        self.heading("h2", sort, title);
        for (name, component) in all.and_then(Value::as_object).into_iter().flatten() {
            self.heading("h3", &format!("{sort}-{name}"), name);
            self.element("p", text(component.get("description")));
            match component.get("properties").and_then(Value::as_object) {
                Some(properties) => self.properties(component, properties),
                None => {
                    self.raw("<p>");
                    self.scheme(component);
                    self.raw("</p>\n");
                }
            }
        }
    }

    /// How a security scheme is told: where it stands and how it is called there.
    fn scheme(&mut self, scheme: &'a Value) {
        let named = ["type", "in", "name", "scheme"];
        let words: Vec<_> = named
            .iter()
            .filter_map(|name| scheme.get(*name)?.as_str())
            .collect();
        self.raw("<code>");
        self.text(&words.join(" "));
        self.raw("</code>");
    }

    fn properties(&mut self, component: &Value, properties: &'a Map<String, Value>) {
        let required = component.get("required").and_then(Value::as_array);
        self.raw("<table>\n<thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n");
        for (name, schema) in properties {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
            self.raw("<tr>");
            self.cell(name, is_required);
            self.typed(Some(schema));
            self.element("td", text(schema.get("description")));
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
    }

    fn cell(&mut self, name: &str, required: bool) {
        self.raw("<th scope=\"row\"><code>");
        self.text(name);
        self.raw("</code>");
        self.raw(if required { " required</th>" } else { "</th>" });
    }

    fn typed(&mut self, schema: Option<&'a Value>) {
        self.raw("<td>");
        self.kind(schema.unwrap_or(&Value::Null));
        self.raw("</td>");
    }

    /// A schema in a few words; one that has a name by its name.
    fn kind(&mut self, schema: &'a Value) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.link(&format!("schemas-{name}"), name);
        }
        let any = ["oneOf", "anyOf"]
            .iter()
            .find_map(|name| schema.get(*name)?.as_array());
        let of = any.filter(|_| schema.get("properties").is_none());
        for (index, one) in of.into_iter().flatten().enumerate() {
            self.raw(if index > 0 { " or " } else { "" });
            self.kind(one);
        }
        if let Some(items) = schema.get("items") {
            self.raw("a list of ");
            return self.kind(items);
        }
        if of.is_none() {
            self.text(&words(schema));
        }
    }

    /// What a reference names; anything else is itself.
    fn resolved(&self, value: &'a Value) -> &'a Value {
        let name = value.get("$ref").and_then(Value::as_str);
        let pointer = name.and_then(|name| name.strip_prefix('#'));
        let found = pointer.and_then(|pointer| self.document.pointer(pointer));
        found.unwrap_or(value)
    }

    fn heading(&mut self, element: &str, id: &str, content: &str) {
        self.raw("<");
        self.raw(element);
        self.raw(" id=\"");
        self.text(id);
        self.raw("\">");
        self.text(content);
        self.raw("</");
        self.raw(element);
        self.raw(">\n");
    }

    fn link(&mut self, id: &str, content: &str) {
        self.raw("<a href=\"#");
        self.text(id);
        self.raw("\">");
        self.text(content);
        self.raw("</a>");
    }

    fn element(&mut self, element: &str, content: &str) {
        if content.is_empty() && element != "td" {
            return;
        }
        // Writing to a string cannot fail.
        write!(self.html, "<{element}>").unwrap_or_default();
        self.text(content);
        writeln!(self.html, "</{element}>").unwrap_or_default();
    }

    fn text(&mut self, content: &str) {
        for character in content.chars() {
            match character {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                other => self.html.push(other),
            }
        }
    }

    fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

/// The keywords of a schema, in their order here.
fn words(schema: &Value) -> String {
    let word = |name: &&str| {
        let value = schema.get(*name)?;
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => {
                let all = all
                    .iter()
                    .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
                all.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        Some(match *name {
            "type" => value,
            "const" => format!("always {value:?}"),
            "enum" => format!("one of {value}"),
            name => format!("{name} {value}"),
        })
    };
    let words: Vec<_> = KEYWORDS.iter().filter_map(word).collect();
    words.join("; ")
}

fn anchor(method: &str, path: &str) -> String {
    format!("{method}{path}")
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

const KEYWORDS: [&str; 10] = [
    "type",
    "const",
    "enum",
    "format",
    "contentEncoding",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
];

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn what_a_description_says_is_text_and_never_markup() {
        let document = json!({
            "info": {"title": "<script>alert(1)</script>", "description": "a & b"},
            "tags": [{"name": "t\" onload=\"x"}],
            "paths": {"/<b>": {"get": {"tags": ["t\" onload=\"x"], "summary": "'<i>'"}}},
        });
        let html = render(&document);
        assert!(
            html.contains("<h1>&lt;script&gt;alert(1)&lt;/script&gt; : its routes</h1>"),
            "{html}"
        );
        assert!(html.contains("<p>a &amp; b</p>"));
        assert!(html.contains("<h2 id=\"tag-t&quot; onload=&quot;x\">"));
        assert!(html.contains("<h3 id=\"GET/&lt;b&gt;\">GET /&lt;b&gt;</h3>"));
        assert!(html.contains("<p>&#39;&lt;i&gt;&#39; </p>"));
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"));
    }
}
