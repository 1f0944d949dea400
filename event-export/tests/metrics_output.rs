//! Metrics of `EVENT_EXPORT`, and their file.

#![cfg(feature = "metrics")]

mod support;

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use event_core::{install_listener, trigger_event};
use event_export::{Exporter, Metrics, from_text};
use support::child::{self, current_test, stderr, stdout, warnings};
use support::exposition::{Exposition, scrape};
use support::temp_dir::TempDir;

#[test]
fn the_file_is_replaced_at_the_interval_and_at_the_end() {
    let directory = TempDir::new("interval");
    let path = directory.file("a.prom");
    let metrics = Metrics::new()
        .to_file(&path, Duration::from_millis(20))
        .unwrap();
    let metrics = install_listener("metrics_output:file", metrics);
    trigger_event("metrics_output:file", (), || {});
    let start = Instant::now();
    while !fs::read_to_string(&path).is_ok_and(|text| text.contains("metrics_output:file")) {
        assert!(start.elapsed() < Duration::from_secs(20));
    }
    trigger_event("metrics_output:file", (), || {});
    drop(metrics);
    let written = Exposition::parse(&fs::read_to_string(&path).unwrap());
    assert_eq!(written.count("event_calls_total", &[("outcome", "ok")]), 2);
    assert_eq!(directory.entries(), ["a.prom"]);
}

#[test]
fn flush_writes_the_file() {
    let directory = TempDir::new("flush");
    let path = directory.file("a.prom");
    let metrics = Metrics::new()
        .to_file(&path, Duration::from_secs(3_600))
        .unwrap();
    let metrics = install_listener("metrics_output:flush", metrics);
    trigger_event("metrics_output:flush", (), || {});
    metrics.flush().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("metrics_output:flush"), "{text}");
}

#[test]
fn invalid_specs_are_errors() {
    let error = |spec: &str| {
        from_text(spec, "metrics_output:none")
            .unwrap_err()
            .to_string()
    };
    let cases = [
        (
            "metrics",
            "it needs an address or a file, as in `metrics=127.0.0.1:9464` or `metrics=metrics.prom`",
        ),
        (
            "metrics=9464",
            "`9464` is not an address; write `metrics=127.0.0.1:9464` for this machine, or \
             `metrics=0.0.0.0:9464` for its network",
        ),
        (
            "metrics=localhost:80",
            "`localhost:80` is not an address; write `metrics=127.0.0.1:80` for this machine, or \
             `metrics=0.0.0.0:80` for its network",
        ),
        (
            "metrics=127.0.0.1:65536",
            "`127.0.0.1:65536` is not an address; write an IP address and a port from 1 to 65535, \
             as in `metrics=127.0.0.1:9464`",
        ),
        (
            "metrics=127.0.0.1:0",
            "`127.0.0.1:0` is not an address; write an IP address and a port from 1 to 65535, \
             as in `metrics=127.0.0.1:9464`",
        ),
        (
            "metrics=127.0.0.1",
            "`127.0.0.1` has no port; write for example `metrics=127.0.0.1:9464`",
        ),
        (
            "metrics=::1",
            "`::1` has no port; write for example `metrics=[::1]:9464`",
        ),
        (
            "metrics=a.txt",
            "`metrics` writes files that end in `.prom`, not `.txt`",
        ),
        (
            "metrics=a.prom;every=0",
            "the option `every` is a number of seconds, such as `15`, from 1 to 86400, not `0`",
        ),
        (
            "metrics=127.0.0.1:9464;every=1",
            "unknown option `every`; `metrics` has no options",
        ),
    ];
    for (spec, expected) in cases {
        let expected = format!("`{spec}` in EVENT_EXPORT: {expected}");
        assert_eq!(error(spec), expected);
    }
}

#[test]
fn a_taken_port_is_one_warning() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    if child::mode().is_some() {
        let exports = event_export::from_env().unwrap();
        trigger_event("metrics_output:taken", (), || {});
        print!("exporters: {}", exports.len());
        return;
    }
    let output = child::command(current_test!(), "taken")
        .env("EVENT_EXPORT", format!("metrics={address}"))
        .output()
        .unwrap();
    assert!(stdout(&output).contains("exporters: 0"), "{output:?}");
    let [warning] = &*warnings(&output) else {
        panic!("{}", stderr(&output));
    };
    let start = format!("event-export: cannot serve metrics at {address}: ");
    assert!(warning.starts_with(&start), "{warning}");
    assert!(
        warning.ends_with("; the program continues without it"),
        "{warning}"
    );
}

#[test]
fn exit_stops_the_server_and_writes_the_file() {
    let directory = TempDir::new("exit");
    if child::mode().is_some() {
        let exports = event_export::from_env().unwrap();
        assert_eq!(exports.len(), 2);
        trigger_event("metrics_output:exit", (), || {});
        std::process::exit(7);
    }
    let path = directory.file("%p.prom");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let exports = format!("metrics={free},metrics={};every=3600", path.display());
    let output = child::command(current_test!(), "exit")
        .env("EVENT_EXPORT", exports)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(warnings(&output), [""; 0]);
    let [file] = &*directory.entries() else {
        panic!("{:?}", directory.entries());
    };
    let text = fs::read_to_string(directory.file(file)).unwrap();
    let calls = Exposition::parse(&text).count("event_calls_total", &[("outcome", "ok")]);
    assert_eq!(calls, 1);
    assert!(TcpListener::bind(free).is_ok());
}

#[cfg(unix)]
#[test]
fn a_forked_process_serves_nothing() {
    let metrics = Metrics::new()
        .serve("127.0.0.1:0".parse().unwrap())
        .unwrap();
    let metrics = install_listener("metrics_output:fork", metrics);
    let address = metrics.address().unwrap();
    trigger_event("metrics_output:fork", (), || {});
    #[expect(unsafe_code, reason = "the standard library cannot fork")]
    // SAFETY: the child only calls this crate and `_exit`. glibc makes its allocator usable there.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        trigger_event("metrics_output:fork", (), || {});
        let is_empty = !metrics.text().contains("metrics_output:fork");
        drop(metrics); // must not wait for the thread, which only the parent has
        std::thread::sleep(Duration::from_secs(2));
        #[expect(
            unsafe_code,
            reason = "the standard library has no exit without handlers"
        )]
        // SAFETY: `_exit` has no preconditions.
        unsafe {
            libc::_exit(i32::from(!is_empty));
        }
    }
    let calls =
        Exposition::parse(&scrape(address)).count("event_calls_total", &[("outcome", "ok")]);
    assert_eq!(calls, 1);
    drop(metrics);
    // The forked process still runs and has a copy of the socket.
    let refused = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let mut status = -1;
    #[expect(
        unsafe_code,
        reason = "the standard library waits only for its own children"
    )]
    // SAFETY: `status` is a local variable that outlives the call.
    unsafe {
        libc::waitpid(forked, &raw mut status, 0);
    }
    assert_eq!(status, 0);
}
