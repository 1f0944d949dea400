use event_core::scope;

fn main() {
    let kind = event_core::Kind::from_static("ui:kind");
    scope!(kind, n = 1; {});
}
