//! Compilations on several threads, with listeners of all threads.
//!
//! The listeners receive the events of the whole process, so these tests have a file, and with it a
//! process, of their own. Each test recognises its events by a function name or a thread.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use event_core::builtin::{COMPILE, LLVM_LOCK, RUN_PASS};
use event_core::{
    Event, Listener, RecordingListener, ThreadId, install_recorder, local, register, unregister,
};
use jit::{CallError, Dispatcher, Program, Value};

fn load(name: &str) -> Program {
    let text = format!("from numba import njit\n@njit\ndef {name}(x):\n    return x * 2\n");
    Program::load("case.py", &text).expect("the file is supported")
}

fn is_about(event: &Event<'_>, name: &str) -> bool {
    let data = event.data();
    let dispatcher = data
        .get("dispatcher")
        .and_then(|value| value.downcast_ref::<Dispatcher>());
    dispatcher.is_some_and(|dispatcher| dispatcher.name() == name)
}

#[test]
fn threads_that_need_the_same_overload_compile_it_once() {
    let program = load("shared");
    let recorder = install_recorder(COMPILE);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for x in 0..8 {
            let (program, start) = (&program, &start);
            scope.spawn(move || {
                start.wait();
                let result = program.function("shared").unwrap().call(&[Value::Int(x)]);
                assert_eq!(result.unwrap(), Value::Int(2 * x));
            });
        }
    });
    let buffer = recorder.buffer();
    assert_eq!(
        buffer
            .iter()
            .filter(|(_, event)| is_about(event, "shared"))
            .count(),
        2
    );
    assert_eq!(program.function("shared").unwrap().overloads().len(), 1);
}

#[test]
fn concurrent_compilations_are_serialised_and_timed_separately() {
    let programs: Vec<_> = (0..6)
        .map(|number| load(&format!("turn{number}")))
        .collect();
    let recorder = install_recorder(LLVM_LOCK);
    let start = Barrier::new(programs.len());
    let threads = thread::scope(|scope| {
        let spawned = programs.iter().map(|program| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                program.functions()[0].call(&[Value::Int(1)]).unwrap();
                ThreadId::current()
            })
        });
        let spawned: Vec<_> = spawned.collect();
        let threads = spawned.into_iter().map(|thread| thread.join().unwrap());
        threads.collect::<Vec<_>>()
    });
    // The recorder also receives events of other tests, possibly an END without its START.
    for thread in threads {
        let buffer = recorder.buffer();
        let own = buffer.iter().filter(|(_, event)| event.thread() == thread);
        let starts: Vec<_> = own.map(|(_, event)| event.is_start()).collect();
        assert_eq!(starts, [true, false]);
    }
    for program in &programs {
        let overload = &program.functions()[0].overloads()[0];
        let compiler = overload.timers().compiler_lock();
        let llvm = overload.timers().llvm_lock();
        assert!(0.0 < llvm && llvm <= compiler, "{llvm} {compiler}");
    }
}

#[test]
fn an_unregistered_listener_receives_no_more_events() {
    let program = load("registered");
    let listener = Arc::new(RecordingListener::new());
    let count = || {
        let buffer = listener.buffer();
        buffer
            .iter()
            .filter(|(_, event)| is_about(event, "registered"))
            .count()
    };
    register(COMPILE, Arc::clone(&listener));
    let function = program.function("registered").unwrap();
    function.call(&[Value::Int(1)]).unwrap();
    assert_eq!(count(), 2);
    assert!(unregister(COMPILE, &listener));
    function.call(&[Value::Float(1.0)]).unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn a_call_waits_for_callees_that_are_still_being_compiled() {
    struct CallTwo {
        program: Arc<Program>,
        results: Sender<Result<Value, CallError>>,
    }

    impl Listener for CallTwo {
        fn on_start(&self, event: &Event<'_>) {
            let name = event.data().get("name").map(ToString::to_string);
            if name.as_deref() == Some("code_generation [one]") {
                let program = Arc::clone(&self.program);
                let results = self.results.clone();
                thread::spawn(move || {
                    let result = program.function("two").unwrap().call(&[Value::Int(3)]);
                    results.send(result).unwrap();
                });
                // Without the wait, the thread would call `two` during this time.
                thread::sleep(Duration::from_millis(100));
            }
        }

        fn on_end(&self, _: &Event<'_>) {}
    }

    // Compiling `one` compiles `two`, whose code calls `one`.
    let text = "from numba import njit
@njit
def one(n):
    if n < 1:
        return 1
    return two(n - 1)
@njit
def two(n):
    if n < 1:
        return 2
    return one(n - 1)
";
    let program = Arc::new(Program::load("case.py", text).unwrap());
    let (results, received) = mpsc::channel();
    let listener = CallTwo {
        program: Arc::clone(&program),
        results,
    };
    let _installed = local::install_listener(RUN_PASS, listener);
    let result = program.function("one").unwrap().call(&[Value::Int(3)]);
    assert_eq!(result.unwrap(), Value::Int(2));
    assert_eq!(received.recv().unwrap().unwrap(), Value::Int(1));
}
