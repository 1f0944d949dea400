//! The measured scenarios: one function, instrumented in each of the compared ways.
//!
//! A [`Scenario`] is one instrumented function together with the listeners of its table row.
//! Every scenario runs in a process of its own, because most peers keep process-wide state.

pub mod body;
mod bridges;
pub mod by_hand;
pub mod depth;
pub mod forms;
pub mod futures;
mod installs;
mod list;
pub mod ours;
#[cfg(feature = "peers")]
pub mod peers;
mod scenario;
pub mod subscribers;

pub use list::{all, find};
pub use scenario::{Group, Scenario};
