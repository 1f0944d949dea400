//! A small web shop: an axum server with annotated functions, and a load generator for it.

pub mod load;
pub mod shop;
pub mod store;
