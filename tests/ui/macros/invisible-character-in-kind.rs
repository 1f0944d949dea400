use event_core::scope;

fn main() {
    scope!("app:\u{202e}x"; {});
}
