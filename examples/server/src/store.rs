//! A simulated database of orders, with a limited number of connections and slow queries.

use std::time::Duration;

use event_core::trigger_event;
use tokio::sync::Semaphore;

/// A database of orders that are computed from their numbers.
#[derive(Debug)]
pub struct Store {
    connections: Semaphore,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// The number of the article.
    pub article: u64,
    /// The number of pieces.
    pub count: u32,
}

/// The error of a query.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No order has this number.
    #[error("order {0} does not exist")]
    Missing(u64),
}

impl Store {
    /// The number of orders. Order numbers begin at 0.
    pub const ORDERS: u64 = 1_000;

    /// Returns a store that runs up to `connections` queries at a time.
    #[must_use]
    pub const fn new(connections: usize) -> Self {
        Self {
            connections: Semaphore::const_new(connections),
        }
    }

    /// Returns the lines of an order.
    ///
    /// # Errors
    ///
    /// Returns [`StoreError::Missing`] for an order that does not exist.
    #[trigger_event("db:query", data(table = "lines", order), err)]
    pub async fn lines(&self, order: u64) -> Result<Vec<Line>, StoreError> {
        self.take(Duration::from_micros(300)).await;
        if order >= Self::ORDERS {
            return Err(StoreError::Missing(order));
        }
        let lines = (0..=order % 5).map(|line| Line {
            article: order * 7 + line,
            count: 1,
        });
        Ok(lines.collect())
    }

    /// Returns the name of the customer of an order.
    #[trigger_event("db:query", data(table = "customers", order), ret)]
    pub async fn customer(&self, order: u64) -> String {
        // Some customers are slow to read, so that queries reach their time limit.
        let slow = order.is_multiple_of(97);
        self.take(Duration::from_micros(if slow { 20_000 } else { 150 }))
            .await;
        format!("customer {}", order % 61)
    }

    /// Waits for a free connection, then keeps it for `time`.
    #[trigger_event("db:connection")]
    async fn take(&self, time: Duration) {
        let connection = self.connections.acquire().await;
        tokio::time::sleep(time).await;
        drop(connection);
    }
}
