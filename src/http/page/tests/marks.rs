//! Landmarks, names of fields and heads of tables: what those go by who do not see a page.

use std::collections::BTreeSet;

use super::{OPERATOR, all, bench, shown, xml};

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one page after the other is held to all of it"
)]
fn pages_can_be_read_by_machines_that_read_them_aloud() {
    let bench = bench(OPERATOR);
    let paths = [
        "/",
        "/certificates/1",
        "/lifecycle",
        "/expiry",
        "/rules",
        "/requests",
    ];
    for path in paths.into_iter().chain(["/?status=revoked"]) {
        let page = shown(&bench, path);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        // To be looked at: served from a folder they are what a browser gets.
        if let Some(folder) = std::env::var_os("CERTWRIGHT_PAGES") {
            let name = path.replace(['/', '?', '='], "_");
            let folder = std::path::Path::new(&folder);
            std::fs::write(folder.join(format!("{name}.html")), &page.body).unwrap();
            let style = shown(&bench, "/page.css");
            std::fs::write(folder.join("page.css"), &style.body).unwrap();
        }
        let document = xml(&page);
        let root = document.root();
        assert_eq!(document.root_element().attribute("lang"), Some("en"));
        for name in ["main", "h1", "header", "title"] {
            // The chart has a title of its own.
            let found =
                all(root, name).filter(|node| !node.ancestors().any(|up| up.has_tag_name("svg")));
            assert_eq!(found.count(), 1, "{path}: {name}");
        }
        let ids: Vec<_> = document
            .descendants()
            .filter_map(|node| node.attribute("id"))
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{path}");
        for refers in ["aria-labelledby", "aria-describedby", "for"] {
            let named = document
                .descendants()
                .filter_map(|node| node.attribute(refers));
            for id in named.flat_map(str::split_whitespace) {
                assert!(ids.contains(&id), "{path}: {refers} {id}");
            }
        }
        let labelled: BTreeSet<_> = all(root, "label")
            .filter_map(|label| label.attribute("for"))
            .collect();
        let inputs = all(root, "input").filter(|input| input.attribute("type") != Some("hidden"));
        for input in inputs.chain(all(root, "select")) {
            assert!(labelled.contains(input.attribute("id").unwrap()), "{path}");
        }
        assert!(
            all(root, "th").all(|head| head.attribute("scope").is_some()),
            "{path}"
        );
        assert!(
            all(root, "table").all(|table| all(table, "caption").count() == 1),
            "{path}"
        );
        let attributes = document.descendants().flat_map(|node| node.attributes());
        let mut names = attributes.map(|attribute| attribute.name());
        assert!(
            !names.any(|name| name == "style" || name.starts_with("on")),
            "{path}"
        );
        let skip = all(root, "a").next().unwrap();
        assert_eq!(skip.attribute("href"), Some("#main"));
    }
}
