//! Writes the calls that are drawn individually.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;
use std::io;

use event_core::EventId;

use crate::report::call::{CallStart, EndedCall, Failure};
use crate::report::collector::Snapshot;
use crate::report::fields::Fields;
use crate::report::json::Json;
use crate::report::thread::ReportThread;

/// How many threads are written whether or not one of their calls is drawn.
const MAX_BUSY_THREADS: usize = 100;

/// A call as it is drawn.
struct DrawnCall<'c> {
    start: &'c CallStart,
    total: u64,
    own: u64,
    /// None for a call that is open.
    ended: Option<&'c EndedCall>,
}

/// Writes the members `threads`, `texts`, `failed`, `open`, `busy`, `traces`, `scopes` and `marks`.
pub(super) fn write(data: &mut Json<'_>, snapshot: &Snapshot, began: u64) -> io::Result<()> {
    let calls = drawn_calls(snapshot);
    let texts = CallTexts::new(&calls, snapshot);
    let busy: HashMap<_, _> = snapshot
        .busy_threads
        .iter()
        .map(|busy| (busy.thread.id, busy.nanos))
        .collect();
    let positions = positions(&calls);
    data.key("threads")?;
    data.arrays(&texts.threads, |json, thread| {
        json.optional_text(thread.name.as_deref())?;
        json.number(thread.system_id)?;
        json.optional(busy.get(&thread.id).copied())
    })?;
    data.key("texts")?;
    data.arrays(&texts.texts, |json, fields| {
        fields.iter().try_for_each(|(key, value)| {
            json.text(key)?;
            json.text(value)
        })
    })?;
    data.key("failed")?;
    data.arrays(failures(&calls), write_failure)?;
    data.key("open")?;
    let open = calls.iter().enumerate();
    let open = open.filter_map(|(position, call)| call.ended.is_none().then_some(position));
    data.numbers(open)?;
    data.key("busy")?;
    let busy = calls.iter().enumerate();
    let busy = busy.filter_map(|(position, call)| Some((position, call.ended?.times.busy?)));
    data.arrays(busy, |json, (position, busy)| {
        json.number(position)?;
        json.number(busy)
    })?;
    data.key("traces")?;
    data.arrays(traces(&calls), |json, (position, trace)| {
        json.number(position)?;
        json.text(trace)
    })?;
    write_columns(data, &calls, &texts, began)?;
    data.key("marks")?;
    let marks = snapshot.marks.iter().zip(&texts.thread_of_mark);
    data.arrays(marks, |json, (mark, thread)| {
        let parent = mark.parent.and_then(|id| positions.get(&id));
        json.number(mark.nanos.saturating_sub(began))?;
        json.number(thread)?;
        json.number(parent.copied().unwrap_or(-1))?;
        json.text(mark.kind.as_str())?;
        json.text(&mark.text)?;
        let position = mark.site.filter(|site| !site.file().is_empty());
        let position = position.map(|site| format!("{}:{}", site.file(), site.line()));
        json.optional_text(position.as_deref())?;
        mark.fields.iter().try_for_each(|(key, value)| {
            json.text(key)?;
            json.text(value)
        })
    })
}

/// Returns the trace of each call that is not in the trace of its parent, or whose parent is not
/// drawn.
fn traces<'c>(calls: &'c [DrawnCall<'c>]) -> impl Iterator<Item = (usize, &'c str)> {
    let positions = positions(calls);
    calls
        .iter()
        .enumerate()
        .filter_map(move |(position, call)| {
            let trace = call.start.trace.as_ref()?;
            let parent = call.start.parent.and_then(|id| positions.get(&id));
            let parent = parent.and_then(|parent| calls.get(usize::try_from(*parent).ok()?));
            let is_inherited =
                parent.is_some_and(|parent| parent.start.trace.as_ref() == Some(trace));
            (!is_inherited).then_some((position, &**trace))
        })
}

/// Returns the position of each call by its id.
fn positions(calls: &[DrawnCall<'_>]) -> HashMap<EventId, i64> {
    let positions = calls.iter().map(|call| call.start.id).zip(0_i64..);
    positions.collect()
}

/// Returns the calls in the order of their STARTs. If calls start at the same time, the outer one
/// comes first.
fn drawn_calls(snapshot: &Snapshot) -> Vec<DrawnCall<'_>> {
    let ended = snapshot.ended.iter().map(|call| DrawnCall {
        start: &call.start,
        total: call.times.total,
        own: call.times.own,
        ended: Some(call),
    });
    let unfinished = snapshot.unfinished.iter().map(|call| DrawnCall {
        start: &call.start,
        total: call.times.total,
        own: call.times.own,
        ended: None,
    });
    let mut calls: Vec<_> = ended.chain(unfinished).collect();
    calls.sort_unstable_by_key(|call| {
        let end = call.start.nanos + call.total;
        (call.start.nanos, Reverse(end), call.start.id)
    });
    calls
}

