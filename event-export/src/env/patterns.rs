//! The patterns of `EVENT_KINDS`, `EVENT_FUNCTIONS` and `EVENT_REDACT` that matched nothing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use event_core::__private::{FunctionName, used_functions, used_keys, used_kinds};
use event_core::{Kind, KindFilter, NameFilter};

use super::nearest_pattern::{
    Candidate, completed, nearest_pattern, nearest_prefix, without_module,
};
use crate::io::warn::note;
use crate::redacted::SeenKeys;

/// The variable of the kinds to export.
pub(super) const KINDS: &str = "EVENT_KINDS";

/// The variable of the functions to export.
pub(super) const FUNCTIONS: &str = "EVENT_FUNCTIONS";

/// The variable of the keys whose values are hidden.
pub(super) const REDACT: &str = "EVENT_REDACT";

/// How many kinds, functions or keys a message names.
const MAX_NAMED: usize = 5;

/// The patterns of the filters.
#[derive(Default)]
pub(super) struct Patterns {
    kinds: Vec<(String, KindFilter)>,
    /// The kinds that are exported, of which `functions` selects.
    exported_kinds: Option<KindFilter>,
    functions: Vec<NameFilter>,
    keys: Vec<NameFilter>,
    seen_keys: Arc<SeenKeys>,
}

impl Patterns {
    /// Returns the patterns of `kinds`, which is a valid list, of `functions`, and of `secrets`,
    /// which hides the values of some of `seen_keys`.
    pub(super) fn new(
        kinds: &str,
        exported: &KindFilter,
        functions: Option<&NameFilter>,
        secrets: Option<&NameFilter>,
        seen_keys: Arc<SeenKeys>,
    ) -> Self {
        let kinds = kinds.split(',').filter_map(|item| {
            let pattern = item.trim().trim_start_matches('!').trim_start();
            Some((pattern.to_owned(), KindFilter::new(pattern).ok()?))
        });
        let patterns = |filter: Option<&NameFilter>| {
            filter.map_or_else(Vec::new, |it| it.patterns().collect())
        };
        Self {
            kinds: kinds.collect(),
            exported_kinds: functions.map(|_| exported.clone()),
            functions: patterns(functions),
            keys: patterns(secrets),
            seen_keys,
        }
    }

    /// Prints a line for each pattern that matches nothing in the program so far.
    pub(super) fn report_unmatched(&self) {
        self.report_kinds();
        if let Some(exported_kinds) = &self.exported_kinds {
            self.report_functions(exported_kinds);
        }
        if !self.keys.is_empty() {
            self.report_keys();
        }
    }

    fn report_kinds(&self) {
        let kinds = used_kinds();
        for (pattern, filter) in &self.kinds {
            if !kinds.iter().any(|kind| filter.matches(*kind)) {
                let names = kinds.iter().map(|kind| kind.as_str()).collect();
                report(KINDS, pattern, "event", || {
                    name_hint(pattern, "kinds", &names)
                });
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
            let pattern = filter.to_string();
            report(FUNCTIONS, &pattern, "function", || match of_other_kind {
                Some((kind, name)) => {
                    let name = name.path();
                    format!("; `{name}` has the kind `{kind}`, which {KINDS} leaves out")
                }
                None if functions.is_empty() => function_hint(&pattern, &others),
                None => function_hint(&pattern, &functions),
            });
        }
    }

    /// Without a value whose key an exporter could hide, nothing is reported.
    fn report_keys(&self) {
        let Some(seen) = self.seen_keys.complete().filter(|keys| !keys.is_empty()) else {
            return;
        };
        let keys = seen.iter().map(|key| &**key).chain(used_keys()).collect();
        let keys: &BTreeSet<&str> = &keys;
        for filter in &self.keys {
            if !keys.iter().any(|key| filter.matches_ignoring_case(key)) {
                let pattern = filter.to_string();
                report(REDACT, &pattern, "key", || {
                    name_hint(&pattern, "keys", keys)
                });
            }
        }
    }
}

/// Prints that `pattern` matched no `what`, unless this was printed before: for a pattern that is
/// repeated, or by other exporters.
fn report(variable: &'static str, pattern: &str, what: &str, hint: impl FnOnce() -> String) {
    static REPORTED: Mutex<BTreeSet<(&'static str, String)>> = Mutex::new(BTreeSet::new());
    // A thread of the parent may have held the lock when this process was forked.
    let reported = REPORTED.try_lock();
    if reported.map_or(true, |mut it| it.insert((variable, pattern.to_owned()))) {
        let hint = hint();
        note(format_args!(
            "`{pattern}` in {variable} matched no {what}{hint}"
        ));
    }
}

/// Returns the nearest pattern that matches a kind or a key, or else some of them.
fn name_hint(pattern: &str, what: &str, names: &BTreeSet<&str>) -> String {
    let candidates: Vec<_> = names.iter().map(|name| Candidate::new(name)).collect();
    let suggestion =
        nearest_pattern(pattern, &candidates).or_else(|| nearest_prefix(pattern, &candidates));
    suggestion.map_or_else(|| some_of(what, names), did_you_mean)
}

/// Returns the nearest pattern that matches a function, or else some functions that exist.
fn function_hint(pattern: &str, functions: &[(Kind, FunctionName<'static>)]) -> String {
    let names = functions.iter().map(|(_, name)| *name);
    let paths: BTreeSet<&str> = names.clone().map(|name| name.path()).collect();
    let candidates = names.flat_map(|name| Candidate::of_function(name, pattern));
    let candidates: Vec<_> = candidates.collect();
    let suggestion = completed(pattern, &candidates)
        .or_else(|| nearest_pattern(pattern, &candidates))
        .or_else(|| without_module(pattern, &paths).map(str::to_owned))
        .or_else(|| nearest_prefix(pattern, &candidates));
    suggestion.map_or_else(|| some_of("functions", &paths), did_you_mean)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_or_else`")]
fn did_you_mean(pattern: String) -> String {
    format!("; did you mean `{pattern}`?")
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
