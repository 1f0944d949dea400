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
#![cfg_attr(feature = "macros", doc = "```")]
#![cfg_attr(not(feature = "macros"), doc = "```ignore")]
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
//! Listeners are told in order, on the thread that broadcasts, with no lock held; who heard a START hears
//! its END; a listener does not hear itself, and if it panics harms nobody; once unregistered it is told no
//! more and is freed; parents are right. [`promises`] has each of these, where it ends, and the test that
//! holds it.
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
mod open;
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

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/promises.md")]
pub mod promises {}

#[cfg(feature = "macros")]
pub use event_macros::{EventData, Listener, trigger_event};

pub use data::{Data, EventData, Field, LazyData};
pub use event::{Event, EventStatus};
pub use exc::{Cause, ExcDetails, Location, Payload};
pub use filter::KindFilter;
pub use guard::{EventGuard, enter_event};
pub use handle::{EnteredEvent, EventHandle, Under, current_event};
pub use installed::{Installed, install, install_listener, install_shared};
pub use kind::{InvalidKind, Kind};
pub use listener::{FromFn, Listener, Listens, from_fn};
pub use open::{OpenEvent, open_event};
pub use pairs::{broadcast, end_event, start_event};
pub use recorder::{RecordingListener, install_recorder};
pub use registry::{listener_panics, register, set_listener_panic_hook, unregister};
pub use scope::trigger_event;
pub use site::Site;
pub use thread::{EventId, ThreadId};
pub use timer::{InstalledTimer, TimingListener, install_timer};
pub use value::Value;
