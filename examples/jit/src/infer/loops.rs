//! Types around loops.
//!
//! A loop has two states of its own: at its head, where its entry, its end and every
//! `continue` meet, and behind it, where its head and every `break` meet.

use super::{Result, Walk};
use crate::ast::{Constant, Expr, ExprKind, Name, Range, Stmt, StmtKind};
use crate::flow::{self, State};
use crate::source::At;
use crate::typed::{self, LoopHead};
use crate::types::Type;

/// What the search found out about a loop.
#[derive(Clone, Debug)]
pub(crate) struct LoopState {
    head: State,
    /// Nothing where the loop never ends.
    exit: Option<State>,
}

/// A loop whose body is being walked.
#[derive(Debug)]
pub(super) struct Enclosing {
    number: usize,
    exit: Option<State>,
    continues: Option<State>,
}

/// What going round a loop once gives.
struct Round {
    head: LoopHead,
    body: Vec<typed::Stmt>,
    /// At the end of the body, if it is reached.
    end: Option<State>,
    /// Where `end` and every `continue` meet.
    back: Option<State>,
    exit: Option<State>,
}

/// A loop of the source.
struct Loop<'a> {
    number: usize,
    at: At,
    head: Head<'a>,
    body: &'a [Stmt],
}

/// What stands before a loop's colon.
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
        // A range is computed once, before the loop, from what is known there.
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
        let mut start = self.meet(Some(entry), earlier, source.at)?;
        while let Some(state) = start {
            let round = self.round(source, &state)?;
            let next = self.meet(Some(state.clone()), round.back, source.at)?;
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
        let found = found.expect("the search went wherever the second walk goes");
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

    /// Goes round once from the state `start` at the head.
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
            back: self.meet(end.clone(), enclosing.continues, source.at)?,
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
        inner.exit = self.meet(inner.exit, here, at)?;
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
        inner.continues = self.meet(inner.continues, here, at)?;
        self.enclosing.push(inner);
        out.push(typed::Stmt::Continue);
        Ok(())
    }

    fn meet(&self, one: Option<State>, two: Option<State>, at: At) -> Result<Option<State>> {
        flow::join(one, two).map_err(|conflict| self.conflict(conflict, at))
    }

    /// The range of a `for`; nothing for a `while`, whose test belongs to its rounds.
    fn range(&mut self, head: &Head<'_>) -> Result<Option<LoopHead>> {
        let Head::For { target, range } = head else {
            return Ok(None);
        };
        let start = self.bound(&range.start)?;
        let until = self.bound(&range.stop)?;
        let step = self.bound(&range.step)?;
        let target = self
            .locals
            .number(&target.text)
            .expect("every target was numbered");
        Ok(Some(LoopHead::Range {
            target,
            start,
            stop: until,
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

/// A test that can be seen to hold always.
fn is_true(test: &Expr) -> bool {
    match test.kind {
        ExprKind::Constant(Constant::Bool(value)) => value,
        ExprKind::Constant(Constant::Int(value)) => value != 0,
        _ => false,
    }
}
