//! The program: two processes answer each request in one trace, and each writes its own outputs.

use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn each_process_sees_each_request_once() {
    let name = format!("server-two-processes-{}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    fs::create_dir_all(&directory).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("60")
        .env("EVENT_EXPORT", "summary=calls-%p.json")
        .env_remove("EVENT_KINDS")
        .current_dir(&directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.ends_with("; 60 in the trace of their sender\n"),
        "{stdout}"
    );

    let files = fs::read_dir(&directory).unwrap();
    let tables = files.map(|file| {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    });
    let (front, shop): (Vec<Value>, Vec<Value>) =
        tables.partition(|table| calls(table, "front:pass_on") > 0);
    let ([front], [shop]) = (&*front, &*shop) else {
        panic!("{} and {} tables", front.len(), shop.len());
    };
    for kind in ["front:pass_on", "http:server", "http:client"] {
        assert_eq!(calls(front, kind), 60, "{kind}");
    }
    for kind in ["load:get", "http:client", "http:server", "http:request"] {
        assert_eq!(calls(shop, kind), 60, "{kind}");
    }
    assert_eq!(calls(front, "db:query"), 0);
    fs::remove_dir_all(&directory).unwrap();
}

/// Returns the number of calls of a kind in a table.
fn calls(table: &Value, kind: &str) -> u64 {
    let rows = table["rows"].as_array().unwrap().iter();
    let rows = rows.filter(|row| row["kind"] == kind);
    rows.map(|row| row["calls"].as_u64().unwrap()).sum()
}

#[test]
fn an_invalid_number_of_requests_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("many")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("`many` is not a number of requests"),
        "{stderr}"
    );
}
