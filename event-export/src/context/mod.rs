//! The context of a trace, which connects the events of several processes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use event_core::{EventHandle, current_event};

pub(crate) mod ended;
mod entered;
pub(crate) mod fields;
pub(crate) mod nearest;
mod per_process;
pub(crate) mod remote;
pub(crate) mod source;
mod traceparent;
mod tracestate;

use entered::Entered;
use fields::{Fields, PassedOn, SAMPLED};
use remote::RemoteScope;

/// The place of a call in a trace of several processes, as in the HTTP header `traceparent`.
///
/// A server [parses](Self::parse) the headers of a request and [runs](Self::run) its work in their
/// context. A client adds the headers of the [current](Self::current) context to its requests, by
/// [`inject`](Self::inject). All spans of the two then belong to one trace.
///
/// Without an exporter of traces, the headers pass through unchanged. So a service without such an
/// exporter does not break the traces of others.
///
/// The headers are those of [W3C Trace Context](https://www.w3.org/TR/trace-context-2/):
/// `traceparent` and `tracestate`. The header `baggage` of [W3C
/// Baggage](https://www.w3.org/TR/baggage/) passes through, too.
///
/// # Examples
///
/// ```
/// use event_export::TraceContext;
///
/// let incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = TraceContext::parse(incoming, "congo=t61rcWkgMzE")?;
///
/// let mut outgoing = Vec::new();
/// context.run(|| {
///     let here = TraceContext::current().expect("this is inside `run`");
///     here.inject(|name, value| outgoing.push((name, value.to_owned())));
/// });
/// assert_eq!(outgoing, [
///     ("traceparent", incoming.to_owned()),
///     ("tracestate", "congo=t61rcWkgMzE".to_owned()),
/// ]);
/// assert_eq!(TraceContext::current(), None);
/// # Ok::<(), event_export::InvalidTraceParent>(())
/// ```
#[derive(Clone)]
pub struct TraceContext(Arc<Inner>);

struct Inner {
    fields: Arc<Fields>,
    scope: OnceLock<ContextScope>,
}

/// The scope that is current where the context runs.
enum ContextScope {
    Local(EventHandle),
    Remote(RemoteScope),
}

impl ContextScope {
    fn handle(&self) -> EventHandle {
        match self {
            Self::Local(handle) => *handle,
            Self::Remote(scope) => scope.handle(),
        }
    }
}

impl TraceContext {
    fn new(fields: Fields) -> Self {
        Self(Arc::new(Inner {
            fields: Arc::new(fields),
            scope: OnceLock::new(),
        }))
    }

