//! Self time: a scope's time without that of the scopes inside it.
//!
//! Children that run side by side (the branches of a `join!`, threads under a handle) cover their parent's
//! time together: what counts is when none of them was open.

/// The time of one open scope, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelfTime {
    started: u64,
    children: u32,
    /// Since when a child has been open.
    since: u64,
    /// How long a child was open, up to when the last one ended.
    covered: u64,
}

impl SelfTime {
    pub(crate) const fn start(now: u64) -> Self {
        Self {
            started: now,
            children: 0,
            since: now,
            covered: 0,
        }
    }

    pub(crate) fn child_starts(&mut self, now: u64) {
        if self.children == 0 {
            self.since = now;
        }
        self.children += 1;
    }

    pub(crate) fn child_ends(&mut self, now: u64) {
        self.children = self.children.saturating_sub(1);
        if self.children == 0 {
            self.covered += now.saturating_sub(self.since);
        }
    }

    /// The total time at the end, and the time itself.
    pub(crate) fn end(mut self, now: u64) -> (u64, u64) {
        if self.children > 0 {
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
    fn time_itself_is_when_no_child_is_open() {
        let mut time = SelfTime::start(100);
        time.child_starts(110);
        time.child_starts(120); // beside the first
        time.child_ends(150);
        time.child_ends(160);
        time.child_starts(180);
        time.child_ends(185);
        assert_eq!(time.end(200), (100, 45));
    }

    #[test]
    fn a_child_that_is_still_open_covers_the_rest() {
        let mut time = SelfTime::start(0);
        time.child_starts(30);
        assert_eq!(time.end(100), (100, 30));
    }
}
