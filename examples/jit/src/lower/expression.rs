//! Lowers expressions.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, Signature, types};

use super::trampoline::import_function;
use super::{Lowering, signature};
use crate::ast::{CompareOp, MathFunction};
use crate::exception::Exception;
use crate::runtime;
use crate::typed::{Callee, Expr, ExprKind, LocalId};
use crate::types::Type;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> ir::Value {
        match &expr.kind {
            ExprKind::Int(value) => self.builder.ins().iconst(types::I64, *value),
            ExprKind::Float(value) => self.builder.ins().f64const(*value),
            ExprKind::Bool(value) => self.builder.ins().iconst(types::I8, i64::from(*value)),
            ExprKind::None => self.zero(Type::None),
            ExprKind::Unknown => unreachable!("a finished tree has no unknown types"),
            ExprKind::Local { local, checked } => self.local(*local, expr.ty, *checked),
            ExprKind::Convert(operand) => {
                let value = self.expr(operand);
                self.convert(value, operand.ty, expr.ty)
            }
            ExprKind::Negate(operand) => {
                let value = self.expr(operand);
                match expr.ty {
                    Type::Float64 => self.builder.ins().fneg(value),
                    _ => self.builder.ins().ineg(value),
                }
            }
            ExprKind::Not(operand) => {
                let value = self.expr(operand);
                self.builder.ins().icmp_imm_s(IntCC::Equal, value, 0)
            }
            ExprKind::Abs(operand) => {
                let value = self.expr(operand);
                match expr.ty {
                    Type::Float64 => self.builder.ins().fabs(value),
                    _ => self.builder.ins().iabs(value),
                }
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, expr.ty, left, right),
            ExprKind::Compare { first, rest } => self.comparison(first, rest),
            ExprKind::Choose { and, left, right } => self.choose(*and, left, right),
            ExprKind::Extreme { max, args } => self.extreme(*max, args),
            ExprKind::Math { function, arg } => self.math(*function, arg),
            ExprKind::Call { callee, args } => self.call(callee, args, expr.ty),
        }
    }

    fn local(&mut self, local: LocalId, ty: Type, checked: bool) -> ir::Value {
        if checked && let Some(flag) = self.assigned.get(&local) {
            let assigned = self.builder.use_var(*flag);
            let missing = self.builder.ins().icmp_imm_s(IntCC::Equal, assigned, 0);
            let name = self.typed.locals[local].clone();
            self.raise_if(missing, &Exception::UnboundLocal(name));
        }
        let slot = self.slot(local, ty);
        self.builder.use_var(slot)
    }

    fn comparison(&mut self, first: &Expr, rest: &[(CompareOp, Type, Expr)]) -> ir::Value {
        let mut left = (self.expr(first), first.ty);
        let Some(((op, ty, operand), rest)) = rest.split_first() else {
            return left.0;
        };
        let right = self.expr(operand);
        let mut result = self.compare_as(*op, *ty, left, (right, operand.ty));
        left = (right, operand.ty);
        if rest.is_empty() {
            return result;
        }
        // `a < b < c`: the first false comparison skips the remaining operands.
        let end = self.builder.create_block();
        self.builder.append_block_param(end, types::I8);
        for (op, ty, operand) in rest {
            let next = self.builder.create_block();
            let args = [ir::BlockArg::from(result)];
            self.builder.ins().brif(result, next, &[], end, &args);
            self.builder.switch_to_block(next);
            let right = self.expr(operand);
            result = self.compare_as(*op, *ty, left, (right, operand.ty));
            left = (right, operand.ty);
        }
        self.builder.ins().jump(end, &[ir::BlockArg::from(result)]);
        self.builder.switch_to_block(end);
        self.builder.block_params(end)[0]
    }

    fn compare_as(
        &mut self,
        op: CompareOp,
        ty: Type,
        left: (ir::Value, Type),
        right: (ir::Value, Type),
    ) -> ir::Value {
        let left = self.convert(left.0, left.1, ty);
        let right = self.convert(right.0, right.1, ty);
        self.compare(op, ty, left, right)
    }

    fn compare(&mut self, op: CompareOp, ty: Type, left: ir::Value, right: ir::Value) -> ir::Value {
        let (int, float) = match op {
            CompareOp::Equal => (IntCC::Equal, FloatCC::Equal),
            CompareOp::NotEqual => (IntCC::NotEqual, FloatCC::NotEqual),
            CompareOp::Less => (IntCC::SignedLessThan, FloatCC::LessThan),
            CompareOp::LessEqual => (IntCC::SignedLessThanOrEqual, FloatCC::LessThanOrEqual),
            CompareOp::Greater => (IntCC::SignedGreaterThan, FloatCC::GreaterThan),
            CompareOp::GreaterEqual => {
                (IntCC::SignedGreaterThanOrEqual, FloatCC::GreaterThanOrEqual)
            }
        };
        match ty {
            Type::Float64 => self.builder.ins().fcmp(float, left, right),
            _ => self.builder.ins().icmp(int, left, right),
        }
    }

    fn choose(&mut self, and: bool, left: &Expr, right: &Expr) -> ir::Value {
        let ty = left.ty;
        let left = self.expr(left);
        let truth = self.convert(left, ty, Type::Bool);
        let other = self.builder.create_block();
        let end = self.builder.create_block();
        self.builder
            .append_block_param(end, super::machine_type(ty));
        let args = [ir::BlockArg::from(left)];
        if and {
            self.builder.ins().brif(truth, other, &[], end, &args);
        } else {
            self.builder.ins().brif(truth, end, &args, other, &[]);
        }
        self.builder.switch_to_block(other);
        let right = self.expr(right);
        self.builder.ins().jump(end, &[ir::BlockArg::from(right)]);
        self.builder.switch_to_block(end);
        self.builder.block_params(end)[0]
    }

    /// Lowers `min` or `max`. If two arguments are equal or one is NaN, the earlier one wins.
    fn extreme(&mut self, max: bool, args: &[Expr]) -> ir::Value {
        let op = if max {
            CompareOp::Greater
        } else {
            CompareOp::Less
        };
        let ty = args[0].ty;
        let values: Vec<_> = args.iter().map(|arg| self.expr(arg)).collect();
        let first = values[0];
        values[1..].iter().fold(first, |best, value| {
            let better = self.compare(op, ty, *value, best);
            self.builder.ins().select(better, *value, best)
        })
    }

    fn math(&mut self, function: MathFunction, arg: &Expr) -> ir::Value {
        let value = self.expr(arg);
        let called: runtime::Unary = match function {
            MathFunction::Sqrt => return self.builder.ins().sqrt(value),
            MathFunction::Floor => {
                let value = self.builder.ins().floor(value);
                return self.convert(value, Type::Float64, Type::Int64);
            }
            MathFunction::Ceil => {
                let value = self.builder.ins().ceil(value);
                return self.convert(value, Type::Float64, Type::Int64);
            }
            MathFunction::Sin => runtime::sin,
            MathFunction::Cos => runtime::cos,
            MathFunction::Tan => runtime::tan,
            MathFunction::Exp => runtime::exp,
            MathFunction::Log => runtime::log,
        };
        self.call_runtime(called as usize, Type::Float64, &[value])
    }

    /// Calls a function of [`runtime`] whose arguments and result all have the type `ty`.
    pub(super) fn call_runtime(
        &mut self,
        address: usize,
        ty: Type,
        args: &[ir::Value],
    ) -> ir::Value {
        let param = AbiParam::new(super::machine_type(ty));
        let mut signature = Signature::new(self.builder.func.signature.call_conv);
        signature.params.extend(args.iter().map(|_| param));
        signature.returns.push(param);
        let signature = self.builder.import_signature(signature);
        let address = self.address(address);
        let call = self.builder.ins().call_indirect(signature, address, args);
        self.builder.inst_results(call)[0]
    }

    fn address(&mut self, address: usize) -> ir::Value {
        self.builder
            .ins()
            .iconst(types::I64, address.cast_signed() as i64)
    }

    fn call(&mut self, callee: &Callee, args: &[Expr], return_type: Type) -> ir::Value {
        let parameters: Vec<_> = args.iter().map(|arg| arg.ty).collect();
        let mut values = vec![self.stack_limit];
        for arg in args {
            let value = self.expr(arg);
            values.push(value);
        }
        let call_conv = self.builder.func.signature.call_conv;
        let signature = signature(&parameters, return_type, call_conv);
        let call = match callee {
            Callee::Unresolved => unreachable!("a finished tree has no unresolved calls"),
            Callee::Itself => {
                self.check_stack();
                let function = import_function(self.builder.func, signature);
                self.builder.ins().call(function, &values)
            }
            Callee::Finished(overload) => {
                let signature = self.builder.import_signature(signature);
                let address = self.address(overload.code().address());
                self.builder
                    .ins()
                    .call_indirect(signature, address, &values)
            }
            Callee::Unfinished { entry, .. } => {
                self.check_stack();
                let signature = self.builder.import_signature(signature);
                let cell = self.address((&raw const **entry).addr());
                let flags = MemFlagsData::trusted();
                let address = self.builder.ins().load(types::I64, flags, cell, 0);
                let missing = self.builder.ins().icmp_imm_s(IntCC::Equal, address, 0);
                self.raise_if(missing, &Exception::Unfinished);
                self.builder
                    .ins()
                    .call_indirect(signature, address, &values)
            }
        };
        let results = self.builder.inst_results(call).to_vec();
        self.raise_status_if(results[1], results[1]);
        results[0]
    }

    /// Raises an exception if the stack limit is reached.
    ///
    /// Every cycle of calls contains a call of a function that was still being compiled. It is
    /// enough to check the stack before these calls.
    fn check_stack(&mut self) {
        let stack = self.builder.ins().get_stack_pointer(types::I64);
        let limit = self.stack_limit;
        let full = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, stack, limit);
        self.raise_if(full, &Exception::Recursion);
    }
}
