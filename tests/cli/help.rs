//! Help, usage errors, completions, manual pages.

use super::{Folder, testdata};

/// Every command, as the user writes it.
const COMMANDS: &[&str] = &[
    "audit",
    "audit show",
    "audit verify",
    "audit head",
    "backup",
    "restore",
    "release",
    "export",
    "engines",
    "expiring",
    "stats",
    "init",
    "issue",
    "issue as2expert",
    "issue ecgrid",
    "issue emca",
    "issue enos",
    "renew",
    "renew ecgrid",
    "renew enos",
    "revoke",
    "revoke ecgrid",
    "revoke emca",
    "revoke enos",
    "call",
    "call as2expert",
    "call ecgrid",
    "call emca",
    "rollover",
    "rollover ecgrid",
    "rollover as2expert",
    "lifecycle",
    "batch",
    "batch merge",
    "check",
    "near-miss",
    "inspect",
    "list",
    "show",
    "convert",
    "csr",
    "csr new",
    "csr verify",
    "key",
    "key new",
    "keypool",
    "keypool fill",
    "keypool show",
    "ca",
    "ca show",
    "ca import",
    "ca lock",
    "ca new",
    "ca renew",
    "ca current",
    "ca retire",
    "ca revoke",
    "ca crl",
    "ca share",
    #[cfg(feature = "parquet")]
    "ledger",
    #[cfg(feature = "parquet")]
    "ledger import",
    "completions",
    "man",
    "serve",
];

#[test]
fn help_of_every_command_shows_an_example() {
    let folder = Folder::new();
    for command in COMMANDS {
        let help = folder.words(&format!("{command} --help"));
        assert_eq!(help.code, 0, "{command}");
        let example = format!("Examples:\n  certwright {command}");
        assert!(help.text().contains(&example), "{command}");
        assert!(!help.out.contains(&0x1B), "{command}: colour into a pipe");
    }
    let help = folder.words("--help");
    assert!(help.text().contains("Exit codes:\n  0  done"));
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_command_line_that_is_none_is_exit_code_2() {
    let folder = Folder::new();
    let csr = testdata("vendor/enos/request.csr.pem");
    let csr = csr.to_str().unwrap();
    for words in [
        "",
        "issu",
        "issue enos",
        "issue enos --csr a --request b",
        "issue enos --csr a --valid-day",
        "issue enos --csr a --serial 1x",
        "issue enos --csr a --not-before yesterday",
        "issue enos --csr a --artefacts cer",
        "issue enos --csr a --out b --artefacts p12",
        "issue enos --csr a --out b --artefacts key",
        "issue enos --csr a --ca-cert b",
        "issue emca",
        "issue emca --request a --method revoke",
        "issue emca --request a --release b",
        "issue ecgrid --request a --p12-for nobody",
        "renew as2expert --request a",
        "call ecgrid Login",
        "call emca list",
        "key new P-384 --out k",
        "csr new --subject CN=a",
        "csr new --subject CN --key k",
        "list --csv --json",
        "check x",
    ] {
        let run = folder.words(words);
        assert_eq!(run.code, 2, "{words}: {}", run.err);
        assert_eq!(run.out, b"", "{words}");
    }
    let run = folder.run(["issue", "enos", "--csr", csr, "--device-key", ""]);
    assert_eq!(run.code, 2);
    // Without a workspace a dry run has no CA, and makes none.
    let run = folder.run(["issue", "enos", "--dry-run", "--csr", csr, "--json"]);
    assert_eq!(run.code, 2);
    let hint = "give the CA's certificate with --ca-cert FILE";
    assert_eq!(run.error()["hint"], hint);
    assert_eq!(run.error()["exitCode"], 2);
    assert_eq!(folder.names(), [""; 0]);
    assert!(!folder.path("certwright-workspace").exists());
}

#[test]
fn completions_and_manual_pages_name_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = folder.words(&format!("completions {shell}"));
        assert_eq!(run.code, 0);
        assert!(run.text().contains("valid-day"), "{shell}");
    }
    let run = folder.words("man pages --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let files = run.json()["files"].as_array().unwrap().len();
    assert_eq!(files, COMMANDS.len() + 1);
    let page = String::from_utf8(folder.read("pages/certwright-issue-enos.1")).unwrap();
    assert!(page.contains("issue enos"), "{page}");
    assert_eq!(folder.words("man pages").code, 1, "pages are there already");
    assert_eq!(folder.words("man pages --force").code, 0);
}
