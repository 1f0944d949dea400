use event_core::Listener;

#[derive(Listener)]
union Progress {
    number: u8,
}

fn main() {}
