//! The exporter's state in one process, and its part of each call.
//!
//! A forked process has a state of its own: the locks and the thread of its parent are of no use
//! there.

use std::sync::{Arc, OnceLock};

use event_core::{Event, EventId, EventStatus, Site};

use super::config::Config;
use super::control::Control;
use super::ids::IdKeys;
use super::pool;
use super::queue::{Pushed, Queue};
use super::record::{Chunk, Outcome, Recorded};
use super::sampler::{RateLimit, Sampler};
use super::thread_names;
use crate::context::fields::{Fields, Ids, PassedOn, SAMPLED};
use crate::context::source::SpanCounts;
use crate::context::{ended, nearest, remote};
use crate::host::fork;
use crate::profile::open_scopes::OpenScopes;

/// The most messages of a span, as in the specification of OpenTelemetry.
const MAX_MESSAGES: u32 = 128;

/// The most bytes of the parts of a span with its messages.
const MAX_PARTS: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct State {
    /// The number of forks from the first process to this one.
    pub(super) forks: u32,
    pub(super) config: Arc<Config>,
    keys: IdKeys,
    open: OpenScopes<OpenSpan>,
    pub(super) queue: Queue,
    pub(super) rate: RateLimit,
    pub(super) control: Control,
    /// The state in a process that was forked from this one.
    next: OnceLock<Arc<Self>>,
}

/// The span of an open scope. It is small, because open scopes are moved.
#[derive(Debug)]
struct OpenSpan {
    trace: u128,
    span: u64,
    flags: u8,
    /// None if the trace is not exported. The spans of its children are not exported then, either.
    recorded: Option<Box<Recorded>>,
    passed_on: Option<Arc<PassedOn>>,
    /// The innermost scope of the thread before this one.
    before: Option<EventId>,
}

/// The context of a new span: its parent's.
struct Parent {
    ids: Ids,
    is_remote: bool,
    is_recorded: bool,
    passed_on: Option<Arc<PassedOn>>,
}

impl OpenSpan {
    fn ids(&self) -> Ids {
        Ids {
            trace: self.trace,
            span: self.span,
            flags: self.flags,
        }
    }

    #[inline]
    fn as_parent(&self) -> Parent {
        Parent {
            ids: self.ids(),
            is_remote: false,
            is_recorded: self.recorded.is_some(),
            passed_on: self.passed_on.clone(),
        }
    }
}

impl State {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self {
            forks: fork::count(),
            keys: IdKeys::new(),
            open: OpenScopes::default(),
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

