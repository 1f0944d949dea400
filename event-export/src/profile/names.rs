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

/// Returns the path of the event's function. For Numba's events, and for events without a function,
/// returns the event's own name, else its kind.
///
/// The name is the same for all calls of a function: it ignores an argument `name`.
pub(crate) fn function<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    let kind = event.kind().as_str();
    let path = event.site().map_or(kind, Site::path);
    let own = (!is_of_site(event)).then(|| own_name(event)).flatten();
    own.unwrap_or(Cow::Borrowed(path))
}

/// Returns whether the event is named after its function, regardless of its data. The site of an
/// `open_event` is not a function.
pub(crate) fn is_of_site(event: &Event<'_>) -> bool {
    event.site().is_some_and(is_function)
}

/// Returns whether the events of `site` are named after its function.
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
    Kind::new(&format!("{bridge}:{target}")).ok()
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
