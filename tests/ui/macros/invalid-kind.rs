use event_core::{enter, scope};

fn main() {
    scope!("ui:*"; {});
    let _guard = enter!("");
}
