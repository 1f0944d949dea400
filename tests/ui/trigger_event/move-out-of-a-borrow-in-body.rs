use event_core::trigger_event;

#[trigger_event("ui:kind")]
fn work(list: &Vec<u8>) -> Vec<u8> {
    *list
}

fn main() {
    work(&vec![]);
}
