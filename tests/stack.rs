//! The stack of enabled calls: a recursion does not overflow because a listener is installed.

use std::hint::black_box;
use std::thread;

use event_core::{RecordingListener, TimingListener, local, trigger_event};

/// The stack of each thread. It is the default of the standard library.
const STACK: usize = 2 << 20;

/// Runs `descend` on a thread of its own with a recorder and a timer.
fn with_listeners(kind: &'static str, descend: fn() -> u32) -> u32 {
    let run = move || {
        let _recorder = local::install_listener(kind, RecordingListener::with_capacity_limit(10));
        let _timer = local::install_listener(kind, TimingListener::new());
        descend()
    };
    let thread = thread::Builder::new().stack_size(STACK);
    thread.spawn(run).unwrap().join().unwrap()
}

#[test]
fn deep_recursion_of_a_function_fits_in_the_default_stack() {
    #[trigger_event("stack:function")]
    fn down(n: u32) -> u32 {
        let x = black_box(n);
        if x == 0 { 0 } else { down(x - 1) + 1 }
    }
    const DEPTH: u32 = if cfg!(debug_assertions) { 2_000 } else { 8_000 };
    assert_eq!(with_listeners("stack:function", || down(DEPTH)), DEPTH);
}

#[test]
fn deep_recursion_of_a_method_that_returns_a_result_fits_in_the_default_stack() {
    struct Tree(u32);
    impl Tree {
        #[trigger_event("stack:method", ret, err)]
        fn down(&self, n: u32) -> Result<u32, String> {
            let x = black_box(n);
            if x == 0 {
                return Ok(self.0);
            }
            Ok(self.down(x - 1)? + 1)
        }
    }
    assert_eq!(
        with_listeners("stack:method", || Tree(1).down(1_000).unwrap()),
        1_001
    );
}
