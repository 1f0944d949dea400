//! Events as spans of the `tracing` crates.
//!
//! No subscriber is ever called, and no span closed, with a lock of this file held.

use std::cell::RefCell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event_core::{Event, EventId, EventStatus, Listener, Site};
use tracing_core::subscriber::{Interest, NoSubscriber};
use tracing_core::{Dispatch, Level, LevelFilter, dispatcher};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::presence::SetUp;
use crate::profile::open_scopes::OpenScopes;
use crate::spec::{Part, Plan, Wrong};

mod callsite;
mod span;
mod values;

use callsite::SpanSite;
#[cfg(feature = "layer")]
pub(crate) use callsite::is_ours;
use span::{Span, has_subscriber, open_span, under};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::ERROR),
    ("warn", Level::WARN),
    ("info", Level::INFO),
    ("debug", Level::DEBUG),
    ("trace", Level::TRACE),
];

/// What spans that [`EventLayer`](crate::EventLayer) has made events of are called: they are spans already.
pub(crate) const FROM_SPANS: &str = "tracing:";

/// Makes each scope a span of [`tracing`](https://docs.rs/tracing), so that everything that is built on it
/// shows events too: `fmt`, OpenTelemetry, tracing-chrome, a `Layer` of one's own.
///
/// A span's target is the kind, its name the function (or the kind, where there is none), its fields the data:
/// integers, floats, booleans, strings and bytes as what they are, all else by `Display` or `Debug`. What the function
/// returned is recorded as `return`. Module path, file and line are the function's. The level is *info*; see
/// [`level`](Self::level).
///
/// * **Parents**: the span of the event's [`parent`](Event::parent); where that has none here, the current span,
///   so that events nest right among the spans of the program itself.
/// * **Functions** (and closures, guards) are entered, and **futures** while they are polled or dropped, so that
///   `tracing::info!` inside them is in their span. [`open_event`](event_core::open_event)s are not, as nobody knows who
///   goes on with them: what draws only entered spans does not draw these (tracing-chrome does so by threads, but not with
///   `TraceStyle::Async`).
/// * **Failures** are an event at level *error* inside the span, with the field `error` as by `#[instrument(err)]`
///   and `cause`, `exception.type`, `location` and, if `RUST_BACKTRACE` asks for it, `exception.stacktrace`; the span
///   itself gets the field `error`. (tracing-opentelemetry makes it the span's status and an exception.) A
///   cancelled future is an event at level *warn*.
/// * **Filters** work by the kind: `app:=info,numba:run_pass=debug` for an `EnvFilter`, whose targets are prefixes
///   (`app:`, not `app:*`). A kind with a `,`, `=` or `[` in it cannot be named there. What a filter
///   turns away costs little, and is never formatted.
/// * **The subscriber** is the one that is current on the thread at the START; children of futures, and on other threads,
///   go to their parent's.
///
/// `tracing` wants to know names and fields beforehand, and for ever: for each function (or kind) they are kept
/// once, for each level and list of keys; after the 64th such list the data is one field `data`. What an END has
/// beyond its START, but for `return` and failures, is not recorded.
///
/// Events of kind `tracing:…` are let go, as they come from spans. As `tracing` in `EVENT_EXPORT` it has the option
/// `level`: `tracing;level=debug`. The program must set up a subscriber itself, before or after; if there was none until
/// the end, that is said on stderr.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::TracingSpans;
///
/// #[trigger_event("docs:spans")]
/// fn parse(text: &str) -> usize {
///     tracing::info!("inside"); // INFO parse{text="2a"}: inside
///     text.len()
/// }
///
/// let _spans = install_listener("docs:spans", TracingSpans::new());
/// assert_eq!(parse("2a"), 2);
/// ```
#[derive(Debug)]
pub struct TracingSpans {
    level: Level,
    open: OpenScopes<Open>,
    /// Tells listeners apart.
    number: u64,
    subscriber: SetUp,
}

