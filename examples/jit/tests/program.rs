//! The command line program: its output and its exit status.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jit"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().expect("the program can be started")
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("the output is UTF-8")
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("the output is UTF-8")
}

fn json(args: &[&str]) -> Json {
    let output = run(&[&["--json"], args].concat());
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_str(out(&output)).expect("the output is one JSON object")
}

#[test]
fn the_bundled_mandelbrot_runs_in_every_directory() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jit"));
    let output = command.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        out(&output).starts_with("area(400) = 1.518515625\n"),
        "{}",
        out(&output)
    );
    for expected in [
        "\narea(int64,)",
        "\n  escapes_after(float64, float64, int64)",
        "\nregalloc",
    ] {
        assert!(
            out(&output).contains(expected),
            "{expected} in {}",
            out(&output)
        );
    }
}

#[test]
fn every_bundled_kernel_gives_pythons_result() {
    let cases = [
        ("mandelbrot", "area(40)", "1.5"),
        ("collatz", "longest(10000)", "6171"),
        ("primes", "count(10000)", "1229"),
        ("primes", "coprime(50)", "0.6276551436901291"),
        ("integrate", "simpson(-3, 3, 100)", "0.9973001924543534"),
        (
            "integrate",
            "adaptive(-3.0, 3.0, 1e-6)",
            "0.9973002044375914",
        ),
        ("orbit", "drift(1000, 0.001)", "6.004776041481006e-09"),
    ];
    for (kernel, call, expected) in cases {
        let file = Path::new("kernels").join(kernel).with_extension("py");
        let object = json(&[file.to_str().unwrap(), call]);
        assert_eq!(object["result"], expected, "{kernel} {call}");
    }
}

#[test]
fn json_contains_result_events_and_timers() {
    let object = json(&["kernels/collatz.py", "longest(100)"]);
    assert_eq!(object["result"], "97");
    let events = object["events"].as_array().unwrap();
    let kinds = ["compiler_lock", "compile", "run_pass", "llvm_lock"];
    for kind in kinds {
        assert!(
            events
                .iter()
                .any(|event| event["kind"] == format!("numba:{kind}")),
            "{kind}"
        );
    }
    let starts = events
        .iter()
        .filter(|event| event["status"] == "START")
        .count();
    assert_eq!(starts * 2, events.len());
    let first = &events[0];
    assert_eq!(
        (&first["kind"], &first["status"]),
        (&"numba:compiler_lock".into(), &"START".into())
    );
    assert_eq!(
        (&first["failed"], &first["exc"]),
        (&false.into(), &Json::Null)
    );
    assert!(first["thread"].is_u64());
    let compile = &events[1];
    assert_eq!(compile["data"]["dispatcher"], "longest");
    assert_eq!(compile["data"]["args"], "(int64,)");
    assert_eq!(compile["data"]["return_type"], Json::Null);
    let seconds = |function: &str, lock: &str| object["timers"][function][lock].as_f64().unwrap();
    for function in ["longest", "length"] {
        assert!(seconds(function, "llvm_lock") <= seconds(function, "compiler_lock"));
    }
    assert!(seconds("length", "compiler_lock") <= seconds("longest", "compiler_lock"));
}

#[test]
fn the_option_kinds_limits_the_recorded_events() {
    let object = json(&[
        "--kinds",
        "numba:compile",
        "kernels/collatz.py",
        "longest(10)",
    ]);
    let events = object["events"].as_array().unwrap();
    assert_eq!(events.len(), 4);
    assert!(events.iter().all(|event| event["kind"] == "numba:compile"));
}

