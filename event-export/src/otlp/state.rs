//! The exporter's state in one process, and its part of each call.
//!
//! A forked process has a state of its own: the locks and the thread of its parent are of no use
//! there.

use std::sync::{Arc, OnceLock};

use event_core::{Event, EventId, EventStatus, Site};

use super::chunk::Start;
use super::config::Config;
use super::control::Control;
use super::ids::IdKeys;
use super::not_exported::{is_call, is_entered};
use super::open_spans::{Open, OpenSpans, OtherScope, OtherSpan, Shard};
use super::pool;
use super::queue::Queue;
use super::record::{Origin, Parent, Source};
use super::sampler::{RateLimit, Sampler};
use super::thread_names;
use crate::context::ended;
use crate::context::nearest::{self, Nearest};
use crate::context::source::{self, SpanCounts};
use crate::host::fork;

#[derive(Debug)]
pub(super) struct State {
    /// The number of forks from the first process to this one.
    pub(super) forks: u32,
    pub(super) config: Arc<Config>,
    pub(super) keys: IdKeys,
    /// Whether every trace that this process starts is exported.
    samples_all: bool,
    pub(super) open: OpenSpans,
    pub(super) queue: Queue,
    pub(super) rate: RateLimit,
    pub(super) control: Control,
    /// The state in a process that was forked from this one.
    pub(super) next: OnceLock<Arc<Self>>,
}

impl State {
    pub(super) fn new(config: Arc<Config>) -> Self {
        let sampler = config.sampler.unwrap_or(Sampler::DEFAULT);
        Self {
            forks: fork::count(),
            keys: IdKeys::new(),
            samples_all: config.slow.is_some() || (sampler.ratio >= 1.0 && config.rate.is_none()),
            open: OpenSpans::default(),
            queue: Queue::new(config.queue_bytes()),
            rate: RateLimit::new(config.rate),
            control: Control::default(),
            next: OnceLock::new(),
            config,
        }
    }

    /// Returns the state of this process, which is `first` or was forked from its process.
    #[inline]
    pub(super) fn current(first: &Arc<Self>, start: impl Fn(Arc<Self>) -> Arc<Self>) -> &Arc<Self> {
        let forks = fork::count();
        let mut state = first;
        while state.forks != forks {
            let config = &state.config;
            state = state
                .next
                .get_or_init(|| start(Arc::new(Self::new(Arc::clone(config)))));
        }
        state
    }

    /// Returns the state of this process, if it has one.
    pub(super) fn existing(first: &Arc<Self>) -> Option<&Arc<Self>> {
        let forks = fork::count();
        let mut state = first;
        while state.forks != forks {
            state = state.next.get()?;
        }
        Some(state)
    }

    /// Returns how many spans have ended in memory.
    fn ended(&self) -> u64 {
        self.open.shards().map(|shard| shard.lock().ended).sum()
    }

    /// Returns how many spans there were.
    pub(super) fn all(&self) -> u64 {
        self.ended() + self.queue.dropped()
    }

    /// Returns the fate of the spans.
    pub(super) fn counts(&self) -> SpanCounts {
        let counts = self.control.counts();
        let failed = if counts.is_final {
            self.ended() - counts.exported - counts.left_out - counts.evicted
        } else {
            counts.failed
        };
        SpanCounts {
            exported: counts.exported,
            failed,
            dropped: counts.evicted + self.queue.dropped(),
        }
    }

    /// Returns how many spans were not exported.
    pub(super) fn dropped(&self) -> u64 {
        let SpanCounts {
            failed, dropped, ..
        } = self.counts();
        failed + dropped
    }

    /// Returns why spans were dropped.
    pub(super) fn why_dropped(&self) -> String {
        let counts = self.control.counts();
        let of_queue = if self.queue.dropped() > 0 {
            "too many spans were waiting"
        } else {
            "the collector has not accepted them in time"
        };
        counts.why.unwrap_or_else(|| of_queue.to_owned())
    }

    #[inline]
    pub(super) fn start(&self, event: &Event<'_>, first: &Self) {
        let start = Start {
            event,
            id: event.id(),
            thread: event.thread().as_u64(),
            source: Source::of(event),
            before: nearest::get(),
        };
        let nearest = match event.parent() {
            None if self.samples_all => {
                let origin = Origin {
                    root: start.id.as_u64(),
                    remote: None,
                    parent: Parent::None,
                };
                self.start_sampled(&start, &origin)
            }
            parent => self.start_under(&start, parent, first),
        };
        if is_entered(event) {
            nearest::set(nearest);
        }
    }

    /// Starts a scope under `parent`. Returns the innermost scope then.
    #[inline(never)]
    fn start_under(&self, start: &Start<'_>, parent: Option<EventId>, first: &Self) -> Nearest {
        let context = match parent {
            None => self.root(start.event),
            Some(parent) => self.context_under(parent, first, start.event),
        };
        let origin = Origin {
            root: context.root,
            remote: context.remote.as_ref(),
            parent: context.parent,
        };
        if context.is_sampled {
            self.start_sampled(start, &origin)
        } else {
            self.start_not_sampled(start, &origin)
        }
    }

    /// Starts a scope of a trace that is not exported. Returns the innermost scope then.
    fn start_not_sampled(&self, start: &Start<'_>, origin: &Origin<'_>) -> Nearest {
        let is_only = source::is_only();
        let is_known = origin.parent != Parent::None || !is_entered(start.event) || !is_only;
        if is_known {
            self.add_other(start, origin, OtherSpan::NotSampled);
        }
        if is_only {
            Nearest::not_exported(start.id, is_known)
        } else {
            Nearest::scope(start.id)
        }
    }

