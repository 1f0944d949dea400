//! Self time: a scope's time without the scopes inside it.
//!
//! Children may overlap (branches of a `join!`, threads under a handle). Their parent's self time
//! is the time while no child is open.

/// The time of one open scope, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelfTime {
    started: u64,
    open_children: u32,
    /// When the first of the open children started.
    since: u64,
    /// How long at least one child was open, not counting the time after `since`.
    covered: u64,
}

impl SelfTime {
    pub(crate) const fn start(now: u64) -> Self {
        Self {
            started: now,
            open_children: 0,
            since: now,
            covered: 0,
        }
    }

    pub(crate) fn child_starts(&mut self, now: u64) {
        if self.open_children == 0 {
            self.since = now;
        }
        self.open_children += 1;
    }

    pub(crate) fn child_ends(&mut self, now: u64) {
        self.open_children = self.open_children.saturating_sub(1);
        if self.open_children == 0 {
            self.covered += now.saturating_sub(self.since);
        }
    }

    /// Returns the total time and the self time of a scope that ends now.
    pub(crate) fn end(mut self, now: u64) -> (u64, u64) {
        if self.open_children > 0 {
            self.covered += now.saturating_sub(self.since);
        }
        let total = now.saturating_sub(self.started);
        (total, total.saturating_sub(self.covered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn self_time_is_the_time_without_open_children() {
        let mut time = SelfTime::start(100);
        time.child_starts(110);
        time.child_starts(120); // overlaps the first
        time.child_ends(150);
        time.child_ends(160);
        time.child_starts(180);
        time.child_ends(185);
        assert_eq!(time.end(200), (100, 45));
    }

    #[test]
    fn an_open_child_covers_the_rest() {
        let mut time = SelfTime::start(0);
        time.child_starts(30);
        assert_eq!(time.end(100), (100, 30));
    }
}
