//! The scopes that are open now.

use std::collections::HashMap;
use std::fmt;
use std::sync::Weak;
use std::time::{Duration, SystemTime};

use event_core::__private::{escaped, now_nanos};
use event_core::{Data, Event, EventId, Kind, Site, ThreadId};

use super::polls::Poll;
use super::running::{Flight, RUNNING};
use crate::host::seen_threads;
use crate::host::thread::ThreadInfo;
use crate::profile::{names, units};
use crate::sync::lock;

/// Returns the scopes that are open now: what the program is doing, and for how long.
///
/// The scopes are those of the [`FlightRecorder`](crate::FlightRecorder)s that are installed;
/// without one, the list is empty. Each scope comes after its parent, before later scopes of the
/// same parent, so that the lines of their texts form a tree.
///
/// The function waits for no lock that is held while code of the program runs, so it also returns
/// in a program that hangs. Call it from a thread that does not hang, such as a watchdog's.
///
/// # Examples
///
/// ```
/// use event_core::{data, install_listener, trigger_event};
/// use event_export::{FlightRecorder, open_scopes};
///
/// # let directory = std::env::temp_dir().join(format!("docs-open-{}", std::process::id()));
/// let _flight = install_listener("docs:open_*", FlightRecorder::to_directory(&directory)?);
/// trigger_event("docs:open_outer", data! { id = 7 }, || {
///     trigger_event("docs:open_inner", (), || {
///         let open = open_scopes();
///         assert_eq!(open[0].name(), "docs:open_outer");
///         assert_eq!(open[1].parent(), Some(open[0].id()));
///         for scope in open {
///             println!("{scope}");
///         }
///     });
/// });
/// assert!(open_scopes().is_empty());
/// # std::fs::remove_dir_all(directory)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn open_scopes() -> Vec<OpenScope> {
    let running: Vec<_> = {
        let _suppress = event_core::__private::suppress_events();
        lock(&RUNNING).iter().filter_map(Weak::upgrade).collect()
    };
    let mut open: Vec<OpenScope> = running
        .iter()
        .filter(|flight| flight.owner.is_current())
        .flat_map(|flight| open_now(flight))
        .collect();
    // Several recorders may have recorded a scope.
    open.sort_by_key(|scope| (scope.nanos, scope.id));
    open.dedup_by_key(|scope| scope.id);
    as_tree(open)
}

/// Returns the open scopes of one recorder.
pub(super) fn open_in(flight: &Flight) -> Vec<OpenScope> {
    as_tree(open_now(flight))
}

fn open_now(flight: &Flight) -> Vec<OpenScope> {
    // The polls first: a future that ends meanwhile is in neither.
    let polls = flight.polls.open();
    let polls: HashMap<EventId, Poll> = polls.iter().map(|poll| (poll.future, *poll)).collect();
    let starts = flight.recorder.open_calls();
    let now = now_nanos();
    starts
        .iter()
        .map(|start| OpenScope::new(start, polls.get(&start.id()), now))
        .collect()
}

/// Sorts each scope after its parent, and sets the depths. The scopes are sorted by time.
fn as_tree(scopes: Vec<OpenScope>) -> Vec<OpenScope> {
    let ids: HashMap<EventId, usize> = scopes.iter().map(|scope| scope.id).zip(0..).collect();
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); scopes.len()];
    let mut outermost = Vec::new();
    for (index, scope) in scopes.iter().enumerate() {
        // A parent starts before its children.
        let parent = scope.parent.and_then(|parent| ids.get(&parent));
        match parent.filter(|parent| **parent < index) {
            Some(parent) => inside[*parent].push(index),
            None => outermost.push(index),
        }
    }
    let mut scopes: Vec<Option<OpenScope>> = scopes.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(scopes.len());
    let mut rest: Vec<(usize, usize)> = outermost.iter().rev().map(|index| (*index, 0)).collect();
    while let Some((index, depth)) = rest.pop() {
        sorted.extend(
            scopes[index]
                .take()
                .map(|scope| OpenScope { depth, ..scope }),
        );
        rest.extend(inside[index].iter().rev().map(|child| (*child, depth + 1)));
    }
    sorted
}

