//! Writes a recording: a text, a trace and a report.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use event_core::__private::now_nanos;
use event_core::{Event, Kind, data};

use super::files::Files;
use super::open_scopes::{OpenScope, open_in};
use super::replay::{self, Replayed};
use super::running::Flight;
use super::trigger::Trigger;
use super::utc::utc;
use crate::chrome::ChromeTrace;
use crate::exporter::Exporter;
use crate::profile::clock;
use crate::profile::units;
use crate::report::Report;

/// The kind of the mark that shows the trigger.
const KIND: Kind = Kind::from_static("flight:recording");

/// The facts that each file shows about the recording.
struct Facts<'t> {
    trigger: &'t Trigger,
    /// How many further triggers there were since the last recording.
    others: u64,
    written: SystemTime,
    window: Duration,
    /// How many events were dropped.
    dropped: u64,
    /// The time since which no event is missing, if that is later than the start of the recording.
    complete_since: Option<SystemTime>,
}

/// Writes the files of a recording.
///
/// # Errors
///
/// Returns the system's error if a file cannot be written. Then there are no files.
pub(super) fn write(
    flight: &Flight,
    files: &mut Files,
    trigger: &Trigger,
    others: u64,
) -> io::Result<Vec<PathBuf>> {
    let now = now_nanos();
    let window = flight.window;
    let window_nanos = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
    let from = now.saturating_sub(window_nanos).max(flight.began);
    // Together, so that they show one state of the program.
    let open = open_in(flight);
    let polls = flight.polls.changes();
    let events = flight.recorder.events().map(|(_, event)| event);
    let complete_since = flight
        .recorder
        .complete_since()
        .filter(|since| *since > from);
    let calendar = |nanos| Event::new(KIND, event_core::EventStatus::Start).at_time(nanos);
    let facts = Facts {
        trigger,
        others,
        written: SystemTime::now(),
        window: Duration::from_nanos(now - from),
        dropped: flight.recorder.dropped(),
        complete_since: complete_since.map(|since| calendar(since).system_time()),
    };
    let new = files.next(trigger.reason.word(), facts.written)?;
    fs::write(new.temporary("txt"), text(&facts, &open))?;

    let stopped = clock::stop_at(now);
    let trace = ChromeTrace::to_file(new.temporary("json"))?;
    let began = calendar(from).system_time();
    let report = Report::to_file(new.temporary("html"))?.of_recording(from, began, notes(&facts));
    let replayed = replay::replay(events, polls, from, &[&trace, &report]);
    mark(&facts, &replayed, &trace, &report);
    trace.flush()?;
    drop(trace); // ends the array
    report.write_once()?;
    drop(stopped);
    files.finish(new)
}

/// Shows the trigger at its time, in the scope that caused it.
fn mark(facts: &Facts<'_>, replayed: &Replayed, trace: &ChromeTrace, report: &Report) {
    let trigger = facts.trigger;
    let here = event_core::ThreadId::current();
    let (parent, thread) = match trigger.scope {
        Some((scope, thread)) => (Some(scope), thread),
        None => (None, replayed.last_thread.unwrap_or(here)),
    };
    let data = data! {
        message = format!("flight recording: {trigger}"),
        written = utc(facts.written),
        seconds = facts.window.as_secs_f64(),
        dropped_events = facts.dropped,
        other_triggers = facts.others,
    };
    let mark = Event::mark_at(KIND, (trigger.nanos, thread, parent), data);
    replay::send(&mark, &[trace, report]);
}

/// Returns the notices of the report.
fn notes(facts: &Facts<'_>) -> Vec<String> {
    let mut notes = vec![format!(
        "Flight recording of the last {}, written at {} because {}.",
        duration(facts.window),
        utc(facts.written),
        facts.trigger.because(),
    )];
    notes.extend(lost(facts));
    notes
}

/// Says what is missing.
fn lost(facts: &Facts<'_>) -> Option<String> {
    let since = facts.complete_since?;
    Some(format!(
        "The memory was too small for all of it: before {}, calls are missing ({} events were \
         dropped since the start; the option `memory` is the size for a thread).",
        utc(since),
        units::count(facts.dropped),
    ))
}

fn duration(duration: Duration) -> String {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    units::duration_with_space(nanos, "")
}

/// Returns the contents of the text file.
fn text(facts: &Facts<'_>, open: &[OpenScope]) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}"); // a `String` accepts all
    };
    for note in notes(facts) {
        line(note);
    }
    if facts.others > 0 {
        line(format!(
            "Since the recording before, {} further scopes were slow or panicked.",
            units::count(facts.others)
        ));
    }
    line(String::new());
    line(open_text(open));
    text
}

/// Returns the open scopes, as a tree.
pub(super) fn open_text(open: &[OpenScope]) -> String {
    if open.is_empty() {
        return "No scope is open.".to_owned();
    }
    let mut text = format!("Open scopes: {}", open.len());
    for scope in open {
        let _ = write!(text, "\n{scope}"); // a `String` accepts all
    }
    text
}
