//! The state of the current thread: its number, its next event id, its current scope, its session,
//! whether its events are suppressed, and its hazard slots.
//!
//! The state is in the thread-local of [`state`], which works in an allocator and after `main`.
//! Only the list of scopes that end out of order has a thread-local of its own, in [`scope_stack`].

pub(crate) mod hazard_slot;
mod id;
mod local_listeners;
mod reading;
mod scope_stack;
mod session;
mod state;
mod suppress;

pub(crate) use id::ScopeIds;
pub use id::{EventId, ThreadId};
pub(crate) use local_listeners::{add_local_listener, has_session, remove_local_listener, session};
pub(crate) use reading::{
    free_slot, is_reading, is_tagged, outermost_slot, set_slot_chain, slot_chain,
};
pub(crate) use scope_stack::{
    EnteredInAnyOrder, EnteredScope, current, exit_call, exit_guard, set_current,
};
pub use scope_stack::{carried, set_carried};
pub(crate) use session::{ReceivedSessions, Session};
pub(crate) use suppress::{
    SuppressEvents, SuppressInExpression, are_events_suppressed, is_in_expression,
};
