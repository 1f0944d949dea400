//! puffin: a profiling scope around the body, inside a frame.

use std::sync::{Arc, Mutex, PoisonError};

use puffin::{FrameData, GlobalProfiler};

use super::in_batches;
use crate::body::{Work, hash, repeat};
use crate::scenario::{Group, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        Group::Disabled,
        "puffin-off",
        "puffin, scopes off",
        |calls| {
            repeat(calls, work);
        },
    ),
    Scenario::new(
        Group::Enabled,
        "puffin",
        "puffin, in a frame (no arguments)",
        |calls| {
            in_frames(calls, work);
        },
    )
    .with(|| {
        puffin::set_scopes_on(true);
        Box::new(())
    }),
    Scenario::new(
        Group::Recorded,
        "puffin-data",
        "puffin, a data string, frames kept",
        |calls| in_frames(calls, with_data),
    )
    .with(|| {
        puffin::set_scopes_on(true);
        let keep = |frame: Arc<FrameData>| {
            FRAMES
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(frame);
        };
        Box::new(GlobalProfiler::lock().add_sink(Box::new(keep)))
    }),
];

static FRAMES: Mutex<Vec<Arc<FrameData>>> = Mutex::new(Vec::new());

fn in_frames(calls: u64, work: Work) {
    in_batches(calls, |calls| {
        {
            puffin::profile_scope!("frame");
            repeat(calls, work);
        }
        GlobalProfiler::lock().new_frame();
    });
}

/// The measured function in a scope.
#[inline(never)]
#[must_use]
pub fn work(a: u64, b: &str) -> u64 {
    puffin::profile_function!();
    hash(a, b)
}

/// The measured function in a scope, with both arguments as text.
#[inline(never)]
#[must_use]
pub fn with_data(a: u64, b: &str) -> u64 {
    puffin::profile_function!(format!("a={a} b={b}"));
    hash(a, b)
}
