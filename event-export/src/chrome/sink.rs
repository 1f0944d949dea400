//! The buffers between the threads and the file.
//!
//! The output's lock is taken before a buffer's. Both are held only while the buffer is exchanged,
//! so the events of a thread stay in order. The only user code that runs under a lock is the
//! `Write` impl of the target.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use event_core::__private::LockGuard;
use event_core::Event;

use super::line::Line;
use super::output::{Output, Target};
use super::template::LineTemplate;
use super::track::{ScopeName, ThreadTrack};
use crate::host::fork::{self, Owner};
use crate::host::thread;
use crate::io::warn::WarnOnce;
use crate::sync::{Lock, Sharded, lock};

const SHARDS: usize = 64;

/// The size at which a buffer counts as full.
const FULL_BYTES: usize = 32 << 10;

/// How many threads without open scopes a shard remembers.
const MAX_IDLE_TRACKS: usize = 16;

pub(super) struct Sink {
    shards: Sharded<Buffer, SHARDS>,
    output: Mutex<Output>,
    /// The process that began the trace.
    owner: Owner,
    /// Whether the trace has been finished, or writing has failed.
    is_over: AtomicBool,
    /// The start of a warning: what could not be written.
    failure: String,
    warning: WarnOnce,
}

/// Where a scope is open.
pub(super) struct ScopeLocation<'s> {
    buffer: &'s Lock<Buffer>,
    thread: u64,
    pub(super) tid: u64,
    pub(super) name: String,
}

/// The events of the threads of one shard.
#[derive(Default)]
struct Buffer {
    tracks: Vec<ThreadTrack>,
    lines: Line,
}

impl Buffer {
    /// Returns the track of the current thread.
    fn track(&mut self, thread: u64) -> &mut ThreadTrack {
        let index = self.track_index(thread);
        &mut self.tracks[index]
    }

    #[inline]
    fn track_index(&mut self, thread: u64) -> usize {
        let first = self.tracks.first();
        let is_first = first.is_some_and(|track| track.thread == thread);
        if is_first { 0 } else { self.find_track(thread) }
    }

    #[cold]
    fn find_track(&mut self, thread: u64) -> usize {
        let index = self.tracks.iter().position(|track| track.thread == thread);
        index.unwrap_or_else(|| self.add_track(thread))
    }

    fn add_track(&mut self, thread: u64) -> usize {
        if self.tracks.len() >= MAX_IDLE_TRACKS {
            // Most belong to threads that have exited.
            self.tracks.retain(|track| !track.is_idle());
        }
        let tid = thread::system_id();
        if let Some(name) = thread::name() {
            self.lines.thread_name(tid, &name);
        }
        self.tracks.push(ThreadTrack::new(thread, tid));
        self.tracks.len() - 1
    }
}

impl Sink {
    pub(super) fn new(target: Target, failure: String) -> Self {
        Self {
            shards: Sharded::default(),
            output: Mutex::new(Output::new(target)),
            owner: Owner::current(),
            is_over: AtomicBool::new(false),
            failure,
            warning: WarnOnce::default(),
        }
    }

    /// Writes the head of the file, before any event.
    pub(super) fn write_head(&self) -> io::Result<()> {
        let written = lock(&self.output).write();
        self.is_over.store(written.is_err(), Ordering::Relaxed);
        written
    }

    /// Returns whether the trace has been finished, or writing has failed.
    pub(super) fn is_over(&self) -> bool {
        // Relaxed: events that are buffered meanwhile are discarded later.
        self.is_over.load(Ordering::Relaxed)
    }

    /// Returns whether events are to be written.
    #[inline]
    pub(super) fn receives(&self) -> bool {
        self.owner.receives() && !self.is_over()
    }

    /// Returns whether writing a line has forked this process, in which a lock may stay locked.
    #[inline]
    fn is_forked(&self) -> bool {
        !self.owner.receives()
    }

    /// Adds a line to the current thread's buffer.
    pub(super) fn append(&self, event: &Event<'_>, line: &Line) {
        if self.is_forked() {
            return;
        }
        let mut buffer = self.buffer(event).lock();
        buffer.track(event.thread().as_u64());
        buffer.lines.append(line);
        self.write_if_full(buffer);
    }

    /// Adds the line of a START; its scope is open on this thread from now on.
    pub(super) fn push(&self, event: &Event<'_>, line: &Line, name: Option<ScopeName>) {
        if self.is_forked() {
            return;
        }
        let mut buffer = self.buffer(event).lock();
        let track = buffer.track(event.thread().as_u64());
        track.push(event.id(), event.kind(), name);
        buffer.lines.append(line);
        self.write_if_full(buffer);
    }

    /// Does the same as [`push`](Self::push) for a call of a function, if its arguments are plain.
    /// Returns whether they are.
    pub(super) fn push_plain(&self, event: &Event<'_>, template: &LineTemplate) -> bool {
        let mut guard = self.buffer(event).lock();
        let buffer = &mut *guard;
        let index = buffer.track_index(event.thread().as_u64());
        let track = &mut buffer.tracks[index];
        let length = buffer.lines.len();
        if !template.write_plain_start(&mut buffer.lines, event) {
            buffer.lines.truncate(length);
            return false;
        }
        // After the arguments, so that the call's time does not include them.
        let has_arguments = template.has_arguments();
        track.write_stamp(&mut buffer.lines, has_arguments, event.nanos());
        track.push(event.id(), event.kind(), Some(template.scope_name()));
        self.write_if_full(guard);
        true
    }

