//! Converts the statements of a function's body.
//!
//! Loops are numbered in source order. Type inference stores its findings by these numbers.

use ruff_python_ast as py;

use super::{Parser, Result, start};
use crate::ast::{Constant, Expr, ExprKind, Name, Range, Stmt, StmtKind};

const STATEMENTS: &str = "assignment to names, augmented assignment, `if`/`elif`/`else`, `while`, \
     `for` over `range`, `break`, `continue`, `pass`, `return`, and calls";
const RANGE: &str = "`for NAME in range(...)` with one to three arguments";
const TARGETS: &str = "a name, or as many names as values: `a, b = b, a`";

impl Parser<'_> {
    pub(super) fn block(&mut self, body: &[py::Stmt]) -> Result<Vec<Stmt>> {
        body.iter().map(|stmt| self.statement(stmt)).collect()
    }

    fn statement(&mut self, stmt: &py::Stmt) -> Result<Stmt> {
        let kind = match stmt {
            py::Stmt::Assign(assign) => self.assign(assign)?,
            py::Stmt::AugAssign(assign) => self.augmented(assign)?,
            py::Stmt::AnnAssign(assign) => match &assign.value {
                Some(value) => StmtKind::Assign {
                    targets: vec![self.target(&assign.target)?],
                    value: self.expression(value)?,
                },
                None => StmtKind::Declare(self.target(&assign.target)?),
            },
            py::Stmt::Expr(expr) if expr.value.is_string_literal_expr() => StmtKind::Pass,
            py::Stmt::Expr(expr) => StmtKind::Evaluate(self.expression(&expr.value)?),
            py::Stmt::If(stmt) => self.if_statement(stmt)?,
            py::Stmt::While(stmt) => self.while_statement(stmt)?,
            py::Stmt::For(stmt) => self.for_statement(stmt)?,
            py::Stmt::Break(_) if self.loop_depth > 0 => StmtKind::Break,
            py::Stmt::Continue(_) if self.loop_depth > 0 => StmtKind::Continue,
            py::Stmt::Break(_) | py::Stmt::Continue(_) => {
                let message = format!("{} is outside a loop", noun(stmt));
                return self.error(
                    stmt,
                    message,
                    "`break` and `continue` inside `while` or `for`",
                );
            }
            py::Stmt::Pass(_) => StmtKind::Pass,
            py::Stmt::Return(stmt) => {
                let value = stmt.value.as_deref();
                StmtKind::Return(value.map(|value| self.expression(value)).transpose()?)
            }
            other => return self.unsupported(other, noun(other), STATEMENTS),
        };
        let at = start(stmt);
        Ok(Stmt { at, kind })
    }

    fn assign(&self, assign: &py::StmtAssign) -> Result<StmtKind> {
        if let [py::Expr::Tuple(targets)] = assign.targets.as_slice() {
            return self.assign_each(targets, &assign.value);
        }
        let targets = assign.targets.iter().map(|target| self.target(target));
        Ok(StmtKind::Assign {
            targets: targets.collect::<Result<_>>()?,
            value: self.expression(&assign.value)?,
        })
    }

    fn assign_each(&self, targets: &py::ExprTuple, value: &py::Expr) -> Result<StmtKind> {
        match value {
            py::Expr::Tuple(values) if values.elts.len() == targets.elts.len() => {
                let targets = targets.elts.iter().map(|target| self.target(target));
                let values = values.elts.iter().map(|value| self.expression(value));
                Ok(StmtKind::AssignEach {
                    targets: targets.collect::<Result<_>>()?,
                    values: values.collect::<Result<_>>()?,
                })
            }
            other => self.unsupported(other, "unpacking this value", TARGETS),
        }
    }

    fn augmented(&self, assign: &py::StmtAugAssign) -> Result<StmtKind> {
        let target = self.target(&assign.target)?;
        let left = Expr {
            at: target.at,
            kind: ExprKind::Name(target.text.clone()),
        };
        let op = self.binary_op(assign, assign.op)?;
        let right = self.expression(&assign.value)?;
        let kind = ExprKind::Binary {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        Ok(StmtKind::Assign {
            value: Expr {
                at: target.at,
                kind,
            },
            targets: vec![target],
        })
    }

    pub(super) fn target(&self, target: &py::Expr) -> Result<Name> {
        match target {
            py::Expr::Name(name) => Ok(Name {
                text: name.id.as_str().to_owned(),
                at: start(name),
            }),
            other => self.unsupported(other, "assigning to this", TARGETS),
        }
    }

    fn if_statement(&mut self, stmt: &py::StmtIf) -> Result<StmtKind> {
        let test = self.expression(&stmt.test)?;
        let then = self.block(&stmt.body)?;
        let otherwise = self.else_clauses(&stmt.elif_else_clauses)?;
        Ok(StmtKind::If {
            test,
            then,
            otherwise,
        })
    }

    fn else_clauses(&mut self, clauses: &[py::ElifElseClause]) -> Result<Vec<Stmt>> {
        // Built from the last clause to the first, because each `elif` contains the ones after it.
        let mut otherwise = Vec::new();
        let bodies = clauses
            .iter()
            .map(|clause| {
                let test = clause.test.as_ref().map(|test| self.expression(test));
                Ok((clause, test.transpose()?, self.block(&clause.body)?))
            })
            .collect::<Result<Vec<_>>>()?;
        for (clause, test, body) in bodies.into_iter().rev() {
            otherwise = match test {
                None => body,
                Some(test) => vec![Stmt {
                    at: start(clause),
                    kind: StmtKind::If {
                        test,
                        then: body,
                        otherwise,
                    },
                }],
            };
        }
        Ok(otherwise)
    }

    fn while_statement(&mut self, stmt: &py::StmtWhile) -> Result<StmtKind> {
        if let Some(first) = stmt.orelse.first() {
            return self.unsupported(first, "`else` after a loop", STATEMENTS);
        }
        let test = self.expression(&stmt.test)?;
        let (number, body) = self.loop_body(&stmt.body)?;
        Ok(StmtKind::While { number, test, body })
    }

    fn for_statement(&mut self, stmt: &py::StmtFor) -> Result<StmtKind> {
        if stmt.is_async {
            return self.unsupported(stmt, "`async for`", RANGE);
        }
        if let Some(first) = stmt.orelse.first() {
            return self.unsupported(first, "`else` after a loop", STATEMENTS);
        }
        let py::Expr::Name(_) = &*stmt.target else {
            return self.unsupported(&*stmt.target, "this loop target", RANGE);
        };
        let target = self.target(&stmt.target)?;
        let range = self.range(&stmt.iter)?;
        let (number, body) = self.loop_body(&stmt.body)?;
        Ok(StmtKind::For {
            number,
            target,
            range,
            body,
        })
    }

    fn loop_body(&mut self, body: &[py::Stmt]) -> Result<(usize, Vec<Stmt>)> {
        let number = self.loops;
        self.loops += 1;
        self.loop_depth += 1;
        let body = self.block(body);
        self.loop_depth -= 1;
        Ok((number, body?))
    }

    fn range(&self, iter: &py::Expr) -> Result<Range> {
        let py::Expr::Call(call) = iter else {
            return self.unsupported(iter, "a loop over this", RANGE);
        };
        let is_range = matches!(&*call.func, py::Expr::Name(name) if name.id.as_str() == "range");
        let args = &call.arguments;
        if !is_range || !args.keywords.is_empty() || !(1..=3).contains(&args.args.len()) {
            return self.unsupported(iter, "a loop over this", RANGE);
        }
        let int = |value| Expr {
            at: start(iter),
            kind: ExprKind::Constant(Constant::Int(value)),
        };
        let mut args = args.args.iter().map(|arg| self.expression(arg));
        let mut next = || args.next().transpose();
        let at = start(iter);
        Ok(match (next()?, next()?, next()?) {
            (Some(stop), None, _) => Range {
                at,
                start: int(0),
                stop,
                step: int(1),
            },
            (Some(start), Some(limit), step) => Range {
                at,
                start,
                stop: limit,
                step: step.unwrap_or_else(|| int(1)),
            },
            (None, ..) => return self.unsupported(iter, "a loop over this", RANGE),
        })
    }
}

