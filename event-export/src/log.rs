//! Events as records of the `log` crate: one for each END.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::time::Duration;

use event_core::__private::{escaped, is_escaped, needs_escapes};
use event_core::{Cause, Event, ExcDetails, Listener, Site, Value};
use log::kv::{self, Key, Source, VisitSource};
use log::{Level, LevelFilter, Metadata, Record};

use crate::event_logger::from_event;
use crate::exporter::Exporter;
use crate::host::alloc::uncounted;
use crate::host::fork::{self, Owner};
use crate::host::presence::BackendPresence;
use crate::host::rivals::{Counted, RECORDS};
use crate::profile::names;
use crate::profile::open_scopes::OpenScopes;
use crate::profile::truncate;
use crate::profile::units;
use crate::spec::{ExportSpec, ExporterPlan, SpecError};

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Trace),
];

/// Writes each END to the program's logger, as one record of the [`log`] crate.
///
/// The record's target is the kind, so a logger's filters (`RUST_LOG=app:=info` of `env_logger`)
/// select kinds by their prefix. Module path, file and line are those of the annotated function.
/// The message contains the [path](Site::path) of the function, the outcome, the duration and the
/// data:
///
/// ```text
/// Parser::token ok in 1.23 ms text="2a" radix=16 return=42
/// parse failed in 15.8 µs text="oops" radix=10: error: invalid digit found in string
/// fetch cancelled in 2.00 s url="…"
/// ```
///
/// The key-values are the data, with their types, then `duration_ns`; a failure also has `error`,
/// its message. If the data has one of these keys, the other one is `duration_ns_` or `error_`.
///
/// The record stays in one line: control characters, also in text of the key-values, are escaped
/// (`\n`, `\u{1b}`).
///
/// Arguments are shown as they were at the START, if success is logged.
///
/// The level is *info* for success, *error* for a panic or an error, *warn* for a cancelled future.
/// A record is formatted only if the logger is enabled for it.
///
/// Messages, which an [`EventLogger`](crate::EventLogger) or an `EventLayer` broadcasts, are left
/// out: they are in a log already.
///
/// In `EVENT_EXPORT`, `log` has the option `level`, which sets the level for success:
/// `log;level=debug`. If several `LogRecords` receive an event, such as one of the program and one
/// of `EVENT_EXPORT`, the first one writes its record. A note on stderr names the kind once. The
/// program must set up a logger itself, before or after the exporter. If no
/// logger was set up while events ended, a warning is printed on stderr at the end.
///
/// # Examples
///
/// ```
/// use event_core::{install_listener, trigger_event};
/// use event_export::LogRecords;
///
/// let log = install_listener("docs:log", LogRecords::new().level(log::Level::Debug));
/// trigger_event("docs:log", (), || {});
/// assert!(format!("{log:?}").contains("Debug"));
/// ```
#[derive(Debug)]
pub struct LogRecords {
    ok: Level,
    failed: Level,
    cancelled: Level,
    /// The values at the START, if success is logged. Formatting a borrowed argument at the END
    /// could wait for a lock whose guard the function returns.
    at_start: OpenScopes<StartValues>,
    logger: BackendPresence,
    owner: Owner,
    _counted: Counted,
}

impl Default for LogRecords {
    fn default() -> Self {
        Self {
            ok: Level::Info,
            failed: Level::Error,
            cancelled: Level::Warn,
            at_start: OpenScopes::default(),
            logger: BackendPresence::default(),
            owner: Owner::current(),
            _counted: RECORDS.count(),
        }
    }
}

pub(crate) fn from_spec(spec: &mut ExportSpec<'_>) -> Result<ExporterPlan, SpecError> {
    let level = spec.choice("level", LEVELS)?.unwrap_or(Level::Info);
    spec.finish(&["level"])?;
    Ok(ExporterPlan::without_file(move || LogRecords {
        logger: BackendPresence::required("`log` in EVENT_EXPORT needs a logger"),
        ..LogRecords::new().level(level)
    }))
}

