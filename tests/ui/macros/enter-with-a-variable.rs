use event_core::enter;

fn work(kind: event_core::Kind) {
    let _guard = enter!(kind);
}

fn main() {
    work("ui:kind".into());
}
