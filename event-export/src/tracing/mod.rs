//! Both directions between events and the spans of the `tracing` crates.

#[cfg(feature = "layer")]
pub(crate) mod layer;
#[cfg(feature = "tracing")]
pub(crate) mod spans;
