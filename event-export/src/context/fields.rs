//! The contents of a trace context.

use std::sync::Arc;

/// The flag that the caller records the trace.
pub(crate) const SAMPLED: u8 = 1;

/// The ids of a trace and of a span in it, as the header `traceparent` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) flags: u8,
}

/// The headers that all spans of a trace pass on unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PassedOn {
    /// The header `tracestate`.
    pub(crate) state: Option<Arc<str>>,
    pub(crate) baggage: Option<Arc<str>>,
}

/// The contents of a [`TraceContext`](super::TraceContext).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) ids: Ids,
    pub(crate) passed_on: PassedOn,
}
