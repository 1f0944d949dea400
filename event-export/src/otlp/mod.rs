//! Events as spans of OpenTelemetry, sent to a collector.
//!
//! The thread of a call copies the data, and the exporter's thread does the rest. No lock is held
//! while user code runs or while a request is made.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use event_core::{Event, EventId, EventStatus, Listener};

use crate::context::fields::{Fields, Ids};
use crate::context::source::{self, SpanCounts, SpanSource};
use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::fork::{self, Owner};
use crate::io::warn::note;
use crate::profile::clock;

mod chunk;
mod client;
mod config;
mod config_error;
mod contexts;
mod control;
mod endpoint;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod http;
mod ids;
mod message;
mod not_exported;
mod open_spans;
mod options;
mod part_reader;
mod parts;
mod pool;
mod queue;
mod record;
mod sampler;
mod selection;
mod sender;
mod state;
mod tail;
mod thread_names;
#[cfg(feature = "otlp-tls")]
mod tls;
mod wall_clock;
mod worker;

use config::{Config, SERVICE_NAME};
use state::State;

pub use config_error::OtlpConfigError;
pub(crate) use options::from_spec;

/// The longest time that the end of the program waits for the collector.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends a span of [OpenTelemetry](https://opentelemetry.io) for each scope to a collector, by the
/// protocol OTLP over HTTP, or over gRPC with the feature `otlp-grpc`.
///
/// Every collector and most services for traces accept this: the OpenTelemetry Collector, Jaeger,
/// Grafana Tempo, Honeycomb. The standard environment variables say where it is. The default is
/// `http://localhost:4318`, and `http://localhost:4317` for gRPC.
///
/// | variable | meaning |
/// | --- | --- |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; `https` needs `otlp-tls` |
/// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`, the default, or `grpc` |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a PEM file of the authorities that signed the collector |
/// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `…_CLIENT_KEY` | the program's PEM files for TLS |
/// | `OTEL_EXPORTER_OTLP_HEADERS` | headers such as `api-key=secret`, separated by commas |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT` | the longest time of a request in milliseconds, 10000 |
/// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` |
/// | `OTEL_SERVICE_NAME` | the name of this program |
/// | `OTEL_RESOURCE_ATTRIBUTES` | attributes of this process, `deployment.environment=test,…` |
/// | `OTEL_TRACES_SAMPLER` | which traces are recorded, such as `parentbased_traceidratio` |
/// | `OTEL_TRACES_SAMPLER_ARG` | the ratio of `traceidratio`, from 0 to 1 |
/// | `OTEL_SDK_DISABLED` | `true` exports nothing |
///
/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and so on take precedence. That endpoint is used as it is;
/// `/v1/traces` is appended to the other one for HTTP.
///
/// * **Spans**: the name is the [path](event_core::Site::path) of the function. Data are
///   attributes with their types. `event.kind` is the kind, and `code.function.name`,
///   `code.file.path`, `code.line.number`, `thread.id` and `thread.name` say where it was called.
///   Data of one of these names replaces it.
///   The data `otel.kind` (`server`, `client`, `producer`, `consumer`) sets the span's kind, and
///   `otel.name` its name.
/// * **Failures** set the status and add an event `exception`, with `exception.type`,
///   `exception.message` and, with `RUST_BACKTRACE`, `exception.stacktrace`. A cancelled future
///   is no error: it has the attribute `event.cancelled`.
/// * **Messages** of `tracing` and `log` are events of the span around them.
/// * **Parents** are right across threads and `.await`. A scope whose parent only other listeners
///   receive is a child of the nearest exported scope around it.
///   [`TraceContext`](crate::TraceContext) connects the spans of several processes.
/// * **A call** copies its data. A thread of this exporter encodes and sends it, each second or
///   when there is enough. No asynchronous runtime is needed.
/// * **Limits**: the spans that wait take at most 16 MiB. Further spans are dropped and
///   [counted](Self::dropped). A request that fails is repeated for up to a minute.
/// * **At the end** the remaining spans are sent, for at most two seconds. Scopes that have not
///   ended are sent with the attribute `event.unfinished`. A line on stderr counts the spans that
///   were dropped.
/// * **A forked process** sends its own spans.
///
/// # In `EVENT_EXPORT`
///
/// `otlp;slow=500ms;rate=100;max=64MiB` sets what the methods of the same names set.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::OtlpSpans;
///
/// let spans = OtlpSpans::from_env()?.service_name("docs");
/// let spans = install_listener("docs:otlp", spans);
/// assert_eq!((spans.exported(), spans.dropped()), (0, 0));
/// # Ok::<(), event_export::OtlpConfigError>(())
/// ```
pub struct OtlpSpans {
    config: Config,
    /// Whether no trace that this process starts is exported.
    samples_none: bool,
    /// Created at the first event, when the settings are final.
    shared: OnceLock<Arc<Shared>>,
}