/// What is known of an open scope.
#[derive(Debug)]
enum Open {
    Span {
        span: Arc<Span>,
        site: &'static SpanSite,
        is_entered: bool,
    },
    /// Of which no span was wanted: its children are its parent's.
    Passed(Arc<Span>),
}

/// What an event's span is to be in.
struct Parent {
    span: Arc<Span>,
    /// Whether it is entered here, and so the current span its own, or one of the program's inside it.
    is_current: bool,
}

/// A span that is entered on this thread.
#[derive(Clone, Copy)]
struct Entered {
    listener: u64,
    event: EventId,
    parent: Option<EventId>,
    /// Whether it may be no scope at all, but a START that stands alone.
    is_loose: bool,
}

thread_local! {
    // Has a destructor: after it, spans are not entered.
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn from_part(part: &mut Part<'_>) -> Result<Plan, Wrong> {
    let level = part.choice("level", LEVELS)?.unwrap_or(Level::INFO);
    part.finish(&["level"])?;
    Ok(Plan::no_file(move || {
        let subscriber = SetUp::wanted("`tracing` in EVENT_EXPORT wants a subscriber");
        TracingSpans::writing_to(subscriber).level(level)
    }))
}

impl Default for TracingSpans {
    fn default() -> Self {
        Self::new()
    }
}

impl TracingSpans {
    /// Returns a listener that makes spans of level *info*.
    #[must_use]
    pub fn new() -> Self {
        Self::writing_to(SetUp::default())
    }

    fn writing_to(subscriber: SetUp) -> Self {
        static NUMBERED: AtomicU64 = AtomicU64::new(0);
        Self {
            level: Level::INFO,
            open: OpenScopes::default(),
            number: NUMBERED.fetch_add(1, Ordering::Relaxed), // only the numbers must differ
            subscriber,
        }
    }

    /// Makes spans of that level.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::TracingSpans;
    ///
    /// let spans = TracingSpans::new().level(tracing::Level::DEBUG);
    /// assert!(format!("{spans:?}").contains("Debug"));
    /// ```
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The span whose subscriber the event's is to be of; none where that is the thread's, in its current one.
    fn parent(&self, event: &Event<'_>) -> Option<Parent> {
        let id = event.parent()?;
        let is_current = self.innermost().is_some_and(|entered| entered.event == id);
        if is_current && has_subscriber() {
            return None;
        }
        let span = self.open.with(id, |open| match open {
            Open::Span { span, .. } | Open::Passed(span) => Arc::clone(span),
        })?;
        Some(Parent { span, is_current })
    }

    /// The last of this listener's spans that was entered on this thread.
    fn innermost(&self) -> Option<Entered> {
        let innermost = ENTERED.try_with(|entered| {
            let entered = entered.borrow();
            entered
                .iter()
                .rfind(|entered| entered.listener == self.number)
                .copied()
        });
        innermost.ok().flatten()
    }

    fn start(&self, event: &Event<'_>, site: &'static SpanSite) {
        let parent = self.parent(event);
        let open = |interest: &Interest, dispatch: &Dispatch, parent| {
            let is_there = !dispatch.is::<NoSubscriber>();
            let is_wanted = is_there && site.place.is_wanted(interest, dispatch);
            is_wanted.then(|| open_span(event, site, dispatch, parent))
        };
        let span = match &parent {
            None => {
                let interest = site.place.interest();
                dispatcher::get_default(|dispatch| open(&interest, dispatch, None))
            }
            Some(Parent { span, is_current }) => under(&span.dispatch, || {
                let parent = (!is_current).then_some(&span.id);
                open(&site.place.interest(), &span.dispatch, parent)
            }),
        };
        let Some(span) = span.map(Arc::new) else {
            if let Some(parent) = parent {
                self.open.insert(event.id(), Open::Passed(parent.span));
            }
            return;
        };
        // A future is entered by its polls.
        let is_entered = !event.site().is_some_and(Site::is_async)
            && note_entered(Entered {
                listener: self.number,
                event: event.id(),
                parent: event.parent(),
                is_loose: event.site().is_none(),
            });
        let open = Open::Span {
            span: Arc::clone(&span),
            site,
            is_entered,
        };
        let is_kept = self.open.insert(event.id(), open);
        match (is_kept, is_entered) {
            (true, true) => span.dispatch.enter(&span.id),
            (false, true) => _ = self.note_left(event.id()),
            (_, false) => {}
        }
    }

    /// Notes that it is no longer; `false` if it was not.
    fn note_left(&self, id: EventId) -> bool {
        let left = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            let is_it = |one: &Entered| one.listener == self.number && one.event == id;
            let place = entered.iter().rposition(is_it);
            place.map(|place| entered.remove(place)).is_some()
        });
        left.unwrap_or(false)
    }

    /// Leaves spans of STARTs that are no scopes, which shows when something beside them begins: their ENDs may be
    /// on other threads, if they come at all.
    fn leave_loose(&self, event: &Event<'_>) {
        while let Some(entered) = self.innermost() {
            if !entered.is_loose || entered.parent != event.parent() {
                return;
            }
            self.note_left(entered.event);
            let left = self.open.with(entered.event, |open| match open {
                Open::Span {
                    span, is_entered, ..
                } => std::mem::take(is_entered).then(|| Arc::clone(span)),
                Open::Passed(_) => None,
            });
            if let Some(span) = left.flatten() {
                span.dispatch.exit(&span.id);
            }
        }
    }
}

