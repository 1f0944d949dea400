//! START and END events around calls, and the listeners that hear them: Numba's event API for Rust.
//!
//! # Overview
//!
//! A program broadcasts [`Event`]s of a [`Kind`]; [`Listener`]s that are registered for that kind
//! are told at once, on the thread that broadcasts.
//!
//! * **Broadcast** with the attribute [`macro@trigger_event`] on a function, the function
//!   [`fn@trigger_event`] around a closure, a guard ([`enter_event`]), or a START and an END by
//!   themselves ([`start_event`], [`end_event`], [`broadcast`]).
//! * **Listen** with [`install_recorder`], [`install_timer`], or any [`Listener`] of your own and
//!   [`install_listener`]; with the functions of the same names in [`local`] for one thread, as in
//!   tests. A [`KindFilter`] such as `"app:*"` or `"*"` stands for many kinds.
//! * **Read** an event's [`Data`], whose [`Value`]s are typed, its [`ExcDetails`] if it failed,
//!   its [`id`](Event::id), [`parent`](Event::parent), [`site`](Event::site) and time.
//!
//! # Example
//!
//! ```
//! use event_core::{install_recorder, trigger_event};
//!
//! #[trigger_event("docs:parse")]
//! fn parse(path: &str, depth: u32) -> usize {
//!     path.len() + depth as usize
//! }
//!
//! let recorder = install_recorder("docs:parse"); // until `recorder` is dropped
//! assert_eq!(parse("a.toml", 3), 9);
//!
//! let told: Vec<String> = recorder.buffer().iter().map(|(_, event)| event.to_string()).collect();
//! assert_eq!(told, [
//!     r#"START docs:parse path="a.toml" depth=3"#,
//!     r#"END docs:parse path="a.toml" depth=3"#,
//! ]);
//! ```
//!
//! # What is promised
//!
//! 1. A broadcast calls the listeners of the kind in the order in which they were registered, on
//!    the broadcasting thread, before it returns; no lock is held while they run. They may
//!    register, unregister, install, broadcast and call annotated functions.
//! 2. A scope (attribute, closure, guard, future) sends its END to exactly those listeners that
//!    got its START and are still there.
//! 3. An event triggered while a listener runs is not delivered to that same listener on that
//!    thread.
//! 4. A listener that panics harms nobody: the others are told, and the function's outcome stays
//!    as it was. The panic is counted ([`listener_panics`]) and reported once on stderr
//!    ([`set_listener_panic_hook`] to do otherwise).
//! 5. After a listener is unregistered no new notification starts; one under way on another thread
//!    may still finish.
//! 6. Installing and dropping listeners leaks nothing. Memory grows with distinct kinds, and with
//!    what a recorder was asked to keep.
//! 7. Parents are right across `.await`s in any executor, and across threads where
//!    [`current_event`] carries them.
//!
//! Events that a value's `Debug` or `Display` triggers while it is printed as event data are let
//! go, and so are those of a panic hook that runs inside this crate's.
//!
//! # Features
//!
//! * `macros` (default): the attribute, from `event-macros`.
//! * `serde`: [`Value`] and [`Data`] implement `Serialize`.
//! * `off`: compiles all events away: the attribute gives its item back as it is, and the functions
//!   only call what they are given. For the program at the end of the line to choose, not for a
//!   library: it is off for everybody then.

#![allow(
    clippy::inline_always,
    reason = "on the way of every call, it is instructions that are counted"
)]

mod call;
mod capture;
mod clock;
mod data;
mod event;
mod exc;
mod filter;
mod future;
mod guard;
mod handle;
mod inspect;
mod installed;
mod kind;
mod listener;
#[cfg(all(test, event_loom))]
mod models;
mod pairs;
mod panics;
mod published;
mod recorder;
mod registry;
mod scope;
mod shards;
mod site;
mod slot;
#[cfg(not(event_loom))]
mod sync;
#[cfg(event_loom)]
#[path = "modelled.rs"]
mod sync;
mod thread;
mod timer;
mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub mod builtin;
pub mod local;

#[cfg(feature = "macros")]
pub use event_macros::{EventData, Listener, trigger_event};

pub use data::{Data, EventData, Field, LazyData};
pub use event::{Event, EventStatus};
pub use exc::{Cause, ExcDetails, Location, Payload};
pub use filter::KindFilter;
pub use guard::{EventGuard, enter_event};
pub use handle::{EventHandle, Under, current_event};
pub use installed::{Installed, install, install_listener, install_shared};
pub use kind::{InvalidKind, Kind};
pub use listener::{FromFn, Listener, Listens, from_fn};
pub use pairs::{broadcast, end_event, start_event};
pub use recorder::{RecordingListener, install_recorder};
pub use registry::{listener_panics, register, set_listener_panic_hook, unregister};
pub use scope::trigger_event;
pub use site::Site;
pub use thread::{EventId, ThreadId};
pub use timer::{InstalledTimer, TimingListener, install_timer};
pub use value::Value;
