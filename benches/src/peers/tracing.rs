//! tracing: `#[instrument]`, under every sort of subscriber.

use std::any::Any;

use tracing::subscriber::set_global_default;
use tracing_chrome::ChromeLayerBuilder;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt as _;

pub use self::subscribers::{Answers, IdleLayer, IdleSubscriber, RecordingLayer};
use crate::body::{hash, repeat};
use crate::scenario::{Group, Scenario};

mod subscribers;

const fn scenario(group: Group, name: &'static str, label: &'static str) -> Scenario {
    Scenario::new(group, name, label, |calls| repeat(calls, work))
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(Group::Unheard, "tracing-off", "tracing, no subscriber"),
    scenario(
        Group::Unheard,
        "tracing-never",
        "tracing, a subscriber that said never",
    )
    .with(|| global(Answers::Never)),
    scenario(
        Group::Unheard,
        "tracing-sometimes",
        "tracing, one that says sometimes",
    )
    .with(|| global(Answers::Sometimes)),
    scenario(
        Group::Heard,
        "tracing-idle",
        "tracing, a `Subscriber` that does nothing",
    )
    .with(|| Box::new(set_global_default(IdleSubscriber))),
    scenario(
        Group::Heard,
        "tracing-registry",
        "tracing, a `Registry` with an idle layer",
    )
    .with(|| Box::new(set_global_default(Registry::default().with(IdleLayer)))),
    scenario(
        Group::Recorded,
        "tracing-recorder",
        "tracing, a recording layer (formatted, `Mutex<Vec>`)",
    )
    .with(|| Box::new(record())),
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

fn global(answers: Answers) -> Box<dyn Any> {
    Box::new(set_global_default(answers))
}

/// Makes a recording layer the process's subscriber.
///
/// # Errors
///
/// Returns an error when the process has a subscriber.
pub fn record() -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    set_global_default(Registry::default().with(RecordingLayer::default()))
}

/// The function with the attribute.
#[inline(never)]
#[tracing::instrument]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    hash(a, b)
}
