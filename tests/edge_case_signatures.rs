//! Unusual signatures and renamed attributes compile, and each call is one scope.
#![allow(
    dead_code,
    unused,
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    ungated_async_fn_track_caller,
    reason = "unusual code is under test"
)]

mod support;

use event_core::trigger_event as traced;
use event_core::*;
use std::fmt::Debug;
use support::{expect_scopes, starts};

#[test]
fn renamed_attributes_nest_innermost_first() {
    #[traced("edge_cases:a")]
    #[traced("edge_cases:b")]
    fn f(_: u8, n: u8) {}
    let recorder = local::install_recorder("edge_cases:*");
    f(1, 2);
    let lines = recorder.lines();
    assert_eq!(
        lines,
        [
            "START edge_cases:b f n=2",
            "START edge_cases:a f n=2",
            "END edge_cases:a f n=2",
            "END edge_cases:b f n=2"
        ]
    );
}
#[test]
fn conditional_attributes_nest_outermost_first() {
    #[trigger_event("edge_cases:c")]
    #[cfg_attr(all(), trigger_event("edge_cases:d"))]
    fn f(_: u8, n: u8) {}
    let recorder = local::install_recorder("edge_cases:*");
    f(1, 2);
    let lines = recorder.lines();
    assert_eq!(
        lines,
        [
            "START edge_cases:c f n=2",
            "START edge_cases:d f n=2",
            "END edge_cases:d f n=2",
            "END edge_cases:c f n=2"
        ]
    );
}
#[test]
fn conditional_attribute_can_be_the_only_one() {
    #[cfg_attr(all(), trigger_event("edge_cases:e"))]
    #[cfg_attr(any(), trigger_event("edge_cases:f"))]
    fn f(_: u8, n: u8) {}
    f(1, 2);
}
#[trigger_event("edge_cases:x")]
fn copy_generic<T: Copy + Debug + Sync>(t: T) -> T {
    t
}
#[trigger_event("edge_cases:x")]
fn boxed_debug(t: Box<dyn Debug + Sync>) -> Box<dyn Debug + Sync> {
    t
}
#[trigger_event("edge_cases:x")]
fn any(a: &dyn std::any::Any, f: &mut dyn FnMut(u8) -> u8, g: &mut impl FnMut()) -> u8 {
    g();
    f(1)
}
#[trigger_event("edge_cases:x")]
fn rest(
    [a, rest @ ..]: [u8; 3],
    &mut (b, ref mut c): &mut (u8, u8),
    &(ref d, _): &(String, u8),
) -> u8 {
    *c += b;
    a + rest[0] + d.len() as u8
}
#[trigger_event("edge_cases:x")]
fn rest_slice(&[a, ref rest @ ..]: &[u8; 3]) -> u8 {
    a + rest[0]
}
#[trigger_event("edge_cases:x")]
fn dyn_fn() -> Option<Box<dyn Fn(&str) -> &str>> {
    Some(Box::new(|s| s))
}
type R<T> = Result<T, Box<dyn std::error::Error>>;
#[trigger_event("edge_cases:x", ret, err)]
fn alias(x: &str) -> R<u8> {
    Ok(x.parse()?)
}
#[trigger_event("edge_cases:x")]
fn hr<'a, T, U>(v: &'a mut Vec<T>, f: impl for<'b> FnOnce(&'b mut T) -> &'b U) -> &'a U {
    f(&mut v[0])
}
#[trigger_event("edge_cases:x")]
fn use_capture<'a, T>(v: &'a [T]) -> impl Iterator<Item = &'a T> + use<'a, T> {
    v.iter()
}
#[trigger_event("edge_cases:x")]
fn ret_closure_move(mut v: Vec<u8>) -> impl FnOnce() -> Vec<u8> {
    move || {
        v.push(1);
        v
    }
}
#[trigger_event("edge_cases:x")]
fn late_init(n: u8) -> u8 {
    let x;
    if n > 1 {
        x = 1
    } else {
        x = 2
    }
    x
}
#[trigger_event("edge_cases:x")]
fn loops(n: &mut u8) {
    loop {
        *n += 1;
        if *n > 3 { break } else { continue }
    }
}
#[trigger_event("edge_cases:x", data(self = 1, a = 2))]
fn key_named_self() {}
#[trigger_event("edge_cases:x", data(n = "3".parse::<u8>().unwrap_or(3), d = Some(1).unwrap_or_default(), e = [1, 2].iter().map(|x| x + 1).collect::<Vec<_>>()))]
fn exprs() {}
struct G<T>(T);
impl<T> G<T>
where
    T: Iterator,
{
    #[trigger_event("edge_cases:x", ret)]
    fn assoc(&mut self) -> Option<T::Item> {
        self.0.next()
    }
    #[trigger_event("edge_cases:x")]
    fn disjoint(&mut self, f: impl Fn(&mut T)) -> &mut Self {
        f(&mut self.0);
        self
    }
    #[trigger_event("edge_cases:x")]
    fn chain(mut self, n: usize) -> G<std::iter::Skip<T>> {
        G(self.0.skip(n))
    }
}
mod vis {
    use event_core::trigger_event;
    #[trigger_event("edge_cases:x")]
    pub(in crate::vis) fn f() {}
    #[trigger_event("edge_cases:x")]
    pub fn g() {
        f()
    }
}
#[trigger_event("edge_cases:x")]
fn fn_in_const() -> u8 {
    const N: usize = {
        const fn k() -> usize {
            3
        }
        k()
    };
    [0u8; N].len() as u8
}
#[trigger_event("edge_cases:x")]
fn shadow_args(a: u8, b: u8) -> u8 {
    let a = a + b;
    let b = |a: u8| a + 1;
    b(a)
}
#[trigger_event("edge_cases:x")]
fn nested_return_closure(v: &[u8]) -> Option<u8> {
    let f = || -> Option<u8> { Some(*v.first()?) };
    f()
}
#[trigger_event("edge_cases:x")]
fn let_else(v: Option<u8>) -> u8 {
    let Some(v) = v else { return 0 };
    v
}
#[trigger_event("edge_cases:x")]
fn lifetime_struct<'s>(s: &'s str) -> std::str::Split<'s, char> {
    s.split(',')
}
#[trigger_event("edge_cases:x")]
fn cow<'a>(s: std::borrow::Cow<'a, str>) -> std::borrow::Cow<'a, str> {
    s
}
#[trigger_event("edge_cases:x")]
fn arr<const N: usize>(a: &mut [u8; N]) -> &mut [u8] {
    &mut a[..N]
}
#[trigger_event("edge_cases:x")]
fn tup(a: (u8,), (): (), ((b, c), [d]): ((u8, u8), [u8; 1])) -> u8 {
    a.0 + b + c + d
}
#[trigger_event("edge_cases:x")]
fn unsized_ret<'a>(a: &'a dyn Debug) -> &'a dyn Debug {
    a
}
#[trigger_event("edge_cases:x")]
fn coerce(n: u8) -> Box<[u8]> {
    if n == 0 {
        return Box::new([1, 2]);
    }
    Box::new([1])
}
#[trigger_event("edge_cases:x")]
fn two_phase(v: &mut Vec<usize>) {
    v.push(v.len())
}
#[trigger_event("edge_cases:x")]
async fn async_pat((mut a, _): (u8, u8), [b, ..]: [u8; 2], _: String) -> u8 {
    a += b;
    a
}
#[trigger_event("edge_cases:x")]
async fn async_impl<T: Debug>(f: impl AsyncFn(u8) -> T) -> impl Debug {
    f(1).await
}
#[trigger_event("edge_cases:x")]
async fn async_dyn(n: u8) -> Box<dyn Debug + Send> {
    if n == 1 {
        return Box::new(1);
    }
    Box::new("x")
}
#[trigger_event("edge_cases:x", err, ret)]
async fn async_res_impl(n: u8) -> Result<impl Iterator<Item = u8>, String> {
    if n == 1 {
        return Err("x".into());
    }
    Ok(0..n)
}
#[trigger_event("edge_cases:x")]
#[must_use]
async fn async_ref<'a>(v: &'a mut Vec<String>, n: &str) -> Option<&'a mut String> {
    v.iter_mut().find(|s| *s == n)
}
#[trigger_event("edge_cases:x")]
#[track_caller]
async fn async_tracked() -> u8 {
    1
}
#[trigger_event("edge_cases:x")]
async fn async_unit() {}
#[trigger_event("edge_cases:x")]
async fn async_cl(v: Vec<u8>) -> u8 {
    let f = async || v[0];
    f().await
}
#[trigger_event("edge_cases:x")]
async fn async_stmt_tail(n: u8) -> u8 {
    if n > 1 {
        return 1;
    }
    return 2;
}
#[trigger_event("edge_cases:x")]
fn gen_default<T: Default>() -> T {
    T::default()
}
#[trigger_event("edge_cases:x")]
#[allow(clippy::all)]
fn r#async(r#fn: u8, r#self_: u8) -> u8 {
    r#fn
}
#[trigger_event("edge_cases:x")]
fn sized<T>(t: T)
where
    T: Sized,
    for<'a> &'a T: Debug,
{
}
#[trigger_event("edge_cases:x")]
fn static_ref(s: &'static str, t: &'static mut [u8]) -> (&'static str, &'static mut [u8]) {
    (s, t)
}
#[trigger_event(r"edge_cases:x")]
fn raw_literal() {}
#[trigger_event("edge_cases:x")]
fn trailing_comma() {}
#[trigger_event("edge_cases:x", data())]
fn empty_data() {}
macro_rules! m { ($f:ident, $t:ty, $e:expr, $p:pat, $a:ident, $v:vis, $l:literal) => { #[trigger_event($l, data(x = $e, y = $a))] $v fn $f($p: $t, $a: u8) -> u8 { let _ = $e; $a } } }
m!(made, (u8, u8), 1 + 1, (q, _), w, pub(crate), "edge_cases:x");
macro_rules! item {
    ($i:item) => {
        #[trigger_event("edge_cases:x")]
        $i
    };
}
item! { fn as_item(n: u8) -> u8 { n } }
macro_rules! tts { ($($t:tt)*) => { #[trigger_event("edge_cases:x")] $($t)* } }
tts! { fn as_tts(n: u8) -> u8 { n } }
macro_rules! meths { ($($n:ident $s:ident)*) => { impl G<u8> { $( #[trigger_event("edge_cases:x", data(v = $s.0))] fn $n(&$s, x: u8) -> u8 { $s.0 + x } )* } } }
meths! { m1 self m2 self }
macro_rules! hyg {
    ($n:ident) => {
        #[trigger_event("edge_cases:x")]
        fn $n(x: u8) -> u8 {
            let y = x;
            y
        }
    };
}
hyg!(hygienic);
macro_rules! stmt {
    ($s:stmt) => {
        #[trigger_event("edge_cases:x")]
        fn with_stmt() -> u8 {
            $s;
            1
        }
    };
}
stmt!(let _z = 3);
macro_rules! retty {
    ($r:ty) => {
        #[trigger_event("edge_cases:x")]
        fn with_ret() -> $r {
            Box::new(1)
        }
        #[trigger_event("edge_cases:x")]
        async fn with_ret_async() -> $r {
            Box::new(1)
        }
    };
}
retty!(Box<dyn Debug>);
macro_rules! implty {
    ($r:ty) => {
        #[trigger_event("edge_cases:x")]
        fn with_impl() -> $r {
            1
        }
        #[trigger_event("edge_cases:x")]
        async fn with_impl_async() -> $r {
            1
        }
    };
}
implty!(impl Debug);
#[test]
fn edge_case_signatures_compile_and_emit_one_scope() {
    let recorder = local::install_recorder("edge_cases:x");
    use futures::executor::block_on as b;
    copy_generic(1);
    boxed_debug(Box::new(1));
    any(&1, &mut |x| x, &mut || {});
    rest([1, 2, 3], &mut (1, 2), &("a".into(), 1));
    rest_slice(&[1, 2, 3]);
    dyn_fn().unwrap()("x");
    alias("1");
    alias("x");
    hr(&mut vec![1], |x| x);
    use_capture(&[1]);
    ret_closure_move(vec![])();
    late_init(1);
    loops(&mut 1);
    key_named_self();
    exprs();
    G(0..3).assoc();
    G(0..3).disjoint(|x| {
        x.next();
    });
    G(0..3).chain(1);
    vis::g();
    fn_in_const();
    shadow_args(1, 2);
    nested_return_closure(&[1]);
    let_else(None);
    lifetime_struct("a,b").count();
    cow("x".into());
    arr(&mut [1, 2]);
    tup((1,), (), ((1, 2), [3]));
    unsized_ret(&1);
    coerce(0);
    two_phase(&mut vec![]);
    b(async_pat((1, 2), [3, 4], "".into()));
    let _ = b(async_impl(async |x| x));
    b(async_dyn(1));
    let _ = b(async_res_impl(1));
    b(async_ref(&mut vec![], ""));
    b(async_tracked());
    b(async_unit());
    b(async_cl(vec![1]));
    b(async_stmt_tail(1));
    gen_default::<u8>();
    r#async(1, 2);
    sized(1);
    static_ref("", &mut []);
    raw_literal();
    trailing_comma();
    empty_data();
    made((1, 2), 3);
    as_item(1);
    as_tts(1);
    G(1u8).m1(2);
    G(1u8).m2(2);
    hygienic(1);
    with_stmt();
    with_ret();
    let _ = b(with_ret_async());
    with_impl();
    let _ = b(with_impl_async());
    assert_eq!((starts(&recorder).len(), recorder.len()), (58, 116));
}

macro_rules! make {
    ($vis:vis fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty $body:block) => {
        #[trigger_event("edge_cases:macro_made")]
        $vis fn $name($($argument: $type),*) -> $output $body
    };
    ($name:ident = $value:expr) => {
        #[trigger_event("edge_cases:macro_made")]
        fn $name() -> u32 { $value }
    };
    ($name:ident, $pattern:pat, $output:ty, $lifetime:lifetime, $kind:literal, $value:expr) => {
        #[trigger_event($kind)]
        #[allow(unused_variables)]
        fn $name<$lifetime>($pattern: &$lifetime (u8, u8)) -> $output { $value }
    };
    (kind $name:ident, $kind:expr) => {
        #[trigger_event($kind)]
        fn $name() {}
    };
    (path $name:ident, $kind:path) => {
        #[trigger_event($kind)]
        fn $name() {}
    };
    (data $name:ident, $value:expr) => {
        #[trigger_event("edge_cases:macro_made", data(value = $value))]
        fn $name() {}
    };
}

const MADE: event_core::Kind = event_core::Kind::from_static("edge_cases:macro_made");

make! { pub(crate) fn with_block(a: u32, b: Vec<u32>) -> u32 { let b: u32 = b.into_iter().sum(); a + b } }
make! { with_expr = { let x = 1; x + 1 } }
make! { with_pattern, (left, right), u8, 'a, "edge_cases:macro_made", 1 }
make! { kind with_kind_expr, "edge_cases:macro_made" }
make! { kind with_kind_path_expr, MADE }
make! { path with_kind_path, crate::MADE }
make! { data with_data, 1 + 1 }

#[test]
fn functions_can_be_made_by_macros() {
    expect_scopes(1, "edge_cases:macro_made", || {
        assert_eq!(with_block(1, vec![2, 3]), 6);
    });
    expect_scopes(1, "edge_cases:macro_made", || assert_eq!(with_expr(), 2));
    expect_scopes(1, "edge_cases:macro_made", || {
        assert_eq!(with_pattern(&(1, 2)), 1)
    });
    expect_scopes(1, "edge_cases:macro_made", with_kind_expr);
    expect_scopes(1, "edge_cases:macro_made", with_kind_path_expr);
    expect_scopes(1, "edge_cases:macro_made", with_kind_path);
    expect_scopes(1, "edge_cases:macro_made", with_data);
}
