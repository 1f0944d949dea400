//! A listener that hides values by their keys before another listener reads them.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::sync::Arc;

use event_core::{Data, Event, EventId, EventStatus, Field, Listener, NameFilter, Value};

use crate::exporter::Exporter;

mod seen_keys;

pub(crate) use seen_keys::SeenKeys;

/// Passes events on to a listener, with [`Value::REDACTED`] in place of secret values.
///
/// A value is secret if its key matches a [`NameFilter`], such as `password,*token*`. Upper and
/// lower case of ASCII letters are the same. In a [nested](Value::nested) value each key counts by
/// itself. `return` is the key of a returned value, and `message` that of a message.
///
/// In `EVENT_REDACT`, the filter applies to all exporters that `EVENT_EXPORT` installs.
///
/// # Limits
///
/// Only keys are compared. A secret in other text, such as the `Debug` of a struct or the message
/// of an error, is not found. The arguments `redact` and `skip` of the attribute keep a value from
/// every listener, and from being formatted.
///
/// # Examples
///
/// ```
/// use event_core::{RecordingListener, data, install_listener, trigger_event};
/// use event_export::Redacted;
///
/// let secrets = "password,*token*,!token_count";
/// let recorder = Redacted::new(secrets, RecordingListener::new());
/// let recorder = install_listener("docs:redacted", recorder);
/// let login = data! { user = "me", api_token = "x7", token_count = 1 };
/// trigger_event("docs:redacted", login, || {});
/// assert_eq!(
///     recorder.lines()[0],
///     r#"START docs:redacted user="me" api_token=[redacted] token_count=1"#,
/// );
/// ```
pub struct Redacted<L> {
    keys: NameFilter,
    /// Where the keys of the events are recorded.
    seen: Option<Arc<SeenKeys>>,
    listener: L,
}

impl<L: Listener> Redacted<L> {
    /// Returns a listener that passes events on to `listener` without the values of `keys`.
    ///
    /// # Panics
    ///
    /// Panics if `keys` is not a valid [`NameFilter`].
    #[track_caller]
    pub fn new(keys: impl Into<NameFilter>, listener: L) -> Self {
        Self {
            keys: keys.into(),
            seen: None,
            listener,
        }
    }

    /// Records the keys of the events in `seen`.
    pub(crate) fn with_seen_keys(self, seen: Arc<SeenKeys>) -> Self {
        Self {
            seen: Some(seen),
            ..self
        }
    }
}

impl<L> Redacted<L> {
    /// Returns the fields of `data` without secrets; `None` if it has no secrets.
    fn redact<'d>(&self, data: &'d Data<'_>) -> Option<Vec<Field<'d>>> {
        if !data.iter().any(|(key, value)| self.has_secret(key, value)) {
            return None;
        }
        let fields = data.iter();
        let fields = fields.map(|(key, value)| Field::new(key, self.without_secrets(key, value)));
        Some(fields.collect())
    }

    fn has_secret(&self, key: &str, value: &Value<'_>) -> bool {
        let has_secret_inside = |data: Data<'_>| {
            let mut fields = data.iter();
            fields.any(|(key, value)| self.has_secret(key, value))
        };
        self.keys.matches_ignoring_case(key) || value.to_data().is_some_and(has_secret_inside)
    }

    fn without_secrets<'d>(&self, key: &str, value: &Value<'d>) -> Value<'d> {
        if self.keys.matches_ignoring_case(key) {
            return Value::REDACTED;
        }
        let nested = value.to_data();
        let nested = nested.as_ref().and_then(|data| self.redact(data));
        nested.map_or_else(|| value.clone(), |fields| Value::nested(Data::new(&fields)))
    }
}

impl<L: Listener> Listener for Redacted<L> {
    fn on_start(&self, event: &Event<'_>) {
        self.notify(event);
    }

    fn on_end(&self, event: &Event<'_>) {
        self.notify(event);
    }

    fn notify(&self, event: &Event<'_>) {
        if let Some(seen) = &self.seen {
            seen.add(event.data());
        }
        match self.redact(event.data()) {
            None => self.listener.notify(event),
            Some(fields) => {
                event.with_replaced_data(&fields, |event| self.listener.notify(event));
            }
        }
    }

    fn wants_data(&self) -> bool {
        self.listener.wants_data()
    }

    fn wants_end_data(&self) -> bool {
        self.listener.wants_end_data()
    }

    fn wants_duration(&self) -> bool {
        self.listener.wants_duration()
    }

    fn on_poll(&self, future: EventId, status: EventStatus) {
        self.listener.on_poll(future, status);
    }

    fn wants_polls(&self) -> bool {
        self.listener.wants_polls()
    }
}

impl<E: Exporter> Exporter for Redacted<E> {
    fn flush(&self) -> io::Result<()> {
        self.listener.flush()
    }

    fn finish(&self) {
        self.listener.finish();
    }

    fn finish_forked(&self) {
        self.listener.finish_forked();
    }
}

impl<L> Deref for Redacted<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.listener
    }
}

impl<L: fmt::Debug> fmt::Debug for Redacted<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redacted")
            .field("keys", &self.keys)
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}
