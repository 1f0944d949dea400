use event_core::try_scope;

fn main() {
    let _ = try_scope!("ui:kind", n = 1; { 2 });
}
