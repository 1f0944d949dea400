use event_core::scope;

fn main() {
    scope!("ui:kind", n = 1);
}
