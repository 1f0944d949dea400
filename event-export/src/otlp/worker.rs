//! The exporter's thread: encodes spans and sends them.
//!
//! Its events are suppressed, so the HTTP client may be annotated or log.

use std::sync::Arc;
use std::time::Duration;

use event_core::__private::suppress_events;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::client::Client;
use super::message;
use super::record::SpanRef;
use super::sender::Sender;
use super::state::State;
use super::tail::{Decision, Tail};
use super::thread_names;
use super::wall_clock::WallClock;
use crate::host::worker;
use crate::io::warn::warn;
use crate::profile::clock;

/// The longest time that a span waits for others.
const INTERVAL: Duration = Duration::from_secs(1);

/// Starts the thread of `state`.
pub(super) fn start(state: Arc<State>) -> Arc<State> {
    let of_thread = Arc::clone(&state);
    let started = worker::spawn("event-export", move || {
        let _stopped = StoppedOnDrop(Arc::clone(&of_thread));
        let _suppressed = suppress_events();
        Worker::new(of_thread).run();
    });
    if let Err(error) = started {
        warn(format_args!("cannot start the thread of `otlp`: {error}"));
        state.control.set_stopped();
    }
    state
}

/// Ends all waiting for the thread, also if it panics.
struct StoppedOnDrop(Arc<State>);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        self.0.control.set_stopped();
    }
}

struct Worker {
    sender: Sender,
    tail: Option<Tail>,
    wall_clock: WallClock,
    state: Arc<State>,
}

impl Worker {
    fn new(state: Arc<State>) -> Self {
        let config = &state.config;
        let tail = config.slow.map(|slow| {
            let slow = u64::try_from(slow.as_nanos()).unwrap_or(u64::MAX);
            Tail::new(slow, config.max_bytes / 2)
        });
        let client = Client::new(config);
        Self {
            sender: Sender::new(client, message::resource(config), Arc::clone(&state)),
            tail,
            wall_clock: WallClock::new(clock::unix_start()),
            state,
        }
    }

    fn run(mut self) {
        loop {
            let turn = self.state.control.wait(INTERVAL);
            self.wall_clock.follow(clock::unix_start());
            self.export_chunks();
            self.decide_about_ended();
            if turn.is_last {
                self.finish_tail();
            }
            self.sender.send();
            self.state.control.finish_turn(turn);
            if turn.is_last {
                return;
            }
        }
    }

    /// Exports the spans that have ended by now. Further chunks belong to the next turn, so that a
    /// flush ends while spans arrive.
    fn export_chunks(&mut self) {
        let chunks = self.state.complete_all();
        for _ in 0..chunks {
            self.export_chunk();
            if self.tail.as_ref().is_some_and(Tail::is_tight) {
                let ended = self.tail.as_mut().map(Tail::take_ended);
                self.decide(ended.unwrap_or_default());
            }
        }
    }

    /// Decides about the traces whose local root has ended.
    ///
    /// Their other spans ended before, but on other threads, so their chunks may come later. After
    /// one more look at all chunks these spans are known.
    fn decide_about_ended(&mut self) {
        let Some(tail) = &mut self.tail else {
            return;
        };
        let ended = tail.take_ended();
        if !ended.is_empty() {
            self.export_chunks();
            self.decide(ended);
        }
    }

    fn decide(&mut self, traces: Vec<u128>) {
        for trace in traces {
            let Some(tail) = &mut self.tail else {
                return;
            };
            let state = &self.state;
            let keeps = |is_notable| state.keeps(trace, is_notable, clock::now());
            let decision = tail.end(trace, keeps);
            self.follow(decision);
        }
    }

    fn export_chunk(&mut self) {
        let Some(chunk) = self.state.queue.take() else {
            return;
        };
        for span in chunk.ended() {
            match &mut self.tail {
                None => self.export(span),
                Some(tail) => {
                    let trace = span.record.trace(&self.state.keys);
                    let keeps = |is_notable| self.state.keeps(trace, is_notable, clock::now());
                    let decision = tail.add(trace, span, keeps);
                    self.follow(decision);
                }
            }
        }
        self.state.queue.put_back(chunk);
    }

    fn follow(&mut self, decision: Decision) {
        match decision {
            Decision::Waits { dropped: 0 } => {}
            Decision::Waits { dropped } => self.state.control.count(|counts| {
                counts.evicted += dropped;
                counts.why = Some("traces that had not ended took too much memory".to_owned());
            }),
            Decision::Keep(spans) => {
                for span in spans {
                    self.export(span.as_ref());
                }
            }
            Decision::LeaveOut(left_out) => {
                self.state
                    .control
                    .count(|counts| counts.left_out += left_out);
            }
        }
    }

    /// Decides about the traces whose root has not ended.
    fn finish_tail(&mut self) {
        let Some(tail) = &mut self.tail else {
            return;
        };
        let now = clock::now();
        let (kept, left_out) =
            tail.finish(|trace, is_notable| self.state.keeps(trace, is_notable, now));
        self.follow(Decision::Keep(kept));
        self.follow(Decision::LeaveOut(left_out));
    }

    fn export(&mut self, span: SpanRef<'_>) {
        let span = self.message(span);
        self.sender.add(span);
    }

    fn message(&self, span: SpanRef<'_>) -> Span {
        let thread_name = thread_names::get(span.record.thread);
        let unix_nanos = |nanos: u64| self.wall_clock.unix_nanos(nanos);
        message::span(span, &self.state.keys, thread_name.as_deref(), unix_nanos)
    }
}
