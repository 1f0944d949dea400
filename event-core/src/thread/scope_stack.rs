//! The current scope of a thread: the innermost scope that a listener receives.
//!
//! Each scope saves the scope that was current before it and makes it current again at its end. This suffices while
//! scopes end in order. What may end out of order is noted in [`OutOfOrder`]: the scopes that handles have entered, and
//! the scopes that ended while a scope inside them was still current.

use std::cell::RefCell;

use super::id::EventId;
use super::state::{STATE, State};
use super::suppress::SuppressEvents;
use crate::sync::thread_local;

/// How many scopes that ended out of order a thread remembers. A call forgets those that started in it when it ends.
/// Each is needed only until the scopes directly in it have ended.
const MAX_EXITED: usize = 256;

thread_local! {
    // Has a destructor. After it has run, a scope that ends out of order stays a parent.
    static OUT_OF_ORDER: RefCell<OutOfOrder> =
        const { RefCell::new(OutOfOrder { exited: Vec::new(), entered: Vec::new() }) };
}

/// Scopes that may end out of order. Ids of this thread serve as positions in time, because they grow.
struct OutOfOrder {
    exited: Vec<ExitedScope>,
    /// Oldest first.
    entered: Vec<HandleEntry>,
}

/// A scope that ended while a scope that started in it went on. That scope will want to make it current again.
struct ExitedScope {
    id: Option<EventId>,
    /// The scopes that may return to it started between `start` and `end`.
    start: u64,
    end: u64,
    before: Option<EventId>,
}

/// A scope that a handle has entered.
struct HandleEntry {
    id: Option<EventId>,
    start: u64,
    before: Option<EventId>,
}

/// Returns the id of the current scope.
#[inline]
pub(crate) fn current() -> Option<EventId> {
    STATE.with(State::current)
}

/// Makes `id` the current scope and returns the previous one.
#[inline]
pub(crate) fn set_current(id: Option<EventId>) -> Option<EventId> {
    STATE.with(|state| state.replace_current(id))
}

/// Ends the scope `id` of a guard. Its parent becomes current, unless a scope inside it is current.
#[inline]
pub(crate) fn exit_guard(id: EventId, parent: Option<EventId>) {
    STATE.with(|state| {
        if state.current() == Some(id) && state.out_of_order.get() == 0 {
            state.replace_current(parent);
        } else {
            exit_guard_out_of_order(state, id, parent);
        }
    });
}

/// Ends the scope `id` of a call. Its parent becomes current, even if guards of the call were leaked or outlive it. A
/// scope that a handle entered during the call stays current until the handle leaves it.
#[inline]
pub(crate) fn exit_call(id: EventId, parent: Option<EventId>) {
    STATE.with(|state| {
        if state.out_of_order.get() == 0 {
            state.replace_current(parent);
        } else {
            exit_call_out_of_order(state, id.as_u64(), parent, false);
        }
    });
}

#[cold]
fn exit_guard_out_of_order(state: &State, id: EventId, parent: Option<EventId>) {
    state.with_out_of_order(|scopes| scopes.exit(state, Some(id), id.as_u64(), parent));
}

/// Ends a call or poll that started when `start` was this thread's next id: `before` becomes current.
#[cold]
fn exit_call_out_of_order(state: &State, start: u64, before: Option<EventId>, is_poll: bool) {
    let innermost = state.with_out_of_order(|scopes| {
        let mut innermost = scopes.nearest_live(start, before);
        let first_inside = scopes.entered.partition_point(|entry| entry.start < start);
        if is_poll {
            scopes.entered.truncate(first_inside);
        }
        scopes.exited.retain(|exited| exited.start < start);
        // Of the scopes that started inside, only these remain. Each is now directly in the one before it.
        for entry in &mut scopes.entered[first_inside..] {
            entry.before = innermost;
            innermost = entry.id;
        }
        innermost
    });
    state.replace_current(innermost.unwrap_or(before));
}

impl State {
    #[inline]
    fn current(&self) -> Option<EventId> {
        self.current.get().map(EventId)
    }

    #[inline]
    fn replace_current(&self, id: Option<EventId>) -> Option<EventId> {
        self.current.replace(id.map(|id| id.0)).map(EventId)
    }

    /// Calls `change` with the noted scopes; returns `None` after the thread-local's destructor.
    fn with_out_of_order<R>(&self, change: impl FnOnce(&mut OutOfOrder) -> R) -> Option<R> {
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        let changed = OUT_OF_ORDER.try_with(|scopes| {
            let mut scopes = scopes.borrow_mut();
            let result = change(&mut scopes);
            self.out_of_order
                .set(scopes.exited.len() + scopes.entered.len());
            result
        });
        changed.ok()
    }
}

