//! tracing: `#[instrument]` under each kind of subscriber, and spans that are entered by hand.

use std::any::Any;

use tracing::subscriber::set_global_default;
use tracing_chrome::ChromeLayerBuilder;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};
use crate::subscribers::{
    IdleLayer, IdleSubscriber, RecordingLayer, TypedRecordingLayer, Uninterested,
};

const fn scenario(group: Group, name: &'static str, label: &'static str) -> Scenario {
    Scenario::new(group, name, label, |calls| repeat(calls, work))
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(Group::Disabled, "tracing-off", "tracing, no subscriber"),
    scenario(
        Group::Disabled,
        "tracing-never",
        "tracing, a subscriber that answers `Interest::never`",
    )
    .with(|| set_global(Uninterested::Never)),
    scenario(
        Group::Disabled,
        "tracing-sometimes",
        "tracing, a subscriber that answers `Interest::sometimes`",
    )
    .with(|| set_global(Uninterested::Sometimes)),
    scenario(
        Group::Enabled,
        "tracing-idle",
        "tracing, a `Subscriber` that does nothing",
    )
    .with(|| Box::new(set_global_default(IdleSubscriber))),
    scenario(
        Group::Enabled,
        "tracing-registry",
        "tracing, a `Registry` with an idle layer",
    )
    .with(|| Box::new(set_global_default(Registry::default().with(IdleLayer)))),
    Scenario::new(
        Group::DisabledForm,
        "tracing-in-scope",
        "tracing: `in_scope`, no subscriber",
        |calls| repeat(calls, in_scope),
    ),
    Scenario::new(
        Group::DisabledForm,
        "tracing-entered",
        "tracing: `entered`, no subscriber",
        |calls| repeat(calls, entered),
    ),
    Scenario::new(
        Group::EnabledForm,
        "tracing-in-scope-idle",
        "tracing: `in_scope`, a `Subscriber` that does nothing",
        |calls| repeat(calls, in_scope),
    )
    .with(|| Box::new(set_global_default(IdleSubscriber))),
    Scenario::new(
        Group::EnabledForm,
        "tracing-entered-idle",
        "tracing: `entered`, a `Subscriber` that does nothing",
        |calls| repeat(calls, entered),
    )
    .with(|| Box::new(set_global_default(IdleSubscriber))),
    scenario(
        Group::Recorded,
        "tracing-recorder",
        "tracing, a recording layer (formatted, `Mutex<Vec>`)",
    )
    .with(|| Box::new(install_recorder())),
    scenario(
        Group::Recorded,
        "tracing-recorder-typed",
        "tracing, a recording layer (typed, thread-local)",
    )
    .with(|| {
        let subscriber = Registry::default().with(TypedRecordingLayer);
        Box::new(set_global_default(subscriber))
    }),
    scenario(
        Group::Recorded,
        "tracing-chrome",
        "tracing-chrome, to a sink",
    )
    .with(|| {
        let builder = ChromeLayerBuilder::new()
            .writer(std::io::sink())
            .include_args(true);
        let (layer, guard) = builder.build();
        let set = set_global_default(Registry::default().with(layer));
        Box::new((set, guard))
    }),
];

fn set_global(subscriber: Uninterested) -> Box<dyn Any> {
    Box::new(set_global_default(subscriber))
}

/// Installs a recording layer as the global subscriber.
///
/// # Errors
///
/// Returns an error if the process already has a global subscriber.
pub fn install_recorder() -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    set_global_default(Registry::default().with(RecordingLayer::default()))
}

/// The measured function with the attribute.
#[inline(never)]
#[tracing::instrument]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}

/// The measured function inside `Span::in_scope`.
#[inline(never)]
#[must_use]
pub fn in_scope(a: u64, b: &str) -> u64 {
    tracing::info_span!("work", a, b).in_scope(|| hash(a, b))
}

/// The measured function under an entered span.
#[inline(never)]
#[must_use]
pub fn entered(a: u64, b: &str) -> u64 {
    let _span = tracing::info_span!("work", a, b).entered();
    hash(a, b)
}
