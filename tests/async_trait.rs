//! The attribute with `#[async_trait]`: on single functions, or on the block above or below it.

mod support;

use async_trait::async_trait;
use event_core::{Cause, local, trigger_event};
use futures::FutureExt;
use futures::executor::block_on;
use support::{assert_send, events, yield_times};

#[async_trait]
trait Store: Sync {
    async fn get(&self, key: &str, a: u8, b: u8) -> Result<u8, String>;
    async fn put(&mut self, key: String) -> usize;
    async fn take(self: Box<Self>) -> u8;
    #[trigger_event("async_trait:provided", ret)]
    async fn provided(&self, n: u8) -> u8 {
        yield_times(1).await;
        n
    }
}

macro_rules! store {
    ($name:ident) => {
        struct $name(Vec<String>);
    };
}
store!(Inside);

#[async_trait]
impl Store for Inside {
    #[trigger_event("async_trait:inside", ret, err)]
    async fn get(&self, key: &str, a: u8, b: u8) -> Result<u8, String> {
        yield_times(1).await;
        let n: u8 = key.parse::<u8>().map_err(|error| error.to_string())?;
        Ok(n + a + b)
    }
    #[trigger_event("async_trait:inside")]
    async fn put(&mut self, key: String) -> usize {
        self.0.push(key);
        self.0.len()
    }
    #[trigger_event("async_trait:inside", data(len = self.0.len()))]
    async fn take(self: Box<Self>) -> u8 {
        yield_times(1).await;
        1
    }
    #[trigger_event("async_trait:inside", data(own = self.0.len()))]
    async fn provided(&self, n: u8) -> u8 {
        n
    }
}

store!(Above);

#[trigger_event("async_trait:above", ret, err)]
#[async_trait]
impl Store for Above {
    async fn get(&self, key: &str, a: u8, b: u8) -> Result<u8, String> {
        yield_times(1).await;
        let n: u8 = key.parse::<u8>().map_err(|error| error.to_string())?;
        Ok(n + a + b)
    }
    async fn put(&mut self, key: String) -> usize {
        self.0.push(key);
        self.0.len()
    }
    async fn take(self: Box<Self>) -> u8 {
        yield_times(1).await;
        1
    }
}

store!(Below);

#[async_trait]
#[trigger_event("async_trait:below", ret, err)]
impl Store for Below {
    async fn get(&self, key: &str, a: u8, b: u8) -> Result<u8, String> {
        yield_times(1).await;
        let n: u8 = key.parse::<u8>().map_err(|error| error.to_string())?;
        Ok(n + a + b)
    }
    async fn put(&mut self, key: String) -> usize {
        self.0.push(key);
        self.0.len()
    }
    async fn take(self: Box<Self>) -> u8 {
        yield_times(1).await;
        1
    }
}

fn check(kind: &'static str, ty: &str, mut store: impl Store + 'static) {
    let recorder = local::install_recorder(kind);
    assert_eq!(block_on(assert_send(store.get("1", 2, 3))), Ok(6));
    assert!(block_on(store.get("x", 2, 3)).is_err());
    assert_eq!(block_on(store.put("k".into())), 1);
    drop(store.get("never polled", 0, 0));
    assert!(store.get("1", 0, 0).now_or_never().is_none());
    let lines = recorder.lines();
    assert_eq!(lines.len(), 8, "{lines:#?}");
    assert_eq!(
        lines[0],
        format!("START {kind} <{ty} as Store>::get key=\"1\" a=2 b=3")
    );
    assert_eq!(
        lines[1],
        format!("END {kind} <{ty} as Store>::get key=\"1\" a=2 b=3 return=6")
    );
    assert_eq!(
        lines[3],
        format!(
            "END {kind} <{ty} as Store>::get key=\"x\" a=2 b=3 failed: error: invalid digit found in string"
        )
    );
    assert!(lines[5].starts_with(&format!("END {kind} <{ty} as Store>::put key=\"k\"")));
    let cancelled = &recorder.buffer()[7].1;
    assert_eq!(
        cancelled.exc_details().map(event_core::ExcDetails::cause),
        Some(Cause::Cancelled)
    );
    recorder.clear();
    assert_eq!(block_on(Box::new(store).take()), 1);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn annotated_functions_in_an_async_trait_impl_emit_events() {
    check("async_trait:inside", "Inside", Inside(vec![]));
}
#[test]
fn attribute_above_async_trait_instruments_the_block() {
    check("async_trait:above", "Above", Above(vec![]));
}
#[test]
fn attribute_below_async_trait_instruments_the_block() {
    check("async_trait:below", "Below", Below(vec![]));
}

#[test]
fn provided_functions_of_an_async_trait_emit_events() {
    let recorder = local::install_recorder("async_trait:provided");
    assert_eq!(block_on(Above(vec![]).provided(3)), 3);
    assert_eq!(
        recorder.lines(),
        [
            "START async_trait:provided Store::provided n=3",
            "END async_trait:provided Store::provided n=3 return=3"
        ]
    );
    let recorder = local::install_recorder("async_trait:inside");
    assert_eq!(block_on(Inside(vec![]).provided(3)), 3);
    assert_eq!(
        recorder.lines()[0],
        "START async_trait:inside <Inside as Store>::provided n=3 own=0"
    );
}

#[trigger_event("async_trait:trait_above")]
#[async_trait(?Send)]
trait OneThread {
    async fn required(&self) -> u8;
    async fn generic<'a, T: 'a>(&'a self, t: &'a T) -> &'a T {
        t
    }
    async fn question(&self, text: &str) -> Result<u8, Box<dyn std::error::Error>> {
        Ok(text.parse::<u8>()?)
    }
    fn not_async(&self) {}
}
#[async_trait(?Send)]
#[trigger_event("async_trait:trait_below")]
trait OneThread2 {
    async fn required(&self) -> u8;
    async fn generic<'a, T: 'a>(&'a self, t: &'a T) -> &'a T {
        t
    }
    async fn question(&self, text: &str) -> Result<u8, Box<dyn std::error::Error>> {
        Ok(text.parse::<u8>()?)
    }
    fn not_async(&self) {}
}
struct S;
#[async_trait(?Send)]
impl OneThread for S {
    async fn required(&self) -> u8 {
        1
    }
}
#[async_trait(?Send)]
impl OneThread2 for S {
    async fn required(&self) -> u8 {
        1
    }
}

#[test]
fn attribute_on_a_trait_works_above_and_below_async_trait() {
    let above = local::install_recorder("async_trait:trait_above");
    let below = local::install_recorder("async_trait:trait_below");
    block_on(async {
        OneThread::required(&S).await;
        OneThread::generic(&S, &3).await;
        OneThread::question(&S, "x").await.unwrap_err();
    });
    OneThread::not_async(&S);
    block_on(async {
        OneThread2::required(&S).await;
        OneThread2::generic(&S, &3).await;
        OneThread2::question(&S, "x").await.unwrap_err();
    });
    OneThread2::not_async(&S);
    assert_eq!(above.len(), 6);
    assert_eq!(below.len(), 6);
    let names: Vec<_> = events(&below)
        .iter()
        .map(|event| event.site().unwrap().function())
        .collect();
    assert_eq!(
        names,
        [
            "generic",
            "generic",
            "question",
            "question",
            "not_async",
            "not_async"
        ]
    );
    assert!(
        below.lines()[0].starts_with("START async_trait:trait_below OneThread2::generic t="),
        "{:?}",
        below.lines()
    );
}