/// Returns the name of this kind of statement for error messages.
pub(super) fn noun(stmt: &py::Stmt) -> &'static str {
    match stmt {
        py::Stmt::FunctionDef(_) => "a function inside a function",
        py::Stmt::ClassDef(_) => "a class",
        py::Stmt::Delete(_) => "`del`",
        py::Stmt::TypeAlias(_) => "`type`",
        py::Stmt::For(_) => "`for`",
        py::Stmt::While(_) => "`while`",
        py::Stmt::If(_) => "`if`",
        py::Stmt::With(_) => "`with`",
        py::Stmt::Match(_) => "`match`",
        py::Stmt::Raise(_) => "`raise`",
        py::Stmt::Try(_) => "`try`",
        py::Stmt::Assert(_) => "`assert`",
        py::Stmt::Import(_) | py::Stmt::ImportFrom(_) => "this import",
        py::Stmt::Global(_) => "`global`",
        py::Stmt::Nonlocal(_) => "`nonlocal`",
        py::Stmt::Return(_) => "`return`",
        py::Stmt::Break(_) => "`break`",
        py::Stmt::Continue(_) => "`continue`",
        py::Stmt::AugAssign(_) | py::Stmt::AnnAssign(_) => "this assignment",
        _ => "this statement",
    }
}