impl LogRecords {
    /// Returns a listener with the default levels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Logs success at `level`.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { ok: level, ..self }
    }

    /// Logs panics and errors at `level`.
    #[must_use]
    pub fn failed_level(self, level: Level) -> Self {
        Self {
            failed: level,
            ..self
        }
    }

    /// Logs cancelled futures at `level`.
    #[must_use]
    pub fn cancelled_level(self, level: Level) -> Self {
        Self {
            cancelled: level,
            ..self
        }
    }

    fn level_of(&self, event: &Event<'_>) -> Level {
        match event.exc_details().map(ExcDetails::cause) {
            None => self.ok,
            Some(Cause::Cancelled) => self.cancelled,
            Some(_) => self.failed,
        }
    }

    fn log(&self, event: &Event<'_>, at_start: Option<&StartValues>) {
        let logger = log::logger();
        let level = self.level_of(event);
        let target = event.kind().as_str();
        let metadata = Metadata::builder().level(level).target(target).build();
        if !logger.enabled(&metadata) || !RECORDS.claim(event) {
            return;
        }
        let took = event.duration();
        let values = LoggedValues {
            event,
            at_start: at_start.filter(|_| event.carries_start_data()),
        };
        let message = LogMessage { values, took };
        let pairs = KeyValues::new(values, took);
        let site = event.site();
        let module = site.map(Site::module_path);
        let file = site.map(|site| escaped(site.file()));
        let mut record = Record::builder();
        record
            .metadata(metadata)
            .module_path_static(module.filter(|module| !module.is_empty()))
            .line(site.map(Site::line))
            .key_values(&pairs);
        match &file {
            Some(Cow::Owned(file)) => record.file(Some(file)),
            _ => record.file_static(site.map(Site::file)),
        };
        logger.log(&record.args(format_args!("{message}")).build());
    }
}

impl Listener for LogRecords {
    fn on_start(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        let _from_event = from_event();
        let max_level = log::max_level();
        // The END decides the level, so the logger cannot be asked for this level yet.
        if max_level == LevelFilter::Off {
            return;
        }
        if self.ok <= max_level && is_enabled(self.ok, event) {
            let values = StartValues::of(event);
            // A `Debug` may have forked this process.
            if self.owner.receives() {
                self.at_start.insert(event.id(), values);
            }
        }
    }

    fn on_end(&self, event: &Event<'_>) {
        if !self.owner.receives() || event.is_mark() {
            return;
        }
        let _uncounted = uncounted();
        let _from_event = from_event();
        let max_level = log::max_level();
        let has_logger = max_level != LevelFilter::Off;
        self.logger.record(has_logger);
        if !has_logger {
            return;
        }
        event.nanos(); // first, so that no exporter counts the logger's time
        let at_start = self.at_start.remove(event.id());
        if self.level_of(event) <= max_level {
            self.log(event, at_start.as_ref());
        }
    }

    fn wants_duration(&self) -> bool {
        true
    }
}

impl Exporter for LogRecords {
    fn flush(&self) -> io::Result<()> {
        if !self.owner.is_current() {
            return Err(fork::error());
        }
        log::logger().flush();
        Ok(())
    }

    fn finish(&self) {
        if !self.owner.is_current() {
            return;
        }
        log::logger().flush();
        self.logger.finish();
    }
}

/// Returns whether the logger is enabled for records of the event's kind at `level`.
fn is_enabled(level: Level, event: &Event<'_>) -> bool {
    let target = event.kind().as_str();
    log::logger().enabled(&Metadata::builder().level(level).target(target).build())
}

/// The most values of a START that are kept without an allocation.
const MAX_FEW: usize = 4;

