//! Contexts of remote traces in a process that was forked while other threads used them.

#![cfg(unix)]
#![expect(unsafe_code, reason = "the standard library cannot fork")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use event_core::{install_recorder, trigger_event};
use event_export::TraceContext;

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn current_inside() -> Option<TraceContext> {
    let context = TraceContext::parse(HEADER, None).unwrap();
    context.run(|| trigger_event("trace_context:fork", (), TraceContext::current))
}

/// Returns the exit code of a forked process that uses contexts; `None` if it hangs.
fn forked(outer: &TraceContext) -> Option<i32> {
    // SAFETY: `fork` has no preconditions. glibc makes its allocator usable in the child.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_right = current_inside() == Some(outer.clone())
            && outer.run(TraceContext::current).is_some()
            && TraceContext::current().as_ref() == Some(outer);
        // SAFETY: `_exit` has no preconditions. It runs no exit handlers of the test harness.
        unsafe { libc::_exit(i32::from(!is_right)) };
    }
    for _ in 0..2_000 {
        let mut status = -1;
        // SAFETY: `status` is a local variable that outlives the call.
        if unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == child {
            return libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
        }
        thread::sleep(Duration::from_millis(10));
    }
    // SAFETY: `child` has not been waited for, so its number belongs to it.
    unsafe { libc::kill(child, libc::SIGKILL) };
    None
}

#[test]
fn forked_process_uses_contexts_while_its_parent_held_their_locks() {
    let _recorder = install_recorder("trace_context:fork_outer");
    let is_done = AtomicBool::new(false);
    let context = TraceContext::parse(HEADER, None).unwrap();
    // The first event of a kind takes the registry's lock, which promise 9 excepts.
    assert_eq!(current_inside().as_ref(), Some(&context));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    current_inside();
                }
            });
        }
        context.run(|| {
            trigger_event("trace_context:fork_outer", (), || {
                for _ in 0..50 {
                    let code = forked(&context);
                    if code != Some(0) {
                        is_done.store(true, Ordering::Relaxed);
                    }
                    assert_eq!(code, Some(0));
                }
            });
        });
        is_done.store(true, Ordering::Relaxed);
    });
}
