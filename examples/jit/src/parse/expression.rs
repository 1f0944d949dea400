//! Converts expressions.
//!
//! A sign in front of a number becomes part of the literal, because the smallest int64 cannot be
//! written otherwise.

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use super::{Parser, Result, start};
use crate::ast::{BinaryOp, CompareOp, Constant, Expr, ExprKind, MathFunction};

const EXPRESSIONS: &str = "int, float and bool literals, names, `+ - * / // % **`, unary minus, \
     comparisons, `and`, `or`, `not`, calls of this file's functions, `abs min max int float`, and \
     `math.sqrt sin cos tan exp log floor ceil pi`";
const INT64: &str = "64-bit integers";

impl Parser<'_> {
    pub(super) fn expression(&self, expr: &py::Expr) -> Result<Expr> {
        if let Some(constant) = literal(expr) {
            return Ok(Expr {
                at: start(expr),
                kind: ExprKind::Constant(constant),
            });
        }
        let kind = match expr {
            py::Expr::NumberLiteral(number) if number.value.is_int() => {
                return self.unsupported(expr, "an integer this large", INT64);
            }
            py::Expr::Name(name) => ExprKind::Name(name.id.as_str().to_owned()),
            py::Expr::UnaryOp(unary) => self.unary(unary)?,
            py::Expr::BinOp(binary) => ExprKind::Binary {
                op: self.binary_op(expr, binary.op)?,
                left: self.boxed(&binary.left)?,
                right: self.boxed(&binary.right)?,
            },
            py::Expr::Compare(compare) => self.compare(compare)?,
            py::Expr::BoolOp(choice) => return self.choose(choice),
            py::Expr::Call(call) => self.call(call)?,
            py::Expr::Attribute(attribute) => self.math_constant(attribute)?,
            other => return self.unsupported(other, noun(other), EXPRESSIONS),
        };
        let at = start(expr);
        Ok(Expr { at, kind })
    }

    fn boxed(&self, expr: &py::Expr) -> Result<Box<Expr>> {
        self.expression(expr).map(Box::new)
    }

    fn unary(&self, unary: &py::ExprUnaryOp) -> Result<ExprKind> {
        Ok(match unary.op {
            py::UnaryOp::USub => ExprKind::Negate(self.boxed(&unary.operand)?),
            py::UnaryOp::UAdd => ExprKind::Plus(self.boxed(&unary.operand)?),
            py::UnaryOp::Not => ExprKind::Not(self.boxed(&unary.operand)?),
            py::UnaryOp::Invert => return self.unsupported(unary, "`~`", EXPRESSIONS),
        })
    }

    pub(super) fn binary_op(&self, node: &impl Ranged, op: py::Operator) -> Result<BinaryOp> {
        Ok(match op {
            py::Operator::Add => BinaryOp::Add,
            py::Operator::Sub => BinaryOp::Subtract,
            py::Operator::Mult => BinaryOp::Multiply,
            py::Operator::Div => BinaryOp::Divide,
            py::Operator::FloorDiv => BinaryOp::FloorDivide,
            py::Operator::Mod => BinaryOp::Modulo,
            py::Operator::Pow => BinaryOp::Power,
            other => {
                let what = format!("the operator `{}`", other.as_str());
                return self.unsupported(node, &what, EXPRESSIONS);
            }
        })
    }

    fn compare(&self, compare: &py::ExprCompare) -> Result<ExprKind> {
        let mut rest = Vec::new();
        for (op, operand) in compare.ops.iter().zip(&compare.comparators) {
            let op = match op {
                py::CmpOp::Eq => CompareOp::Equal,
                py::CmpOp::NotEq => CompareOp::NotEqual,
                py::CmpOp::Lt => CompareOp::Less,
                py::CmpOp::LtE => CompareOp::LessEqual,
                py::CmpOp::Gt => CompareOp::Greater,
                py::CmpOp::GtE => CompareOp::GreaterEqual,
                other => {
                    let what = format!("`{}`", other.as_str());
                    return self.unsupported(compare, &what, EXPRESSIONS);
                }
            };
            rest.push((op, self.expression(operand)?));
        }
        let first = self.boxed(&compare.left)?;
        Ok(ExprKind::Compare { first, rest })
    }

    fn choose(&self, choice: &py::ExprBoolOp) -> Result<Expr> {
        let mut parts = choice
            .values
            .iter()
            .rev()
            .map(|value| self.expression(value));
        let Some(last) = parts.next() else {
            return self.unsupported(choice, "this expression", EXPRESSIONS);
        };
        parts.try_fold(last?, |right, left| {
            let left = left?;
            let at = left.at;
            let and = choice.op == py::BoolOp::And;
            let kind = ExprKind::Choose {
                and,
                left: Box::new(left),
                right: Box::new(right),
            };
            Ok(Expr { at, kind })
        })
    }

    fn call(&self, call: &py::ExprCall) -> Result<ExprKind> {
        if let Some(keyword) = call.arguments.keywords.first() {
            return self.unsupported(keyword, "a keyword argument", "arguments by position");
        }
        let args = call.arguments.args.iter().map(|arg| self.expression(arg));
        match &*call.func {
            py::Expr::Name(name) => Ok(ExprKind::Call {
                name: name.id.as_str().to_owned(),
                args: args.collect::<Result<_>>()?,
            }),
            py::Expr::Attribute(attribute) => {
                let name = self.math_attribute(attribute)?;
                match MathFunction::ALL.iter().find(|(known, _)| *known == name) {
                    Some((_, function)) => Ok(ExprKind::Math {
                        function: *function,
                        args: args.collect::<Result<_>>()?,
                    }),
                    None => self.unsupported(attribute, &format!("`math.{name}()`"), EXPRESSIONS),
                }
            }
            other => self.unsupported(other, "calling this", EXPRESSIONS),
        }
    }

    fn math_constant(&self, attribute: &py::ExprAttribute) -> Result<ExprKind> {
        match self.math_attribute(attribute)? {
            "pi" => Ok(ExprKind::Pi),
            name => self.unsupported(attribute, &format!("`math.{name}`"), EXPRESSIONS),
        }
    }

    fn math_attribute<'a>(&self, attribute: &'a py::ExprAttribute) -> Result<&'a str> {
        match &*attribute.value {
            py::Expr::Name(name) if name.id.as_str() == "math" => Ok(attribute.attr.as_str()),
            _ => self.unsupported(attribute, "this attribute", EXPRESSIONS),
        }
    }
}

