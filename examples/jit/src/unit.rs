//! The compilation unit: a function and the types of its arguments.
//!
//! Every pass takes the unit, and the data of every `numba:run_pass` event describes it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use event_core::builtin::RunPass;

use crate::ast::Function;
use crate::error::{CompileError, Diagnosis};
use crate::program::Globals;
use crate::source::{At, Source};
use crate::types::{Type, tuple};

/// The compiler flags of every function, in Numba's format.
pub(crate) const FLAGS: &str = "Flags(nopython=True, error_model=python, opt_level=speed)";

/// The input of all passes.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) source: Arc<Source>,
    pub(crate) function: Arc<Function>,
    pub(crate) globals: Arc<Globals>,
    pub(crate) args: Vec<Type>,
    return_type: OnceLock<Type>,
}

impl Unit {
    pub(crate) fn new(
        source: Arc<Source>,
        function: Arc<Function>,
        globals: Arc<Globals>,
        args: &[Type],
    ) -> Self {
        let args = args.to_vec();
        Self {
            source,
            function,
            globals,
            args,
            return_type: OnceLock::new(),
        }
    }

    /// Sets the return type for the following passes.
    pub(crate) fn set_return_type(&self, ty: Type) {
        // A second call would set the same type again, so the result can be ignored.
        let _ = self.return_type.set(ty);
    }

    /// Returns a pass's name in Numba's format, such as `type_inference [area]`.
    pub(crate) fn pass_name(&self, pass: impl fmt::Display) -> String {
        format!("{pass} [{}]", self.function.name)
    }

    pub(crate) fn qualname(&self) -> &str {
        &self.function.name
    }

    pub(crate) fn module(&self) -> &str {
        self.source.module()
    }

    pub(crate) fn args(&self) -> String {
        tuple(&self.args)
    }

    pub(crate) fn return_type(&self) -> Option<String> {
        self.return_type.get().map(Type::to_string)
    }

    /// Returns the event data for a pass that Cranelift runs.
    pub(crate) fn run_pass(&self, pass: impl fmt::Display) -> RunPass {
        RunPass {
            name: self.pass_name(pass),
            qualname: self.qualname().to_owned(),
            module: self.module().to_owned(),
            flags: FLAGS.to_owned(),
            args: self.args(),
            return_type: self.return_type(),
        }
    }

    pub(crate) fn unsupported(
        &self,
        at: At,
        message: impl Into<String>,
        supported: &'static str,
    ) -> CompileError {
        let diagnosis = Diagnosis::new(&self.source, at, message);
        CompileError::Typing(diagnosis.supported(supported))
    }
}
