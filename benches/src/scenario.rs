//! The types that describe one row of a table.

use std::any::Any;
use std::fmt;

/// A table: rows that answer the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Baselines, which are not printed.
    Bare,
    /// An annotated function whose calls are disabled.
    Disabled,
    /// A closure, guard or start/end pair whose calls are disabled.
    DisabledForm,
    /// An `async fn` whose calls are disabled.
    DisabledFuture,
    /// An enabled call of an annotated function whose listener does nothing.
    Enabled,
    /// An enabled closure, guard or start/end pair whose listener does nothing.
    EnabledForm,
    /// An enabled `async fn` whose listener does nothing.
    EnabledFuture,
    /// A call whose duration is measured.
    Timed,
    /// A call that is kept in memory or written.
    Recorded,
    /// A call that is aggregated: a table, a flame graph.
    Aggregated,
    /// A call that is passed on to, or comes from, another library.
    Bridge,
    /// Installing and dropping a listener.
    Install,
}

/// One instrumented function, with the listeners under which it is called.
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// Text of the table row.
    pub label: &'static str,
    /// Table that contains the row.
    pub group: Group,
    /// Name of the scenario whose cost is subtracted.
    pub baseline: &'static str,
    /// Highest allowed number of instructions above `baseline`, if there is a target.
    pub target: Option<u64>,
    /// Number of polls in one call. Costs are divided by it.
    pub polls: u64,
    prepare: fn() -> Box<dyn Any>,
    run: fn(u64),
}

impl Scenario {
    /// Creates a scenario without listeners. Its baseline is the bare call.
    pub(crate) const fn new(
        group: Group,
        name: &'static str,
        label: &'static str,
        run: fn(u64),
    ) -> Self {
        Self {
            name,
            label,
            group,
            baseline: "bare",
            target: None,
            polls: 1,
            prepare: || Box::new(()),
            run,
        }
    }

    /// Sets the function that installs listeners. Its result lives as long as the scenario runs.
    pub(crate) const fn with(self, prepare: fn() -> Box<dyn Any>) -> Self {
        Self { prepare, ..self }
    }

    /// Sets the target in instructions.
    pub(crate) const fn at_most(self, target: u64) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    /// Sets the scenario to subtract.
    pub(crate) const fn above(self, baseline: &'static str) -> Self {
        Self { baseline, ..self }
    }

    /// Sets the number of polls in one call.
    pub(crate) const fn polls(self, polls: u64) -> Self {
        Self { polls, ..self }
    }

    /// Returns whether the scenario measures this project.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("ours")
    }

    /// Returns whether the scenario measures another library.
    #[must_use]
    pub fn is_peer(&self) -> bool {
        let own = ["ours", "hand", "bare"];
        !own.iter().any(|own| self.name.starts_with(own))
    }

    /// Installs the scenario's listeners until the result is dropped.
    #[must_use]
    pub fn prepare(&self) -> Box<dyn Any> {
        let prepared = (self.prepare)();
        // The first call registers the call site, which is not part of the measurement.
        (self.run)(1);
        prepared
    }

    /// Makes the given number of calls.
    ///
    /// Callgrind counts only inside this function, which it finds by name.
    #[inline(never)]
    pub fn run(&self, calls: u64) {
        (self.run)(calls);
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name).finish()
    }
}
