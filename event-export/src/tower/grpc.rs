//! The status of gRPC, which is beside the status of HTTP.

use http::HeaderMap;

use super::side::Side;

/// The names of the statuses, by their numbers.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The statuses that are failures of a server. The others are mistakes of its clients.
const SERVER_FAILURES: [i32; 6] = [2, 4, 12, 13, 14, 15];

/// Returns the status in headers or trailers.
pub(super) fn status(fields: &HeaderMap) -> Option<i32> {
    fields.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// Returns whether `status` is a failure, by the semantic conventions.
pub(super) fn is_failure(status: i32, side: Side) -> bool {
    match side {
        Side::Client => status != 0,
        Side::Server => SERVER_FAILURES.contains(&status),
    }
}

/// Returns the name of a status; an empty text if it has none.
pub(super) fn name(status: i32) -> &'static str {
    let index = usize::try_from(status).ok();
    index
        .and_then(|index| NAMES.get(index))
        .copied()
        .unwrap_or_default()
}
