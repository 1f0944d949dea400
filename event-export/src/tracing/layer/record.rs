//! Records of the `log` crate that `tracing-log` passes on as messages.
//!
//! It gives them the target `log`, and the properties of the record as fields.

use std::fmt::Debug;

use event_core::{Data, EventData, EventHandle, Field, Value};
use tracing_core::field::{self, Visit};
use tracing_core::{Event, Metadata};

use super::values::Fields;
use crate::log_names::kind_of;
use crate::log_places;

/// The field with the target of a record.
const TARGET: &str = "log.target";

/// Returns whether messages with that `metadata` are records.
pub(super) fn is_record(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "log" && metadata.fields().field(TARGET).is_some()
}

/// Broadcasts a record as `EventLogger` does.
pub(super) fn broadcast(event: &Event<'_>, parent: EventHandle) {
    let mut record = Properties::default();
    event.record(&mut record);
    let kind = kind_of(&record.target);
    let place = record.file.as_deref().zip(record.line);
    parent.run(|| log_places::broadcast(kind, place, RecordData(event)));
}

/// The properties of a record that are fields of the message.
#[derive(Default)]
struct Properties {
    target: String,
    file: Option<String>,
    line: Option<u32>,
}

impl Visit for Properties {
    fn record_str(&mut self, field: &field::Field, value: &str) {
        match field.name() {
            TARGET => value.clone_into(&mut self.target),
            "log.file" => self.file = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        if field.name() == "log.line" {
            self.line = u32::try_from(value).ok();
        }
    }

    fn record_debug(&mut self, _: &field::Field, _: &dyn Debug) {}
}

/// The message, the level, and the fields that are not properties of the record.
struct RecordData<'a>(&'a Event<'a>);

impl EventData for RecordData<'_> {
    fn with_data<R>(self, f: impl FnOnce(Data<'_>) -> R) -> R {
        let level = Value::from(self.0.metadata().level().as_str());
        let fields = Fields::of_message(level, self.0, false).into_iter();
        let own = fields.filter(|field| !field.key().starts_with("log."));
        f(Data::new(&own.collect::<Vec<Field<'_>>>()))
    }
}
