//! The trace context in the headers of a request.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::context::TraceContext;

/// Returns the context of the request's sender; none if there is none, or if it is invalid.
/// A second header `traceparent` makes it invalid.
pub(super) fn read(headers: &HeaderMap) -> Option<TraceContext> {
    let mut parents = headers.get_all("traceparent").iter();
    let (Some(traceparent), None) = (parents.next(), parents.next()) else {
        return None;
    };
    let traceparent = traceparent.to_str().ok()?;
    let state = joined(headers, "tracestate");
    let context = TraceContext::parse(traceparent, state.as_deref()).ok()?;
    Some(match joined(headers, "baggage") {
        Some(baggage) => context.with_baggage(&baggage),
        None => context,
    })
}

/// Returns the values of all headers `name`, separated by commas.
fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(name).iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// Writes the context, and removes what the headers had of another one.
pub(super) fn write(context: &TraceContext, headers: &mut HeaderMap) {
    headers.remove("tracestate"); // that of another trace
    context.inject(|name, value| {
        // A variable of the environment may have a value that is not a valid header.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    });
}
