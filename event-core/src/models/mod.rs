//! Models that loom checks, in every order of their threads' steps: `scripts/models`.

mod counting_listener;
mod hazard_cell;
mod recorder;
mod registry;
mod sites;
