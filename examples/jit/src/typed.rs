//! The typed tree: a function in which every expression has a type, for one tuple of argument
//! types.
//!
//! Conversions are explicit nodes. Both operands of an operator have the same type, and an assigned
//! value has the type of its slot. A variable has one slot for each type that it takes.
//! [`Stmt::Move`] copies it from one slot to another where control flow joins.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::ast::{BinaryOp, CompareOp, MathFunction};
use crate::compiling::Key;
use crate::overload::Overload;
use crate::types::Type;

/// A local variable, by its number in the function.
pub(crate) type LocalId = usize;

/// A variable with one of its types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    pub(crate) local: LocalId,
    pub(crate) ty: Type,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) parameters: Vec<Type>,
    pub(crate) return_type: Type,
    /// The variables' names, indexed by [`LocalId`]. The parameters come first.
    pub(crate) locals: Vec<String>,
    pub(crate) body: Vec<Stmt>,
    /// Variables that are read where they may be unassigned.
    pub(crate) checked: BTreeSet<LocalId>,
    /// Whether the function calls itself, directly or through others. It then needs stack checks.
    pub(crate) recursive: bool,
    /// Functions that this one or a callee calls, and whose compilation was not finished.
    pub(crate) unfinished: BTreeSet<Key>,
}

#[derive(Debug)]
pub(crate) enum Stmt {
    Assign {
        local: LocalId,
        value: Expr,
    },
    /// Evaluates all values before it assigns the first target.
    AssignEach(Vec<(LocalId, Expr)>),
    /// Converts a variable to another type, because control flow joins.
    Move {
        local: LocalId,
        from: Type,
        to: Type,
    },
    Evaluate(Expr),
    If {
        test: Expr,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    Loop(Loop),
    Break,
    Continue,
    Return(Expr),
}

#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) head: LoopHead,
    pub(crate) body: Vec<Stmt>,
    /// Statements that run when the head ends the loop, but not after `break`.
    pub(crate) on_exit: Vec<Stmt>,
    /// Whether the statement after the loop is reachable.
    pub(crate) ends: bool,
}

#[derive(Debug)]
pub(crate) enum LoopHead {
    /// `while True`
    Forever,
    While(Expr),
    Range {
        target: LocalId,
        start: Expr,
        stop: Expr,
        step: Expr,
    },
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) ty: Type,
    pub(crate) kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    /// An expression whose type is not known yet. It occurs only during the search.
    Unknown,
    Local {
        local: LocalId,
        checked: bool,
    },
    /// Converts to the expression's type, as Python's `int`, `float` and `bool` do.
    Convert(Box<Expr>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Abs(Box<Expr>),
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// A chain of comparisons, each with the type in which it compares.
    Compare {
        first: Box<Expr>,
        rest: Vec<(CompareOp, Type, Expr)>,
    },
    Choose {
        and: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// The minimum or maximum of the arguments, compared in pairs from the left.
    Extreme {
        max: bool,
        args: Vec<Expr>,
    },
    Math {
        function: MathFunction,
        arg: Box<Expr>,
    },
    Call {
        callee: Callee,
        args: Vec<Expr>,
    },
}

/// The target of a call.
#[derive(Clone, Debug)]
pub(crate) enum Callee {
    /// A target that is not known yet. It occurs only during the search.
    Unresolved,
    /// The function that is being compiled itself.
    Itself,
    Finished(Arc<Overload>),
    /// A function whose compilation waits for this one. The cell `entry` will contain its address.
    Unfinished {
        key: Key,
        entry: &'static AtomicUsize,
    },
}

impl Expr {
    pub(crate) fn new(ty: Type, kind: ExprKind) -> Self {
        Self { ty, kind }
    }

    pub(crate) fn unknown() -> Self {
        Self::new(Type::Unknown, ExprKind::Unknown)
    }

    /// Converts this value to `ty`. Literals are converted at compile time.
    pub(crate) fn convert(self, ty: Type) -> Self {
        let kind = match (self.kind, ty) {
            (kind, same) if same == self.ty => kind,
            #[expect(
                clippy::cast_precision_loss,
                reason = "Python's `float(int)` rounds too"
            )]
            (ExprKind::Int(value), Type::Float64) => ExprKind::Float(value as f64),
            (ExprKind::Bool(value), Type::Int64) => ExprKind::Int(i64::from(value)),
            (ExprKind::Bool(value), Type::Float64) => ExprKind::Float(u8::from(value).into()),
            (kind, _) => ExprKind::Convert(Box::new(Self::new(self.ty, kind))),
        };
        Self::new(ty, kind)
    }
}
