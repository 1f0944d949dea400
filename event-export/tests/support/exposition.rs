//! The text of metrics, read by the parser of `prometheus-parse`, and scraped over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use prometheus_parse::{Scrape, Value};

/// Parsed metrics.
pub(crate) struct Exposition(Scrape);

impl Exposition {
    /// Parses the text format of Prometheus, or the part of `OpenMetrics` that equals it.
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| Ok(line.to_owned()));
        Self(Scrape::parse(lines).unwrap())
    }

    /// Returns the only sample of `metric` that has all these labels. It is a whole number.
    pub(crate) fn count(&self, metric: &str, labels: &[(&str, &str)]) -> i64 {
        whole(self.value(metric, labels))
    }

    /// Returns the only sample of `metric` that has all these labels.
    pub(crate) fn value(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        match self.sample(metric, labels) {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
            other => panic!("{metric} {labels:?}: {other:?}"),
        }
    }

    /// Returns the cumulative buckets of a histogram: their bounds in microseconds (`i64::MAX` for
    /// the last one) and their counts.
    pub(crate) fn buckets(&self, metric: &str, labels: &[(&str, &str)]) -> Vec<(i64, i64)> {
        match self.sample(metric, labels) {
            Value::Histogram(buckets) => {
                let micros = |seconds: f64| {
                    if seconds.is_infinite() {
                        i64::MAX
                    } else {
                        whole((seconds * 1e6).round())
                    }
                };
                let buckets = buckets.iter();
                let buckets = buckets.map(|it| (micros(it.less_than), whole(it.count)));
                buckets.collect()
            }
            other => panic!("{metric} {labels:?}: {other:?}"),
        }
    }

    fn sample(&self, metric: &str, labels: &[(&str, &str)]) -> &Value {
        let samples = self.0.samples.iter();
        let has_labels = |sample: &&prometheus_parse::Sample| {
            let mut labels = labels.iter();
            sample.metric == metric
                && labels.all(|(name, value)| sample.labels.get(name) == Some(*value))
        };
        let found: Vec<_> = samples.filter(has_labels).collect();
        let [sample] = found.as_slice() else {
            panic!("{} samples of {metric} {labels:?}", found.len());
        };
        &sample.value
    }

    /// Returns the value of a label in all samples of `metric`.
    pub(crate) fn label(&self, metric: &str, label: &str) -> Vec<String> {
        let samples = self.0.samples.iter();
        let samples = samples.filter(|sample| sample.metric == metric);
        let values = samples.map(|sample| sample.labels.get(label).unwrap().to_owned());
        values.collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a fraction fails the assertion"
)]
fn whole(number: f64) -> i64 {
    assert!(number.fract().abs() < f64::EPSILON, "{number}");
    number as i64
}

/// A response of HTTP.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1);
        let mut fields = fields.map(|line| line.split_once(": ").unwrap());
        let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value)
    }
}

/// Sends the bytes of a request, and returns the response.
pub(crate) fn request(address: SocketAddr, request: &[u8]) -> Response {
    let (head, body) = request_bytes(address, request);
    Response {
        head,
        body: String::from_utf8(body).unwrap(),
    }
}

/// Sends the bytes of a request, and returns the head and the body of the response.
pub(crate) fn request_bytes(address: SocketAddr, request: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream.write_all(request).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let end = b"\r\n\r\n";
    let at = response.windows(4).position(|bytes| bytes == end).unwrap();
    let body = response.split_off(at + end.len());
    response.truncate(at);
    (String::from_utf8(response).unwrap(), body)
}

/// Reads `/metrics` as Prometheus does, in `OpenMetrics`.
pub(crate) fn scrape(address: SocketAddr) -> String {
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
    let text = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n");
    let response = request(address, text.as_bytes());
    assert_eq!(response.status(), "200", "{}", response.head);
    response.body
}
