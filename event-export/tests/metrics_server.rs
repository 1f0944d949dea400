//! The HTTP server of `Metrics`: formats, refusals, hostile clients, its end.

#![cfg(feature = "metrics")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{Installed, Kind, install_listener, trigger_event};
use event_export::Metrics;
use support::exposition::{Exposition, request, scrape};

fn serve(kind: &'static str) -> (SocketAddr, Installed<Metrics>) {
    let metrics = Metrics::new()
        .serve("127.0.0.1:0".parse().unwrap())
        .unwrap();
    let address = metrics.address().unwrap();
    (address, install_listener(kind, metrics))
}

#[test]
fn the_scraper_chooses_the_format() {
    let (address, metrics) = serve("metrics_server:format");
    trigger_event("metrics_server:format", (), || {});
    let get = |accept: &str| {
        let text = format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{accept}\r\n");
        request(address, text.as_bytes())
    };
    let open_metrics = get("Accept: application/openmetrics-text\r\n");
    assert_eq!(
        open_metrics.field("Content-Type"),
        Some(Metrics::CONTENT_TYPE)
    );
    assert_eq!(open_metrics.field("Connection"), Some("close"));
    assert_eq!(open_metrics.body, metrics.text());
    assert!(open_metrics.body.contains("# TYPE event_calls counter\n"));
    assert!(open_metrics.body.ends_with("# EOF\n"));

    let plain = get("Accept: */*\r\n");
    let content_type = Some("text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(plain.field("Content-Type"), content_type);
    assert!(plain.body.contains("# TYPE event_calls_total counter\n"));
    assert!(!plain.body.contains("# EOF") && !plain.body.contains("# UNIT"));
    let calls = Exposition::parse(&plain.body).count("event_calls_total", &[("outcome", "ok")]);
    assert_eq!(calls, 1);
}

#[test]
fn head_has_the_length_and_no_body() {
    let (address, _metrics) = serve("metrics_server:head");
    let body = request(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").body;
    let head = request(address, b"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(head.status(), "200");
    assert_eq!(head.field("Content-Length"), Some(&*body.len().to_string()));
    assert_eq!(head.body, "");
}

#[test]
fn every_other_request_is_refused() {
    let (address, _metrics) = serve("metrics_server:refused");
    let not_found = request(address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(not_found.status(), "404");
    assert_eq!(not_found.body, "the metrics are at /metrics\n");
    let body = b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let not_allowed = request(address, body);
    assert_eq!(not_allowed.status(), "405");
    assert_eq!(not_allowed.field("Allow"), Some("GET, HEAD"));
    assert_eq!(
        request(address, b"\x16\x03\x01\x02\x00\x01").status(),
        "400"
    );
}

#[test]
fn a_head_of_a_mebibyte_is_refused() {
    let (address, _metrics) = serve("metrics_server:large");
    let field = "b".repeat(1 << 20);
    let large = format!("GET /metrics HTTP/1.1\r\nA: {field}\r\n\r\n");
    assert_eq!(request(address, large.as_bytes()).status(), "431");
    scrape(address);
}

#[test]
fn slow_clients_do_not_keep_a_scraper_out() {
    let (address, _metrics) = serve("metrics_server:slow");
    let slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\nA: ").unwrap();
            stream
        })
        .collect();
    scrape(address);
    // The oldest connections are closed, and the latest ones end at the time limit.
    let start = Instant::now();
    for mut stream in slow {
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        let mut response = Vec::new();
        if let Err(error) = stream.read_to_end(&mut response) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(25));
}

#[test]
fn a_client_that_reads_nothing_does_not_delay_the_end() {
    let (address, metrics) = serve("metrics_server_unread:*");
    for number in 0..1_000 {
        let kind = Kind::new(format!("metrics_server_unread:{number}")).unwrap();
        trigger_event(kind, (), || {});
    }
    let mut streams = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        streams.push(stream);
    }
    scrape(address);
    let start = Instant::now();
    drop(metrics);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = Metrics::new().serve(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("cannot serve metrics at {address}: ")),
        "{text}"
    );
}

#[test]
fn the_port_is_free_after_the_end() {
    let (address, metrics) = serve("metrics_server:end");
    scrape(address);
    drop(metrics);
    let again = Metrics::new().serve(address).unwrap();
    assert_eq!(again.address(), Some(address));
    scrape(address);
}

#[test]
fn every_scrape_of_a_busy_program_is_consistent() {
    #[trigger_event("metrics_server:busy", err)]
    fn busy(n: u64) -> Result<u64, String> {
        if n % 3 == 0 {
            Err("a third".to_owned())
        } else {
            Ok(n)
        }
    }
    const CALLS: u64 = 20_000;
    let (address, metrics) = serve("metrics_server:busy");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..CALLS).for_each(|n| _ = busy(n))))
            .collect();
        let scraper = scope.spawn(|| {
            let mut last = 0;
            let mut scrapes = 0;
            while !is_done.load(Ordering::Relaxed) || scrapes == 0 {
                let metrics = Exposition::parse(&scrape(address));
                if metrics.label("event_in_flight", "function").is_empty() {
                    continue;
                }
                let count = metrics.count("event_duration_seconds_count", &[]);
                let calls = |outcome| metrics.count("event_calls_total", &[("outcome", outcome)]);
                assert_eq!(calls("ok") + calls("error"), count);
                let buckets = metrics.buckets("event_duration_seconds", &[]);
                assert_eq!(buckets.last().unwrap().1, count);
                assert!((0..=4).contains(&metrics.count("event_in_flight", &[])));
                assert!(count >= last);
                last = count;
                scrapes += 1;
            }
        });
        for caller in callers {
            caller.join().unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
        scraper.join().unwrap();
    });
    let metrics = Exposition::parse(&metrics.text());
    let calls = |outcome| metrics.count("event_calls_total", &[("outcome", outcome)]);
    assert_eq!((calls("ok"), calls("error")), (53_332, 26_668));
    assert_eq!(metrics.count("event_in_flight", &[]), 0);
}
