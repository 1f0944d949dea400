//! The pattern that a user probably meant, for one that matched nothing.

use std::collections::BTreeSet;

use event_core::__private::FunctionName;
use event_core::NameFilter;

use crate::suggest::{Alignment, allowed_edits};

/// The most bytes of a pattern and of a name that are compared. The time grows with their product.
const MAX_COMPARED: usize = 256;

/// A name that a pattern may have been meant for.
#[derive(Debug)]
pub(super) struct Candidate {
    name: String,
    /// How users may write the name, if a pattern of this form does not match it.
    also: Option<String>,
    /// Whether the name begins with a module, and so must the pattern.
    is_in_module: bool,
}

impl Candidate {
    /// Returns a kind or a key.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            also: None,
            is_in_module: false,
        }
    }

    /// Returns the names of a function, and how users may write them: `<Parser as Read>::read` as
    /// `Parser::read` or `Read::read`, and `Grid<_>::get` as `Grid::get`. With a position only if
    /// `pattern` may have one.
    pub(super) fn of_function(function: FunctionName<'_>, pattern: &str) -> Vec<Self> {
        let forms = other_forms(function.path());
        let mut candidates = Vec::new();
        for module in [None, function.module()] {
            let in_module = |path: &str| match module {
                None => path.to_owned(),
                Some(module) => format!("{module}::{path}"),
            };
            let name = in_module(function.path());
            candidates.extend(forms.iter().map(|form| Self {
                name: name.clone(),
                also: Some(in_module(form)),
                is_in_module: module.is_some(),
            }));
            candidates.push(Self {
                is_in_module: module.is_some(),
                ..Self::new(&name)
            });
        }
        let position = function.with_position().filter(|_| pattern.ends_with(')'));
        candidates.extend(position.map(|name| Self::new(&name)));
        candidates
    }

    /// Returns whether the name matches, if patterns are compared with it as they are.
    fn is_match(&self, filter: &NameFilter) -> bool {
        let is_compared = !self.is_in_module || !filter.to_string().starts_with('*');
        is_compared && filter.matches(&self.name)
    }

    /// Returns the pattern for this candidate that is nearest to `pattern`.
    fn pattern(&self, pattern: &str, alignment: Alignment) -> String {
        match (&self.also, self.name.rsplit_once("::")) {
            (None, _) if self.is_in_module && pattern.starts_with('*') => {
                let crate_name = self.name.split("::").next().unwrap_or_default();
                format!("{crate_name}::{}", alignment.pattern)
            }
            (None, _) => alignment.pattern,
            (Some(_), Some((of_type, _))) if pattern.ends_with('*') => format!("{of_type}::*"),
            (Some(_), _) => self.name.clone(),
        }
    }
}

/// Returns other forms in which users may write the path of a function.
fn other_forms(path: &str) -> Vec<String> {
    let of_trait = path.strip_prefix('<').and_then(|path| {
        let (types, method) = path.rsplit_once(">::")?;
        let (of_type, of_trait) = types.split_once(" as ")?;
        let form = |name| format!("{}::{method}", without_generics(name));
        Some(vec![form(of_type), form(of_trait)])
    });
    of_trait.unwrap_or_else(|| {
        let is_generic = path.contains('<');
        Vec::from_iter(is_generic.then(|| without_generics(path)))
    })
}

fn without_generics(path: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    path.chars().filter(outside).collect()
}

/// Returns the pattern that is most similar to `pattern` and matches one of `candidates`.
pub(super) fn nearest_pattern(pattern: &str, candidates: &[Candidate]) -> Option<String> {
    let is_short = |text: &str| text.len() <= MAX_COMPARED;
    if !is_short(pattern) {
        return None;
    }
    let mut limit = allowed_edits(pattern);
    let mut nearest: Option<(_, &Candidate, Alignment)> = None;
    for candidate in candidates {
        let form = candidate.also.as_ref().unwrap_or(&candidate.name);
        let aligned = is_short(form).then(|| Alignment::new(pattern, form, limit));
        let Some(alignment) = aligned.flatten().filter(|it| it.is_similar(pattern)) else {
            continue;
        };
        limit = alignment.edits;
        let has_other_form = candidate.also.is_some();
        let order = (alignment.edits, alignment.unmatched, has_other_form);
        let is_nearer = nearest
            .as_ref()
            .is_none_or(|(known, _, other)| (order, &alignment.pattern) < (*known, &other.pattern));
        if is_nearer {
            nearest = Some((order, candidate, alignment));
        }
    }
    nearest.map(|(_, candidate, alignment)| candidate.pattern(pattern, alignment))
}

/// Returns the longest part of `pattern` before a `:` that begins one of `candidates`, as a
/// pattern.
pub(super) fn nearest_prefix(pattern: &str, candidates: &[Candidate]) -> Option<String> {
    let literal = pattern.split('*').next()?;
    let ends = literal.rmatch_indices(':').map(|(at, _)| at + 1);
    let mut prefixes = ends.filter_map(|end| {
        let prefix = &literal[..end];
        let mut names = candidates.iter().map(|candidate| &candidate.name);
        names.find_map(|name| {
            if name.eq_ignore_ascii_case(prefix.trim_end_matches(':')) {
                return Some(format!("{name}*"));
            }
            let same = name.get(..end)?;
            let is_whole = !name[end..].starts_with(':');
            (is_whole && same.eq_ignore_ascii_case(prefix)).then(|| format!("{same}*"))
        })
    });
    prefixes.next()
}

/// Returns the pattern for a function or a type whose name lacks the type, the module or the
/// functions of the type.
pub(super) fn completed(pattern: &str, candidates: &[Candidate]) -> Option<String> {
    let names = || candidates.iter().map(|candidate| &*candidate.name);
    // `token`, or `parse::token`, for `parse::Parser::token`
    let (head, tail) = pattern.rsplit_once("::").unwrap_or(("", pattern));
    let lacks_type = |name: &&str| {
        let rest = name.strip_prefix(head);
        let rest = rest.filter(|rest| head.is_empty() || rest.starts_with("::"));
        let before = rest.and_then(|rest| rest.strip_suffix(tail));
        before.is_some_and(|before| before.ends_with(['.', ':', ' ']))
    };
    if let Some(name) = names().find(lacks_type) {
        return Some(name.to_owned());
    }
    let all = [format!("{pattern}::*"), format!("*::{pattern}")];
    all.into_iter().find(|pattern| {
        let filter = NameFilter::new(pattern);
        filter.is_ok_and(|filter| candidates.iter().any(|it| it.is_match(&filter)))
    })
}

/// Returns the path that is `pattern` without its module.
pub(super) fn without_module<'p>(pattern: &str, paths: &BTreeSet<&'p str>) -> Option<&'p str> {
    let is_end = |path: &&&str| {
        let before = pattern.strip_suffix(**path);
        before.is_some_and(|before| before.ends_with("::"))
    };
    paths.iter().find(is_end).copied()
}
