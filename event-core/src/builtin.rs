//! The kinds that Numba's compiler broadcasts, and their data.
//!
//! Names, keys and meanings are the same as in
//! [`numba.core.event`](https://numba.readthedocs.io/en/stable/developer/event_api.html). All
//! other names that begin with `numba:` are reserved.
//!
//! # Examples
//!
#![cfg_attr(feature = "macros", doc = "```")]
#![cfg_attr(not(feature = "macros"), doc = "```ignore")]
//! use event_core::builtin::{RUN_PASS, RunPass};
//! use event_core::{local, trigger_event};
//!
//! let pass = RunPass {
//!     name: "type_inference [area]".into(),
//!     qualname: "area".into(),
//!     module: "mandelbrot".into(),
//!     flags: "{}".into(),
//!     args: "(int64,)".into(),
//!     return_type: None,
//! };
//! let recorder = local::install_recorder(RUN_PASS);
//! trigger_event(RUN_PASS, pass, || {});
//! let (_, event) = &recorder.buffer()[0];
//! assert_eq!(event.data().get("name").unwrap().to_str(), Some("type_inference [area]"));
//! assert_eq!(event.data().get("return_type").unwrap().to_string(), "None");
//! ```

use std::sync::Arc;

use crate::kind::Kind;

/// The compilation of a function, with [`Compile`] as data.
pub const COMPILE: Kind = Kind::from_static("numba:compile");

/// Waiting for and holding the global compiler lock, without data.
pub const COMPILER_LOCK: Kind = Kind::from_static("numba:compiler_lock");

/// Waiting for and holding the code generator's lock, without data.
pub const LLVM_LOCK: Kind = Kind::from_static("numba:llvm_lock");

/// A run of a compiler pass, with [`RunPass`] as data.
pub const RUN_PASS: Kind = Kind::from_static("numba:run_pass");

/// The data of [`COMPILE`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "macros", derive(crate::EventData), data(crate = crate))]
pub struct Compile<D: Send + Sync + 'static> {
    /// The live dispatcher. `downcast_ref::<D>()` of the value returns this same object.
    pub dispatcher: Arc<D>,
    /// The types of the arguments.
    pub args: String,
    /// The type of the result, if the caller specified it.
    pub return_type: Option<String>,
}

/// The data of [`RUN_PASS`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "macros", derive(crate::EventData), data(crate = crate))]
pub struct RunPass {
    /// The name of the pass, then the function in brackets: `type_inference [area]`.
    pub name: String,
    /// The qualified name of the function that is compiled.
    pub qualname: String,
    /// The module of that function.
    pub module: String,
    /// The compiler's flags.
    pub flags: String,
    /// The types of the arguments.
    pub args: String,
    /// The type of the result, if it is known yet.
    pub return_type: Option<String>,
}
