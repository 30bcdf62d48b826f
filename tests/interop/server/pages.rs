//! The pages in a browser, at the running server.

use std::path::Path;

use super::Demo;
use crate::judges::{arg, must};

#[test]
#[ignore = "needs Chromium, OpenSSL and Python; run by .ci/run"]
fn an_operator_goes_through_the_pages_in_chromium() {
    let demo = Demo::new();
    demo.configure(|text| {
        format!("{text}[[server.operators]]\nname = \"me\"\npassword = \"secret\"\n")
    });
    let _running = demo.start();
    let folder = demo.client();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/server");
    // Whoever wants to see the pages names a folder for pictures of them.
    let shots = std::env::var("CERTWRIGHT_SHOTS").unwrap_or_default();
    let script = scripts.join("browser_client.py");
    let arguments = [arg(&script), &demo.url(), arg(&folder), &shots];
    eprintln!("{}", must("python3", &arguments));
}
