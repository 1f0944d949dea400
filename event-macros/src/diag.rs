//! Diagnostics: every mistake of a macro's input, each at the token that is wrong.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Error;

/// The mistakes so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    error: Option<Error>,
    finished: bool,
}

impl Diagnostics {
    /// Reports that `tokens` are wrong.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.error {
            Some(first) => first.combine(error),
            None => self.error = Some(error),
        }
    }

    /// Says whether there is no mistake so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.error.is_none()
    }

    /// Returns all mistakes, if there are any.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.finished = true;
        self.error.take().map_or(Ok(()), Err)
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(
            self.finished || std::thread::panicking(),
            "mistakes must be reported: `finish` was not called"
        );
    }
}

/// An argument that may be given once.
pub(crate) struct Once<T>(Option<T>);

impl<T> Once<T> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// Takes `value`, or reports `key` as a duplicate.
    pub(crate) fn set(&mut self, diag: &mut Diagnostics, key: &Ident, value: T) {
        if self.0.is_some() {
            diag.error(key, format_args!("duplicate argument `{key}`"));
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.0
    }
}

/// Says that `key` is none of `keys`, which are listed.
pub(crate) fn unknown_argument(key: &str, keys: &[&str]) -> String {
    let listed: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let near = did_you_mean(key, keys.iter().copied());
    format!(
        "unknown argument `{key}`, expected one of {}{near}",
        listed.join(", ")
    )
}

/// `; did you mean `x`?` with the nearest of `names`, if one is near.
pub(crate) fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = names
        .into_iter()
        .map(|other| (distance(name, other), other))
        .min();
    match nearest {
        Some((far, nearest)) if far <= 1 + name.len() / 3 => {
            format!("; did you mean `{nearest}`?")
        }
        _ => String::new(),
    }
}

/// How many letters differ, are missing or are too many.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = above + 1;
        for (place, with) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *with);
            corner = row[place + 1];
            row[place + 1] = replaced.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}
