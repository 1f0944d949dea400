//! Labels of functions that differ from one another within one output.
//!
//! The identity of a function is its site. Two functions may have the same path, in different
//! modules, and then have longer labels.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::{Arc, Mutex};

use event_core::{Kind, Site};

use crate::sync::lock;

/// A row, frame or other part of an output that has a label.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labelled<'r> {
    pub(crate) kind: &'r str,
    /// The shortest label.
    pub(crate) name: &'r str,
    pub(crate) site: Option<&'static Site>,
}

/// The forms of a label, the shortest first.
#[derive(Clone, Copy)]
enum Form {
    Name,
    Module,
    Line,
    Column,
    Kind,
}

impl Form {
    const ALL: [Self; 5] = [
        Self::Name,
        Self::Module,
        Self::Line,
        Self::Column,
        Self::Kind,
    ];

    fn label(self, of: Labelled<'_>) -> String {
        let Labelled { kind, name, site } = of;
        let module = site.map_or("", Site::module_path);
        match (self, site) {
            (Self::Kind, _) => format!("{name} [{kind}]"),
            (Self::Module, _) if !module.is_empty() => format!("{module}::{name}"),
            (Self::Line, Some(site)) => format!("{name} ({}:{})", site.file(), site.line()),
            (Self::Column, Some(site)) => {
                format!("{name} ({}:{}:{})", site.file(), site.line(), site.column())
            }
            _ => name.to_owned(),
        }
    }
}

/// Returns the shortest label of each row that no other row has.
///
/// If `with_kinds`, the output shows the kind beside the label, so that rows of different kinds may
/// have the same label.
pub(crate) fn distinct<'r>(rows: &[Labelled<'r>], with_kinds: bool) -> Vec<String> {
    let group = |row: &Labelled<'r>| with_kinds.then_some(row.kind);
    let mut labels: Vec<Option<String>> = vec![None; rows.len()];
    for form in Form::ALL {
        let formed: Vec<String> = rows.iter().map(|row| form.label(*row)).collect();
        let mut counts = HashMap::new();
        for (row, label) in rows.iter().zip(&formed) {
            *counts.entry((group(row), &**label)).or_insert(0_usize) += 1;
        }
        for ((row, label), chosen) in rows.iter().zip(&formed).zip(&mut labels) {
            if chosen.is_none() && counts[&(group(row), &**label)] == 1 {
                *chosen = Some(label.clone());
            }
        }
        if labels.iter().all(Option::is_some) {
            break;
        }
    }
    // One macro call in the same module may make several functions at one position.
    let mut numbers = HashMap::new();
    let numbered = |(row, label): (&Labelled<'r>, Option<String>)| {
        label.unwrap_or_else(|| {
            let label = Form::Column.label(*row);
            let number = numbers.entry((group(row), label.clone())).or_insert(0);
            *number += 1;
            format!("{label} #{number}")
        })
    };
    rows.iter().zip(labels).map(numbered).collect()
}

/// The labels of functions in an output that is written while the program runs.
///
/// The first function of a kind and path has its path as label. Later ones have longer labels.
#[derive(Debug, Default)]
pub(crate) struct GrowingLabels(Mutex<KnownLabels>);

#[derive(Debug, Default)]
struct KnownLabels {
    /// By the address of the site. None if the label is the path.
    by_site: HashMap<usize, Option<Arc<str>>>,
    used: HashSet<(Kind, String)>,
}

impl GrowingLabels {
    /// Returns the label of a function; none if it is the path.
    pub(crate) fn of(&self, site: &'static Site) -> Option<Arc<str>> {
        let known = &mut *lock(&self.0);
        let address = ptr::from_ref(site).addr();
        let new = || {
            let row = Labelled {
                kind: site.kind().as_str(),
                name: site.path(),
                site: Some(site),
            };
            let forms = [Form::Name, Form::Module, Form::Line, Form::Column];
            let forms = forms.map(|form| form.label(row));
            let numbered = (2..).map(|number| format!("{} #{number}", forms[3]));
            let mut labels = forms.iter().cloned().chain(numbered);
            let label = labels.find(|label| !known.used.contains(&(site.kind(), label.clone())));
            // The longer forms count as used: the label of a later function must differ from them.
            let used = forms.into_iter().chain(label.clone());
            known.used.extend(used.map(|label| (site.kind(), label)));
            label.filter(|label| label != site.path()).map(Arc::from)
        };
        known.by_site.entry(address).or_insert_with(new).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(rows: &[(&str, &str)], with_kinds: bool) -> Vec<String> {
        let rows = rows.iter().map(|(kind, name)| Labelled {
            kind,
            name,
            site: None,
        });
        distinct(&rows.collect::<Vec<_>>(), with_kinds)
    }

    #[test]
    fn different_names_stay() {
        assert_eq!(labels(&[("k:a", "a"), ("k:a", "b")], true), ["a", "b"]);
        assert_eq!(labels(&[("k:a", "a"), ("k:b", "a")], true), ["a", "a"]);
    }

    #[test]
    fn kinds_distinguish_names_if_the_output_does_not_show_them() {
        let rows = [("k:a", "a"), ("k:b", "a"), ("k:b", "b")];
        assert_eq!(labels(&rows, false), ["a [k:a]", "a [k:b]", "b"]);
    }

    #[test]
    fn equal_rows_are_numbered() {
        let rows = [("k:a", "a"), ("k:a", "a"), ("k:a", "b")];
        assert_eq!(labels(&rows, true), ["a #1", "a #2", "b"]);
    }
}