impl OutOfOrder {
    /// Returns what becomes current when a scope that started at `start` in `parent` ends: `parent`, or the nearest
    /// scope around it that has not ended.
    fn nearest_live(&self, mut start: u64, mut parent: Option<EventId>) -> Option<EventId> {
        while let Some(exited) = self.exited_parent(start, parent) {
            start = exited.start;
            parent = exited.before;
        }
        parent
    }

    /// Returns the scope `parent` that was current at `start`, if it has ended.
    fn exited_parent(&self, start: u64, parent: Option<EventId>) -> Option<&ExitedScope> {
        let was_current = |exited: &&ExitedScope| {
            exited.id == parent && exited.start < start && start <= exited.end
        };
        let candidates = self.exited.iter().filter(was_current);
        let exited = candidates.max_by_key(|exited| exited.start)?;
        // A handle may have entered the same scope again, and not left it.
        let is_entered_again = |entry: &HandleEntry| {
            entry.id == parent && exited.start < entry.start && entry.start < start
        };
        (!self.entered.iter().any(is_entered_again)).then_some(exited)
    }

    /// Ends the scope `id` that started at `start` in `before`.
    fn exit(&mut self, state: &State, id: Option<EventId>, start: u64, before: Option<EventId>) {
        let before = self.nearest_live(start, before);
        let has_entry_inside = self.entered.last().is_some_and(|entry| entry.start > start);
        if state.current() == id && !has_entry_inside {
            state.replace_current(before);
            if before.is_none() && self.entered.is_empty() {
                self.exited.clear(); // no scope is left that could return to one of them
            }
            return;
        }
        if self.exited.len() == MAX_EXITED {
            self.exited.remove(0);
        }
        self.exited.push(ExitedScope {
            id,
            start,
            end: EventId::take(state).as_u64(),
            before,
        });
    }
}

/// Makes a scope current until it is dropped. Such entries are dropped in order.
#[derive(Debug)]
pub(crate) struct EnteredScope {
    start: u64,
    before: Option<EventId>,
    /// Whether this is a poll: other tasks use the thread afterwards, so no scope that a handle entered meanwhile stays.
    is_poll: bool,
}

impl EnteredScope {
    #[inline]
    fn new(id: Option<EventId>, is_poll: bool) -> Self {
        STATE.with(|state| Self {
            start: state.next_id.get(),
            before: state.replace_current(id),
            is_poll,
        })
    }

    /// Enters the scope `id` for a call.
    pub(crate) fn call(id: Option<EventId>) -> Self {
        Self::new(id, false)
    }

    /// Enters the scope `id` for a poll.
    pub(crate) fn poll(id: Option<EventId>) -> Self {
        Self::new(id, true)
    }
}

impl Drop for EnteredScope {
    #[inline]
    fn drop(&mut self) {
        STATE.with(|state| {
            if state.out_of_order.get() == 0 {
                state.replace_current(self.before);
            } else {
                exit_call_out_of_order(state, self.start, self.before, self.is_poll);
            }
        });
    }
}

/// Makes a scope current until it is dropped. Such entries may be dropped in any order.
#[derive(Debug)]
pub(crate) struct EnteredInAnyOrder {
    id: Option<EventId>,
    start: u64,
    before: Option<EventId>,
}

impl EnteredInAnyOrder {
    pub(crate) fn new(id: Option<EventId>) -> Self {
        STATE.with(|state| {
            let before = state.replace_current(id);
            let start = EventId::take(state).as_u64();
            state.with_out_of_order(|scopes| {
                scopes.entered.push(HandleEntry { id, start, before });
            });
            Self { id, start, before }
        })
    }
}

impl Drop for EnteredInAnyOrder {
    fn drop(&mut self) {
        STATE.with(|state| {
            let exited = state.with_out_of_order(|scopes| {
                // Missing if the end of a poll has removed it.
                let is_this = |entry: &HandleEntry| entry.start == self.start;
                if let Some(index) = scopes.entered.iter().rposition(is_this) {
                    let entry = scopes.entered.remove(index);
                    scopes.exit(state, entry.id, entry.start, entry.before);
                }
            });
            if exited.is_none() && state.current() == self.id {
                state.replace_current(self.before);
            }
        });
    }
}
