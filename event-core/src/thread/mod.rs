//! What the runtime knows about the current thread: its number, the ids that it hands out, the current scope, whether
//! events are suppressed, and which values it reads.
//!
//! All of it is in one thread-local, [`state`], which works in an allocator and after `main`.

pub(crate) mod hazard_slot;
mod id;
mod reading;
mod scope_stack;
mod state;
mod suppress;

pub(crate) use id::ScopeIds;
pub use id::{EventId, ThreadId};
pub(crate) use reading::{
    free_slot, is_reading, is_tagged, set_free_slot, set_slot_chain, slot_chain,
};
pub(crate) use scope_stack::{
    EnteredInAnyOrder, EnteredScope, current, exit_call, exit_guard, set_current,
};
pub(crate) use suppress::{SuppressEvents, are_events_suppressed};
