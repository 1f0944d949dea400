//! Events as spans of the `tracing` crates.
//!
//! While a lock of this folder is held, no subscriber is called and no span is closed.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use event_core::{Event, EventId, EventStatus, Listener, Site};
use tracing_core::subscriber::{Interest, NoSubscriber};
use tracing_core::{Dispatch, Level, LevelFilter, dispatcher};

use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::fork::Owner;
use crate::host::presence::BackendPresence;
use crate::host::rivals::{Counted, SPANS};
use crate::profile::open_scopes::OpenScopes;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};
use crate::sync::AtomicU64;

pub(super) mod callsite;
mod entered;
mod span;
mod values;

use callsite::SpanSite;
use entered::EnteredSpan;
use span::{Span, has_subscriber, open_span, under};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::ERROR),
    ("warn", Level::WARN),
    ("info", Level::INFO),
    ("debug", Level::DEBUG),
    ("trace", Level::TRACE),
];

/// The prefix of the kinds of [`EventLayer`](crate::EventLayer)'s events, which come from spans.
const FROM_SPANS: &str = "tracing:";

/// Creates a span of [`tracing`](https://docs.rs/tracing) for each scope, so that all tools for
/// `tracing` show events, too: `fmt`, OpenTelemetry, tracing-chrome, your own `Layer`.
///
/// A span's target is the kind. Its name is the [path](Site::path) of the function, or the kind if
/// there is none. Its fields are the data: integers, floats, booleans, strings and bytes keep their
/// types, other values use `Display` or `Debug`. The returned value is recorded as `return`. Module
/// path, file and line are the function's. The level is *info*; see [`level`](Self::level).
///
/// * **Parents**: a span's parent is the span of the event's [`parent`](Event::parent). If that
///   event has no span, the parent is the current span, so events nest in the program's own spans.
/// * **Functions**, closures and guards are entered. **Futures** are entered while they are polled
///   or dropped. A `tracing::info!` inside them is in their span.
///   [`open_event`](event_core::open_event)s are not entered, since they belong to no thread. Tools
///   that draw only entered spans do not draw them, for example tracing-chrome without
///   `TraceStyle::Async`.
/// * **Failures** are an event at level *error* inside the span. It has the field `error`, as with
///   `#[instrument(err)]`, and `cause`, `exception.type`, `location`; with `RUST_BACKTRACE` also
///   `exception.stacktrace`. The span itself gets the field `error`. (tracing-opentelemetry
///   reports it as the span's status and as an exception.) A cancelled future is an event at level
///   *warn*.
/// * **Filters** select by kind: `app:=info,numba:run_pass=debug` for an `EnvFilter`, whose targets
///   are prefixes (`app:`, not `app:*`). A filter cannot name a kind that contains `,`, `=` or `[`.
///   An event that a filter rejects is not formatted.
/// * **Control characters** are escaped (`\n`, `\u{1b}`) in names and in fields that subscribers
///   print as they are: those of `Display` and `Debug`, and `message`. Strings are passed whole,
///   because subscribers print them in quotes.
/// * **The subscriber** is the thread's current one at the START. Children of futures, and children
///   on other threads, use their parent's subscriber.
///
/// `tracing` requires static names and fields. They are created once for each function (or kind),
/// level and list of keys. After the 64th list of keys the data is one field `data`. Fields that
/// [`add_data`](event_core::add_data) adds at the END are one field `added`, such as
/// `added=rows=3 size=8`. A field keeps its own name and type if the START has it, too.
///
/// Events of kind `tracing:…` are ignored, since they come from spans, and so are messages of
/// [`EventLogger`](crate::EventLogger), which have a logger. In `EVENT_EXPORT`,
/// `tracing` has the option `level`: `tracing;level=debug`. The program must set up a subscriber
/// itself, before or after the exporter. If several `TracingSpans` receive an event, such as one of
/// the program and one of `EVENT_EXPORT`, the first one makes its span. A note on stderr names the
/// kind once. If no subscriber was set up while events started, a
/// warning is printed on stderr at the end.
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
    open: OpenScopes<ScopeSpan>,
    /// Distinguishes listeners.
    number: u64,
    subscriber: BackendPresence,
    owner: Owner,
    _counted: Counted,
}

