//! Infers the types in statements.

use super::{Result, Walk};
use crate::ast::{Expr, Name, Stmt, StmtKind};
use crate::flow;
use crate::source::At;
use crate::typed;
use crate::types::Type;

impl Walk<'_> {
    /// Walks statements until one of them makes the rest unreachable.
    pub(super) fn block(&mut self, body: &[Stmt]) -> Result<Vec<typed::Stmt>> {
        let mut out = Vec::new();
        for stmt in body {
            if self.state.is_none() {
                break;
            }
            self.stmt(stmt, &mut out)?;
        }
        Ok(out)
    }

    fn stmt(&mut self, stmt: &Stmt, out: &mut Vec<typed::Stmt>) -> Result<()> {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => self.assign(targets, value, out)?,
            StmtKind::AssignEach { targets, values } => self.assign_each(targets, values, out)?,
            StmtKind::Evaluate(value) => {
                let value = self.expr(value)?;
                out.push(typed::Stmt::Evaluate(value));
            }
            StmtKind::If {
                test,
                then,
                otherwise,
            } => {
                let test = self.condition(test)?;
                self.branches(test, [then, otherwise], stmt.at, out)?;
            }
            StmtKind::While { .. } | StmtKind::For { .. } => self.loop_stmt(stmt, out)?,
            StmtKind::Break => self.break_stmt(stmt.at, out)?,
            StmtKind::Continue => self.continue_stmt(stmt.at, out)?,
            StmtKind::Declare(_) | StmtKind::Pass => {}
            StmtKind::Return(value) => {
                let at = value.as_ref().map_or(stmt.at, |value| value.at);
                let value = match value {
                    Some(value) => self.expr(value)?,
                    None => typed::Expr::new(Type::None, typed::ExprKind::None),
                };
                out.push(self.return_value(value, at)?);
                self.state = None;
            }
        }
        Ok(())
    }

    fn assign(&mut self, targets: &[Name], value: &Expr, out: &mut Vec<typed::Stmt>) -> Result<()> {
        let mut value = self.expr(value)?;
        for target in targets {
            let ty = value.ty;
            let local = self.bind(target, ty);
            out.push(typed::Stmt::Assign { local, value });
            // The next target copies this one, so that the value is computed once.
            let kind = typed::ExprKind::Local {
                local,
                checked: false,
            };
            value = typed::Expr::new(ty, kind);
        }
        Ok(())
    }

    fn assign_each(
        &mut self,
        targets: &[Name],
        values: &[Expr],
        out: &mut Vec<typed::Stmt>,
    ) -> Result<()> {
        let values = self.exprs(values)?;
        let pairs = targets.iter().zip(values);
        let pairs = pairs.map(|(target, value)| (self.bind(target, value.ty), value));
        out.push(typed::Stmt::AssignEach(pairs.collect()));
        Ok(())
    }

    pub(super) fn bind(&mut self, target: &Name, ty: Type) -> typed::LocalId {
        let local = self
            .locals
            .number(&target.text)
            .expect("`resolve_names` has numbered every target");
        if let Some(state) = &mut self.state {
            state.bind(local, ty);
        }
        local
    }

    fn branches(
        &mut self,
        test: typed::Expr,
        [then, otherwise]: [&[Stmt]; 2],
        at: At,
        out: &mut Vec<typed::Stmt>,
    ) -> Result<()> {
        let before = self.state.clone();
        let mut then = self.block(then)?;
        let after_then = std::mem::replace(&mut self.state, before);
        let mut otherwise = self.block(otherwise)?;
        let after_otherwise = self.state.take();
        let joined = flow::join(after_then.clone(), after_otherwise.clone())
            .map_err(|conflict| self.conflict(conflict, at))?;
        if let Some(joined) = &joined {
            then.extend(after_then.iter().flat_map(|state| state.moves_into(joined)));
            otherwise.extend(
                after_otherwise
                    .iter()
                    .flat_map(|state| state.moves_into(joined)),
            );
        }
        self.state = joined;
        out.push(typed::Stmt::If {
            test,
            then,
            otherwise,
        });
        Ok(())
    }

    pub(super) fn return_value(&mut self, value: typed::Expr, at: At) -> Result<typed::Stmt> {
        let unified = self.returns.unify(value.ty);
        let Some(returns) = unified else {
            let name = self.unit.qualname();
            let earlier = self.returns;
            let later = value.ty;
            let message = format!("`{name}` returns {earlier} on one path and {later} on another");
            let supported = "one type, or bool, int64 and float64 together";
            return Err(self.unit.unsupported(at, message, supported));
        };
        self.returns = returns;
        let value = if self.build {
            value.convert(self.findings.return_type())
        } else {
            value
        };
        Ok(typed::Stmt::Return(value))
    }
}
