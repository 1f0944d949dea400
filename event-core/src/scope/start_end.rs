//! START and END broadcast separately, for a start and an end in different functions.
//!
//! Such a pair is no scope: it is never current, and the END may go to other listeners than the
//! START.

use std::cell::{Cell, RefCell};

use crate::dispatch::interest::Interest;
use crate::dispatch::intern::{enabled_entry, entry_if_any};
use crate::event::Event;
use crate::event::exc_details::ExcDetails;
use crate::event::origin::{EventSource, Origin};
use crate::event::status::EventStatus;
use crate::kind::Kind;
use crate::sync::thread_local;
use crate::thread::{SuppressEvents, session};
use crate::value::data::Data;
use crate::value::event_data::EventData;

/// The maximum number of STARTs without END that a thread remembers. The oldest is forgotten first.
const MAX_OPEN: usize = 1024;

thread_local! {
    /// The length of `OPEN`: an END skips the search if it is zero.
    static OPEN_COUNT: Cell<usize> = const { Cell::new(0) };
    // Has a destructor. After it has run, each START and each END has a new id.
    static OPEN: RefCell<Vec<Origin>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a START for its END.
fn push_open(origin: Origin) {
    let _suppress = SuppressEvents::new(); // an annotated allocator must not re-enter this
    let _ = OPEN.try_with(|open| {
        // An allocator or a signal handler that calls `start_event` itself may re-enter it.
        let Ok(mut open) = open.try_borrow_mut() else {
            return;
        };
        if open.len() == MAX_OPEN {
            open.remove(0);
        }
        open.push(origin);
        OPEN_COUNT.set(open.len());
    });
}

/// Removes and returns the last START of `kind` on this thread that has had no END.
fn take_open(kind: Kind) -> Option<Origin> {
    if OPEN_COUNT.get() == 0 {
        return None;
    }
    let _suppress = SuppressEvents::new();
    let taken = OPEN.try_with(|open| {
        let mut open = open.try_borrow_mut().ok()?;
        let index = open
            .iter()
            .rposition(|origin| origin.source.kind() == kind)?;
        let origin = open.remove(index);
        OPEN_COUNT.set(open.len());
        Some(origin)
    });
    taken.ok().flatten()
}

/// Broadcasts `event` unchanged to the listeners that are registered now.
///
/// # Examples
///
/// ```
/// use event_core::{Event, EventStatus, broadcast, local};
///
/// let recorder = local::install_recorder("docs:broadcast");
/// broadcast(&Event::new("docs:broadcast", EventStatus::Start));
/// assert_eq!(recorder.len(), 1);
/// ```
pub fn broadcast(event: &Event<'_>) {
    notify(event);
}

/// Broadcasts `event`. Returns whether a listener received it.
fn notify(event: &Event<'_>) -> bool {
    let interest = Interest::IN_EVENT.in_session(session());
    // The event may have a call site that is enabled while the others of its kind are not.
    let entry = entry_if_any(event.kind());
    entry.is_some_and(|entry| {
        entry
            .table
            .read(|table, slot| {
                let is_received = table.notify_all(event, slot, &interest);
                if table.wants_duration() && event.is_start() {
                    event.nanos(); // after the listeners have run, as in `notify_start`
                }
                is_received
            })
            .unwrap_or_default()
    })
}

/// Returns whether this thread has a START of `kind` without END.
fn is_open(kind: Kind) -> bool {
    OPEN_COUNT.get() > 0
        && OPEN
            .try_with(|open| {
                let open = open.try_borrow();
                open.is_ok_and(|open| open.iter().any(|origin| origin.source.kind() == kind))
            })
            .unwrap_or_default()
}

/// Calls `then` if `kind` is enabled: with `data` if a listener wants data, else with no data.
fn with_data<R>(kind: Kind, data: impl EventData, then: impl FnOnce(Data<'_>) -> R) -> Option<R> {
    let entry = enabled_entry(kind)?;
    if entry.interest_here()?.wants_data() {
        Some(data.with_data(then))
    } else {
        Some(then(Data::default()))
    }
}

/// Broadcasts a START, for which [`end_event`] broadcasts the END.
///
/// Use it if the start and the end are in different functions, such as those of a lock. Otherwise
/// prefer [`trigger_event`](fn@crate::trigger_event) or [`enter_event`](crate::enter_event), which
/// always broadcast the END.
///
/// START and END each go to the listeners that are registered at that moment. Both have the same
/// [`id`](Event::id) if the END is on the same thread. An END belongs to the last START of its
/// kind that has had no END.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind.
///
/// # Examples
///
/// ```
/// use event_core::{data, end_event, local, start_event};
///
/// let recorder = local::install_recorder("docs:lock");
/// start_event("docs:lock", data! { name = "cache" });
/// end_event("docs:lock", (), None);
/// let buffer = recorder.buffer();
/// assert_eq!(buffer[0].1.id(), buffer[1].1.id());
/// ```
#[track_caller]
pub fn start_event(kind: impl Into<Kind>, data: impl EventData) {
    let kind = kind.into();
    let origin = || Origin::new(EventSource::Kind(kind));
    let started = with_data(kind, data, |data| {
        let origin = origin();
        let start = Event::borrowed(&origin, EventStatus::Start, &data);
        let is_received = notify(&start);
        is_received.then(|| Origin {
            start_nanos: start.known_nanos(),
            ..origin
        })
    });
    match started.flatten() {
        Some(origin) => push_open(origin),
        // Otherwise the END of this START would belong to the START of an enclosing pair.
        None if is_open(kind) => push_open(origin()),
        None => {}
    }
}

/// Broadcasts an END, with `exc_details` if the work failed.
///
/// [`start_event`] describes which START the END belongs to. If there is none, the END has a new
/// id.
///
/// # Panics
///
/// Panics if `kind` is not a valid kind.
///
/// # Examples
///
/// ```
/// use event_core::{ExcDetails, end_event, local, start_event};
///
/// let recorder = local::install_recorder("docs:end");
/// start_event("docs:end", ());
/// end_event("docs:end", (), Some(ExcDetails::from_error(std::fmt::Error)));
/// assert!(recorder.buffer()[1].1.is_failed());
/// ```
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "like Numba's `end_event`")]
pub fn end_event(kind: impl Into<Kind>, data: impl EventData, exc_details: Option<ExcDetails<'_>>) {
    let kind = kind.into();
    let started = take_open(kind);
    with_data(kind, data, |data| {
        let origin = started.map_or_else(|| Origin::new(EventSource::Kind(kind)), Origin::here);
        let event = Event::borrowed(&origin, EventStatus::End, &data);
        notify(&event.with_exc(exc_details.as_ref()));
    });
}
