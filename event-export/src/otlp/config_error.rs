//! The error of an invalid setting.

use std::fmt;

use event_core::__private::escaped;

/// An invalid setting of [`OtlpSpans`](super::OtlpSpans): its variable, why it is invalid, and what
/// is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpConfigError {
    name: String,
    value: String,
    why: String,
}

impl OtlpConfigError {
    pub(super) fn new(name: &str, value: &str, why: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            why: why.into(),
        }
    }
}

impl fmt::Display for OtlpConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers contain secrets.
        let value = if self.name.ends_with("HEADERS") {
            "…"
        } else {
            &self.value
        };
        write!(
            f,
            "`{}={}`: {}",
            self.name,
            escaped(value),
            escaped(&self.why)
        )
    }
}

impl std::error::Error for OtlpConfigError {}
