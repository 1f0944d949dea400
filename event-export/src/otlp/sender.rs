//! Requests of limited size, which are repeated until the collector accepts them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use event_core::__private::escaped;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::client::{Answer, Client};
use super::message;
use super::state::State;
use crate::io::warn::{WarnOnce, note};

/// The most bytes of a request, before compression.
const MAX_BYTES: usize = 1 << 20;

/// The most spans of a request.
const MAX_SPANS: usize = 2048;

/// The time before the first repetition. It doubles each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// Spans that were not accepted after this time are dropped.
const MAX_RETRY_TIME: Duration = Duration::from_secs(60);

/// The time before the first repetition when the program ends.
const LAST_BACKOFF: Duration = Duration::from_millis(50);

/// How often a collector that cannot be reached is tried when the program ends.
const LAST_ATTEMPTS: u32 = 3;

/// How often other work is done while a request waits for its repetition.
const IDLE_INTERVAL: Duration = Duration::from_millis(100);

/// Does other work of the thread.
type Idle<'i> = &'i mut dyn FnMut();

pub(super) struct Sender {
    client: Client,
    resource: Resource,
    state: Arc<State>,
    spans: Vec<Span>,
    bytes: usize,
    rejected: WarnOnce,
    is_reported: bool,
    /// Whether the program ends and the collector cannot be reached.
    has_given_up: bool,
}

impl Sender {
    pub(super) fn new(client: Client, resource: Resource, state: Arc<State>) -> Self {
        Self {
            client,
            resource,
            state,
            spans: Vec::new(),
            bytes: 0,
            rejected: WarnOnce::default(),
            is_reported: false,
            has_given_up: false,
        }
    }

    /// Adds a span. Sends the earlier ones if the request would become too large. Calls `idle` from
    /// time to time while it waits to repeat a request.
    pub(super) fn add(&mut self, span: Span, idle: Idle<'_>) {
        let bytes = span.encoded_len() + 8; // with its tag and length
        if self.spans.len() == MAX_SPANS || self.bytes + bytes > MAX_BYTES {
            self.send(idle);
        }
        self.bytes += bytes;
        self.spans.push(span);
    }

    /// Sends the spans that were added. Calls `idle` as [`add`](Self::add) does.
    pub(super) fn send(&mut self, idle: Idle<'_>) {
        self.bytes = 0;
        let spans = std::mem::take(&mut self.spans);
        if !spans.is_empty() {
            self.deliver(spans, idle);
        }
    }

    fn deliver(&mut self, spans: Vec<Span>, idle: Idle<'_>) {
        let count = spans.len() as u64;
        let mut request = message::request(&self.resource, spans);
        let mut retry = Retry::new();
        loop {
            let timeout = self.state.control.time_left().unwrap_or(Duration::MAX);
            if self.has_given_up || timeout.is_zero() {
                return self.drop_spans(count, None);
            }
            match self.client.send(&request, timeout) {
                Answer::Accepted { rejected, why } => {
                    return self.accept(count, rejected.min(count), &why);
                }
                Answer::TooLarge if count > 1 => {
                    let spans = message::take_spans(&mut request);
                    return self.deliver_halves(spans, idle);
                }
                Answer::TooLarge => {
                    return self.drop_spans(1, Some("a span is too large for the collector"));
                }
                Answer::Rejected(why) => {
                    self.rejected
                        .warn(format_args!("cannot export spans: {}", escaped(&why)));
                    return self.drop_spans(count, Some(&why));
                }
                Answer::Later { after, why } => {
                    self.report(&why);
                    if !self.wait(&mut retry, after, idle) {
                        return self.drop_spans(count, Some(&why));
                    }
                }
            }
        }
    }

    fn deliver_halves(&mut self, mut spans: Vec<Span>, idle: Idle<'_>) {
        let second = spans.split_off(spans.len() / 2);
        self.deliver(spans, idle);
        self.deliver(second, idle);
    }

    /// Waits before a repetition. Returns `false` if there is to be none.
    fn wait(&mut self, retry: &mut Retry, after: Option<Duration>, idle: Idle<'_>) -> bool {
        let control = &self.state.control;
        if control.time_left().is_none() {
            let Some(wait) = retry.next(after) else {
                return false;
            };
            let until = Instant::now() + wait;
            while control.time_left().is_none() {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return true;
                }
                control.sleep(left.min(IDLE_INTERVAL));
                idle();
            }
        }
        // The program ends.
        retry.last_attempts += 1;
        let is_reachable = after.is_some();
        self.has_given_up = !is_reachable && retry.last_attempts >= LAST_ATTEMPTS;
        let wait = after.unwrap_or(LAST_BACKOFF * retry.last_attempts);
        let is_in_time = self
            .state
            .control
            .time_left()
            .is_some_and(|left| wait < left);
        if is_in_time && !self.has_given_up {
            std::thread::sleep(wait);
        }
        is_in_time && !self.has_given_up
    }

    fn accept(&mut self, count: u64, rejected: u64, why: &str) {
        if rejected > 0 {
            let why = escaped(why);
            self.rejected
                .warn(format_args!("the collector rejects spans: {why}"));
            self.drop_spans(rejected, Some(&why));
        }
        self.state
            .control
            .count(|counts| counts.exported += count - rejected);
    }

    fn drop_spans(&self, dropped: u64, why: Option<&str>) {
        self.state.control.count(|counts| {
            counts.failed += dropped;
            counts.why = why.map(str::to_owned).or(counts.why.take());
        });
    }

    /// Prints, once, that the collector does not accept spans now. At the end the dropped spans are
    /// reported instead.
    fn report(&mut self, why: &str) {
        if self.state.control.time_left().is_none()
            && !std::mem::replace(&mut self.is_reported, true)
        {
            let endpoint = &self.state.config.endpoint;
            note(format_args!(
                "cannot export spans to `{endpoint}` now: {why}"
            ));
        }
    }
}

/// The repetitions of a request.
struct Retry {
    started: Instant,
    backoff: Duration,
    last_attempts: u32,
}

impl Retry {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            backoff: FIRST_BACKOFF,
            last_attempts: 0,
        }
    }

    /// Returns the time before the next repetition; `None` if there is to be none. The time is not
    /// shorter than `after`.
    fn next(&mut self, after: Option<Duration>) -> Option<Duration> {
        // Random, so that not all processes try again at one time.
        let jitter = self
            .backoff
            .mul_f64(f64::from(self.started.elapsed().subsec_nanos() % 1000) / 2000.0);
        let wait = (self.backoff / 2 + jitter).max(after.unwrap_or_default());
        self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
        (self.started.elapsed() + wait <= MAX_RETRY_TIME).then_some(wait)
    }
}
