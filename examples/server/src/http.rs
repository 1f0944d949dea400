//! The layers of both servers, and the client with which one process calls the other.

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::HeaderValue;
use axum::middleware::map_response;
use axum::response::Response;
use event_export::TraceContext;
use event_export::tower::{HttpClient, HttpClientLayer, HttpServerLayer};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::Layer;

/// The header in which a server returns the context in which it has answered, by [W3C Trace
/// Context](https://w3c.github.io/trace-context/#traceresponse-header), level 3.
pub const TRACE_RESPONSE: &str = "traceresponse";

/// A client that sends requests in the current trace.
pub type TracedClient = HttpClient<Client<HttpConnector, Body>>;

/// Returns a client with connections of its own, which it keeps.
#[must_use]
pub fn client() -> TracedClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    HttpClientLayer::new().layer(client)
}

/// Makes each request to `routes` an event, in the trace of its sender.
pub fn traced(routes: Router) -> Router {
    let requests = HttpServerLayer::new()
        .with_route(|extensions| Some(extensions.get::<MatchedPath>()?.as_str().to_owned()));
    // The last layer is the outermost one.
    routes
        .layer(map_response(add_trace_response))
        .layer(requests)
}

async fn add_trace_response(mut response: Response) -> Response {
    let context = TraceContext::current();
    let value = context.and_then(|context| HeaderValue::from_str(&context.traceparent()).ok());
    if let Some(value) = value {
        let headers = response.headers_mut();
        headers.entry(TRACE_RESPONSE).or_insert(value);
    }
    response
}
