//! Numba in miniature: a just-in-time compiler for a part of Python, which broadcasts the four
//! events that Numba's own compiler does, through `event-core`.
//!
//! # Overview
//!
//! * [`Program::load`] parses a Python file and gives a [`Dispatcher`] for each function under
//!   `@njit`.
//! * [`Dispatcher::call`] compiles the function for the types of its arguments, once, and runs
//!   the machine code; [`Dispatcher::compile`] only compiles. Each [`Overload`] keeps how long
//!   its compilation had the locks.
//! * [`report`] shows what was broadcast: a tree of compilations, a table of passes, JSON.
//! * [`cli`] is the program around them.
//!
//! # Example
//!
//! ```
//! use event_core::{builtin, local};
//! use jit::{Program, Type, Value};
//!
//! let program = Program::load("half.py", "
//! from numba import njit
//!
//! @njit
//! def half(x):
//!     return x / 2
//! ")?;
//! let half = program.function("half").ok_or("no such function")?;
//! let recorder = local::install_recorder(builtin::COMPILE);
//! assert_eq!(half.call(&[Value::Int(7)])?, Value::Float(3.5));
//! assert_eq!(half.call(&[Value::Int(8)])?, Value::Float(4.0)); // compiled already
//! assert_eq!(recorder.len(), 2); // its START and its END
//! assert_eq!(half.overloads()[0].args(), [Type::Int64]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ast;
mod call;
mod codegen;
mod compiling;
mod cranelift_passes;
mod dispatcher;
mod error;
mod exception;
mod flow;
mod infer;
mod locks;
mod lower;
mod names;
mod native;
mod overload;
mod parse;
mod passes;
mod program;
mod runtime;
mod source;
mod typed;
mod types;
mod unit;
mod value;

pub mod cli;
pub mod report;

pub use call::CallError;
pub use dispatcher::Dispatcher;
pub use error::{CompileError, Diagnosis, SourceError};
pub use exception::Exception;
pub use overload::{Overload, Timers};
pub use program::Program;
pub use source::Place;
pub use types::Type;
pub use value::Value;
