//! Signal handlers of the program do not interrupt the threads of exporters.

#![cfg(all(feature = "chrome", target_os = "linux"))]
#![expect(unsafe_code, reason = "the standard library has no signal handlers")]

mod support;

use std::fs;
use std::hint::black_box;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{Event, from_fn, install_listener, trigger_event};
use event_export::ChromeTrace;
use support::child;

static HANDLED: AtomicU64 = AtomicU64::new(0);

#[trigger_event("signal:handled")]
fn handled(signal: i32) {
    black_box(signal);
}

extern "C" fn on_alarm(signal: i32) {
    handled(signal);
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Sets the interval of the alarm, zero for none.
fn alarm_every(micros: libc::suseconds_t) {
    let time = libc::timeval {
        tv_sec: 0,
        tv_usec: micros,
    };
    let timer = libc::itimerval {
        it_interval: time,
        it_value: time,
    };
    // SAFETY: `timer` outlives the call, and the old value is not wanted.
    unsafe {
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut());
    }
}

/// The program of the child process.
#[test]
fn child() {
    if child::mode().is_none() {
        return;
    }
    // Like an exporter that reads the thread's name. It does not allocate on this thread.
    let listener = from_fn(|_: &Event<'_>| _ = black_box(thread::current()));
    let _installed = install_listener("signal:*", listener);
    handled(0); // the first call of a thread allocates
    // SAFETY: the handler does not unwind, and does not allocate on this thread.
    unsafe {
        libc::signal(libc::SIGALRM, on_alarm as *const () as usize);
    }
    alarm_every(50);
    let end = Instant::now() + Duration::from_millis(700);
    while Instant::now() < end {
        drop(ChromeTrace::to_writer(io::sink()));
    }
    alarm_every(0);
    assert!(HANDLED.load(Ordering::Relaxed) > 100);
}

#[test]
fn a_handler_does_not_abort_the_start_of_an_exporter() {
    for _ in 0..3 {
        let output = child::command("child", "run").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Returns the signals that a thread of this process blocks, as a mask.
fn blocked(thread: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigBlk:\t"))
        .unwrap();
    u64::from_str_radix(mask, 16).unwrap()
}

#[test]
fn only_the_thread_of_the_exporter_blocks_signals() {
    let bit = |signal: i32| 1_u64 << (signal - 1);
    let before = blocked("thread-self");
    let _trace = ChromeTrace::to_writer(io::sink());
    assert_eq!(blocked("thread-self"), before, "the mask is restored");
    let is_exporter = |id: &String| {
        let name = fs::read_to_string(format!("/proc/self/task/{id}/comm"));
        name.is_ok_and(|name| name == "event-export\n")
    };
    let exporter = || {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let ids = threads.map(|it| it.unwrap().file_name().into_string().unwrap());
        ids.into_iter().find(is_exporter)
    };
    // A thread has its name once it runs.
    let id = (0..10_000).find_map(|_| {
        thread::sleep(Duration::from_millis(1));
        exporter()
    });
    let id = id.unwrap();
    let mask = blocked(&format!("self/task/{id}"));
    for signal in [
        libc::SIGALRM,
        libc::SIGINT,
        libc::SIGTERM,
        libc::SIGCHLD,
        libc::SIGUSR1,
    ] {
        assert_ne!(mask & bit(signal), 0, "{signal}");
    }
    for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT, libc::SIGPIPE] {
        assert_eq!(mask & bit(fault), 0, "{fault}");
    }
}
