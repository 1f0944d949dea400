//! The end of a program that exports spans: all ways to exit, forks, runtimes.

#![cfg(all(feature = "otlp", unix))]
#![expect(unsafe_code, reason = "the standard library cannot fork")]

mod support;

use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use event_core::{data, trigger_event};
use support::child::{self, stderr, stdout, warnings};
use support::collector::{Collector, Reply, value};

#[trigger_event("otlp_exit:work")]
fn work(number: u64) {
    let _ = number;
}

#[trigger_event("otlp_exit:work")]
async fn task(number: u64) {
    tokio::time::sleep(Duration::from_millis(1)).await;
    work(number);
}

/// Runs `test` in a child process that exports to `collector`.
fn run(test: &str, mode: &str, collector: &Collector) -> Output {
    run_with("http/protobuf", test, mode, collector)
}

fn run_with(protocol: &str, test: &str, mode: &str, collector: &Collector) -> Output {
    let start = Instant::now();
    let output = child::command(test, mode)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        .env("EVENT_EXPORT", "otlp")
        .env("EVENT_KINDS", "otlp_exit:*")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)
        .output()
        .unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{}",
        stderr(&output)
    );
    output
}

/// The child process.
fn exports_in(mode: &str) {
    let exports = event_export::from_env().unwrap();
    match mode {
        "return" => work(1),
        "exit" => {
            work(1);
            std::process::exit(3);
        }
        "exit inside" => trigger_event("otlp_exit:main", (), || {
            work(1);
            std::process::exit(3);
        }),
        "current-thread runtime" => {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_time().build().unwrap().block_on(async {
                task(1).await;
                exports.flush().unwrap(); // blocks the only thread of the runtime
                task(2).await;
            });
        }
        "fork" => fork(),
        _ => panic!("{mode}"),
    }
}

fn fork() {
    trigger_event("otlp_exit:parent", (), || {
        // Another thread uses the exporter's locks at the time of the fork.
        let busy = thread::spawn(|| (0..4_000).for_each(work));
        thread::sleep(Duration::from_millis(1));
        // SAFETY: `fork` has no preconditions. glibc makes its allocator usable in the child.
        let forked = unsafe { libc::fork() };
        if forked == 0 {
            trigger_event("otlp_exit:child", data! { number = 7 }, || {
                trigger_event("otlp_exit:inner", (), || {});
            });
            std::process::exit(0);
        }
        let mut status = -1;
        // SAFETY: `status` is a local variable that outlives the call.
        unsafe { libc::waitpid(forked, &raw mut status, 0) };
        println!("status of the child: {status}");
        busy.join().unwrap();
    });
}

#[test]
fn spans_are_sent_when_main_returns() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    let collector = Collector::start();
    let output = run("spans_are_sent_when_main_returns", "return", &collector);
    assert_eq!(warnings(&output), [""; 0]);
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn spans_are_sent_at_process_exit() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    for (mode, count) in [("exit", 1), ("exit inside", 2)] {
        let collector = Collector::start();
        let output = run("spans_are_sent_at_process_exit", mode, &collector);
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(collector.spans().len(), count, "{mode}");
    }
}

#[test]
fn current_thread_runtime_is_not_needed_to_send() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    let collector = Collector::start();
    let test = "current_thread_runtime_is_not_needed_to_send";
    let output = run(test, "current-thread runtime", &collector);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(collector.spans().len(), 4);
}

#[test]
fn dropped_spans_are_reported_at_the_end() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    let silent = Collector::with_replies(|_| Reply::Silent);
    let start = Instant::now();
    let output = run("dropped_spans_are_reported_at_the_end", "return", &silent);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    let warnings = warnings(&output);
    let last = warnings.last().unwrap();
    assert!(
        last.starts_with("event-export: otlp: 1 of 1 spans were not exported: "),
        "{last}"
    );
}

#[test]
fn forked_process_sends_its_own_spans() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    let collector = Collector::start();
    let output = run("forked_process_sends_its_own_spans", "fork", &collector);
    check_fork(&output, &collector);
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn forked_process_sends_its_own_spans_by_grpc() {
    if let Some(mode) = child::mode() {
        return exports_in(&mode);
    }
    let collector = support::grpc_collector::start(|_| Reply::Accept);
    let test = "forked_process_sends_its_own_spans_by_grpc";
    let output = run_with("grpc", test, "fork", &collector);
    check_fork(&output, &collector);
}

