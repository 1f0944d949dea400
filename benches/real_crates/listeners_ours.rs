//! The listeners of this project.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};

use event_core::{Event, Listener, RecordingListener, install_listener};
use event_export::{ChromeTrace, FlameGraph, Summary};

const KIND: &str = "bench:work";

static CALLS: AtomicU64 = AtomicU64::new(0);

struct Idle;

impl Listener for Idle {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

struct IdleStart;

impl Listener for IdleStart {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}

    fn wants_end_data(&self) -> bool {
        false
    }
}

struct Count;

impl Listener for Count {
    fn on_start(&self, _: &Event<'_>) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, _: &Event<'_>) {}
}

pub fn install(name: &str) -> Box<dyn Any> {
    match name {
        "none" => Box::new(()),
        "count" => Box::new(install_listener(KIND, Count)),
        "idle" => Box::new(install_listener(KIND, Idle)),
        "idle-start" => Box::new(install_listener(KIND, IdleStart)),
        "recorder" => Box::new(install_listener(KIND, RecordingListener::new())),
        "summary" => Box::new(install_listener(KIND, Summary::new())),
        "flame" => Box::new(install_listener(KIND, FlameGraph::new())),
        "chrome" => Box::new(install_listener(
            KIND,
            ChromeTrace::to_writer(std::io::sink()),
        )),
        other => panic!("unknown listener {other}"),
    }
}

pub fn finish(installed: Box<dyn Any>) {
    if CALLS.load(Ordering::Relaxed) > 0 {
        println!("{}", CALLS.load(Ordering::Relaxed));
    }
    std::mem::forget(installed); // uninstalling is not measured
}
