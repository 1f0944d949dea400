//! Other code replaces the panic hook while functions panic. The hook belongs to the process, so
//! this test has a file of its own.

use std::panic::{catch_unwind, resume_unwind};

use event_core::{data, install_recorder, trigger_event};

#[test]
fn panics_on_different_threads_are_kept_apart() {
    let recorder = install_recorder("replaced_panic_hook:threads");
    let workers: Vec<_> = (0..8_u32)
        .map(|n| {
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let outcome = catch_unwind(|| {
                        trigger_event("replaced_panic_hook:threads", data! { n }, || {
                            resume_or_panic(n);
                        });
                    });
                    assert_eq!(
                        outcome.unwrap_err().downcast_ref::<String>().unwrap(),
                        &format!("thread {n}")
                    );
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    for (_, end) in recorder.buffer().iter().filter(|(_, event)| event.is_end()) {
        let n = end.data().get("n").unwrap();
        assert_eq!(end.exc_details().unwrap().message(), format!("thread {n}"));
    }
}

fn resume_or_panic(n: u32) {
    if n < 4 {
        resume_unwind(Box::new(format!("thread {n}")));
    }
    std::panic::set_hook(std::panic::take_hook()); // as other code of a program may do
    panic!("thread {n}");
}
