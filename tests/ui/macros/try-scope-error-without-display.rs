use event_core::try_scope;

struct Silent;

fn main() {
    let _ = try_scope!("ui:kind"; { Err::<(), _>(Silent) });
}
