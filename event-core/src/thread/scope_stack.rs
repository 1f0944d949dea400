//! The current scope of a thread: the innermost that somebody heard.
//!
//! What begins keeps what was current, and makes it current again when it ends. That is all, as long as everything ends in
//! order. What does not is written down: the scopes that handles have entered, until they are left, and what was left
//! while something inside it went on.

use std::cell::RefCell;

use super::{Busy, EventId, STATE, State, thread_local};

/// How many scopes that were left out of order a thread remembers. All are forgotten when the call that they began in
/// ends, and each is needed only until what began directly in it ends or is left too.
const MAX_LEFT: usize = 256;

thread_local! {
    // Has a destructor: after it, what ends out of order stays a parent.
    static ODD: RefCell<Odd> = const { RefCell::new(Odd { left: Vec::new(), entered: Vec::new() }) };
}

/// What does not end in order. Places in the order are ids of this thread, which grow.
struct Odd {
    left: Vec<Left>,
    /// Oldest first.
    entered: Vec<EnteredScope>,
}

/// A scope that was left while something that began in it went on, which will go back to it.
struct Left {
    id: Option<EventId>,
    /// What went back to it began between these.
    begun: u64,
    until: u64,
    before: Option<EventId>,
}

/// A scope that a handle has entered.
struct EnteredScope {
    id: Option<EventId>,
    begun: u64,
    before: Option<EventId>,
}

/// Returns the id of the innermost heard scope.
#[inline]
pub(crate) fn current() -> Option<EventId> {
    STATE.with(|state| state.current.get())
}

/// Makes `id` the innermost scope and returns the one before.
#[inline]
pub(crate) fn set_current(id: Option<EventId>) -> Option<EventId> {
    STATE.with(|state| state.current.replace(id))
}

/// Ends the guard's scope `id`: `parent` is current again, unless something inside it still is.
#[inline]
pub(crate) fn leave(id: EventId, parent: Option<EventId>) {
    STATE.with(|state| {
        if state.current.get() == Some(id) && state.odd.get() == 0 {
            state.current.set(parent);
        } else {
            leave_any(state, id, parent);
        }
    });
}

/// Ends the scope `id` of a call: `parent` is current again, whatever guards that the call made have been
/// leaked or live on; but not in the place of a scope that a handle entered meanwhile and has not left.
#[inline]
pub(crate) fn leave_call(id: EventId, parent: Option<EventId>) {
    STATE.with(|state| {
        if state.odd.get() == 0 {
            state.current.set(parent);
        } else {
            go_back(state, id.as_u64(), parent, false);
        }
    });
}

#[cold]
fn leave_any(state: &State, id: EventId, parent: Option<EventId>) {
    state.with_odd(|odd| odd.leave(state, Some(id), id.as_u64(), parent));
}

/// Ends what began when `since` was this thread's next id: `before` is current again.
#[cold]
fn go_back(state: &State, since: u64, before: Option<EventId>, is_poll: bool) {
    let found = state.with_odd(|odd| {
        let before = odd.living(since, before);
        let within = odd.entered.partition_point(|it| it.begun < since);
        if is_poll {
            odd.entered.truncate(within);
        }
        odd.left.retain(|left| left.begun < since);
        // Of what began within only these are left: each is directly in the one before.
        let mut before = before;
        for entered in &mut odd.entered[within..] {
            entered.before = before;
            before = entered.id;
        }
        before
    });
    state.current.set(found.unwrap_or(before));
}

impl State {
    /// `None` at the thread's very end.
    fn with_odd<R>(&self, change: impl FnOnce(&mut Odd) -> R) -> Option<R> {
        let _busy = Busy::enter(); // an annotated allocator must not come here in turn
        let changed = ODD.try_with(|odd| {
            let mut odd = odd.borrow_mut();
            let changed = change(&mut odd);
            self.odd.set(odd.left.len() + odd.entered.len());
            changed
        });
        changed.ok()
    }
}

impl Odd {
    /// What is current when something that began at `since` in `parent` ends: that, or the nearest around it that
    /// has not been left.
    fn living(&self, mut since: u64, mut parent: Option<EventId>) -> Option<EventId> {
        while let Some(left) = self.left_parent(since, parent) {
            (since, parent) = (left.begun, left.before);
        }
        parent
    }

    /// The scope `parent` that was current at `since`, if it has been left.
    fn left_parent(&self, since: u64, parent: Option<EventId>) -> Option<&Left> {
        let was_there =
            |left: &&Left| left.id == parent && left.begun < since && since <= left.until;
        let left = self.left.iter().filter(was_there);
        let left = left.max_by_key(|left| left.begun)?;
        // A handle may have entered it again, and not left it.
        let is_again =
            |it: &EnteredScope| it.id == parent && left.begun < it.begun && it.begun < since;
        (!self.entered.iter().any(is_again)).then_some(left)
    }

    /// Leaves the scope `id` that began at `begun` in `before`.
    fn leave(&mut self, state: &State, id: Option<EventId>, begun: u64, before: Option<EventId>) {
        let before = self.living(begun, before);
        let is_inside = self.entered.last().is_some_and(|it| it.begun > begun);
        if state.current.get() == id && !is_inside {
            state.current.set(before);
            if before.is_none() && self.entered.is_empty() {
                self.left.clear(); // nobody is left to go back
            }
            return;
        }
        if self.left.len() == MAX_LEFT {
            self.left.remove(0);
        }
        let until = EventId::of(state).as_u64();
        self.left.push(Left {
            id,
            begun,
            until,
            before,
        });
    }
}

/// A scope that is current until this is dropped, in order.
#[derive(Debug)]
pub(crate) struct Entered {
    since: u64,
    before: Option<EventId>,
    /// Whether others go on with this thread afterwards: then nothing that was entered meanwhile stays.
    is_poll: bool,
}

impl Entered {
    #[inline]
    fn new(id: Option<EventId>, is_poll: bool) -> Self {
        STATE.with(|state| Self {
            since: state.next_id.get(),
            before: state.current.replace(id),
            is_poll,
        })
    }

    /// For a call.
    pub(crate) fn call(id: Option<EventId>) -> Self {
        Self::new(id, false)
    }

    /// For a poll.
    pub(crate) fn poll(id: Option<EventId>) -> Self {
        Self::new(id, true)
    }
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        STATE.with(|state| {
            if state.odd.get() == 0 {
                state.current.set(self.before);
            } else {
                go_back(state, self.since, self.before, self.is_poll);
            }
        });
    }
}

/// A scope that a handle has entered, until this is dropped, in any order.
#[derive(Debug)]
pub(crate) struct EnteredInAnyOrder {
    id: Option<EventId>,
    begun: u64,
    before: Option<EventId>,
}

impl EnteredInAnyOrder {
    pub(crate) fn new(id: Option<EventId>) -> Self {
        STATE.with(|state| {
            let before = state.current.replace(id);
            let begun = EventId::of(state).as_u64();
            state.with_odd(|odd| odd.entered.push(EnteredScope { id, begun, before }));
            Self { id, begun, before }
        })
    }
}

impl Drop for EnteredInAnyOrder {
    fn drop(&mut self) {
        STATE.with(|state| {
            let left = state.with_odd(|odd| {
                // What a poll's end has left already is not there.
                let is_it = |it: &EnteredScope| it.begun == self.begun;
                if let Some(place) = odd.entered.iter().rposition(is_it) {
                    let entered = odd.entered.remove(place);
                    odd.leave(state, entered.id, entered.begun, entered.before);
                }
            });
            if left.is_none() && state.current.get() == self.id {
                state.current.set(self.before);
            }
        });
    }
}
