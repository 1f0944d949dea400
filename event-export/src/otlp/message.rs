//! Spans as messages of the OpenTelemetry protocol.

use event_core::Site;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use super::config::{Config, SERVICE_NAME, set};
use super::ids::IdKeys;
use super::part_reader::{Failure, PartReader, SpanParts, add, attribute, with_value};
use super::record::{Parent, Record, SpanRef};
use crate::context::fields::SAMPLED;
use crate::process;
use crate::profile::names;

/// The flag that the next flag is known.
const HAS_IS_REMOTE: u32 = 0x100;
/// The flag that the parent is a span of another process.
const IS_REMOTE: u32 = 0x200;

/// Returns the message of a span with the ids of `keys`. `unix_nanos` converts a time of this
/// process.
pub(super) fn span(
    span: SpanRef<'_>,
    keys: &IdKeys,
    thread_name: Option<&str>,
    unix_nanos: impl Fn(u64) -> u64,
) -> Span {
    let record = span.record;
    let mut parts = PartReader(span.bytes).span(span.fields, &unix_nanos);
    let end = unix_nanos(record.end);
    let kind =
        take_text(&mut parts, "otel.kind").map_or(SpanKind::Internal, |kind| span_kind(&kind));
    let name = take_text(&mut parts, "otel.name").or_else(|| own_name(record, &parts));
    let name = name.unwrap_or_else(|| {
        let path = record.source.site().map(Site::path);
        path.unwrap_or(record.source.kind().as_str()).to_owned()
    });
    let mut attributes = parts.attributes;
    for attribute in about_code(record, thread_name) {
        add(&mut attributes, attribute, false);
    }
    let mut events = parts.messages;
    let status = parts.failure.map(|failure| {
        let (status, event) = failed(failure, end, &mut attributes);
        events.extend(event);
        status
    });
    Span {
        trace_id: record.trace(keys).to_be_bytes().into(),
        span_id: keys.span(record.id).to_be_bytes().into(),
        trace_state: state(record),
        parent_span_id: parent(record, keys),
        flags: flags(record),
        name,
        kind: kind.into(),
        start_time_unix_nano: unix_nanos(record.start),
        end_time_unix_nano: end,
        attributes,
        dropped_attributes_count: parts.dropped_attributes,
        events,
        dropped_events_count: record.counts.dropped_messages,
        status,
        ..Span::default()
    }
}

fn parent(record: &Record, keys: &IdKeys) -> Vec<u8> {
    match record.parent {
        Parent::None => Vec::new(),
        Parent::Local(scope) => keys.span(scope).to_be_bytes().into(),
        Parent::Remote(span) => span.to_be_bytes().into(),
    }
}

/// Returns the name in the data of an event that is not named after a function.
fn own_name(record: &Record, parts: &SpanParts) -> Option<String> {
    if record.source.site().is_some_and(names::is_function) {
        return None;
    }
    let name = parts.attributes.iter().find(|it| it.key == "name")?;
    match name.value.as_ref()?.value.as_ref()? {
        Value::StringValue(name) if !name.is_empty() => Some(name.clone()),
        _ => None,
    }
}

fn state(record: &Record) -> String {
    let remote = record.remote.as_ref();
    let state = remote.and_then(|remote| remote.passed_on.state.as_deref());
    state.unwrap_or_default().to_owned()
}

fn flags(record: &Record) -> u32 {
    let is_remote = match record.parent {
        Parent::Remote(_) => IS_REMOTE,
        Parent::None | Parent::Local(_) => 0,
    };
    let flags = SAMPLED | record.remote.as_ref().map_or(0, |remote| remote.flags);
    u32::from(flags) | HAS_IS_REMOTE | is_remote
}

