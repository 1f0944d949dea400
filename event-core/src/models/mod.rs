//! Models that loom checks in every interleaving of their threads. `scripts/models` runs them.
//!
//! All models use the crate's statics, so each must unregister its listeners before it returns.

mod counting_listener;
mod hazard_cell;
mod lock;
mod recorder;
mod registry;
mod sites;
