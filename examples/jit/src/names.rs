//! The pass `resolve_names`: which names of a function are its own variables.
//!
//! As in Python, a name assigned anywhere in a function is local everywhere in it.

use std::collections::HashMap;

use crate::ast::{Expr, ExprKind, Function, Name, Stmt, StmtKind};
use crate::error::{CompileError, Diagnosis};
use crate::program::Globals;
use crate::source::{At, Source};
use crate::typed::LocalId;

/// The functions of Python itself that can be called.
pub(crate) const BUILTINS: [&str; 5] = ["abs", "min", "max", "int", "float"];

/// A function's variables, numbered: the parameters first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals {
    names: Vec<String>,
    numbers: HashMap<String, LocalId>,
}

impl Locals {
    pub(crate) fn number(&self, name: &str) -> Option<LocalId> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn name(&self, local: LocalId) -> &str {
        self.names.get(local).map_or("?", String::as_str)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    fn declare(&mut self, name: &Name) {
        if !self.numbers.contains_key(&name.text) {
            self.numbers.insert(name.text.clone(), self.names.len());
            self.names.push(name.text.clone());
        }
    }
}

/// Numbers the variables and checks that every other name is known.
pub(crate) fn resolve(
    function: &Function,
    globals: &Globals,
    source: &Source,
) -> Result<Locals, CompileError> {
    let mut locals = Locals::default();
    for parameter in &function.parameters {
        locals.declare(parameter);
    }
    declare(&function.body, &mut locals);
    let check = Check {
        locals: &locals,
        globals,
        source,
    };
    check.block(&function.body)?;
    Ok(locals)
}

fn declare(body: &[Stmt], locals: &mut Locals) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::AssignEach { targets, .. } => {
                for target in targets {
                    locals.declare(target);
                }
            }
            StmtKind::If {
                then, otherwise, ..
            } => {
                declare(then, locals);
                declare(otherwise, locals);
            }
            StmtKind::While { body, .. } => declare(body, locals),
            StmtKind::For { target, body, .. } => {
                locals.declare(target);
                declare(body, locals);
            }
            _ => {}
        }
    }
}

struct Check<'a> {
    locals: &'a Locals,
    globals: &'a Globals,
    source: &'a Source,
}

impl Check<'_> {
    fn block(&self, body: &[Stmt]) -> Result<(), CompileError> {
        body.iter().try_for_each(|stmt| self.stmt(&stmt.kind))
    }

    fn stmt(&self, stmt: &StmtKind) -> Result<(), CompileError> {
        match stmt {
            StmtKind::Assign { value, .. } | StmtKind::Evaluate(value) => self.expr(value),
            StmtKind::AssignEach { values, .. } => self.exprs(values),
            StmtKind::If {
                test,
                then,
                otherwise,
            } => {
                self.expr(test)?;
                self.block(then)?;
                self.block(otherwise)
            }
            StmtKind::While { test, body, .. } => {
                self.expr(test)?;
                self.block(body)
            }
            StmtKind::For { range, body, .. } => {
                self.expr(&range.start)?;
                self.expr(&range.stop)?;
                self.expr(&range.step)?;
                self.block(body)
            }
            StmtKind::Return(value) => value.iter().try_for_each(|value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue | StmtKind::Pass => Ok(()),
        }
    }

    fn exprs(&self, exprs: &[Expr]) -> Result<(), CompileError> {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    fn expr(&self, expr: &Expr) -> Result<(), CompileError> {
        match &expr.kind {
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Name(name) => self.value(name, expr.at),
            ExprKind::Negate(operand) | ExprKind::Plus(operand) | ExprKind::Not(operand) => {
                self.expr(operand)
            }
            ExprKind::Binary { left, right, .. } | ExprKind::Choose { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::Compare { first, rest } => {
                self.expr(first)?;
                rest.iter().try_for_each(|(_, operand)| self.expr(operand))
            }
            ExprKind::Call { name, args } => {
                self.function(name, expr.at)?;
                self.exprs(args)
            }
            ExprKind::Math { args, .. } => self.exprs(args),
        }
    }

    fn value(&self, name: &str, at: At) -> Result<(), CompileError> {
        if self.locals.number(name).is_some() || self.globals.constant(name).is_some() {
            return Ok(());
        }
        let message = if self.is_function(name) {
            format!("`{name}` is a function: it can only be called")
        } else {
            format!("name `{name}` is not defined")
        };
        Err(self.error(at, message))
    }

    fn function(&self, name: &str, at: At) -> Result<(), CompileError> {
        let is_value = self.locals.number(name).is_some() || self.globals.constant(name).is_some();
        if !is_value && self.is_function(name) {
            return Ok(());
        }
        let message = if is_value {
            format!("`{name}` is a variable here: it cannot be called")
        } else {
            format!("function `{name}` is not known")
        };
        Err(self.error(at, message))
    }

    fn is_function(&self, name: &str) -> bool {
        self.globals.function(name).is_some() || BUILTINS.contains(&name)
    }

    fn error(&self, at: At, message: String) -> CompileError {
        let supported = "this function's variables, the file's functions and numbers, \
             and `abs min max int float`";
        CompileError::Typing(Diagnosis::new(self.source, at, message).supported(supported))
    }
}
