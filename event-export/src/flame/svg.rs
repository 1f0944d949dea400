//! The flame graph as an SVG, drawn by `inferno`, interactive in a browser.

use std::fmt::Write;
use std::io;

use inferno::flamegraph::color::{PaletteMap, StrokeColor};
use inferno::flamegraph::{Direction, Options, TextTruncateDirection, from_lines};

use super::frame_tree::{self, FrameTree, StackTotals};
use super::measure::Measure;
use super::{colour, folded};

/// Rules after those of inferno, with the colours of the report.
///
/// The frames have light colours and black text. A dark page inverts their lightness.
const STYLE: &str = "
:root { color-scheme:light dark; background:#f6f7f9; }
svg > rect { fill:#f6f7f9; }
svg > text { fill:#1a1e26; }
#subtitle, #matched { fill:#566070; }
#search, #unzoom { fill:#1f55cf; opacity:1; text-decoration:underline; }
@media (prefers-color-scheme: dark) {
:root { background:#14161b; }
svg > rect { fill:#14161b; }
svg > text { fill:#e8eaf0; }
#subtitle, #matched { fill:#a3acbb; }
#search, #unzoom { fill:#8db1ff; }
#frames { filter:invert(1) hue-rotate(180deg); }
}
";

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
        let mut options = Options::default();
        self.title.clone_into(&mut options.title);
        options.subtitle = Some(self.subtitle(total));
        self.measure.unit().clone_into(&mut options.count_name);
        "Call:".clone_into(&mut options.name_type);
        "sans-serif".clone_into(&mut options.font_type);
        options.text_truncate_direction = TextTruncateDirection::Right;
        options.direction = Direction::Inverted;
        options.search_color = colour::FOUND.parse().map_err(io::Error::other)?;
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
            self.difference_lines(before)
        } else {
            folded::write_totals(self.frames, self.totals)
        };
        let mut svg = Vec::new();
        from_lines(&mut options, lines.lines().rev(), &mut svg)?;
        let svg = String::from_utf8(svg).map_err(io::Error::other)?;
        let svg = svg.replacen("</style>", &format!("{STYLE}</style>"), 1);
        Ok(self.with_units(&svg))
    }

    /// Returns the picture with units that are easy to read in the tooltips: inferno writes
    /// `NAME (1,234,567 ns, 12.34%)`.
    fn with_units(&self, svg: &str) -> String {
        const START: &str = "<title>";
        let unit = format!(" {}, ", self.measure.unit());
        let mut parts = svg.split(START);
        let mut text = String::with_capacity(svg.len());
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            text.push_str(START);
            let end = part.find("</title>").unwrap_or(part.len());
            let (title, rest) = part.split_at(end);
            let number = title.rfind(" (").and_then(|at| {
                let (name, number) = title.split_at(at + 2);
                let (number, share) = number.split_once(&unit)?;
                let number = number.replace(',', "").parse().ok()?;
                Some((name, self.measure.format(number), share))
            });
            match number {
                Some((name, number, share)) => {
                    let _ = write!(text, "{name}{number}, {share}"); // a `String` accepts all
                }
                None => text.push_str(title),
            }
            text.push_str(rest);
        }
        text
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

    /// Returns folded stacks with the earlier number and the present one.
    fn difference_lines(&self, before: &StackTotals) -> String {
        folded::write(self.frames, |text, stack| {
            let (before, now) = (before.get(stack), self.totals.get(stack));
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
            "{now} in {stacks}, {} before; red is more, blue is less",
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
<style>{STYLE}</style>
<rect width="100%" height="100%" fill="#f6f7f9"/>
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