    /// Starts a span that is to be exported. Returns the innermost scope then.
    #[expect(clippy::inline_always, reason = "as the functions of `Chunk`")]
    #[inline(always)]
    fn start_sampled(&self, start: &Start<'_>, origin: &Origin<'_>) -> Nearest {
        thread_names::store_once(start.thread);
        if self.queue.is_full() {
            self.queue.drop_one();
            self.add_other(start, origin, OtherSpan::Dropped);
            return Nearest::scope(start.id);
        }
        let mut shard = self.open.shard(start.id).lock();
        if shard.chunk.is_full() {
            self.complete(&mut shard);
        }
        if !shard.chunk.push_plain(start, origin) {
            drop(shard);
            self.start_formatted(start, origin);
        }
        Nearest::scope(start.id)
    }

    /// Starts a span with data that must be formatted, which runs user code.
    #[inline(never)]
    fn start_formatted(&self, start: &Start<'_>, origin: &Origin<'_>) {
        let mut parts = pool::take();
        parts.start(start.event);
        let mut shard = self.open.shard(start.id).lock();
        if shard.chunk.is_full() {
            self.complete(&mut shard);
        }
        shard.chunk.push_formatted(start, origin, &parts.0);
        drop(shard);
        pool::give(parts);
    }

    /// Adds a scope without span, unless too many scopes are open.
    #[inline(never)]
    fn add_other(&self, start: &Start<'_>, origin: &Origin<'_>, span: OtherSpan) {
        let other = OtherScope {
            root: origin.root,
            remote: origin.remote.cloned(),
            before: start.before,
            span,
        };
        self.open.shard(start.id).lock().add(start.id, other);
    }

    /// Passes the chunk of a shard on, so that there is room for new spans.
    #[cold]
    #[inline(never)]
    fn complete(&self, shard: &mut Shard) {
        let chunk = shard.replace_chunk(self.queue.spare_chunk());
        if chunk.has_ended() {
            self.queue.push(chunk);
            self.control.wake();
        }
    }

    /// Passes the spans that have ended on, also those in chunks that are not full. Returns the
    /// number of chunks that wait. More may be added at any time.
    pub(super) fn complete_all(&self) -> usize {
        for shard in self.open.shards() {
            let mut shard = shard.lock();
            if shard.chunk.has_ended() {
                let mut chunk = shard.replace_chunk(self.queue.spare_chunk());
                drop(shard);
                chunk.shrink();
                self.queue.push(chunk);
            }
        }
        self.queue.len()
    }

    #[inline]
    pub(super) fn end(&self, event: &Event<'_>) {
        let id = event.id();
        let is_failed = event.is_failed();
        if is_failed || event.data().has_added() || !event.carries_start_data() {
            self.add_parts(event);
        }
        ended::store(id, || self.exported(event));
        let ended = self.open.shard(id).lock().end(id, |record| {
            record.end = event.nanos();
            record.is_failed = is_failed;
        });
        if let Some(before) = ended {
            // Guards may end in any order.
            if event.site().is_some_and(Site::is_async) {
                nearest::end_poll(id);
            } else if is_call(event) || nearest::get().is_of(id) {
                nearest::set(before);
            }
        }
    }

    /// Adds the data and the failure of an END to its span, if that is exported.
    #[cold]
    #[inline(never)]
    fn add_parts(&self, event: &Event<'_>) {
        let is_recorded = |mut open: Open<'_>| open.record().is_some();
        if self.with(event.id(), is_recorded).unwrap_or_default() {
            event.nanos(); // before the formatting, which is not time of the call
            let mut parts = pool::take();
            parts.end(event);
            self.open
                .shard(event.id())
                .lock()
                .extend(event.id(), &parts.0);
            pool::give(parts);
        }
    }

    /// Adds a message to the span around it.
    pub(super) fn mark(&self, event: &Event<'_>) {
        let is_recorded = |scope: &EventId| self.with(*scope, |mut open| open.record().is_some());
        let scopes = [
            event.parent(),
            event.parent().and_then(|_| nearest::get().id()),
        ];
        let mut scopes = scopes.into_iter().flatten();
        let known = scopes.find_map(|scope| Some((scope, is_recorded(&scope)?)));
        let Some((scope, true)) = known else {
            return;
        };
        let mut parts = pool::take();
        parts.mark(event);
        self.open.shard(scope).lock().add_message(scope, &parts.0);
        pool::give(parts);
    }

    /// Makes a future the innermost scope of the thread while it is polled.
    pub(super) fn poll(&self, future: EventId, status: EventStatus) {
        match status {
            EventStatus::Start => match self.with(future, |open| open.is_sampled()) {
                Some(false) if source::is_only() => {
                    nearest::start_poll(future, Nearest::not_exported(future, true));
                }
                Some(_) => nearest::start_poll(future, Nearest::scope(future)),
                None => {}
            },
            EventStatus::End => nearest::end_poll(future),
        }
    }

    /// Calls `f` with an open scope, whose shard is locked.
    pub(super) fn with<R>(&self, scope: EventId, f: impl FnOnce(Open<'_>) -> R) -> Option<R> {
        self.open.shard(scope).lock().get_mut(scope).map(f)
    }

    /// Exports the scopes that have not ended, as if they ended at `end`.
    pub(super) fn end_open(&self, end: u64) {
        for shard in self.open.shards() {
            shard.lock().end_all(|record| {
                record.end = end;
                record.is_unfinished = true;
            });
        }
    }

    /// Returns whether a trace is kept. `is_notable` states whether a span failed or was slow.
    pub(super) fn keeps(&self, trace: u128, is_notable: bool, nanos: u64) -> bool {
        let sampler = self.config.sampler;
        let is_sampled = || sampler.is_some_and(|sampler| sampler.includes(|| trace));
        (is_notable || is_sampled()) && self.rate.admits(|| nanos)
    }
}
