//! Spans of the `tracing` crates as events.
//!
//! While a span's extensions are borrowed, no listener is notified and no value is formatted: both
//! may run user code.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::__private::Polls;
use event_core::{Cause, Data, EnteredEvent, EventHandle, ExcDetails, current_event};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

mod open_span;
mod record;
mod site;
mod values;

use crate::profile::clock;
use crate::sync::AtomicU64;
use open_span::{MessageData, NewSpanData, OpenSpan};
use site::EventSite;
use values::{Fields, Message};

/// Broadcasts the spans and messages of a program that uses [`tracing`](https://docs.rs/tracing) as
/// events, so that recorders, timers and everything in this crate work with it.
///
/// The kind of a span's events is `tracing:` and the target; control characters, invisible ones
/// and `*` become `_`. START is sent when the span is created, END when it is closed. The time of
/// the END is that of the last exit: a clone of the span that is kept longer does not count. A span
/// that was never entered ends when it is closed. The data is the span's name as `name`, then its
/// fields with their types. Fields that are recorded later are only in the END.
/// [`Event::site`](event_core::Event::site) is the span's source location, with its name as the
/// function. A field called `name` has the key `fields.name`.
///
/// * **Messages**, such as `info!("…")`, are a START and an END at one time. The data is the text
///   as `message`, the level as `level`, then the other fields. A field called `level` has the key
///   `fields.level`. The Chrome trace and the report
///   show them as marks in the scope around them; other outputs leave them out.
/// * **Parents** are those of the spans: the explicit parent, or else the current span or event.
///   While a span is entered, it is the parent of events that start. `follows_from` has no effect.
/// * **Async** spans may be entered many times and on many threads; they start and end once. The
///   layer cannot know which spans are async, so all sites are
///   [`is_async`](event_core::Site::is_async).
/// * **Busy** time is the time in which the span was entered; see
///   [`Event::busy`](event_core::Event::busy). If several threads enter it at one time, this time
///   counts once. Listeners receive each entry as a [poll](event_core::Listener::on_poll). The
///   exporters treat a span as a future if it is entered more than once, or if it was not entered
///   for at least a millisecond.
/// * **Failures**: an event at level *error* in a span, as by `#[instrument(err)]`, makes the END a
///   failure with its field `error`, or else its message. The last such event counts. See
///   [`errors`](Self::errors). A panic that closes a span is always its failure.
///
/// Spans and messages made by [`TracingSpans`](crate::TracingSpans), and records made by
/// [`LogRecords`](crate::LogRecords), are ignored, since they are events already.
///
/// Records of the `log` crate arrive as messages if the program has `tracing-log`'s `LogTracer`, as
/// `tracing_subscriber`'s `init` sets it up. They have the kind `log:` and the record's target, as
/// with `EventLogger`.
///
/// A span whose target is disabled costs about as much as the lookup of its site.
///
/// # Examples
///
/// ```
/// use event_core::install_recorder;
/// use event_export::EventLayer;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(EventLayer::new());
/// let recorder = install_recorder("tracing:*");
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info_span!(target: "docs", "parse", radix = 16).in_scope(|| {});
/// });
/// assert_eq!(
///     recorder.buffer()[1].1.to_string(),
///     r#"END tracing:docs name="parse" radix=16"#,
/// );
/// ```
pub struct EventLayer {
    errors: bool,
    /// Distinguishes layers.
    number: u64,
    /// How many spans have an [`OpenSpan`].
    open: AtomicUsize,
}

/// A layer's number, and a span's id.
type LayerSpan = (u64, u64);

thread_local! {
    // It has a destructor, so it is gone while a thread exits. Spans are not entered then.
    static ENTERED: RefCell<Vec<(LayerSpan, EnteredEvent)>> = const { RefCell::new(Vec::new()) };
}

impl fmt::Debug for EventLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLayer")
            .field("errors", &self.errors)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl Default for EventLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl EventLayer {
    /// Returns a layer for which an event at level *error* is a failure.
    #[must_use]
    pub fn new() -> Self {
        static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            errors: true,
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), // the numbers must only differ
            open: AtomicUsize::new(0),
        }
    }

    /// Sets whether an event at level *error* makes the END of its span a failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::local::install_recorder;
    /// use event_export::EventLayer;
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// let recorder = install_recorder("tracing:docs_errors");
    /// for errors in [true, false] {
    ///     let subscriber = tracing_subscriber::registry().with(EventLayer::new().errors(errors));
    ///     tracing::subscriber::with_default(subscriber, || {
    ///         let _span = tracing::info_span!(target: "docs_errors", "parse").entered();
    ///         tracing::error!("no such file");
    ///     });
    ///     let (_, end) = recorder.buffer().pop().unwrap();
    ///     assert_eq!(end.is_failed(), errors);
    /// }
    /// ```
    #[must_use]
    pub fn errors(self, errors: bool) -> Self {
        Self { errors, ..self }
    }

    /// Returns whether no span has an [`OpenSpan`], so that no lookup is needed.
    fn is_idle(&self) -> bool {
        // Relaxed: passing a span to another thread synchronizes, so that thread sees its
        // increment.
        self.open.load(Ordering::Relaxed) == 0
    }
}

