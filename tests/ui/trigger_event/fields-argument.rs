use event_core::trigger_event;

#[trigger_event(skip_all, fields(user.id = 3, rows))]
fn work(rows: u8) -> u8 {
    rows
}

fn main() {
    work(1);
}