/// The values of a START, without their keys.
#[derive(Debug)]
enum StartValues {
    /// The values, before as many absent ones as there is room for.
    Few([Value<'static>; MAX_FEW]),
    Many(Vec<Value<'static>>),
}

impl StartValues {
    fn of(event: &Event<'_>) -> Self {
        let values = event.data().iter();
        let mut values = values.map(|(_, value)| value.clone().into_owned());
        if event.data().len() > MAX_FEW {
            Self::Many(values.collect())
        } else {
            let value = |_| values.next().unwrap_or(Value::NONE);
            Self::Few(std::array::from_fn(value))
        }
    }

    fn as_slice(&self) -> &[Value<'static>] {
        match self {
            Self::Few(values) => values,
            Self::Many(values) => values,
        }
    }
}

/// The data of an END as it is logged.
#[derive(Clone, Copy)]
struct LoggedValues<'e> {
    event: &'e Event<'e>,
    /// The values at the START, in the order of the data.
    at_start: Option<&'e StartValues>,
}

impl<'e> LoggedValues<'e> {
    /// Returns the keys and values: those of the START, unless the END has replaced them.
    fn iter(self) -> impl Iterator<Item = (&'static str, &'e Value<'e>)> {
        let at_start = self.at_start.map_or(&[][..], StartValues::as_slice);
        let start_len = self.event.data().start_len();
        let is_replaced = move |key| self.event.data().added().any(|(added, _)| added == key);
        let values = self.event.data().iter().enumerate();
        values.map(move |(index, (key, value))| {
            let at_start = at_start.get(index);
            let at_start = at_start.filter(|_| index < start_len && !is_replaced(key));
            (key, at_start.unwrap_or(value))
        })
    }
}

/// The text of a record.
struct LogMessage<'e> {
    values: LoggedValues<'e>,
    took: Option<Duration>,
}

impl fmt::Display for LogMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { values, took } = self;
        let event = values.event;
        let exc = event.exc_details();
        let outcome = match exc.map(ExcDetails::cause) {
            None => "ok",
            Some(Cause::Cancelled) => "cancelled",
            Some(_) => "failed",
        };
        write!(f, "{} {outcome}", escaped(&names::function(event)))?;
        if let Some(took) = took {
            let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            write!(f, " in {}", units::duration_with_space(nanos, " "))?;
        }
        for (key, value) in values.iter() {
            write!(f, " {}={value:?}", escaped(key))?;
        }
        match exc {
            Some(exc) if exc.cause() != Cause::Cancelled => write!(f, ": {exc}"),
            _ => Ok(()),
        }
    }
}

/// The key-values of a record.
struct KeyValues<'e> {
    values: LoggedValues<'e>,
    /// The escaped keys; empty if none needs escapes.
    keys: Vec<Cow<'static, str>>,
    took: Option<Duration>,
    error: Option<Cow<'e, str>>,
}

impl<'e> KeyValues<'e> {
    fn new(values: LoggedValues<'e>, took: Option<Duration>) -> Self {
        let keys = || values.iter().map(|(key, _)| key);
        let exc = values.event.exc_details();
        Self {
            values,
            keys: if keys().any(needs_escapes) {
                keys().map(escaped).collect()
            } else {
                Vec::new()
            },
            took,
            error: exc.map(|exc| {
                let message = truncate::with_ellipsis(exc.message(), Value::MAX_TEXT);
                match escaped(&message) {
                    Cow::Owned(escaped) => escaped.into(),
                    Cow::Borrowed(_) => message,
                }
            }),
        }
    }
}

impl KeyValues<'_> {
    /// Returns `key`, or `other` if the data has that key.
    fn own_key(&self, key: &'static str, other: &'static str) -> Key<'static> {
        let is_taken = self.values.iter().any(|(taken, _)| taken == key);
        Key::from_str(if is_taken { other } else { key })
    }
}

impl Source for KeyValues<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        for (index, (key, value)) in self.values.iter().enumerate() {
            let key = self.keys.get(index).map_or(key, |key| &**key);
            let value = typed(value).unwrap_or_else(|| kv::Value::from_display(value));
            visitor.visit_pair(Key::from_str(key), value)?;
        }
        if let Some(took) = self.took {
            let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            visitor.visit_pair(self.own_key("duration_ns", "duration_ns_"), nanos.into())?;
        }
        match &self.error {
            Some(error) => visitor.visit_pair(self.own_key("error", "error_"), (&**error).into()),
            None => Ok(()),
        }
    }
}

/// Returns the value with its type, if `log` supports that type.
fn typed<'e>(value: &'e Value<'_>) -> Option<kv::Value<'e>> {
    if value.is_none() {
        return Some(kv::Value::null());
    }
    // Other text is formatted by `Display`, which truncates and escapes it.
    let is_plain = |text: &&str| text.len() <= Value::MAX_TEXT && !needs_escapes(text);
    let as_text = || value.to_str().filter(is_plain).map(kv::Value::from);
    let is_plain_character = |character: &char| !is_escaped(*character);
    let as_character = || value.to_char().filter(is_plain_character);
    let as_integer = value.to_i64().map(kv::Value::from);
    as_integer
        .or_else(|| value.to_u64().map(kv::Value::from))
        .or_else(|| value.to_i128().map(kv::Value::from))
        .or_else(|| value.to_u128().map(kv::Value::from))
        .or_else(|| value.to_f64().map(kv::Value::from))
        .or_else(|| value.to_bool().map(kv::Value::from))
        .or_else(|| as_character().map(kv::Value::from))
        .or_else(as_text)
}
