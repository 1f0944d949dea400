//! Serves the metrics over HTTP.
//!
//! One thread accepts connections. Each connection has a thread of its own, at most
//! [`MAX_CONNECTIONS`] of them, for at most two times [`TIME_LIMIT`]. A new connection beyond that
//! closes the oldest one, so slow connections cannot keep a scraper out.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::calls::Calls;
use super::request::{self, Answer, NOT_ALLOWED, Refusal};
use super::socket::Socket;
use crate::host::worker;

const MAX_CONNECTIONS: usize = 16;

/// The most time for a request, and again for its response.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The most bytes that are read after the response, so that the response is not lost.
const MAX_REST: u64 = 1 << 21;

/// The pause after an error of `accept`, such as too many open files.
const ERROR_PAUSE: Duration = Duration::from_millis(50);

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    socket: Arc<Socket>,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds exactly `address`, and starts the accepting thread.
    pub(super) fn start(address: SocketAddr, calls: Arc<Calls>) -> io::Result<Self> {
        let (socket, address) = Socket::bind(address)?;
        let socket = Arc::new(socket);
        let is_stopping = Arc::new(AtomicBool::new(false));
        let (accepting, stopping) = (Arc::clone(&socket), Arc::clone(&is_stopping));
        let accept = move || accept(&accepting, &stopping, &calls);
        let thread = worker::spawn("event-export metrics", accept)?;
        Ok(Self {
            address,
            socket,
            is_stopping,
            thread: Some(thread),
        })
    }

    /// Returns the address, whose port the system has chosen if it was zero.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forgets the accepting thread, which a forked process does not have.
    pub(super) fn forget_thread(&mut self) {
        std::mem::forget(self.thread.take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        // Release: pairs with the load after `accept`, which `shut_down` makes return.
        self.is_stopping.store(true, Ordering::Release);
        if self.socket.shut_down(self.address) {
            let _ = thread.join();
        }
    }
}

/// A connection and its thread.
struct Connection {
    /// The thread owns the stream, so that its end closes the connection.
    stream: Weak<TcpStream>,
    thread: JoinHandle<()>,
}

impl Connection {
    fn start(stream: TcpStream, calls: &Arc<Calls>) -> io::Result<Self> {
        let stream = Arc::new(stream);
        let (served, calls) = (Arc::downgrade(&stream), Arc::clone(calls));
        // An error means that the requester has gone.
        let serve = move || drop(serve(&stream, &calls));
        let thread = worker::spawn("event-export metrics", serve)?;
        Ok(Self {
            stream: served,
            thread,
        })
    }

    fn close(self) {
        if let Some(stream) = self.stream.upgrade() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = self.thread.join();
    }
}

fn accept(socket: &Socket, is_stopping: &AtomicBool, calls: &Arc<Calls>) {
    let mut connections: Vec<Connection> = Vec::new();
    loop {
        let accepted = socket.accept();
        if is_stopping.load(Ordering::Acquire) {
            break;
        }
        let Ok(stream) = accepted else {
            thread::sleep(ERROR_PAUSE);
            continue;
        };
        connections.retain(|connection| !connection.thread.is_finished());
        if connections.len() >= MAX_CONNECTIONS {
            connections.remove(0).close();
        }
        // Without a thread, dropping the stream closes the connection.
        connections.extend(Connection::start(stream, calls));
    }
    connections.into_iter().for_each(Connection::close);
}

/// Answers one request.
fn serve(stream: &TcpStream, calls: &Calls) -> io::Result<()> {
    let mut connection = TimedStream {
        stream,
        deadline: Instant::now() + TIME_LIMIT,
    };
    let answer = request::read(&mut connection)?;
    connection.deadline = Instant::now() + TIME_LIMIT;
    match answer {
        Answer::Metrics { format, has_body } => {
            let body = format.encode(calls.snapshot());
            let fields = format!("Content-Type: {}\r\n", format.content_type());
            write(&mut connection, "200 OK", &fields, &body, has_body)?;
        }
        Answer::Refusal(refusal) => {
            let Refusal { status, text } = refusal;
            let allow = if *refusal == NOT_ALLOWED {
                "Allow: GET, HEAD\r\n"
            } else {
                ""
            };
            let fields = format!("{allow}Content-Type: text/plain; charset=utf-8\r\n");
            write(&mut connection, status, &fields, text.as_bytes(), true)?;
        }
    }
    stream.shutdown(Shutdown::Write)?;
    // Closing a socket with unread bytes resets the connection, which may discard the response.
    io::copy(&mut connection.take(MAX_REST), &mut io::sink())?;
    Ok(())
}

fn write(
    connection: &mut impl Write,
    status: &str,
    fields: &str,
    body: &[u8],
    has_body: bool,
) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut response = head.into_bytes();
    if has_body {
        response.extend_from_slice(body);
    }
    connection.write_all(&response)
}

/// A stream whose reads and writes fail after the deadline.
struct TimedStream<'s> {
    stream: &'s TcpStream,
    deadline: Instant,
}

impl TimedStream<'_> {
    /// Returns the time until the deadline.
    fn rest(&self) -> io::Result<Duration> {
        let rest = self.deadline.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(rest)
    }
}

impl Read for TimedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.rest()?))?;
        self.stream.read(buffer)
    }
}

impl Write for TimedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.rest()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
