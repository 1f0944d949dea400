use event_core::Listener;

#[derive(Listener)]
#[listen("ui:kind", on_end = Self::ended)]
struct Progress;

fn main() {
    drop(event_core::install(Progress));
}
