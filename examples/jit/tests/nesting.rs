//! Nested events: their order, which is Numba's, the times of nested compilations, and failures.

use std::sync::{Arc, Mutex};

use event_core::builtin::{COMPILE, RUN_PASS};
use event_core::{Event, Listener, local};
use jit::{Dispatcher, Program, Timers, Value};

const SOURCE: &str = "from numba import njit
@njit
def foo(x):
    return x + x
@njit
def bar(x):
    return x * x
@njit
def calls(x):
    return foo(x) + bar(x)
@njit
def fails(x):
    return foo(x) + fails_inside(x)
@njit
def fails_inside(x):
    return x + None
";

fn program() -> Program {
    Program::load("/somewhere/case.py", SOURCE).expect("the file is supported")
}

fn text(event: &Event<'_>, key: &str) -> String {
    event.data().get(key).expect(key).to_string()
}

/// Formats each event as `START numba:compile foo`; the function is shown for compilations only.
fn lines(buffer: &[(std::time::SystemTime, Event<'static>)]) -> Vec<String> {
    let line = |event: &Event<'_>| {
        let status = if event.is_start() { "START" } else { "END" };
        let dispatcher = event.data().get("dispatcher");
        let dispatcher = dispatcher.and_then(|value| value.downcast_ref::<Dispatcher>());
        match dispatcher {
            Some(dispatcher) => format!("{status} {} {}", event.kind(), dispatcher.name()),
            None => format!("{status} {}", event.kind()),
        }
    };
    buffer.iter().map(|(_, event)| line(event)).collect()
}

#[test]
fn events_have_numbas_order() {
    let program = program();
    let recorder = local::install_recorder("numba:*");
    program
        .function("calls")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap();
    let mut lines = lines(&recorder.buffer());
    lines.retain(|line| !line.ends_with(RUN_PASS.as_str()));
    let callee = |name: &str| {
        vec![
            "START numba:compiler_lock".to_owned(),
            format!("START numba:compile {name}"),
            "START numba:llvm_lock".to_owned(),
            "END numba:llvm_lock".to_owned(),
            format!("END numba:compile {name}"),
            "END numba:compiler_lock".to_owned(),
        ]
    };
    let mut expected = callee("calls");
    expected.splice(2..2, [callee("foo"), callee("bar")].concat());
    assert_eq!(lines, expected);
}

#[test]
fn a_callee_is_compiled_while_its_callers_types_are_inferred() {
    let program = program();
    let recorder = local::install_recorder("numba:*");
    program
        .function("calls")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap();
    let buffer = recorder.buffer();
    let position = |name: &str, start: bool| {
        let found = buffer.iter().position(|(_, event)| {
            event.kind() == RUN_PASS && event.is_start() == start && text(event, "name") == name
        });
        found.expect(name)
    };
    let caller =
        position("type_inference [calls]", true)..position("type_inference [calls]", false);
    for callee in [
        "resolve_names [foo]",
        "code_generation [foo]",
        "code_generation [bar]",
    ] {
        assert!(caller.contains(&position(callee, true)), "{callee}");
        assert!(caller.contains(&position(callee, false)), "{callee}");
    }
    let (_, inner) = &buffer[position("resolve_names [foo]", true)];
    let compile = buffer
        .iter()
        .find(|(_, event)| Some(event.id()) == inner.parent());
    assert_eq!(compile.map(|(_, event)| event.kind()), Some(COMPILE));
}

#[test]
fn a_nested_lock_or_compilation_takes_no_longer_than_the_outer_one() {
    let program = program();
    program
        .function("calls")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap();
    let overload = |name: &str| program.function(name).unwrap().overloads()[0].clone();
    let calls = overload("calls");
    let foo = overload("foo");
    let bar = overload("bar");
    for one in [&calls, &foo, &bar] {
        assert!(one.timers().llvm_lock() <= one.timers().compiler_lock());
    }
    for callee in [&foo, &bar] {
        assert!(callee.timers().compiler_lock() <= calls.timers().compiler_lock());
        assert!(callee.timers().llvm_lock() <= calls.timers().llvm_lock());
    }
}

#[test]
fn a_nested_compilation_of_the_same_function_is_counted_once() {
    let text = "from numba import njit
@njit
def top(n):
    return poly(n)
@njit
def poly(n):
    if n < 1:
        return 0.0
    return poly(n - 0.5)
";
    let program = Program::load("case.py", text).unwrap();
    let function = |name: &str| program.function(name).unwrap();
    let result = function("top").call(&[Value::Int(5)]);
    assert_eq!(result.unwrap(), Value::Float(0.0));
    let top = function("top");
    let poly = function("poly");
    assert_eq!(poly.overloads().len(), 2);
    let overloads = poly.overloads();
    let longest = |seconds: fn(&Timers) -> f64| {
        let all = overloads.iter().map(|overload| seconds(overload.timers()));
        all.fold(0.0, f64::max)
    };
    for seconds in [Timers::compiler_lock, Timers::llvm_lock] {
        assert!(seconds(&poly.timers()) <= seconds(&top.timers()));
        assert_eq!(
            seconds(&poly.timers()).to_bits(),
            longest(seconds).to_bits()
        );
    }
    // The time of a separate compilation is added.
    let before = poly.timers().compiler_lock();
    poly.call(&[Value::Bool(true)]).unwrap();
    assert!(poly.timers().compiler_lock() > before);
}

#[test]
fn a_type_error_ends_its_events_and_releases_the_lock() {
    let program = program();
    let recorder = local::install_recorder("numba:*");
    let error = program
        .function("fails")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap_err();
    let buffer = recorder.buffer();
    assert_eq!(
        buffer.iter().filter(|(_, event)| event.is_start()).count() * 2,
        buffer.len()
    );
    let failed: Vec<_> = buffer
        .iter()
        .filter(|(_, event)| event.is_failed())
        .collect();
    let kinds: Vec<_> = failed.iter().map(|(_, event)| event.kind()).collect();
    assert_eq!(kinds, [RUN_PASS, COMPILE, RUN_PASS, COMPILE]);
    for (_, event) in failed {
        let exc = event.exc_details().expect("a failed event has details");
        assert!(
            exc.type_name().ends_with("CompileError"),
            "{}",
            exc.type_name()
        );
        assert_eq!(exc.message(), error.to_string());
    }
    // Another thread can acquire the lock, and so can this one.
    let other = std::thread::scope(|scope| {
        let compiling = scope.spawn(|| program.function("foo").unwrap().call(&[Value::Float(0.5)]));
        compiling.join().unwrap()
    });
    assert_eq!(other.unwrap(), Value::Float(1.0));
    assert_eq!(
        program
            .function("bar")
            .unwrap()
            .call(&[Value::Int(3)])
            .unwrap(),
        Value::Int(9)
    );
}

#[test]
fn a_listener_may_compile_during_a_pass() {
    struct CompileBar(Program);
    impl Listener for CompileBar {
        fn on_start(&self, event: &Event<'_>) {
            if text(event, "name").starts_with("regalloc") {
                self.0
                    .function("bar")
                    .unwrap()
                    .call(&[Value::Int(1)])
                    .unwrap();
            }
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    let listener = local::install_listener(RUN_PASS, CompileBar(program()));
    program()
        .function("foo")
        .unwrap()
        .call(&[Value::Int(1)])
        .unwrap();
    assert_eq!(listener.0.function("bar").unwrap().overloads().len(), 1);
}

#[test]
fn a_listener_cannot_run_code_whose_callees_are_unfinished() {
    struct CallTwo {
        program: Arc<Program>,
        errors: Mutex<Vec<String>>,
    }

    impl Listener for CallTwo {
        fn on_start(&self, event: &Event<'_>) {
            if text(event, "name") == "code_generation [one]" {
                let result = self.program.function("two").unwrap().call(&[Value::Int(1)]);
                let error = result.unwrap_err().to_string();
                self.errors.lock().unwrap().push(error);
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
    let listener = CallTwo {
        program: Arc::clone(&program),
        errors: Mutex::default(),
    };
    let listener = local::install_listener(RUN_PASS, listener);
    let result = program.function("one").unwrap().call(&[Value::Int(1)]);
    assert_eq!(result.unwrap(), Value::Int(2));
    let expected = "RuntimeError: the compilation of a called function is not finished";
    assert_eq!(*listener.errors.lock().unwrap(), [expected]);
}
