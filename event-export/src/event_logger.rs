//! Records of the `log` crate as events.

use std::cell::Cell;
use std::fmt;

use event_core::{Data, EventData, Field, Value};
use log::kv::{self, Key, VisitSource};
use log::{LevelFilter, Log, Metadata, Record, SetLoggerError};

use crate::log_names::{Names, kind_of};
use crate::log_places;
use crate::profile::names::key_beside_message;

/// A logger that broadcasts the records of the [`log`] crate as events.
///
/// A record is a START and an END at one time, of the kind `log:` and the target; control
/// characters, invisible ones and `*` become `_`. The data is the text as `message`, the level as
/// `level`, then the key-values with their types. A key-value called `message` or `level` has the
/// key `fields.message` or `fields.level`. The Chrome trace and the report show records as
/// marks in the scope around them; other outputs leave them out.
///
/// Another logger receives the records, too, if there is one: see
/// [`forwarding_to`](Self::forwarding_to). Records that [`LogRecords`](crate::LogRecords) makes of
/// events go only there, since they are events already.
///
/// A program has one logger, so set up this one instead of another. After 4,096 targets the kind is
/// `log:(other)`, and after 4,096 keys further key-values are left out. The first 4,096 places in
/// the source are the file and line of the event's [`Site`](event_core::Site).
///
/// # Examples
///
/// ```
/// use event_core::install_recorder;
/// use event_export::EventLogger;
///
/// EventLogger::new().install(log::LevelFilter::Info)?;
/// let recorder = install_recorder("log:*");
/// log::info!(target: "docs", "2 files");
/// assert_eq!(recorder.lines(), [
///     r#"START log:docs message="2 files" level="INFO""#,
///     r#"END log:docs message="2 files" level="INFO""#,
/// ]);
/// # Ok::<(), log::SetLoggerError>(())
/// ```
#[derive(Default)]
pub struct EventLogger {
    next: Option<Box<dyn Log>>,
}

thread_local! {
    /// Whether a listener is making a record of an event.
    static FROM_EVENT: Cell<bool> = const { Cell::new(false) };
}

/// Marks the records of this thread as made of events, until the returned guard is dropped.
pub(crate) fn from_event() -> FromEvent {
    FromEvent(FROM_EVENT.replace(true))
}

/// Returns whether a record of this thread is made of an event.
pub(crate) fn is_from_event() -> bool {
    FROM_EVENT.get()
}

pub(crate) struct FromEvent(bool);

impl Drop for FromEvent {
    fn drop(&mut self) {
        FROM_EVENT.set(self.0);
    }
}

impl EventLogger {
    /// Returns a logger that only broadcasts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a logger that also passes each record on to `logger`, if that is enabled for it.
    #[must_use]
    pub fn forwarding_to(logger: impl Log + 'static) -> Self {
        Self {
            next: Some(Box::new(logger)),
        }
    }

    /// Makes this the logger of the program, for records up to `level`.
    ///
    /// # Errors
    ///
    /// Returns an error if the program has a logger already.
    pub fn install(self, level: LevelFilter) -> Result<(), SetLoggerError> {
        log::set_boxed_logger(Box::new(self))?;
        log::set_max_level(level);
        Ok(())
    }

    fn next_for(&self, metadata: &Metadata<'_>) -> Option<&dyn Log> {
        let next = self.next.as_deref();
        next.filter(|next| next.enabled(metadata))
    }
}

impl Log for EventLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !FROM_EVENT.get() || self.next_for(metadata).is_some()
    }

    fn log(&self, record: &Record<'_>) {
        if let Some(next) = self.next_for(record.metadata()) {
            next.log(record);
        }
        if !FROM_EVENT.get() {
            let place = record.file().zip(record.line());
            log_places::broadcast(kind_of(record.target()), place, RecordData(record));
        }
    }

    fn flush(&self) {
        if let Some(next) = &self.next {
            next.flush();
        }
    }
}

impl fmt::Debug for EventLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLogger")
            .field("is_forwarding", &self.next.is_some())
            .finish()
    }
}

fn key_of(key: &str) -> Option<&'static str> {
    static KEYS: Names<&'static str> = Names::new();
    if let Some(key) = key_beside_message(key) {
        return Some(key);
    }
    KEYS.get(key, || Box::leak(Box::from(key)))
}

/// The data of a record.
struct RecordData<'r>(&'r Record<'r>);

impl EventData for RecordData<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        let Self(record) = self;
        let mut fields = Fields(vec![
            Field::new("message", Value::displayed(record.args())),
            Field::new("level", Value::from(record.level().as_str())),
        ]);
        let _ = record.key_values().visit(&mut fields); // a source that fails has no more pairs
        f(Data::new(&fields.0))
    }
}

struct Fields(Vec<Field<'static>>);

impl<'k> VisitSource<'k> for Fields {
    fn visit_pair(&mut self, key: Key<'k>, value: kv::Value<'k>) -> Result<(), kv::Error> {
        if let Some(key) = key_of(key.as_str()) {
            self.0.push(Field::new(key, typed(&value)));
        }
        Ok(())
    }
}

/// Returns the value with its type, or else its text.
fn typed(value: &kv::Value<'_>) -> Value<'static> {
    let integer = || {
        let int = value.to_i64().map(Value::from);
        int.or_else(|| value.to_u64().map(Value::from))
            .or_else(|| value.to_i128().map(Value::from))
            .or_else(|| value.to_u128().map(Value::from))
    };
    let text = || {
        value
            .to_borrowed_str()
            .map(|text| Value::from(text).into_owned())
    };
    let boolean = value.to_bool().map(Value::from);
    boolean
        .or_else(integer)
        .or_else(|| value.to_f64().map(Value::from))
        .or_else(|| value.to_char().map(Value::from))
        .or_else(text)
        .unwrap_or_else(|| Value::displayed(value))
}
