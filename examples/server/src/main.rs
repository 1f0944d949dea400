//! Serves a few thousand requests of its own load generator, and reports where the time went.
//!
//! `cargo run --release -p server [-- REQUESTS]`
//!
//! `EVENT_EXPORT` selects the outputs. The default is a summary.

use std::error::Error;
use std::io::{self, Write};
use std::net::Ipv4Addr;

use server::store::Store;
use server::{load, shop};
use tokio::net::TcpListener;

const REQUESTS: u64 = 3_000;
const CONNECTIONS: u64 = 16;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let requests = match std::env::args().nth(1) {
        None => REQUESTS,
        Some(text) => text.parse().map_err(|_| {
            format!("`{text}` is not a number of requests; write for example `3000`")
        })?,
    };
    let mut exports = event_export::from_env()?;
    if exports.is_empty() {
        exports = event_export::from_text("summary", "*")?;
    }

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server =
        tokio::spawn(async move { axum::serve(listener, shop::routes(Store::new(8))).await });
    let responses = load::run(address, requests, CONNECTIONS).await?;
    server.abort();

    // Ignore the error: in `server | head`, the reader may have closed the pipe.
    let _ = writeln!(
        io::stdout(),
        "{requests} requests: {} found, {} missing, {} failed",
        responses.found,
        responses.missing,
        responses.failed
    );
    drop(exports); // writes all outputs
    Ok(())
}
