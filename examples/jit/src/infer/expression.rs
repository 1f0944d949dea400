//! Infers the types of expressions.

use std::f64::consts::PI;

use super::{Result, Walk};
use crate::ast::{BinaryOp, CompareOp, Constant, Expr, ExprKind};
use crate::flow::Binding;
use crate::source::At;
use crate::typed;
use crate::types::Type;

const NUMBERS: &str = "bool, int64 and float64";

impl Walk<'_> {
    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Result<Vec<typed::Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<typed::Expr> {
        match &expr.kind {
            ExprKind::Constant(value) => Ok(constant(*value)),
            ExprKind::Name(name) => self.name(name, expr.at),
            ExprKind::Negate(operand) => {
                let operand = self.number(operand, "unary `-`")?;
                let ty = operand.ty.arithmetic();
                let operand = Box::new(operand.convert(ty));
                Ok(typed::Expr::new(ty, typed::ExprKind::Negate(operand)))
            }
            ExprKind::Plus(operand) => {
                let operand = self.number(operand, "unary `+`")?;
                let ty = operand.ty.arithmetic();
                Ok(operand.convert(ty))
            }
            ExprKind::Not(operand) => {
                let operand = Box::new(self.condition(operand)?);
                Ok(typed::Expr::new(Type::Bool, typed::ExprKind::Not(operand)))
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right),
            ExprKind::Compare { first, rest } => self.compare(first, rest),
            ExprKind::Choose { and, left, right } => self.choose(*and, left, right),
            ExprKind::Call { name, args } => self.call(name, args, expr.at),
            ExprKind::Pi => Ok(constant(Constant::Float(PI))),
            ExprKind::Math { function, args } => self.math(*function, args, expr.at),
        }
    }

    /// Infers an expression that is used as a condition, and converts it to `bool`.
    pub(super) fn condition(&mut self, expr: &Expr) -> Result<typed::Expr> {
        Ok(self.number(expr, "a condition")?.convert(Type::Bool))
    }

    pub(super) fn number(&mut self, expr: &Expr, user: &str) -> Result<typed::Expr> {
        let at = expr.at;
        let expr = self.expr(expr)?;
        if expr.ty.is_number() || expr.ty == Type::Unknown {
            return Ok(expr);
        }
        let message = format!("{user} does not take {}", expr.ty);
        Err(self.unit.unsupported(at, message, NUMBERS))
    }

    fn name(&mut self, name: &str, at: At) -> Result<typed::Expr> {
        let Some(local) = self.locals.number(name) else {
            return match self.unit.globals.constant(name) {
                Some(value) => Ok(constant(value)),
                None => Err(self.unit.unsupported(
                    at,
                    format!("name `{name}` is not defined"),
                    "names of this file",
                )),
            };
        };
        let binding = self
            .state
            .as_ref()
            .map_or(Binding::Unbound, |state| state.get(local));
        let (ty, checked) = match binding {
            Binding::Unbound => (Type::Unknown, true),
            Binding::Maybe(ty) => (ty, true),
            Binding::Bound(ty) => (ty, false),
        };
        if ty == Type::Unknown {
            // A later round of the search may find the type. An untyped call is reported later.
            if !self.build || self.untyped_call.is_some() {
                return Ok(typed::Expr::unknown());
            }
            let message = format!("variable `{name}` is used before it is assigned");
            let supported = "reading a variable that at least one path assigns before";
            return Err(self.unit.unsupported(at, message, supported));
        }
        if checked {
            self.checked.insert(local);
        }
        Ok(typed::Expr::new(
            ty,
            typed::ExprKind::Local { local, checked },
        ))
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<typed::Expr> {
        let user = format!("`{}`", op.as_str());
        let left = self.number(left, &user)?;
        let right = self.number(right, &user)?;
        let ty = match (op, left.ty.arithmetic(), right.ty.arithmetic()) {
            (_, Type::Unknown, _) | (_, _, Type::Unknown) => return Ok(typed::Expr::unknown()),
            (BinaryOp::Divide, ..) => Type::Float64,
            (_, one, two) => one.max(two),
        };
        let left = Box::new(left.convert(ty));
        let right = Box::new(right.convert(ty));
        Ok(typed::Expr::new(
            ty,
            typed::ExprKind::Binary { op, left, right },
        ))
    }

    fn compare(&mut self, first: &Expr, rest: &[(CompareOp, Expr)]) -> Result<typed::Expr> {
        let first = self.number(first, "a comparison")?;
        let mut left = first.ty;
        let mut compared = Vec::new();
        for (op, right) in rest {
            let right = self.number(right, "a comparison")?;
            let ty = left.unify(right.ty).unwrap_or(Type::Unknown);
            left = right.ty;
            compared.push((*op, ty, right));
        }
        let kind = typed::ExprKind::Compare {
            first: Box::new(first),
            rest: compared,
        };
        Ok(typed::Expr::new(Type::Bool, kind))
    }

    fn choose(&mut self, and: bool, left: &Expr, right: &Expr) -> Result<typed::Expr> {
        let user = if and { "`and`" } else { "`or`" };
        let left = self.number(left, user)?;
        let right = self.number(right, user)?;
        let ty = left.ty.unify(right.ty).unwrap_or(Type::Unknown);
        if left.ty == Type::Unknown || right.ty == Type::Unknown {
            return Ok(typed::Expr::new(ty, typed::ExprKind::Unknown));
        }
        let left = Box::new(left.convert(ty));
        let right = Box::new(right.convert(ty));
        Ok(typed::Expr::new(
            ty,
            typed::ExprKind::Choose { and, left, right },
        ))
    }
}

fn constant(value: Constant) -> typed::Expr {
    match value {
        Constant::Int(value) => typed::Expr::new(Type::Int64, typed::ExprKind::Int(value)),
        Constant::Float(value) => typed::Expr::new(Type::Float64, typed::ExprKind::Float(value)),
        Constant::Bool(value) => typed::Expr::new(Type::Bool, typed::ExprKind::Bool(value)),
        Constant::None => typed::Expr::new(Type::None, typed::ExprKind::None),
    }
}
