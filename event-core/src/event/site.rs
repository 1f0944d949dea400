//! Sites: the facts about an annotated function that are known at compile time.

use std::fmt;

use super::function_path::function_path;
use crate::kind::Kind;
use crate::kind::function_name::FunctionName;
use crate::sync::OnceBox;
use crate::value::data::Keys;

/// An annotated function: its name and its position in the source.
///
/// The attribute creates a site for each function that it annotates.
/// [`Event::site`](crate::Event::site) returns it. A call of [`open_event`](crate::open_event) also
/// has a site: its function and its path are the kind, and its module path is empty.
///
/// # Examples
///
#[cfg_attr(feature = "macros", doc = "```")]
#[cfg_attr(not(feature = "macros"), doc = "```ignore")]
/// use event_core::{local, trigger_event};
///
/// #[trigger_event("docs:site")]
/// fn parse() {}
///
/// let recorder = local::install_recorder("docs:site");
/// parse();
/// let site = recorder.buffer()[0].1.site().unwrap();
/// assert_eq!(site.function(), "parse");
/// assert!(site.file().ends_with(".rs"));
/// ```
pub struct Site {
    kind: Kind,
    function: &'static str,
    module_path: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    is_async: bool,
    keys: Keys,
    path: PathSource,
    /// The path, once it is computed.
    computed_path: OnceBox<String>,
}

/// The source from which the path of a site is computed.
#[derive(Clone, Copy)]
enum PathSource {
    Function,
    /// The name that the attribute's `name` gives.
    Name(&'static str),
    /// Returns the name of a type in the function's body.
    TypeName(fn() -> &'static str),
}

impl Site {
    pub(crate) const fn new(
        kind: Kind,
        function: &'static str,
        module_path: &'static str,
        (file, line, column): (&'static str, u32, u32),
        keys: Keys,
    ) -> Self {
        Self {
            kind,
            function,
            module_path,
            file,
            line,
            column,
            is_async: false,
            keys,
            path: PathSource::Function,
            computed_path: OnceBox::new(),
        }
    }

    /// Sets the function that returns the name of a type in the function's body.
    pub(crate) const fn set_type_name(&mut self, type_name: fn() -> &'static str) {
        self.path = PathSource::TypeName(type_name);
    }

    /// Marks the site of a function whose scopes are futures.
    pub(crate) const fn set_async(&mut self) {
        self.is_async = true;
    }

    /// Returns the kind of the function's events.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the function's name with its type, as people write it: `function`, `Type::method` or
    /// `<Type as Trait>::method`.
    ///
    /// Modules, enclosing functions and lifetimes are left out. A generic parameter of the type is
    /// `_`: a method of `impl<T> Tree<T>` is `Tree<_>::insert`. A provided method of a trait is
    /// `Trait::method`, for all types. Functions in different modules may have the same path.
    ///
    /// The path is computed at the first call of this method. The attribute's `name = "…"` replaces
    /// it.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{local, trigger_event};
    ///
    /// struct Parser;
    ///
    /// #[trigger_event("docs:site_path")]
    /// impl Parser {
    ///     fn token(&self) {}
    /// }
    ///
    /// let recorder = local::install_recorder("docs:site_path");
    /// Parser.token();
    /// assert_eq!(recorder.buffer()[0].1.site().unwrap().path(), "Parser::token");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        match self.path {
            PathSource::Function => self.function,
            PathSource::Name(name) => name,
            PathSource::TypeName(type_name) => self
                .computed_path
                .get_or_init(|| Box::new(function_path(type_name(), self.function))),
        }
    }

    /// Returns the names by which a filter selects the function.
    pub(crate) fn name(&self) -> FunctionName<'_> {
        FunctionName {
            path: self.path(),
            module: self.module_path,
            position: Some((self.file, self.line, self.column)),
        }
    }

    /// Returns the function's name, without its module or type.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// Sets the name that replaces the path.
    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.path = PathSource::Name(name);
    }

    /// Returns whether this is the site of an annotated function, and not of an `open_event` or of
    /// a span.
    #[doc(hidden)]
    #[must_use]
    pub const fn is_annotated(&self) -> bool {
        !matches!(self.path, PathSource::Function)
    }

    /// Returns the path of the module that contains the function.
    #[must_use]
    pub const fn module_path(&self) -> &'static str {
        self.module_path
    }

    /// Returns the source file.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line of the function's name, counted from one.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Returns the column of the function's name, counted from one.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// Returns whether the function's scopes are futures.
    ///
    /// The scope of a future starts at its first poll and may end on another thread. While the
    /// future is pending, other scopes may start and end on its thread.
    ///
    /// An `async fn` without `.await` completes within one poll, so this returns `false` for it.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "macros", doc = "```")]
    #[cfg_attr(not(feature = "macros"), doc = "```ignore")]
    /// use event_core::{local, trigger_event};
    ///
    /// #[trigger_event("docs:is_async")]
    /// async fn wait(millis: u64) {
    ///     std::future::ready(millis).await;
    /// }
    ///
    /// # fn run(future: impl Future) {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(std::pin::pin!(future).poll(&mut context).is_ready());
    /// # }
    /// let recorder = local::install_recorder("docs:is_async");
    /// run(wait(1));
    /// assert!(recorder.buffer()[0].1.site().unwrap().is_async());
    /// ```
    #[must_use]
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// Returns whether a call captures a value called `key`.
    #[doc(hidden)]
    #[must_use]
    pub fn captures(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }

    /// Returns the names of the values that a call captures.
    #[inline]
    pub(crate) const fn keys(&'static self) -> &'static Keys {
        &self.keys
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("kind", &self.kind)
            .field("function", &self.function)
            .field("module_path", &self.module_path)
            .field("file", &self.file())
            .field("line", &self.line())
            .finish_non_exhaustive()
    }
}
