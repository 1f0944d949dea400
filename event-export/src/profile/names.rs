//! What an event is called in a picture.

use std::borrow::Cow;

use event_core::{Event, Site, Value};

/// What the event says it is called (`data["name"]`, as Numba's passes do), else its function, else its
/// kind.
pub(crate) fn title<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    match own_name(event) {
        Some(name) => name,
        None => function_or_kind(event),
    }
}

/// The function that the event is of; what has none, and what Numba broadcasts, is called by its own name.
///
/// Unlike [`title`], it does not take an argument that happens to be called `name` for the function's name, so
/// that it is the same for all calls.
pub(crate) fn function<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    if is_of_site(event) {
        function_or_kind(event)
    } else {
        title(event)
    }
}

/// Whether the event's function is its site, whatever its data says. The place of an `open_event` is no function.
pub(crate) fn is_of_site(event: &Event<'_>) -> bool {
    let is_function = |site: &Site| !site.module_path().is_empty();
    event.site().is_some_and(is_function) && !event.kind().as_str().starts_with("numba:")
}

fn own_name<'e>(event: &'e Event<'_>) -> Option<Cow<'e, str>> {
    let name = event.data().get("name").and_then(Value::to_str)?;
    (!name.is_empty()).then_some(Cow::Borrowed(name))
}

/// The function's name, or the kind's; either stays.
pub(crate) fn function_or_kind(event: &Event<'_>) -> Cow<'static, str> {
    let kind = event.kind();
    Cow::Borrowed(event.site().map_or(kind.as_str(), |site| site.function()))
}
