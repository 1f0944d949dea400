//! Calling compiled functions.
//!
//! One that can call itself runs on a thread of its own, whose stack is large and of a known
//! size: its recursion ends in an exception, not in a fault.

use std::error::Error;
use std::fmt;
use std::io;
use std::thread;

use crate::dispatcher::arity_message;
use crate::error::CompileError;
use crate::exception::Exception;
use crate::overload::Overload;
use crate::value::Value;

/// The stack of a function that can call itself.
const STACK: usize = 256 << 20;

/// What is kept of it for the callees that never ask for more.
const RESERVE: usize = 1 << 20;

impl Overload {
    /// Runs the machine code.
    ///
    /// # Errors
    ///
    /// Returns what the function raised, or that the arguments are not of this overload's types.
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

/// Why a call gave no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// It takes another number of arguments.
    Arity(String),
    /// The arguments are not of the types that the overload was compiled for.
    Types,
    /// It could not be compiled for these arguments.
    Compile(CompileError),
    /// It raised an exception.
    Raised(Exception),
    /// There was no stack to run it on.
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
            Self::Types => f.write_str("TypeError: the arguments are of other types"),
            Self::Compile(error) => error.fmt(f),
            Self::Raised(exception) => exception.fmt(f),
            Self::Stack(error) => write!(f, "no stack for a recursive function: {error}"),
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
