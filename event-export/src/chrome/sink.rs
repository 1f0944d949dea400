//! The way from threads to the file: a buffer for each thread, or few, that is handed on when it is full.
//!
//! The file's lock is taken before a buffer's, and both are held only to exchange the buffer, so that the events of
//! a thread stay in order. No code of a user's runs while one is held, but for the writer's.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_core::Event;

use super::line::Line;
use super::output::{Output, Target};
use super::track::{Lane, Name};
use crate::host::thread;
use crate::io::warn::Trouble;

const SHARDS: usize = 64;

/// From how many bytes on a buffer is handed to the file.
const FULL: usize = 32 << 10;

/// How many threads of a shard are remembered that are not in any scope.
const MOST_IDLE: usize = 16;

pub(super) struct Sink {
    shards: [Shard; SHARDS],
    output: Mutex<Output>,
    /// Which began it.
    process: u32,
    /// Whether nothing more is to be written.
    over: AtomicBool,
    /// What could not be done, and whether that was said.
    what: String,
    trouble: Trouble,
}

/// Where a scope is open.
pub(super) struct Place<'s> {
    shard: &'s Shard,
    thread: u64,
    pub(super) tid: u64,
    pub(super) name: String,
}

/// The events of the threads that share it, two lines of the cache apart from the next.
#[repr(align(128))]
#[derive(Default)]
struct Shard(Mutex<Buffer>);

#[derive(Default)]
struct Buffer {
    lanes: Vec<Lane>,
    lines: Line,
}

impl Buffer {
    /// The lane of the current thread.
    fn lane(&mut self, thread: u64) -> &mut Lane {
        let is_first = self.lanes.first().is_some_and(|lane| lane.thread == thread);
        let place = if is_first { 0 } else { self.find_lane(thread) };
        &mut self.lanes[place]
    }

    #[cold]
    fn find_lane(&mut self, thread: u64) -> usize {
        let place = self.lanes.iter().position(|lane| lane.thread == thread);
        place.unwrap_or_else(|| self.add_lane(thread))
    }

    fn add_lane(&mut self, thread: u64) -> usize {
        if self.lanes.len() >= MOST_IDLE {
            // Most are of threads that have ended.
            self.lanes.retain(|lane| !lane.is_idle());
        }
        let tid = thread::system_id();
        if let Some(name) = thread::name() {
            self.lines.thread(tid, &name);
        }
        self.lanes.push(Lane::new(thread, tid));
        self.lanes.len() - 1
    }
}

impl Sink {
    pub(super) fn new(target: Target, what: String) -> Self {
        Self {
            shards: std::array::from_fn(|_| Shard::default()),
            output: Mutex::new(Output::new(target)),
            process: process::id(),
            over: AtomicBool::new(false),
            what,
            trouble: Trouble::new(),
        }
    }

    /// Writes the head of the file, before any event.
    pub(super) fn begin(&self) -> io::Result<()> {
        let begun = lock(&self.output).write();
        self.over.store(begun.is_err(), Ordering::Relaxed);
        begun
    }

    /// Whether nothing more is to be written.
    pub(super) fn is_over(&self) -> bool {
        // Relaxed: what comes meanwhile is thrown away later.
        self.over.load(Ordering::Relaxed)
    }

    /// Adds a line to the current thread's.
    pub(super) fn append(&self, event: &Event<'_>, line: &Line) {
        let shard = self.of(event);
        let mut buffer = lock(&shard.0);
        buffer.lane(event.thread().as_u64());
        buffer.lines.append(line);
        self.hand_on(buffer);
    }

    /// The same, of a scope that is open on this thread from now on.
    pub(super) fn push(&self, event: &Event<'_>, line: &Line, name: Option<Name>) {
        let shard = self.of(event);
        let mut buffer = lock(&shard.0);
        let thread = event.thread().as_u64();
        buffer.lane(thread).push(event.id(), event.kind(), name);
        buffer.lines.append(line);
        self.hand_on(buffer);
    }

    /// Has `write` add a line of a scope that ends, unless it is not the innermost of this thread: `false`.
    pub(super) fn pop(&self, event: &Event<'_>, write: impl FnOnce(&mut Line)) -> bool {
        let shard = self.of(event);
        let mut buffer = lock(&shard.0);
        let thread = event.thread().as_u64();
        let is_innermost = buffer.lane(thread).pop_innermost(event.id());
        if is_innermost {
            write(&mut buffer.lines);
            self.hand_on(buffer);
        }
        is_innermost
    }

