//! The pass `native_lowering`: the typed tree to Cranelift's intermediate representation.
//!
//! The first parameter of a compiled function is the stack limit; its arguments follow. The
//! function returns its value and a status. The status is 0, or the number of the raised exception.
//! Bools and `None` are bytes; all other values have 64 bits. A check that fails jumps to a common
//! block that returns the status. Each caller checks the status of its callee in the same way.

mod arithmetic;
mod expression;
mod loops;
mod statement;
mod trampoline;

use std::collections::HashMap;

use cranelift_codegen::ir::{self, AbiParam, Function, InstBuilder, Signature, types};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use crate::codegen;
use crate::error::CompileError;
use crate::exception::Exception;
use crate::typed::{self, LocalId, Slot};
use crate::types::Type;
use crate::unit::Unit;

pub(crate) use trampoline::trampoline;

/// A function in Cranelift's representation, with its trampoline.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) function: Function,
    pub(crate) trampoline: Function,
    pub(crate) arity: usize,
}

/// The number of the compiled function in its module.
pub(crate) const FUNCTION: u32 = 0;

/// Lowers a typed function.
pub(crate) fn lower(unit: &Unit, typed: &typed::Function) -> Result<Lowered, CompileError> {
    let config = codegen::frontend_config(unit)?;
    let call_conv = config.default_call_conv;
    let signature = signature(&typed.parameters, typed.return_type, call_conv);
    let mut function =
        Function::with_name_signature(ir::UserFuncName::user(0, FUNCTION), signature);
    let mut context = FunctionBuilderContext::new();
    let builder = FunctionBuilder::new(&mut function, &mut context);
    Lowering::start(builder, typed).finish(config);
    let trampoline = trampoline(&typed.parameters, typed.return_type, config);
    let arity = typed.parameters.len();
    Ok(Lowered {
        function,
        trampoline,
        arity,
    })
}

/// Returns the signature of a compiled function.
fn signature(parameters: &[Type], return_type: Type, call_conv: CallConv) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params.push(AbiParam::new(types::I64));
    let parameters = parameters.iter().map(|ty| AbiParam::new(machine_type(*ty)));
    signature.params.extend(parameters);
    signature
        .returns
        .push(AbiParam::new(machine_type(return_type)));
    signature.returns.push(AbiParam::new(types::I32));
    signature
}

fn machine_type(ty: Type) -> ir::Type {
    match ty {
        Type::Int64 => types::I64,
        Type::Float64 => types::F64,
        Type::Bool | Type::None | Type::Unknown => types::I8,
    }
}

/// Builds the code of one function.
struct Lowering<'a> {
    builder: FunctionBuilder<'a>,
    typed: &'a typed::Function,
    slots: HashMap<Slot, Variable>,
    /// Flags of the checked variables: whether each has been assigned.
    assigned: HashMap<LocalId, Variable>,
    /// The loops around the current statement, innermost last.
    loops: Vec<LoopBlocks>,
    stack_limit: ir::Value,
    /// The block that returns its parameter as the status.
    raise: ir::Block,
}

/// The jump targets of `continue` and `break`.
#[derive(Clone, Copy, Debug)]
struct LoopBlocks {
    next: ir::Block,
    exit: ir::Block,
}

impl<'a> Lowering<'a> {
    fn start(mut builder: FunctionBuilder<'a>, typed: &'a typed::Function) -> Self {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let params = builder.block_params(entry).to_vec();
        let raise = builder.create_block();
        builder.append_block_param(raise, types::I32);
        builder.set_cold_block(raise);
        let mut lowering = Self {
            builder,
            typed,
            slots: HashMap::new(),
            assigned: HashMap::new(),
            loops: Vec::new(),
            stack_limit: params[0],
            raise,
        };
        for local in &typed.checked {
            let flag = lowering.builder.declare_var(types::I8);
            let is_parameter = *local < typed.parameters.len();
            let value = lowering
                .builder
                .ins()
                .iconst(types::I8, i64::from(is_parameter));
            lowering.builder.def_var(flag, value);
            lowering.assigned.insert(*local, flag);
        }
        for (local, ty) in typed.parameters.iter().enumerate() {
            let slot = lowering.slot(local, *ty);
            lowering.builder.def_var(slot, params[local + 1]);
        }
        lowering
    }

    fn finish(mut self, config: TargetFrontendConfig) {
        self.block(&self.typed.body);
        self.builder.switch_to_block(self.raise);
        let status = self.builder.block_params(self.raise)[0];
        let placeholder = self.zero(self.typed.return_type);
        self.builder.ins().return_(&[placeholder, status]);
        self.builder.seal_all_blocks();
        self.builder.finalize(config);
    }

    /// Returns Cranelift's variable for a local variable with one of its types.
    fn slot(&mut self, local: LocalId, ty: Type) -> Variable {
        let builder = &mut self.builder;
        let declare = || builder.declare_var(machine_type(ty));
        *self.slots.entry(Slot { local, ty }).or_insert_with(declare)
    }

    fn zero(&mut self, ty: Type) -> ir::Value {
        match machine_type(ty) {
            types::F64 => self.builder.ins().f64const(0.0),
            ty => self.builder.ins().iconst(ty, 0),
        }
    }

    /// Raises `exception` if `condition` is not zero.
    fn raise_if(&mut self, condition: ir::Value, exception: &Exception) {
        let status = self.builder.ins().iconst(types::I32, exception.status());
        self.raise_status_if(condition, status);
    }

    fn raise_status_if(&mut self, condition: ir::Value, status: ir::Value) {
        let next = self.builder.create_block();
        let args = [ir::BlockArg::from(status)];
        self.builder
            .ins()
            .brif(condition, self.raise, &args, next, &[]);
        self.builder.switch_to_block(next);
    }
}
