//! Trace contexts: parsing the headers, running in a context, passing it on.

use std::future::poll_fn;
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::thread;

use event_core::{RecordingListener, current_event, install_listener, trigger_event};
use event_export::TraceContext;

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn context(traceparent: &str) -> TraceContext {
    TraceContext::parse(traceparent, None).unwrap()
}

fn headers(context: &TraceContext) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    context.inject(|name, value| headers.push((name, value.to_owned())));
    headers
}

#[test]
fn valid_headers_are_parsed() {
    let parsed = context(HEADER);
    assert_eq!(parsed.trace_id(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    assert_eq!(parsed.span_id(), 0xb7ad_6b71_6920_3331);
    assert!(parsed.is_sampled());
    assert_eq!(parsed.traceparent(), HEADER);
    let not_sampled = HEADER.replace("-01", "-00");
    assert!(!context(&not_sampled).is_sampled());
    assert_eq!(context(&format!(" \t{HEADER} ")), parsed);
}

#[test]
fn random_flag_is_passed_on_and_unknown_flags_are_cleared() {
    for (flags, passed_on) in [("03", "03"), ("02", "02"), ("ff", "03"), ("0c", "00")] {
        let header = HEADER.replace("-01", &format!("-{flags}"));
        let outgoing = context(&header).traceparent();
        assert_eq!(&outgoing[53..], passed_on, "{flags}");
    }
}

#[test]
fn later_versions_are_parsed_as_far_as_they_are_known() {
    for suffix in ["", "-", "-what-the-future-brings"] {
        let header = format!("cc{}{suffix}", &HEADER[2..]);
        assert_eq!(context(&header).traceparent(), HEADER, "{header}");
    }
}

#[test]
fn invalid_headers_are_rejected_with_a_reason() {
    let zero_trace = HEADER.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32));
    let zero_span = HEADER.replace("b7ad6b7169203331", &"0".repeat(16));
    let invalid = [
        ("", "it has fewer than 55 characters"),
        (&HEADER[..54], "it has fewer than 55 characters"),
        (
            &HEADER.replacen("00-", "ff-", 1),
            "version ff does not exist",
        ),
        (&format!("{HEADER}-"), "version 00 has 55 characters"),
        (&format!("{HEADER}0"), "version 00 has 55 characters"),
        (
            &format!("01{}0", &HEADER[2..]),
            "its flags are not two digits",
        ),
        (&zero_trace, "its trace id is zero"),
        (&zero_span, "its parent id is zero"),
        (
            &HEADER.replace("-b7", "_b7"),
            "its parts are not separated by `-`",
        ),
        (
            &HEADER.to_uppercase(),
            "it has a character that is not one of `0123456789abcdef`",
        ),
        (
            &HEADER.replace("b7", "+7"),
            "it has a character that is not one of `0123456789abcdef`",
        ),
        (
            &HEADER.replace("-01", "-0x"),
            "it has a character that is not one of `0123456789abcdef`",
        ),
    ];
    for (header, why) in invalid {
        let error = TraceContext::parse(header, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("invalid `traceparent`: {why}"),
            "{header}"
        );
    }
    // Cut in the middle of a character.
    assert!(TraceContext::parse(&"ä".repeat(40), None).is_err());
}

/// Returns the `tracestate` that is passed on for an incoming one.
fn state(header: &str) -> Option<String> {
    let context = TraceContext::parse(HEADER, header).unwrap();
    assert_eq!(
        context.traceparent(),
        HEADER,
        "an invalid state does not end the trace"
    );
    context.tracestate().map(str::to_owned)
}

#[test]
fn valid_tracestates_are_passed_on() {
    for valid in ["a=1", "a=1,b=2", "0a=1", "t@s=1", "0t-_*/@s=v v", "a=!-<>~"] {
        assert_eq!(state(valid).as_deref(), Some(valid), "{valid}");
    }
    assert_eq!(state(" a=1 ,\tb=2, ,").as_deref(), Some("a=1,b=2"));
    let longest = format!("{}=1", "k".repeat(256));
    assert_eq!(state(&longest), Some(longest));
    assert_eq!(state(""), None);
}

