//! Measures the total time of all calls of a kind.
//!
//! Run it with `cargo run --example time`.

use std::thread::sleep;
use std::time::Duration;

use event_core::{TimingListener, install_listener, install_timer, trigger_event};

#[trigger_event("app:render")]
fn render(depth: u32) {
    sleep(Duration::from_millis(5));
    if depth > 0 {
        render(depth - 1); // a nested call is not counted twice
    }
}

fn main() {
    let mut taken = None;
    {
        let _timer = install_timer("app:render", |duration| taken = Some(duration));
        render(3);
    } // dropping the timer runs the callback
    let taken = taken.expect("the calls were measured");
    println!("render took {taken:?}");
    assert!(taken >= Duration::from_millis(20));

    let timer = install_listener("app:render", TimingListener::new());
    assert!(!timer.done());
    render(0);
    render(0);
    println!("two more took {:?}", timer.duration());
    assert!(timer.duration() >= Some(Duration::from_millis(10)));
}
