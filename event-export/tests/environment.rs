//! The environment variables `EVENT_EXPORT` and `EVENT_KINDS`, and the files that are written in
//! each way to end a process.

#![cfg(all(feature = "summary", feature = "chrome", feature = "flame", unix))]

mod support;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::process::Command;
use std::sync::OnceLock;

use event_core::{data, open_event, trigger_event};
use event_export::{Exports, from_env, from_text};
use serde_json::Value;
use support::child::{self, current_test, stderr, stdout};
use support::temp_dir::{TempDir, entries};

/// Returns the stdout of a child process that must succeed.
fn stdout_of(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    stdout(&output)
}

/// Returns true if a listener is registered for `kind`.
fn is_enabled(kind: &'static str) -> bool {
    open_event(kind, ()).id().is_some()
}

fn error(exports: &str, kinds: &str) -> String {
    from_text(exports, kinds).unwrap_err().to_string()
}

#[test]
fn nothing_is_installed_or_written_without_a_setting() {
    if child::mode().is_some() {
        let exports = from_env().unwrap();
        assert!(exports.is_empty());
        trigger_event("environment:unset", (), || {});
        exports.flush().unwrap();
        assert!(!is_enabled("environment:unset"));
        return;
    }
    let directory = TempDir::new("unset");
    for value in [None, Some(""), Some("  "), Some(" , ,")] {
        let mut command = child::command(current_test!(), "");
        command.current_dir(directory.path());
        if let Some(value) = value {
            command.env("EVENT_EXPORT", value).env("EVENT_KINDS", "*");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        assert_eq!(directory.entries(), [""; 0]);
    }
}

#[test]
fn an_invalid_part_is_an_error_with_the_part_and_the_choices() {
    for (exports, part, why) in [
        ("sumary", "sumary", "unknown exporter"),
        (
            "sumary",
            "sumary",
            "`chrome=FILE.json`, `flame=FILE.svg|FILE.folded`",
        ),
        ("Summary", "Summary", "`summary[=live|FILE.json"),
        ("=x", "=x", "unknown exporter"),
        ("flame", "flame", "as in `flame=flame.svg`"),
        (
            "flame= ;by=count",
            "flame= ;by=count",
            "as in `flame=flame.svg`",
        ),
        ("chrome=", "chrome=", "as in `chrome=trace.json`"),
        (
            "summary, flame=/dev/null;colour=red ,",
            "flame=/dev/null;colour=red",
            "unknown option `colour`; `flame` has the options `by`, `threads`, `before`",
        ),
        (
            "chrome=/dev/null;by=count",
            "chrome=/dev/null;by=count",
            "`chrome` has no options",
        ),
        (
            "flame=/dev/null;by=count;by=time",
            "flame=/dev/null;by=count;by=time",
            "the option `by` is given twice",
        ),
        (
            "flame=/dev/null;by",
            "flame=/dev/null;by",
            "the option `by` needs a value: `time` or `count`",
        ),
        (
            "flame=/dev/null;threads=",
            "flame=/dev/null;threads=",
            "the option `threads` needs a value: `merged` or `apart`",
        ),
        (
            "flame=/dev/null;by=calls",
            "flame=/dev/null;by=calls",
            "the option `by` is `time` or `count`, not `calls`",
        ),
        (
            "flame=compared.svg;before=/no/such/file",
            "flame=compared.svg;before=/no/such/file",
            "cannot compare with `/no/such/file`: No such file or directory",
        ),
        ("summary;sort=size", "summary;sort=size", "`total` or"),
        (
            "flame=flame.png",
            "flame=flame.png",
            "`flame` writes files that end in `.svg`, `.folded`, `.txt`, not `.png`",
        ),
        (
            "summary=table.xml",
            "summary=table.xml",
            "`summary` writes files that end in `.json`, `.csv`, `.txt`, not `.xml`",
        ),
        (
            "summary,summary;sort=name",
            "summary;sort=name",
            "`summary` writes to the same output",
        ),
    ] {
        let error = from_text(exports, "environment:invalid").unwrap_err();
        assert_eq!(error.part(), part);
        let text = error.to_string();
        let begin = format!("`{part}` in EVENT_EXPORT: ");
        assert!(text.starts_with(&begin) && text.contains(why), "{text}");
    }
}

#[test]
fn a_write_error_names_the_file() {
    let directory = TempDir::new("deleted");
    let path = directory.path();
    let at = path.display();
    for exports in [
        format!("summary={at}/out.txt;sort=NAME"),
        format!("flame={at}/out.SVG"),
    ] {
        fs::create_dir_all(path).unwrap();
        let exports = from_text(&exports, "environment:deleted").unwrap();
        fs::remove_dir(path).unwrap();
        let error = exports.flush().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        let begin = format!("cannot write `{at}/out.");
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn an_invalid_kind_is_an_error_that_names_it() {
    for (kinds, part) in [
        ("app:*b", "app:*b"),
        ("app:*, *:late ,numba:*", "*:late"),
        ("app:*,!app:*:health", "!app:*:health"),
        ("!", "!"),
        ("!!app:*", "!!app:*"),
        ("app:*, ! ", "!"),
        (" app:*, ,db:* ", "app:*, ,db:*"),
        ("app:*,", "app:*,"),
        (",", ","),
        ("environment:\u{1}", "environment:\u{1}"),
    ] {
        let error = from_text("summary", kinds).unwrap_err();
        assert_eq!(error.part(), part);
        let shown = part.replace('\u{1}', r"\u{1}");
        let begin = format!("`{shown}` in EVENT_KINDS: ");
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn a_value_that_is_not_utf_8_is_an_error() {
    if child::mode().is_some() {
        println!("{}", from_env().unwrap_err());
        return;
    }
    for variable in ["EVENT_EXPORT", "EVENT_KINDS"] {
        let value = OsString::from_vec(b"summary\xff".to_vec());
        let mut command = child::command(current_test!(), "");
        command.env("EVENT_EXPORT", "summary").env(variable, value);
        let error = stdout_of(command);
        let expected = format!("`summary\u{fffd}` in {variable}: it is not valid UTF-8");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn two_exporters_with_the_same_file_are_an_error() {
    let directory = TempDir::new("same");
    let path = directory.file("out.json");
    let path = path.display();
    for (first, second) in [
        (
            format!("chrome={path}"),
            format!("summary={path};sort=name"),
        ),
        (
            format!("summary={path}"),
            format!("summary = {path} ;sort=name"),
        ),
    ] {
        let error = error(
            &format!("flame=/dev/null,{first},{second}"),
            "environment:same",
        );
        assert!(
            error.starts_with(&format!("`{second}` in EVENT_EXPORT: ")),
            "{error}"
        );
        assert!(
            error.ends_with(&format!("`{first}` writes to the same file")),
            "{error}"
        );
    }
    assert_eq!(directory.entries(), [""; 0]);
    // The same holds for each spelling of the path, before and after the file exists.
    for exists in [false, true] {
        let name = directory.path().file_name().unwrap().to_str().unwrap();
        let relative = format!("{}/./out.json", directory.path().display());
        let dots = format!("{}/../{name}/out.json", directory.path().display());
        for spelling in [relative, dots] {
            let error = error(
                &format!("chrome={path},summary={spelling}"),
                "environment:same",
            );
            assert!(
                error.ends_with("writes to the same file"),
                "{exists} {error}"
            );
        }
        fs::write(directory.file("out.json"), "[]").unwrap();
    }
    #[cfg(unix)]
    {
        let link = directory.file("link.json");
        std::os::unix::fs::symlink(directory.file("out.json"), &link).unwrap();
        let dangling = directory.file("dangling.json");
        std::os::unix::fs::symlink("absent.json", &dangling).unwrap();
        let absent = directory.file("absent.json");
        for (path, link) in [(directory.file("out.json"), link), (absent, dangling)] {
            let exports = format!("chrome={},summary={}", path.display(), link.display());
            let error = error(&exports, "environment:same");
            assert!(error.ends_with("writes to the same file"), "{error}");
        }
    }
    assert_eq!(
        fs::read_to_string(directory.file("out.json")).unwrap(),
        "[]"
    );
    // Several exporters may write to the same device.
    let exports = from_text("summary=/dev/null,flame=/dev/null", "environment:same").unwrap();
    assert_eq!(exports.len(), 2);
    drop(exports);
}

#[test]
fn the_process_id_may_be_part_of_a_file_name() {
    let directory = TempDir::new("number");
    let exports = format!("summary={}/of-%p.json", directory.path().display());
    drop(from_text(&exports, "environment:number").unwrap());
    assert_eq!(
        directory.entries(),
        [format!("of-{}.json", std::process::id())]
    );
}

#[test]
fn no_exporter_writes_if_one_part_is_invalid() {
    let directory = TempDir::new("invalid");
    let path = directory.file("flame.svg");
    fs::write(&path, "old").unwrap();
    let at = directory.path().display();
    let exports = format!("flame={at}/flame.svg,summary={at}/summary.txt,sumary");
    error(&exports, "environment:invalid");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(directory.entries(), ["flame.svg"]);
}

/// Returns a value of `EVENT_EXPORT` for three exporters, each with a file in `directory`. It
/// contains spaces and empty parts.
fn three_exporters(directory: &TempDir) -> String {
    let at = directory.path().display();
    format!(
        " , summary = {at}/summary.json ; sort=name,, chrome={at}/trace.json ,\
         \tflame={at}/flame.folded; by = count;threads=merged , "
    )
}

/// Reads the three files: rows as `KIND CALLS`, phases, and stacks.
fn read_files(directory: &TempDir) -> [String; 3] {
    let read = |name: &str| fs::read_to_string(directory.file(name)).unwrap();
    assert_eq!(
        directory.entries(),
        ["flame.folded", "summary.json", "trace.json"]
    );
    let table: Value = serde_json::from_str(&read("summary.json")).unwrap();
    let rows = table["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| format!("{} {}", row["kind"].as_str().unwrap(), row["calls"]));
    let trace: Vec<Value> = serde_json::from_str(&read("trace.json")).unwrap();
    let phases = trace.iter().map(|event| event["ph"].as_str().unwrap());
    let phases: Vec<_> = phases.filter(|phase| *phase != "M").collect();
    [
        rows.collect::<Vec<_>>().join(", "),
        phases.concat(),
        read("flame.folded"),
    ]
}

#[test]
fn all_exporters_receive_the_selected_kinds_only() {
    let directory = TempDir::new("several");
    let exports = three_exporters(&directory);
    let exports = from_text(&exports, " environment:included* , environment:more").unwrap();
    assert_eq!(exports.len(), 3);
    trigger_event("environment:included", (), || {
        trigger_event("environment:excluded", (), || {});
        trigger_event("environment:included_too", (), || {});
    });
    trigger_event("environment:more", (), || {});
    trigger_event("environment:moreover", (), || {});
    drop(exports);
    let [rows, phases, stacks] = read_files(&directory);
    assert_eq!(
        rows,
        "environment:included 1, environment:included_too 1, environment:more 1"
    );
    assert_eq!(phases, "BBEEBE");
    assert_eq!(
        stacks,
        "environment:included 1\nenvironment:included;environment:included_too 1\nenvironment:more 1\n"
    );
}

#[test]
fn kinds_after_an_exclamation_mark_are_not_exported() {
    let directory = TempDir::new("excluded");
    let exports = format!("summary={}/rows.csv", directory.path().display());
    let kinds = "environment:list_*, !environment:list_b*,environment:list_bc";
    let exports = from_text(&exports, kinds).unwrap();
    for kind in ["a", "b", "bc", "bd"] {
        let kind = event_core::Kind::new(format!("environment:list_{kind}")).unwrap();
        trigger_event(kind, (), || {});
    }
    drop(exports);
    let rows = fs::read_to_string(directory.file("rows.csv")).unwrap();
    for (kind, is_exported) in [("a", true), ("b", false), ("bc", true), ("bd", false)] {
        let row = format!("environment:list_{kind},");
        assert_eq!(rows.contains(&row), is_exported, "{row} {rows}");
    }
}

#[test]
fn flush_writes_current_data_and_drop_uninstalls() {
    let directory = TempDir::new("flush");
    let at = directory.path().display();
    let exports = format!("summary={at}/summary.csv,flame={at}/flame.folded;by=count");
    let exports = from_text(&exports, "environment:flush").unwrap();
    let call = || trigger_event("environment:flush", data! { name = "call" }, || {});
    let stacks = || fs::read_to_string(directory.file("flame.folded")).unwrap();
    call();
    assert_eq!(directory.entries(), [""; 0]);
    exports.flush().unwrap();
    assert_eq!(stacks(), "call [environment:flush] 1\n");
    let table = fs::read_to_string(directory.file("summary.csv")).unwrap();
    assert!(table.contains("environment:flush"), "{table}");
    call();
    assert_eq!(stacks(), "call [environment:flush] 1\n");
    exports.flush().unwrap();
    assert_eq!(stacks(), "call [environment:flush] 2\n");
    call();
    drop(exports);
    call();
    assert!(!is_enabled("environment:flush"));
    assert_eq!(stacks(), "call [environment:flush] 3\n");
}

#[test]
fn all_files_are_complete_after_each_way_to_end_a_process() {
    /// Keeps exports that are never dropped.
    static KEPT: OnceLock<Exports> = OnceLock::new();
    if let Some(mode) = child::mode() {
        let exports = from_env().unwrap();
        trigger_event("environment:ends", (), || {});
        let exports = match mode.split_once(' ') {
            Some(_) => {
                KEPT.set(exports).unwrap();
                None
            }
            None => Some(exports),
        };
        trigger_event("environment:ends", (), || match mode.as_str() {
            "exits" | "exits kept" => std::process::exit(7),
            "panics" | "panics kept" => panic!("at last"),
            _ => {}
        });
        drop(exports);
        return;
    }
    for (mode, code) in [
        ("returns", 0),
        ("returns kept", 0),
        ("exits", 7),
        ("exits kept", 7),
        ("panics", 101),
        ("panics kept", 101),
    ] {
        let directory = TempDir::new("ends");
        let output = child::command(current_test!(), mode)
            .env("EVENT_EXPORT", three_exporters(&directory))
            .env("EVENT_KINDS", "environment:*")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{mode}: {output:?}");
        let stderr = stderr(&output);
        assert!(!stderr.contains("event-export: "), "{stderr}");
        let [rows, phases, stacks] = read_files(&directory);
        // `exit` leaves the last call open. A summary counts calls that have ended.
        let (calls, last_phases) = match code {
            0 => (2, "BE"),
            7 => (1, "B"),
            _ => (2, "BiE"),
        };
        assert_eq!(rows, format!("environment:ends {calls}"), "{mode}");
        assert_eq!(phases, format!("BE{last_phases}"), "{mode}");
        assert_eq!(stacks, "environment:ends 2\n", "{mode}");
    }
}

#[test]
fn without_event_kinds_every_kind_is_selected() {
    let directory = TempDir::new("every");
    for kinds in ["", "  ", "*"] {
        let path = directory.file("flame.folded");
        let exports = format!("flame={};by=count", path.display());
        let exports = from_text(&exports, kinds).unwrap();
        trigger_event("environment:every", (), || {});
        drop(exports);
        let stacks = fs::read_to_string(path).unwrap();
        assert!(
            stacks.contains("environment:every 1\n"),
            "{kinds}: {stacks}"
        );
    }
}

#[test]
fn an_error_has_the_same_text_in_debug_and_display() {
    let error = from_text("flame", "*").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn relative_paths_refer_to_the_directory_at_the_start() {
    let exports = [
        "summary=summary.txt",
        "chrome=trace.json",
        "flame=flame.svg",
        #[cfg(feature = "report")]
        "report=report.html",
    ];
    if child::mode().is_some() {
        let exports = from_text(exports.join(","), "environment:moves").unwrap();
        std::env::set_current_dir("elsewhere").unwrap();
        exports.flush().unwrap();
        return;
    }
    let directory = TempDir::new("moves");
    fs::create_dir(directory.file("elsewhere")).unwrap();
    let mut command = child::command(current_test!(), "");
    command.current_dir(directory.path());
    stdout_of(command);
    assert_eq!(entries(&directory.file("elsewhere")), [""; 0]);
    let written = directory.entries().len() - 1;
    assert_eq!(written, exports.len());
}
