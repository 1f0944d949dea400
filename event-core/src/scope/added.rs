//! Data that the code inside a scope adds to its END.
//!
//! The data is kept by the id of the scope, because any thread may add to a scope that a handle has
//! carried there.

use super::by_scope::ByScope;
use crate::thread::{EventId, SuppressEvents, are_events_suppressed, current};
use crate::value::Field;
use crate::value::event_data::{EventData, owned};

/// The fields that were added. Those of a scope that has ended stay here if a handle has carried it
/// to code that adds data later.
static ADDED: ByScope<Vec<Field<'static>>> = ByScope::new();

/// Adds `data` to the END of the current scope.
///
/// The current scope is the innermost scope of this thread that a listener has received: a call of
/// an annotated function, an `async fn` that is being polled, the closure of
/// [`trigger_event`](fn@crate::trigger_event), or a guard. Under a [handle](crate::EventHandle), it
/// is the scope of the handle, also on another thread.
///
/// A field replaces the field with the same key, of the START or added before. Other fields follow
/// in the order in which they were added, before the returned value. The value that `ret` records
/// replaces an added field `return`, and fields of
/// [`OpenEvent::end_with`](crate::OpenEvent::end_with) replace added fields: they are later.
///
/// Nothing happens, and `data` is not evaluated,
///
/// * without a current scope,
/// * if no listener of the current scope [wants data](crate::Listener::wants_data),
/// * while a value, a result or an error is formatted, or an expression of a field runs.
///
/// If the scope has ended, the data is discarded. A listener that calls this adds to the scope
/// around the event that it receives.
///
/// # Examples
///
#[cfg_attr(feature = "macros", doc = "```")]
#[cfg_attr(not(feature = "macros"), doc = "```ignore")]
/// use event_core::{add_data, data, local, trigger_event};
///
/// #[trigger_event("docs:add_data")]
/// fn load(path: &str) -> usize {
///     let rows = path.len();
///     add_data(data! { rows, cached = false });
///     rows
/// }
///
/// let recorder = local::install_recorder("docs:add_data");
/// load("a.csv");
/// assert_eq!(recorder.lines(), [
///     r#"START docs:add_data load path="a.csv""#,
///     r#"END docs:add_data load path="a.csv" rows=5 cached=false"#,
/// ]);
/// ```
#[inline]
pub fn add_data(data: impl EventData) {
    if let Some(id) = current().filter(|id| id.wants_data()) {
        add_to(id, data);
    }
}

#[cold]
fn add_to(id: EventId, data: impl EventData) {
    if are_events_suppressed() {
        return;
    }
    let data = owned(data); // before the lock: it runs user code
    let suppress = SuppressEvents::new(); // a signal handler would allocate inside an allocation
    let fields = data.to_fields();
    drop(data);
    let mut replaced = Vec::new();
    if !fields.is_empty() {
        ADDED.update(id, |added| {
            for field in fields.iter().cloned() {
                replaced.extend(replace_or_push(added, field));
            }
        });
    }
    drop(fields);
    replaced.retain(Field::has_objects);
    replaced.shrink_to_fit(); // frees the memory of an empty list
    drop(suppress);
    drop(replaced); // the program's objects may have a `Drop` that triggers events
}

/// Replaces the field with the same key, and returns it, or appends `field`.
pub(super) fn replace_or_push(
    fields: &mut Vec<Field<'static>>,
    field: Field<'static>,
) -> Option<Field<'static>> {
    let same_key = fields.iter_mut().find(|other| other.key() == field.key());
    if let Some(other) = same_key {
        return Some(std::mem::replace(other, field));
    }
    fields.push(field);
    None
}

/// Returns whether fields may have been added to a scope.
#[inline]
pub(super) fn may_exist(id: EventId) -> bool {
    ADDED.may_have(id)
}

/// Takes the fields that were added to a scope.
#[inline]
pub(super) fn take(id: EventId) -> Vec<Field<'static>> {
    if may_exist(id) {
        ADDED.take(id).unwrap_or_default()
    } else {
        Vec::new()
    }
}
