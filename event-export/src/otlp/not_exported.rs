//! The part of a call in a trace that is not exported. It needs no state of the exporter.

use event_core::{Event, Site};

use crate::context::ended;
use crate::context::nearest::{self, Nearest};
use crate::context::source;

/// Returns whether a START needs nothing else, because its trace is not exported. `samples_none`
/// states whether no trace that this process starts is exported.
#[inline]
pub(super) fn starts(event: &Event<'_>, samples_none: bool) -> bool {
    if event.parent().is_some() {
        return nearest::get().is_not_exported() && can_skip(event) && is_entered(event);
    }
    let id = event.id();
    let is_left_out = samples_none && can_skip(event) && is_entered(event);
    if is_left_out {
        nearest::set(Nearest::not_exported(id, false));
    }
    is_left_out
}

/// Returns whether an END needs nothing else, because its trace is not exported.
#[inline]
pub(super) fn ends(event: &Event<'_>) -> bool {
    let nearest = nearest::get();
    let id = event.id();
    if nearest == Nearest::not_exported(id, false) {
        nearest::set(Nearest::NONE);
    } else if !nearest.is_not_exported() || nearest.is_of(id) || !can_skip(event) || !is_call(event)
    {
        return false; // else it is inside such a trace, and its START needed nothing
    }
    ended::store_none(id);
    true
}

/// Returns whether no exporter needs `event` if its trace is not exported.
#[inline]
fn can_skip(event: &Event<'_>) -> bool {
    !event.is_mark() && source::is_only()
}

/// Returns whether the scope of `event` is current on its thread until its END. A future is current
/// while it is polled, and an open event where a handle makes it current.
#[inline]
pub(super) fn is_entered(event: &Event<'_>) -> bool {
    !event.site().is_some_and(Site::is_async)
}

/// Returns whether the scope is that of a function, which ends before those around it on its
/// thread. The site of a guard has no module.
#[inline]
pub(super) fn is_call(event: &Event<'_>) -> bool {
    let is_call = |site: &Site| !site.is_async() && !site.module_path().is_empty();
    event.site().is_some_and(is_call)
}
