//! The page: its frame, style and script as they stand, and what was heard as JSON.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use event_core::Site;

use super::call::{Began, Ended, Failure};
use super::collector::Picture;
use super::fields::Fields;
use super::json::{Json, NoMarkup};
use super::rows::Row;
use super::stacks::Stack;
use super::thread::Lane;

const HEAD: &str = concat!(
    include_str!("head.html"),
    "<style>\n",
    include_str!("page.css"),
    "</style>\n",
    include_str!("body.html"),
    "<script type=\"application/json\" id=\"data\">",
);

const FOOT: &str = concat!(
    "</script>\n<script nonce=\"event-export\">\n\"use strict\";\n",
    include_str!("base.js"),
    include_str!("data.js"),
    include_str!("details.js"),
    include_str!("canvas.js"),
    include_str!("layout.js"),
    include_str!("overview.js"),
    include_str!("timeline.js"),
    include_str!("input.js"),
    include_str!("flame.js"),
    include_str!("table.js"),
    include_str!("failures.js"),
    include_str!("page.js"),
    "</script>\n",
);

/// When the report was begun and when it is written.
pub(super) struct Times {
    pub(super) date: SystemTime,
    /// These in nanoseconds since this crate's origin.
    pub(super) began: u64,
    pub(super) now: u64,
}

/// A call as it is drawn.
struct Drawn<'p> {
    began: &'p Began,
    total: u64,
    own: u64,
    /// None for one that is still open.
    ended: Option<&'p Ended>,
}

pub(super) fn write(
    to: &mut dyn Write,
    picture: &Picture,
    times: &Times,
    lost: u64,
) -> io::Result<()> {
    to.write_all(HEAD.as_bytes())?;
    let mut json = BufWriter::new(NoMarkup(to)); // which is looked through in large pieces
    let mut data = Json::object(&mut json)?;
    write_header(&mut data, picture, times, lost)?;
    data.key("rows")?;
    data.arrays(&picture.rows, write_row)?;
    data.key("stacks")?;
    write_stacks(&mut data, &picture.stacks)?;
    write_drawn(&mut data, &drawn(picture), times.began)?;
    data.finish()?;
    json.flush()?;
    drop(json);
    to.write_all(FOOT.as_bytes())
}

fn write_header(
    data: &mut Json<'_>,
    picture: &Picture,
    times: &Times,
    lost: u64,
) -> io::Result<()> {
    let program = std::env::current_exe().ok();
    let program = program.as_ref().and_then(|path| path.file_name());
    data.key("program")?;
    data.optional_text(program.map(|name| name.to_string_lossy()).as_deref())?;
    let since = times.date.duration_since(UNIX_EPOCH).unwrap_or_default();
    for (key, number) in [
        ("pid", std::process::id().into()),
        ("date", u64::try_from(since.as_millis()).unwrap_or_default()),
        ("duration", times.now.saturating_sub(times.began)),
        ("calls", picture.calls),
        ("undrawn", picture.undrawn),
        ("longestUndrawn", picture.longest_undrawn),
        ("failures", picture.failures),
        ("lost", lost),
    ] {
        data.key(key)?;
        data.number(number)?;
    }
    Ok(())
}

/// Names, place, counts, times.
fn write_row(json: &mut Json<'_>, row: &Row) -> io::Result<()> {
    let place = |site: &Site| format!("{}:{}", site.file(), site.line());
    json.text(row.kind.as_str())?;
    json.text(&row.name)?;
    json.optional_text(row.site.map(Site::module_path))?;
    json.optional_text(row.site.map(place).as_deref())?;
    json.number(u8::from(row.site.is_some_and(Site::is_async)))?;
    let stats = &row.stats;
    let is_over = stats.calls > 0;
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
        json.optional(is_over.then(|| stats.quantile(quantile)))?;
    }
    json.optional(is_over.then_some(stats.max))
}

fn write_stacks(data: &mut Json<'_>, stacks: &[Stack]) -> io::Result<()> {
    let mut json = data.inner_object()?;
    json.key("row")?;
    json.numbers(stacks.iter().map(|stack| signed(stack.row)))?;
    json.key("below")?;
    json.numbers(stacks.iter().map(|stack| signed(stack.below)))?;
    json.key("calls")?;
    json.numbers(stacks.iter().map(|stack| stack.calls))?;
    json.key("own")?;
    json.numbers(stacks.iter().map(|stack| stack.own))?;
    json.finish()
}

/// The number that stands for none becomes -1.
fn signed(number: u32) -> i64 {
    if number == u32::MAX {
        -1
    } else {
        number.into()
    }
}