/// The span of an open scope.
#[derive(Debug)]
enum ScopeSpan {
    Own {
        span: Arc<Span>,
        site: &'static SpanSite,
        is_entered: bool,
    },
    /// The subscriber wanted no span, so the spans of children are in the parent's span.
    Inherited(Arc<Span>),
}

impl ScopeSpan {
    fn span(&self) -> &Arc<Span> {
        match self {
            Self::Own { span, .. } | Self::Inherited(span) => span,
        }
    }
}

/// The span that becomes the parent of a new span.
struct ParentSpan {
    span: Arc<Span>,
    /// Whether it is this listener's innermost span on this thread. The current span is then this
    /// one, or a span that the program itself entered inside it.
    is_current: bool,
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let level = spec.choice("level", LEVELS)?.unwrap_or(Level::INFO);
    spec.finish(&["level"])?;
    Ok(ExporterPlan::without_file(move || {
        let subscriber = BackendPresence::required("`tracing` in EVENT_EXPORT needs a subscriber");
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
        Self::writing_to(BackendPresence::default())
    }

    fn writing_to(subscriber: BackendPresence) -> Self {
        static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            level: Level::INFO,
            open: OpenScopes::default(),
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), // the numbers must only differ
            subscriber,
            owner: Owner::current(),
            _counted: SPANS.count(),
        }
    }

    /// Sets the level of the spans.
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

    /// Returns the parent of the event's span. None means the thread's subscriber and its current
    /// span.
    fn parent(&self, event: &Event<'_>) -> Option<ParentSpan> {
        let id = event.parent()?;
        let innermost = entered::innermost(self.number);
        let is_current = innermost.is_some_and(|entered| entered.event == id);
        if is_current && has_subscriber() {
            return None;
        }
        let span = self.open.with(id, |open| Arc::clone(open.span()))?;
        Some(ParentSpan { span, is_current })
    }

    fn start(&self, event: &Event<'_>, site: &'static SpanSite) {
        let parent = self.parent(event);
        let open = |interest: &Interest, dispatch: &Dispatch, parent| {
            let has_subscriber = !dispatch.is::<NoSubscriber>();
            let is_wanted = has_subscriber && site.callsite.is_wanted(interest, dispatch);
            (is_wanted && SPANS.claim(event)).then(|| open_span(event, site, dispatch, parent))
        };
        let span = match &parent {
            None => {
                let interest = site.callsite.interest();
                dispatcher::get_default(|dispatch| open(&interest, dispatch, None))
            }
            Some(ParentSpan { span, is_current }) => under(&span.dispatch, || {
                let parent = (!is_current).then_some(&span.id);
                open(&site.callsite.interest(), &span.dispatch, parent)
            }),
        };
        if !self.owner.receives() {
            return std::mem::forget(span); // the formatting forked this process
        }
        let Some(span) = span.map(Arc::new) else {
            if let Some(parent) = parent {
                self.open
                    .insert(event.id(), ScopeSpan::Inherited(parent.span));
            }
            return;
        };
        // The span of a future is entered at each poll.
        let is_entered = !event.site().is_some_and(Site::is_async)
            && entered::push(EnteredSpan {
                listener: self.number,
                event: event.id(),
                polled: None,
                parent: event.parent(),
                is_standalone: event.site().is_none(),
            });
        let open = ScopeSpan::Own {
            span: Arc::clone(&span),
            site,
            is_entered,
        };
        let is_open = self.open.insert(event.id(), open);
        match (is_open, is_entered) {
            (true, true) => span.dispatch.enter(&span.id),
            (false, true) => drop(entered::remove(self.number, event.id())),
            (_, false) => {}
        }
    }