impl EventLayer {
    /// Returns what `read` returns for the span `id`; none if neither the span nor a span around it
    /// is an event.
    fn with_open<S, R>(
        &self,
        id: &Id,
        context: &Context<'_, S>,
        read: impl FnOnce(&OpenSpan) -> R,
    ) -> Option<R>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        if self.is_idle() {
            return None;
        }
        let span = context.span(id)?;
        let extensions = span.extensions();
        extensions.get::<OpenSpan>().map(read)
    }

    /// Returns the parent of events inside the span `id`.
    fn handle<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<EventHandle>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        self.with_open(id, context, |open| open.handle)
    }

    /// Records the time of an exit, if the span `id` is an event. Returns the time, and the polls
    /// that the exit ends one of.
    fn record_exit<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<(u64, Arc<Polls>)>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        if self.is_idle() {
            return None;
        }
        let span = context.span(id)?;
        let mut extensions = span.extensions_mut();
        let open = extensions.get_mut::<OpenSpan>()?;
        let now = clock::now();
        open.exited = open.exited.max(Some(now)); // of two threads, the later
        open.polls.clone().map(|polls| (now, polls))
    }

    /// Returns the parent of a new span.
    fn parent<S>(&self, attributes: &Attributes<'_>, context: &Context<'_, S>) -> EventHandle
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        match attributes.parent() {
            Some(parent) => self.handle(parent, context).unwrap_or_default(),
            None if attributes.is_root() => EventHandle::default(),
            None => current_event(),
        }
    }

    /// Broadcasts a message.
    fn broadcast<S>(&self, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        let parent = || match event.parent() {
            Some(parent) => self.handle(parent, context).unwrap_or_default(),
            None if event.is_root() => EventHandle::default(),
            None => current_event(),
        };
        if record::is_record(event.metadata()) {
            return record::broadcast(event, parent());
        }
        let Some(EventSite {
            site,
            name_or_level: level,
            has_own_keys,
        }) = site::event_site(event.metadata())
        else {
            return;
        };
        if site.is_enabled() {
            parent().run(|| {
                site.mark(MessageData {
                    level,
                    event,
                    has_own_keys: *has_own_keys,
                });
            });
        }
    }

    /// Keeps an event at level *error* for the END of its span.
    fn record_error<S>(&self, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        if !self.errors || *event.metadata().level() != Level::ERROR || self.is_idle() {
            return;
        }
        let Some(span) = context.event_span(event) else {
            return;
        };
        let extensions = span.extensions();
        let is_event = extensions
            .get()
            .is_some_and(|open: &OpenSpan| open.event.is_some());
        drop(extensions);
        if is_event {
            let mut fields = Message::default();
            event.record(&mut fields);
            let message = fields.into_text();
            if let Some(open) = span.extensions_mut().get_mut::<OpenSpan>() {
                open.error = Some(message);
            }
        }
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for EventLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(EventSite {
            site,
            name_or_level: name,
            has_own_keys,
        }) = site::event_site(attributes.metadata())
        else {
            return;
        };
        let parent = self.parent(attributes, &context);
        if parent.id().is_none() && !site.is_enabled() {
            return;
        }
        let Some(span) = context.span(id) else {
            return;
        };
        if span.extensions().get::<OpenSpan>().is_some() {
            return; // another `EventLayer` has already handled the span
        }
        let is_captured = Cell::new(false);
        let data = NewSpanData {
            name,
            attributes,
            is_captured: &is_captured,
            has_own_keys: *has_own_keys,
        };
        let event = parent.run(|| site.open(data));
        let handle = event.handle();
        let polls = event.polls().map(Arc::clone);
        if let Some(polls) = &polls {
            polls.measure();
        }
        if handle.id().is_some() {
            self.open.fetch_add(1, Ordering::Relaxed);
            span.extensions_mut().insert(OpenSpan {
                handle,
                polls,
                event: event.id().is_some().then_some(event),
                wants_data: is_captured.get(),
                recorded: Vec::new(),
                error: None,
                exited: None,
            });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|_| !self.is_idle()) else {
            return;
        };
        let extensions = span.extensions();
        let wants_data = extensions
            .get()
            .is_some_and(|open: &OpenSpan| open.wants_data);
        drop(extensions);
        if wants_data {
            let mut fields = Fields::default();
            values.record(&mut fields);
            fields.rename_names(0);
            if let Some(open) = span.extensions_mut().get_mut::<OpenSpan>() {
                open.record(fields);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // A record that `LogRecords` makes of an event is an event already.
        #[cfg(feature = "log")]
        if crate::event_logger::is_from_event() {
            return;
        }
        self.broadcast(event, &context);
        self.record_error(event, &context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let open = self.with_open(id, &context, |open| (open.handle, open.polls.clone()));
        if let Some((handle, polls)) = open {
            let entered = ((self.number, id.into_u64()), handle.enter());
            let _ = ENTERED.try_with(|all| all.borrow_mut().push(entered));
            if let Some(polls) = polls {
                polls.start();
            }
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some((now, polls)) = self.record_exit(id, &context) {
            polls.end(now);
        }
        let key = (self.number, id.into_u64());
        let exited = ENTERED.try_with(|all| {
            let mut all = all.borrow_mut();
            let index = all.iter().rposition(|(entered, _)| *entered == key)?;
            Some(all.remove(index))
        });
        drop(exited); // outside the borrow
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id).filter(|_| !self.is_idle()) else {
            return;
        };
        let Some(open) = span.extensions_mut().remove::<OpenSpan>() else {
            return;
        };
        self.open.fetch_sub(1, Ordering::Relaxed);
        let Some(event) = open.event else {
            return;
        };
        // A panic that closes the span takes precedence over an error that was logged before.
        let error = open.error.filter(|_| !std::thread::panicking());
        let exc = error.map(|error| ExcDetails::from_message(Cause::Error, "error", error));
        event.end_at(open.exited, Data::new(&open.recorded), exc);
    }
}
