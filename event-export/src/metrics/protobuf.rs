//! The metrics in the protobuf format of Prometheus, with native histograms.
//!
//! The messages are those of `io.prometheus.client` that the metrics need. Declaring them needs
//! neither a compiler of protobuf files nor a build script.

use prost::Message;

use super::buckets::{Buckets, SCHEMA, ZERO, ZERO_EXPONENT};
use super::calls::{FunctionCounts, Snapshot};
use super::counts::{Counts, OUTCOMES};
use super::exemplars::{self, Exemplars};
use super::fine_counts::FineCounts;
use super::text::{CALLS_HELP, DURATION_HELP, IN_FLIGHT_HELP};
use crate::profile::clock;

pub(super) const CONTENT_TYPE: &str = "application/vnd.google.protobuf; \
    proto=io.prometheus.client.MetricFamily; encoding=delimited";

pub(super) const MEDIA_TYPE: &str = "application/vnd.google.protobuf";

/// Empty buckets between two others that are sent instead of a new span.
const MAX_GAP: i32 = 2;

/// Returns whether the parameters of a [`MEDIA_TYPE`] request the message that is sent.
pub(super) fn is_requested(range: &str) -> bool {
    let parameter = |name: &str| {
        let mut parameters = range.split(';').skip(1).map(str::trim);
        parameters.find_map(|parameter| parameter.strip_prefix(name))
    };
    parameter("proto=") == Some("io.prometheus.client.MetricFamily")
        && parameter("encoding=") == Some("delimited")
}

#[derive(Clone, PartialEq, Message)]
struct MetricFamily {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    help: String,
    #[prost(enumeration = "MetricType", tag = "3")]
    r#type: i32,
    #[prost(message, repeated, tag = "4")]
    metric: Vec<Metric>,
    #[prost(string, tag = "5")]
    unit: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
enum MetricType {
    Counter = 0,
    Gauge = 1,
    Histogram = 4,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, repeated, tag = "1")]
    label: Vec<Label>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<Gauge>,
    #[prost(message, optional, tag = "3")]
    counter: Option<Counter>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Gauge {
    #[prost(double, tag = "1")]
    value: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Counter {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(message, optional, tag = "2")]
    exemplar: Option<Exemplar>,
}

/// A classic histogram and a native one of the same durations.
#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, tag = "1")]
    sample_count: u64,
    #[prost(double, tag = "2")]
    sample_sum: f64,
    #[prost(message, repeated, tag = "3")]
    bucket: Vec<Bucket>,
    #[prost(sint32, tag = "5")]
    schema: i32,
    #[prost(double, tag = "6")]
    zero_threshold: f64,
    #[prost(uint64, tag = "7")]
    zero_count: u64,
    #[prost(message, repeated, tag = "12")]
    positive_span: Vec<Span>,
    /// The difference of each count to the one before.
    #[prost(sint64, repeated, tag = "13")]
    positive_delta: Vec<i64>,
    #[prost(message, repeated, tag = "16")]
    exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
struct Bucket {
    #[prost(uint64, tag = "1")]
    cumulative_count: u64,
    #[prost(double, tag = "2")]
    upper_bound: f64,
    #[prost(message, optional, tag = "3")]
    exemplar: Option<Exemplar>,
}

/// Consecutive buckets of a native histogram.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Span {
    /// The distance to the span before; the number of the bucket for the first span.
    #[prost(sint32, tag = "1")]
    offset: i32,
    #[prost(uint32, tag = "2")]
    length: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    label: Vec<Label>,
    #[prost(double, tag = "2")]
    value: f64,
    #[prost(message, optional, tag = "3")]
    timestamp: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl Snapshot {
    pub(super) fn to_protobuf(&self) -> Vec<u8> {
        let unix_start = clock::unix_start();
        let functions = self.functions.iter();
        let durations = MetricFamily {
            name: "event_duration_seconds".to_owned(),
            help: format!("{DURATION_HELP}."),
            r#type: MetricType::Histogram.into(),
            metric: functions
                .clone()
                .map(|function| self.durations(function, unix_start))
                .collect(),
            unit: "seconds".to_owned(),
        };
        let calls = MetricFamily {
            name: "event_calls_total".to_owned(),
            help: format!("{CALLS_HELP}."),
            r#type: MetricType::Counter.into(),
            metric: functions
                .clone()
                .flat_map(|function| calls(function, unix_start))
                .collect(),
            unit: String::new(),
        };
        let in_flight = MetricFamily {
            name: "event_in_flight".to_owned(),
            help: format!("{IN_FLIGHT_HELP}."),
            r#type: MetricType::Gauge.into(),
            metric: functions.map(in_flight).collect(),
            unit: String::new(),
        };
        let spans = self.span_counters().into_iter().map(span_counter);
        let families = [durations, calls, in_flight].into_iter().chain(spans);
        // The format has no families without metrics.
        let families = families.filter(|family| !family.metric.is_empty());
        families
            .flat_map(|family| family.encode_length_delimited_to_vec())
            .collect()
    }

    fn durations(&self, function: &FunctionCounts, unix_start: u64) -> Metric {
        let counts = &function.counts;
        let exemplar = |bucket| Some(counts.exemplars()?.bucket(bucket)?.message(unix_start));
        let classic = self.buckets.classic_counts(counts.durations());
        let mut cumulative_count = 0;
        let bucket = (0..).zip(self.buckets.classic_bounds().zip(classic));
        let bucket = bucket.map(|(index, (upper_bound, count))| {
            cumulative_count += count;
            Bucket {
                cumulative_count,
                upper_bound,
                exemplar: exemplar(index),
            }
        });
        let bucket: Vec<Bucket> = bucket.collect();
        let native = Native::new(&self.buckets, counts.durations());
        Metric {
            label: labels(&function.labels()),
            histogram: Some(Histogram {
                sample_count: counts.ended(),
                sample_sum: counts.seconds(),
                schema: SCHEMA,
                zero_threshold: f64::from(ZERO_EXPONENT).exp2(),
                zero_count: native.zero,
                positive_span: native.spans,
                positive_delta: native.deltas,
                exemplars: bucket.iter().filter_map(|it| it.exemplar.clone()).collect(),
                bucket,
            }),
            ..Metric::default()
        }
    }
}

