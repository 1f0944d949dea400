//! The exporters that know the traces of scopes of this process.

use std::sync::{Arc, RwLock, Weak};

use event_core::EventId;

use super::fields::Fields;
use super::remote;
use crate::sync::{read, write};

/// An exporter that makes a span of each scope.
pub(crate) trait SpanSource: Send + Sync {
    /// Returns the context of the span of `scope`, if the exporter has received its START, but not
    /// its END.
    fn context_of(&self, scope: EventId) -> Option<Fields>;
}

static SOURCES: RwLock<Vec<Weak<dyn SpanSource>>> = RwLock::new(Vec::new());

/// Adds an exporter, until its last `Arc` is dropped.
pub(crate) fn add(source: &Arc<impl SpanSource + 'static>) {
    let mut sources = write(&SOURCES);
    sources.retain(|source| source.strong_count() > 0);
    let source = Arc::downgrade(source);
    sources.push(source);
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
