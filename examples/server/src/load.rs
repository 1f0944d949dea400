//! The load generator: many requests over a few persistent connections.

use std::io;
use std::net::SocketAddr;

use event_core::trigger_event;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The number of responses of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Responses {
    /// Responses with an order or an invoice.
    pub found: usize,
    /// Responses with the status 404.
    pub missing: usize,
    /// Responses with any other status.
    pub failed: usize,
}

/// Sends `requests` requests to a server over `connections` connections.
///
/// # Errors
///
/// Returns an error if the server cannot be reached or closes a connection.
pub async fn run(server: SocketAddr, requests: u64, connections: u64) -> io::Result<Responses> {
    let mut clients = JoinSet::new();
    for first in 0..connections {
        clients.spawn(client(server, first, connections, requests));
    }
    let mut total = Responses::default();
    while let Some(client) = clients.join_next().await {
        let client = client.map_err(io::Error::other)??;
        total.found += client.found;
        total.missing += client.missing;
        total.failed += client.failed;
    }
    Ok(total)
}

/// Opens one connection and sends each `step`-th request, beginning with the request `first`.
async fn client(server: SocketAddr, first: u64, step: u64, requests: u64) -> io::Result<Responses> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(connection);
    let mut responses = Responses::default();
    for number in (first..requests).step_by(usize::try_from(step).unwrap_or(1)) {
        let resource = if number % 3 == 0 {
            "invoices"
        } else {
            "orders"
        };
        // The store has no orders from 1,000 on, so that a few requests fail.
        let path = format!("/{resource}/{}", number * 31 % 1_020);
        match get(&mut sender, &path).await.map_err(io::Error::other)? {
            StatusCode::OK => responses.found += 1,
            StatusCode::NOT_FOUND => responses.missing += 1,
            _ => responses.failed += 1,
        }
    }
    Ok(responses)
}

/// Sends one request and reads the complete response.
#[trigger_event("load:get", skip(sender), err)]
async fn get(sender: &mut SendRequest<Empty<Bytes>>, path: &str) -> hyper::Result<StatusCode> {
    let request = Request::get(path).header("host", "shop").body(Empty::new());
    let request = request.expect("the path consists of letters, digits and slashes");
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    response.into_body().collect().await?;
    Ok(status)
}
