//! Calls compiled functions.
//!
//! A recursive function runs on a thread of its own with a large stack of known size. Deep
//! recursion then raises an exception before the stack overflows.

use std::error::Error;
use std::fmt;
use std::io;
use std::thread;

use crate::dispatcher::arity_message;
use crate::error::CompileError;
use crate::exception::Exception;
use crate::overload::Overload;
use crate::value::Value;

/// Size of the stack for a recursive function.
const STACK: usize = 256 << 20;

/// Part of that stack that is reserved for callees without a stack check.
const RESERVE: usize = 1 << 20;

impl Overload {
    /// Runs the machine code.
    ///
    /// # Errors
    ///
    /// Returns an error if the arguments do not have this overload's types, or if the function
    /// raises an exception.
    pub fn call(&self, args: &[Value]) -> Result<Value, CallError> {
        if !args
            .iter()
            .map(|arg| arg.ty())
            .eq(self.args().iter().copied())
        {
            return Err(CallError::Types);
        }
        let bits: Vec<_> = args.iter().map(|arg| arg.to_bits()).collect();
        let (status, result) = if self.is_recursive() {
            self.run_with_stack(&bits).map_err(CallError::Stack)?
        } else {
            self.code().call(&bits, 0)
        };
        match Exception::from_status(status) {
            None => Ok(Value::from_bits(self.return_type(), result)),
            Some(exception) => Err(CallError::Raised(exception)),
        }
    }

    fn run_with_stack(&self, args: &[u64]) -> io::Result<(u32, u64)> {
        thread::scope(|scope| {
            let builder = thread::Builder::new().stack_size(STACK);
            let run = builder.spawn_scoped(scope, || {
                let top = 0_u8;
                let limit = (&raw const top).addr().saturating_sub(STACK - RESERVE);
                self.code().call(args, limit as u64)
            })?;
            run.join()
                .map_err(|_| io::Error::other("compiled code panicked"))
        })
    }
}

/// The reason why a call returned no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The number of arguments is wrong.
    Arity(String),
    /// The arguments do not have the types for which the overload was compiled.
    Types,
    /// The function could not be compiled for these arguments.
    Compile(CompileError),
    /// The function raised an exception.
    Raised(Exception),
    /// The thread for a recursive function could not be started.
    Stack(io::Error),
}

impl CallError {
    pub(crate) fn arity(name: &str, takes: usize, given: usize) -> Self {
        Self::Arity(arity_message(name, takes, given))
    }
}

impl From<CompileError> for CallError {
    fn from(error: CompileError) -> Self {
        Self::Compile(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arity(message) => write!(f, "TypeError: {message}"),
            Self::Types => f.write_str("TypeError: the arguments do not have the overload's types"),
            Self::Compile(error) => error.fmt(f),
            Self::Raised(exception) => exception.fmt(f),
            Self::Stack(error) => {
                write!(f, "cannot start a thread for a recursive function: {error}")
            }
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Arity(_) | Self::Types => None,
            Self::Compile(error) => Some(error),
            Self::Raised(exception) => Some(exception),
            Self::Stack(error) => Some(error),
        }
    }
}
