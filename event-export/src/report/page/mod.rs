//! The HTML page: its markup, style and scripts, and the data as JSON.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use event_core::Site;

use super::collector::Snapshot;
use super::failure_groups::FailureGroup;
use super::json::{Json, NoMarkup};
use super::rows::Row;
use super::stacks::Stack;
use crate::process;
use crate::profile::row_index::RowId;

mod calls;

const HEAD: &str = concat!(
    include_str!("assets/head.html"),
    "<style>\n",
    include_str!("assets/page.css"),
    "</style>\n",
    include_str!("assets/body.html"),
    "<script type=\"application/json\" id=\"data\">",
);

const FOOT: &str = concat!(
    "</script>\n<script nonce=\"event-export\">\n\"use strict\";\n",
    include_str!("assets/base.js"),
    include_str!("assets/messages.js"),
    include_str!("assets/data.js"),
    include_str!("assets/details.js"),
    include_str!("assets/canvas.js"),
    include_str!("assets/layout.js"),
    include_str!("assets/overview.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/input.js"),
    include_str!("assets/flame.js"),
    include_str!("assets/table.js"),
    include_str!("assets/failures.js"),
    include_str!("assets/answers.js"),
    include_str!("assets/address.js"),
    include_str!("assets/page.js"),
    "</script>\n",
);

/// When the report was created, and what is to be said about it.
pub(super) struct Origin<'r> {
    pub(super) date: SystemTime,
    /// On the scale of the events' times.
    pub(super) began: u64,
    pub(super) notes: &'r [String],
}

pub(super) fn write(
    output: &mut dyn Write,
    snapshot: &Snapshot,
    origin: &Origin<'_>,
    lost: u64,
) -> io::Result<()> {
    output.write_all(HEAD.as_bytes())?;
    let mut json = BufWriter::new(NoMarkup(output)); // so that `NoMarkup` receives large pieces
    let mut data = Json::object(&mut json)?;
    write_header(&mut data, snapshot, origin, lost)?;
    data.key("rows")?;
    let asynchronous = async_rows(snapshot);
    data.arrays(snapshot.rows.iter().enumerate(), |json, (index, row)| {
        write_row(json, row, asynchronous.contains(&index))
    })?;
    data.key("stacks")?;
    write_stacks(&mut data, &snapshot.stacks)?;
    data.key("groups")?;
    data.arrays(&snapshot.groups, |json, group| {
        write_group(json, group, origin.began)
    })?;
    calls::write(&mut data, snapshot, origin.began)?;
    data.finish()?;
    json.flush()?;
    drop(json);
    output.write_all(FOOT.as_bytes())
}

fn write_header(
    data: &mut Json<'_>,
    snapshot: &Snapshot,
    origin: &Origin<'_>,
    lost: u64,
) -> io::Result<()> {
    let program = std::env::current_exe().ok();
    let program = program.as_ref().and_then(|path| path.file_name());
    data.key("program")?;
    data.optional_text(program.map(|name| name.to_string_lossy()).as_deref())?;
    let since = origin.date.duration_since(UNIX_EPOCH).unwrap_or_default();
    for (key, number) in [
        ("pid", process::id().into()),
        ("date", u64::try_from(since.as_millis()).unwrap_or_default()),
        ("duration", snapshot.run_end.saturating_sub(origin.began)),
        ("calls", snapshot.calls),
        ("undrawn", snapshot.undrawn),
        ("longestUndrawn", snapshot.longest_undrawn),
        (
            "failures",
            snapshot.rows.iter().map(|row| row.stats.failed).sum(),
        ),
        (
            "cancelled",
            snapshot.rows.iter().map(|row| row.stats.cancelled).sum(),
        ),
        ("lost", lost),
        ("droppedMarks", snapshot.dropped_marks),
    ] {
        data.key(key)?;
        data.number(number)?;
    }
    data.key("notes")?;
    data.arrays(origin.notes, |json, note| json.text(note))
}

/// Returns the rows with asynchronous calls that are drawn. The row of an open event with a name
/// has no site.
fn async_rows(snapshot: &Snapshot) -> HashSet<usize> {
    let ended = snapshot.ended.iter().map(|call| &call.start);
    let unfinished = snapshot.unfinished.iter().map(|call| &call.start);
    let starts = ended.chain(unfinished).filter(|start| start.is_async);
    starts.map(|start| start.row.index()).collect()
}

/// Writes names, source location, counts, times.
fn write_row(json: &mut Json<'_>, row: &Row, is_async: bool) -> io::Result<()> {
    let identity = &row.identity;
    let location = |site: &Site| format!("{}:{}", site.file(), site.line());
    json.text(identity.kind.as_str())?;
    json.text(&identity.function)?;
    json.optional_text(identity.site.map(Site::module_path))?;
    json.optional_text(identity.site.map(location).as_deref())?;
    let is_async = is_async || identity.site.is_some_and(Site::is_async);
    json.number(u8::from(is_async))?;
    let stats = &row.stats;
    let has_ended_calls = stats.calls > 0;
    for number in [
        stats.calls,
        stats.failed,
        stats.cancelled,
        stats.total,
        stats.own,
    ] {
        json.number(number)?;
    }
    json.optional(stats.mean())?;
    for quantile in [0.5, 0.95, 0.99] {
        json.optional(has_ended_calls.then(|| stats.quantile(quantile)))?;
    }
    json.optional(has_ended_calls.then_some(stats.max))
}

/// Writes function, cause, message, first and last time, and the calls of each function.
fn write_group(json: &mut Json<'_>, group: &FailureGroup, began: u64) -> io::Result<()> {
    json.number(or_minus_one(group.key.row.map(RowId::index)))?;
    json.text(&group.key.cause.to_string())?;
    json.text(&group.key.message)?;
    json.number(group.first.saturating_sub(began))?;
    json.number(group.last.saturating_sub(began))?;
    json.arrays(&group.calls, |json, (row, calls)| {
        json.number(row.index())?;
        json.number(calls)
    })
}

fn write_stacks(data: &mut Json<'_>, stacks: &[Stack]) -> io::Result<()> {
    let mut json = data.inner_object()?;
    json.key("row")?;
    json.numbers(
        stacks
            .iter()
            .map(|stack| or_minus_one(stack.row.map(RowId::index))),
    )?;
    json.key("below")?;
    json.numbers(stacks.iter().map(|stack| or_minus_one(stack.caller)))?;
    json.key("calls")?;
    json.numbers(stacks.iter().map(|stack| stack.calls))?;
    json.key("own")?;
    json.numbers(stacks.iter().map(|stack| stack.own))?;
    json.finish()
}

/// Returns the number, or -1 for none.
fn or_minus_one(number: Option<usize>) -> i64 {
    let number = number.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    number.unwrap_or(-1)
}