/// Returns the value of a literal: a number with an optional sign, `True`, `False` or `None`.
pub(crate) fn literal(expr: &py::Expr) -> Option<Constant> {
    match expr {
        py::Expr::BooleanLiteral(literal) => Some(Constant::Bool(literal.value)),
        py::Expr::NoneLiteral(_) => Some(Constant::None),
        py::Expr::NumberLiteral(literal) => match &literal.value {
            py::Number::Int(int) => int.as_i64().map(Constant::Int),
            py::Number::Float(float) => Some(Constant::Float(*float)),
            py::Number::Complex { .. } => None,
        },
        py::Expr::UnaryOp(unary) if unary.op == py::UnaryOp::UAdd => match &*unary.operand {
            py::Expr::NumberLiteral(_) => literal(&unary.operand),
            _ => None,
        },
        py::Expr::UnaryOp(unary) if unary.op == py::UnaryOp::USub => {
            let py::Expr::NumberLiteral(literal) = &*unary.operand else {
                return None;
            };
            match &literal.value {
                py::Number::Int(int) => {
                    let text = format!("-{int}");
                    text.parse().ok().map(Constant::Int)
                }
                py::Number::Float(float) => Some(Constant::Float(-float)),
                py::Number::Complex { .. } => None,
            }
        }
        _ => None,
    }
}

/// Returns the name of this kind of expression for error messages.
fn noun(expr: &py::Expr) -> &'static str {
    match expr {
        py::Expr::Named(_) => "`:=`",
        py::Expr::Lambda(_) => "`lambda`",
        py::Expr::If(_) => "a conditional expression",
        py::Expr::Dict(_) | py::Expr::DictComp(_) => "a dict",
        py::Expr::Set(_) | py::Expr::SetComp(_) => "a set",
        py::Expr::List(_) | py::Expr::ListComp(_) => "a list",
        py::Expr::Generator(_) | py::Expr::Yield(_) | py::Expr::YieldFrom(_) => "a generator",
        py::Expr::Await(_) => "`await`",
        py::Expr::StringLiteral(_) | py::Expr::FString(_) | py::Expr::TString(_) => "a string",
        py::Expr::BytesLiteral(_) => "a bytes literal",
        py::Expr::NumberLiteral(_) => "a complex number",
        py::Expr::EllipsisLiteral(_) => "`...`",
        py::Expr::Subscript(_) | py::Expr::Slice(_) => "indexing",
        py::Expr::Starred(_) => "a starred expression",
        py::Expr::Tuple(_) => "a tuple",
        _ => "this expression",
    }
}
