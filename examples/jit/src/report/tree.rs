//! The tree of compilations: nested compilations and their times.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_core::builtin::COMPILE;
use event_core::{Event, EventId, Listener, ThreadId};

use super::milliseconds;
use crate::dispatcher::Dispatcher;

/// A listener that builds a tree of the `numba:compile` events that it receives.
///
/// # Examples
///
/// ```
/// use event_core::{builtin, local};
/// use jit::report::CompileTree;
///
/// let tree = local::install_listener(builtin::COMPILE, CompileTree::default());
/// // … compile something …
/// println!("{}", *tree);
/// ```
#[derive(Debug, Default)]
pub struct CompileTree {
    nodes: Mutex<Nodes>,
}

#[derive(Debug, Default)]
struct Nodes {
    /// All compilations, in the order of their STARTs.
    all: Vec<Node>,
    /// Index in `all` of each unfinished compilation.
    by_event: HashMap<EventId, usize>,
    /// Indices in `all` of each thread's unfinished compilations, innermost last.
    unfinished: HashMap<ThreadId, Vec<usize>>,
}

#[derive(Debug)]
struct Node {
    function: String,
    args: String,
    depth: usize,
    started: Instant,
    duration: Option<Duration>,
    failure: Option<String>,
}

impl Listener for CompileTree {
    fn on_start(&self, event: &Event<'_>) {
        if event.kind() != COMPILE {
            return;
        }
        let data = event.data();
        // The data contains the dispatcher itself, not a copy and not its name.
        let dispatcher = data.get("dispatcher");
        let dispatcher = dispatcher.and_then(|value| value.downcast_ref::<Dispatcher>());
        let function = dispatcher.map_or("?", Dispatcher::name).to_owned();
        let args = data
            .get("args")
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut nodes = self.nodes();
        let index = nodes.all.len();
        let unfinished = nodes.unfinished.entry(event.thread()).or_default();
        let depth = unfinished.len();
        unfinished.push(index);
        nodes.by_event.insert(event.id(), index);
        let started = event.instant();
        nodes.all.push(Node {
            function,
            args,
            depth,
            started,
            duration: None,
            failure: None,
        });
    }

    fn on_end(&self, event: &Event<'_>) {
        let mut nodes = self.nodes();
        let Some(index) = nodes.by_event.remove(&event.id()) else {
            return;
        };
        if let Some(unfinished) = nodes.unfinished.get_mut(&event.thread()) {
            unfinished.retain(|unfinished| *unfinished != index);
        }
        let node = &mut nodes.all[index];
        node.duration = Some(event.instant().saturating_duration_since(node.started));
        node.failure = event.exc_details().map(|exc| exc.message().into_owned());
    }
}

impl CompileTree {
    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for CompileTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes();
        if nodes.all.is_empty() {
            return writeln!(f, "no numba:compile events");
        }
        let label =
            |node: &Node| format!("{}{}{}", "  ".repeat(node.depth), node.function, node.args);
        let width = nodes
            .all
            .iter()
            .map(|node| label(node).chars().count())
            .max()
            .unwrap_or(0);
        writeln!(f, "{:<width$}  {:>12}", "compiled", "time")?;
        for node in &nodes.all {
            let duration = node
                .duration
                .map_or_else(|| "unfinished".to_owned(), milliseconds);
            write!(f, "{:<width$}  {duration:>12}", label(node))?;
            match &node.failure {
                Some(failure) => writeln!(f, "  failed: {failure}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