/// Writes the calls in columns: one array for each property, with one number for each call.
fn write_columns(
    data: &mut Json<'_>,
    calls: &[DrawnCall<'_>],
    texts: &CallTexts<'_>,
    began: u64,
) -> io::Result<()> {
    data.key("scopes")?;
    let mut json = data.inner_object()?;
    json.key("start")?;
    let mut previous = began;
    json.numbers(calls.iter().map(|call| {
        let started = call.start.nanos.max(began);
        started - std::mem::replace(&mut previous, started)
    }))?;
    json.key("total")?;
    json.numbers(calls.iter().map(|call| call.total))?;
    json.key("own")?;
    json.numbers(calls.iter().map(|call| call.own))?;
    json.key("row")?;
    json.numbers(calls.iter().map(|call| call.start.row.index()))?;
    json.key("thread")?;
    json.numbers(&texts.thread_of)?;
    json.key("up")?;
    json.numbers(parents(calls))?;
    json.key("arguments")?;
    json.numbers(&texts.arguments_of)?;
    json.key("result")?;
    json.numbers(&texts.result_of)?;
    json.finish()
}

/// Returns the distance from each call back to its parent; 0 if the parent is not drawn.
fn parents<'d>(calls: &'d [DrawnCall<'_>]) -> impl Iterator<Item = i64> + use<'d> {
    let positions = positions(calls);
    calls.iter().zip(0_i64..).map(move |(call, position)| {
        let parent = call.start.parent.and_then(|id| positions.get(&id));
        parent.map_or(0, |parent| position - parent)
    })
}

fn failures<'c>(calls: &'c [DrawnCall<'c>]) -> impl Iterator<Item = (usize, &'c Failure)> {
    let positions = calls.iter().enumerate();
    positions.filter_map(|(position, call)| Some((position, call.ended?.failure.as_deref()?)))
}

fn write_failure(json: &mut Json<'_>, (position, failure): (usize, &Failure)) -> io::Result<()> {
    json.number(position)?;
    json.text(&failure.cause.to_string())?;
    json.text(failure.type_name)?;
    json.text(&failure.message)?;
    json.optional_text(failure.location.as_deref())?;
    json.optional(group_number(failure))
}

fn group_number(failure: &Failure) -> Option<u64> {
    u64::try_from(failure.group?.index()).ok()
}

/// The distinct threads and texts. Calls refer to them by number.
struct CallTexts<'c> {
    threads: Vec<&'c ReportThread>,
    texts: Vec<&'c Fields>,
    /// The numbers of each call. Texts count from one; zero means no text.
    thread_of: Vec<usize>,
    arguments_of: Vec<usize>,
    result_of: Vec<usize>,
    thread_of_mark: Vec<usize>,
}

impl<'c> CallTexts<'c> {
    fn new(calls: &'c [DrawnCall<'c>], snapshot: &'c Snapshot) -> Self {
        let mut threads = Interned::default();
        let thread = |call: &DrawnCall<'c>| &*call.start.thread;
        let thread_of = calls
            .iter()
            .map(|call| threads.number(thread(call).id, thread(call)));
        let thread_of = thread_of.collect();
        let thread_of_mark = snapshot.marks.iter().map(|mark| &*mark.thread);
        let thread_of_mark = thread_of_mark.map(|thread| threads.number(thread.id, thread));
        let thread_of_mark = thread_of_mark.collect();
        for busy in snapshot.busy_threads.iter().take(MAX_BUSY_THREADS) {
            threads.number(busy.thread.id, &busy.thread); // it may only have polled
        }
        let mut texts = Interned::default();
        let mut number = |fields: &'c Fields| {
            if fields.is_empty() {
                return 0;
            }
            texts.number(fields, fields) + 1
        };
        let arguments_of = calls
            .iter()
            .map(|call| number(&call.start.arguments))
            .collect();
        let results = calls
            .iter()
            .map(|call| call.ended.map(|ended| &ended.result));
        let result_of = results
            .map(|result| result.map_or(0, &mut number))
            .collect();
        Self {
            threads: threads.items,
            texts: texts.items,
            thread_of,
            arguments_of,
            result_of,
            thread_of_mark,
        }
    }
}

/// Distinct items, in the order of their first use.
struct Interned<K, T> {
    numbers: HashMap<K, usize>,
    items: Vec<T>,
}

impl<K, T> Default for Interned<K, T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            items: Vec::new(),
        }
    }
}

impl<K: Eq + Hash, T> Interned<K, T> {
    fn number(&mut self, key: K, item: T) -> usize {
        let items = &mut self.items;
        *self.numbers.entry(key).or_insert_with(|| {
            items.push(item);
            items.len() - 1
        })
    }
}