    /// Adds the line of an END, if its scope is the innermost of this thread. Returns whether it
    /// is. In a forked process it adds nothing, and returns `true`.
    pub(super) fn pop(&self, event: &Event<'_>, line: &Line) -> bool {
        if self.is_forked() {
            return true;
        }
        let mut buffer = self.buffer(event).lock();
        let track = buffer.track(event.thread().as_u64());
        let is_innermost = track.pop_innermost(event.id());
        if is_innermost {
            buffer.lines.append(line);
            self.write_if_full(buffer);
        }
        is_innermost
    }

    /// Does the same for an END without arguments, if the scope started with the name of the
    /// function.
    pub(super) fn pop_plain(&self, event: &Event<'_>, template: &LineTemplate, nanos: u64) -> bool {
        let mut guard = self.buffer(event).lock();
        let buffer = &mut *guard;
        let index = buffer.track_index(event.thread().as_u64());
        let track = &mut buffer.tracks[index];
        let is_innermost = track.pop_innermost_function(event.id());
        if is_innermost {
            buffer.lines.append(template.end());
            track.write_stamp(&mut buffer.lines, false, nanos);
            self.write_if_full(guard);
        }
        is_innermost
    }

    /// Returns the name that a scope of this thread started with.
    pub(super) fn name_of(&self, event: &Event<'_>) -> Option<String> {
        let mut buffer = self.buffer(event).lock();
        let track = buffer.track(event.thread().as_u64());
        track.name_of(event.id()).map(str::to_owned)
    }

    /// Returns where a scope is open. The current thread's shard is searched first.
    #[cold]
    pub(super) fn find(&self, event: &Event<'_>) -> Option<ScopeLocation<'_>> {
        let here = self.buffer(event);
        let elsewhere = self.shards.iter().filter(|it| !std::ptr::eq(*it, here));
        std::iter::once(here).chain(elsewhere).find_map(|buffer| {
            let tracks = &buffer.lock().tracks;
            tracks.iter().find_map(|track| {
                Some(ScopeLocation {
                    buffer,
                    thread: track.thread,
                    tid: track.tid,
                    name: track.name_of(event.id())?.to_owned(),
                })
            })
        })
    }

    /// Adds the line of an END whose scope is open at `location`.
    #[cold]
    pub(super) fn pop_any(&self, location: &ScopeLocation<'_>, event: &Event<'_>, line: &Line) {
        if self.is_forked() {
            return;
        }
        let mut guard = location.buffer.lock();
        let buffer = &mut *guard;
        let mut tracks = buffer.tracks.iter_mut();
        if let Some(track) = tracks.find(|track| track.thread == location.thread) {
            let lines = track.pop_any(event.id(), event.nanos(), line);
            buffer.lines.append(&lines);
        }
        self.write_if_full(guard);
    }

    fn buffer(&self, event: &Event<'_>) -> &Lock<Buffer> {
        self.shards.of(event.thread().as_u64())
    }

    #[inline]
    fn write_if_full(&self, buffer: LockGuard<'_, Buffer>) {
        if buffer.lines.len() >= FULL_BYTES {
            self.write_all_buffers(buffer);
        }
    }

    /// Writes the buffers of all threads, so that after a kill all threads end at the same time.
    /// One thread may have ended a scope that another began.
    #[cold]
    fn write_all_buffers(&self, buffer: LockGuard<'_, Buffer>) {
        drop(buffer);
        if self.is_own() {
            drop(self.drain());
        }
    }

    /// Returns whether this is the process that began the trace. A forked process gives up without
    /// taking a lock, which a thread that it does not have may hold.
    pub(super) fn is_own(&self) -> bool {
        self.owner.is_current()
    }

    /// Writes `output.next`, unless the trace is over.
    fn write(&self, output: &mut Output) {
        if self.is_over() {
            output.next.clear();
        } else if !output.next.is_empty() {
            self.check(output.write());
        }
    }

    /// Writes the buffers of all threads; returns the locked output.
    fn drain(&self) -> MutexGuard<'_, Output> {
        let mut output = lock(&self.output);
        self.write(&mut output);
        for shard in self.shards.iter() {
            let mut buffer = shard.lock();
            if !buffer.lines.is_empty() {
                // The buffer reuses the memory of the events written last.
                std::mem::swap(&mut buffer.lines, &mut output.next);
                drop(buffer);
                self.write(&mut output);
            }
        }
        output
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        if !self.is_own() {
            return Err(fork::error());
        }
        // A signal handler would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        let mut output = self.drain();
        if self.is_over() {
            return Err(self.given_up());
        }
        output.flush()
    }

    fn given_up(&self) -> io::Error {
        io::Error::other(format!("{}; see the first warning", self.failure))
    }

    pub(super) fn finish(&self) {
        if !self.is_own() {
            return;
        }
        // A signal handler would wait for a lock.
        let _suppress = event_core::__private::suppress_events();
        let mut output = self.drain();
        if !self.is_over.swap(true, Ordering::Relaxed) {
            self.check(output.finish());
        }
    }

    /// Gives up if something could not be written.
    fn check(&self, written: io::Result<()>) {
        if let Err(error) = written {
            self.is_over.store(true, Ordering::Relaxed);
            self.warning.warn(format_args!("{}: {error}", self.failure));
        }
    }
}
