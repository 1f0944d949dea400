//! A small web shop: an axum server whose handlers, queries and prices are annotated, and a load for it.

pub mod load;
pub mod shop;
pub mod store;
