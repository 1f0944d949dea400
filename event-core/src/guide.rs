//! Guides: how to use this crate, one subject a page.
//!
//! | page | subject |
//! | --- | --- |
//! | [`first_steps`] | annotate a function; record, print, time and export its events |
//! | [`from_tracing`] | what to write instead of `#[instrument]` and spans; using both |
//! | [`from_numba`] | the names of `numba.core.event` and what they are here |
//! | [`testing`] | assert in a test which calls happened, with which arguments |
//! | [`async_and_threads`] | futures, cancellation, guards, parents on other threads and tasks |
//! | [`writing_a_listener`] | derive a listener, or implement one by hand |
//! | [`in_a_library`] | an optional dependency, the feature `off`, re-exports, naming kinds |
//!
//! Every Rust example that needs only this crate is compiled and run with the tests.

#[doc = include_str!("../docs/guide/first_steps.md")]
pub mod first_steps {}

#[doc = include_str!("../docs/guide/from_tracing.md")]
pub mod from_tracing {}

#[doc = include_str!("../docs/guide/from_numba.md")]
pub mod from_numba {}

#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/guide/async_and_threads.md")]
pub mod async_and_threads {}

#[doc = include_str!("../docs/guide/writing_a_listener.md")]
pub mod writing_a_listener {}

#[doc = include_str!("../docs/guide/in_a_library.md")]
pub mod in_a_library {}
