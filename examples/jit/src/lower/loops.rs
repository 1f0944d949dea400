//! Loops.
//!
//! A `for` keeps its own count: assigning to the target in the body changes nothing, and the
//! last step cannot run over the end of int64.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use cranelift_frontend::Variable;

use super::{LoopBlocks, Lowering};
use crate::exception::Exception;
use crate::typed::{Expr, ExprKind, Loop, LoopHead};
use crate::types::Type;

/// How a range goes on.
struct Counter {
    /// The next value.
    next: Variable,
    step: ir::Value,
    end: End,
}

/// When a range ends.
enum End {
    /// When the next value is no longer on this side of the stop.
    Stop(IntCC, ir::Value),
    /// When this many rounds are done.
    Left(Variable),
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
            (LoopHead::Range { .. }, Some(counter)) => Some(self.goes_on(counter)),
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

    fn counter(&mut self, start: &Expr, until: &Expr, step: &Expr) -> Counter {
        let one_by_one = match step.kind {
            ExprKind::Int(1) => Some(IntCC::SignedLessThan),
            ExprKind::Int(-1) => Some(IntCC::SignedGreaterThan),
            _ => None,
        };
        let start = self.expr(start);
        let until = self.expr(until);
        let step = self.expr(step);
        let next = self.builder.declare_var(types::I64);
        self.builder.def_var(next, start);
        let end = match one_by_one {
            Some(condition) => End::Stop(condition, until),
            None => End::Left(self.rounds(start, until, step)),
        };
        Counter { next, step, end }
    }

    /// How many rounds a range makes: the distance, rounded up, over the step.
    fn rounds(&mut self, start: ir::Value, until: ir::Value, step: ir::Value) -> Variable {
        let ins = self.builder.ins();
        let no_step = ins.icmp_imm_s(IntCC::Equal, step, 0);
        self.raise_if(no_step, &Exception::RangeStep);
        let down = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::SignedLessThan, step, 0);
        let low = self.builder.ins().select(down, until, start);
        let high = self.builder.ins().select(down, start, until);
        let back = self.builder.ins().ineg(step);
        let size = self.builder.ins().select(down, back, step);
        // Unsigned from here: the distance may be larger than any int64.
        let distance = self.builder.ins().isub(high, low);
        let distance = self.builder.ins().iadd_imm_s(distance, -1);
        let rounds = self.builder.ins().udiv(distance, size);
        let rounds = self.builder.ins().iadd_imm_s(rounds, 1);
        let any = self.builder.ins().icmp(IntCC::SignedLessThan, low, high);
        let none = self.builder.ins().iconst(types::I64, 0);
        let rounds = self.builder.ins().select(any, rounds, none);
        let left = self.builder.declare_var(types::I64);
        self.builder.def_var(left, rounds);
        left
    }

    fn goes_on(&mut self, counter: &Counter) -> ir::Value {
        match counter.end {
            End::Stop(condition, stop) => {
                let next = self.builder.use_var(counter.next);
                self.builder.ins().icmp(condition, next, stop)
            }
            End::Left(left) => self.builder.use_var(left),
        }
    }

    /// Gives the target its value, and counts the round.
    fn advance(&mut self, counter: &Counter, target: Variable) {
        let value = self.builder.use_var(counter.next);
        self.builder.def_var(target, value);
        let next = self.builder.ins().iadd(value, counter.step);
        self.builder.def_var(counter.next, next);
        if let End::Left(left) = counter.end {
            let rounds = self.builder.use_var(left);
            let rounds = self.builder.ins().iadd_imm_s(rounds, -1);
            self.builder.def_var(left, rounds);
        }
    }
}
