//! The sequence of passes that compiles a function to machine code.
//!
//! Every pass runs inside [`run_pass`], whose attribute broadcasts `numba:run_pass`.

use std::error::Error;

use event_core::builtin::RUN_PASS;
use event_core::trigger_event;

use crate::error::CompileError;
use crate::infer::{self, Calls};
use crate::overload::Compiled;
use crate::types::Type;
use crate::unit::{FLAGS, Unit};
use crate::{codegen, lower, names};

/// The services that the passes need from the dispatcher of the compiled function.
pub(crate) trait Compilation: Calls {
    /// Publishes the return type, for callers that are compiled before the function is finished.
    fn set_return_type(&mut self, ty: Type);
}

/// Compiles `unit`.
pub(crate) fn compile(
    unit: &Unit,
    compilation: &mut impl Compilation,
) -> Result<Compiled, CompileError> {
    let pass = |name| Pass { unit, name };
    let locals = run_pass(pass("resolve_names"), |unit| {
        names::resolve(&unit.function, &unit.globals, &unit.source)
    })?;
    let typed = run_pass(pass("type_inference"), |unit| {
        let findings = infer::search::search(unit, &locals)?;
        compilation.set_return_type(findings.return_type());
        infer::build(unit, &locals, compilation, findings)
    })?;
    unit.set_return_type(typed.return_type);
    let lowered = run_pass(pass("native_lowering"), |unit| lower::lower(unit, &typed))?;
    let code = run_pass(pass("code_generation"), |unit| {
        codegen::generate(unit, lowered)
    })?;
    Ok(Compiled {
        return_type: typed.return_type,
        code,
        recursive: typed.recursive,
        unfinished: typed.unfinished,
    })
}

/// A pass over a unit.
#[derive(Clone, Copy, Debug)]
struct Pass<'a> {
    unit: &'a Unit,
    name: &'a str,
}

/// Runs one pass.
#[trigger_event(
    RUN_PASS,
    skip_all,
    data(
        name = pass.unit.pass_name(pass.name),
        qualname = pass.unit.qualname(),
        module = pass.unit.module(),
        flags = FLAGS,
        args = pass.unit.args(),
        return_type = pass.unit.return_type(),
    ),
    err
)]
fn run_pass<T, E: Error + Send + Sync + 'static>(
    pass: Pass<'_>,
    body: impl FnOnce(&Unit) -> Result<T, E>,
) -> Result<T, E> {
    body(pass.unit)
}
