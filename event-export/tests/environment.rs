//! What `EVENT_EXPORT` and `EVENT_KINDS` may say, and what is written however the program ends.
#![cfg(all(feature = "summary", feature = "chrome", feature = "flame", unix))]

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use event_core::{data, open_event, trigger_event};
use event_export::{Exports, from_env, from_text};
use serde_json::Value;

const CHILD: &str = "EVENT_EXPORT_TEST_CHILD";

/// This test's program again, in an environment without exports; `how` is what it is to do.
fn child(test: &str, how: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, how)
        .env("RUST_BACKTRACE", "0")
        .env_remove("EVENT_EXPORT")
        .env_remove("EVENT_KINDS");
    command
}

/// What this child is to do, if this is one.
fn is_child() -> Option<String> {
    std::env::var(CHILD).ok()
}

/// What a child says that must end well.
fn said(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// An empty directory.
fn directory(name: &str) -> PathBuf {
    let name = format!("environment-{}-{name}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir(&directory).unwrap();
    directory
}

fn names(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn error(exports: &str, kinds: &str) -> String {
    from_text(exports, kinds).unwrap_err().to_string()
}

#[test]
fn nothing_is_installed_or_written_where_nothing_is_asked_for() {
    let test = "nothing_is_installed_or_written_where_nothing_is_asked_for";
    if is_child().is_some() {
        let exports = from_env().unwrap();
        assert!(exports.is_empty());
        trigger_event("environment:unset", (), || {});
        exports.flush().unwrap();
        assert!(open_event("environment:unset", ()).id().is_none()); // nobody hears it
        return;
    }
    let directory = directory("unset");
    for value in [None, Some(""), Some("  "), Some(" , ,")] {
        let mut child = child(test, "");
        child.current_dir(&directory).envs(
            value
                .map(|value| [("EVENT_EXPORT", value), ("EVENT_KINDS", "*")])
                .into_iter()
                .flatten(),
        );
        let output = child.output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        said(output);
        assert_eq!(names(&directory), [""; 0]);
    }
    fs::remove_dir(directory).unwrap();
}

#[test]
fn what_makes_no_sense_is_an_error_that_says_where_and_what_is_possible() {
    for (exports, part, why) in [
        ("sumary", "sumary", "there is no such exporter"),
        (
            "sumary",
            "sumary",
            "`chrome=FILE.json`, `flame=FILE.svg|FILE.folded`",
        ),
        ("Summary", "Summary", "`summary[=live|FILE.json"),
        ("=x", "=x", "there is no such exporter"),
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
            "the option `by` is there twice",
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
            "`summary` writes to the same place",
        ),
    ] {
        let error = from_text(exports, "environment:wrong").unwrap_err();
        assert_eq!(error.part(), part);
        let text = error.to_string();
        let begin = format!("`{part}` in EVENT_EXPORT: ");
        assert!(text.starts_with(&begin) && text.contains(why), "{text}");
    }
}

#[test]
fn what_is_said_of_a_file_that_cannot_be_written_names_it() {
    let directory = directory("gone");
    let at = directory.display();
    for exports in [
        format!("summary={at}/out.txt;sort=NAME"),
        format!("flame={at}/out.SVG"),
    ] {
        fs::create_dir_all(&directory).unwrap();
        let exports = from_text(&exports, "environment:gone").unwrap();
        fs::remove_dir(&directory).unwrap();
        let error = exports.flush().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        let begin = format!("cannot write `{at}/out.");
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn a_bad_kind_is_an_error_that_names_it() {
    for (kinds, part) in [
        ("app:*b", "app:*b"),
        ("app:*, *:late ,numba:*", "*:late"),
        ("environment:\u{1}", "environment:\u{1}"),
    ] {
        let error = from_text("summary", kinds).unwrap_err();
        assert_eq!(error.part(), part);
        let begin = format!("`{part}` in EVENT_KINDS: ");
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn what_is_no_utf_8_is_an_error() {
    let test = "what_is_no_utf_8_is_an_error";
    if is_child().is_some() {
        println!("{}", from_env().unwrap_err());
        return;
    }
    for variable in ["EVENT_EXPORT", "EVENT_KINDS"] {
        let value = OsString::from_vec(b"summary\xff".to_vec());
        let mut child = child(test, "");
        child.env("EVENT_EXPORT", "summary").env(variable, value);
        let said = said(child.output().unwrap());
        let expected = format!("`summary\u{fffd}` in {variable}: it is not valid UTF-8");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn two_exporters_that_write_to_one_file_are_an_error() {
    let directory = directory("same");
    let path = directory.join("out.json");
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
    assert_eq!(names(&directory), [""; 0]);
    // However it is spelled, whether it is there or not.
    for there in [false, true] {
        let name = directory.file_name().unwrap().to_str().unwrap();
        let relative = format!("{}/./out.json", directory.display());
        let dots = format!("{}/../{name}/out.json", directory.display());
        for spelled in [relative, dots] {
            let error = error(
                &format!("chrome={path},summary={spelled}"),
                "environment:same",
            );
            assert!(
                error.ends_with("writes to the same file"),
                "{there} {error}"
            );
        }
        fs::write(directory.join("out.json"), "[]").unwrap();
    }
    #[cfg(unix)]
    {
        let link = directory.join("link.json");
        std::os::unix::fs::symlink(directory.join("out.json"), &link).unwrap();
        let dangling = directory.join("dangling.json");
        std::os::unix::fs::symlink("absent.json", &dangling).unwrap();
        let absent = directory.join("absent.json");
        for (path, link) in [(directory.join("out.json"), link), (absent, dangling)] {
            let (path, link) = (path.display(), link.display());
            let error = error(&format!("chrome={path},summary={link}"), "environment:same");
            assert!(error.ends_with("writes to the same file"), "{error}");
        }
    }
    assert_eq!(
        fs::read_to_string(directory.join("out.json")).unwrap(),
        "[]"
    );
    // A device is nobody's alone.
    let exports = from_text("summary=/dev/null,flame=/dev/null", "environment:same").unwrap();
    assert_eq!(exports.len(), 2);
    drop(exports);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_process_may_put_its_number_into_the_name_of_a_file() {
    let directory = directory("number");
    let exports = format!("summary={}/of-%p.json", directory.display());
    drop(from_text(&exports, "environment:number").unwrap());
    assert_eq!(
        names(&directory),
        [format!("of-{}.json", std::process::id())]
    );
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn where_a_part_is_wrong_the_others_write_nothing() {
    let directory = directory("nothing");
    let path = directory.join("flame.svg");
    fs::write(&path, "old").unwrap();
    let summary = directory.join("summary.txt");
    let (flame, summary) = (path.display(), summary.display());
    let exports = format!("flame={flame},summary={summary},sumary");
    error(&exports, "environment:nothing");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(&directory), ["flame.svg"]);
    fs::remove_dir_all(directory).unwrap();
}

/// All three exporters, each with a file in `directory`, with spaces and empty parts.
fn all_three(directory: &Path) -> String {
    let at = directory.display();
    format!(
        " , summary = {at}/summary.json ; sort=name,, chrome={at}/trace.json ,\
         \tflame={at}/flame.folded; by = count;threads=merged , "
    )
}

/// What is in the three files: rows as `FUNCTION CALLS`, phases, and stacks.
fn written(directory: &Path) -> [String; 3] {
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(
        names(directory),
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
fn several_exporters_all_hear_the_kinds_that_are_asked_for() {
    let directory = directory("several");
    let exports = all_three(&directory);
    let exports = from_text(&exports, " environment:heard* ,, environment:other").unwrap();
    assert_eq!(exports.len(), 3);
    trigger_event("environment:heard", (), || {
        trigger_event("environment:unheard", (), || {});
        trigger_event("environment:heard_too", (), || {});
    });
    trigger_event("environment:other", (), || {});
    trigger_event("environment:others", (), || {});
    drop(exports);
    let [rows, phases, stacks] = written(&directory);
    assert_eq!(
        rows,
        "environment:heard 1, environment:heard_too 1, environment:other 1"
    );
    assert_eq!(phases, "BBEEBE");
    assert_eq!(
        stacks,
        "environment:heard 1\nenvironment:heard;environment:heard_too 1\nenvironment:other 1\n"
    );
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn flush_writes_while_the_program_runs_and_the_drop_ends_listening() {
    let directory = directory("flush");
    let at = directory.display();
    let exports = format!("summary={at}/summary.csv,flame={at}/flame.folded;by=count");
    let exports = from_text(&exports, "environment:flush").unwrap();
    let call = || trigger_event("environment:flush", data! { name = "call" }, || {});
    let stacks = || fs::read_to_string(directory.join("flame.folded")).unwrap();
    call();
    assert_eq!(names(&directory), [""; 0]);
    exports.flush().unwrap();
    assert_eq!(stacks(), "call [environment:flush] 1\n");
    let table = fs::read_to_string(directory.join("summary.csv")).unwrap();
    assert!(table.contains("environment:flush"), "{table}");
    call();
    assert_eq!(stacks(), "call [environment:flush] 1\n");
    exports.flush().unwrap();
    assert_eq!(stacks(), "call [environment:flush] 2\n");
    call();
    drop(exports);
    call();
    assert!(open_event("environment:flush", ()).id().is_none()); // nobody hears it
    assert_eq!(stacks(), "call [environment:flush] 3\n");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn however_the_program_ends_all_files_are_complete() {
    /// Exports that nobody drops.
    static KEPT: OnceLock<Exports> = OnceLock::new();
    let test = "however_the_program_ends_all_files_are_complete";
    if let Some(how) = is_child() {
        let exports = from_env().unwrap();
        trigger_event("environment:ends", (), || {});
        let exports = match how.split_once(' ') {
            Some(_) => {
                KEPT.set(exports).unwrap();
                None
            }
            None => Some(exports),
        };
        trigger_event("environment:ends", (), || match how.as_str() {
            "exits" | "exits kept" => std::process::exit(7),
            "panics" | "panics kept" => panic!("at last"),
            _ => {}
        });
        drop(exports);
        return;
    }
    for (how, code) in [
        ("returns", 0),
        ("returns kept", 0),
        ("exits", 7),
        ("exits kept", 7),
        ("panics", 101),
        ("panics kept", 101),
    ] {
        let directory = directory("ends");
        let output = child(test, how)
            .env("EVENT_EXPORT", all_three(&directory))
            .env("EVENT_KINDS", "environment:*")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{how}: {output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("event-export: "), "{stderr}");
        let [rows, phases, stacks] = written(&directory);
        // The call that the program ends in is still open: it has not been counted as one that ended.
        let (calls, last) = match code {
            0 => (2, "BE"),
            7 => (1, "B"),
            _ => (2, "BiE"),
        };
        assert_eq!(rows, format!("environment:ends {calls}"), "{how}");
        assert_eq!(phases, format!("BE{last}"), "{how}");
        assert_eq!(stacks, "environment:ends 2\n", "{how}");
        fs::remove_dir_all(directory).unwrap();
    }
}

#[test]
fn where_no_kind_is_named_it_is_every_kind() {
    let directory = directory("every");
    for kinds in ["", " , ", "*"] {
        let path = directory.join("flame.folded");
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
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn an_error_that_main_returns_reads_well() {
    let error = from_text("flame", "*").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn all_files_are_where_the_program_was_when_it_asked_for_them() {
    let test = "all_files_are_where_the_program_was_when_it_asked_for_them";
    let exports = [
        "summary=summary.txt",
        "chrome=trace.json",
        "flame=flame.svg",
        #[cfg(feature = "report")]
        "report=report.html",
    ];
    if is_child().is_some() {
        let exports = from_text(&exports.join(","), "environment:moves").unwrap();
        std::env::set_current_dir("elsewhere").unwrap();
        exports.flush().unwrap();
        return;
    }
    let directory = directory("moves");
    fs::create_dir(directory.join("elsewhere")).unwrap();
    said(child(test, "").current_dir(&directory).output().unwrap());
    assert_eq!(names(&directory.join("elsewhere")), [""; 0]);
    let written = names(&directory).len() - 1;
    assert_eq!(written, exports.len());
    fs::remove_dir_all(directory).unwrap();
}
