//! The process is told to stop while it is at work.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::Demo;
use crate::judges::{arg, must};

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn a_server_that_is_told_to_stop_answers_what_it_was_asked() {
    let demo = Demo::new();
    demo.configure(|text| text.replace("[server]\n", "[server]\nheader_seconds = 2\n"));
    let mut running = demo.start();
    let body = br#"{"station":62,"selfSigned":true,"keybits":4096}"#;
    let head = format!(
        "POST /api/v1/certificates/create HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer demo\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        demo.address,
        body.len()
    );
    // One that says nothing keeps the server no longer than it may dawdle.
    let _idle = TcpStream::connect(demo.address).unwrap();
    let mut stream = TcpStream::connect(demo.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    // It waits for the body: the call is at work.
    let mut awaited = [0; 25];
    stream.read_exact(&mut awaited).unwrap();
    assert_eq!(&awaited, b"HTTP/1.1 100 Continue\r\n\r\n");
    must("kill", &["-TERM", &running.0.id().to_string()]);
    thread::sleep(Duration::from_millis(300));
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(running.0.wait().unwrap().success());
    assert!(TcpStream::connect(demo.address).is_err());
    // It is recorded, and the log of the ledger ends as it should.
    let dir = demo.path("w");
    must(
        env!("CARGO_BIN_EXE_certwright"),
        &["audit", "verify", "--workspace", arg(&dir)],
    );
}
