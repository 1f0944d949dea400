//! Events as spans of the `tracing` crates, and spans as events.

#[cfg(feature = "layer")]
pub(crate) mod layer;
#[cfg(feature = "tracing")]
pub(crate) mod spans;
