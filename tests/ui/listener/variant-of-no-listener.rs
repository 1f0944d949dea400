use event_core::Listener;

#[derive(Listener)]
enum Told {
    Number(u8),
}

fn main() {}
