use event_core::Listener;

#[derive(Listener)]
union Told {
    number: u8,
}

fn main() {}