/// Removes the attribute `key` if it is a text.
fn take_text(parts: &mut SpanParts, key: &str) -> Option<String> {
    let attributes = &mut parts.attributes;
    let index = attributes
        .iter()
        .position(|attribute| attribute.key == key)?;
    match attributes.remove(index).value?.value? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn span_kind(name: &str) -> SpanKind {
    match &*name.to_ascii_lowercase() {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

/// Returns the attributes that the semantic conventions ask for: which code ran, and where.
fn about_code(record: &Record, thread_name: Option<&str>) -> Vec<KeyValue> {
    let number = |key, number: u64| {
        with_value(
            key,
            Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX)),
        )
    };
    let mut attributes = Vec::with_capacity(7);
    attributes.push(attribute("event.kind", record.source.kind().as_str()));
    if let Some(site) = record.source.site() {
        if !site.module_path().is_empty() {
            let function = format!("{}::{}", site.module_path(), site.path());
            attributes.push(attribute("code.function.name", function));
        }
        attributes.push(attribute("code.file.path", site.file()));
        attributes.push(number("code.line.number", site.line().into()));
    }
    attributes.push(number("thread.id", record.thread));
    attributes.extend(thread_name.map(|name| attribute("thread.name", name)));
    if record.is_unfinished {
        attributes.push(with_value("event.unfinished", Value::BoolValue(true)));
    }
    attributes
}

/// Returns the status of a failed scope, and its exception. A cancelled future has no exception.
fn failed(failure: Failure, time: u64, attributes: &mut Vec<KeyValue>) -> (Status, Option<Event>) {
    let status = |code: StatusCode, message: &str| Status {
        code: code.into(),
        message: message.to_owned(),
    };
    if failure.cause == "cancelled" {
        attributes.push(with_value("event.cancelled", Value::BoolValue(true)));
        return (status(StatusCode::Unset, ""), None);
    }
    let error_type = attribute("error.type", failure.type_name.clone());
    add(attributes, error_type, false);
    let status = status(StatusCode::Error, &failure.message);
    let fields = [
        ("exception.type", failure.type_name),
        ("exception.message", failure.message),
        ("exception.stacktrace", failure.backtrace),
        ("exception.location", failure.location),
        ("event.cause", failure.cause),
    ];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let event = Event {
        time_unix_nano: time,
        name: "exception".to_owned(),
        attributes: fields.map(|(key, value)| attribute(key, value)).collect(),
        ..Event::default()
    };
    (status, Some(event))
}

/// Returns the resource: the process that the spans are from.
pub(super) fn resource(config: &Config) -> Resource {
    let executable = std::env::current_exe().ok();
    let executable = executable
        .as_deref()
        .and_then(|path| path.file_name()?.to_str());
    let mut attributes = vec![
        ("telemetry.sdk.name".to_owned(), "event-export".to_owned()),
        ("telemetry.sdk.language".to_owned(), "rust".to_owned()),
        (
            "telemetry.sdk.version".to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
    ];
    let name = executable.map(|name| format!("unknown_service:{name}"));
    let name = name.unwrap_or_else(|| "unknown_service".to_owned());
    attributes.push((SERVICE_NAME.to_owned(), name));
    if let Some(executable) = executable {
        attributes.push(("process.executable.name".to_owned(), executable.to_owned()));
    }
    for (key, value) in &config.resource {
        set(&mut attributes, key, value.clone());
    }
    let attributes = attributes
        .into_iter()
        .map(|(key, value)| attribute(&key, value));
    let pid = with_value("process.pid", Value::IntValue(process::id().into()));
    Resource {
        attributes: attributes.chain([pid]).collect(),
        ..Resource::default()
    }
}

/// Returns a request with these spans.
pub(super) fn request(resource: &Resource, spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "event-export".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    ..InstrumentationScope::default()
                }),
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

/// Takes the spans out of a request.
pub(super) fn take_spans(request: &mut ExportTraceServiceRequest) -> Vec<Span> {
    let resources = request.resource_spans.iter_mut();
    let scopes = resources.flat_map(|resource| &mut resource.scope_spans);
    scopes.flat_map(|scope| scope.spans.drain(..)).collect()
}
