//! A small web shop of two processes with annotated functions, and a load generator for it.

pub mod front;
pub mod http;
pub mod load;
pub mod shop;
pub mod store;
