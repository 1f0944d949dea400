use event_core::trigger_event;

struct NoDebug;

#[trigger_event("ui:kind", skip_all, data(it = ?it))]
fn work(it: &NoDebug) {
    let _ = it;
}

fn main() {
    work(&NoDebug);
}
