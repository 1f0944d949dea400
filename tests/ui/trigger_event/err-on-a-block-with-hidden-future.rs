use event_core::trigger_event;
use std::{future::Future, pin::Pin};

type Reply = Pin<Box<dyn Future<Output = Result<u8, String>>>>;
struct Client;
#[trigger_event("ui:kind", err)]
impl Client {
    fn send(&self) -> Reply {
        Box::pin(async { Ok(1) })
    }
    fn close(&self) -> Result<(), String> {
        Ok(())
    }
}
fn main() {
    drop((Client.send(), Client.close()));
}