    /// What a scope of this thread was called when it began.
    pub(super) fn name_of(&self, event: &Event<'_>) -> Option<String> {
        let mut buffer = lock(&self.of(event).0);
        let lane = buffer.lane(event.thread().as_u64());
        lane.name_of(event.id()).map(str::to_owned)
    }

    /// The thread on which a scope is open.
    #[cold]
    pub(super) fn find(&self, event: &Event<'_>) -> Option<Place<'_>> {
        let here = self.of(event);
        let others = self
            .shards
            .iter()
            .filter(|shard| !std::ptr::eq(*shard, here));
        std::iter::once(here).chain(others).find_map(|shard| {
            let buffer = lock(&shard.0);
            buffer.lanes.iter().find_map(|lane| {
                let name = lane.name_of(event.id())?.to_owned();
                let (thread, tid) = (lane.thread, lane.tid);
                Some(Place {
                    shard,
                    thread,
                    tid,
                    name,
                })
            })
        })
    }

    /// Adds the end, by `line`, of a scope of that thread.
    #[cold]
    pub(super) fn pop_any(&self, place: &Place<'_>, event: &Event<'_>, line: &Line) {
        let mut guard = lock(&place.shard.0);
        let buffer = &mut *guard;
        if let Some(lane) = buffer
            .lanes
            .iter_mut()
            .find(|lane| lane.thread == place.thread)
        {
            let line = lane.pop_any(event.id(), event.nanos(), line);
            buffer.lines.append(&line);
        }
        self.hand_on(guard);
    }

    fn of(&self, event: &Event<'_>) -> &Shard {
        let shard = event.thread().as_u64() % SHARDS as u64;
        &self.shards[usize::try_from(shard).unwrap_or_default()]
    }

    #[inline]
    fn hand_on(&self, buffer: MutexGuard<'_, Buffer>) {
        if buffer.lines.len() >= FULL {
            self.hand_on_full(buffer);
        }
    }

    /// All that waits, so that a killed program's file ends at one time for all threads: what one of them began another
    /// may have ended.
    #[cold]
    fn hand_on_full(&self, buffer: MutexGuard<'_, Buffer>) {
        drop(buffer);
        if self.is_own() {
            drop(self.drain());
        }
    }

    /// Whether this is the process that began the trace. One that it has forked gives up, and takes no lock: a thread
    /// that it does not have may hold it.
    pub(super) fn is_own(&self) -> bool {
        let is_own = self.process == process::id();
        if !is_own {
            self.check(Err(io::Error::other(
                "it is of the process that forked this one",
            )));
        }
        is_own
    }

    /// Writes what is next, unless nothing more is to be written.
    fn write(&self, output: &mut Output) {
        if self.is_over() {
            output.next.clear();
        } else if !output.next.is_empty() {
            self.check(output.write());
        }
    }

    /// Writes out what all threads have left, and returns with the file.
    fn drain(&self) -> MutexGuard<'_, Output> {
        let mut output = lock(&self.output);
        self.write(&mut output);
        for shard in &self.shards {
            let mut buffer = lock(&shard.0);
            if !buffer.lines.is_empty() {
                // It goes on with the memory of what was written last.
                std::mem::swap(&mut buffer.lines, &mut output.next);
                drop(buffer);
                self.write(&mut output);
            }
        }
        output
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        if !self.is_own() {
            return self.is_given_up();
        }
        let mut output = self.drain();
        if self.is_over() {
            return self.is_given_up();
        }
        output.flush()
    }

    fn is_given_up(&self) -> io::Result<()> {
        Err(io::Error::other(format!("{}, as was said", self.what)))
    }

    pub(super) fn finish(&self) {
        if !self.is_own() {
            return;
        }
        let mut output = self.drain();
        if !self.over.swap(true, Ordering::Relaxed) {
            self.check(output.finish());
        }
    }

    /// Gives up where something could not be written.
    fn check(&self, written: io::Result<()>) {
        if let Err(error) = written {
            self.over.store(true, Ordering::Relaxed);
            self.trouble.report(format_args!("{}: {error}", self.what));
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
