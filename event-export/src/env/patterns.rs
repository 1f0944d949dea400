//! The patterns of `EVENT_KINDS` that matched no event.

use event_core::__private::used_kinds;
use event_core::{Kind, KindFilter};

use crate::io::warn::note;
use crate::suggest::{did_you_mean, nearest};

/// How many kinds a message names.
const MAX_NAMED: usize = 5;

/// The patterns of a filter.
#[derive(Default)]
pub(super) struct Patterns(Vec<(String, KindFilter)>);

impl Patterns {
    /// Returns the patterns of `list`, which is a valid filter.
    pub(super) fn new(list: &str) -> Self {
        let patterns = list.split(',').filter_map(|item| {
            let pattern = item.trim().trim_start_matches('!').trim_start();
            Some((pattern.to_owned(), KindFilter::new(pattern).ok()?))
        });
        Self(patterns.collect())
    }

    /// Prints a line for each pattern that matches no kind of the program's events so far.
    pub(super) fn report_unmatched(&self) {
        let kinds = used_kinds();
        for (pattern, filter) in &self.0 {
            if !kinds.iter().any(|kind| filter.matches(*kind)) {
                let hint = hint(pattern, &kinds);
                note(format_args!(
                    "`{pattern}` in EVENT_KINDS matched no event{hint}"
                ));
            }
        }
    }
}

/// Returns the nearest pattern that matches, or else some kinds that exist.
fn hint(pattern: &str, kinds: &[Kind]) -> String {
    let mut names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    names.sort_unstable();
    let suggestion = match pattern.strip_suffix('*') {
        None => did_you_mean(pattern, names.iter().copied()),
        Some(prefix) => {
            // The areas of the kinds: `app:` of `app:parse`.
            let areas = names.iter().filter_map(|name| {
                let (area, _) = name.rsplit_once(':')?;
                name.get(..=area.len())
            });
            nearest(prefix, areas).map_or_else(
                || did_you_mean(prefix, names.iter().copied()),
                |area| format!("; did you mean `{area}*`?"),
            )
        }
    };
    if !suggestion.is_empty() {
        return suggestion;
    }
    if names.is_empty() {
        return "; no function with events was called".to_owned();
    }
    let shown = names.iter().take(MAX_NAMED);
    let shown = shown.map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let more = match names.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; the program has the kinds {}{more}", shown.join(", "))
}
