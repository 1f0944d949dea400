//! The pass `type_inference`: gives every expression of a function a type.
//!
//! A function is walked twice. The first walk is the search. It repeats each loop until the types
//! of its variables no longer change, and uses [`Type::Unknown`] for types that it does not know
//! yet. It compiles nothing. The second walk knows the states of the loops. It builds the typed
//! tree, and compiles every callee for the types of its arguments.

mod call;
mod expression;
mod loops;
pub(crate) mod search;
mod statement;

use std::collections::BTreeSet;

use crate::compiling::Key;
use crate::error::CompileError;
use crate::flow::{Conflict, State};
use crate::names::Locals;
use crate::source::At;
use crate::typed::{self, Callee, LocalId};
use crate::types::Type;
use crate::unit::Unit;

use loops::{Enclosing, LoopState};

type Result<T> = std::result::Result<T, CompileError>;

/// Resolves calls of the file's functions.
pub(crate) trait Calls {
    /// Returns the type of the result and the target of the call at position `at`.
    fn call(&mut self, name: &str, args: &[Type], at: At) -> Result<(Type, Callee)>;
}

/// The results of a search: the return type, and the states of the loops.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) return_type: Option<Type>,
    loops: Vec<Option<LoopState>>,
}

impl Findings {
    pub(crate) fn return_type(&self) -> Type {
        self.return_type.unwrap_or(Type::Unknown)
    }
}

/// One walk through one function.
struct Walk<'a> {
    unit: &'a Unit,
    locals: &'a Locals,
    calls: &'a mut dyn Calls,
    /// Whether this is the second walk.
    build: bool,
    findings: Findings,
    /// The unified type of all `return`s so far.
    returns: Type,
    /// The state before the current statement; `None` if the statement is unreachable.
    state: Option<State>,
    enclosing: Vec<Enclosing>,
    checked: BTreeSet<LocalId>,
    recursive: bool,
    unfinished: BTreeSet<Key>,
    /// The first call whose return type the search could not infer.
    untyped_call: Option<(String, At)>,
}

/// Runs the first walk, starting from the `findings` of an earlier search.
pub(crate) fn search_once(
    unit: &Unit,
    locals: &Locals,
    calls: &mut dyn Calls,
    findings: Findings,
) -> Result<Findings> {
    let mut walk = Walk::new(unit, locals, calls, findings);
    walk.function_body()?;
    walk.findings.return_type = Some(walk.returns);
    Ok(walk.findings)
}

/// Runs the second walk, and returns the typed function.
pub(crate) fn build(
    unit: &Unit,
    locals: &Locals,
    calls: &mut dyn Calls,
    findings: Findings,
) -> Result<typed::Function> {
    let return_type = findings.return_type();
    let mut walk = Walk::new(unit, locals, calls, findings);
    walk.build = true;
    let body = walk.function_body()?;
    // Checked after the walk, because an error in a callee must be reported first.
    let without_type = || (unit.qualname().to_owned(), unit.function.at);
    let unknown = (return_type == Type::Unknown).then(without_type);
    if let Some((name, at)) = walk.untyped_call.take().or(unknown) {
        let message = format!("the return type of `{name}` cannot be inferred");
        let supported = "recursion with at least one path that returns without a recursive call";
        return Err(unit.unsupported(at, message, supported));
    }
    Ok(typed::Function {
        parameters: unit.args.clone(),
        return_type,
        locals: locals.names().to_vec(),
        body,
        checked: walk.checked,
        recursive: walk.recursive,
        unfinished: walk.unfinished,
    })
}

impl<'a> Walk<'a> {
    fn new(
        unit: &'a Unit,
        locals: &'a Locals,
        calls: &'a mut dyn Calls,
        mut findings: Findings,
    ) -> Self {
        findings.loops.resize(unit.function.loops, None);
        Self {
            unit,
            locals,
            calls,
            build: false,
            findings,
            returns: Type::Unknown,
            state: Some(State::entry(&unit.args, locals.len())),
            enclosing: Vec::new(),
            checked: BTreeSet::new(),
            recursive: false,
            unfinished: BTreeSet::new(),
            untyped_call: None,
        }
    }

    fn function_body(&mut self) -> Result<Vec<typed::Stmt>> {
        let mut body = self.block(&self.unit.function.body)?;
        if self.state.take().is_some() {
            let none = typed::Expr::new(Type::None, typed::ExprKind::None);
            body.push(self.return_value(none, self.unit.function.at)?);
        }
        Ok(body)
    }

    fn conflict(&self, conflict: Conflict, at: At) -> CompileError {
        let name = self.locals.name(conflict.local);
        let (one, two) = conflict.types;
        let message = format!("variable `{name}` is {one} on one path and {two} on another");
        self.unit.unsupported(
            at,
            message,
            "bool, int64 and float64 together, or none alone",
        )
    }
}
