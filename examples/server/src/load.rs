//! The load: many requests, over a few connections that stay open.

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

/// How many answers there were of which sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// With what was asked for.
    pub found: usize,
    /// Where there was nothing.
    pub missing: usize,
    /// With an error of the server's.
    pub failed: usize,
}

/// Sends `requests` requests to a server, over `connections` connections.
///
/// # Errors
///
/// Returns an error if the server cannot be reached or breaks off.
pub async fn run(server: SocketAddr, requests: u64, connections: u64) -> io::Result<Answers> {
    let mut clients = JoinSet::new();
    for first in 0..connections {
        clients.spawn(client(server, first, connections, requests));
    }
    let mut answers = Answers::default();
    while let Some(client) = clients.join_next().await {
        let some = client.map_err(io::Error::other)??;
        answers.found += some.found;
        answers.missing += some.missing;
        answers.failed += some.failed;
    }
    Ok(answers)
}

/// One connection, which sends every request whose number is `first` and a multiple of `step`.
async fn client(server: SocketAddr, first: u64, step: u64, requests: u64) -> io::Result<Answers> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    tokio::spawn(connection);
    let mut answers = Answers::default();
    for number in (first..requests).step_by(usize::try_from(step).unwrap_or(1)) {
        let what = if number % 3 == 0 {
            "invoices"
        } else {
            "orders"
        };
        // A few orders do not exist.
        let path = format!("/{what}/{}", number * 31 % 1_020);
        match get(&mut sender, &path).await.map_err(io::Error::other)? {
            StatusCode::OK => answers.found += 1,
            StatusCode::NOT_FOUND => answers.missing += 1,
            _ => answers.failed += 1,
        }
    }
    Ok(answers)
}

/// One request and its whole answer.
#[trigger_event("load:get", skip(sender), err)]
async fn get(sender: &mut SendRequest<Empty<Bytes>>, path: &str) -> hyper::Result<StatusCode> {
    let request = Request::get(path).header("host", "shop").body(Empty::new());
    let request = request.expect("the path is made of words and numbers");
    sender.ready().await?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    answer.into_body().collect().await?;
    Ok(status)
}
