//! Events as text.

use std::fmt;

use super::Event;
use crate::escape::escaped;
use crate::thread::EventId;

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind().as_str())
            .field("status", &self.status)
            .field("data", self.data())
            .field("exc_details", &self.exc_details())
            .field("id", &self.id().as_u64())
            .field("parent", &self.parent().map(EventId::as_u64))
            .field("site", &self.site())
            .field("thread", &self.thread().as_u64())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Event<'_> {
    /// Writes `STATUS kind path key=value …`, and for a failure ` failed: cause: message`, in one
    /// line: control characters are escaped.
    ///
    /// The path is [`Site::path`](crate::Site::path) of the annotated function. Other events have
    /// none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.kind())?;
        if let Some(site) = self.site().filter(|site| site.is_annotated()) {
            write!(f, " {}", escaped(site.path()))?;
        }
        if !self.data().is_empty() {
            write!(f, " {}", self.data())?;
        }
        match self.exc_details() {
            Some(exc) if self.is_end() => write!(f, " failed: {exc}"),
            _ => Ok(()),
        }
    }
}
