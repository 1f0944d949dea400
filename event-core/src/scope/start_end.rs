//! START and END broadcast one by one, for a start and an end in different functions.

use std::cell::{Cell, RefCell};

use crate::dispatch::registry;
use crate::event::exc_details::ExcDetails;
use crate::event::site::Hearing;
use crate::event::{Event, EventStatus, Origin};
use crate::kind::Kind;
use crate::sync::thread_local;
use crate::thread::{Busy, EventId, current};
use crate::value::data::{Data, EventData};

/// How many STARTs of a thread wait for their END at the most; the oldest give way.
const MAX_OPEN: usize = 1024;

thread_local! {
    /// How many STARTs wait in `OPEN`: an END need not look where there is none.
    static WAITING: Cell<usize> = const { Cell::new(0) };
    // Has a destructor: after it, STARTs and ENDs have ids of their own.
    static OPEN: RefCell<Vec<Origin>> = const { RefCell::new(Vec::new()) };
}

fn wait(origin: Origin) {
    let _busy = Busy::enter(); // an annotated allocator must not come here in turn
    let _ = OPEN.try_with(|open| {
        let mut open = open.borrow_mut();
        if open.len() == MAX_OPEN {
            open.remove(0);
        }
        open.push(origin);
        WAITING.set(open.len());
    });
}

/// The last START of `kind` on this thread that has had no END.
fn take(kind: Kind) -> Option<Origin> {
    if WAITING.get() == 0 {
        return None;
    }
    let _busy = Busy::enter();
    let taken = OPEN.try_with(|open| {
        let mut open = open.borrow_mut();
        let place = open.iter().rposition(|origin| origin.kind == kind)?;
        let origin = open.remove(place);
        WAITING.set(open.len());
        Some(origin)
    });
    taken.ok().flatten()
}

/// Broadcasts `event` as it is to those who listen now.
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
    tell(event);
}

fn tell(event: &Event<'_>) -> bool {
    let entry = registry::listening(event.kind());
    entry.is_some_and(|entry| {
        entry
            .table
            .read(|table, slot| table.tell_all(event, slot))
            .unwrap_or_default()
    })
}

/// Whether a START of `kind` waits on this thread.
fn waits(kind: Kind) -> bool {
    WAITING.get() > 0
        && OPEN
            .try_with(|open| open.borrow().iter().any(|origin| origin.kind == kind))
            .unwrap_or_default()
}

/// Calls `then` with `data` if a listener wants data, with none if the others do not.
fn with_data<R>(kind: Kind, data: impl EventData, then: impl FnOnce(Data<'_>) -> R) -> Option<R> {
    let entry = registry::listening(kind)?;
    match entry.hearing_here() {
        Hearing::Nobody => None,
        Hearing::Data => Some(data.with_data(then)),
        _ => Some(then(Data::default())),
    }
}

/// Broadcasts a START, for which [`end_event`] broadcasts the END.
///
/// This is for a start and an end in different functions, as of a lock;
/// [`trigger_event`](fn@crate::trigger_event) and [`enter_event`](crate::enter_event) cannot
/// forget the END. The two go to whoever listens at the time. They have one
/// [`id`](Event::id) where the END is on the same thread: of several STARTs of a kind the last
/// that was heard is ended first.
///
/// # Panics
///
/// Panics when `kind` is a text that is no kind.
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
    let origin = || Origin {
        kind,
        id: EventId::next(),
        parent: current(),
        site: None,
    };
    let told = with_data(kind, data, |data| {
        let origin = origin();
        tell(&Event::of(origin, EventStatus::Start, &data)).then_some(origin)
    });
    match told.flatten() {
        Some(origin) => wait(origin),
        // Else its END would take the START of a pair around it.
        None if waits(kind) => wait(origin()),
        None => {}
    }
}

/// Broadcasts an END, with what went wrong if something did.
///
/// # Panics
///
/// Panics when `kind` is a text that is no kind.
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
#[expect(
    clippy::needless_pass_by_value,
    reason = "as Numba's; the caller is done with it"
)]
pub fn end_event(kind: impl Into<Kind>, data: impl EventData, exc_details: Option<ExcDetails<'_>>) {
    let kind = kind.into();
    let started = take(kind);
    with_data(kind, data, |data| {
        let alone = || Origin {
            kind,
            id: EventId::next(),
            parent: current(),
            site: None,
        };
        let event = Event::of(started.unwrap_or_else(alone), EventStatus::End, &data);
        tell(&event.with_exc(exc_details.as_ref()));
    });
}
