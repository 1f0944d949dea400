//! Infers the types of variables in loops.
//!
//! A loop has two joined states. Its head joins the entry, the end of the body and every
//! `continue`. Its exit joins the head and every `break`.

use super::{Result, Walk};
use crate::ast::{Constant, Expr, ExprKind, Name, Range, Stmt, StmtKind};
use crate::flow::{self, State};
use crate::source::At;
use crate::typed::{self, LoopHead};
use crate::types::Type;

/// The states of a loop that the search found.
#[derive(Clone, Debug)]
pub(crate) struct LoopState {
    head: State,
    /// `None` if the loop never ends.
    exit: Option<State>,
}

/// A loop whose body is being walked.
#[derive(Debug)]
pub(super) struct Enclosing {
    number: usize,
    exit: Option<State>,
    continues: Option<State>,
}

/// The result of walking a loop's body once.
struct Round {
    head: LoopHead,
    body: Vec<typed::Stmt>,
    /// The state at the end of the body, if it is reachable.
    end: Option<State>,
    /// The join of `end` and every `continue`.
    back: Option<State>,
    exit: Option<State>,
}

/// A loop in the syntax tree.
struct Loop<'a> {
    number: usize,
    at: At,
    head: Head<'a>,
    body: &'a [Stmt],
}

/// The head of a loop in the syntax tree.
enum Head<'a> {
    While(&'a Expr),
    For { target: &'a Name, range: &'a Range },
}

impl Walk<'_> {
    pub(super) fn loop_stmt(&mut self, stmt: &Stmt, out: &mut Vec<typed::Stmt>) -> Result<()> {
        let (number, head, body) = match &stmt.kind {
            StmtKind::While { number, test, body } => (*number, Head::While(test), body),
            StmtKind::For {
                number,
                target,
                range,
                body,
            } => (*number, Head::For { target, range }, body),
            _ => return Ok(()),
        };
        let source = Loop {
            number,
            at: stmt.at,
            head,
            body,
        };
        // The range is evaluated once, in the state before the loop.
        let range = self.range(&source.head)?;
        let Some(entry) = self.state.take() else {
            return Ok(());
        };
        if self.build {
            self.build_loop(&source, range, &entry, out)
        } else {
            self.search_loop(&source, entry)
        }
    }

    fn search_loop(&mut self, source: &Loop<'_>, entry: State) -> Result<()> {
        let earlier = self.findings.loops[source.number].take();
        let earlier = earlier.map(|found| found.head);
        let mut start = self.join(Some(entry), earlier, source.at)?;
        while let Some(state) = start {
            let round = self.round(source, &state)?;
            let next = self.join(Some(state.clone()), round.back, source.at)?;
            if next.as_ref() == Some(&state) {
                self.state.clone_from(&round.exit);
                let found = LoopState {
                    head: state,
                    exit: round.exit,
                };
                self.findings.loops[source.number] = Some(found);
                break;
            }
            start = next;
        }
        Ok(())
    }

    fn build_loop(
        &mut self,
        source: &Loop<'_>,
        range: Option<LoopHead>,
        entry: &State,
        out: &mut Vec<typed::Stmt>,
    ) -> Result<()> {
        let found = self.findings.loops[source.number].clone();
        let found = found.expect("the search has walked every reachable loop");
        out.extend(entry.moves_into(&found.head));
        let round = self.round(source, &found.head)?;
        let mut body = round.body;
        body.extend(round.end.iter().flat_map(|end| end.moves_into(&found.head)));
        let exit = found.exit.as_ref();
        let on_exit = exit.map_or_else(Vec::new, |exit| found.head.moves_into(exit));
        out.push(typed::Stmt::Loop(typed::Loop {
            head: range.unwrap_or(round.head),
            body,
            on_exit,
            ends: exit.is_some(),
        }));
        self.state = found.exit;
        Ok(())
    }

    /// Walks the body once, starting with the state `start` at the head.
    fn round(&mut self, source: &Loop<'_>, start: &State) -> Result<Round> {
        self.state = Some(start.clone());
        let mut exit = Some(start.clone());
        let mut head = LoopHead::Forever;
        match &source.head {
            Head::While(test) if is_true(test) => exit = None,
            Head::While(test) => head = LoopHead::While(self.condition(test)?),
            Head::For { target, .. } => {
                self.bind(target, Type::Int64);
            }
        }
        let number = source.number;
        self.enclosing.push(Enclosing {
            number,
            exit,
            continues: None,
        });
        let body = self.block(source.body);
        let enclosing = self.enclosing.pop().expect("pushed above");
        let end = self.state.take();
        Ok(Round {
            head,
            body: body?,
            back: self.join(end.clone(), enclosing.continues, source.at)?,
            end,
            exit: enclosing.exit,
        })
    }

    pub(super) fn break_stmt(&mut self, at: At, out: &mut Vec<typed::Stmt>) -> Result<()> {
        let Some(mut inner) = self.enclosing.pop() else {
            return Ok(());
        };
        let here = self.state.take();
        let found = &self.findings.loops[inner.number];
        if let (true, Some(here), Some(found)) = (self.build, &here, found) {
            out.extend(found.exit.iter().flat_map(|exit| here.moves_into(exit)));
        }
        inner.exit = self.join(inner.exit, here, at)?;
        self.enclosing.push(inner);
        out.push(typed::Stmt::Break);
        Ok(())
    }

    pub(super) fn continue_stmt(&mut self, at: At, out: &mut Vec<typed::Stmt>) -> Result<()> {
        let Some(mut inner) = self.enclosing.pop() else {
            return Ok(());
        };
        let here = self.state.take();
        let found = &self.findings.loops[inner.number];
        if let (true, Some(here), Some(found)) = (self.build, &here, found) {
            out.extend(here.moves_into(&found.head));
        }
        inner.continues = self.join(inner.continues, here, at)?;
        self.enclosing.push(inner);
        out.push(typed::Stmt::Continue);
        Ok(())
    }

    fn join(&self, one: Option<State>, two: Option<State>, at: At) -> Result<Option<State>> {
        flow::join(one, two).map_err(|conflict| self.conflict(conflict, at))
    }

    /// Infers the range of a `for`. Returns `None` for a `while`, whose test is part of each round.
    fn range(&mut self, head: &Head<'_>) -> Result<Option<LoopHead>> {
        let Head::For { target, range } = head else {
            return Ok(None);
        };
        let start = self.bound(&range.start)?;
        let limit = self.bound(&range.stop)?;
        let step = self.bound(&range.step)?;
        let target = self
            .locals
            .number(&target.text)
            .expect("`resolve_names` has numbered every target");
        Ok(Some(LoopHead::Range {
            target,
            start,
            stop: limit,
            step,
        }))
    }

    fn bound(&mut self, bound: &Expr) -> Result<typed::Expr> {
        let at = bound.at;
        let bound = self.expr(bound)?;
        match bound.ty {
            Type::Unknown => Ok(bound),
            Type::Bool | Type::Int64 => Ok(bound.convert(Type::Int64)),
            other => {
                let message = format!("`range` does not take {other}");
                Err(self.unit.unsupported(at, message, "int64"))
            }
        }
    }
}

/// Returns whether the test is a constant that is true.
fn is_true(test: &Expr) -> bool {
    match test.kind {
        ExprKind::Constant(Constant::Bool(value)) => value,
        ExprKind::Constant(Constant::Int(value)) => value != 0,
        _ => false,
    }
}
