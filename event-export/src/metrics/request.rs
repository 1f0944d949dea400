//! Reads one HTTP request, and decides on its answer.

use std::io::{self, Read};

use super::format::Format;

/// The most bytes of a request's head.
const MAX_HEAD: usize = 8 * 1024;

/// The most header fields of a request.
const MAX_FIELDS: usize = 64;

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Metrics { format: Format, has_body: bool },
    Refusal(&'static Refusal),
}

/// An error of HTTP: its status, and what the requester should do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: &'static str,
    pub(super) text: &'static str,
}

const BAD_REQUEST: Refusal = Refusal {
    status: "400 Bad Request",
    text: "this is not a request of HTTP/1.1; send `GET /metrics`\n",
};
const NOT_FOUND: Refusal = Refusal {
    status: "404 Not Found",
    text: "the metrics are at /metrics\n",
};
pub(super) const NOT_ALLOWED: Refusal = Refusal {
    status: "405 Method Not Allowed",
    text: "/metrics can only be read; send GET or HEAD\n",
};
const TIMEOUT: Refusal = Refusal {
    status: "408 Request Timeout",
    text: "the request took too long\n",
};
const TOO_LARGE: Refusal = Refusal {
    status: "431 Request Header Fields Too Large",
    text: "the request has more than 8 KiB or 64 header fields; send fewer\n",
};

/// Reads a request up to its body, which is ignored.
///
/// # Errors
///
/// Returns an error if the connection is closed or broken.
pub(super) fn read(mut connection: impl Read) -> io::Result<Answer> {
    let mut head = Vec::with_capacity(1024);
    let mut chunk = [0; 1024];
    loop {
        let read = match connection.read(&mut chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // Unix reports an elapsed timeout of a socket as `WouldBlock`.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
                ) =>
            {
                return Ok(Answer::Refusal(&TIMEOUT));
            }
            Err(error) => return Err(error),
        };
        head.extend_from_slice(&chunk[..read]);
        if let Some(answer) = answer(&head) {
            return Ok(answer);
        }
        if head.len() >= MAX_HEAD {
            return Ok(Answer::Refusal(&TOO_LARGE));
        }
    }
}

/// Returns the answer to a request; none if `head` is not complete.
fn answer(head: &[u8]) -> Option<Answer> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return None,
        Err(httparse::Error::TooManyHeaders) => return Some(Answer::Refusal(&TOO_LARGE)),
        Err(_) => return Some(Answer::Refusal(&BAD_REQUEST)),
    }
    let target = request.path.unwrap_or_default();
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    if path != "/metrics" {
        return Some(Answer::Refusal(&NOT_FOUND));
    }
    let has_body = match request.method {
        Some("GET") => true,
        Some("HEAD") => false,
        _ => return Some(Answer::Refusal(&NOT_ALLOWED)),
    };
    let accept = request.headers.iter();
    let accept = accept.filter(|field| field.name.eq_ignore_ascii_case("accept"));
    let accept = accept.filter_map(|field| std::str::from_utf8(field.value).ok());
    let format = Format::preferred(accept.flat_map(|list| list.split(',')));
    Some(Answer::Metrics { format, has_body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_to(head: &str) -> Answer {
        read(head.as_bytes()).unwrap()
    }

    #[test]
    fn only_reads_of_the_path_are_answered() {
        let status = |line: &str| match answer_to(&format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n")) {
            Answer::Metrics { has_body, .. } => {
                if has_body {
                    "body"
                } else {
                    "head"
                }
            }
            Answer::Refusal(refusal) => refusal.status,
        };
        assert_eq!(status("GET /metrics"), "body");
        assert_eq!(status("GET /metrics?debug=1"), "body");
        assert_eq!(status("HEAD /metrics"), "head");
        assert_eq!(status("POST /metrics"), "405 Method Not Allowed");
        assert_eq!(status("GET /"), "404 Not Found");
        assert_eq!(status("GET /metrics/../etc/passwd"), "404 Not Found");
        assert_eq!(status("DELETE /other"), "404 Not Found");
        assert_eq!(status("GET  two spaces"), "400 Bad Request");
        assert_eq!(status("\u{16}\u{3}\u{1}"), "400 Bad Request"); // a TLS client
    }

    #[test]
    fn a_large_head_is_refused_before_it_is_complete() {
        let long = format!("GET /metrics HTTP/1.1\r\nA: {}", "b".repeat(1 << 20));
        assert_eq!(answer_to(&long), Answer::Refusal(&TOO_LARGE));
        let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65));
        assert_eq!(answer_to(&many), Answer::Refusal(&TOO_LARGE));
    }

    #[test]
    fn a_connection_that_ends_early_is_an_error() {
        let error = read("GET /metrics HTTP/1.1\r\n".as_bytes()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
