//! `redact`: the key of a secret stays, and its value is never read.

#![allow(
    clippy::items_after_statements,
    reason = "each function is beside the check of its data"
)]

mod support;

use std::fmt;
use std::pin::Pin;

use event_core::{EventData, Value, local, trigger_event};
use support::{events, poll_once};

/// A value that must not be formatted.
struct Secret;

impl fmt::Debug for Secret {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a secret was formatted")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Asserts that START and END have `data`, also in copies.
fn assert_data(kind: &str, data: &str, run: impl FnOnce()) {
    let recorder = local::install_recorder(kind);
    run();
    let events = events(&recorder);
    let texts: Vec<_> = events
        .iter()
        .map(|event| event.data().to_string())
        .collect();
    assert_eq!(texts, [data, data]);
}

#[test]
fn argument_is_replaced_and_never_formatted() {
    #[trigger_event("redaction:argument", redact(password))]
    fn log_in(user: &str, password: Secret, n: u8) {
        let _ = (user, password, n);
    }
    assert_data(
        "redaction:argument",
        r#"user="me" password=[redacted] n=1"#,
        || {
            log_in("me", Secret, 1);
        },
    );
}

#[test]
fn redacted_value_is_no_string_and_no_number() {
    #[trigger_event("redaction:typed", redact(text, number))]
    fn work(text: &str, number: u64) -> usize {
        text.len() + usize::try_from(number).unwrap()
    }
    let recorder = local::install_recorder("redaction:typed");
    assert_eq!(work("secret", 1), 7);
    for event in events(&recorder) {
        for key in ["text", "number"] {
            let value = event.data().get(key).unwrap();
            assert_eq!((value.to_str(), value.to_u64()), (None, None));
            assert_eq!(value.to_string(), Value::REDACTED.to_string());
        }
    }
}

#[test]
fn every_form_of_a_function_redacts() {
    struct Client(Secret);

    impl Client {
        #[trigger_event("redaction:method", redact(password))]
        fn log_in(&mut self, password: Secret) {
            self.0 = password;
        }
    }
    assert_data("redaction:method", "password=[redacted]", || {
        Client(Secret).log_in(Secret);
    });

    #[trigger_event("redaction:async", redact(password))]
    async fn suspends(password: Secret, n: u8) {
        std::future::ready((password, n)).await;
    }
    #[trigger_event("redaction:not_suspending", redact(password))]
    #[expect(clippy::unused_async, reason = "it is the case under test")]
    async fn never_suspends(mut password: Secret, n: u8) {
        let _ = &password;
        password = Secret;
        let _ = (password, n);
    }
    let run = |mut future: Pin<Box<dyn Future<Output = ()>>>| {
        assert!(poll_once(future.as_mut()).is_ready());
    };
    assert_data("redaction:async", "password=[redacted] n=1", || {
        run(Box::pin(suspends(Secret, 1)));
    });
    assert_data(
        "redaction:not_suspending",
        "password=[redacted] n=1",
        || {
            run(Box::pin(never_suspends(Secret, 1)));
        },
    );

    #[trigger_event("redaction:pattern", redact(b, _unused))]
    fn pattern((a, b, ..): (u8, Secret, u8, u8), _unused: Secret) {
        let _ = (a, b);
    }
    assert_data(
        "redaction:pattern",
        "a=1 b=[redacted] _unused=[redacted]",
        || {
            pattern((1, Secret, 2, 3), Secret);
        },
    );

    #[trigger_event("redaction:data", redact(secret), data(len = text.len(), text))]
    fn with_data(secret: Secret, text: &str) {
        let _ = (secret, text);
    }
    assert_data(
        "redaction:data",
        r#"secret=[redacted] len=1 text="a""#,
        || {
            with_data(Secret, "a");
        },
    );

    #[trigger_event("redaction:generic", redact(secret))]
    fn generic<T>(secret: impl fmt::Debug, other: T) -> impl Sized {
        (secret, other)
    }
    assert_data("redaction:generic", "secret=[redacted] other=u8", || {
        let _ = generic(Secret, 1_u8);
    });

    #[trigger_event("redaction:raw", redact(r#type))]
    fn raw(r#type: &Secret) {
        let _ = r#type;
    }
    assert_data("redaction:raw", "type=[redacted]", || raw(&Secret));
}

#[trigger_event("redaction:block", redact(password), skip(large))]
mod block {
    use super::Secret;

    pub(super) fn log_in(password: Secret, n: u8) {
        let _ = (password, n);
    }

    pub(super) fn other(n: u8, large: &[u8]) {
        let _ = (n, large);
    }
}

#[test]
fn block_redacts_the_argument_of_each_function() {
    assert_data("redaction:block", "password=[redacted] n=1", || {
        block::log_in(Secret, 1);
    });
    assert_data("redaction:block", "n=2", || block::other(2, &[]));
}

#[test]
fn field_of_a_struct_is_replaced_and_never_formatted() {
    #[derive(EventData)]
    struct Login {
        user: String,
        #[data(redact)]
        #[expect(dead_code, reason = "its value is not read")]
        password: Secret,
        #[data(redact, rename = "api.key")]
        #[expect(dead_code, reason = "its value is not read")]
        key: Secret,
    }
    let login = || Login {
        user: "me".to_owned(),
        password: Secret,
        key: Secret,
    };
    assert_data(
        "redaction:derive",
        r#"user="me" password=[redacted] api.key=[redacted]"#,
        || trigger_event("redaction:derive", login(), || {}),
    );
}
