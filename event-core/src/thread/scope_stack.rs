//! The current scope of a thread: the innermost enabled scope, which is the parent of new scopes.
//!
//! Each scope saves the previous current scope and restores it on exit. This suffices while scopes
//! end in order. [`OutOfOrder`] records the exceptions: the scopes that handles have entered, the
//! scopes that ended while a scope inside them was current, and the sessions that handles and polls
//! have entered.

use std::cell::RefCell;

use super::id::EventId;
use super::session::Session;
use super::state::{STATE, State};
use super::suppress::SuppressEvents;
use crate::sync::thread_local;

/// The maximum number of scopes that a thread records as ended out of order; then it discards the
/// oldest.
///
/// A record is needed until the scopes directly inside that scope have ended. The end of a call
/// discards the records of all scopes that started in the call.
const MAX_EXITED: usize = 256;

thread_local! {
    // Has a destructor. After it has run, a scope that ended out of order may become current again.
    static OUT_OF_ORDER: RefCell<OutOfOrder> =
        const { RefCell::new(OutOfOrder {
            exited: Vec::new(),
            entered: Vec::new(),
            sessions: Vec::new(),
        }) };
}

/// The scopes that ended or may end out of order.
///
/// The ids of this thread serve as points in time (`start`, `end`), because they increase.
struct OutOfOrder {
    /// In the order in which they ended.
    exited: Vec<ExitedScope>,
    /// In the order in which they were entered.
    entered: Vec<HandleEntry>,
    /// In the order in which they were entered.
    sessions: Vec<EnteredSession>,
}

/// A scope that ended while a scope inside it had not ended. The end of the inner scope must not
/// make it current again.
struct ExitedScope {
    id: Option<EventId>,
    /// The inner scopes that saved it as their previous scope started between `start` and `end`.
    start: u64,
    end: u64,
    /// The scope to make current instead.
    before: Option<EventId>,
}

/// A scope that a handle has entered and not yet left.
struct HandleEntry {
    id: Option<EventId>,
    start: u64,
    /// The scope that was current before.
    before: Option<EventId>,
}

/// A session that a handle or a poll has entered and not yet left.
struct EnteredSession {
    start: u64,
    /// None for a session of this thread, in which the thread is also without handles.
    session: Session,
}

/// Returns the id of the current scope.
#[inline]
pub(crate) fn current() -> Option<EventId> {
    STATE.with(State::current)
}

/// Returns the word that exporters of traces keep with the current scope; zero if there is none.
#[must_use]
#[inline]
pub fn carried() -> u64 {
    STATE.with(|state| state.carried.get())
}

/// Sets the word that handles of the current scope carry.
#[inline]
pub fn set_carried(word: u64) {
    STATE.with(|state| state.carried.set(word));
}

/// Makes `id` the current scope and returns the previous one.
#[inline]
pub(crate) fn set_current(id: Option<EventId>) -> Option<EventId> {
    STATE.with(|state| state.replace_current(id))
}

/// Ends the scope `id` of a guard. Makes its parent current, unless a scope inside it is still
/// current.
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

/// Ends the scope `id` of a call. Makes its parent current, even if guards that the call created
/// were leaked or outlive it. A scope that a handle entered during the call stays current until the
/// handle leaves it.
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

