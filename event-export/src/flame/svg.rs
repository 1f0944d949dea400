//! The flame graph as an SVG, drawn by `inferno`, interactive in a browser.

use std::fmt::Write;
use std::io;

use inferno::flamegraph::color::{BackgroundColor, PaletteMap, StrokeColor};
use inferno::flamegraph::{Options, TextTruncateDirection, from_lines};

use super::frame_tree::{self, FrameTree, StackTotals};
use super::measure::Measure;
use super::{colour, folded};

/// The contents and the settings of a picture.
#[derive(Debug)]
pub(super) struct Picture<'p> {
    pub(super) title: &'p str,
    pub(super) measure: Measure,
    pub(super) per_thread: bool,
    pub(super) frames: &'p FrameTree,
    pub(super) totals: &'p StackTotals,
    /// The totals of an earlier run.
    pub(super) before: Option<&'p StackTotals>,
}

impl Picture<'_> {
    pub(super) fn svg(&self) -> io::Result<String> {
        let total = self.totals.sum();
        if total == 0 {
            return Ok(self.empty_picture());
        }
        let unit = self.measure.unit(total);
        let mut options = Options::default();
        self.title.clone_into(&mut options.title);
        options.subtitle = Some(self.subtitle(total));
        unit.name.clone_into(&mut options.count_name);
        "Call:".clone_into(&mut options.name_type);
        "sans-serif".clone_into(&mut options.font_type);
        options.text_truncate_direction = TextTruncateDirection::Right;
        options.bgcolors = Some(BackgroundColor::Flat(colour::BACKGROUND));
        let mut palette = self.palette();
        options.palette_map = Some(&mut palette);
        if self.before.is_some() {
            // Unchanged frames are white, and their edges would be, too.
            options.stroke_color = StrokeColor::Color(colour::EDGE);
        }
        // A "chart" keeps the order of the lines, reversed. Inferno's own sorting would put `a1`
        // between `a` and `a;b`.
        options.flame_chart = true;
        let lines = if let Some(before) = self.before {
            self.difference_lines(before, unit.nanos)
        } else {
            options.factor = 1.0 / unit.nanos_f64();
            folded::write_totals(self.frames, self.totals)
        };
        let mut svg = Vec::new();
        from_lines(&mut options, lines.lines().rev(), &mut svg)?;
        String::from_utf8(svg).map_err(io::Error::other)
    }

    /// Returns the colours of all names.
    fn palette(&self) -> PaletteMap {
        let mut palette = PaletteMap::default();
        palette.insert("", colour::ALL);
        for (name, is_first) in self.frames.frames() {
            if frame_tree::is_rest(name) {
                palette.insert(name, colour::REST);
            } else if is_first && self.per_thread {
                palette.insert(name, colour::THREAD);
            } else if palette.get(name).is_none() {
                palette.insert(name, colour::of(name));
            }
        }
        palette
    }

    /// Returns folded stacks with both numbers, divided by `unit`, because inferno does not apply
    /// its factor to differences. The rounding error carries over from line to line, so that sums
    /// are right.
    fn difference_lines(&self, before: &StackTotals, unit: u64) -> String {
        let mut rounded_before = RunningRounding::new(unit);
        let mut rounded_now = RunningRounding::new(unit);
        folded::write(self.frames, |text, stack| {
            let before = rounded_before.next(before.get(stack));
            let now = rounded_now.next(self.totals.get(stack));
            if (before, now) != (0, 0) {
                let _ = write!(text, " {before} {now}");
            }
        })
    }

    fn subtitle(&self, total: u64) -> String {
        let stacks = match self.totals.stacks() {
            1 => "1 call stack".to_owned(),
            stacks => format!("{stacks} call stacks"),
        };
        let now = self.measure.format(total);
        let Some(before) = self.before else {
            return format!("{now} in {stacks}");
        };
        format!(
            "{now} in {stacks}, {} before; red is more than before, blue is less",
            self.measure.format(before.sum())
        )
    }

    /// Returns a picture without frames, which inferno treats as an error.
    fn empty_picture(&self) -> String {
        let title = escape_xml(self.title);
        let what = self.measure.nothing();
        format!(
            r##"<?xml version="1.0" standalone="no"?>
<svg version="1.1" width="100%" height="96" xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" text-anchor="middle">
<rect width="100%" height="100%" fill="#f8f8f8"/>
<text id="title" x="50%" y="24" font-size="17">{title}</text>
<text id="subtitle" x="50%" y="48" font-size="12">{what}</text>
</svg>
"##
        )
    }
}

fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Rounds numbers to a larger unit. Each running sum is off by at most half a unit.
struct RunningRounding {
    unit: u64,
    sum: u64,
    /// The sum of the returned numbers.
    returned: u64,
}

impl RunningRounding {
    fn new(unit: u64) -> Self {
        Self {
            unit,
            sum: unit / 2,
            returned: 0,
        }
    }

    fn next(&mut self, number: u64) -> u64 {
        self.sum = self.sum.saturating_add(number);
        let next = self.sum / self.unit - self.returned;
        self.returned += next;
        next
    }
}
