//! The two writings of a sheet.

use super::{Facts, Section, Sheet};
use crate::bundle::text::printable;

const FILES: &str = "Files";
const REPLACED: &str = "Takes the place of";
const STEPS: &str = "What to do";

pub(super) fn text(sheet: &Sheet) -> String {
    let Sheet {
        title,
        facts,
        sections,
    } = sheet;
    let mut text = underlined(&printable(title), '=');
    push_facts(&mut text, facts, "");
    for section in sections {
        let Section {
            title,
            facts,
            files,
            replaced,
            steps,
        } = section;
        text.push('\n');
        text.push_str(&underlined(title, '-'));
        push_facts(&mut text, facts, "");
        for (heading, facts) in [(FILES, files), (REPLACED, replaced)] {
            if !facts.is_empty() {
                text.push_str(&format!("\n{heading}\n"));
                push_facts(&mut text, facts, "  ");
            }
        }
        text.push_str(&format!("\n{STEPS}\n"));
        for (n, step) in steps.iter().enumerate() {
            text.push_str(&format!("  {}. {}\n", n + 1, printable(step)));
        }
    }
    text
}

pub(super) fn html(sheet: &Sheet) -> String {
    let Sheet {
        title,
        facts,
        sections,
    } = sheet;
    let title = escaped(title);
    let sections: String = sections.iter().map(html_section).collect();
    let facts = html_facts(facts);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{facts}{sections}</main>\n</body>\n</html>\n"
    )
}

fn html_section(section: &Section) -> String {
    let Section {
        title,
        facts,
        files,
        replaced,
        steps,
    } = section;
    let mut html = format!(
        "<section>\n<h2>{}</h2>\n{}",
        escaped(title),
        html_facts(facts)
    );
    for (heading, facts) in [(FILES, files), (REPLACED, replaced)] {
        if !facts.is_empty() {
            html.push_str(&format!("<h3>{heading}</h3>\n{}", html_facts(facts)));
        }
    }
    html.push_str(&format!("<h3>{STEPS}</h3>\n<ol>\n"));
    for step in steps {
        html.push_str(&format!("<li>{}</li>\n", escaped(step)));
    }
    html.push_str("</ol>\n</section>\n");
    html
}

fn html_facts(facts: &Facts) -> String {
    let row = |(name, value): &(&str, String)| {
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>\n",
            escaped(value)
        )
    };
    let rows: String = facts.iter().map(row).collect();
    format!("<table>\n{rows}</table>\n")
}

/// Text that cannot become markup, in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

fn underlined(title: &str, line: char) -> String {
    let line: String = title.chars().map(|_| line).collect();
    format!("{title}\n{line}\n\n")
}

fn push_facts(text: &mut String, facts: &Facts, indent: &str) {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in facts {
        text.push_str(&format!("{indent}{name:width$}  {}\n", printable(value)));
    }
}

/// Colours follow the reader's choice; on paper they are black on white, and a section is not torn apart.
const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --line: #c8c8c8; --soft: #f3f4f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --paper: #16181c; --line: #444a52; --soft: #22262c; }
}
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 50rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin-bottom: 0.3rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); }
th { white-space: nowrap; font-weight: 600; width: 1%; background: var(--soft); }
td { font-family: ui-monospace, monospace; font-size: 0.9rem; overflow-wrap: anywhere; }
li { margin: 0.3rem 0; overflow-wrap: anywhere; }
@media print {
  :root { color-scheme: light; --ink: #000000; --paper: #ffffff; --line: #999999; --soft: #ffffff; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  table, ol { break-inside: avoid; }
}
@page { margin: 18mm; }
";
