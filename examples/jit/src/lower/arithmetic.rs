//! Lowers arithmetic with Python's semantics.
//!
//! The CPU's division traps on a zero divisor and on overflow. A check precedes each division,
//! unless the divisor is a literal for which neither can happen.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder, types};

use super::Lowering;
use crate::ast::BinaryOp;
use crate::exception::Exception;
use crate::runtime;
use crate::typed::{Expr, ExprKind};
use crate::types::Type;

impl Lowering<'_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        ty: Type,
        left: &Expr,
        right: &Expr,
    ) -> ir::Value {
        let left = self.expr(left);
        match ty {
            Type::Float64 => self.float(op, left, right),
            _ => self.integer(op, left, right),
        }
    }

    fn float(&mut self, op: BinaryOp, left: ir::Value, typed: &Expr) -> ir::Value {
        let literal = match typed.kind {
            ExprKind::Float(value) => Some(value),
            _ => None,
        };
        let right = self.expr(typed);
        let divides = matches!(
            op,
            BinaryOp::Divide | BinaryOp::FloorDivide | BinaryOp::Modulo
        );
        if divides && literal.is_none_or(|value| value == 0.0) {
            let zero = self.float_is(FloatCC::Equal, right);
            self.raise_if(zero, &Exception::ZeroDivision);
        }
        let called: runtime::Binary = match op {
            BinaryOp::Add => return self.builder.ins().fadd(left, right),
            BinaryOp::Subtract => return self.builder.ins().fsub(left, right),
            BinaryOp::Multiply => return self.builder.ins().fmul(left, right),
            BinaryOp::Divide => return self.builder.ins().fdiv(left, right),
            BinaryOp::Power if literal == Some(2.0) => {
                return self.builder.ins().fmul(left, left);
            }
            BinaryOp::Power => {
                self.check_zero_power(left, right);
                runtime::power
            }
            BinaryOp::FloorDivide => runtime::floor_divide,
            BinaryOp::Modulo => runtime::modulo,
        };
        self.call_runtime(called as usize, Type::Float64, &[left, right])
    }

    fn check_zero_power(&mut self, base: ir::Value, exponent: ir::Value) {
        let zero = self.float_is(FloatCC::Equal, base);
        let negative = self.float_is(FloatCC::LessThan, exponent);
        let both = self.builder.ins().band(zero, negative);
        self.raise_if(both, &Exception::ZeroPower);
    }

    fn float_is(&mut self, condition: FloatCC, value: ir::Value) -> ir::Value {
        let zero = self.builder.ins().f64const(0.0);
        self.builder.ins().fcmp(condition, value, zero)
    }

    fn integer(&mut self, op: BinaryOp, left: ir::Value, typed: &Expr) -> ir::Value {
        let literal = match typed.kind {
            ExprKind::Int(value) => Some(value),
            _ => None,
        };
        if let (BinaryOp::FloorDivide | BinaryOp::Modulo, Some(value)) = (op, literal)
            && value > 0
            && value.count_ones() == 1
        {
            return self.divide_by_power_of_two(op, left, value);
        }
        let right = self.expr(typed);
        match op {
            BinaryOp::Add => self.builder.ins().iadd(left, right),
            BinaryOp::Subtract => self.builder.ins().isub(left, right),
            BinaryOp::Multiply => self.builder.ins().imul(left, right),
            BinaryOp::FloorDivide | BinaryOp::Modulo => {
                let safe = literal.is_some_and(|value| value != 0 && value != -1);
                self.divide(op, left, right, safe)
            }
            BinaryOp::Power if literal == Some(2) => self.builder.ins().imul(left, left),
            BinaryOp::Power => {
                let zero = self.builder.ins().icmp_imm_s(IntCC::Equal, left, 0);
                let negative = self
                    .builder
                    .ins()
                    .icmp_imm_s(IntCC::SignedLessThan, right, 0);
                let both = self.builder.ins().band(zero, negative);
                self.raise_if(both, &Exception::ZeroPower);
                let called: extern "C" fn(i64, i64) -> i64 = runtime::integer_power;
                self.call_runtime(called as usize, Type::Int64, &[left, right])
            }
            BinaryOp::Divide => unreachable!("`/` has float operands"),
        }
    }

    /// Divides by shifting or masking, which round towards minus infinity as Python does.
    fn divide_by_power_of_two(&mut self, op: BinaryOp, left: ir::Value, value: i64) -> ir::Value {
        if op == BinaryOp::Modulo {
            self.builder.ins().band_imm_s(left, value - 1)
        } else {
            let bits = i64::from(value.trailing_zeros());
            self.builder.ins().sshr_imm_s(left, bits)
        }
    }

    /// Lowers `//` or `%`. A `safe` divisor is neither 0, which raises, nor -1, which can overflow.
    fn divide(&mut self, op: BinaryOp, left: ir::Value, right: ir::Value, safe: bool) -> ir::Value {
        let mut divisor = right;
        let mut minus_one = None;
        if !safe {
            let zero = self.builder.ins().icmp_imm_s(IntCC::Equal, right, 0);
            self.raise_if(zero, &Exception::ZeroDivision);
            let is_minus_one = self.builder.ins().icmp_imm_s(IntCC::Equal, right, -1);
            let one = self.builder.ins().iconst(types::I64, 1);
            divisor = self.builder.ins().select(is_minus_one, one, right);
            minus_one = Some(is_minus_one);
        }
        let quotient = self.builder.ins().sdiv(left, divisor);
        let product = self.builder.ins().imul(quotient, divisor);
        let remainder = self.builder.ins().isub(left, product);
        // `sdiv` rounds towards zero. If the signs differ, that is one above Python's result.
        let uneven = self.builder.ins().icmp_imm_s(IntCC::NotEqual, remainder, 0);
        let signs = self.builder.ins().bxor(remainder, divisor);
        let differ = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let too_high = self.builder.ins().band(uneven, differ);
        if op == BinaryOp::Modulo {
            let shifted = self.builder.ins().iadd(remainder, divisor);
            return self.builder.ins().select(too_high, shifted, remainder);
        }
        let one_less = self.builder.ins().iadd_imm_s(quotient, -1);
        let floor = self.builder.ins().select(too_high, one_less, quotient);
        match minus_one {
            None => floor,
            Some(minus_one) => {
                let negated = self.builder.ins().ineg(left);
                self.builder.ins().select(minus_one, negated, floor)
            }
        }
    }

    /// Converts a value, as Python's `bool`, `int` and `float` do.
    pub(super) fn convert(&mut self, value: ir::Value, from: Type, to: Type) -> ir::Value {
        match (from, to) {
            (Type::Bool, Type::Int64) => self.builder.ins().uextend(types::I64, value),
            (Type::Bool, Type::Float64) => {
                let value = self.builder.ins().uextend(types::I64, value);
                self.builder.ins().fcvt_from_sint(types::F64, value)
            }
            (Type::Int64, Type::Float64) => self.builder.ins().fcvt_from_sint(types::F64, value),
            (Type::Int64, Type::Bool) => self.builder.ins().icmp_imm_s(IntCC::NotEqual, value, 0),
            (Type::Float64, Type::Bool) => self.float_is(FloatCC::NotEqual, value),
            (Type::Float64, Type::Int64) => self.truncate(value),
            _ => value,
        }
    }

    /// Truncates a float to int64. Values outside its range become the least int64, as in Numba.
    fn truncate(&mut self, value: ir::Value) -> ir::Value {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2 ** 63
        let cut = self.builder.ins().fcvt_to_sint_sat(types::I64, value);
        let limit = self.builder.ins().f64const(LIMIT);
        let fits = self.builder.ins().fcmp(FloatCC::LessThan, value, limit);
        let least = self.builder.ins().iconst(types::I64, i64::MIN);
        self.builder.ins().select(fits, cut, least)
    }
}
