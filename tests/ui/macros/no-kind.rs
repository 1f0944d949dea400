use event_core::scope;

fn main() {
    scope!({});
}