/// A scope that has not ended; [`open_scopes`] returns it.
///
/// As text, it is one line, indented by its depth:
/// `12.3s  Server::handle (app:handle) path="/x"  thread 4711 worker-1`.
#[derive(Clone, Debug)]
pub struct OpenScope {
    id: EventId,
    parent: Option<EventId>,
    kind: Kind,
    site: Option<&'static Site>,
    name: String,
    data: Data<'static>,
    thread: ThreadId,
    info: ThreadInfo,
    nanos: u64,
    started: SystemTime,
    elapsed: Duration,
    /// The thread that polls the future, and for how long.
    poll: Option<(ThreadId, ThreadInfo, Duration)>,
    depth: usize,
}

impl OpenScope {
    fn new(start: &Event<'static>, poll: Option<&Poll>, now: u64) -> Self {
        let since = |nanos| Duration::from_nanos(now.saturating_sub(nanos));
        let poll = poll.map(|poll| {
            let info = seen_threads::find(poll.thread);
            (poll.thread, info, since(poll.since))
        });
        Self {
            id: start.id(),
            parent: start.parent(),
            kind: start.kind(),
            site: start.site(),
            name: names::function(start).into_owned(),
            data: start.data().clone(),
            thread: start.thread(),
            info: seen_threads::find(start.thread()),
            nanos: start.nanos(),
            started: start.system_time(),
            elapsed: since(start.nanos()),
            poll,
            depth: 0,
        }
    }

    /// Returns the id of the scope's START.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Returns the id of the parent's START. The parent may have ended, or may not be recorded.
    #[must_use]
    pub const fn parent(&self) -> Option<EventId> {
        self.parent
    }

    /// Returns how many of the scope's ancestors are open.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the annotated function; see [`Event::site`].
    #[must_use]
    pub const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// Returns the path of the function, or the kind if there is no function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the data of the START.
    #[must_use]
    pub const fn data(&self) -> &Data<'static> {
        &self.data
    }

    /// Returns the thread on which the scope started.
    #[must_use]
    pub const fn thread(&self) -> ThreadId {
        self.thread
    }

    /// Returns the name of the thread on which the scope started, if it has one.
    #[must_use]
    pub fn thread_name(&self) -> Option<&str> {
        self.info.name.as_deref()
    }

    /// Returns when the scope started.
    #[must_use]
    pub const fn started(&self) -> SystemTime {
        self.started
    }

    /// Returns for how long the scope is open.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns whether the scope is that of a future or an
    /// [open event](event_core::open_event), which may wait while no thread works on it.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.site.is_some_and(Site::is_async)
    }

    /// Returns the thread that is polling the future now, and for how long. Returns `None` if the
    /// future waits, or if the scope is not that of a future.
    ///
    /// A poll that lasts long blocks its thread.
    #[must_use]
    pub fn polled_by(&self) -> Option<(ThreadId, Duration)> {
        let (thread, _, duration) = self.poll.as_ref()?;
        Some((*thread, *duration))
    }
}

impl fmt::Display for OpenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |duration: Duration| {
            let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            units::duration_with_space(nanos, "")
        };
        let thread = |info: &ThreadInfo| match &info.name {
            Some(name) => format!("{} {}", info.system_id, escaped(name)),
            None => info.system_id.to_string(),
        };
        let indent = "  ".repeat(self.depth);
        write!(
            f,
            "{:>8}  {indent}{}",
            time(self.elapsed),
            escaped(&self.name)
        )?;
        if self.name != self.kind.as_str() {
            write!(f, " ({})", self.kind)?;
        }
        if !self.data.is_empty() {
            write!(f, " {}", self.data)?;
        }
        write!(f, "  thread {}", thread(&self.info))?;
        match &self.poll {
            Some((_, info, duration)) => {
                let thread = thread(info);
                write!(f, ", polled for {} by thread {thread}", time(*duration))
            }
            None if self.is_async() => f.write_str(", waiting"),
            None => Ok(()),
        }
    }
}