    /// Returns the context of the headers `traceparent` and `tracestate`.
    ///
    /// Join several headers `tracestate` by commas. An invalid `tracestate` is left out, as the
    /// standard requires, and so is one of more than 32 members. Of a longer one, 512 characters
    /// are kept.
    ///
    /// # Errors
    ///
    /// Returns an error if `traceparent` is invalid. The request then starts a new trace.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::TraceContext;
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let context = TraceContext::parse(header, None)?;
    /// assert_eq!(context.trace_id(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    /// assert_eq!(context.span_id(), 0xb7ad_6b71_6920_3331);
    /// assert!(context.is_sampled());
    ///
    /// let error = TraceContext::parse("00-0-0-0", None).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid `traceparent`: it has fewer than 55 characters");
    /// # Ok::<(), event_export::InvalidTraceParent>(())
    /// ```
    pub fn parse<'h>(
        traceparent: &str,
        tracestate: impl Into<Option<&'h str>>,
    ) -> Result<Self, InvalidTraceParent> {
        let ids = traceparent::parse(traceparent).map_err(|why| InvalidTraceParent { why })?;
        let state = tracestate.into().and_then(tracestate::parse_state);
        let passed_on = PassedOn {
            state,
            baggage: None,
        };
        Ok(Self::new(Fields { ids, passed_on }))
    }

    /// Returns the context with the header `baggage`. Of a header of more than 8,192 bytes, the
    /// first members are kept. Text with a control character is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::TraceContext;
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let context = TraceContext::parse(header, None)?.with_baggage("user=7");
    /// assert_eq!(context.baggage(), Some("user=7"));
    /// # Ok::<(), event_export::InvalidTraceParent>(())
    /// ```
    #[must_use]
    pub fn with_baggage(self, baggage: &str) -> Self {
        let mut fields = (*self.0.fields).clone();
        fields.passed_on.baggage = tracestate::parse_baggage(baggage);
        Self::new(fields)
    }

    /// Returns the context in which this process was started: that of the environment variables
    /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`.
    ///
    /// Returns `None` if `TRACEPARENT` is not set or is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::TraceContext;
    ///
    /// fn work() {}
    ///
    /// match TraceContext::from_env() {
    ///     Some(context) => context.run(work),
    ///     None => work(),
    /// }
    /// ```
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let state = variable("TRACESTATE");
        let context = Self::parse(&variable("TRACEPARENT")?, state.as_deref()).ok()?;
        Some(match variable("BAGGAGE") {
            Some(baggage) => context.with_baggage(&baggage),
            None => context,
        })
    }

    /// Returns the context of the current scope, to pass on to another process.
    ///
    /// If an exporter of traces has received the scope, the context is that of its span. Otherwise
    /// it is the context around the scope. Returns `None` outside every trace.
    #[must_use]
    pub fn current() -> Option<Self> {
        let handle = current_event();
        let scope = handle.id()?;
        let fields = source::find(scope).or_else(|| source::find_nearest(nearest::get()))?;
        Some(Self(Arc::new(Inner {
            fields,
            scope: ContextScope::Local(handle).into(),
        })))
    }

    /// Returns a handle, which makes the span of this context the parent of the scopes that start
    /// under it.
    ///
    /// [`run`](Self::run) and [`run_future`](Self::run_future) are shorter. The handle remains
    /// usable after this context was dropped, until 16,384 later contexts were dropped.
    #[must_use]
    pub fn handle(&self) -> EventHandle {
        self.scope().handle()
    }

    fn scope(&self) -> &ContextScope {
        let remote = || ContextScope::Remote(RemoteScope::new(&self.0.fields));
        self.0.scope.get_or_init(remote)
    }

    /// Calls `body` in this context, and returns its value.
    ///
    /// The context's span is the parent of the scopes that start in `body`. For other exporters
    /// these scopes have no parent, unless the context is of this process.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let scope = self.scope();
        let entered = match scope {
            ContextScope::Remote(_) => scope.handle().id(),
            ContextScope::Local(_) => None,
        };
        let _entered = entered.and_then(|id| Entered::new(id, &self.0.fields));
        scope.handle().run(body)
    }

    /// Returns a future that polls `future` in this context.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::TraceContext;
    ///
    /// # async fn answer() {}
    /// # fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
    /// # let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// match TraceContext::parse(header, None) {
    ///     Ok(context) => spawn(context.run_future(answer())),
    ///     Err(_) => spawn(answer()),
    /// }
    /// ```
    pub fn run_future<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let context = self.clone(); // keeps a scope of another process known
        async move { context.handle().run_future(future).await }
    }

    /// Calls `add` with the name and the value of each header: `traceparent`, and `tracestate` and
    /// `baggage` if there are any.
    ///
    /// To pass the context to a child process, set the environment variables with these names in
    /// upper case:
    ///
    /// ```no_run
    /// use event_export::TraceContext;
    /// use std::process::Command;
    ///
    /// let mut command = Command::new("worker");
    /// if let Some(context) = TraceContext::current() {
    ///     context.inject(|name, value| _ = command.env(name.to_uppercase(), value));
    /// }
    /// command.spawn()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn inject(&self, mut add: impl FnMut(&'static str, &str)) {
        add("traceparent", &self.traceparent());
        if let Some(state) = self.tracestate() {
            add("tracestate", state);
        }
        if let Some(baggage) = self.baggage() {
            add("baggage", baggage);
        }
    }

    /// Returns the header `traceparent`.
    #[must_use]
    pub fn traceparent(&self) -> String {
        self.0.fields.ids.to_string()
    }

    /// Returns the header `tracestate`.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.0.fields.passed_on.state.as_deref()
    }

    /// Returns the header `baggage`.
    #[must_use]
    pub fn baggage(&self) -> Option<&str> {
        self.0.fields.passed_on.baggage.as_deref()
    }

    /// Returns the id of the trace. As text it has 32 digits, `{:032x}`.
    #[must_use]
    pub fn trace_id(&self) -> u128 {
        self.0.fields.ids.trace
    }

    /// Returns the id of the span. As text it has 16 digits, `{:016x}`.
    #[must_use]
    pub fn span_id(&self) -> u64 {
        self.0.fields.ids.span
    }

    /// Returns whether the caller records the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.0.fields.ids.flags & SAMPLED != 0
    }
}

impl PartialEq for TraceContext {
    /// Compares the headers.
    fn eq(&self, other: &Self) -> bool {
        self.0.fields == other.0.fields
    }
}

impl Eq for TraceContext {}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceContext")
            .field("traceparent", &self.traceparent())
            .field("tracestate", &self.tracestate())
            .field("baggage", &self.baggage())
            .finish()
    }
}

/// The error of [`TraceContext::parse`]: why the header `traceparent` is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTraceParent {
    why: &'static str,
}

impl fmt::Display for InvalidTraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid `traceparent`: {}", self.why)
    }
}

impl std::error::Error for InvalidTraceParent {}
