//! Counts and durations of calls for Prometheus, served over HTTP or written into a file.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_core::{Event, Listener};

use crate::exporter::{Exporter, LastWrite};
use crate::host::fork::{self, Owner};
use crate::io::output_file::OutputFile;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};
use crate::sync::lock;

mod buckets;
mod calls;
mod counts;
mod exemplars;
mod file;
mod fine_counts;
mod format;
#[cfg(feature = "metrics-protobuf")]
mod protobuf;
mod request;
mod server;
mod socket;
mod text;

use calls::{Calls, Snapshot};
use file::MetricsFile;
use server::Server;
use text::TextFormat;

/// The most functions, not counting `(others)`.
const MAX_FUNCTIONS: u32 = 2_000;

/// The default bounds of the buckets in microseconds.
///
/// From 5 ms on they are those of `http.server.request.duration` in the semantic conventions of
/// OpenTelemetry, so that the durations of requests fit into existing dashboards. The others are
/// for functions that are faster than requests.
const BOUNDS_MICROS: [u64; 18] = [
    1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000,
    1_000_000, 2_500_000, 5_000_000, 7_500_000, 10_000_000,
];

/// The default interval at which a file is written.
const INTERVAL: Duration = Duration::from_secs(15);

/// Counts calls for Prometheus, by kind and function.
///
/// [`serve`](Self::serve) answers requests for `/metrics`, [`to_file`](Self::to_file) writes a file
/// at an interval, and [`text`](Self::text) returns the metrics for a server of the program.
///
/// In `EVENT_EXPORT`, `metrics=127.0.0.1:9464` serves that address, and `metrics=FILE.prom` writes
/// a file every 15 seconds. The option `every` changes the interval, as in
/// `metrics=FILE.prom;every=5`. The page [`with_prometheus`](crate::with_prometheus) shows the
/// set-up.
///
/// # Metrics
///
/// | metric | type | labels |
/// | --- | --- | --- |
/// | `event_duration_seconds` | histogram | `kind`, `function` |
/// | `event_calls_total` | counter | `kind`, `function`, `outcome` |
/// | `event_in_flight` | gauge | `kind`, `function` |
/// | `event_otlp_exported_spans_total` | counter | |
/// | `event_otlp_failed_spans_total` | counter | |
/// | `event_otlp_dropped_spans_total` | counter | |
///
/// `function` is the function's [path](event_core::Site::path), or the kind if there is no
/// function. A function that has the path and the kind of an earlier one has its module or its line
/// in front. Macros and open events have the kind at every place, because a line would change with
/// each edit of its file. Arguments never become labels. `outcome` is `ok`, `error`, `panic` or
/// `cancelled`; it is `error` only if the event reports the error, as by the attribute's argument
/// `err`.
///
/// A call counts when it ends. Messages do not count. The duration is wall time; it includes the
/// time in which a future waits. Its buckets end at 1, 10 and 100 µs, 1 ms, and then at those of
/// the semantic conventions for HTTP, 5 ms to 10 s; [`with_buckets`](Self::with_buckets) changes
/// them. With the feature `metrics-protobuf`, Prometheus may get a native histogram, too: its
/// buckets grow by 9 %, from 7 ns on.
///
/// # Exemplars
///
/// While [`OtlpSpans`](crate::OtlpSpans) is installed for the same events, buckets and outcomes
/// have exemplars: the `trace_id` and the `span_id` of a recent call, at most one a second. The
/// older text format has none. A call whose span is not exported is no exemplar.
///
/// # Spans
///
/// The last three metrics exist while [`OtlpSpans`](crate::OtlpSpans) is installed: the spans that
/// the collector has accepted, those that it has not accepted, and those that were dropped because
/// too many were waiting.
///
/// # Limits
///
/// There are at most 2,000 pairs of kind and function. Calls of further functions count under
/// `kind="(others)",function="(others)"`. With the default buckets, a pair has 26 time series.
///
/// Memory does not grow with the number of calls: a pair takes about 250 bytes for each thread that
/// calls it (more than 16 threads share them). With `metrics-protobuf` these are 64 bytes more for
/// each factor of two between its shortest and its longest call.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::Metrics;
///
/// #[trigger_event("docs:metrics", err)]
/// fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
///     text.parse()
/// }
///
/// let metrics = install_listener("docs:metrics", Metrics::new());
/// assert!(parse("12").is_ok() && parse("a").is_err());
///
/// let text = metrics.text();
/// let count = r#"event_duration_seconds_count{kind="docs:metrics",function="parse"} 2"#;
/// let failed = r#"event_calls_total{kind="docs:metrics",function="parse",outcome="error"} 1"#;
/// assert!(text.contains(count) && text.contains(failed), "{text}");
/// ```
pub struct Metrics {
    calls: Arc<Calls>,
    served: Option<SocketAddr>,
    outputs: Mutex<Outputs>,
    last_write: LastWrite,
    owner: Owner,
}