/// Checks the spans of a process and of its fork.
fn check_fork(output: &Output, collector: &Collector) {
    assert!(
        stdout(output).contains("status of the child: 0"),
        "{}",
        stderr(output)
    );
    let spans = collector.spans();
    let parent = &collector.spans_of("otlp_exit:parent")[0];
    let child = &collector.spans_of("otlp_exit:child")[0];
    let inner = &collector.spans_of("otlp_exit:inner")[0];
    assert_eq!(inner.parent_span_id, child.span_id);
    assert_ne!(child.span_id, parent.span_id);
    // The child continues the trace, unless a lock of the parent was held at the fork.
    if !child.parent_span_id.is_empty() {
        assert_eq!(
            (&child.parent_span_id, &child.trace_id),
            (&parent.span_id, &parent.trace_id)
        );
    }
    let pids = collector.received().into_iter().map(|received| {
        let resource = received.request.resource_spans[0].resource.clone().unwrap();
        format!("{:?}", value(&resource.attributes, "process.pid"))
    });
    assert_eq!(pids.collect::<std::collections::HashSet<_>>().len(), 2);
    assert_eq!(spans.len(), 4_003);
    let ids: std::collections::HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
    assert_eq!(ids.len(), 4_003);
}

/// Variables, invalid values, and a part of the error.
const ERRORS: &[(&str, &str, &str)] = &[
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "localhost:4318",
        "write a URL, such as `http://localhost:4318`",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "ftp://a",
        "write a URL with `http://` or `https://`",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://localhost:99999",
        "write a port from 1 to 65535",
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "http://[::1]:0/v1/traces",
        "write a port from 1 to 65535",
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "http://",
        "write a URL with a host",
    ),
    (
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/json",
        "write `http/protobuf`, which every collector accepts",
    ),
    #[cfg(not(feature = "otlp-grpc"))]
    (
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "grpc",
        "enable the feature `otlp-grpc` of event-export, or write `http/protobuf`",
    ),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "key",
        "`key` has no value; write `key=VALUE`",
    ),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "key=%0A",
        "has a character that no header may have",
    ),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "x-team=core,Content-Length=5",
        "`Content-Length` is set by the exporter itself",
    ),
    (
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "0",
        "it is a number of milliseconds above zero",
    ),
    (
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "zstd",
        "it is `gzip` or `none`",
    ),
    ("OTEL_RESOURCE_ATTRIBUTES", "=a", "`=a` has no key"),
    (
        "OTEL_TRACES_SAMPLER",
        "sometimes",
        "it is `always_on`, `always_off`, `traceidratio`",
    ),
];

#[test]
fn settings_of_the_environment_are_checked() {
    if child::mode().is_some() {
        match event_export::from_env() {
            Ok(exports) => println!("exports: {}", exports.len()),
            Err(error) => println!("{error}"),
        }
        return;
    }
    let run = |export: &str, name: &str, value: &str| {
        let mut command = child::command("settings_of_the_environment_are_checked", "settings");
        command.env("EVENT_EXPORT", export).env(name, value);
        let output = stdout(&command.output().unwrap());
        let line = output
            .lines()
            .find(|line| line.contains("EVENT_EXPORT") || line.contains("exports:"));
        let line = line.unwrap_or_else(|| panic!("{output}"));
        line.rsplit(" ... ").next().unwrap().to_owned()
    };
    for (name, value, why) in ERRORS {
        let line = run("otlp", name, value);
        assert!(line.contains(name) && line.contains(why), "{line}");
    }
    #[cfg(not(feature = "otlp-tls"))]
    {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem"),
            ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "own.pem"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
        ] {
            let line = run("otlp", name, value);
            let why = "enable the feature `otlp-tls` of event-export";
            assert!(line.contains(name) && line.contains(why), "{line}");
        }
    }
    for (export, why) in [
        (
            "otlp;slow=5",
            "the option `slow` is a duration such as `500ms` or `2s`, not `5`",
        ),
        (
            "otlp;max=0",
            "the option `max` is a number of bytes such as `64MiB`, not `0`",
        ),
        (
            "otlp;rate=-1",
            "the option `rate` is a number of traces in a second above zero",
        ),
        (
            "otlp;rate=0",
            "the option `rate` is a number of traces in a second above zero",
        ),
        ("otlp=http://a:1", "takes no value"),
        ("otlp;fast", "unknown option `fast`"),
    ] {
        let line = run(export, "OTEL_SERVICE_NAME", "");
        assert!(line.contains(why), "{line}");
    }
    assert_eq!(
        run("otlp;slow=1.5s;max=2GiB;rate=9", "OTEL_TRACES_SAMPLER", ""),
        "exports: 1"
    );
    assert_eq!(run("otlp", "OTEL_SDK_DISABLED", "true"), "exports: 0");
}
