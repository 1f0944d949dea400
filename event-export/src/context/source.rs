//! The exporters that know the traces of scopes of this process.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, Weak};

use event_core::{Event, EventId};

use super::fields::{Fields, Ids};
use super::nearest::Nearest;
use super::per_process::PerProcess;
use super::{ended, remote};
use crate::sync::{read, write};

/// An exporter that makes a span of each scope.
pub(crate) trait SpanSource: Send + Sync {
    /// Returns the context of the span of `scope`, if the exporter has received its START, but not
    /// its END.
    fn context_of(&self, scope: EventId) -> Option<Fields>;

    /// Returns the context of the span of `outermost`, whose trace is not exported.
    fn not_exported(&self, outermost: EventId) -> Option<Fields>;

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

type Sources = RwLock<Vec<Weak<dyn SpanSource>>>;

static SOURCES: PerProcess<Sources> = PerProcess::new();

/// Whether an exporter was ever added.
static IS_ANY: AtomicBool = AtomicBool::new(false);

/// The number of exporters that exist.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Counts an exporter until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(());

impl Counted {
    pub(crate) fn new() -> Self {
        // Relaxed, here and in `is_only`: a scope that starts at the same time may take the new
        // exporter for the only one.
        COUNT.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns whether there is one exporter. The scopes of several ones may differ.
#[inline]
pub(crate) fn is_only() -> bool {
    COUNT.load(Ordering::Relaxed) == 1
}

/// Adds an exporter, until its last `Arc` is dropped.
pub(crate) fn add(source: &Arc<impl SpanSource + 'static>) {
    let mut sources = write(SOURCES.get());
    sources.retain(|source| source.strong_count() > 0);
    let source = Arc::downgrade(source);
    sources.push(source);
    // Relaxed: only a hint. A scope that ends at the same time may have no span.
    IS_ANY.store(true, Ordering::Relaxed);
}

/// Returns the first result of `find` for the exporters of this process, and for those that were
/// created before it was forked, the latest one first.
fn find_in_sources<R>(find: impl Fn(&dyn SpanSource) -> Option<R>) -> Option<R> {
    let find_in = |sources: &Vec<Weak<dyn SpanSource>>| {
        let mut sources = sources.iter().rev().filter_map(Weak::upgrade);
        sources.find_map(|source| find(&*source))
    };
    find_in(&read(SOURCES.get())).or_else(|| {
        let mut parents = SOURCES.of_parents();
        parents.find_map(|sources| find_in(&*sources.try_read().ok()?))
    })
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
    find_in_sources(|source| source.exported(end))
}

/// Returns the context of a scope of this or another process. A scope of several exporters has the
/// context of the one that was created last.
pub(crate) fn find(scope: EventId) -> Option<Arc<Fields>> {
    let of_exporter = find_in_sources(|source| source.context_of(scope));
    of_exporter.map(Arc::new).or_else(|| remote::find(scope))
}

/// Returns the fate of the spans of all exporters; none if there is no exporter.
pub(crate) fn counts() -> Option<SpanCounts> {
    let mut sources = Vec::new();
    let mut add = |of: &Vec<Weak<dyn SpanSource>>| {
        sources.extend(of.iter().filter_map(Weak::upgrade));
    };
    add(&read(SOURCES.get()));
    let parents = SOURCES.of_parents();
    parents.for_each(|of| _ = of.try_read().map(|of| add(&of)));
    let counts = sources.iter().map(|source| source.counts());
    counts.reduce(|sum, counts| SpanCounts {
        exported: sum.exported + counts.exported,
        failed: sum.failed + counts.failed,
        dropped: sum.dropped + counts.dropped,
    })
}

/// Returns the context of the innermost scope that belongs to a trace.
pub(crate) fn find_nearest(nearest: Nearest) -> Option<Arc<Fields>> {
    let scope = nearest.id()?;
    find(scope).or_else(|| {
        let is_not_exported = nearest.is_not_exported();
        let not_exported = || find_in_sources(|source| source.not_exported(scope));
        Some(Arc::new(is_not_exported.then(not_exported)??))
    })
}