#[test]
fn invalid_tracestates_are_left_out() {
    let too_long = [
        format!("{}=1", "k".repeat(257)),
        format!("k={}", "v".repeat(257)),
    ];
    let too_long = too_long.iter().map(String::as_str);
    let invalid = [
        "a",
        "a=",
        "=1",
        "A=1",
        "a b=1",
        "t@=1",
        "@s=1",
        "t@@s=1",
        "t@s@u=1",
        "a=1=2",
        "a=ä",
        "a=1,b",
        "a=\x01",
        "t@systemsystemsys=1",
    ];
    for state_header in invalid.into_iter().chain(too_long) {
        assert_eq!(state(state_header), None, "{state_header}");
    }
}

#[test]
fn tracestate_has_at_most_32_members() {
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|index| format!("k{index}=1")).collect();
        members.join(",")
    };
    assert_eq!(state(&members(32)), Some(members(32)));
    assert_eq!(state(&members(33)), None);
}

#[test]
fn long_tracestate_loses_long_members_first_and_then_the_last() {
    let member = |key: &str, len: usize| format!("{key}={}", "v".repeat(len - 2));
    let header = [
        member("a", 100),
        member("b", 129),
        member("c", 128),
        member("d", 200),
    ];
    let kept = [&*header[0], &*header[1], &*header[2]].join(",");
    assert_eq!(state(&header.join(",")), Some(kept));
    let short: Vec<_> = ["a", "b", "c", "d", "e"].map(|key| member(key, 110)).into();
    assert_eq!(state(&short.join(",")), Some(short[..4].join(",")));
    let exactly = [member("a", 255), member("b", 256)].join(",");
    assert_eq!(
        (exactly.len(), state(&exactly)),
        (512, Some(exactly.clone()))
    );
}

#[test]
fn baggage_is_passed_on_up_to_its_limit() {
    let with = |baggage: &str| {
        let context = context(HEADER).with_baggage(baggage);
        context.baggage().map(str::to_owned)
    };
    assert_eq!(
        with("user=7;secret, tier=gold").as_deref(),
        Some("user=7;secret, tier=gold")
    );
    assert_eq!(with("user=7\r\nset-cookie: a"), None);
    assert_eq!(with(""), None);
    let (first, second) = (
        format!("a={}", "v".repeat(8000)),
        format!("b={}", "v".repeat(300)),
    );
    assert_eq!(with(&format!("{first},{second}")), Some(first));
    let exactly = "v".repeat(8192);
    assert_eq!(with(&exactly), Some(exactly.clone()));
    assert_eq!(with(&format!("{exactly},b=1")), Some(exactly));
}

