//! The name of an event in outputs.
//!
//! An event may carry a name of its own, `data["name"]`, as Numba's passes do.

use std::borrow::Cow;

#[cfg(any(feature = "log", feature = "layer"))]
use event_core::__private::is_escaped;
#[cfg(any(feature = "log", feature = "layer"))]
use event_core::Kind;
use event_core::{Event, Site, Value};

use super::truncate::LimitedText;

/// Returns the event's own name; none if it has none.
pub(crate) fn own_name<'e>(event: &'e Event<'_>) -> Option<Cow<'e, str>> {
    let name = event.data().get("name").and_then(Value::to_str)?;
    (!name.is_empty()).then_some(Cow::Borrowed(name))
}

/// Identifies the row, frame or name of an event in an output, together with the kind.
#[derive(Debug)]
pub(crate) enum Identity<'e> {
    /// A function, or another place at which scopes start.
    Site(&'static Site),
    /// The event's own name.
    Own(Cow<'e, str>),
    /// The event has neither a site nor a name.
    Kind,
}

impl<'e> Identity<'e> {
    /// Returns the identity of an event. A function's own name is the path; other events may have
    /// one in their data.
    pub(crate) fn of(event: &'e Event<'_>) -> Self {
        let site = event.site();
        let own = || own_name(event).map(Self::Own);
        match site {
            Some(site) if is_function(site) => Self::Site(site),
            Some(site) => own().unwrap_or(Self::Site(site)),
            None => own().unwrap_or(Self::Kind),
        }
    }
}

/// Returns the name of the event's identity: the path of its site, its own name or its kind.
///
/// The name is the same for all calls of a function: it ignores an argument `name`.
pub(crate) fn function<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    match Identity::of(event) {
        Identity::Site(site) => Cow::Borrowed(site.path()),
        Identity::Own(name) => name,
        Identity::Kind => Cow::Borrowed(event.kind().as_str()),
    }
}

/// Returns whether the events of `site` are named after its function, regardless of their data.
///
/// The path of a macro and of an `open_event` is their kind, and Numba's events have names.
#[inline]
pub(crate) fn is_function(site: &Site) -> bool {
    !site.module_path().is_empty() && !site.kind().as_str().starts_with("numba:")
}

/// Returns the kind `bridge:target`; none if it would be invalid. `_` replaces characters that a
/// kind cannot contain.
#[cfg(any(feature = "log", feature = "layer"))]
pub(crate) fn kind_of_target(bridge: &str, target: &str) -> Option<Kind> {
    let is_invalid = |c: char| is_escaped(c) || c == '*';
    let target = target.replace(is_invalid, "_");
    Kind::new(format!("{bridge}:{target}")).ok()
}

/// The key of a message's text.
pub(crate) const MESSAGE: &str = "message";

/// Returns the new key of a field that has the key of a message's text or level. Other fields keep
/// their keys.
#[cfg(any(feature = "log", feature = "layer"))]
pub(crate) fn key_beside_message(key: &str) -> Option<&'static str> {
    match key {
        MESSAGE => Some("fields.message"),
        "level" => Some("fields.level"),
        _ => None,
    }
}

/// The most bytes of a message that is a name.
const MAX_MESSAGE: usize = 200;

/// Returns the text of a message, or its other data if it has no text.
pub(crate) fn message(event: &Event<'_>) -> String {
    let data = event.data();
    let message = data.get(MESSAGE);
    let mut text = LimitedText::new(MAX_MESSAGE);
    match (message.and_then(Value::to_str), message) {
        (Some(message), _) => text.print(format_args!("{message}")),
        (None, Some(message)) => text.print(format_args!("{message}")),
        (None, None) => text.print(format_args!("{data}")),
    }
    text.into_string()
}