#[derive(Debug, Default)]
struct Outputs {
    server: Option<Server>,
    file: Option<MetricsFile>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// The `Content-Type` of the text that [`text`](Self::text) returns.
    pub const CONTENT_TYPE: &str = TextFormat::OpenMetrics.content_type();

    /// Returns metrics that are neither served nor written.
    #[must_use]
    pub fn new() -> Self {
        Self::of(BOUNDS_MICROS.map(Duration::from_micros))
    }

    fn of(bounds: impl IntoIterator<Item = Duration>) -> Self {
        Self {
            calls: Arc::new(Calls::new(MAX_FUNCTIONS, bounds)),
            served: None,
            outputs: Mutex::default(),
            last_write: LastWrite::default(),
            owner: Owner::current(),
        }
    }

    /// Returns metrics whose buckets end at `bounds`, in any order. A last bucket without bound is
    /// added.
    ///
    /// Each bound is a time series for each function, so use few.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Metrics;
    /// use std::time::Duration;
    ///
    /// let metrics = Metrics::with_buckets([Duration::from_millis(20), Duration::from_secs(100)]);
    /// let metrics = install_listener("docs:buckets", metrics);
    /// trigger_event("docs:buckets", (), || std::thread::sleep(Duration::from_millis(25)));
    /// let text = metrics.text();
    /// assert!(text.contains(r#"{le="0.02",kind="docs:buckets",function="docs:buckets"} 0"#));
    /// assert!(text.contains(r#"{le="100.0",kind="docs:buckets",function="docs:buckets"} 1"#));
    /// ```
    #[must_use]
    pub fn with_buckets(bounds: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(bounds)
    }

