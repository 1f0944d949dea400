//! Structured start and end events for Rust functions.
//!
//! Put [`#[trigger_event("app:parse")]`](macro@trigger_event) on a function, an `impl`, a `trait`
//! or a `mod`. Each call emits a START event with its arguments, and an END event with its outcome:
//! returned, failed, panicked or cancelled. [`Listener`]s are registered for kinds of events at run
//! time. The runtime notifies them synchronously, on the calling thread.
//!
//! The API follows Numba's events (`numba.core.event`) and adds the attribute.
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
//! let recorder = install_recorder("docs:parse"); // records until `recorder` is dropped
//! assert_eq!(parse("a.toml", 3), 9);
//!
//! assert_eq!(recorder.lines(), [
//!     r#"START docs:parse parse path="a.toml" depth=3"#,
//!     r#"END docs:parse parse path="a.toml" depth=3"#,
//! ]);
//! ```
//!
//! # Overview
//!
//! * **Emit** events with the attribute [`macro@trigger_event`], around a block ([`scope!`],
//!   [`try_scope!`]) or to the end of a block ([`enter!`]), with a scope that any thread may end
//!   ([`open_event`]), or by hand ([`start_event`], [`end_event`], [`broadcast`]). For kinds that
//!   are known at run time, [`fn@trigger_event`] and [`try_trigger_event`] call a closure, and
//!   [`enter_event`] returns a guard.
//! * **Receive** events with [`install_recorder`], [`install_timer`], or a [`Listener`] of your own
//!   and [`install_listener`]. The functions of the same names in [`local`] register a listener for
//!   one thread, for example in a test. A [`KindFilter`] such as `"app:*"` or `"*"` matches many
//!   kinds.
//! * **Read** an event's [`Data`], whose [`Value`]s are typed, and its [`ExcDetails`] if it failed.
//!   Each event also has an [`id`](Event::id), a [`parent`](Event::parent), a [`site`](Event::site)
//!   and a time.
//! * **Export** events with the crate [`event-export`](https://docs.rs/event-export) as a table, a
//!   flame graph, a Chrome trace, an HTML report, spans of `tracing` or records of `log`.
//!
//! # Further reading
//!
#![cfg_attr(
    feature = "macros",
    doc = "* [`guide`]: first steps, coming from `tracing` or Numba, testing, `async` and threads,\n  \
           writing a listener, use in a library."
)]
//! * [`promises`]: what this crate promises, the limits of each promise, and the tests that check
//!   it.
//! * [`design`]: the reasons for the design.
//!
//! # Features
//!
//! * `macros` (default): the attribute and the derives, from `event-macros`.
//! * `serde`: [`Value`] and [`Data`] implement `Serialize`.
//! * `off`: compiles all events away. The attribute leaves functions as they are, and the functions
//!   of this crate only call their closures. Enable it in an application only: in a library it
//!   would disable the events of every crate in the program.
//!
//! The minimum supported Rust version is 1.85.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::inline_always,
    reason = "these functions run in every call, where each instruction counts"
)]

// A module imports only from modules that precede it in this list: sync, thread, hazard_cell,
// panic_payload, lock, sharded, escape, kind, value, event, listener, dispatch, capture, scope,
// listeners, install, builtin.
mod capture;
mod data_macro;
mod dispatch;
mod escape;
mod event;
mod hazard_cell;
mod install;
mod kind;
mod listener;
mod listeners;
mod lock;
#[cfg(all(test, event_loom))]
mod models;
mod panic_payload;
mod scope;
mod scope_macro;
mod sharded;
mod sync;
mod thread;
mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub mod builtin;

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/promises.md")]
pub mod promises {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[cfg(all(feature = "macros", any(doc, doctest)))]
pub mod guide;

#[cfg(all(doctest, feature = "macros"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "macros")]
pub use event_macros::{EventData, Listener, trigger_event};

pub use dispatch::listener_panic::{listener_panics, set_listener_panic_hook};
pub use dispatch::registry::{register, unregister};
pub use event::Event;
pub use event::exc_details::{Cause, ExcDetails};
pub use event::location::Location;
pub use event::site::Site;
pub use event::status::EventStatus;
pub use install::durations::install_durations;
pub use install::installed::{Installed, install, install_listener, install_shared};
pub use install::local;
pub use install::recorder::install_recorder;
pub use install::timer::{InstalledTimer, install_timer};
pub use kind::Kind;
pub use kind::filter::KindFilter;
pub use kind::name_filter::{InvalidNameFilter, NameFilter};
pub use kind::rules::InvalidKind;
pub use listener::{FromFn, Listener, Listens, from_fn};
pub use listeners::durations::Durations;
pub use listeners::recorder::RecordingListener;
pub use listeners::timer::TimingListener;
pub use panic_payload::Payload;
pub use scope::added::add_data;
pub use scope::closure::{trigger_event, try_trigger_event};
pub use scope::guard::{EventGuard, enter_event};
pub use scope::handle::{EnteredEvent, EventHandle, InScope, current_event};
pub use scope::in_current_event::InCurrentEvent;
pub use scope::open::{OpenEvent, open_event};
pub use scope::start_end::{broadcast, end_event, start_event};
pub use thread::{EventId, ThreadId};
pub use value::data::Data;
pub use value::event_data::EventData;
pub use value::lazy::LazyData;
pub use value::{Field, Value};
