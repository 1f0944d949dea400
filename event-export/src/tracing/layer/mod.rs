//! Spans of the `tracing` crates as events.
//!
//! No listener is ever told, and no value printed, while a span's extensions are borrowed.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use event_core::{
    Cause, Data, EnteredEvent, EventData, EventHandle, ExcDetails, Field, OpenEvent, Value,
    current_event,
};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

mod site;
mod values;

use site::Spans;
use values::{Fields, Message};

/// Broadcasts the spans of a program that is instrumented with [`tracing`](https://docs.rs/tracing) as events,
/// so that recorders, timers and everything in this crate work on it as it is.
///
/// A span's events are of kind `tracing:` and its target (what a kind may not have, control characters and `*`, is
/// `_` there): START when the span is made, END when it is closed. The data is its name as `name`, then its fields,
/// with their types; fields that are recorded later are in the END alone. [`Event::site`](event_core::Event::site)
/// says where the span stands, with its name for a function.
///
/// * **Parents** are the spans' own: the explicit one, or what is current, be that a span or an event of ours. While a
///   span is entered, it is the parent of the events that begin. `follows_from` says nothing here.
/// * **Async** spans may be entered many times and on many threads; they begin and end once. As nobody can know which
///   ones are, all sites say [`is_async`](event_core::Site::is_async).
/// * **Failures**: an event at level *error* in a span, as by `#[instrument(err)]`, makes the END a failure with its
///   field `error`, or else its message; the last one counts. See [`errors`](Self::errors). A panic that closes a span is its
///   failure in any case.
///
/// Spans that [`TracingSpans`](crate::TracingSpans) has made are let go, as they are events already. A target that nobody
/// listens to costs about as much as looking its name up.
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
    /// Tells layers apart.
    number: u64,
    /// How many spans have an [`OpenSpan`].
    open: AtomicUsize,
}

/// What a span carries that somebody heard, or that is inside one.
struct OpenSpan {
    /// To run what is inside under.
    handle: EventHandle,
    event: Option<OpenEvent>,
    wants_data: bool,
    /// What was recorded later.
    more: Vec<Field<'static>>,
    error: Option<String>,
}

impl OpenSpan {
    /// Takes later values in place of earlier ones.
    fn record(&mut self, fields: Fields) {
        for field in fields {
            match self.more.iter_mut().find(|one| one.key() == field.key()) {
                Some(one) => *one = field,
                None => self.more.push(field),
            }
        }
    }
}

thread_local! {
    // Has a destructor: after it, spans are not entered.
    static ENTERED: RefCell<Vec<((u64, u64), EnteredEvent)>> = const { RefCell::new(Vec::new()) };
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
        static NUMBERED: AtomicU64 = AtomicU64::new(0);
        Self {
            errors: true,
            number: NUMBERED.fetch_add(1, Ordering::Relaxed), // only the numbers must differ
            open: AtomicUsize::new(0),
        }
    }

    /// Says whether an event at level *error* makes the END of its span a failure.
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

    /// Whether no span has anything for this layer, so that there is nothing to look for.
    fn is_idle(&self) -> bool {
        // Relaxed: a span comes to a thread in a way that shows it more than this.
        self.open.load(Ordering::Relaxed) == 0
    }
}

/// Data of a new span.
struct NewSpan<'a> {
    name: &'static Value<'static>,
    attributes: &'a Attributes<'a>,
    is_asked: &'a Cell<bool>,
}

impl EventData for NewSpan<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        self.is_asked.set(true);
        let more = self.attributes.metadata().fields().len();
        let mut fields = Fields::named(self.name.clone(), more);
        self.attributes.record(&mut fields);
        f(Data::new(fields.as_slice()))
    }
}

impl EventLayer {
    /// The handle of what runs inside the span `id`, if somebody heard that or something around it.
    fn handle<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<EventHandle>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        if self.is_idle() {
            return None;
        }
        let span = context.span(id)?;
        let extensions = span.extensions();
        extensions.get::<OpenSpan>().map(|open| open.handle)
    }

    /// What a new span is in.
    fn around<S>(&self, attributes: &Attributes<'_>, context: &Context<'_, S>) -> EventHandle
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        match attributes.parent() {
            Some(parent) => self.handle(parent, context).unwrap_or_default(),
            None if attributes.is_root() => EventHandle::default(),
            None => current_event(),
        }
    }
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for EventLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(Spans { site, name }) = site::of(attributes.metadata()) else {
            return;
        };
        let around = self.around(attributes, &context);
        if around.id().is_none() && !site.may_be_heard() {
            return;
        }
        let Some(span) = context.span(id) else {
            return;
        };
        if span.extensions().get::<OpenSpan>().is_some() {
            return; // another layer of this sort was here first
        }
        let is_asked = Cell::new(false);
        let data = NewSpan {
            name,
            attributes,
            is_asked: &is_asked,
        };
        let event = around.run(|| site.open(data));
        let handle = event.handle();
        if handle.id().is_some() {
            self.open.fetch_add(1, Ordering::Relaxed);
            span.extensions_mut().insert(OpenSpan {
                handle,
                event: event.id().is_some().then_some(event),
                wants_data: is_asked.get(),
                more: Vec::new(),
                error: None,
            });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|_| !self.is_idle()) else {
            return;
        };
        let open = span
            .extensions()
            .get::<OpenSpan>()
            .map(|open| open.wants_data);
        if open == Some(true) {
            let mut fields = Fields::default();
            values.record(&mut fields);
            if let Some(open) = span.extensions_mut().get_mut::<OpenSpan>() {
                open.record(fields);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !self.errors || *event.metadata().level() != Level::ERROR || self.is_idle() {
            return;
        }
        let Some(span) = context.event_span(event) else {
            return;
        };
        let open = span
            .extensions()
            .get::<OpenSpan>()
            .map(|open| open.event.is_some());
        if open == Some(true) {
            let mut message = Message::default();
            event.record(&mut message);
            let message = message.into_text();
            if let Some(open) = span.extensions_mut().get_mut::<OpenSpan>() {
                open.error = Some(message);
            }
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(handle) = self.handle(id, &context) {
            let entered = ((self.number, id.into_u64()), handle.enter());
            let _ = ENTERED.try_with(|all| all.borrow_mut().push(entered));
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let key = (self.number, id.into_u64());
        let left = ENTERED.try_with(|all| {
            let mut all = all.borrow_mut();
            let place = all.iter().rposition(|(entered, _)| *entered == key)?;
            Some(all.remove(place))
        });
        drop(left);
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
        // A panic that closes the span says more than what was logged before.
        let error = open.error.filter(|_| !std::thread::panicking());
        let exc = error.map(|error| ExcDetails::from_message(Cause::Error, "error", error));
        event.end_with(Data::new(&open.more), exc);
    }
}
