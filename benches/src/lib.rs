//! The measured scenarios: one function, instrumented in each of the compared ways.
//!
//! A [`Scenario`] is one instrumented function together with the listeners of its table row.
//! Every scenario runs in a process of its own, because most peers keep process-wide state.

pub mod body;
pub mod by_hand;
pub mod depth;
pub mod forms;
pub mod futures;
mod list;
pub mod ours;
pub mod peers;
mod scenario;

pub use list::{all, find};
pub use scenario::{Group, Scenario};
