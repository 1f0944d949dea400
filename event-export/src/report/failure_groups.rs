//! Failed and cancelled calls, grouped by cause, message, and the function in which they began.
//!
//! A failure that passes through several calls is in one group. The groups count every call.

use std::collections::HashMap;

use event_core::Cause;

use super::call::{Failure, GroupId};
use crate::profile::row_index::RowId;

/// The most groups, not counting one for each cause that collects all others.
const MAX_GROUPS: usize = 1000;

/// The common properties of the failures of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    /// The function in which the failure began; none for failures beyond the limit.
    pub(super) row: Option<RowId>,
    pub(super) cause: Cause,
    pub(super) message: String,
}

/// Calls that failed in the same way.
#[derive(Clone, Debug)]
pub(super) struct FailureGroup {
    pub(super) key: GroupKey,
    /// The times of the first and the last END.
    pub(super) first: u64,
    pub(super) last: u64,
    /// The number of calls of each function, in the order of their first failures.
    pub(super) calls: Vec<(RowId, u64)>,
}

#[derive(Debug, Default)]
pub(super) struct FailureGroups {
    groups: Vec<FailureGroup>,
    known: HashMap<GroupKey, GroupId>,
}

impl FailureGroups {
    /// Counts a call of `row` that failed at `time`. `inner` is the group of the call's last child
    /// that failed.
    pub(super) fn add(
        &mut self,
        row: RowId,
        failure: &Failure,
        time: u64,
        inner: Option<GroupId>,
    ) -> GroupId {
        let passed = inner.filter(|inner| {
            let key = &self.groups[inner.index()].key;
            key.cause == failure.cause && key.message == failure.message
        });
        let id = passed.unwrap_or_else(|| self.group(row, failure, time));
        let group = &mut self.groups[id.index()];
        group.last = group.last.max(time);
        match group.calls.iter_mut().find(|(known, _)| *known == row) {
            Some((_, calls)) => *calls += 1,
            None => group.calls.push((row, 1)),
        }
        id
    }

    /// Returns the group of a failure that began in `row`.
    fn group(&mut self, row: RowId, failure: &Failure, time: u64) -> GroupId {
        let cause = failure.cause;
        let mut key = GroupKey {
            row: Some(row),
            cause,
            message: failure.message.clone(),
        };
        if self.groups.len() >= MAX_GROUPS && !self.known.contains_key(&key) {
            key = GroupKey {
                row: None,
                cause,
                message: String::new(),
            };
        }
        let groups = &mut self.groups;
        let group = self.known.entry(key).or_insert_with_key(|key| {
            groups.push(FailureGroup {
                key: key.clone(),
                first: time,
                last: time,
                calls: Vec::new(),
            });
            GroupId::new(groups.len() - 1)
        });
        *group
    }

    pub(super) fn to_vec(&self) -> Vec<FailureGroup> {
        self.groups.clone()
    }
}
