//! Numba in miniature: a just-in-time compiler for a subset of Python.
//!
//! It broadcasts the four events of Numba's own compiler through `event-core`.
//!
//! # Overview
//!
//! * [`Program::load`] parses a Python file and creates a [`Dispatcher`] for each function under
//!   `@njit`.
//! * [`Dispatcher::call`] compiles the function once for each tuple of argument types, and runs the
//!   machine code. [`Dispatcher::compile`] only compiles.
//! * [`Overload`] is the result of one compilation. It records how long that compilation waited for
//!   and held each lock.
//! * [`report`] presents the broadcast events: a tree of compilations, a table of passes, JSON.
//! * [`cli`] is the command line program.
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
