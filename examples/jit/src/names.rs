//! The pass `resolve_names`: numbers the variables of a function, and checks all other names.
//!
//! As in Python, a name that is assigned anywhere in a function is local in the whole function.

use std::collections::HashMap;

use crate::ast::{Expr, ExprKind, Function, Name, Stmt, StmtKind};
use crate::error::{CompileError, Diagnosis};
use crate::program::Globals;
use crate::source::{At, Source};
use crate::typed::LocalId;

/// The supported built-in functions of Python.
pub(crate) const BUILTINS: [&str; 5] = ["abs", "min", "max", "int", "float"];

/// The numbered variables of a function. The parameters come first.
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

/// Numbers the variables, and checks that every other name is defined.
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
            StmtKind::Declare(name) => locals.declare(name),
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
                self.not_shadowed("range", range.at)?;
                self.expr(&range.start)?;
                self.expr(&range.stop)?;
                self.expr(&range.step)?;
                self.block(body)
            }
            StmtKind::Return(value) => value.iter().try_for_each(|value| self.expr(value)),
            StmtKind::Declare(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Pass => Ok(()),
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
            ExprKind::Pi => self.math(expr.at),
            ExprKind::Math { args, .. } => {
                self.math(expr.at)?;
                self.exprs(args)
            }
        }
    }

    fn value(&self, name: &str, at: At) -> Result<(), CompileError> {
        if self.is_value(name) {
            return Ok(());
        }
        let message = if self.is_function(name) {
            format!("`{name}` is a function and can only be called")
        } else if name == "math" && self.globals.math {
            "`math` is a module, of which only functions and `math.pi` can be used".to_owned()
        } else {
            format!("name `{name}` is not defined")
        };
        Err(self.error(at, message))
    }

    fn function(&self, name: &str, at: At) -> Result<(), CompileError> {
        let is_value = self.is_value(name);
        if !is_value && self.is_function(name) {
            return Ok(());
        }
        let message = if is_value {
            format!("`{name}` is a variable here and cannot be called")
        } else {
            format!("function `{name}` is not defined")
        };
        Err(self.error(at, message))
    }

    fn math(&self, at: At) -> Result<(), CompileError> {
        self.not_shadowed("math", at)?;
        if self.globals.math {
            return Ok(());
        }
        let message = "`math` is not defined";
        Err(self.unsupported(at, message.into(), "`import math` in this file"))
    }

    /// Checks that the file does not redefine Python's `range` or `math`.
    fn not_shadowed(&self, name: &str, at: At) -> Result<(), CompileError> {
        let message = if self.is_value(name) {
            format!("`{name}` is a variable here")
        } else if self.globals.function(name).is_some() {
            format!("`{name}` is a function of this file")
        } else {
            return Ok(());
        };
        let supported = "Python's own `range` and `math`; give other things another name";
        Err(self.unsupported(at, message, supported))
    }

    fn is_value(&self, name: &str) -> bool {
        self.locals.number(name).is_some() || self.globals.constant(name).is_some()
    }

    fn is_function(&self, name: &str) -> bool {
        self.globals.function(name).is_some() || BUILTINS.contains(&name)
    }

    fn error(&self, at: At, message: String) -> CompileError {
        let supported = "this function's variables, the file's functions and numbers, \
             and `abs min max int float`";
        self.unsupported(at, message, supported)
    }

    fn unsupported(&self, at: At, message: String, supported: &'static str) -> CompileError {
        CompileError::Typing(Diagnosis::new(self.source, at, message).supported(supported))
    }
}
