use event_core::trigger_event;

#[trigger_event(follows_from = causes)]
fn work(causes: &[u64]) -> usize {
    causes.len()
}

fn main() {
    work(&[]);
}
