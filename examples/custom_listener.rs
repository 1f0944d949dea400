//! A custom listener, which counts calls and failures by kind.
//!
//! Run it with `cargo run --example custom_listener`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use event_core::{Event, Kind, Listener, install_listener, trigger_event};

#[derive(Default)]
struct Tally(Mutex<BTreeMap<Kind, (u32, u32)>>);

impl Listener for Tally {
    fn on_start(&self, _: &Event<'_>) {}

    fn on_end(&self, event: &Event<'_>) {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, failures) = tally.entry(event.kind()).or_default();
        *calls += 1;
        *failures += u32::from(event.is_failed());
    }

    fn wants_data(&self) -> bool {
        false // avoids capturing the arguments
    }
}

#[trigger_event("app:divide")]
fn divide(a: i32, b: i32) -> i32 {
    a / b
}

fn main() {
    let tally = install_listener("app:*", Tally::default());
    assert_eq!(divide(6, 3), 2);
    let outcome = std::panic::catch_unwind(|| divide(1, 0));
    assert!(
        outcome.is_err(),
        "`divide` panics as it would without the attribute"
    );
    trigger_event("app:total", (), || println!("6 / 3 = 2"));

    let tally = tally.0.lock().unwrap_or_else(PoisonError::into_inner);
    for (kind, (calls, failures)) in &*tally {
        println!("{kind}: {calls} calls, {failures} failed");
    }
    assert_eq!(tally[&Kind::from_static("app:divide")], (2, 1));
    assert_eq!(tally[&Kind::from_static("app:total")], (1, 0));
}
