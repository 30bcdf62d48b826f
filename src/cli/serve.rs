//! `serve`: the vendors' services on HTTP.

use std::net::{Ipv4Addr, SocketAddr};

use clap::ValueEnum;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::world;
use crate::http;
use crate::http::log::Format;
use crate::http::{ServeError, Server, Settings, demo};
use crate::workspace::server::Tls;

/// Speak the vendors' wire on HTTP, so that clients written for a vendor run against this workspace.
///
/// Listens on this machine alone, with TLS by a certificate of the workspace's own, unless certwright.toml says
/// otherwise; on any other address only where every vendor that is served asks who calls.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Address and port, in the place of those in certwright.toml; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where the server's certificate comes from, in the place of what certwright.toml says.
    #[arg(long, value_name = "WHICH")]
    tls: Option<TlsArg>,
    /// In an empty folder, make a demonstration first: devices, a comm, a station, users; prints how to try it.
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TlsArg {
    /// The files that certwright.toml names.
    Files,
    /// None: plain HTTP.
    Off,
    /// A certificate that the workspace issues.
    Own,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    if args.demo {
        args.make_demo()?;
    }
    let service = args.workspace.service(console)?;
    let tls = args.tls.map(TlsArg::tls);
    let settings = Settings::new(service.workspace(), args.listen, tls).map_err(refused)?;
    http::log::begin(match console.is_json() {
        true => Format::Json,
        false => Format::Text,
    });
    let base_url = service.workspace().enos().config().base_url.clone();
    let server = Server::bind(service, settings).map_err(refused)?;
    let url = server.url();
    if args.demo && !console.is_json() {
        let examples = demo::examples(&url, &args.workspace.workspace);
        console.octets(examples.as_bytes())?;
    }
    if !server.is_reached_by(&base_url) {
        console.warn(format_args!(
            "certificates and replies name {base_url} ([enos] base_url), the server listens on {url}"
        ));
    }
    console.line(format_args!("listening on {url}"))?;
    console.octets(b"")?;
    server.run().map_err(refused)?;
    Ok(Exit::Done)
}

impl Args {
    fn make_demo(&self) -> Result<(), CliError> {
        let dir = &self.workspace.workspace;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, DEMO_PORT));
        let listen = self.listen.unwrap_or(listen);
        let made = demo::make(dir, listen, world::now()?, &mut world::rng());
        made.map(drop).map_err(refused)
    }
}

impl TlsArg {
    fn tls(self) -> Tls {
        match self {
            Self::Files => Tls::Files,
            Self::Off => Tls::Off,
            Self::Own => Tls::Own,
        }
    }
}

fn refused(error: ServeError) -> CliError {
    let hint = match &error {
        ServeError::Exposed { .. } => "listen on 127.0.0.1, or configure who may call",
        ServeError::Demo { .. } => "name an empty folder with --workspace, or leave out --demo",
        ServeError::Setting { .. } => "see [server] in certwright.toml",
        _ => return CliError::failed("serve", error),
    };
    CliError::usage(error.to_string(), hint)
}

const DEMO_PORT: u16 = 8080;

const AFTER_HELP: &str = "\
Examples:
  certwright serve
  certwright serve --demo --workspace demo
  certwright serve --listen 127.0.0.1:9000 --tls off --json

Exit codes:
  0 stopped (SIGINT, SIGTERM), 1 failure, 2 usage";
