//! Why a recording is written, and how often.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use event_core::__private::escaped;
use event_core::{Event, EventId, Site, ThreadId};

use crate::profile::truncate::LimitedText;
use crate::profile::units;
use crate::sync::AtomicU64;

/// The time after a recording in which further scopes that are slow, or that panic, cause no other
/// one.
const INTERVAL: Duration = Duration::from_secs(10);

/// The most bytes of the message of a panic.
const MAX_MESSAGE: usize = 200;

/// The sort of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Slow,
    Panic,
    Signal,
    Demand,
}

impl Reason {
    /// Returns the word for the name of a file.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Panic => "panic",
            Self::Signal => "signal",
            Self::Demand => "demand",
        }
    }
}

/// An event that causes a recording to be written.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) reason: Reason,
    pub(super) nanos: u64,
    /// The scope that is slow or has panicked, and the thread of its END.
    pub(super) scope: Option<(EventId, ThreadId)>,
    /// The trigger as a clause, without control characters.
    text: String,
}

impl Trigger {
    pub(super) fn slow(end: &Event<'_>, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let duration = units::duration_with_space(nanos, "");
        Self::of_scope(Reason::Slow, end, format_args!("took {duration}"))
    }

    pub(super) fn panic(end: &Event<'_>) -> Self {
        let mut message = LimitedText::new(MAX_MESSAGE);
        if let Some(exc) = end.exc_details() {
            message.print(format_args!("{}", exc.message()));
        }
        let message = message.into_string();
        Self::of_scope(Reason::Panic, end, format_args!("panicked: {message}"))
    }

    fn of_scope(reason: Reason, end: &Event<'_>, what: fmt::Arguments<'_>) -> Self {
        let kind = end.kind();
        let function = end.site().map(Site::path).filter(|path| !path.is_empty());
        let text = match function {
            Some(function) => format!("`{function}` ({kind}) {what}"),
            None => format!("`{kind}` {what}"),
        };
        Self {
            reason,
            nanos: end.nanos(),
            scope: Some((end.id(), end.thread())),
            text: escaped(&text).into_owned(),
        }
    }

    /// Returns the trigger as a clause.
    pub(super) fn because(&self) -> &str {
        &self.text
    }

    pub(super) fn other(reason: Reason, nanos: u64, text: &str) -> Self {
        Self {
            reason,
            nanos,
            scope: None,
            text: text.to_owned(),
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Lets one of several triggers pass in each [`INTERVAL`].
#[derive(Debug, Default)]
pub(super) struct Limiter {
    /// The time from which on the next trigger passes.
    next: AtomicU64,
}

impl Limiter {
    /// Returns whether a trigger at the time `nanos` passes.
    pub(super) fn passes(&self, nanos: u64) -> bool {
        // Relaxed: the number is the only data that the threads share, and one of them changes it.
        let next = self.next.load(Ordering::Relaxed);
        let after = nanos.saturating_add(u64::try_from(INTERVAL.as_nanos()).unwrap_or(u64::MAX));
        nanos >= next
            && self
                .next
                .compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}