    /// Returns the same metrics, which are served at `address` until the listener is dropped.
    ///
    /// The server is a thread of this process. It answers GET and HEAD of `/metrics`, in
    /// `OpenMetrics` or protobuf (feature `metrics-protobuf`) if the requester prefers that, else
    /// in the older text format of Prometheus.
    /// Every other request is refused. It has at most 16 connections, for at most 10 seconds each.
    /// It has neither TLS nor a password: use a loopback address, unless everybody in the network
    /// may read the metrics. A forked process serves nothing; on Linux it does not keep the port,
    /// either.
    ///
    /// If the port is zero, the system chooses one; [`address`](Self::address) returns it. If the
    /// metrics were served at another address, that server stops.
    ///
    /// # Errors
    ///
    /// Returns an error that names the address if it cannot be bound, for example because the port
    /// is taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::install_listener;
    /// use event_export::Metrics;
    /// use std::io::{Read as _, Write as _};
    ///
    /// let metrics = Metrics::new().serve("127.0.0.1:0".parse()?)?;
    /// let metrics = install_listener("docs:serve", metrics);
    ///
    /// let mut scraper = std::net::TcpStream::connect(metrics.address().unwrap())?;
    /// scraper.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    /// let mut response = String::new();
    /// scraper.read_to_string(&mut response)?;
    /// assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    /// assert!(response.contains("# TYPE event_calls_total counter\n"), "{response}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serve(mut self, address: SocketAddr) -> io::Result<Self> {
        let server = Server::start(address, Arc::clone(&self.calls)).map_err(|error| {
            let text = format!("cannot serve metrics at {address}: {error}");
            io::Error::new(error.kind(), text)
        })?;
        self.served = Some(server.address());
        lock(&self.outputs).server = Some(server);
        Ok(self)
    }

    /// Returns the address at which the metrics are served.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.served
    }

    /// Returns the same metrics, which are written into a file at `interval` and when the listener
    /// is dropped, in the text format of Prometheus.
    ///
    /// The file is replaced once the new one is complete, as the textfile collector of
    /// `node_exporter` requires. If writing fails, a warning is printed on stderr. A relative path
    /// is relative to the current directory at this call.
    ///
    /// # Errors
    ///
    /// Returns an error if the file, or its directory, cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use event_core::{install_listener, trigger_event};
    /// use event_export::Metrics;
    /// use std::time::Duration;
    ///
    /// # let directory = std::env::temp_dir().join(format!("metrics-docs-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// let path = directory.join("program.prom");
    /// let metrics = Metrics::new().to_file(&path, Duration::from_secs(15))?;
    /// let metrics = install_listener("docs:metrics_file", metrics);
    /// trigger_event("docs:metrics_file", (), || {});
    /// drop(metrics);
    /// let text = std::fs::read_to_string(&path)?;
    /// assert!(text.contains("# TYPE event_calls_total counter"), "{text}");
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_file(self, path: impl AsRef<Path>, interval: Duration) -> io::Result<Self> {
        let file = OutputFile::new(path.as_ref())?;
        let file = MetricsFile::start(file, interval, Arc::clone(&self.calls))?;
        lock(&self.outputs).file = Some(file);
        Ok(self)
    }

    /// Returns the metrics so far as `OpenMetrics` text, for an HTTP server of the program. The
    /// type of the response is [`CONTENT_TYPE`](Self::CONTENT_TYPE). In a forked process there are
    /// no metrics.
    #[must_use]
    pub fn text(&self) -> String {
        if !self.owner.is_current() {
            return Snapshot::empty().into_text(TextFormat::OpenMetrics);
        }
        // A signal handler on this thread would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        self.calls.snapshot().into_text(TextFormat::OpenMetrics)
    }
}

impl Listener for Metrics {
    fn on_start(&self, event: &Event<'_>) {
        if self.owner.receives() && !event.is_mark() {
            self.calls.start(event);
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        if self.owner.receives() && !event.is_mark() {
            self.calls.end(event);
        }
    }

    fn wants_data(&self) -> bool {
        false
    }

    fn wants_duration(&self) -> bool {
        true
    }
}

impl Exporter for Metrics {
    /// Writes the metrics so far into the file, if there is one.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written.
    fn flush(&self) -> io::Result<()> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        // A signal handler on this thread would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        match &lock(&self.outputs).file {
            Some(file) => file.write(),
            None => Ok(()),
        }
    }

    fn finish(&self) {
        if !self.owner.is_current() {
            return;
        }
        self.last_write.once(|| {
            let _suppress = event_core::__private::suppress_events();
            let Outputs { server, file } = std::mem::take(&mut *lock(&self.outputs));
            drop(server);
            let Some(mut file) = file else {
                return Ok(());
            };
            file.stop(); // a write of the thread must not replace the last one
            file.write()
        });
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        if !self.owner.is_current() {
            // The threads run only in the parent process, so they must not be joined here.
            let outputs = self.outputs.get_mut();
            let Outputs { server, file } =
                outputs.unwrap_or_else(std::sync::PoisonError::into_inner);
            server.iter_mut().for_each(Server::forget_thread);
            file.iter_mut().for_each(MetricsFile::forget_thread);
        }
        self.finish();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("served", &self.served)
            .finish_non_exhaustive()
    }
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    if let Some(address) = spec.take_address()? {
        spec.finish(&[])?;
        return Ok(ExporterPlan::at_address(address, move |address| {
            Metrics::new().serve(address)
        }));
    }
    let interval = spec.seconds("every")?.unwrap_or(INTERVAL);
    let Some(path) = spec.optional_path("metrics.prom", &["prom"])? else {
        let why = "it needs an address or a file, as in `metrics=127.0.0.1:9464` or \
                   `metrics=metrics.prom`";
        return Err(SpecError(why.to_owned()));
    };
    spec.finish(&["every"])?;
    Ok(ExporterPlan::to_file(path, move |path| {
        Metrics::new().to_file(path, interval)
    }))
}