/// In the order of their starts; of those that start together the outer one comes first.
fn drawn(picture: &Picture) -> Vec<Drawn<'_>> {
    let ended = picture.ended.iter().map(|call| Drawn {
        began: &call.began,
        total: call.total,
        own: call.own,
        ended: Some(call),
    });
    let open = picture.open.iter().map(|scope| Drawn {
        began: &scope.began,
        total: scope.total,
        own: scope.own,
        ended: None,
    });
    let mut drawn: Vec<_> = ended.chain(open).collect();
    drawn.sort_unstable_by_key(|call| {
        let end = call.began.started + call.total;
        (call.began.started, std::cmp::Reverse(end), call.began.id)
    });
    drawn
}

fn write_drawn(data: &mut Json<'_>, drawn: &[Drawn<'_>], began: u64) -> io::Result<()> {
    let mut lanes = Numbered::default();
    let lane_of: Vec<_> = drawn
        .iter()
        .map(|call| lanes.number(call.began.lane.id, &*call.began.lane))
        .collect();
    let mut texts = Texts::default();
    let arguments: Vec<_> = drawn
        .iter()
        .map(|call| texts.number(&call.began.arguments))
        .collect();
    let results: Vec<_> = drawn
        .iter()
        .map(|call| call.ended.map_or(0, |ended| texts.number(&ended.result)))
        .collect();
    data.key("threads")?;
    data.arrays(lanes.items, |json, lane: &Lane| {
        json.optional_text(lane.name.as_deref())?;
        json.number(lane.system_id)
    })?;
    data.key("texts")?;
    data.arrays(texts.0.items, |json, fields| {
        fields.iter().try_for_each(|(key, value)| {
            json.text(key)?;
            json.text(value)
        })
    })?;
    data.key("failed")?;
    data.arrays(failures(drawn), write_failure)?;
    data.key("open")?;
    let places = drawn.iter().enumerate();
    data.numbers(places.filter_map(|(place, call)| call.ended.is_none().then_some(place)))?;
    data.key("scopes")?;
    let mut json = data.inner_object()?;
    json.key("start")?;
    let mut before = began;
    json.numbers(drawn.iter().map(|call| {
        let started = call.began.started.max(began);
        started - std::mem::replace(&mut before, started)
    }))?;
    json.key("total")?;
    json.numbers(drawn.iter().map(|call| call.total))?;
    json.key("own")?;
    json.numbers(drawn.iter().map(|call| call.own))?;
    json.key("row")?;
    json.numbers(drawn.iter().map(|call| call.began.row))?;
    json.key("thread")?;
    json.numbers(lane_of)?;
    json.key("up")?;
    json.numbers(parents(drawn))?;
    json.key("arguments")?;
    json.numbers(arguments)?;
    json.key("result")?;
    json.numbers(results)?;
    json.finish()
}

/// How many places before each call its parent is; 0, where it is not drawn.
fn parents<'d>(drawn: &'d [Drawn<'_>]) -> impl Iterator<Item = i64> + use<'d> {
    let places = drawn.iter().map(|call| call.began.id).zip(0_i64..);
    let places: HashMap<_, _> = places.collect();
    drawn.iter().zip(0_i64..).map(move |(call, place)| {
        let parent = call.began.parent.and_then(|parent| places.get(&parent));
        parent.map_or(0, |parent| place - parent)
    })
}

fn failures<'p>(drawn: &'p [Drawn<'p>]) -> impl Iterator<Item = (usize, &'p Failure)> {
    let places = drawn.iter().enumerate();
    places.filter_map(|(place, call)| Some((place, call.ended?.failure.as_deref()?)))
}

fn write_failure(json: &mut Json<'_>, (place, failure): (usize, &Failure)) -> io::Result<()> {
    json.number(place)?;
    json.text(&failure.cause.to_string())?;
    json.text(failure.type_name)?;
    json.text(&failure.message)?;
    json.optional_text(failure.location.as_deref())
}

/// Things that are written once and then go by their number.
struct Numbered<K, T> {
    numbers: HashMap<K, usize>,
    items: Vec<T>,
}

impl<K, T> Default for Numbered<K, T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            items: Vec::new(),
        }
    }
}

impl<K: Eq + std::hash::Hash, T> Numbered<K, T> {
    fn number(&mut self, key: K, item: T) -> usize {
        let items = &mut self.items;
        *self.numbers.entry(key).or_insert_with(|| {
            items.push(item);
            items.len() - 1
        })
    }
}

/// Keys and values, one behind the other, from number one; zero is none at all.
#[derive(Default)]
struct Texts<'p>(Numbered<&'p Fields, &'p Fields>);

impl<'p> Texts<'p> {
    fn number(&mut self, fields: &'p Fields) -> usize {
        if fields.is_empty() {
            return 0;
        }
        self.0.number(fields, fields) + 1
    }
}