fn calls(function: &FunctionCounts, unix_start: u64) -> impl Iterator<Item = Metric> {
    let [kind, name] = function.labels();
    let counts = (0..).zip(OUTCOMES).zip(function.counts.outcomes());
    counts.map(move |((index, outcome), calls)| Metric {
        label: labels(&[kind, name, ("outcome", outcome)]),
        counter: Some(Counter {
            value: float(calls),
            exemplar: exemplar_of_outcome(&function.counts, index, unix_start),
        }),
        ..Metric::default()
    })
}

fn exemplar_of_outcome(counts: &Counts, outcome: usize, unix_start: u64) -> Option<Exemplar> {
    let exemplars: &Exemplars = counts.exemplars()?;
    Some(exemplars.outcome(outcome)?.message(unix_start))
}

fn in_flight(function: &FunctionCounts) -> Metric {
    Metric {
        label: labels(&function.labels()),
        gauge: Some(Gauge {
            value: float(function.counts.in_flight().unsigned_abs()),
        }),
        ..Metric::default()
    }
}

fn span_counter((name, help, count): (&str, &str, u64)) -> MetricFamily {
    let counter = Counter {
        value: float(count),
        exemplar: None,
    };
    MetricFamily {
        name: format!("{name}_total"),
        help: format!("{help}."),
        r#type: MetricType::Counter.into(),
        metric: vec![Metric {
            counter: Some(counter),
            ..Metric::default()
        }],
        unit: String::new(),
    }
}

fn labels(labels: &[(&str, &str)]) -> Vec<Label> {
    let labels = labels.iter().map(|(name, value)| Label {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    });
    labels.collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the format has floating-point numbers; beyond 2^53 calls one is lost"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

impl exemplars::Exemplar {
    fn message(&self, unix_start: u64) -> Exemplar {
        let [trace, span] = self.labels();
        let time = self.unix_time(unix_start);
        Exemplar {
            label: labels(&[(trace.0, &trace.1), (span.0, &span.1)]),
            value: self.seconds(),
            timestamp: Some(Timestamp {
                seconds: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                nanos: i32::try_from(time.subsec_nanos()).unwrap_or(0),
            }),
        }
    }
}

/// The counts of a native histogram.
#[derive(Default)]
struct Native {
    zero: u64,
    spans: Vec<Span>,
    deltas: Vec<i64>,
    /// The last bucket, and its count.
    last: Option<i32>,
    last_count: i64,
}

impl Native {
    fn new(buckets: &Buckets, counts: &FineCounts) -> Self {
        let mut native = Self::default();
        for (fine, count) in counts.iter() {
            match buckets.native_of(fine) {
                ZERO => native.zero += count,
                bucket => native.add(bucket, count),
            }
        }
        native
    }

    /// Adds to a bucket. The buckets are in ascending order.
    fn add(&mut self, bucket: i32, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if self.last == Some(bucket) {
            self.last_count += count;
            if let Some(delta) = self.deltas.last_mut() {
                *delta += count;
            }
            return;
        }
        let gap = bucket - self.last.map_or(0, |last| last + 1);
        if self.last.is_none() || gap > MAX_GAP {
            self.spans.push(Span {
                offset: gap,
                length: 0,
            });
        } else {
            for _ in 0..gap {
                self.push(0);
            }
        }
        self.push(count);
        self.last = Some(bucket);
    }

    fn push(&mut self, count: i64) {
        self.deltas.push(count - self.last_count);
        self.last_count = count;
        if let Some(span) = self.spans.last_mut() {
            span.length += 1;
        }
    }
}