    /// Exits the spans of standalone STARTs that have the same parent as the new scope: their ENDs
    /// may come on other threads, or never.
    fn exit_standalone(&self, event: &Event<'_>) {
        while let Some(innermost) = entered::innermost(self.number) {
            if !innermost.is_standalone || innermost.parent != event.parent() {
                return;
            }
            entered::remove(self.number, innermost.event);
            let exited = self.open.with(innermost.event, |open| match open {
                ScopeSpan::Own {
                    span, is_entered, ..
                } => std::mem::take(is_entered).then(|| Arc::clone(span)),
                ScopeSpan::Inherited(_) => None,
            });
            if let Some(span) = exited.flatten() {
                span.dispatch.exit(&span.id);
            }
        }
    }
}

impl Listener for TracingSpans {
    fn on_start(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        if event.kind().as_str().starts_with(FROM_SPANS) {
            return;
        }
        let max_level = LevelFilter::current();
        self.subscriber.record(max_level != LevelFilter::OFF);
        if self.level > max_level {
            return;
        }
        self.exit_standalone(event);
        self.start(event, callsite::span_site(event, self.level));
    }

    fn on_end(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        let _ = event.nanos(); // first, so that no exporter counts the subscriber's time
        let Some(ScopeSpan::Own {
            span,
            site,
            is_entered,
        }) = self.open.remove(event.id())
        else {
            return;
        };
        // A panic of the subscriber is caught first, so that the span is exited.
        let record = || under(&span.dispatch, || span.record_end(event, site));
        let recorded = catch_unwind(AssertUnwindSafe(record));
        if !self.owner.receives() {
            return std::mem::forget((span, recorded)); // the formatting forked this process
        }
        if is_entered {
            entered::remove(self.number, event.id());
            span.dispatch.exit(&span.id);
        }
        drop(span);
        if let Err(panic) = recorded {
            resume_unwind(panic);
        }
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        if !self.owner.receives() {
            return;
        }
        let _uncounted = uncounted();
        match status {
            EventStatus::Start => {
                let span = self.open.with(future, |open| match open {
                    ScopeSpan::Own { span, .. } => Some(Arc::clone(span)),
                    ScopeSpan::Inherited(_) => None,
                });
                let Some(span) = span.flatten() else {
                    return;
                };
                let is_entered = entered::push(EnteredSpan {
                    listener: self.number,
                    event: future,
                    polled: Some(Arc::clone(&span)),
                    parent: None,
                    is_standalone: false,
                });
                if is_entered {
                    span.dispatch.enter(&span.id);
                }
            }
            EventStatus::End => {
                let entered = entered::remove(self.number, future);
                if let Some(span) = entered.and_then(|entered| entered.polled) {
                    span.dispatch.exit(&span.id);
                }
            }
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }

    /// The END of a scope adds only the returned value and the failure.
    fn wants_end_data(&self) -> bool {
        false
    }
}

impl Exporter for TracingSpans {
    /// Does nothing: the subscriber decides when spans are written.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&self) {
        if self.owner.is_current() {
            self.subscriber.finish();
        }
    }
}

impl Drop for TracingSpans {
    /// Exits the spans that are entered on this thread, and closes all open spans.
    fn drop(&mut self) {
        if !self.owner.is_current() {
            // Closing the spans might wait for a lock of the subscriber.
            std::mem::forget(std::mem::take(&mut self.open));
            return;
        }
        while let Some(innermost) = entered::innermost(self.number) {
            entered::remove(self.number, innermost.event);
            let own = match self.open.remove(innermost.event) {
                Some(ScopeSpan::Own { span, .. }) => Some(span),
                _ => None,
            };
            if let Some(span) = own.or(innermost.polled) {
                span.dispatch.exit(&span.id);
            }
        }
    }
}
