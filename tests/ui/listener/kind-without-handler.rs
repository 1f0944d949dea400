use event_core::Listener;

#[derive(Listener)]
#[listen("ui:kind")]
struct Progress;

fn main() {
    drop(event_core::install(Progress));
}
