//! What is measured: one function, instrumented in every way that is compared.
//!
//! A scenario is the function in one of these ways, under the listeners that its row of the table
//! names. It has a process of its own, because peers keep their state for the whole process.

pub mod body;
pub mod by_hand;
pub mod depth;
pub mod forms;
pub mod futures;
pub mod ours;
pub mod peers;
mod scenario;

pub use scenario::{Group, Scenario, all, find};
