//! The trace that a span belongs to, and its parent.

use std::sync::Arc;

use event_core::{Event, EventId};

use super::open_spans::Open;
use super::record::{Parent, RemoteTrace};
use super::sampler::Sampler;
use super::state::State;
use crate::context::fields::{Fields, Ids, PassedOn, SAMPLED};
use crate::context::{nearest, remote};

/// The trace of a new span and its parent, and whether the trace is exported.
pub(super) struct Context {
    pub(super) root: u64,
    pub(super) remote: Option<Arc<RemoteTrace>>,
    pub(super) parent: Parent,
    pub(super) is_sampled: bool,
}

impl Context {
    /// Returns the context of a span in the open scope `parent`.
    #[inline]
    fn inside(parent: EventId, open: &Open<'_>) -> Self {
        let (root, remote) = open.trace();
        Self {
            root,
            remote: remote.cloned(),
            parent: Parent::Local(parent.as_u64()),
            is_sampled: open.is_sampled(),
        }
    }
}

impl State {
    /// Returns the context of a new span that starts a trace.
    pub(super) fn root(&self, event: &Event<'_>) -> Context {
        let root = event.id().as_u64();
        Context {
            root,
            remote: None,
            parent: Parent::None,
            is_sampled: self.starts_trace(root, event),
        }
    }

    /// Returns whether a new trace is recorded.
    #[inline]
    fn starts_trace(&self, root: u64, event: &Event<'_>) -> bool {
        if self.config.slow.is_some() {
            return true; // the exporter's thread decides
        }
        let sampler = self.config.sampler.unwrap_or(Sampler::DEFAULT);
        sampler.includes(|| self.keys.trace(root)) && self.rate.admits(|| event.nanos())
    }

    /// Returns the context of a new span with the parent `scope`, which is not in the shard of the
    /// span. `first` is the state of the first process.
    #[inline(never)]
    pub(super) fn context_under(&self, scope: EventId, first: &Self, event: &Event<'_>) -> Context {
        let known = |scope| {
            let local = self.with(scope, |open| Context::inside(scope, &open));
            local.or_else(|| self.distant_context(scope, first))
        };
        let nearest = nearest::get();
        let context = known(scope).or_else(|| known(nearest.id()?));
        let not_exported = || {
            let outermost = nearest.is_not_exported().then(|| nearest.id())??;
            Some(Context {
                root: outermost.as_u64(),
                remote: None,
                parent: Parent::Local(outermost.as_u64()),
                is_sampled: false,
            })
        };
        let context = context.or_else(not_exported);
        context.unwrap_or_else(|| self.root(event))
    }

    /// Returns the context of a new span if `scope` is of another process.
    fn distant_context(&self, scope: EventId, first: &Self) -> Option<Context> {
        if let Some(fields) = remote::find(scope) {
            return Some(self.remote_context(scope, &fields));
        }
        let mut state = first;
        while state.forks != self.forks {
            // The scope was open when this process was forked. Its thread, which does not exist
            // here, may hold the lock.
            let mut shard = state.open.shard(scope).try_lock();
            if let Some(open) = shard.as_mut().and_then(|shard| shard.get_mut(scope)) {
                let fields = state.fields(scope, &open);
                let is_sampled = open.is_sampled();
                let context = self.remote_context(scope, &fields);
                return Some(Context {
                    is_sampled,
                    ..context
                });
            }
            state = state.next.get()?;
        }
        None
    }

    fn remote_context(&self, scope: EventId, fields: &Fields) -> Context {
        let Fields { ids, passed_on } = fields;
        let sampler = self.config.sampler.unwrap_or(Sampler::DEFAULT);
        let is_sampled = if sampler.is_parent_based {
            ids.flags & SAMPLED != 0
        } else {
            self.config.slow.is_some() || sampler.includes(|| ids.trace)
        };
        let remote = RemoteTrace {
            trace: ids.trace,
            flags: ids.flags & !SAMPLED,
            passed_on: passed_on.clone(),
        };
        Context {
            root: scope.as_u64(),
            remote: Some(Arc::new(remote)),
            parent: Parent::Remote(ids.span),
            is_sampled,
        }
    }

    pub(super) fn context_of(&self, scope: EventId) -> Option<Fields> {
        self.with(scope, |open| self.fields(scope, &open))
    }

    /// Returns the context of the span of `outermost`, whose trace is not exported.
    pub(super) fn not_exported(&self, outermost: EventId) -> Fields {
        Fields {
            ids: Ids {
                trace: self.keys.trace(outermost.as_u64()),
                span: self.keys.span(outermost.as_u64()),
                flags: 0,
            },
            passed_on: PassedOn::default(),
        }
    }

    fn fields(&self, scope: EventId, open: &Open<'_>) -> Fields {
        let (_, remote) = open.trace();
        Fields {
            ids: self.ids(scope, open),
            passed_on: remote.map_or_else(PassedOn::default, |remote| remote.passed_on.clone()),
        }
    }

    fn ids(&self, scope: EventId, open: &Open<'_>) -> Ids {
        let (root, remote) = open.trace();
        let remote = remote.map(|remote| &**remote);
        let sampled = if open.is_sampled() { SAMPLED } else { 0 };
        Ids {
            trace: self.keys.trace_of(root, remote),
            span: self.keys.span(scope.as_u64()),
            flags: remote.map_or(0, |remote| remote.flags) | sampled,
        }
    }

    /// Returns the span of the open scope that ends with `end`, if it will be exported. With
    /// `slow`, the trace of a scope that neither failed nor was slow may be left out.
    pub(super) fn exported(&self, end: &Event<'_>) -> Option<Ids> {
        let nanos = end.nanos();
        self.with(end.id(), |mut open| {
            let start = open.record()?.start;
            let ids = self.ids(end.id(), &open);
            let is_exported = self.config.slow.is_none_or(|slow| {
                let is_sampled = |sampler: Sampler| sampler.includes(|| ids.trace);
                self.config.sampler.is_some_and(is_sampled)
                    || end.is_failed()
                    || u128::from(nanos.saturating_sub(start)) >= slow.as_nanos()
            });
            is_exported.then_some(ids)
        })?
    }
}
