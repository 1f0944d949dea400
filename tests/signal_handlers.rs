//! Annotated functions in signal handlers: a handler that interrupts the recorder or the timer does
//! not wait for the lock that the interrupted thread holds.

#![cfg(unix)]
#![expect(unsafe_code, reason = "the standard library has no signal handlers")]

use std::hint::black_box;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use event_core::{
    RecordingListener, TimingListener, install_listener, install_recorder, trigger_event,
};

const MODE: &str = "EVENT_TEST_CHILD";

static HANDLED: AtomicU64 = AtomicU64::new(0);

#[trigger_event("signal:handled")]
fn handled(signal: i32) {
    black_box(signal);
}

extern "C" fn on_alarm(signal: i32) {
    handled(signal);
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

#[trigger_event("signal:work")]
fn work(n: u64) -> u64 {
    black_box(n)
}

/// Delivers a signal to this process every 50 microseconds for 0.7 s, and calls `run` meanwhile.
fn with_signals(run: impl Fn()) {
    let timer = |micros| libc::itimerval {
        it_interval: libc::timeval {
            tv_sec: 0,
            tv_usec: micros,
        },
        it_value: libc::timeval {
            tv_sec: 0,
            tv_usec: micros,
        },
    };
    let set = |micros| {
        let timer = timer(micros);
        // SAFETY: `timer` outlives the call, and the old value is not wanted.
        unsafe {
            libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut());
        }
    };
    // SAFETY: the handler does not unwind. It calls an annotated function, which does not allocate
    // while this test's only other work is inside the runtime.
    unsafe {
        libc::signal(libc::SIGALRM, on_alarm as *const () as usize);
    }
    set(50);
    let end = Instant::now() + Duration::from_millis(700);
    while Instant::now() < end {
        run();
    }
    set(0);
    assert!(HANDLED.load(Ordering::Relaxed) > 100);
}

/// The program of the child processes.
#[test]
fn child() {
    match std::env::var(MODE).as_deref() {
        Err(_) => return,
        Ok("recorder") => {
            let recorder = install_recorder("signal:*");
            with_signals(|| {
                work(1);
                for _ in 0..100 {
                    black_box(recorder.len());
                }
            });
            assert!(recorder.len() > 100);
        }
        Ok("bounded recorder") => {
            let recorder = RecordingListener::with_capacity_limit(100);
            let recorder = install_listener("signal:*", recorder);
            with_signals(|| {
                work(1);
                for _ in 0..100 {
                    black_box((recorder.len(), recorder.dropped(), recorder.is_empty()));
                }
            });
            assert_eq!(recorder.len(), 100);
        }
        Ok("timer") => {
            let timer = install_listener("signal:*", TimingListener::new());
            with_signals(|| {
                work(1);
                for _ in 0..100 {
                    black_box((timer.done(), timer.duration()));
                }
            });
        }
        Ok(mode) => panic!("unknown mode `{mode}`"),
    }
    println!("done");
}

fn has_exited_in_time(child: &mut Child) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
fn a_handler_does_not_wait_for_the_thread_that_it_interrupts() {
    let start = |mode| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--test-threads=1"]);
        (mode, command.env(MODE, mode).spawn().unwrap())
    };
    let children = ["recorder", "bounded recorder", "timer"].map(start);
    for (mode, mut child) in children {
        assert!(has_exited_in_time(&mut child), "{mode}");
    }
}
