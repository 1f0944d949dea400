//! Serves a few thousand requests of its own load generator, and reports where the time went.
//!
//! `cargo run --release -p server [-- REQUESTS]`
//!
//! This process is the shop and the load generator. It starts a second process, the front, which
//! passes the requests on to the shop: `server front ADDRESS`. `EVENT_EXPORT` selects the outputs
//! of both, unless `FRONT_EVENT_EXPORT` selects others for the front. The default is a summary.

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use event_export::{EventLogger, Exports};
use log::LevelFilter;
use server::http::traced;
use server::store::Store;
use server::{front, load, shop};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;

const REQUESTS: u64 = 3_000;
const CONNECTIONS: u64 = 16;

/// The time in which the front must close its connections at the end.
const END_TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["front", shop] => run_front(shop.parse()?).await,
        [] => run_all(REQUESTS).await,
        [requests] => match requests.parse() {
            Ok(requests) => run_all(requests).await,
            Err(_) => Err(format!(
                "`{requests}` is not a number of requests; write for example `3000`"
            )
            .into()),
        },
        _ => Err("too many arguments; write only a number of requests".into()),
    }
}

/// Installs the outputs, and the logger that makes events of the program's messages.
fn exports() -> Result<Exports, Box<dyn Error>> {
    EventLogger::new().install(LevelFilter::Info)?;
    let exports = event_export::from_env()?;
    if exports.is_empty() {
        Ok(event_export::from_text("summary", "*")?)
    } else {
        Ok(exports)
    }
}

/// Runs the shop and the load generator.
async fn run_all(requests: u64) -> Result<(), Box<dyn Error>> {
    let exports = exports()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let shop = traced(shop::routes(Store::new(8)));
    let server = tokio::spawn(async move { axum::serve(listener, shop).await });
    let (mut front, front_address) = start_front(address).await?;
    let responses = load::run(front_address, requests, CONNECTIONS).await?;
    drop(front.stdin.take()); // ends the front
    let front_status = front.wait().await?;
    server.abort();

    // Ignore the error: in `server | head`, the reader may have closed the pipe.
    let _ = writeln!(
        io::stdout(),
        "{requests} requests: {} found, {} missing, {} failed; {} in the trace of their sender",
        responses.found,
        responses.missing,
        responses.failed,
        responses.traced
    );
    drop(exports); // writes all outputs

    assert_eq!(
        u64::try_from(responses.all()),
        Ok(requests),
        "each request has one response"
    );
    assert_eq!(
        responses.traced,
        responses.all(),
        "the shop answers each request in the trace of its sender"
    );
    assert!(front_status.success(), "the front ends by itself");
    Ok(())
}

/// Starts the second process. Returns it, and its address, which it prints.
async fn start_front(shop: SocketAddr) -> Result<(Child, SocketAddr), Box<dyn Error>> {
    let mut front = Command::new(std::env::current_exe()?)
        .args(["front", &shop.to_string()])
        .env("OTEL_SERVICE_NAME", "front")
        .envs(std::env::var_os("FRONT_EVENT_EXPORT").map(|export| ("EVENT_EXPORT", export)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = front.stdout.take().ok_or("the front has no stdout")?;
    let mut address = String::new();
    BufReader::new(stdout).read_line(&mut address).await?;
    let address = address.trim().parse();
    let address = address.map_err(|_| "the front did not start; its error is above")?;
    Ok((front, address))
}

/// Runs the front until the end of its standard input.
async fn run_front(shop: SocketAddr) -> Result<(), Box<dyn Error>> {
    let exports = exports()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    let (end, has_ended) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, front::routes(shop));
    let server = server.with_graceful_shutdown(async { _ = has_ended.await });
    let server = tokio::spawn(server.into_future());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    drop(end);
    // Connections that the load generator keeps open do not delay the end.
    let _ = timeout(END_TIMEOUT, server).await;
    eprintln!("The front:");
    drop(exports);
    eprintln!("\nThe shop and the load generator:");
    Ok(())
}
