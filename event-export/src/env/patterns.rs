//! The patterns of `EVENT_KINDS` and `EVENT_FUNCTIONS` that matched no event.

use std::collections::BTreeSet;

use event_core::__private::{FunctionName, used_functions, used_kinds};
use event_core::{Kind, KindFilter, NameFilter};

use crate::io::warn::note;
use crate::suggest::{did_you_mean, nearest};

/// The variable of the kinds to export.
pub(super) const KINDS: &str = "EVENT_KINDS";

/// The variable of the functions to export.
pub(super) const FUNCTIONS: &str = "EVENT_FUNCTIONS";

/// How many kinds or functions a message names.
const MAX_NAMED: usize = 5;

/// The patterns of the filters.
#[derive(Default)]
pub(super) struct Patterns {
    kinds: Vec<(String, KindFilter)>,
    /// The kinds that are exported, of which `functions` selects.
    exported_kinds: Option<KindFilter>,
    functions: Vec<NameFilter>,
}

impl Patterns {
    /// Returns the patterns of `kinds`, which is a valid list, and of `functions`.
    pub(super) fn new(kinds: &str, exported: &KindFilter, functions: Option<&NameFilter>) -> Self {
        let patterns = kinds.split(',').filter_map(|item| {
            let pattern = item.trim().trim_start_matches('!').trim_start();
            Some((pattern.to_owned(), KindFilter::new(pattern).ok()?))
        });
        Self {
            kinds: patterns.collect(),
            exported_kinds: functions.map(|_| exported.clone()),
            functions: functions.map_or_else(Vec::new, |filter| filter.patterns().collect()),
        }
    }

    /// Prints a line for each pattern that matches no event of the program so far.
    pub(super) fn report_unmatched(&self) {
        self.report_kinds();
        if let Some(exported_kinds) = &self.exported_kinds {
            self.report_functions(exported_kinds);
        }
    }

    fn report_kinds(&self) {
        let kinds = used_kinds();
        for (pattern, filter) in &self.kinds {
            if !kinds.iter().any(|kind| filter.matches(*kind)) {
                let hint = kind_hint(pattern, &kinds);
                note(format_args!(
                    "`{pattern}` in {KINDS} matched no event{hint}"
                ));
            }
        }
    }

    fn report_functions(&self, exported_kinds: &KindFilter) {
        let (functions, others): (Vec<_>, Vec<_>) = used_functions()
            .into_iter()
            .partition(|(kind, _)| exported_kinds.matches(*kind));
        for filter in &self.functions {
            if functions
                .iter()
                .any(|(_, name)| filter.matches_function(*name))
            {
                continue;
            }
            let of_other_kind = others
                .iter()
                .find(|(_, name)| filter.matches_function(*name));
            let hint = match of_other_kind {
                Some((kind, name)) => {
                    let name = name.path();
                    format!("; `{name}` has the kind `{kind}`, which {KINDS} leaves out")
                }
                None if functions.is_empty() => hint_among(filter, &others),
                None => hint_among(filter, &functions),
            };
            note(format_args!(
                "`{filter}` in {FUNCTIONS} matched no function{hint}"
            ));
        }
    }
}

/// Returns the nearest pattern that matches, or else some kinds that exist.
fn kind_hint(pattern: &str, kinds: &[Kind]) -> String {
    let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
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
    if suggestion.is_empty() {
        some_of("kinds", &names)
    } else {
        suggestion
    }
}

/// Returns a hint for a pattern that matches none of `functions`.
fn hint_among(pattern: &NameFilter, functions: &[(Kind, FunctionName<'static>)]) -> String {
    let pattern = pattern.to_string();
    let qualified: BTreeSet<String> = functions
        .iter()
        .filter_map(|(_, name)| name.qualified())
        .collect();
    let crate_of = |name: &str| name.split("::").next().map(|name| format!("{name}::"));
    let mut crates = qualified.iter().filter_map(|name| crate_of(name));
    if crates.any(|name| pattern.starts_with(&name)) {
        return function_hint(&pattern, &qualified.iter().map(String::as_str).collect());
    }
    let paths = functions.iter().map(|(_, name)| name.path()).collect();
    function_hint(&pattern, &paths)
}

/// Returns the nearest pattern that matches, or else some functions that exist.
fn function_hint(pattern: &str, names: &BTreeSet<&str>) -> String {
    let is_part_of = |name: &&&str| {
        let (short, long) = if name.len() < pattern.len() {
            (**name, pattern)
        } else {
            (pattern, **name)
        };
        let before = long.strip_suffix(short);
        before.is_some_and(|before| before.ends_with("::"))
    };
    // `token`, or `parse::Parser::token`, for `Parser::token`
    if let Some(name) = names.iter().find(is_part_of) {
        return format!("; did you mean `{name}`?");
    }
    let parts = names.iter().filter_map(|name| name.rsplit_once("::"));
    let suggestion = if let Some(function) = pattern.strip_prefix('*') {
        let function = function.trim_start_matches(':');
        let functions = parts.map(|(_, function)| function);
        nearest(function, functions).map(|name| format!("*::{name}"))
    } else if let Some(of_type) = pattern.strip_suffix('*') {
        let of_type = of_type.trim_end_matches(':');
        let types = parts.map(|(of_type, _)| of_type);
        nearest(of_type, types).map(|name| format!("{name}::*"))
    } else {
        nearest(pattern, names.iter().copied()).map(str::to_owned)
    };
    suggestion.map_or_else(
        || some_of("functions", names),
        |suggestion| format!("; did you mean `{suggestion}`?"),
    )
}

/// Returns some of `names`, the `what` of the program.
fn some_of(what: &str, names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "; no function with events was called".to_owned();
    }
    let shown = names.iter().take(MAX_NAMED);
    let shown = shown.map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let more = match names.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; the program has the {what} {}{more}", shown.join(", "))
}
