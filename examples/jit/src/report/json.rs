//! The result, events and timers of a run as one JSON object.

use std::time::SystemTime;

use event_core::{Event, EventStatus};
use serde_json::{Map, Value as Json, json};

use crate::dispatcher::Dispatcher;
use crate::program::Program;
use crate::value::Value;

/// Formats the result, the events and the timers as one line of JSON.
///
/// The key `error` is present only if there is no result.
#[must_use]
pub fn object(
    result: Result<&Value, &String>,
    events: &[(SystemTime, Event<'static>)],
    program: Option<&Program>,
) -> String {
    let mut object = Map::new();
    object.insert("result".into(), result.ok().map(ToString::to_string).into());
    if let Err(error) = result {
        object.insert("error".into(), error.as_str().into());
    }
    let events: Vec<_> = events.iter().map(|(_, recorded)| event(recorded)).collect();
    object.insert("events".into(), events.into());
    object.insert("timers".into(), program.map_or_else(|| json!({}), timers));
    format!("{}\n", Json::Object(object))
}

fn event(event: &Event<'_>) -> Json {
    let status = match event.status() {
        EventStatus::Start => "START",
        EventStatus::End => "END",
    };
    let data: Map<_, _> = event
        .data()
        .iter()
        .map(|(key, value)| (key.to_owned(), data_value(value)))
        .collect();
    let exc = event
        .exc_details()
        .map(|exc| json!({ "type": exc.type_name(), "message": exc.message() }));
    json!({
        "kind": event.kind().as_str(),
        "status": status,
        "thread": event.thread().as_u64(),
        "data": data,
        "failed": event.is_failed(),
        "exc": exc,
    })
}

/// Formats a dispatcher as its function's name, `None` as null and other values as text.
fn data_value(value: &event_core::Value<'_>) -> Json {
    if let Some(dispatcher) = value.downcast_ref::<Dispatcher>() {
        return dispatcher.name().into();
    }
    if value.is_none() {
        return Json::Null;
    }
    value.to_string().into()
}

/// Formats the lock times of each compiled function, in seconds.
fn timers(program: &Program) -> Json {
    let compiled = program.functions().iter().filter_map(|function| {
        if function.overloads().is_empty() {
            return None;
        }
        let timers = function.timers();
        let seconds = json!({
            "compiler_lock": timers.compiler_lock(),
            "llvm_lock": timers.llvm_lock(),
        });
        Some((function.name().to_owned(), seconds))
    });
    Json::Object(compiled.collect())
}
