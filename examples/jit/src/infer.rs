//! The pass `type_inference`: gives every expression of a function a type.
//!
//! A function is walked twice. The first walk searches: it goes round each loop until the
//! types of its variables no longer change, takes a type it does not know yet for
//! [`Type::Unknown`], and compiles nothing. The second walk knows the loops' states, builds
//! the typed tree in one go, and has every callee compiled for exactly the types it needs.

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

/// Says what a call of one of the file's functions gives.
pub(crate) trait Calls {
    /// The type of the result, and where the call goes.
    ///
    /// `at` is where the call stands.
    fn call(&mut self, name: &str, args: &[Type], at: At) -> Result<(Type, Callee)>;
}

/// What a walk found out about a function as a whole.
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
    /// What all `return`s so far give.
    returns: Type,
    /// What is known at the statement that is walked; nothing where it cannot be reached.
    state: Option<State>,
    enclosing: Vec<Enclosing>,
    checked: BTreeSet<LocalId>,
    recursive: bool,
    unfinished: BTreeSet<Key>,
    /// The first call whose type the search did not find.
    runaway: Option<(String, At)>,
}

/// Walks the function once to search; `findings` are those of an earlier search.
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

/// Builds the typed function from what the search found.
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
    // Only now: an error in a callee, which the walk has told by here, comes first.
    let without_type = || (unit.qualname().to_owned(), unit.function.at);
    let unknown = (return_type == Type::Unknown).then(without_type);
    if let Some((name, at)) = walk.runaway.take().or(unknown) {
        let message = format!("the type that `{name}` returns cannot be found");
        let supported = "recursion that on some path returns without a further call";
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
            runaway: None,
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
