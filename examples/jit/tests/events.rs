//! Numba's own tests of its events (`numba/tests/test_event.py`), adapted to this compiler.
//!
//! They use local listeners, so that they can run in parallel.

use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use event_core::builtin::{COMPILE, COMPILER_LOCK, LLVM_LOCK, RUN_PASS};
use event_core::{Event, EventStatus, Listener, local};
use jit::{Dispatcher, Program, Value};

const SOURCE: &str = "from numba import njit
@njit
def foo(x):
    return x + x
";

fn program() -> Program {
    Program::load("/somewhere/case.py", SOURCE).expect("the file is supported")
}

fn text(event: &Event<'_>, key: &str) -> String {
    event.data().get(key).expect(key).to_string()
}

#[test]
fn a_compilation_is_recorded_once() {
    let program = program();
    let foo = program.function("foo").unwrap();
    let recorder = local::install_recorder(COMPILE);
    foo.call(&[Value::Int(1)]).unwrap();
    foo.call(&[Value::Int(2)]).unwrap();
    let buffer = recorder.buffer();
    let [(began, start), (ended, end)] = buffer.as_slice() else {
        panic!("{buffer:?}");
    };
    assert!(began <= ended);
    assert!(start.is_start() && !start.is_failed());
    assert!(end.is_end() && !end.is_failed());
    assert_eq!(start.id(), end.id());
    assert_eq!(text(start, "args"), "(int64,)");
    assert_eq!(text(start, "return_type"), "None");
}

#[test]
fn a_compiled_overload_broadcasts_nothing() {
    let program = program();
    let foo = program.function("foo").unwrap();
    foo.call(&[Value::Int(1)]).unwrap();
    let recorder = local::install_recorder("numba:*");
    foo.call(&[Value::Int(2)]).unwrap();
    assert_eq!(recorder.len(), 0);
    foo.call(&[Value::Float(2.0)]).unwrap();
    assert!(!recorder.is_empty());
}

#[test]
fn the_compiler_lock_is_timed() {
    let program = program();
    let foo = program.function("foo").unwrap();
    foo.call(&[Value::Int(1)]).unwrap();
    assert!(foo.overloads()[0].timers().compiler_lock() > 0.0);
}

#[test]
fn the_code_generators_lock_is_timed() {
    let program = program();
    let foo = program.function("foo").unwrap();
    foo.call(&[Value::Int(1)]).unwrap();
    assert!(foo.overloads()[0].timers().llvm_lock() > 0.0);
}

#[test]
fn every_pass_has_six_data_fields() {
    let program = program();
    let recorder = local::install_recorder(RUN_PASS);
    program
        .function("foo")
        .unwrap()
        .call(&[Value::Int(2)])
        .unwrap();
    let buffer = recorder.buffer();
    for (_, event) in &buffer {
        let keys: Vec<_> = event.data().iter().map(|(key, _)| key).collect();
        assert_eq!(
            keys,
            ["name", "qualname", "module", "flags", "args", "return_type"]
        );
        assert!(text(event, "name").ends_with(" [foo]"));
        assert_eq!(text(event, "qualname"), "foo");
        assert_eq!(text(event, "module"), "case");
        assert_eq!(text(event, "args"), "(int64,)");
    }
    let names: Vec<_> = buffer
        .iter()
        .map(|(_, event)| text(event, "name"))
        .collect();
    // Passes of this compiler and of Cranelift.
    for name in [
        "type_inference [foo]",
        "native_lowering [foo]",
        "regalloc [foo]",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} in {names:?}"
        );
    }
    let first = text(&buffer[0].1, "return_type");
    let last = text(&buffer[buffer.len() - 1].1, "return_type");
    assert_eq!((first.as_str(), last.as_str()), ("None", "int64"));
}

#[test]
fn event_data_contains_the_dispatcher_itself() {
    let program = program();
    let foo = program.function("foo").unwrap();
    let address = ptr::from_ref::<Dispatcher>(&foo).addr();
    let listener = local::install_listener(COMPILE, DispatcherCheck::new(address));
    foo.call(&[Value::Int(1)]).unwrap();
    drop(foo);
    assert_eq!((listener.starts(), listener.ends()), (1, 1));
}

/// Checks that every received event contains the dispatcher at `address`.
struct DispatcherCheck {
    address: usize,
    starts: AtomicUsize,
    ends: AtomicUsize,
    unexpected: Mutex<Vec<String>>,
}

impl DispatcherCheck {
    fn new(address: usize) -> Self {
        let unexpected = Mutex::default();
        Self {
            address,
            starts: AtomicUsize::new(0),
            ends: AtomicUsize::new(0),
            unexpected,
        }
    }

    fn check(&self, event: &Event<'_>, status: EventStatus) {
        let data = event.data();
        let dispatcher = data
            .get("dispatcher")
            .and_then(|value| value.downcast_ref());
        let dispatcher = dispatcher.map(|it| ptr::from_ref::<Dispatcher>(it).addr());
        let is_same = dispatcher == Some(self.address);
        if !is_same || event.kind() != COMPILE || event.status() != status {
            self.unexpected.lock().unwrap().push(event.to_string());
        }
    }

    fn starts(&self) -> usize {
        assert_eq!(*self.unexpected.lock().unwrap(), [""; 0]);
        self.starts.load(Ordering::Relaxed)
    }

    fn ends(&self) -> usize {
        self.ends.load(Ordering::Relaxed)
    }
}

impl Listener for DispatcherCheck {
    fn on_start(&self, event: &Event<'_>) {
        self.check(event, EventStatus::Start);
        self.starts.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, event: &Event<'_>) {
        self.check(event, EventStatus::End);
        self.ends.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn lock_events_have_no_data() {
    let program = program();
    let compiler = local::install_recorder(COMPILER_LOCK);
    let llvm = local::install_recorder(LLVM_LOCK);
    program
        .function("foo")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap();
    assert_eq!((compiler.len(), llvm.len()), (2, 2));
    let buffers = [compiler.buffer(), llvm.buffer()].concat();
    assert!(buffers.iter().all(|(_, event)| event.data().is_empty()));
}
