use event_core::trigger_event;

#[trigger_event("ui:kind", skip(pth))]
mod work {
    pub fn work(path: &str) {
        let _ = path;
    }
}

fn main() {
    work::work("");
}
