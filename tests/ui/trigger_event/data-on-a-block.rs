use event_core::trigger_event;

#[trigger_event("ui:kind", data(length = text.len()))]
mod work {
    pub fn work(text: &str) {
        let _ = text;
    }
}

fn main() {
    work::work("");
}
