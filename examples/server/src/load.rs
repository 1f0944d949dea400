//! The load generator: many requests over a few persistent connections.

use std::io;
use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use event_core::trigger_event;
use event_export::TraceContext;
use http_body_util::BodyExt;
use tokio::task::JoinSet;
use tower::Service;

use crate::http::{TRACE_RESPONSE, TracedClient, client};

/// The number of responses of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// Responses with an order or an invoice.
    pub found: usize,
    /// Responses with the status 404.
    pub missing: usize,
    /// Responses with any other status.
    pub failed: usize,
    /// Responses that a server made in the trace of the request.
    pub traced: usize,
}

impl Responses {
    /// Returns the number of all responses.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.found + self.missing + self.failed
    }
}

/// Sends `requests` requests to a server over `connections` connections.
///
/// # Errors
///
/// Returns an error if the server cannot be reached or closes a connection.
pub async fn run(server: SocketAddr, requests: u64, connections: u64) -> io::Result<Responses> {
    let mut clients = JoinSet::new();
    for first in 0..connections {
        clients.spawn(send(server, first, connections, requests));
    }
    let mut total = Responses::default();
    while let Some(client) = clients.join_next().await {
        let client = client.map_err(io::Error::other)??;
        total.found += client.found;
        total.missing += client.missing;
        total.failed += client.failed;
        total.traced += client.traced;
    }
    Ok(total)
}

/// Opens one connection and sends each `step`-th request, beginning with the request `first`.
async fn send(server: SocketAddr, first: u64, step: u64, requests: u64) -> io::Result<Responses> {
    let mut client = client();
    let mut responses = Responses::default();
    for number in (first..requests).step_by(usize::try_from(step).unwrap_or(1)) {
        let resource = if number % 3 == 0 {
            "invoices"
        } else {
            "orders"
        };
        // The store has no orders from 1,000 on, so that a few requests fail.
        let path = format!("/{resource}/{}", number * 31 % 1_020);
        let address = format!("http://{server}{path}");
        let response = get(&mut client, &address, number);
        let (status, is_traced) = response.await.map_err(io::Error::other)?;
        match status {
            StatusCode::OK => responses.found += 1,
            StatusCode::NOT_FOUND => responses.missing += 1,
            _ => responses.failed += 1,
        }
        responses.traced += usize::from(is_traced);
    }
    Ok(responses)
}

/// Sends one request and reads the complete response. Returns its status, and whether a server has
/// answered in the trace of the request.
#[trigger_event("load:get", data(address), err)]
async fn get(
    client: &mut TracedClient,
    address: &str,
    number: u64,
) -> Result<(StatusCode, bool), axum::Error> {
    let request = Request::get(address).body(Body::empty());
    let request = request.map_err(axum::Error::new)?;
    // With an exporter of traces, this call is a span.
    let trace = TraceContext::current().unwrap_or_else(|| new_trace(number));
    let response = trace.run(|| client.call(request));
    let response = response.await.map_err(axum::Error::new)?;
    let status = response.status();
    let answered = response.headers().get(TRACE_RESPONSE);
    let answered =
        answered.and_then(|header| TraceContext::parse(header.to_str().ok()?, None).ok());
    let is_traced = answered.is_some_and(|answered| answered.trace_id() == trace.trace_id());
    let body = response.into_body();
    body.collect().await.map_err(axum::Error::new)?;
    Ok((status, is_traced))
}

/// Returns the context of a new trace, as a client without an exporter of traces may send it.
fn new_trace(number: u64) -> TraceContext {
    // Multiplied, so that the ids look random. Samplers of other processes rely on the last digits.
    const FACTORS: (u64, u128) = (
        0x9E37_79B9_7F4A_7C15,
        0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835,
    );
    let span = (number + 1).wrapping_mul(FACTORS.0);
    let trace = u128::from(number + 1).wrapping_mul(FACTORS.1);
    TraceContext::parse(&format!("00-{trace:032x}-{span:016x}-01"), None)
        .expect("the ids are not zero")
}
