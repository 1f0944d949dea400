//! scratch
use event_core::*;
use std::fmt::Debug;
#[trigger_event("t:a")]
fn add(a: u64, mut b: u64, _: String, c: &str, (d, _e): (u8, Vec<u8>)) -> u64 { b += a; let _ = (c, d); b }
struct NoDebug;
#[trigger_event("t:a", ret, err)]
fn res(x: NoDebug, y: &[u64], z: Vec<String>) -> Result<u64, std::num::ParseIntError> { let _ = (&x, y, &z); Ok("x".parse::<u64>()?) }
#[trigger_event("t:a", ret)]
fn gen_<T: Debug + Copy, U>(t: T, u: U) -> (T, U) { (t, u) }
#[trigger_event("t:a")]
fn boxed(n: u32) -> Result<u32, Box<dyn std::error::Error>> { if n == 1 { return Err("one".into()); } Ok("3".parse::<u32>()? + n) }
#[trigger_event("t:a", ret, err)]
async fn asy(n: u32, s: &str) -> Result<u32, Box<dyn std::error::Error>> { if n == 1 { return Err("one".into()); } let _ = s; Ok("3".parse::<u32>()? + n) }
#[trigger_event("t:a")]
#[track_caller]
fn tracked() -> u32 { std::panic::Location::caller().line() }
#[trigger_event("t:a")]
fn imp() -> impl Fn(&str) -> &str { |s| s }
struct S { items: Vec<u32> }
impl S {
    #[trigger_event("t:a", data(self = ?1, n = self.items.len(), first = self.items.first()))]
    fn get(&mut self, k: usize) -> &mut u32 { &mut self.items[k] }
    #[trigger_event("t:a", skip(self_), ret)]
    fn own(self, self_: u32) -> Vec<u32> { let _ = self_; self.items }
    #[trigger_event("t:a")]
    fn never(&self) -> ! { panic!("never {}", 1) }
}
#[trigger_event("t:outer")]
#[trigger_event("t:inner", skip_all)]
fn nested(_x: u32) {}
#[test]
fn x() {
    let r = local::install_recorder("t:*");
    let _ = add(1, 2, "s".into(), "c", (1, vec![2]));
    let _ = res(NoDebug, &[1], vec!["a".into()]);
    gen_(1.5f32, NoDebug).1;
    let _ = boxed(1);
    assert_eq!(tracked(), line!());
    imp()("x");
    let mut s = S { items: vec![1, 2] };
    *s.get(1) = 2;
    let _ = std::panic::catch_unwind(|| s.never());
    s.own(3);
    nested(3);
    let mut f = Box::pin(asy(1, "x"));
    let w = std::task::Waker::noop();
    let _ = f.as_mut().poll(&mut std::task::Context::from_waker(w)).is_ready();
    trigger_event("t:b", data! { n = 3, s = "x", r = ?3, t = %4 }, || {});
    for (_, e) in r.buffer() { println!("{e}  {:?} {:?} {:?}", e.id(), e.parent(), e.site().map(|s| (s.function(), s.line()))); }
}
