use event_core::trigger_event;

struct NoDisplay;

#[trigger_event("ui:kind", skip_all, data(it = %it))]
fn work(it: &NoDisplay) {
    let _ = it;
}

fn main() {
    work(&NoDisplay);
}
