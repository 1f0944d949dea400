//! A loaded file: its functions, ready to be compiled, and its constants.
//!
//! Loading parses the whole file and compiles nothing.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use crate::ast::Constant;
use crate::dispatcher::Dispatcher;
use crate::error::SourceError;
use crate::parse;
use crate::source::Source;

/// A Python file whose functions under `@njit` can be called.
#[derive(Debug)]
pub struct Program {
    functions: Vec<Arc<Dispatcher>>,
}

impl Program {
    /// Loads the Python source `text`; errors name it `label`, its path.
    ///
    /// # Errors
    ///
    /// Returns the first thing in the file that is not supported, and where it stands.
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

    /// The dispatcher of the function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<Arc<Dispatcher>> {
        let found = self
            .functions
            .iter()
            .find(|function| function.name() == name);
        found.cloned()
    }

    /// All functions, in the file's order.
    #[must_use]
    pub fn functions(&self) -> &[Arc<Dispatcher>] {
        &self.functions
    }
}

/// What a file's functions see of each other.
///
/// The links are weak: the program owns its functions, and a function kept alone after it
/// finds no other one any more.
#[derive(Debug)]
pub(crate) struct Globals {
    constants: HashMap<String, Constant>,
    /// Whether `math` is the module.
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
