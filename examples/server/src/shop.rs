//! The routes and handlers of the server.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use event_core::{current_event, trigger_event};
use serde::Serialize;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

use crate::store::{Line, Store, StoreError};

/// The time limit of the query for the name of a customer.
const CUSTOMER_TIMEOUT: Duration = Duration::from_millis(10);

/// Returns the server's routes.
pub fn routes(store: Store) -> Router {
    Router::new()
        .route("/orders/{number}", get(order))
        .route("/invoices/{number}", get(invoice))
        .with_state(Arc::new(store))
}

#[derive(Debug, Serialize)]
struct Order {
    number: u64,
    customer: Option<String>,
    lines: usize,
    cents: u64,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the invoice could not be drawn: {0}")]
    Drawing(#[from] JoinError),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Store(_) => StatusCode::NOT_FOUND,
            Self::Drawing(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}

/// Returns an order. Runs two concurrent queries, the second of them with a time limit.
#[trigger_event("http:request", skip(store), err)]
async fn order(
    State(store): State<Arc<Store>>,
    Path(number): Path<u64>,
) -> Result<Json<Order>, Failure> {
    let (lines, customer) = tokio::join!(
        store.lines(number),
        // `timeout` drops the query at the limit, so that its scopes end as cancelled.
        timeout(CUSTOMER_TIMEOUT, store.customer(number)),
    );
    if customer.is_err() {
        log::warn!("order {number} has no customer after {CUSTOMER_TIMEOUT:?}");
    }
    let lines = lines?;
    Ok(Json(Order {
        number,
        customer: customer.ok(),
        lines: lines.len(),
        cents: total(&lines),
    }))
}

/// Returns an invoice, which is drawn on a thread for blocking work.
#[trigger_event("http:request", skip(store), err)]
async fn invoice(
    State(store): State<Arc<Store>>,
    Path(number): Path<u64>,
) -> Result<String, Failure> {
    let lines = store.lines(number).await?;
    // The handle makes this request the parent of scopes on the other thread.
    let request = current_event();
    Ok(spawn_blocking(move || request.run(|| draw(number, &lines))).await?)
}

/// Returns the total of an order, in cents.
#[trigger_event("shop:total", data(lines = lines.len()), ret)]
fn total(lines: &[Line]) -> u64 {
    lines
        .iter()
        .map(|line| price(line) * u64::from(line.count))
        .sum()
}

#[trigger_event("shop:price", data(article = line.article), ret)]
fn price(line: &Line) -> u64 {
    // Each price is a prime number of cents, so that its search takes some time.
    let mut cents = 1_000 + line.article;
    while (2..=cents.isqrt()).any(|n| cents.is_multiple_of(n)) {
        cents += 1;
    }
    cents
}

/// Draws an invoice. Panics for invoice 501, as an example of a failure.
#[trigger_event("shop:draw", data(number))]
fn draw(number: u64, lines: &[Line]) -> String {
    assert!(
        number % 503 != 501,
        "no room for the address on invoice {number}"
    );
    let mut invoice = format!("invoice {number}\n");
    for line in lines {
        let text = format!(
            "{:>8} {:>6}.{:02}\n",
            line.article,
            price(line) / 100,
            price(line) % 100
        );
        invoice.push_str(&text);
    }
    invoice
}
