//! A collector of OpenTelemetry in the process of the test. It may answer with faults.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{Installed, data, install_listener, trigger_event};
use event_export::{Exporter, OtlpSpans};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// The answer to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    Accept,
    /// Rejects a number of spans.
    Partial(i64),
    /// A status, and further header lines.
    Status(u16, &'static str),
    /// Closes the connection without an answer.
    Reset,
    /// Answers after this time.
    Slow(Duration),
    /// Answers never.
    Silent,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    /// The length of the body before it is decompressed.
    pub(crate) len: usize,
    pub(crate) request: ExportTraceServiceRequest,
    pub(crate) at: Instant,
    pub(crate) is_accepted: bool,
}

/// A connection, with or without TLS.
pub(crate) trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

#[derive(Clone)]
pub(crate) struct Collector {
    pub(crate) address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Collector {
    /// Starts a collector that accepts everything.
    pub(crate) fn start() -> Self {
        Self::with_replies(|_| Reply::Accept)
    }

    /// Starts a collector that forgets the requests. `reply` gets each of them.
    pub(crate) fn counting(
        reply: impl Fn(&ExportTraceServiceRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let collector = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            received: Arc::default(),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                while let Some(received) = read_request(&mut stream) {
                    if answer(stream.get_mut(), reply(&received.request)).is_none() {
                        break;
                    }
                }
            }
        });
        collector
    }

    /// Starts a collector. `reply` gets the number of the request.
    pub(crate) fn with_replies(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_streams("http", |stream| Some(Box::new(stream)), reply)
    }

    /// Starts a collector whose connections `accept` makes of those of TCP.
    pub(crate) fn with_streams(
        scheme: &str,
        accept: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
        reply: impl Fn(usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let collector = Self {
            address: format!("{scheme}://{}", listener.local_addr().unwrap()),
            received: Arc::default(),
        };
        let (accept, reply) = (Arc::new(accept), Arc::new(reply));
        let of_thread = collector.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (collector, reply) = (of_thread.clone(), Arc::clone(&reply));
                let accept = Arc::clone(&accept);
                thread::spawn(move || {
                    if let Some(stream) = accept(stream.unwrap()) {
                        collector.serve(stream, &*reply);
                    }
                });
            }
        });
        collector
    }

    fn serve(&self, stream: Box<dyn Stream>, reply: &dyn Fn(usize) -> Reply) {
        let mut stream = BufReader::new(stream);
        while let Some(received) = read_request(&mut stream) {
            let reply = self.add(received, reply);
            if answer(stream.get_mut(), reply).is_none() {
                return;
            }
        }
    }

    /// Returns a collector at `address`, to which [`add`](Self::add) adds the requests.
    pub(crate) fn at(address: String) -> Self {
        Self {
            address,
            received: Arc::default(),
        }
    }

    /// Stores a request, and returns its answer.
    pub(crate) fn add(&self, mut received: Received, reply: &dyn Fn(usize) -> Reply) -> Reply {
        let mut all = self.received.lock().unwrap();
        let reply = reply(all.len());
        received.is_accepted = matches!(reply, Reply::Accept | Reply::Partial(_) | Reply::Slow(_));
        all.push(received);
        reply
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the spans of the requests that were accepted.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let accepted = self.received().into_iter().filter(|it| it.is_accepted);
        accepted.flat_map(|it| spans(&it.request)).collect()
    }

    /// Returns the spans with this kind of event.
    pub(crate) fn spans_of(&self, kind: &str) -> Vec<Span> {
        let is_of_kind = |span: &Span| text(&span.attributes, "event.kind") == Some(kind);
        self.spans().into_iter().filter(is_of_kind).collect()
    }

    /// Waits until the collector has accepted a number of spans.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Span> {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let spans = self.spans();
            if spans.len() >= count {
                return spans;
            }
            assert!(
                Instant::now() < until,
                "{} of {count} spans arrived",
                spans.len()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Answers a request. Returns none if the connection is closed.
fn answer(stream: &mut impl Write, reply: Reply) -> Option<()> {
    let (status, headers, rejected) = match reply {
        Reply::Accept => (200, "", 0),
        Reply::Partial(rejected) => (200, "", rejected),
        Reply::Status(status, headers) => (status, headers, 0),
        Reply::Reset => return None,
        Reply::Slow(time) => {
            thread::sleep(time);
            (200, "", 0)
        }
        Reply::Silent => loop {
            thread::park();
        },
    };
    let partial = (rejected > 0).then(|| ExportTracePartialSuccess {
        rejected_spans: rejected,
        error_message: "too old".to_owned(),
    });
    let body = ExportTraceServiceResponse {
        partial_success: partial,
    };
    let body = body.encode_to_vec();
    let len = body.len();
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {len}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()?;
    stream.flush().ok()
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let len = body.len();
    if headers
        .get("content-encoding")
        .is_some_and(|it| it == "gzip")
    {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&*body)
            .read_to_end(&mut plain)
            .unwrap();
        body = plain;
    }
    Some(Received {
        path,
        headers,
        len,
        request: ExportTraceServiceRequest::decode(&*body).expect("the body is a valid request"),
        at: Instant::now(),
        is_accepted: false,
    })
}

pub(crate) fn spans(request: &ExportTraceServiceRequest) -> Vec<Span> {
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

/// Returns the value of an attribute.
pub(crate) fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let mut with_key = attributes.iter().filter(|attribute| attribute.key == key);
    let found = with_key.next()?;
    assert!(with_key.next().is_none(), "the keys of attributes differ");
    match &found.value {
        Some(AnyValue { value }) => value.as_ref(),
        None => None,
    }
}

/// Returns the text of an attribute.
pub(crate) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match value(attributes, key)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Returns an exporter that sends to the collector, with more variables.
pub(crate) fn exporter(collector: &Collector, variables: &[(&str, &str)]) -> OtlpSpans {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.address);
    let exporter = OtlpSpans::from_variables(|name| {
        let mut all = variables.iter().chain([&endpoint]);
        let (_, value) = all.find(|(other, _)| *other == name)?;
        Some((*value).to_owned())
    });
    exporter.unwrap()
}

/// How many spans [`exporter_of_spans`] sends. They are fewer than fill a chunk, so that they are
/// sent in one request.
pub(crate) const COUNT: u64 = 100;

/// The longest time that the end of the program may take, and a second for a busy machine.
pub(crate) const EXIT: Duration = Duration::from_secs(3);

/// Installs an exporter that sends to the collector, and makes [`COUNT`] spans.
pub(crate) fn exporter_of_spans(
    kind: &'static str,
    collector: &Collector,
    variables: &[(&str, &str)],
) -> Installed<OtlpSpans> {
    let spans = install_listener(kind, exporter(collector, variables));
    for number in 0..COUNT {
        trigger_event(kind, data! { number }, || {});
    }
    spans
}

/// Finishes the exporter in time. Returns how many spans were exported and dropped.
pub(crate) fn finish(spans: &OtlpSpans) -> (u64, u64) {
    let start = Instant::now();
    spans.finish();
    assert!(start.elapsed() < EXIT, "{:?}", start.elapsed());
    assert_eq!(spans.exported() + spans.dropped(), COUNT);
    (spans.exported(), spans.dropped())
}
