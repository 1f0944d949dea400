//! A library that emits events only with its feature `events`.

#![deny(warnings)]
#![warn(missing_docs, clippy::pedantic)]

/// Returns the length of `text`.
///
/// # Errors
///
/// Returns an error if `text` is empty.
#[cfg_attr(feature = "events", event_core::trigger_event("lib:length", ret, err))]
pub fn length(text: &str) -> Result<usize, String> {
    if text.is_empty() {
        Err("empty".to_owned())
    } else {
        Ok(text.len())
    }
}

/// A counter.
#[derive(Debug, Default)]
pub struct Counter(u32);

#[cfg_attr(feature = "events", event_core::trigger_event("lib:counter"))]
impl Counter {
    /// Adds `amount` and returns the sum.
    pub fn add(&mut self, amount: u32) -> u32 {
        self.0 += amount;
        self.0
    }
}