struct Shared {
    first: Arc<State>,
    #[expect(dead_code, reason = "its drop counts")]
    counted: source::Counted,
}

impl Shared {
    /// Returns the state of this process. Starts its thread if it has none.
    #[inline]
    fn state(&self) -> &Arc<State> {
        State::current(&self.first, worker::start)
    }
}

impl SpanSource for Shared {
    fn context_of(&self, scope: EventId) -> Option<Fields> {
        State::existing(&self.first)?.context_of(scope)
    }

    fn not_exported(&self, outermost: EventId) -> Option<Fields> {
        Some(State::existing(&self.first)?.not_exported(outermost))
    }

    fn exported(&self, end: &Event<'_>) -> Option<Ids> {
        State::existing(&self.first)?.exported(end)
    }

    fn counts(&self) -> SpanCounts {
        let state = State::existing(&self.first);
        state.map_or_else(SpanCounts::default, |state| state.counts())
    }
}

impl OtlpSpans {
    /// Returns an exporter with the settings of the environment variables.
    ///
    /// # Errors
    ///
    /// Returns an error that names an invalid variable and what is valid.
    pub fn from_env() -> Result<Self, OtlpConfigError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Returns an exporter with the settings of variables from elsewhere, such as a settings file.
    /// `variable` returns the value of a variable, if it is set.
    ///
    /// # Errors
    ///
    /// Returns an error that names an invalid variable and what is valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_export::OtlpSpans;
    ///
    /// let error = OtlpSpans::from_variables(|name| match name {
    ///     "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("localhost:4318".to_owned()),
    ///     _ => None,
    /// });
    /// assert_eq!(
    ///     error.unwrap_err().to_string(),
    ///     "`OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318`: write a URL, such as \
    ///      `http://localhost:4318`",
    /// );
    /// ```
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, OtlpConfigError> {
        let config = Config::new(variable)?;
        Ok(Self {
            samples_none: config.samples_none(),
            config,
            shared: OnceLock::new(),
        })
    }

