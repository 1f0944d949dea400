//! The names by which a pattern selects a function.

/// The path, the module and the position of a function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionName<'a> {
    pub(crate) path: &'a str,
    /// Empty for scopes that are not functions.
    pub(crate) module: &'a str,
    /// The file, the line and the column; `None` for an event without a call site.
    pub(crate) position: Option<(&'a str, u32, u32)>,
}

impl<'a> FunctionName<'a> {
    /// Returns the name of events without a call site, which is their kind.
    pub(crate) const fn of_kind(kind: &'a str) -> Self {
        Self {
            path: kind,
            module: "",
            position: None,
        }
    }

    /// Returns the path of the function, or the kind.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Returns the module; `None` for a scope that is not a function.
    #[must_use]
    pub fn module(&self) -> Option<&'a str> {
        Some(self.module).filter(|module| !module.is_empty())
    }

    /// Returns the path with its module; `None` if there is no module.
    fn qualified(&self) -> Option<String> {
        let module = self.module()?;
        Some(format!("{module}::{}", self.path))
    }

    /// Returns the path with its file and line; `None` for an event without a call site.
    #[must_use]
    pub fn with_position(&self) -> Option<String> {
        let (file, line, _) = self.position?;
        Some(format!("{} ({file}:{line})", self.path))
    }

    /// Returns whether `pattern` matches one of the names. The longer names are compared only with
    /// patterns that have their form: `*::new` does not match the function `my_crate::new`.
    pub(super) fn is_match(&self, pattern: &str, is_match: impl Fn(&str, &str) -> bool) -> bool {
        if is_match(pattern, self.path) {
            return true;
        }
        let in_crate = || {
            let name = self.module.split("::").next()?;
            pattern.strip_prefix(name)?.strip_prefix("::")
        };
        if in_crate().is_some()
            && self
                .qualified()
                .is_some_and(|name| is_match(pattern, &name))
        {
            return true;
        }
        let Some((file, line, column)) = self.position.filter(|_| pattern.ends_with(')')) else {
            return false;
        };
        self.with_position()
            .is_some_and(|name| is_match(pattern, &name))
            || is_match(pattern, &format!("{} ({file}:{line}:{column})", self.path))
    }
}
