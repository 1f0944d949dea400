//! Outputs that are not regular files: inherited descriptors, FIFOs, sockets and devices. Outputs
//! that cannot be written.

#![cfg(all(
    feature = "summary",
    feature = "chrome",
    feature = "flame",
    feature = "report",
    target_os = "linux"
))]

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use event_core::trigger_event;
use support::child::{self, stderr, stdout, warnings};
use support::temp_dir::TempDir;

/// The exporters that write files, and what each output contains.
const EXPORTERS: [(&str, &str); 4] = [
    ("summary", "streams:child"),
    ("chrome", "process_name"),
    ("flame", "streams:child"),
    ("report", "<!doctype html>"),
];

/// The program of the child processes.
#[test]
fn child() {
    if child::mode().is_none() {
        return;
    }
    let exports = event_export::from_env().unwrap();
    println!("installed: {}", exports.len());
    for _ in 0..3 {
        trigger_event("streams:child", (), || {});
    }
    drop(exports);
    println!("continued");
}

/// Prepares a child process that runs [`child`].
fn command(exports: &str) -> Command {
    let mut command = child::command("child", "");
    command.env("EVENT_EXPORT", exports);
    command
}

/// Opens a file to append to, as `>>` of a shell does.
fn append(path: &Path) -> File {
    File::options().append(true).open(path).unwrap()
}

#[test]
fn redirected_stdout_keeps_its_contents() {
    for (exporter, contents) in EXPORTERS {
        for name in [
            "/dev/stdout",
            "/dev/fd/1",
            "/proc/self/fd/1",
            "/dev/../dev/stdout",
        ] {
            let directory = TempDir::new("redirected");
            let log = directory.file("log.txt");
            fs::write(&log, "yesterday\n").unwrap();
            let mut command = command(&format!("{exporter}={name}"));
            let output = command.stdout(append(&log)).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let text = fs::read_to_string(&log).unwrap();
            assert!(text.starts_with("yesterday\n"), "{exporter} {name}: {text}");
            assert!(text.contains("continued"), "{exporter} {name}: {text}");
            assert!(text.contains(contents), "{exporter} {name}: {text}");
            assert_eq!(directory.entries(), ["log.txt"]);
        }
    }
}

#[test]
fn stdout_without_append_is_written_at_its_position() {
    for (exporter, contents) in EXPORTERS {
        let directory = TempDir::new("position");
        let log = directory.file("log.txt");
        let mut file = File::create(&log).unwrap();
        file.write_all(b"before\n").unwrap();
        let mut command = command(&format!("{exporter}=/dev/stdout"));
        assert!(
            command
                .stdout(file.try_clone().unwrap())
                .status()
                .unwrap()
                .success()
        );
        file.write_all(b"after\n").unwrap();
        let text = fs::read_to_string(&log).unwrap();
        assert!(
            text.starts_with("before\n") && text.ends_with("after\n"),
            "{exporter}: {text}"
        );
        assert!(text.contains(contents), "{exporter}: {text}");
    }
}

