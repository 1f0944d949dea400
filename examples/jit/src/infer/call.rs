//! Infers the types of calls.

use super::{Result, Walk};
use crate::ast::{Expr, MathFunction};
use crate::source::At;
use crate::typed::{self, Callee, ExprKind};
use crate::types::Type;

impl Walk<'_> {
    pub(super) fn call(&mut self, name: &str, args: &[Expr], at: At) -> Result<typed::Expr> {
        if self.unit.globals.function(name).is_some() {
            return self.call_function(name, args, at);
        }
        match name {
            "abs" => {
                let arg = self.argument("abs", args, at)?;
                let ty = arg.ty.arithmetic();
                let arg = Box::new(arg.convert(ty));
                Ok(typed::Expr::new(ty, ExprKind::Abs(arg)))
            }
            "int" => Ok(self.argument("int", args, at)?.convert(Type::Int64)),
            "float" => Ok(self.argument("float", args, at)?.convert(Type::Float64)),
            "min" | "max" => self.extreme(name, args, at),
            _ => Err(self.unit.unsupported(
                at,
                format!("function `{name}` is not defined"),
                "functions of this file and `abs min max int float`",
            )),
        }
    }

    fn call_function(&mut self, name: &str, args: &[Expr], at: At) -> Result<typed::Expr> {
        let args = self.exprs(args)?;
        let types: Vec<_> = args.iter().map(|arg| arg.ty).collect();
        if types.contains(&Type::Unknown) {
            return Ok(typed::Expr::unknown());
        }
        let (ty, callee) = self.calls.call(name, &types, at)?;
        match &callee {
            Callee::Itself => self.recursive = true,
            Callee::Unfinished { key, .. } => {
                self.recursive = true;
                self.unfinished.insert(key.clone());
            }
            Callee::Finished(overload) => {
                self.recursive |= overload.is_recursive();
                self.unfinished
                    .extend(overload.unfinished().iter().cloned());
            }
            Callee::Unresolved => {}
        }
        if ty == Type::Unknown && self.build {
            self.untyped_call
                .get_or_insert_with(|| (name.to_owned(), at));
        }
        Ok(typed::Expr::new(ty, ExprKind::Call { callee, args }))
    }

    fn extreme(&mut self, name: &str, args: &[Expr], at: At) -> Result<typed::Expr> {
        if args.len() < 2 {
            let message = format!("`{name}` of {} is not supported", count(args.len()));
            return Err(self.unit.unsupported(at, message, "two numbers or more"));
        }
        let user = format!("`{name}`");
        let args = args.iter().map(|arg| self.number(arg, &user));
        let args = args.collect::<Result<Vec<_>>>()?;
        if args.iter().any(|arg| arg.ty == Type::Unknown) {
            return Ok(typed::Expr::unknown());
        }
        let ty = args.iter().map(|arg| arg.ty).max().unwrap_or(Type::Unknown);
        let args = args.into_iter().map(|arg| arg.convert(ty)).collect();
        let max = name == "max";
        Ok(typed::Expr::new(ty, ExprKind::Extreme { max, args }))
    }

    pub(super) fn math(
        &mut self,
        function: MathFunction,
        args: &[Expr],
        at: At,
    ) -> Result<typed::Expr> {
        let arg = self.argument(&format!("math.{}", function.as_str()), args, at)?;
        let rounds = matches!(function, MathFunction::Floor | MathFunction::Ceil);
        if rounds && matches!(arg.ty, Type::Bool | Type::Int64) {
            return Ok(arg.convert(Type::Int64));
        }
        let ty = if rounds { Type::Int64 } else { Type::Float64 };
        let arg = Box::new(arg.convert(Type::Float64));
        Ok(typed::Expr::new(ty, ExprKind::Math { function, arg }))
    }

    /// Infers the argument of a function that takes exactly one number.
    fn argument(&mut self, name: &str, args: &[Expr], at: At) -> Result<typed::Expr> {
        let user = format!("`{name}`");
        if let [arg] = args {
            return self.number(arg, &user);
        }
        let message = format!("{user} takes one argument, not {}", args.len());
        Err(self.unit.unsupported(at, message, "one number"))
    }
}

fn count(args: usize) -> &'static str {
    if args == 0 { "nothing" } else { "one value" }
}
