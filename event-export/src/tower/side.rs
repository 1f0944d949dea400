//! The two sides of a request.

use http::StatusCode;

/// Which side of a request the scope is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

impl Side {
    /// Returns the kind of the span that exporters of traces make.
    pub(super) const fn span_kind(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// Returns whether a response with `status` is a failure, by the semantic conventions.
    pub(super) fn is_failure(self, status: StatusCode) -> bool {
        status.is_server_error() || (self == Self::Client && status.is_client_error())
    }
}