#[test]
fn a_link_to_a_descriptor_is_written_like_the_descriptor() {
    for (exporter, contents) in EXPORTERS {
        let directory = TempDir::new("link");
        let log = directory.file("log.txt");
        fs::write(&log, "yesterday\n").unwrap();
        let link = directory.file("link");
        std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
        let mut command = command(&format!("{exporter}={}", link.display()));
        assert!(command.stdout(append(&log)).status().unwrap().success());
        let text = fs::read_to_string(&log).unwrap();
        assert!(
            text.starts_with("yesterday\n") && text.contains(contents),
            "{text}"
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

#[test]
fn a_descriptor_that_the_shell_opened_is_written_at_its_position() {
    for (exporter, contents) in EXPORTERS {
        let directory = TempDir::new("descriptor");
        let log = directory.file("log.txt");
        let child = command(&format!("{exporter}=/dev/fd/7"));
        let mut shell = Command::new("bash");
        shell.args([
            "-c",
            "exec 7>$LOG; echo before >&7; \"$0\" \"$@\"; echo after >&7",
        ]);
        shell
            .arg(child.get_program())
            .args(child.get_args())
            .env("LOG", &log);
        child::copy_environment(&child, &mut shell);
        let output = shell.output().unwrap();
        assert!(warnings(&output).is_empty(), "{output:?}");
        let text = fs::read_to_string(&log).unwrap();
        assert!(
            text.starts_with("before\n") && text.ends_with("after\n"),
            "{exporter}: {text}"
        );
        assert!(text.contains(contents), "{exporter}: {text}");
    }
}

#[test]
fn several_exporters_may_write_to_the_same_descriptor() {
    let directory = TempDir::new("several");
    let log = directory.file("log.txt");
    fs::write(&log, "yesterday\n").unwrap();
    let exports = EXPORTERS
        .map(|(exporter, _)| format!("{exporter}=/dev/stdout"))
        .join(",");
    let output = command(&exports).stdout(append(&log)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(&log).unwrap();
    for (_, contents) in EXPORTERS {
        assert!(text.contains(contents), "{text}");
    }
}

#[test]
fn a_descriptor_that_cannot_be_written_is_reported_at_the_start() {
    for (exporter, _) in EXPORTERS {
        let mut closed = command(&format!("{exporter}=/dev/fd/77"));
        let mut read_only = command(&format!("{exporter}=/dev/stdin"));
        read_only.stdin(File::open("/dev/null").unwrap());
        for command in [&mut closed, &mut read_only] {
            let output = command.output().unwrap();
            let warnings = warnings(&output);
            assert_eq!(warnings.len(), 1, "{exporter}: {output:?}");
            assert!(
                stdout(&output).contains("installed: 0"),
                "{exporter}: {output:?}"
            );
            assert!(stdout(&output).contains("continued"));
        }
    }
}

#[test]
fn a_fifo_with_a_reader_is_written() {
    for (exporter, contents) in EXPORTERS {
        let directory = TempDir::new("fifo");
        let fifo = directory.file("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        // Opening it for reading and writing does not wait for a writer.
        let mut reader = File::options().read(true).write(true).open(&fifo).unwrap();
        let reading = thread::spawn(move || {
            let mut text = Vec::new();
            let mut piece = [0; 4096];
            while !text.ends_with(b"THE END") {
                let read = reader.read(&mut piece).unwrap();
                text.extend_from_slice(&piece[..read]);
            }
            String::from_utf8(text).unwrap()
        });
        let output = command(&format!("{exporter}={}", fifo.display()))
            .output()
            .unwrap();
        assert!(warnings(&output).is_empty(), "{output:?}");
        let mut end = File::options().write(true).open(&fifo).unwrap();
        end.write_all(b"THE END").unwrap();
        let text = reading.join().unwrap();
        assert!(text.contains(contents), "{exporter}: {text}");
        let kind = fs::symlink_metadata(&fifo).unwrap().file_type();
        assert!(std::os::unix::fs::FileTypeExt::is_fifo(&kind));
    }
}

#[test]
fn a_fifo_without_a_reader_does_not_block_the_program() {
    for (exporter, _) in EXPORTERS {
        let directory = TempDir::new("no-reader");
        let fifo = directory.file("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let output = command(&format!("{exporter}={}", fifo.display()))
            .output()
            .unwrap();
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{exporter}: {output:?}");
        assert!(warnings[0].contains("no process reads it"), "{warnings:?}");
        assert!(stdout(&output).contains("continued"));
    }
}

#[test]
fn a_socket_is_refused_at_the_start() {
    for (exporter, _) in EXPORTERS {
        let directory = TempDir::new("socket");
        let socket = directory.file("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let output = command(&format!("{exporter}={}", socket.display()))
            .output()
            .unwrap();
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{exporter}: {output:?}");
        assert!(warnings[0].contains("it is a socket"), "{warnings:?}");
        assert!(stdout(&output).contains("installed: 0"), "{output:?}");
        assert_eq!(directory.entries(), ["socket"]);
    }
}

#[test]
fn devices_are_written_and_a_full_one_is_reported() {
    for (exporter, _) in EXPORTERS {
        let output = command(&format!("{exporter}=/dev/null")).output().unwrap();
        assert!(warnings(&output).is_empty(), "{output:?}");
        let output = command(&format!("{exporter}=/dev/full")).output().unwrap();
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{exporter}: {output:?}");
        assert!(
            warnings[0].contains("No space left on device"),
            "{warnings:?}"
        );
        assert!(stdout(&output).contains("continued"));
    }
}

/// Runs a child process without root's permission to write everything.
fn run_unprivileged(exports: &str) -> Output {
    // The test's program may be in a directory that only root can read.
    let program = std::env::current_exe().unwrap();
    let copy = std::env::temp_dir().join(format!("event-export-streams-{}", std::process::id()));
    // `fs::copy` would let a process that another test starts inherit the open copy, and an open
    // file cannot be executed.
    assert!(
        Command::new("cp")
            .args([&program, &copy])
            .status()
            .unwrap()
            .success()
    );
    fs::set_permissions(&copy, PermissionsExt::from_mode(0o755)).unwrap();
    let child = command(exports);
    let mut command = Command::new(&copy);
    command
        .args(child.get_args())
        .current_dir("/")
        .stdin(Stdio::null());
    child::copy_environment(&child, &mut command);
    if fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0) {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    fs::remove_file(copy).unwrap();
    output
}

#[test]
fn a_read_only_output_is_reported_at_the_start() {
    let directory = TempDir::new("read-only");
    for (exporter, _) in EXPORTERS {
        let open = directory.file("open");
        fs::create_dir_all(&open).unwrap();
        fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
        let file = open.join("out");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o444)).unwrap();
        let closed = directory.file("closed");
        fs::create_dir_all(&closed).unwrap();
        fs::set_permissions(&closed, PermissionsExt::from_mode(0o555)).unwrap();
        let new = closed.join("out");
        for path in [&file, &new] {
            let output = run_unprivileged(&format!("{exporter}={}", path.display()));
            let warnings = warnings(&output);
            assert_eq!(warnings.len(), 1, "{exporter} {path:?}: {output:?}");
            assert!(warnings[0].contains("Permission denied"), "{warnings:?}");
            assert!(stdout(&output).contains("installed: 0"), "{output:?}");
            assert!(!stderr(&output).contains("panicked"), "{output:?}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }
}
