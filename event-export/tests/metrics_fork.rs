//! A forked process does not keep the port of the metrics.

#![cfg(all(feature = "metrics", target_os = "linux"))]
#![expect(unsafe_code, reason = "the standard library cannot fork")]

mod support;

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use support::child;

/// Serves metrics, forks, and is killed. The forked process waits.
#[test]
fn child() {
    if child::mode().is_none() {
        return;
    }
    let _exports = event_export::from_env().unwrap();
    // SAFETY: the forked process only sleeps and exits.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        std::thread::sleep(Duration::from_secs(20));
        std::process::abort();
    }
    eprintln!("forked {forked}.");
    // SAFETY: `raise` has no preconditions.
    unsafe {
        libc::raise(libc::SIGKILL);
    }
}

#[test]
fn the_port_of_a_killed_process_is_free_although_a_forked_process_runs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut command = child::command("child", "fork");
    command.env("EVENT_EXPORT", format!("metrics={address}"));
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(libc::SIGKILL));
    // The forked process has the other end of the pipe, so the end is not awaited.
    let mut text = [0; 200];
    let length = child.stderr.take().unwrap().read(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..length]);
    let forked = text.split_once("forked ").expect(&text).1;
    let forked: i32 = forked.split_once('.').unwrap().0.parse().unwrap();
    let bound = TcpListener::bind(address);
    // SAFETY: `kill` has no preconditions. The process is the forked one, which sleeps.
    let killed = unsafe { libc::kill(forked, libc::SIGKILL) };
    assert_eq!(killed, 0, "the forked process runs");
    assert!(bound.is_ok(), "{bound:?}");
}
