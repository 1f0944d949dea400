//! A loaded file with its functions and constants.
//!
//! Loading parses the whole file. Functions are compiled at their first call.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use crate::ast::Constant;
use crate::dispatcher::Dispatcher;
use crate::error::SourceError;
use crate::parse;
use crate::source::Source;

/// A loaded Python file, whose functions under `@njit` can be called.
#[derive(Debug)]
pub struct Program {
    functions: Vec<Arc<Dispatcher>>,
}

impl Program {
    /// Loads the Python source `text`.
    ///
    /// Error messages name the file `label`, which is usually its path.
    ///
    /// # Errors
    ///
    /// Returns the first syntax error or unsupported construct in the file, with its position.
    ///
    /// # Examples
    ///
    /// ```
    /// use jit::{Program, Value};
    ///
    /// let text = "from numba import njit\n@njit\ndef half(x):\n    return x / 2\n";
    /// let program = Program::load("half.py", text)?;
    /// let half = program.function("half").ok_or("no such function")?;
    /// assert_eq!(half.call(&[Value::Int(7)])?, Value::Float(3.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(label: &str, text: &str) -> Result<Self, SourceError> {
        let source = Arc::new(Source::new(label, text));
        let parsed = parse::parse(&source)?;
        let globals = Arc::new(Globals {
            constants: parsed.constants,
            math: parsed.math,
            functions: OnceLock::new(),
        });
        let functions: Vec<_> = parsed
            .functions
            .into_iter()
            .map(|function| Dispatcher::new(function, &source, &globals))
            .collect();
        let by_name = functions
            .iter()
            .map(|dispatcher| (dispatcher.name().to_owned(), Arc::downgrade(dispatcher)));
        let _ = globals.functions.set(by_name.collect());
        Ok(Self { functions })
    }

    /// Returns the dispatcher of the function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<Arc<Dispatcher>> {
        let found = self
            .functions
            .iter()
            .find(|function| function.name() == name);
        found.cloned()
    }

    /// Returns all functions, in the order of the file.
    #[must_use]
    pub fn functions(&self) -> &[Arc<Dispatcher>] {
        &self.functions
    }
}

/// The global names that a file's functions can use.
///
/// The references are weak, because the program owns its functions. A dispatcher that outlives its
/// program finds no other functions.
#[derive(Debug)]
pub(crate) struct Globals {
    constants: HashMap<String, Constant>,
    /// Whether `math` is Python's module.
    pub(crate) math: bool,
    functions: OnceLock<HashMap<String, Weak<Dispatcher>>>,
}

impl Globals {
    pub(crate) fn constant(&self, name: &str) -> Option<Constant> {
        self.constants.get(name).copied()
    }

    pub(crate) fn function(&self, name: &str) -> Option<Arc<Dispatcher>> {
        self.functions.get()?.get(name)?.upgrade()
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = Arc<Dispatcher>> {
        let all = self.functions.get().into_iter().flatten();
        all.filter_map(|(_, function)| function.upgrade())
    }
}
