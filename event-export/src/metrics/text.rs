//! The metrics as text, written by the crate `prometheus-client`.
//!
//! That crate has no constructor for the exemplars of a histogram, so they are appended to its
//! lines.

use std::fmt::{self, Write as _};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::calls::{FunctionCounts, Snapshot};
use super::counts::{Counts, OUTCOMES};
use super::exemplars::{Exemplar, Exemplars};
use crate::profile::clock;

pub(super) const DURATION_HELP: &str = "The time from START to END of calls that have ended";
pub(super) const CALLS_HELP: &str = "The number of calls that have ended, by their outcome";
pub(super) const IN_FLIGHT_HELP: &str = "The number of calls that have started and not ended";

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFormat {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// The older format of Prometheus, 0.0.4, which the textfile collector reads.
    Prometheus,
}

impl TextFormat {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

impl Snapshot {
    /// Returns the text of these metrics.
    pub(super) fn into_text(self, format: TextFormat) -> String {
        let exemplars = match format {
            TextFormat::OpenMetrics => self.exemplars(),
            TextFormat::Prometheus => None, // has no syntax for them
        };
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut written = String::new();
        let result = match format {
            TextFormat::OpenMetrics => text::encode(&mut written, &registry),
            TextFormat::Prometheus => prometheus_text::encode(&mut written, &registry),
        };
        debug_assert_eq!(result, Ok(()), "writing to a string cannot fail");
        match exemplars {
            Some(exemplars) => exemplars.append_to(&written),
            None => written,
        }
    }

    /// Returns the exemplars, if there are any.
    fn exemplars(&self) -> Option<LineExemplars> {
        let mut counts = self.functions.iter().map(|function| &function.counts);
        counts.find_map(Counts::exemplars)?;
        let of = |function: &FunctionCounts, find: &dyn Fn(&Exemplars) -> Option<Exemplar>| {
            function.counts.exemplars().and_then(find)
        };
        let mut exemplars = LineExemplars::default();
        for function in &self.functions {
            for bucket in 0..self.buckets.classic_len() {
                let of_bucket = of(function, &|exemplars| exemplars.bucket(bucket).copied());
                exemplars.buckets.push(of_bucket);
            }
            for outcome in 0..OUTCOMES.len() {
                let of_outcome = of(function, &|exemplars| exemplars.outcome(outcome).copied());
                exemplars.outcomes.push(of_outcome);
            }
        }
        Some(exemplars)
    }
}

/// The exemplars of the lines that may have one, in the order of the lines.
#[derive(Default)]
struct LineExemplars {
    buckets: Vec<Option<Exemplar>>,
    outcomes: Vec<Option<Exemplar>>,
}

impl LineExemplars {
    fn append_to(self, text: &str) -> String {
        let unix_start = clock::unix_start();
        let mut with_exemplars = String::with_capacity(text.len() * 2);
        let (mut buckets, mut outcomes) = (self.buckets.into_iter(), self.outcomes.into_iter());
        for line in text.lines() {
            with_exemplars.push_str(line);
            let exemplar = if line.starts_with("event_duration_seconds_bucket{") {
                buckets.next()
            } else if line.starts_with("event_calls_total{") {
                outcomes.next()
            } else {
                None
            };
            if let Some(exemplar) = exemplar.flatten() {
                append(&mut with_exemplars, &exemplar, unix_start);
            }
            with_exemplars.push('\n');
        }
        with_exemplars
    }
}

fn append(line: &mut String, exemplar: &Exemplar, unix_start: u64) {
    let [(trace_name, trace), (span_name, span)] = exemplar.labels();
    let seconds = exemplar.seconds();
    let time = exemplar.unix_time(unix_start);
    let (whole, millis) = (time.as_secs(), time.subsec_millis());
    // Writing to a string cannot fail.
    let _ = write!(
        line,
        " # {{{trace_name}=\"{trace}\",{span_name}=\"{span}\"}} {seconds} {whole}.{millis:03}"
    );
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let durations = encoder.encode_descriptor(
            "event_duration",
            DURATION_HELP,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        self.encode_durations(durations)?;
        let calls =
            encoder.encode_descriptor("event_calls", CALLS_HELP, None, MetricType::Counter)?;
        self.encode_calls(calls)?;
        let in_flight = encoder.encode_descriptor(
            "event_in_flight",
            IN_FLIGHT_HELP,
            None,
            MetricType::Gauge,
        )?;
        self.encode_in_flight(in_flight)?;
        for (name, help, count) in self.span_counters() {
            encoder
                .encode_descriptor(name, help, None, MetricType::Counter)?
                .encode_counter::<NoLabelSet, u64, f64>(&count, None)?;
        }
        Ok(())
    }
}

impl Snapshot {
    fn encode_durations(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for function in &self.functions {
            let counts = &function.counts;
            let buckets = self.buckets.classic_counts(counts.durations());
            let buckets: Vec<(f64, u64)> = self.buckets.classic_bounds().zip(buckets).collect();
            encoder
                .encode_family(&function.labels())?
                .encode_histogram::<NoLabelSet>(counts.seconds(), counts.ended(), &buckets, None)?;
        }
        Ok(())
    }

    fn encode_calls(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for function in &self.functions {
            let [kind, name] = function.labels();
            for (outcome, calls) in OUTCOMES.into_iter().zip(function.counts.outcomes()) {
                encoder
                    .encode_family(&[kind, name, ("outcome", outcome)])?
                    .encode_counter::<NoLabelSet, u64, f64>(&calls, None)?;
            }
        }
        Ok(())
    }

    fn encode_in_flight(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for function in &self.functions {
            encoder
                .encode_family(&function.labels())?
                .encode_gauge(&function.counts.in_flight())?;
        }
        Ok(())
    }
}
