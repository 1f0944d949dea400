//! The exporters that know the traces of scopes of this process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock, Weak};

use event_core::{Event, EventId};

use super::fields::{Fields, Ids};
use super::{ended, remote};
use crate::sync::{read, write};

/// An exporter that makes a span of each scope.
pub(crate) trait SpanSource: Send + Sync {
    /// Returns the context of the span of `scope`, if the exporter has received its START, but not
    /// its END.
    fn context_of(&self, scope: EventId) -> Option<Fields>;

    /// Returns the span of a scope if it will be exported. The exporter has received the START of
    /// the scope, but not its END, which is `end`.
    fn exported(&self, end: &Event<'_>) -> Option<Ids>;

    /// Returns the fate of the spans so far.
    fn counts(&self) -> SpanCounts;
}

/// How many spans an exporter has sent, or has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanCounts {
    /// The collector has accepted them.
    pub(crate) exported: u64,
    /// The collector has not accepted them.
    pub(crate) failed: u64,
    /// Too many were waiting.
    pub(crate) dropped: u64,
}

static SOURCES: RwLock<Vec<Weak<dyn SpanSource>>> = RwLock::new(Vec::new());

/// Whether an exporter was ever added.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// Adds an exporter, until its last `Arc` is dropped.
pub(crate) fn add(source: &Arc<impl SpanSource + 'static>) {
    let mut sources = write(&SOURCES);
    sources.retain(|source| source.strong_count() > 0);
    let source = Arc::downgrade(source);
    sources.push(source);
    // Relaxed: only a hint. A scope that ends at the same time may have no span.
    IS_ANY.store(true, Ordering::Relaxed);
}

/// Returns whether [`exported`] may return a span.
#[inline]
pub(crate) fn is_any() -> bool {
    IS_ANY.load(Ordering::Relaxed) // as in `add`
}

/// Returns the span of the scope that ends with `end`, if an exporter will export it.
///
/// The exporters may have received the END already: listeners receive it in the order in which
/// they were installed.
pub(crate) fn exported(end: &Event<'_>) -> Option<Ids> {
    if let Some(ended) = ended::get(end.id()) {
        return ended.span;
    }
    let sources = read(&SOURCES);
    let mut sources = sources.iter().rev().filter_map(Weak::upgrade);
    sources.find_map(|source| source.exported(end))
}

/// Returns the context of a scope of this or another process. A scope of several exporters has the
/// context of the one that was created last.
pub(crate) fn find(scope: EventId) -> Option<Arc<Fields>> {
    let of_exporter = {
        let sources = read(&SOURCES);
        let mut sources = sources.iter().rev().filter_map(Weak::upgrade);
        sources.find_map(|source| source.context_of(scope))
    };
    of_exporter.map(Arc::new).or_else(|| remote::find(scope))
}

/// Returns the fate of the spans of all exporters; none if there is no exporter.
pub(crate) fn counts() -> Option<SpanCounts> {
    let sources = read(&SOURCES)
        .iter()
        .filter_map(Weak::upgrade)
        .collect::<Vec<_>>();
    let counts = sources.iter().map(|source| source.counts());
    counts.reduce(|sum, counts| SpanCounts {
        exported: sum.exported + counts.exported,
        failed: sum.failed + counts.failed,
        dropped: sum.dropped + counts.dropped,
    })
}
