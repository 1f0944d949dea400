//! `cargo run --release -p server [REQUESTS]`: serves a few thousand requests of its own, and shows what the time went
//! into.
//!
//! What is shown is said by `EVENT_EXPORT`; without it, the summary is.

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
    let mut exports = event_export::from_env()?;
    if exports.is_empty() {
        exports = event_export::from_text("summary", "*")?;
    }
    let requests = match std::env::args().nth(1) {
        None => REQUESTS,
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is no number of requests"))?,
    };

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server =
        tokio::spawn(async move { axum::serve(listener, shop::routes(Store::new(8))).await });
    let answers = load::run(address, requests, CONNECTIONS).await?;
    server.abort();

    // A reader that went away, as in `| head`, is no error.
    let _ = writeln!(
        io::stdout(),
        "{requests} requests: {} found, {} missing, {} failed",
        answers.found,
        answers.missing,
        answers.failed
    );
    drop(exports); // writes what there is left to write
    Ok(())
}
