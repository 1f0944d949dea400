//! Guides: how to use this crate, one subject a page.
//!
//! | page | subject |
//! | --- | --- |
//! | [`first_steps`] | annotate a function; record, print, time and export its events |
//! | [`from_numba`] | the names of `numba.core.event` and what they are here |
//!
//! Every Rust example on these pages is compiled and run with the tests.

#[doc = include_str!("../docs/guide/first_steps.md")]
pub mod first_steps {}

#[doc = include_str!("../docs/guide/from_numba.md")]
pub mod from_numba {}
