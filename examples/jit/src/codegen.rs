//! The pass `code_generation`: Cranelift makes machine code, under its lock.
//!
//! Each overload has a module of its own. A function that calls another knows its address, or
//! where its address will be; so a compilation that fails leaves nothing half linked behind.

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

/// Makes machine code of a lowered function.
pub(crate) fn generate(unit: &Unit, lowered: Lowered) -> Result<Code, CompileError> {
    let _held = locks::CODE_GENERATOR.acquire();
    let isa = Arc::clone(host(unit)?);
    let _events = cranelift_passes::broadcast_for(unit);
    let builder = JITBuilder::with_isa(isa, default_libcall_names());
    let mut module = JITModule::new(builder);
    let error = |error: ModuleError| lowering_error(unit, &error);
    let function = define(&mut module, "function", lowered.function).map_err(error)?;
    debug_assert_eq!(function.as_u32(), FUNCTION, "it is the module's first");
    let trampoline = define(&mut module, "trampoline", lowered.trampoline).map_err(error)?;
    module.finalize_definitions().map_err(error)?;
    Ok(Code::new(module, function, trampoline, lowered.arity))
}

/// Declares a function and has Cranelift compile it.
#[expect(
    clippy::result_large_err,
    reason = "it is Cranelift's error, and made at most once"
)]
fn define(module: &mut JITModule, name: &str, function: Function) -> Result<FuncId, ModuleError> {
    let id = module.declare_function(name, Linkage::Local, &function.signature)?;
    let mut context = Context::for_function(function);
    module.define_function(id, &mut context)?;
    Ok(id)
}

/// What lowering needs to know of the host: its calling convention, the size of a pointer.
pub(crate) fn frontend_config(unit: &Unit) -> Result<TargetFrontendConfig, CompileError> {
    Ok(host(unit)?.frontend_config())
}

/// The machine that this program runs on, looked at once.
fn host(unit: &Unit) -> Result<&'static Arc<dyn TargetIsa>, CompileError> {
    static HOST: OnceLock<Result<Arc<dyn TargetIsa>, String>> = OnceLock::new();
    HOST.get_or_init(look_at_host).as_ref().map_err(|message| {
        let message = format!("no code can be generated here: {message}");
        CompileError::Lowering(Diagnosis::new(&unit.source, unit.function.at, message))
    })
}

fn look_at_host() -> Result<Arc<dyn TargetIsa>, String> {
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
    // The stack's limit is compared with the stack's pointer; guard pages are a second line.
    flags.set("enable_probestack", "false")?;
    Ok(settings::Flags::new(flags))
}

fn lowering_error(unit: &Unit, error: &ModuleError) -> CompileError {
    let message = format!("Cranelift cannot compile `{}`: {error}", unit.qualname());
    CompileError::Lowering(Diagnosis::new(&unit.source, unit.function.at, message))
}
