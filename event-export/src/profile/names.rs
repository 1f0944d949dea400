//! The name of an event in outputs.
//!
//! An event may carry a name of its own, `data["name"]`, as Numba's passes do.

use std::borrow::Cow;

use event_core::{Event, Site, Value};

/// Returns the event's own name, else its function, else its kind.
pub(crate) fn title<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    match own_name(event) {
        Some(name) => name,
        None => function_or_kind(event),
    }
}

/// Returns the event's function. For Numba's events, and for events without a function, returns the
/// [`title`].
///
/// Unlike the [`title`], this name is the same for all calls of a function: it ignores an argument
/// `name`.
pub(crate) fn function<'e>(event: &'e Event<'_>) -> Cow<'e, str> {
    if is_of_site(event) {
        function_or_kind(event)
    } else {
        title(event)
    }
}

/// Returns whether the event is named after its function, regardless of its data. The site of an
/// `open_event` is not a function.
pub(crate) fn is_of_site(event: &Event<'_>) -> bool {
    let is_function = |site: &Site| !site.module_path().is_empty();
    event.site().is_some_and(is_function) && !event.kind().as_str().starts_with("numba:")
}

fn own_name<'e>(event: &'e Event<'_>) -> Option<Cow<'e, str>> {
    let name = event.data().get("name").and_then(Value::to_str)?;
    (!name.is_empty()).then_some(Cow::Borrowed(name))
}

/// Returns the name of the function, or of the kind if there is none.
pub(crate) fn function_or_kind(event: &Event<'_>) -> Cow<'static, str> {
    let kind = event.kind();
    Cow::Borrowed(event.site().map_or(kind.as_str(), |site| site.function()))
}
