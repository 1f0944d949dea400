//! The state of all variables at one point of a function, and its join where control flow joins.
//!
//! An unreachable point has no state. A join only ever enlarges types, and a variable that may be
//! unassigned stays so. The search for a loop's state therefore terminates.

use crate::typed::{LocalId, Stmt};
use crate::types::Type;

/// The state of one variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Assigned on no path.
    Unbound,
    /// Assigned on some paths.
    Maybe(Type),
    /// Assigned on all paths.
    Bound(Type),
}

impl Binding {
    fn ty(self) -> Option<Type> {
        match self {
            Self::Unbound => None,
            Self::Maybe(ty) | Self::Bound(ty) => Some(ty),
        }
    }

    fn join(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Unbound, Self::Unbound) => Self::Unbound,
            (Self::Unbound, Self::Maybe(ty) | Self::Bound(ty))
            | (Self::Maybe(ty) | Self::Bound(ty), Self::Unbound) => Self::Maybe(ty),
            (Self::Bound(one), Self::Bound(two)) => Self::Bound(one.unify(two)?),
            (Self::Maybe(one) | Self::Bound(one), Self::Maybe(two) | Self::Bound(two)) => {
                Self::Maybe(one.unify(two)?)
            }
        })
    }
}

/// The state of every variable, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State(Vec<Binding>);

/// A variable whose types on two paths cannot be unified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) local: LocalId,
    pub(crate) types: (Type, Type),
}

impl State {
    /// Returns the state at a function's entry, where only the parameters are assigned.
    pub(crate) fn entry(parameters: &[Type], locals: usize) -> Self {
        let mut bindings = vec![Binding::Unbound; locals];
        for (binding, ty) in bindings.iter_mut().zip(parameters) {
            *binding = Binding::Bound(*ty);
        }
        Self(bindings)
    }

    pub(crate) fn get(&self, local: LocalId) -> Binding {
        self.0.get(local).copied().unwrap_or(Binding::Unbound)
    }

    pub(crate) fn bind(&mut self, local: LocalId, ty: Type) {
        self.0[local] = Binding::Bound(ty);
    }

    /// Returns the state after a join of this path and the other one.
    pub(crate) fn join(&self, other: &Self) -> Result<Self, Conflict> {
        let pairs = self.0.iter().zip(&other.0).enumerate();
        let joined = pairs.map(|(local, (one, two))| {
            one.join(*two).ok_or_else(|| Conflict {
                local,
                types: (
                    one.ty().unwrap_or(Type::Unknown),
                    two.ty().unwrap_or(Type::Unknown),
                ),
            })
        });
        joined.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the moves that convert the variables from this state to the joined state.
    pub(crate) fn moves_into(&self, joined: &Self) -> Vec<Stmt> {
        let pairs = self.0.iter().zip(&joined.0).enumerate();
        let moves = pairs.filter_map(|(local, (from, to))| {
            let from = from.ty()?;
            let to = to.ty()?;
            (from != to).then_some(Stmt::Move { local, from, to })
        });
        moves.collect()
    }
}

/// Joins two paths, either of which may be unreachable.
pub(crate) fn join(one: Option<State>, two: Option<State>) -> Result<Option<State>, Conflict> {
    match (one, two) {
        (Some(one), Some(two)) => one.join(&two).map(Some),
        (only, None) | (None, only) => Ok(only),
    }
}