/// Ends a call or poll that started in `before`, when `start` was this thread's next id. Makes
/// `before` current, or the nearest scope around it that has not ended.
///
/// After a call, the scopes of handles that entered during the call and have not left are nested in
/// that scope, and the last of them becomes current.
#[cold]
fn exit_call_out_of_order(state: &State, start: u64, before: Option<EventId>, is_poll: bool) {
    let innermost = state.with_out_of_order(|scopes| {
        let mut innermost = scopes.nearest_live(start, before);
        let first_inside = scopes.entered.partition_point(|entry| entry.start < start);
        if is_poll {
            scopes.entered.truncate(first_inside);
            scopes.sessions.retain(|entered| entered.start < start);
            state.set_entered_session(scopes.session());
        }
        scopes.exited.retain(|exited| exited.start < start);
        // Of the scopes that started inside the call, only those of handles remain. Nest each in
        // the previous one.
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

    /// Calls `change` with the recorded scopes. Returns `None` after the destructor of the
    /// thread-local.
    fn with_out_of_order<R>(&self, change: impl FnOnce(&mut OutOfOrder) -> R) -> Option<R> {
        let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
        let changed = OUT_OF_ORDER.try_with(|scopes| {
            let mut scopes = scopes.borrow_mut();
            let result = change(&mut scopes);
            self.out_of_order
                .set(scopes.exited.len() + scopes.entered.len() + scopes.sessions.len());
            result
        });
        changed.ok()
    }
}

impl OutOfOrder {
    /// Returns the session of the innermost handle or poll.
    fn session(&self) -> Session {
        let innermost = self.sessions.last();
        innermost.map_or(Session::NONE, |entered| entered.session)
    }

    /// Removes and returns the entry that a handle made at `start`.
    fn take_entry(&mut self, start: u64) -> Option<HandleEntry> {
        let is_this = |entry: &HandleEntry| entry.start == start;
        if self.entered.last().is_some_and(is_this) {
            return self.entered.pop(); // without a search, and without a move of later entries
        }
        let index = self.entered.iter().rposition(is_this)?;
        Some(self.entered.remove(index))
    }

    /// Returns the scope that becomes current at the end of a scope that started at `start` in
    /// `parent`: `parent`, or the nearest scope around it that has not ended.
    fn nearest_live(&self, mut start: u64, mut parent: Option<EventId>) -> Option<EventId> {
        while let Some(exited) = self.exited_parent(start, parent) {
            start = exited.start;
            parent = exited.before;
        }
        parent
    }

    /// Returns the record of the scope `parent`, which was current at `start`, if that scope has
    /// ended.
    fn exited_parent(&self, start: u64, parent: Option<EventId>) -> Option<&ExitedScope> {
        let was_current = |exited: &&ExitedScope| {
            exited.id == parent && exited.start < start && start <= exited.end
        };
        let candidates = self.exited.iter().filter(was_current);
        let exited = candidates.max_by_key(|exited| exited.start)?;
        // A handle may have entered the same scope again and not left it, so that it has not ended.
        let is_entered_again = |entry: &HandleEntry| {
            entry.id == parent && exited.start < entry.start && entry.start < start
        };
        (!self.entered.iter().any(is_entered_again)).then_some(exited)
    }

    /// Ends the scope `id`, which started at `start` in `before`. Makes the nearest scope around it
    /// that has not ended current. If a scope inside it is still current, records it instead.
    fn exit(&mut self, state: &State, id: Option<EventId>, start: u64, before: Option<EventId>) {
        let before = self.nearest_live(start, before);
        let has_entry_inside = self.entered.last().is_some_and(|entry| entry.start > start);
        if state.current() == id && !has_entry_inside {
            state.replace_current(before);
            if before.is_none() && self.entered.is_empty() {
                self.exited.clear(); // no scope remains that could restore one of these
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

/// Makes a scope current until it is dropped. Values of this type must be dropped in reverse order.
#[derive(Debug)]
pub(crate) struct EnteredScope {
    /// When the scope was entered. [`IN_SESSION`] is set if a session was entered then.
    start: u64,
    before: Option<EventId>,
    carried_before: u64,
    /// Whether this is a poll. Other tasks run on the thread after a poll, so a scope that a handle
    /// entered during the poll is left at its end.
    is_poll: bool,
}

/// The bit of a start that is set if a session was entered. It is zero in every id.
const IN_SESSION: u64 = 1 << 63;

impl EnteredScope {
    #[inline]
    fn new_in(session: Session, id: Option<EventId>, is_poll: bool) -> Self {
        STATE.with(|state| {
            let session_start = enter_session(state, session);
            Self {
                start: session_start.unwrap_or_else(|| state.next_id.get()),
                before: state.replace_current(id),
                carried_before: state.carried.get(),
                is_poll,
            }
        })
    }

    /// Enters the scope `id` in `session` for a call. The caller may replace the carried word then.
    #[inline]
    pub(crate) fn call_in(session: Session, id: Option<EventId>) -> Self {
        Self::new_in(session, id, false)
    }

    /// Enters the scope `id` for a poll.
    #[inline]
    pub(crate) fn poll(id: Option<EventId>) -> Self {
        STATE.with(|state| Self {
            start: state.next_id.get(),
            before: state.replace_current(id),
            carried_before: state.carried.get(),
            is_poll: true,
        })
    }

    /// Enters the scope `id` in `session` for a poll. The caller may replace the carried word then.
    #[inline]
    pub(crate) fn poll_in(session: Session, id: Option<EventId>) -> Self {
        Self::new_in(session, id, true)
    }

    #[cold]
    fn exit_out_of_order(&self, state: &State) {
        leave_session(state, self.start);
        let start = self.start & !IN_SESSION;
        exit_call_out_of_order(state, start, self.before, self.is_poll);
    }
}

/// Enters `session`. Returns when it was entered, with [`IN_SESSION`], or `None` if that changes
/// nothing.
#[inline]
fn enter_session(state: &State, session: Session) -> Option<u64> {
    // Both are zero in a program without local listeners.
    if session.as_u64() | state.session.get().as_u64() == 0 {
        return None;
    }
    enter_other_session(state, session)
}

#[cold]
#[inline(never)]
fn enter_other_session(state: &State, session: Session) -> Option<u64> {
    if session == Session::UNCHANGED {
        return None;
    }
    let session = state.foreign(session);
    if session == Session::NONE && state.out_of_order.get() == 0 {
        return None;
    }
    let start = EventId::take(state).as_u64();
    let entered = state.with_out_of_order(|scopes| {
        let changes = session != Session::NONE || !scopes.sessions.is_empty();
        if changes {
            scopes.sessions.push(EnteredSession { start, session });
            state.set_entered_session(session);
        }
        changes
    });
    entered.unwrap_or_default().then_some(start | IN_SESSION)
}

/// Leaves the session that was entered at `start`, if `start` has [`IN_SESSION`].
#[inline]
fn leave_session(state: &State, start: u64) {
    if start & IN_SESSION != 0 {
        leave_other_session(state, start & !IN_SESSION);
    }
}

#[cold]
#[inline(never)]
fn leave_other_session(state: &State, start: u64) {
    state.with_out_of_order(|scopes| {
        scopes.sessions.retain(|entered| entered.start != start);
        state.set_entered_session(scopes.session());
    });
}

impl Drop for EnteredScope {
    #[inline]
    fn drop(&mut self) {
        STATE.with(|state| {
            state.carried.set(self.carried_before);
            if state.out_of_order.get() == 0 {
                state.replace_current(self.before);
            } else {
                self.exit_out_of_order(state);
            }
        });
    }
}

/// Makes a scope current until it is dropped. Values of this type may be dropped in any order.
#[derive(Debug)]
pub(crate) struct EnteredInAnyOrder {
    id: Option<EventId>,
    /// As in [`EnteredScope`].
    start: u64,
    before: Option<EventId>,
    carried: u64,
    carried_before: u64,
}

impl EnteredInAnyOrder {
    #[inline]
    pub(crate) fn new_in(session: Session, id: Option<EventId>, carried: u64) -> Self {
        STATE.with(|state| Self::new(state, session, id, carried))
    }

    #[inline(never)]
    fn new(state: &State, session: Session, id: Option<EventId>, carried: u64) -> Self {
        let session_start = enter_session(state, session);
        let before = state.replace_current(id);
        let marked = session_start.unwrap_or_else(|| EventId::take(state).as_u64());
        let start = marked & !IN_SESSION;
        state.with_out_of_order(|scopes| {
            scopes.entered.push(HandleEntry { id, start, before });
        });
        Self {
            id,
            start: marked,
            before,
            carried,
            carried_before: state.carried.replace(carried),
        }
    }
}

impl Drop for EnteredInAnyOrder {
    fn drop(&mut self) {
        STATE.with(|state| {
            if state.carried.get() == self.carried {
                state.carried.set(self.carried_before);
            }
            leave_session(state, self.start);
            let start = self.start & !IN_SESSION;
            let exited = state.with_out_of_order(|scopes| {
                // There is no entry if the end of a poll has removed it.
                if let Some(entry) = scopes.take_entry(start) {
                    scopes.exit(state, entry.id, entry.start, entry.before);
                }
            });
            if exited.is_none() && state.current() == self.id {
                state.replace_current(self.before);
            }
        });
    }
}