    /// Returns the fate of the spans.
    pub(super) fn counts(&self) -> SpanCounts {
        let counts = self.control.counts();
        let failed = if counts.is_final {
            self.queue.received() - counts.exported - counts.left_out - counts.evicted
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

    /// Returns the parent of a new span with the parent `scope`. `first` is the state of the first
    /// process.
    #[inline]
    fn parent(&self, scope: EventId, first: &Self) -> Option<Parent> {
        let local = self.open.with(scope, |span| span.as_parent());
        local.or_else(|| self.other_parent(scope, first))
    }

    #[cold]
    fn other_parent(&self, scope: EventId, first: &Self) -> Option<Parent> {
        let nearest = || nearest::get().filter(|nearest| *nearest != scope);
        self.distant_parent(scope, first).or_else(|| {
            let scope = nearest()?;
            let local = self.open.with(scope, |span| span.as_parent());
            local.or_else(|| self.distant_parent(scope, first))
        })
    }

    /// Returns the parent if it is a scope of another process.
    fn distant_parent(&self, scope: EventId, first: &Self) -> Option<Parent> {
        if let Some(fields) = remote::find(scope) {
            return Some(self.remote_parent(&fields));
        }
        let mut state = first;
        while state.forks != self.forks {
            // The scope was open when this process was forked.
            if let Some(parent) = state.open.try_with(scope, |span| span.as_parent()) {
                return Some(Parent {
                    is_remote: true,
                    ..parent
                });
            }
            state = state.next.get()?;
        }
        None
    }

    fn remote_parent(&self, fields: &Fields) -> Parent {
        let Fields { ids, passed_on } = fields;
        let is_sampled = ids.flags & SAMPLED != 0;
        let sampler = self.config.sampler.unwrap_or(Sampler::DEFAULT);
        let is_recorded = if sampler.is_parent_based {
            is_sampled
        } else {
            self.config.slow.is_some() || sampler.includes(ids.trace)
        };
        let is_empty = *passed_on == PassedOn::default();
        Parent {
            ids: *ids,
            is_remote: true,
            is_recorded,
            passed_on: (!is_empty).then(|| Arc::new(passed_on.clone())),
        }
    }

    /// Returns the span of `event`, which is not recorded yet, its parent, and whether it is to be
    /// recorded.
    #[inline]
    fn new_span(&self, event: &Event<'_>, first: &Self) -> (OpenSpan, Option<Parent>, bool) {
        let span = self.keys.span(event.id());
        let parent = event.parent().and_then(|parent| self.parent(parent, first));
        let (trace, is_recorded, flags) = if let Some(Parent {
            ids, is_recorded, ..
        }) = &parent
        {
            (ids.trace, *is_recorded, ids.flags & !SAMPLED)
        } else {
            let trace = self.keys.trace(event.id());
            (trace, self.starts_trace(trace, event), 0)
        };
        let span = OpenSpan {
            trace,
            span,
            flags: flags | if is_recorded { SAMPLED } else { 0 },
            recorded: None,
            passed_on: parent.as_ref().and_then(|parent| parent.passed_on.clone()),
            before: None,
        };
        (span, parent, is_recorded)
    }

    /// Returns whether a new trace is recorded.
    #[inline]
    fn starts_trace(&self, trace: u128, event: &Event<'_>) -> bool {
        if self.config.slow.is_some() {
            return true; // the exporter's thread decides
        }
        let sampler = self.config.sampler.unwrap_or(Sampler::DEFAULT);
        sampler.includes(trace) && self.rate.admits(|| event.nanos())
    }

    #[inline]
    pub(super) fn start(&self, event: &Event<'_>, first: &Self) {
        let (mut span, parent, is_recorded) = self.new_span(event, first);
        let is_future = event.site().is_some_and(Site::is_async);
        if !is_future {
            span.before = nearest::get();
        }
        if is_recorded {
            span.recorded = Some(Self::record(event, parent));
        }
        if !self.open.insert(event.id(), span) {
            if is_recorded {
                self.queue.drop_one();
            }
        } else if !is_future {
            nearest::replace(Some(event.id()));
        }
    }

    #[expect(clippy::unnecessary_box_returns, reason = "the box is reused")]
    fn record(event: &Event<'_>, parent: Option<Parent>) -> Box<Recorded> {
        let mut recorded = pool::take();
        recorded.is_local_root = true;
        if let Some(parent) = parent {
            recorded.parent = parent.ids.span;
            recorded.parent_is_remote = parent.is_remote;
            recorded.is_local_root = parent.is_remote;
        }
        recorded.kind = Some(event.kind());
        recorded.site = event.site();
        recorded.thread = event.thread().as_u64();
        if !event.data().is_empty() {
            recorded.parts.start(event);
        }
        thread_names::store_once(event.thread());
        recorded.start = event.nanos(); // after the formatting, which is not time of the call
        recorded
    }

    #[inline]
    pub(super) fn end(&self, event: &Event<'_>) {
        let Some(span) = self.open.remove(event.id()) else {
            return;
        };
        let is_call = |site: &Site| !site.is_async() && !site.module_path().is_empty();
        // Scopes other than calls may end in any order.
        if event.site().is_some_and(Site::is_async) {
            nearest::end_poll(event.id());
        } else if event.site().is_some_and(is_call) || nearest::get() == Some(event.id()) {
            nearest::replace(span.before);
        }
        ended::store(event.id(), || {
            self.is_exported(&span, event).then(|| span.ids())
        });
        if span.recorded.is_some() {
            self.end_recorded(event, span);
        }
    }

    /// Returns whether the span of a scope that ends will be exported. With `slow`, the trace of a
    /// scope that neither failed nor was slow may be left out.
    fn is_exported(&self, span: &OpenSpan, end: &Event<'_>) -> bool {
        let Some(recorded) = &span.recorded else {
            return false;
        };
        let Some(slow) = self.config.slow else {
            return true;
        };
        let duration = end.nanos().saturating_sub(recorded.start);
        let is_sampled = |sampler: Sampler| sampler.includes(span.trace);
        self.config.sampler.is_some_and(is_sampled)
            || end.is_failed()
            || u128::from(duration) >= slow.as_nanos()
    }

    fn end_recorded(&self, event: &Event<'_>, span: OpenSpan) {
        let end = event.nanos(); // before the formatting
        let Some(mut recorded) = span.recorded else {
            return;
        };
        let is_failed = event.is_failed();
        if is_failed || event.data().has_added() || !event.carries_start_data() {
            recorded.parts.end(event);
        }
        let ids = (span.trace, span.span, span.flags);
        let pushed = self.queue.push(recorded.thread, |chunk| {
            chunk.push(
                ids,
                span.passed_on,
                &recorded,
                Outcome {
                    end,
                    is_failed,
                    is_unfinished: false,
                },
            )
        });
        if pushed == Pushed::Full {
            self.control.wake();
        }
        pool::give(recorded);
    }

    /// Adds a message to the span around it.
    pub(super) fn mark(&self, event: &Event<'_>) {
        let is_recorded = |scope: &EventId| self.open.with(*scope, |span| span.recorded.is_some());
        let scopes = [event.parent(), event.parent().and_then(|_| nearest::get())];
        let mut scopes = scopes.into_iter().flatten();
        let known = scopes.find_map(|scope| Some((scope, is_recorded(&scope)?)));
        let Some((scope, true)) = known else {
            return;
        };
        let mut message = pool::take();
        let parts = &mut message.parts;
        parts.mark(event);
        self.open.with(scope, |span| {
            let Some(span) = &mut span.recorded else {
                return;
            };
            if span.messages < MAX_MESSAGES && span.parts.0.len() + parts.0.len() < MAX_PARTS {
                span.messages += 1;
                span.parts.0.extend_from_slice(&parts.0);
            } else {
                span.dropped_messages += 1;
            }
        });
        pool::give(message);
    }

    /// Makes a future the innermost scope of the thread while it is polled.
    pub(super) fn poll(&self, future: EventId, status: EventStatus) {
        match status {
            EventStatus::Start if self.open.with(future, |_| ()).is_some() => {
                nearest::start_poll(future);
            }
            EventStatus::Start => {}
            EventStatus::End => nearest::end_poll(future),
        }
    }

    /// Exports the scopes that have not ended, as if they ended at `end`.
    pub(super) fn end_open(&self, end: u64) {
        for (_, span) in self.open.drain() {
            let ids = (span.trace, span.span, span.flags);
            if let Some(recorded) = span.recorded {
                let outcome = Outcome {
                    end,
                    is_failed: false,
                    is_unfinished: true,
                };
                let push = |chunk: &mut Chunk| chunk.push(ids, span.passed_on, &recorded, outcome);
                self.queue.push(recorded.thread, push);
            }
        }
    }

    pub(super) fn context_of(&self, scope: EventId) -> Option<Fields> {
        self.open.with(scope, |span| Fields {
            ids: span.ids(),
            passed_on: span.passed_on.as_deref().cloned().unwrap_or_default(),
        })
    }

    pub(super) fn exported(&self, end: &Event<'_>) -> Option<Ids> {
        let ids = |span: &mut OpenSpan| self.is_exported(span, end).then(|| span.ids());
        self.open.with(end.id(), ids)?
    }

    /// Returns whether a trace is kept. `is_notable` states whether a span failed or was slow.
    pub(super) fn keeps(&self, trace: u128, is_notable: bool, nanos: u64) -> bool {
        let is_sampled = || {
            self.config
                .sampler
                .is_some_and(|sampler| sampler.includes(trace))
        };
        (is_notable || is_sampled()) && self.rate.admits(|| nanos)
    }
}
