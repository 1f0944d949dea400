//! Lowers statements.

use cranelift_codegen::ir::{self, InstBuilder, types};

use super::Lowering;
use crate::typed::{Expr, LocalId, Stmt};

impl Lowering<'_> {
    /// Lowers statements. Returns false if the code after them is unreachable.
    pub(super) fn block(&mut self, body: &[Stmt]) -> bool {
        body.iter().all(|stmt| self.stmt(stmt))
    }

    fn stmt(&mut self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Assign { local, value } => {
                let ty = value.ty;
                let value = self.expr(value);
                let slot = self.slot(*local, ty);
                self.builder.def_var(slot, value);
                self.mark_assigned(*local);
            }
            Stmt::AssignEach(pairs) => {
                let values: Vec<_> = pairs.iter().map(|(_, value)| self.expr(value)).collect();
                for ((local, typed), value) in pairs.iter().zip(values) {
                    let slot = self.slot(*local, typed.ty);
                    self.builder.def_var(slot, value);
                    self.mark_assigned(*local);
                }
            }
            Stmt::Move { local, from, to } => {
                let slot = self.slot(*local, *from);
                let value = self.builder.use_var(slot);
                let value = self.convert(value, *from, *to);
                let slot = self.slot(*local, *to);
                self.builder.def_var(slot, value);
            }
            Stmt::Evaluate(value) => {
                self.expr(value);
            }
            Stmt::If {
                test,
                then,
                otherwise,
            } => return self.if_stmt(test, then, otherwise),
            Stmt::Loop(stmt) => return self.loop_stmt(stmt),
            Stmt::Break => return self.leave(|blocks| blocks.exit),
            Stmt::Continue => return self.leave(|blocks| blocks.next),
            Stmt::Return(value) => {
                let value = self.expr(value);
                let success = self.builder.ins().iconst(types::I32, 0);
                self.builder.ins().return_(&[value, success]);
                return false;
            }
        }
        true
    }

    pub(super) fn mark_assigned(&mut self, local: LocalId) {
        if let Some(flag) = self.assigned.get(&local) {
            let yes = self.builder.ins().iconst(types::I8, 1);
            self.builder.def_var(*flag, yes);
        }
    }

    fn leave(&mut self, target: impl Fn(&super::LoopBlocks) -> ir::Block) -> bool {
        let target = self.loops.last().map(target);
        let target = target.expect("the parser accepts `break` and `continue` only inside loops");
        self.builder.ins().jump(target, &[]);
        false
    }

    fn if_stmt(&mut self, test: &Expr, then: &[Stmt], otherwise: &[Stmt]) -> bool {
        let test = self.expr(test);
        let then_block = self.builder.create_block();
        let otherwise_block = self.builder.create_block();
        let after = self.builder.create_block();
        self.builder
            .ins()
            .brif(test, then_block, &[], otherwise_block, &[]);
        let mut is_reachable = false;
        for (block, body) in [(then_block, then), (otherwise_block, otherwise)] {
            self.builder.switch_to_block(block);
            if self.block(body) {
                self.builder.ins().jump(after, &[]);
                is_reachable = true;
            }
        }
        if is_reachable {
            self.builder.switch_to_block(after);
        }
        is_reachable
    }
}
