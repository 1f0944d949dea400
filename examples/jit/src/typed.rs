//! A function whose every expression has a type, for one tuple of argument types.
//!
//! Conversions stand in the tree: both operands of an operator have one type, and a variable
//! is assigned values of its slot's type alone. A variable has a slot for each type that it
//! takes; [`Stmt::Move`] carries it from one to another where paths meet.

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
    /// The variables' names, by number; the parameters come first.
    pub(crate) locals: Vec<String>,
    pub(crate) body: Vec<Stmt>,
    /// Variables read where they may not have been assigned.
    pub(crate) checked: BTreeSet<LocalId>,
    /// Calls itself, or something that calls it: needs its stack watched.
    pub(crate) recursive: bool,
    /// What is called before it is finished, here or in a callee.
    pub(crate) unfinished: BTreeSet<Key>,
}

#[derive(Debug)]
pub(crate) enum Stmt {
    Assign {
        local: LocalId,
        value: Expr,
    },
    /// Values before targets.
    AssignEach(Vec<(LocalId, Expr)>),
    /// The same variable under another type, because paths meet.
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
    /// Done when the head ends the loop, not on `break`.
    pub(crate) on_exit: Vec<Stmt>,
    /// Whether anything follows.
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
    /// Types are not known yet; only while they are searched for.
    Unknown,
    Local {
        local: LocalId,
        checked: bool,
    },
    /// To the expression's type, by Python's `int`, `float` and truth.
    Convert(Box<Expr>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Abs(Box<Expr>),
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Each comparison is done in a type of its own.
    Compare {
        first: Box<Expr>,
        rest: Vec<(CompareOp, Type, Expr)>,
    },
    Choose {
        and: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// The least or greatest, two at a time from the left.
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

/// Where a call goes.
#[derive(Clone, Debug)]
pub(crate) enum Callee {
    /// Only while types are searched for.
    Unresolved,
    /// The function that is being compiled.
    Itself,
    Finished(Arc<Overload>),
    /// One whose compilation waits for this one: its address will be in the cell.
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

    /// This value as `ty`; literals are converted at once.
    pub(crate) fn convert(self, ty: Type) -> Self {
        let kind = match (self.kind, ty) {
            (kind, same) if same == self.ty => kind,
            #[expect(clippy::cast_precision_loss, reason = "it is what `float(int)` does")]
            (ExprKind::Int(value), Type::Float64) => ExprKind::Float(value as f64),
            (ExprKind::Bool(value), Type::Int64) => ExprKind::Int(i64::from(value)),
            (ExprKind::Bool(value), Type::Float64) => ExprKind::Float(u8::from(value).into()),
            (kind, _) => ExprKind::Convert(Box::new(Self::new(self.ty, kind))),
        };
        Self::new(ty, kind)
    }
}
