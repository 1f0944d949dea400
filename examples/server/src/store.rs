//! Where the orders are: stands in for a database, with a few connections, and queries that take their time.

use std::time::Duration;

use event_core::trigger_event;
use tokio::sync::Semaphore;

/// A database of orders that are made up from their numbers.
#[derive(Debug)]
pub struct Store {
    connections: Semaphore,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is bought.
    pub article: u64,
    /// How many of it.
    pub count: u32,
}

/// What a query may come to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is nothing with this number.
    #[error("there is no order {0}")]
    Missing(u64),
}

impl Store {
    /// Orders have numbers below this one.
    pub const ORDERS: u64 = 1_000;

    /// Returns a store that answers `connections` queries at a time.
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
        // One shard of it is slow.
        let slow = order.is_multiple_of(97);
        self.take(Duration::from_micros(if slow { 20_000 } else { 150 }))
            .await;
        format!("customer {}", order % 61)
    }

    /// Waits for a connection, and for the answer.
    #[trigger_event("db:connection")]
    async fn take(&self, time: Duration) {
        let connection = self.connections.acquire().await;
        tokio::time::sleep(time).await;
        drop(connection);
    }
}