#[test]
fn an_error_is_printed_to_standard_error_with_status_one() {
    let file = std::env::temp_dir().join(format!("jit-program-{}.py", std::process::id()));
    let text = "from numba import njit\n@njit\ndef f(x):\n    return x + None\n\
                @njit\ndef g(x):\n    return 1 // x\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let typing = run(&[path, "f(1)"]);
    let events = run(&["--json", path, "f(1)"]);
    let raised = run(&[path, "g(0)"]);
    std::fs::remove_file(&file).unwrap();
    let message = "`+` does not take none; supported: bool, int64 and float64";
    assert_eq!(typing.status.code(), Some(1));
    assert_eq!(err(&typing), format!("{path}:4:16: {message}\n"));
    assert_eq!(raised.status.code(), Some(1));
    assert_eq!(
        err(&raised),
        format!("{path}: in g(0): ZeroDivisionError: division by zero\n")
    );
    assert_eq!(events.status.code(), Some(1));
    let object: Json = serde_json::from_str(out(&events)).unwrap();
    assert_eq!(object["result"], Json::Null);
    let failed = object["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["failed"] == true);
    let failed: Vec<_> = failed.collect();
    assert_eq!(failed.len(), 2);
    assert_eq!(
        failed[1]["exc"]["message"],
        format!("{path}:4:16: {message}")
    );
}

#[test]
fn an_invalid_command_line_exits_with_status_two() {
    for args in [
        &["--kinds"][..],
        &["--kinds", "numba:typo"],
        &["--nothing"],
        &["kernels/collatz.py"],
        &["a", "b", "c"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).ends_with("Try `--help`.\n"), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_exits_with_status_two() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let mut command = Command::new(env!("CARGO_BIN_EXE_jit"));
    let file = OsStr::from_bytes(b"\xff.py");
    let output = command.arg(file).arg("f(1)").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(err(&output), "`\u{fffd}.py` is not UTF-8\nTry `--help`.\n");
}

#[test]
fn kinds_that_match_nothing_are_rejected_with_a_list_of_all_kinds() {
    for kinds in ["numba:nope", "app:*", "app:parse", "", "numba:compile*x"] {
        let output = run(&["--kinds", kinds]);
        assert_eq!(output.status.code(), Some(2), "{kinds}");
        assert_eq!(
            err(&output),
            format!(
                "`--kinds`: `{kinds}` matches none of numba:compile, numba:run_pass, \
                 numba:compiler_lock, numba:llvm_lock; write one of them, or a pattern such as \
                 'numba:*'\nTry `--help`.\n"
            )
        );
    }
    for kinds in ["*", "numba:*", "numba:l*", "numba:run_pass"] {
        let output = run(&["--kinds", kinds, "kernels/collatz.py", "longest(10)"]);
        assert!(output.status.success(), "{kinds}: {}", err(&output));
    }
}

#[test]
fn a_call_may_have_signs_and_white_space_around_it() {
    let output = run(&["kernels/primes.py", "  count(+10)\n"]);
    assert!(
        out(&output).starts_with("count(+10) = 4\n"),
        "{}{}",
        out(&output),
        err(&output)
    );
    let object = json(&["kernels/orbit.py", "drift( 1, +0.5 )"]);
    assert!(object["result"].is_string());
}

#[test]
fn an_unknown_function_is_reported_with_the_known_ones() {
    let output = run(&["kernels/collatz.py", "f(1)"]);
    assert_eq!(
        err(&output),
        "kernels/collatz.py has no function `f`; it has length, longest\n"
    );
    let file = std::env::temp_dir().join(format!("jit-empty-{}.py", std::process::id()));
    std::fs::write(&file, "x = 1\n").unwrap();
    let path = file.to_str().unwrap();
    let output = run(&[path, "f(1)"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        err(&output),
        format!("{path} has no function `f`; it has no functions\n")
    );
}

#[test]
fn an_invalid_call_exits_with_status_one() {
    for call in [
        "longest(",
        "longest(x)",
        "nothing(1)",
        "longest()",
        "longest(n=1)",
        "longest(1) # one",
        "longest(+True)",
        "1",
    ] {
        let output = run(&["kernels/collatz.py", call]);
        assert_eq!(output.status.code(), Some(1), "{call}");
        assert!(!err(&output).contains("panicked"), "{call}");
    }
}

#[test]
fn help_names_every_option_and_kind() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    for word in [
        "--json",
        "--kinds",
        "numba:compile",
        "numba:run_pass",
        "FILE",
        "CALL",
    ] {
        assert!(out(&output).contains(word), "{word}");
    }
}
