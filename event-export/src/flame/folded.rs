//! Folded stacks as text: one line for each stack, its frames with `;` between them, then a number.

use std::fmt::Write;

use event_core::__private::escaped;

use super::frame_name;
use super::frame_tree::{Frame, FrameTree, StackTotals};
use crate::profile::call_tree::NodeId;

/// Writes a line for each stack for which `write_number` writes something. Callers come before
/// callees, and callees are sorted by name, so that equal runs give equal text.
pub(super) fn write(
    frames: &FrameTree,
    mut write_number: impl FnMut(&mut String, NodeId),
) -> String {
    let children = frames.sorted_children();
    let mut text = String::new();
    let mut path = String::new();
    // Stacks to write, each with the length of its caller's path.
    let mut pending = vec![(NodeId::ROOT, 0)];
    while let Some((stack, caller_length)) = pending.pop() {
        path.truncate(caller_length);
        if let Some(name) = frames.name(stack) {
            if caller_length > 0 {
                path.push(';');
            }
            path.push_str(name);
            let line_start = text.len();
            text.push_str(&path);
            let number_start = text.len();
            write_number(&mut text, stack);
            if text.len() == number_start {
                text.truncate(line_start);
            } else {
                text.push('\n');
            }
        }
        let callees = children[stack.index()].iter().rev();
        pending.extend(callees.map(|callee| (*callee, path.len())));
    }
    text
}

/// Writes a line for each stack that has a number.
pub(super) fn write_totals(frames: &FrameTree, totals: &StackTotals) -> String {
    write(frames, |text, stack| {
        if let number @ 1.. = totals.get(stack) {
            let _ = write!(text, " {number}");
        }
    })
}

/// Adds the stacks of `folded` to `frames`, and returns their numbers.
///
/// # Errors
///
/// Returns which line is not a folded stack, and why.
pub(super) fn read(frames: &mut FrameTree, folded: &str) -> Result<StackTotals, String> {
    /// More nanoseconds or calls than any run has.
    const MAX_TOTAL: u64 = 1 << 60;
    let mut totals = StackTotals::default();
    let mut sum: u64 = 0;
    for (line, text) in (1..).zip(folded.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with("# ") {
            continue;
        }
        let (names, number) = parse_line(text).map_err(|why| invalid(line, &why))?;
        sum = sum.saturating_add(number);
        if sum > MAX_TOTAL {
            return Err(invalid(line, "the numbers are too large"));
        }
        let stack = names.fold(NodeId::ROOT, |caller, name| {
            frames.child(caller, Frame::Named(&escaped(name)))
        });
        totals.add(stack, number);
    }
    Ok(totals)
}

fn parse_line(text: &str) -> Result<(impl Iterator<Item = &str>, u64), String> {
    if text.contains(frame_name::is_invalid_in_xml) {
        return Err("it contains a control character".to_owned());
    }
    let Some((names, number)) = text.rsplit_once(' ') else {
        return Err("expected a number at its end".to_owned());
    };
    let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
    let Ok(whole) = whole.parse() else {
        return Err(format!("`{}` is not a number", escaped(number)));
    };
    let names = names.trim_end().split(';').filter(|name| !name.is_empty());
    Ok((names, whole))
}

fn invalid(line: u32, why: &str) -> String {
    format!("line {line} is not a folded stack: {why}")
}
