use event_core::{Event, install_listener};

fn main() {
    let _installed = install_listener("app:*", |event: &Event<'_>| println!("{event}"));
}