#[test]
fn headers_pass_through_without_an_exporter() {
    let incoming = TraceContext::parse(HEADER, "a=1")
        .unwrap()
        .with_baggage("user=7");
    let outgoing = incoming.run(|| headers(&TraceContext::current().unwrap()));
    let expected = [
        ("traceparent", HEADER),
        ("tracestate", "a=1"),
        ("baggage", "user=7"),
    ];
    assert_eq!(
        outgoing,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    assert_eq!(TraceContext::current(), None);
}

#[test]
fn headers_pass_through_scopes_of_other_listeners() {
    let recorder = install_listener("context:other", RecordingListener::new());
    let incoming = context(HEADER);
    let outgoing = incoming.run(|| trigger_event("context:other", (), TraceContext::current));
    assert_eq!(outgoing, Some(incoming));
    assert_eq!(recorder.len(), 2);
    assert_eq!(
        trigger_event("context:other", (), TraceContext::current),
        None
    );
}

#[test]
fn inner_context_replaces_the_outer_one() {
    let (outer, inner) = (
        context(HEADER),
        context(&HEADER.replace("331-01", "332-00")),
    );
    outer.run(|| {
        assert_eq!(inner.run(TraceContext::current), Some(inner.clone()));
        assert_eq!(TraceContext::current(), Some(outer.clone()));
    });
}

#[test]
fn context_ends_when_its_body_panics() {
    let context = context(HEADER);
    let panicked = std::panic::catch_unwind(|| context.run(|| panic!("in the body")));
    assert!(panicked.is_err());
    assert_eq!(TraceContext::current(), None);
}

#[test]
fn handle_carries_the_context_to_another_thread_after_its_drop() {
    let incoming = context(HEADER);
    let handle = incoming.run(current_event);
    assert_eq!(handle, incoming.handle());
    drop(incoming);
    let current = thread::spawn(move || handle.run(TraceContext::current));
    assert_eq!(current.join().unwrap(), Some(context(HEADER)));
}

#[test]
fn current_context_runs_on_another_thread() {
    let recorder = install_listener("context:thread", RecordingListener::new());
    let incoming = context(HEADER);
    let on_thread = incoming.run(|| {
        trigger_event("context:thread", (), || {
            let here = TraceContext::current().unwrap();
            let inner = || trigger_event("context:thread", (), TraceContext::current);
            thread::spawn(move || here.run(inner)).join().unwrap()
        })
    });
    assert_eq!(on_thread, Some(incoming));
    let buffer = recorder.buffer();
    assert_eq!(
        buffer[1].1.parent(),
        Some(buffer[0].1.id()),
        "other listeners see the parent"
    );
}

#[test]
fn future_runs_in_its_context_at_each_poll_only() {
    let incoming = context(HEADER);
    let is_current = |_: &mut Context<'_>| {
        assert_eq!(TraceContext::current(), Some(context(HEADER)));
    };
    let mut polls = 0;
    let future = poll_fn(|waker| {
        is_current(waker);
        polls += 1;
        if polls < 3 {
            Poll::Pending
        } else {
            Poll::Ready(polls)
        }
    });
    let mut future = pin!(incoming.run_future(future));
    let mut waker = Context::from_waker(Waker::noop());
    drop(incoming);
    assert!(future.as_mut().poll(&mut waker).is_pending());
    assert_eq!(TraceContext::current(), None);
    assert!(future.as_mut().poll(&mut waker).is_pending());
    assert_eq!(future.as_mut().poll(&mut waker), Poll::Ready(3));
    assert_eq!(TraceContext::current(), None);
}

#[test]
fn spawned_future_of_a_runtime_keeps_its_context() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    let incoming = context(HEADER);
    let task = incoming.run_future(async {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        let inner = tokio::spawn(current_event().run_future(async { TraceContext::current() }));
        inner.await.unwrap()
    });
    let current = runtime.block_on(async { tokio::spawn(task).await.unwrap() });
    assert_eq!(current, Some(incoming));
}

#[test]
fn child_process_gets_the_context_from_its_environment() {
    const CHILD: &str = "EVENT_TEST_CONTEXT_CHILD";
    if std::env::var_os(CHILD).is_some() {
        if let Some(context) = TraceContext::from_env() {
            println!("{:?}", headers(&context));
        }
        return;
    }
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "child_process_gets_the_context_from_its_environment",
        ]);
        command
            .args(["--nocapture", "--test-threads=1"])
            .env(CHILD, "1");
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let sent = TraceContext::parse(HEADER, "a=1")
        .unwrap()
        .with_baggage("user=7");
    let mut variables = Vec::new();
    sent.inject(|name, value| variables.push((name.to_uppercase(), value.to_owned())));
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let output = run(&variables);
    assert!(
        output.contains(&format!("{:?}", headers(&sent))),
        "{output}"
    );
    assert!(!run(&[("TRACEPARENT", "00-0")]).contains("traceparent"));
    assert!(!run(&[]).contains("traceparent"));
}
