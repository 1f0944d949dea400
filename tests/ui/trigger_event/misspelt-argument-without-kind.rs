use event_core::trigger_event;

#[trigger_event(ret, skpi(password))]
fn work(password: &str) -> usize {
    password.len()
}

fn main() {
    work("");
}
