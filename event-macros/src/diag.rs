//! Diagnostics: all mistakes in a macro's input, each at the wrong tokens.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far. They must be returned by [`Diagnostics::finish`].
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

    /// Returns whether no mistake was found so far.
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

/// The value of an argument that may be given only once.
pub(crate) struct Once<T>(Option<T>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Once<T> {
    /// Takes `value`, or reports `key` as a duplicate.
    pub(crate) fn set(&mut self, diag: &mut Diagnostics, key: &Ident, value: T) {
        if self.0.is_some() {
            diag.error(key, format_args!("duplicate argument `{key}`; remove it"));
        } else {
            self.0 = Some(value);
        }
    }

    pub(crate) const fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.0
    }
}
