//! The syntax tree of the supported subset of Python.
//!
//! Only the parser creates it, and it rejects unsupported syntax. Later stages report type errors
//! only.

use crate::source::At;

/// One function under `@njit`.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) at: At,
    pub(crate) parameters: Vec<Name>,
    pub(crate) body: Vec<Stmt>,
    /// Number of loops in the body. Loops are numbered from zero.
    pub(crate) loops: usize,
}

/// A name and its position.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) at: At,
    pub(crate) kind: StmtKind,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    /// `a = b = value`: assigns one value to all targets, from left to right.
    Assign {
        targets: Vec<Name>,
        value: Expr,
    },
    /// `a, b = x, y`: evaluates all values before it assigns the first target.
    AssignEach {
        targets: Vec<Name>,
        values: Vec<Expr>,
    },
    /// `name: type` without a value: makes the name local, without assigning it.
    Declare(Name),
    Evaluate(Expr),
    If {
        test: Expr,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    While {
        number: usize,
        test: Expr,
        body: Vec<Stmt>,
    },
    For {
        number: usize,
        target: Name,
        range: Range,
        body: Vec<Stmt>,
    },
    Break,
    Continue,
    Pass,
    Return(Option<Expr>),
}

/// `range(start, stop, step)`. `start` defaults to 0 and `step` to 1.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) at: At,
    pub(crate) start: Expr,
    pub(crate) stop: Expr,
    pub(crate) step: Expr,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) at: At,
    pub(crate) kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Constant(Constant),
    Name(String),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    Not(Box<Expr>),
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `first < a < b`.
    Compare {
        first: Box<Expr>,
        rest: Vec<(CompareOp, Expr)>,
    },
    /// `a and b`, `a or b`.
    Choose {
        and: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// A call of a function of the file, or of `abs min max int float`.
    Call {
        name: String,
        args: Vec<Expr>,
    },
    Math {
        function: MathFunction,
        args: Vec<Expr>,
    },
    /// `math.pi`.
    Pi,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Constant {
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

impl BinaryOp {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Modulo => "%",
            Self::Power => "**",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MathFunction {
    Sqrt,
    Sin,
    Cos,
    Tan,
    Exp,
    Log,
    Floor,
    Ceil,
}

impl MathFunction {
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tan", Self::Tan),
        ("exp", Self::Exp),
        ("log", Self::Log),
        ("floor", Self::Floor),
        ("ceil", Self::Ceil),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, function)| *function == self)
            .map_or("?", |(name, _)| name)
    }
}
