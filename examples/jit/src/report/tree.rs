//! The tree of compilations: which function had which one compiled, and how long each took.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_core::builtin::COMPILE;
use event_core::{Event, EventId, Listener, ThreadId};

use super::milliseconds;
use crate::dispatcher::Dispatcher;

/// A listener that keeps a tree of the `numba:compile` events it hears.
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
    /// In the order in which they began.
    all: Vec<Node>,
    /// Where the compilation of an event stands in `all`.
    by_event: HashMap<EventId, usize>,
    /// What each thread is compiling, the innermost last.
    open: HashMap<ThreadId, Vec<usize>>,
}

#[derive(Debug)]
struct Node {
    function: String,
    args: String,
    depth: usize,
    began: Instant,
    took: Option<Duration>,
    failure: Option<String>,
}

impl Listener for CompileTree {
    fn on_start(&self, event: &Event<'_>) {
        if event.kind() != COMPILE {
            return;
        }
        let data = event.data();
        // The dispatcher in the data is the live object, not its name.
        let dispatcher = data.get("dispatcher");
        let dispatcher = dispatcher.and_then(|value| value.downcast_ref::<Dispatcher>());
        let function = dispatcher.map_or("?", Dispatcher::name).to_owned();
        let args = data
            .get("args")
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut nodes = self.nodes();
        let number = nodes.all.len();
        let open = nodes.open.entry(event.thread()).or_default();
        let depth = open.len();
        open.push(number);
        nodes.by_event.insert(event.id(), number);
        let began = event.instant();
        nodes.all.push(Node {
            function,
            args,
            depth,
            began,
            took: None,
            failure: None,
        });
    }

    fn on_end(&self, event: &Event<'_>) {
        let mut nodes = self.nodes();
        let Some(number) = nodes.by_event.remove(&event.id()) else {
            return;
        };
        if let Some(open) = nodes.open.get_mut(&event.thread()) {
            open.retain(|open| *open != number);
        }
        let node = &mut nodes.all[number];
        node.took = Some(event.instant().saturating_duration_since(node.began));
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
            let took = node
                .took
                .map_or_else(|| "unfinished".to_owned(), milliseconds);
            write!(f, "{:<width$}  {took:>12}", label(node))?;
            match &node.failure {
                Some(failure) => writeln!(f, "  failed: {failure}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
