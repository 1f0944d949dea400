//! The peers' `async fn`s.

use std::any::Any;

use tracing::subscriber::set_global_default;

use crate::body::repeat;
use crate::futures::{POLLS, disabled, enabled, futures};
use crate::scenario::Scenario;
use crate::subscribers::IdleSubscriber;

pub(crate) const SCENARIOS: &[Scenario] = &[
    disabled(
        "tracing-future",
        "tracing: created and polled once, no subscriber",
        |calls| repeat(calls, tracing_once),
    )
    .above("bare-future"),
    disabled(
        "tracing-future-long",
        "tracing: each of nine polls, no subscriber",
        |calls| repeat(calls, tracing_long),
    )
    .above("bare-future-long")
    .polls(POLLS),
    disabled(
        "fastrace-future",
        "fastrace: created and polled once, no parent span",
        |calls| repeat(calls, fastrace_once),
    )
    .above("bare-future"),
    disabled(
        "fastrace-future-long",
        "fastrace: each of nine polls, no parent span",
        |calls| repeat(calls, fastrace_long),
    )
    .above("bare-future-long")
    .polls(POLLS),
    enabled(
        "tracing-future-idle",
        "tracing: created and polled once, a `Subscriber` that does nothing",
        |calls| repeat(calls, tracing_once),
    )
    .above("bare-future")
    .with(install_tracing),
    enabled(
        "tracing-future-long-idle",
        "tracing: each of nine polls, a `Subscriber` that does nothing",
        |calls| repeat(calls, tracing_long),
    )
    .above("bare-future-long")
    .polls(POLLS)
    .with(install_tracing),
];

fn install_tracing() -> Box<dyn Any> {
    Box::new(set_global_default(IdleSubscriber))
}

futures! {
    #[tracing::instrument] tracing_once tracing_long traced;
    #[fastrace::trace] fastrace_once fastrace_long fast_traced;
}
