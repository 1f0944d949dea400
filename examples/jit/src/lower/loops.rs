//! Lowers loops.
//!
//! A `for` has a counter of its own. An assignment to the target in the body does not change the
//! number of rounds, and the last step cannot overflow int64.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use cranelift_frontend::Variable;

use super::{LoopBlocks, Lowering};
use crate::exception::Exception;
use crate::typed::{Expr, ExprKind, Loop, LoopHead};
use crate::types::Type;

/// The counter of a `for` loop.
struct Counter {
    /// The value of the target in the next round.
    next: Variable,
    step: ir::Value,
    end: End,
}

/// The end condition of a range.
enum End {
    /// The loop runs while this comparison of the next value with the stop is true.
    Stop(IntCC, ir::Value),
    /// The loop runs for this number of remaining rounds.
    Remaining(Variable),
}

impl Lowering<'_> {
    pub(super) fn loop_stmt(&mut self, stmt: &Loop) -> bool {
        let counter = match &stmt.head {
            LoopHead::Range {
                start, stop, step, ..
            } => Some(self.counter(start, stop, step)),
            LoopHead::Forever | LoopHead::While(_) => None,
        };
        let next = self.builder.create_block();
        let body = self.builder.create_block();
        let ended = self.builder.create_block();
        let exit = self.builder.create_block();
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
        let test = match (&stmt.head, &counter) {
            (LoopHead::While(test), _) => Some(self.expr(test)),
            (LoopHead::Range { .. }, Some(counter)) => Some(self.has_next(counter)),
            _ => None,
        };
        if let Some(test) = test {
            self.builder.ins().brif(test, body, &[], ended, &[]);
            self.builder.switch_to_block(ended);
            self.block(&stmt.on_exit);
            self.builder.ins().jump(exit, &[]);
        } else {
            self.builder.ins().jump(body, &[]);
        }
        self.builder.switch_to_block(body);
        if let (LoopHead::Range { target, .. }, Some(counter)) = (&stmt.head, &counter) {
            let slot = self.slot(*target, Type::Int64);
            self.advance(counter, slot);
            self.mark_assigned(*target);
        }
        self.loops.push(LoopBlocks { next, exit });
        if self.block(&stmt.body) {
            self.builder.ins().jump(next, &[]);
        }
        self.loops.pop();
        if stmt.ends {
            self.builder.switch_to_block(exit);
        }
        stmt.ends
    }

    fn counter(&mut self, start: &Expr, limit: &Expr, step: &Expr) -> Counter {
        let unit_step = match step.kind {
            ExprKind::Int(1) => Some(IntCC::SignedLessThan),
            ExprKind::Int(-1) => Some(IntCC::SignedGreaterThan),
            _ => None,
        };
        let start = self.expr(start);
        let limit = self.expr(limit);
        let step = self.expr(step);
        let next = self.builder.declare_var(types::I64);
        self.builder.def_var(next, start);
        let end = match unit_step {
            Some(condition) => End::Stop(condition, limit),
            None => End::Remaining(self.rounds(start, limit, step)),
        };
        Counter { next, step, end }
    }

    /// Computes the number of rounds: the distance divided by the step, rounded up.
    fn rounds(&mut self, start: ir::Value, limit: ir::Value, step: ir::Value) -> Variable {
        let ins = self.builder.ins();
        let zero_step = ins.icmp_imm_s(IntCC::Equal, step, 0);
        self.raise_if(zero_step, &Exception::RangeStep);
        let down = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::SignedLessThan, step, 0);
        let low = self.builder.ins().select(down, limit, start);
        let high = self.builder.ins().select(down, start, limit);
        let back = self.builder.ins().ineg(step);
        let size = self.builder.ins().select(down, back, step);
        // Unsigned arithmetic, because the distance may exceed the largest int64.
        let distance = self.builder.ins().isub(high, low);
        let distance = self.builder.ins().iadd_imm_s(distance, -1);
        let rounds = self.builder.ins().udiv(distance, size);
        let rounds = self.builder.ins().iadd_imm_s(rounds, 1);
        let any = self.builder.ins().icmp(IntCC::SignedLessThan, low, high);
        let none = self.builder.ins().iconst(types::I64, 0);
        let rounds = self.builder.ins().select(any, rounds, none);
        let remaining = self.builder.declare_var(types::I64);
        self.builder.def_var(remaining, rounds);
        remaining
    }

    fn has_next(&mut self, counter: &Counter) -> ir::Value {
        match counter.end {
            End::Stop(condition, stop) => {
                let next = self.builder.use_var(counter.next);
                self.builder.ins().icmp(condition, next, stop)
            }
            End::Remaining(remaining) => self.builder.use_var(remaining),
        }
    }

    /// Assigns the target and advances the counter.
    fn advance(&mut self, counter: &Counter, target: Variable) {
        let value = self.builder.use_var(counter.next);
        self.builder.def_var(target, value);
        let next = self.builder.ins().iadd(value, counter.step);
        self.builder.def_var(counter.next, next);
        if let End::Remaining(remaining) = counter.end {
            let rounds = self.builder.use_var(remaining);
            let rounds = self.builder.ins().iadd_imm_s(rounds, -1);
            self.builder.def_var(remaining, rounds);
        }
    }
}