/// Notes that a span is entered; `false` at a thread's very end.
fn note_entered(new: Entered) -> bool {
    ENTERED
        .try_with(|entered| entered.borrow_mut().push(new))
        .is_ok()
}

impl Listener for TracingSpans {
    fn on_start(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        if event.kind().as_str().starts_with(FROM_SPANS) {
            return;
        }
        let max_level = LevelFilter::current();
        self.subscriber.note(max_level != LevelFilter::OFF);
        if self.level > max_level {
            return;
        }
        self.leave_loose(event);
        self.start(event, callsite::of(event, self.level));
    }

    fn on_end(&self, event: &Event<'_>) {
        let _uncounted = uncounted();
        let Some(Open::Span {
            span,
            site,
            is_entered,
        }) = self.open.remove(event.id())
        else {
            return;
        };
        // Whatever the subscriber does, the span is left.
        let tell = || under(&span.dispatch, || span.tell_end(event, site));
        let told = catch_unwind(AssertUnwindSafe(tell));
        if is_entered {
            self.note_left(event.id());
            span.dispatch.exit(&span.id);
        }
        drop(span);
        if let Err(panic) = told {
            resume_unwind(panic);
        }
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        let _uncounted = uncounted();
        let span = self.open.with(future, |open| match open {
            Open::Span { span, .. } => Some(Arc::clone(span)),
            Open::Passed(_) => None,
        });
        let Some(span) = span.flatten() else {
            return;
        };
        let polled = Entered {
            listener: self.number,
            event: future,
            parent: None,
            is_loose: false,
        };
        match status {
            EventStatus::Start => {
                if note_entered(polled) {
                    span.dispatch.enter(&span.id);
                }
            }
            EventStatus::End => {
                if self.note_left(future) {
                    span.dispatch.exit(&span.id);
                }
            }
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }
}

impl Exporter for TracingSpans {
    /// Does nothing: what becomes of spans is the subscriber's.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&self) {
        self.subscriber.finish();
    }
}

impl Drop for TracingSpans {
    /// Leaves the spans that are entered on this thread; all that are open are closed.
    fn drop(&mut self) {
        while let Some(entered) = self.innermost() {
            self.note_left(entered.event);
            if let Some(Open::Span { span, .. }) = self.open.remove(entered.event) {
                span.dispatch.exit(&span.id);
            }
        }
    }
}
