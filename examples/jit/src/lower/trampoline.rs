//! The trampoline: a function with the same signature for every compiled function.

use cranelift_codegen::ir::{
    self, AbiParam, Function, InstBuilder, MemFlagsData, Signature, types,
};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::{FUNCTION, machine_type, signature};
use crate::types::Type;

/// Builds the function `(arguments, result, stack limit) -> status`.
///
/// It reads one word for each parameter, calls the function of its module, and stores the result as
/// a word.
pub(crate) fn trampoline(
    parameters: &[Type],
    return_type: Type,
    config: TargetFrontendConfig,
) -> Function {
    let call_conv = config.default_call_conv;
    let mut outer = Signature::new(call_conv);
    outer.params.extend([AbiParam::new(types::I64); 3]);
    outer.returns.push(AbiParam::new(types::I32));
    let mut function =
        Function::with_name_signature(ir::UserFuncName::user(0, FUNCTION + 1), outer);
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut function, &mut context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let &[arguments, result, stack_limit] = builder.block_params(block) else {
        unreachable!("three parameters were pushed above");
    };
    let mut args = vec![stack_limit];
    for (number, ty) in (0..).zip(parameters) {
        let flags = MemFlagsData::trusted();
        // Loading the whole word and truncating it works for little and big endian.
        let word = match machine_type(*ty) {
            types::F64 => builder.ins().load(types::F64, flags, arguments, number * 8),
            types::I64 => builder.ins().load(types::I64, flags, arguments, number * 8),
            byte => {
                let word = builder.ins().load(types::I64, flags, arguments, number * 8);
                builder.ins().ireduce(byte, word)
            }
        };
        args.push(word);
    }
    let inner = signature(parameters, return_type, call_conv);
    let callee = import_function(builder.func, inner);
    let call = builder.ins().call(callee, &args);
    let &[mut value, status] = builder.inst_results(call) else {
        unreachable!("`signature` returns a value and a status");
    };
    if machine_type(return_type) == types::I8 {
        value = builder.ins().uextend(types::I64, value);
    }
    builder
        .ins()
        .store(MemFlagsData::trusted(), value, result, 0);
    builder.ins().return_(&[status]);
    builder.seal_all_blocks();
    builder.finalize(config);
    function
}

/// Imports the function of the module. It is in the same module, so the call can be direct.
pub(super) fn import_function(function: &mut Function, signature: Signature) -> ir::FuncRef {
    let name = ir::UserExternalName::new(0, FUNCTION);
    let name = function.declare_imported_user_function(name);
    let signature = function.import_signature(signature);
    function.import_function(ir::ExtFuncData {
        name: ir::ExternalName::user(name),
        signature,
        colocated: true,
        patchable: false,
    })
}
