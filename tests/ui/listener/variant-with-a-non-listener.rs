use event_core::Listener;

#[derive(Listener)]
enum Progress {
    Number(u8),
}

fn main() {}
