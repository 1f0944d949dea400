//! The front: the server that clients call, in a process of its own. It passes requests on to the
//! shop.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use event_core::trigger_event;
use hyper_util::client::legacy;
use tower::Service;

use crate::http::{TracedClient, client, traced};

/// Returns the front's routes, for the shop at the address `shop`.
pub fn routes(shop: SocketAddr) -> Router {
    let front = Front {
        shop,
        client: client(),
    };
    let routes = Router::new()
        .route("/orders/{number}", get(pass_on))
        .route("/invoices/{number}", get(pass_on))
        .with_state(front);
    traced(routes)
}

#[derive(Clone)]
struct Front {
    shop: SocketAddr,
    client: TracedClient,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the shop cannot be reached: {0}")]
    Shop(#[from] legacy::Error),
    #[error("invalid request: {0}")]
    Request(#[from] axum::http::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (StatusCode::BAD_GATEWAY, self.to_string()).into_response()
    }
}

/// Passes a request on, and returns the shop's response.
#[trigger_event("front:pass_on", skip(front), data(path = uri.path()), err)]
async fn pass_on(State(mut front): State<Front>, uri: Uri) -> Result<Response, Failure> {
    let address = format!("http://{}{}", front.shop, uri.path());
    let request = Request::get(address).body(Body::empty())?;
    Ok(front.client.call(request).await?.map(Body::new))
}
