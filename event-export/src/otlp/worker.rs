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
use super::selection::Selection;
use super::sender::Sender;
use super::state::State;
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
    selection: Option<Selection>,
    wall_clock: WallClock,
    state: Arc<State>,
}

impl Worker {
    fn new(state: Arc<State>) -> Self {
        let config = &state.config;
        let client = Client::new(config);
        let selection = config.slow.map(|slow| Selection::new(slow, &state));
        Self {
            sender: Sender::new(client, message::resource(config), Arc::clone(&state)),
            selection,
            wall_clock: WallClock::new(clock::unix_start()),
            state,
        }
    }

    fn run(mut self) {
        loop {
            let turn = self.state.control.wait(INTERVAL);
            self.wall_clock.follow(clock::unix_start());
            match self.selection.take() {
                None => self.export_chunks(),
                Some(mut selection) => {
                    selection.select();
                    if turn.is_last {
                        selection.finish();
                    }
                    self.export_kept(&mut selection);
                    self.selection = Some(selection);
                }
            }
            self.state.control.finish_turn(turn);
            if turn.is_last {
                return;
            }
        }
    }

    /// Exports the spans that have ended by now. Further chunks belong to the next turn, so that a
    /// flush ends while spans arrive.
    fn export_chunks(&mut self) {
        for _ in 0..self.state.complete_all() {
            let Some(chunk) = self.state.queue.take() else {
                break;
            };
            for span in chunk.ended() {
                let span = self.message(span);
                self.sender.add(span, &mut || {});
            }
            self.state.queue.put_back(chunk);
        }
        self.sender.send(&mut || {});
    }

    /// Exports the spans of the traces that are kept. While a request waits for its repetition,
    /// decisions about other traces are made, so that their spans do not fill the memory. Their
    /// spans are exported in the next turn.
    fn export_kept(&mut self, selection: &mut Selection) {
        for span in selection.take_kept() {
            let span = self.message(span.as_ref());
            self.sender.add(span, &mut || selection.select_in_pause());
        }
        self.sender.send(&mut || selection.select_in_pause());
    }

    fn message(&self, span: SpanRef<'_>) -> Span {
        let thread_name = thread_names::get(span.record.thread);
        let unix_nanos = |nanos: u64| self.wall_clock.unix_nanos(nanos);
        message::span(span, &self.state.keys, thread_name.as_deref(), unix_nanos)
    }
}