    /// Sets the name of this program, unless a variable sets it.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        let resource = &mut self.config.resource;
        if !resource.iter().any(|(key, _)| key == SERVICE_NAME) {
            config::set(resource, SERVICE_NAME, name.into());
        }
        self
    }

    /// Keeps a trace only if a scope of it failed or took as long as `slow`, or if
    /// `OTEL_TRACES_SAMPLER` is set and selects the trace.
    ///
    /// The spans of a trace wait until a scope fails or is slow, or until the outermost scope of
    /// this process ends. They take at most half of [`max_bytes`](Self::max_bytes); beyond that the
    /// oldest trace is dropped. Other processes record the trace, too, and decide for themselves.
    #[must_use]
    pub fn slow(mut self, slow: Duration) -> Self {
        self.config.slow = Some(slow);
        self.samples_none = self.config.samples_none();
        self
    }

    /// Limits the traces that this process starts to a number in each second. With
    /// [`slow`](Self::slow) it limits the traces that are kept.
    #[must_use]
    pub fn rate(mut self, traces_per_second: u32) -> Self {
        self.config.rate = Some(traces_per_second);
        self
    }

    /// Limits the memory of the spans that wait. The default is 16 MiB.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.config.max_bytes = bytes;
        self
    }

    /// Returns how many spans the collector has accepted.
    #[must_use]
    pub fn exported(&self) -> u64 {
        let exported = |state: &Arc<State>| state.control.counts().exported;
        self.existing_state().map_or(0, exported)
    }

    /// Returns how many spans were dropped: because too many were waiting, or because the collector
    /// did not accept them.
    ///
    /// Spans of traces that the sampler or [`slow`](Self::slow) leaves out do not count.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.existing_state().map_or(0, |state| state.dropped())
    }

    fn existing_state(&self) -> Option<&Arc<State>> {
        State::existing(&self.shared.get()?.first)
    }

    #[inline(never)]
    fn start_unless_left_out(&self, event: &Event<'_>) {
        if !not_exported::starts(event, self.samples_none) {
            self.start(event);
        }
    }

    #[inline(never)]
    fn end_unless_left_out(&self, event: &Event<'_>) {
        if !not_exported::ends(event) {
            self.end(event);
        }
    }

    #[inline(never)]
    fn start(&self, event: &Event<'_>) {
        if self.config.is_disabled {
            return;
        }
        let _uncounted = uncounted();
        let shared = self.shared();
        if event.is_mark() {
            shared.state().mark(event);
        } else {
            shared.state().start(event, &shared.first);
        }
    }

    #[inline(never)]
    fn end(&self, event: &Event<'_>) {
        if self.config.is_disabled || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        self.shared().state().end(event);
    }

    #[inline]
    fn shared(&self) -> &Shared {
        self.shared.get_or_init(|| {
            let _ = Owner::current(); // counts forks from now on
            let state = Arc::new(State::new(Arc::new(self.config.clone())));
            let shared = Arc::new(Shared {
                first: worker::start(state),
                counted: source::Counted::new(),
            });
            source::add(&shared);
            shared
        })
    }
}

impl Listener for OtlpSpans {
    #[inline]
    fn on_start(&self, event: &Event<'_>) {
        if self.samples_none || event.parent().is_some() {
            self.start_unless_left_out(event);
        } else {
            self.start(event);
        }
    }

    #[inline]
    fn on_end(&self, event: &Event<'_>) {
        if self.samples_none || event.parent().is_some() {
            self.end_unless_left_out(event);
        } else {
            self.end(event);
        }
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        if let Some(state) = self.existing_state() {
            state.poll(future, status);
        }
    }

    fn wants_polls(&self) -> bool {
        true
    }

    fn wants_data(&self) -> bool {
        !self.config.is_disabled
    }

    /// The data of a START is copied then.
    fn wants_end_data(&self) -> bool {
        false
    }
}

impl Exporter for OtlpSpans {
    /// Sends the spans of all scopes that have ended, and waits for the collector, for as long as
    /// one request may take.
    fn flush(&self) -> io::Result<()> {
        let Some(state) = self.existing_state() else {
            return Ok(());
        };
        let dropped = state.dropped();
        if !state.control.flush(state.config.timeout) {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the collector has not accepted the spans in time",
            ));
        }
        match state.dropped() - dropped {
            0 => Ok(()),
            dropped => {
                let why = state.why_dropped();
                Err(io::Error::other(format!(
                    "{dropped} spans were dropped: {why}"
                )))
            }
        }
    }

    fn finish(&self) {
        if let Some(state) = self.existing_state() {
            finish(state);
        }
    }

    /// Finishes the state of the forked process, if it has one.
    fn finish_forked(&self) {
        self.finish();
    }
}

fn finish(state: &State) {
    if state.control.counts().is_final {
        return;
    }
    state.end_open(clock::now());
    state.control.stop(EXIT_TIMEOUT);
    let mut is_first = false;
    state.control.count(|counts| {
        is_first = true;
        counts.is_final = true;
    });
    let dropped = state.dropped();
    if is_first && dropped > 0 {
        let all = state.all();
        let why = state.why_dropped();
        note(format_args!(
            "otlp: {dropped} of {all} spans were not exported: {why}"
        ));
    }
}

impl Drop for OtlpSpans {
    fn drop(&mut self) {
        self.finish();
        if fork::is_forked() {
            // A thread that does not exist in this process may hold a lock of its state.
            std::mem::forget(self.shared.take());
        }
    }
}

impl fmt::Debug for OtlpSpans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpSpans")
            .field("endpoint", &self.config.endpoint)
            .field("exported", &self.exported())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
