//! Models that loom checks, in every order of their threads' steps: `scripts/models`.

mod ear;
mod published;
mod recorder;
mod registry;
mod sites;
