//! The metrics as text, written by the crate `prometheus-client`.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::calls::{FunctionCounts, Snapshot};
use super::counts::OUTCOMES;

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// The older format of Prometheus, 0.0.4, which the textfile collector reads.
    Prometheus,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

impl Snapshot {
    /// Returns the text of these metrics.
    pub(super) fn into_text(self, format: Format) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut written = String::new();
        let result = match format {
            Format::OpenMetrics => text::encode(&mut written, &registry),
            Format::Prometheus => prometheus_text::encode(&mut written, &registry),
        };
        debug_assert_eq!(result, Ok(()), "writing to a string cannot fail");
        written
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let durations = encoder.encode_descriptor(
            "event_duration",
            "The time from START to END of calls that have ended",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        self.encode_durations(durations)?;
        let calls = encoder.encode_descriptor(
            "event_calls",
            "The number of calls that have ended, by their outcome",
            None,
            MetricType::Counter,
        )?;
        self.encode_calls(calls)?;
        let in_flight = encoder.encode_descriptor(
            "event_in_flight",
            "The number of calls that have started and not ended",
            None,
            MetricType::Gauge,
        )?;
        self.encode_in_flight(in_flight)
    }
}

impl Snapshot {
    fn encode_durations(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for function in &self.functions {
            let counts = &function.counts;
            let buckets = self.bounds.iter().enumerate();
            let buckets = buckets.map(|(index, bound)| (*bound, counts.bucket(index)));
            let buckets: Vec<(f64, u64)> = buckets.collect();
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

impl FunctionCounts {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [("kind", self.kind), ("function", &*self.function)]
    }
}
