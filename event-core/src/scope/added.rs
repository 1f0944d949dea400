//! Data that the code inside a scope adds to its END.
//!
//! The data is kept by the id of the scope, because any thread may add to a scope that a handle has
//! carried there. An END reads one flag while no scope of the process has had data added, and then
//! the count of its shard. Threads take ids in blocks, and each block belongs to one shard, so
//! threads seldom share a shard.

use std::collections::BTreeMap;

use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering};
use crate::thread::{EventId, SuppressEvents, are_events_suppressed, current};
use crate::value::Field;
use crate::value::data::{EventData, owned};

/// The number of shards.
const SHARDS: usize = 64;

/// The maximum number of scopes in a shard. A scope that has ended stays there if a handle has
/// carried it to code that adds data later. The oldest scope is removed first.
const MAX_SCOPES: usize = 1 << 13;

static ADDED: [Shard; SHARDS] = [const { Shard::new() }; SHARDS];

/// Whether data was ever added to a scope.
static WAS_USED: AtomicBool = AtomicBool::new(false);

struct Shard {
    /// The number of scopes in `scopes`.
    count: AtomicUsize,
    scopes: Mutex<BTreeMap<EventId, Vec<Field<'static>>>>,
}

impl Shard {
    const fn new() -> Self {
        Self {
            count: AtomicUsize::new(0),
            scopes: Mutex::new(BTreeMap::new()),
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is less than `SHARDS`")]
    fn of(id: EventId) -> &'static Self {
        &ADDED[(id.block() % SHARDS as u64) as usize]
    }

    fn add(&self, id: EventId, fields: &[Field<'static>]) {
        let mut replaced = Vec::with_capacity(fields.len());
        let removed = self.change(|scopes| {
            let added = scopes.entry(id).or_default();
            for field in fields.iter().cloned() {
                replaced.extend(replace_or_push(added, field));
            }
            (scopes.len() > MAX_SCOPES).then(|| scopes.pop_first())
        });
        drop((replaced, removed)); // after unlocking: data may have a `Drop` that triggers events
    }

    fn take(&self, id: EventId) -> Vec<Field<'static>> {
        self.change(|scopes| scopes.remove(&id)).unwrap_or_default()
    }

    /// Calls `change` with the scopes, and counts them.
    fn change<R>(
        &self,
        change: impl FnOnce(&mut BTreeMap<EventId, Vec<Field<'static>>>) -> R,
    ) -> R {
        let _suppress = SuppressEvents::new(); // an annotated allocator would deadlock on the lock
        let mut scopes = self.scopes.lock();
        let result = change(&mut scopes);
        // Relaxed: an END that must see the data happens after the addition, so it sees this count
        // or a later one. It then takes the lock.
        self.count.store(scopes.len(), Ordering::Relaxed);
        result
    }
}

/// Adds `data` to the END of the current scope.
///
/// The current scope is the innermost scope of this thread that a listener has received: a call of
/// an annotated function, an `async fn` that is being polled, the closure of
/// [`trigger_event`](fn@crate::trigger_event), or a guard. Under a [handle](crate::EventHandle), it
/// is the scope of the handle, also on another thread.
///
/// A field replaces the field with the same key, of the START or added before. Other fields follow
/// in the order in which they were added, before the returned value.
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
    let fields = owned(data).to_fields(); // before the lock: it runs user code
    if fields.is_empty() {
        return;
    }
    // Relaxed: as in `Shard::change`. It is stored once, so that its cache line stays shared.
    if !WAS_USED.load(Ordering::Relaxed) {
        WAS_USED.store(true, Ordering::Relaxed);
    }
    Shard::of(id).add(id, &fields);
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
    // Relaxed: as in `Shard::change`.
    WAS_USED.load(Ordering::Relaxed) && Shard::of(id).count.load(Ordering::Relaxed) != 0
}

/// Takes the fields that were added to a scope.
#[inline]
pub(super) fn take(id: EventId) -> Vec<Field<'static>> {
    if may_exist(id) {
        take_existing(id)
    } else {
        Vec::new()
    }
}

#[cold]
#[inline(never)]
fn take_existing(id: EventId) -> Vec<Field<'static>> {
    Shard::of(id).take(id)
}

#[cfg(all(test, not(event_loom)))]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::event::status::EventStatus;

    #[test]
    fn oldest_scope_is_removed_beyond_the_limit() {
        let shard = Shard::new();
        let new_id = || Event::new("added:limit", EventStatus::Start).id();
        let (first, second) = (new_id(), new_id());
        let fields = [Field::new("n", 1.into())];
        for id in [first, second]
            .into_iter()
            .chain((1..MAX_SCOPES).map(|_| new_id()))
        {
            shard.add(id, &fields);
        }
        assert_eq!(shard.count.load(Ordering::Relaxed), MAX_SCOPES);
        assert!(shard.take(first).is_empty());
        assert_eq!(shard.take(second).len(), 1);
        assert_eq!(shard.count.load(Ordering::Relaxed), MAX_SCOPES - 1);
    }
}
