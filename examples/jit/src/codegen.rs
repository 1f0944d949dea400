//! The pass `code_generation`: machine code by Cranelift, under the code generator lock.
//!
//! Each overload has a module of its own. Calls between overloads use the callee's address, or the
//! cell that will contain it. A failed compilation therefore leaves no partly linked code.

use std::sync::{Arc, OnceLock};

use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::{TargetFrontendConfig, TargetIsa};
use cranelift_codegen::settings::{self, Configurable, SetError};
use cranelift_codegen::{CodegenError, Context};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, default_libcall_names};

use crate::error::{CompileError, Diagnosis};
use crate::lower::{FUNCTION, Lowered};
use crate::native::Code;
use crate::unit::Unit;
use crate::{cranelift_passes, locks};

/// Generates machine code for a lowered function.
pub(crate) fn generate(unit: &Unit, lowered: Lowered) -> Result<Code, CompileError> {
    let _held = locks::CODE_GENERATOR.acquire();
    let isa = Arc::clone(host(unit)?);
    let _events = cranelift_passes::broadcast_for(unit);
    let builder = JITBuilder::with_isa(isa, default_libcall_names());
    let mut module = JITModule::new(builder);
    let error = |error: ModuleError| lowering_error(unit, &error);
    let function = define(&mut module, "function", lowered.function).map_err(error)?;
    debug_assert_eq!(
        function.as_u32(),
        FUNCTION,
        "the function is the first one of its module"
    );
    let trampoline = define(&mut module, "trampoline", lowered.trampoline).map_err(error)?;
    module.finalize_definitions().map_err(error)?;
    Ok(Code::new(module, function, trampoline, lowered.arity))
}

/// Declares a function and has Cranelift compile it.
#[expect(
    clippy::result_large_err,
    reason = "the type comes from Cranelift, and at most one error is created per compilation"
)]
fn define(module: &mut JITModule, name: &str, function: Function) -> Result<FuncId, ModuleError> {
    let id = module.declare_function(name, Linkage::Local, &function.signature)?;
    let mut context = Context::for_function(function);
    module.define_function(id, &mut context)?;
    Ok(id)
}

/// Returns the host's properties for lowering, such as its calling convention and pointer size.
pub(crate) fn frontend_config(unit: &Unit) -> Result<TargetFrontendConfig, CompileError> {
    Ok(host(unit)?.frontend_config())
}

/// Returns the instruction set of the host, which is detected once.
fn host(unit: &Unit) -> Result<&'static Arc<dyn TargetIsa>, CompileError> {
    static HOST: OnceLock<Result<Arc<dyn TargetIsa>, String>> = OnceLock::new();
    HOST.get_or_init(detect_host).as_ref().map_err(|message| {
        let message = format!("cannot generate code for this machine: {message}");
        CompileError::Lowering(Diagnosis::new(&unit.source, unit.function.at, message))
    })
}

fn detect_host() -> Result<Arc<dyn TargetIsa>, String> {
    let flags = flags().map_err(|error| error.to_string())?;
    let builder = cranelift_native::builder().map_err(str::to_owned)?;
    builder
        .finish(flags)
        .map_err(|error: CodegenError| error.to_string())
}

fn flags() -> Result<settings::Flags, SetError> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    flags.set("is_pic", "false")?;
    flags.set("use_colocated_libcalls", "false")?;
    // Recursive calls check the stack limit, so stack probes are not needed.
    flags.set("enable_probestack", "false")?;
    Ok(settings::Flags::new(flags))
}

fn lowering_error(unit: &Unit, error: &ModuleError) -> CompileError {
    let message = format!("Cranelift cannot compile `{}`: {error}", unit.qualname());
    CompileError::Lowering(Diagnosis::new(&unit.source, unit.function.at, message))
}
