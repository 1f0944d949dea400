//! The picture: an SVG by `inferno`, interactive in a browser.

use std::fmt::Write;
use std::io;

use inferno::flamegraph::color::{BackgroundColor, PaletteMap, StrokeColor};
use inferno::flamegraph::{Options, TextTruncateDirection, from_lines};

use super::Measure;
use super::colour;
use super::stacks::{self, Stack, Stacks};

/// What is drawn.
#[derive(Debug)]
pub(super) struct Picture<'p> {
    pub(super) title: &'p str,
    pub(super) measure: Measure,
    pub(super) per_thread: bool,
    pub(super) stacks: &'p Stacks,
    pub(super) numbers: &'p [u64],
    /// An earlier run's numbers.
    pub(super) before: Option<&'p [u64]>,
}

impl Picture<'_> {
    pub(super) fn svg(&self) -> io::Result<String> {
        let total: u64 = self.numbers.iter().sum();
        if total == 0 {
            return Ok(self.nothing());
        }
        let unit = self.measure.unit(total);
        let mut options = Options::default();
        title(&mut options, self.title, self.subtitle(total));
        unit.name.clone_into(&mut options.count_name);
        "Call:".clone_into(&mut options.name_type);
        "sans-serif".clone_into(&mut options.font_type);
        options.text_truncate_direction = TextTruncateDirection::Right;
        options.bgcolors = Some(BackgroundColor::Flat(colour::BACKGROUND));
        let mut palette = self.palette();
        options.palette_map = Some(&mut palette);
        if self.before.is_some() {
            // Otherwise what stayed the same, which is white, has no edges.
            options.stroke_color = StrokeColor::Color(colour::EDGE);
        }
        // Not sorted by inferno, which takes `a1` for a neighbour of `a` that comes before `a;b`: drawn as a "chart"
        // they stay in the order in which they are, but for being reversed.
        options.flame_chart = true;
        let lines = if let Some(before) = self.before {
            self.both(before, unit.nanos)
        } else {
            options.factor = 1.0 / unit.nanos_f64();
            self.stacks.folded(|text, stack| {
                if let number @ 1.. = number(self.numbers, stack) {
                    let _ = write!(text, " {number}");
                }
            })
        };
        let mut svg = Vec::new();
        from_lines(&mut options, lines.lines().rev(), &mut svg)?;
        String::from_utf8(svg).map_err(io::Error::other)
    }

    /// The colours of all names: of kinds and functions, but for threads and what is put together here.
    fn palette(&self) -> PaletteMap {
        let mut palette = PaletteMap::default();
        palette.insert("", colour::ALL);
        for (name, is_first) in self.stacks.names() {
            if stacks::is_rest(name) {
                palette.insert(name, colour::REST);
            } else if is_first && self.per_thread {
                palette.insert(name, colour::THREAD);
            } else if palette.get(name).is_none() {
                palette.insert(name, colour::of(name));
            }
        }
        palette
    }

    /// Lines with both numbers, in units, as inferno does not apply its factor to differences. They are rounded by
    /// what comes before them, so that sums are right.
    fn both(&self, before: &[u64], unit: u64) -> String {
        let (mut earlier, mut later) = (Rounded::new(unit), Rounded::new(unit));
        self.stacks.folded(|text, stack| {
            let before = earlier.next(number(before, stack));
            let now = later.next(number(self.numbers, stack));
            if (before, now) != (0, 0) {
                let _ = write!(text, " {before} {now}");
            }
        })
    }

    fn subtitle(&self, total: u64) -> String {
        let stacks = self.numbers.iter().filter(|number| **number > 0).count();
        let now = self.measure.shown(total);
        let stacks = match stacks {
            1 => "1 call stack".to_owned(),
            _ => format!("{stacks} call stacks"),
        };
        let Some(before) = self.before else {
            return format!("{now} in {stacks}");
        };
        let before: u64 = before.iter().sum();
        format!(
            "{now} in {stacks}, {} before; red is more than before, blue is less",
            self.measure.shown(before)
        )
    }

    /// A picture that says that there is nothing, which inferno takes for an error.
    fn nothing(&self) -> String {
        let (title, what) = (escaped(self.title), self.measure.nothing());
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

fn title(options: &mut Options<'_>, title: &str, subtitle: String) {
    title.clone_into(&mut options.title);
    options.subtitle = Some(subtitle);
}

/// A time with three or four digits.
fn short(nanos: u64) -> String {
    let (unit, name) = match nanos {
        0..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (whole, rest) = (nanos / unit, nanos % unit * 1_000 / unit);
    match whole {
        0..10 => format!("{whole}.{rest:03} {name}"),
        10..100 => format!("{whole}.{:02} {name}", rest / 10),
        100..1_000 => format!("{whole}.{} {name}", rest / 100),
        _ => format!("{whole} {name}"),
    }
}

/// The stack's number, of numbers that go as far as was needed.
pub(super) fn number(numbers: &[u64], stack: Stack) -> u64 {
    numbers.get(stack.index()).copied().unwrap_or(0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Numbers in larger units, whose sum is at no point off by more than one half.
struct Rounded {
    unit: u64,
    sum: u64,
    /// What has been given of it.
    given: u64,
}

impl Rounded {
    fn new(unit: u64) -> Self {
        Self {
            unit,
            sum: unit / 2,
            given: 0,
        }
    }

    fn next(&mut self, number: u64) -> u64 {
        self.sum = self.sum.saturating_add(number);
        let next = self.sum / self.unit - self.given;
        self.given += next;
        next
    }
}

/// What numbers are shown in.
pub(super) struct Unit {
    pub(super) name: &'static str,
    nanos: u64,
}

impl Unit {
    #[expect(clippy::cast_precision_loss, reason = "a power of ten, exactly")]
    fn nanos_f64(&self) -> f64 {
        self.nanos as f64
    }
}

impl Measure {
    /// A unit in which a ten-thousandth of `total`, which is just not drawn, is one or more.
    fn unit(self, total: u64) -> Unit {
        let (name, nanos) = match (self, total) {
            (Self::Count, _) => ("calls", 1),
            (Self::Time, ..10_000_000) => ("ns", 1),
            (Self::Time, ..10_000_000_000) => ("µs", 1_000),
            (Self::Time, _) => ("ms", 1_000_000),
        };
        Unit { name, nanos }
    }

    fn shown(self, total: u64) -> String {
        match self {
            Self::Count if total == 1 => "1 call".to_owned(),
            Self::Count => format!("{total} calls"),
            Self::Time => short(total),
        }
    }

    fn nothing(self) -> &'static str {
        match self {
            Self::Count => "Nothing to draw: no event was heard",
            Self::Time => "Nothing to draw: no event was heard that took time",
        }
    }
}
