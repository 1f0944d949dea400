//! Functions of many shapes, some with faults that lints report. `tests/clippy.rs` builds this file
//! with and without the lines that begin with `#[trigger_event`, `#[traced`, `#[listen`, `#[data`
//! or a derive of this project. No attribute spans several lines.

#[doc(no_inline)]
pub use event_core::trigger_event as traced;
#[doc(no_inline)]
pub use event_core::{Event, EventData, Kind, Listener, trigger_event};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::ops::{Add, Index, IndexMut};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

pub const KIND: Kind = Kind::from_static("shapes:constant");
pub static STATIC_KIND: Kind = Kind::from_static("shapes:static");
const PRIVATE_KIND: Kind = Kind::from_static("shapes:private"); // used by an attribute

fn describe(length: usize) -> String { // used by an attribute
    length.to_string()
}

fn take(count: usize) -> String { // used by an attribute
    count.to_string()
}

// ---------------------------------------------------------------- plain signatures

#[trigger_event("shapes:a")]
pub fn empty() {}

#[trigger_event("shapes:a")]
#[inline(always)]
pub fn empty_inlined() {}

#[inline(always)]
#[trigger_event("shapes:a")]
pub fn inlined(a: u32) -> u32 {
    a.wrapping_add(1)
}

#[trigger_event("shapes:a")]
pub fn empty_generic<T>() {}

#[trigger_event("shapes:a")]
#[inline]
pub fn empty_hinted(a: u8) {}

#[trigger_event("shapes:a")]
#[doc(hidden)]
pub fn only_comments() {
    // Nothing.
}

#[trigger_event("shapes:a", skip(b))]
pub fn empty_with_arguments(a: u32, b: u32) {}

#[trigger_event("shapes:a")]
pub fn number(a: u32) -> u32 {
    a
}

#[trigger_event("shapes:a")]
pub fn returns(a: u32) -> u32 {
    return a;
}

#[trigger_event("shapes:a", ret)]
pub fn returns_early(a: u32) -> u32 {
    if a > 3 {
        return 3;
    }
    a
}

#[trigger_event("shapes:a", skip_all)]
pub fn skips(a: u32, b: &str) -> usize {
    b.len() + a as usize
}

#[trigger_event("shapes:a", skip(b))]
pub fn skips_one(a: u32, b: u32) -> u32 {
    a + b
}

#[trigger_event(KIND)]
pub fn kind_by_path(a: u32) -> u32 {
    a + 1
}

#[trigger_event(STATIC_KIND, data(what = describe(text.len())))]
pub fn kind_by_static(text: &str) {} // used by an attribute

#[trigger_event(PRIVATE_KIND, data(twice = a * 2, text = ?a, shown = %a))]
pub fn with_data(a: u32) -> u32 {
    a
}

#[trigger_event("shapes:a", data(free = lock.try_lock().is_ok()))]
pub fn with_lock(lock: &Mutex<Vec<u8>>) {} // used by an attribute

#[trigger_event("shapes:a", data(a, b))]
pub fn explicit(a: Arc<str>, b: u8) {} // used by an attribute

#[trigger_event("shapes:a", data(most = { let most = a.max(b); most.to_string() }))]
pub fn data_block(a: u8, b: u8) -> u8 { // used by an attribute
    a
}

#[trigger_event("shapes:a")]
pub fn underscore(_a: u8, _: u8) {}

#[trigger_event("shapes:a")]
pub fn underscore_used(_a: u8) -> u8 {
    _a
}

#[trigger_event("shapes:a")]
pub fn shadows(a: u32) -> u32 {
    let a = a + 1;
    let a = u64::from(a);
    a as u32
}

#[trigger_event("shapes:a")]
pub fn unused(a: u32, mut b: u32) -> u32 {
    b
}

#[trigger_event("shapes:a")]
pub fn assigned(mut a: u32) -> u32 {
    a = 1;
    a
}

#[trigger_event("shapes:a")]
pub fn never() -> ! {
    panic!("never")
}

#[trigger_event("shapes:a")]
pub fn loops() -> ! {
    loop {}
}

#[trigger_event("shapes:a")]
pub fn diverges(a: u32) -> u32 {
    unreachable!()
}

#[trigger_event("shapes:a")]
pub fn unreachable(a: u32) -> u32 {
    return a;
    a + 1
}

#[trigger_event("shapes:a", ret, err)]
pub fn parses(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = text.parse::<u32>()?;
    Ok(number)
}

#[trigger_event("shapes:a", err)]
pub fn wraps(a: u32) -> Result<u32, String> {
    Ok(a)
}

#[trigger_event("shapes:a")]
fn wraps_privately(a: u32) -> Option<u32> {
    Some(a)
}

#[trigger_event("shapes:a")]
pub fn calls_private() -> Option<u32> {
    wraps_privately(3)
}

#[trigger_event("shapes:a")]
fn dead(a: u32) -> u32 {
    a
}

#[trigger_event("shapes:a")]
pub fn unused_result() {
    "1".parse::<u8>();
    drop(1);
}

#[trigger_event("shapes:a")]
pub fn braces(a: u8) -> u8 {
    { a }
}

#[trigger_event("shapes:a")]
pub fn parentheses(a: u8) -> u8 {
    if (a == 0) { (1) } else { a }
}

#[trigger_event("shapes:a")]
pub fn naming(Value: u8) -> u8 {
    let Other = Value;
    Other
}

// ---------------------------------------------------------------- arguments

#[trigger_event("shapes:b")]
pub fn by_value(text: String) -> usize {
    text.len()
}

#[trigger_event("shapes:b")]
pub fn by_vec(list: Vec<u8>) -> usize {
    list.len()
}

#[trigger_event("shapes:b")]
pub fn by_box(list: Box<[u8; 4]>) -> u8 {
    list[0]
}

#[trigger_event("shapes:b")]
pub fn boxed_local(number: Box<u32>) -> u32 {
    *number + 1
}

#[trigger_event("shapes:b")]
pub fn ptr_arg(list: &Vec<u8>, text: &String) -> usize {
    list.len() + text.len()
}

#[trigger_event("shapes:b")]
pub fn mut_ptr_arg(list: &mut Vec<u8>) {
    list[0] = 1;
}

#[trigger_event("shapes:b")]
pub fn needless_mut(list: &mut Vec<u8>) -> usize {
    list.len()
}

#[trigger_event("shapes:b")]
pub fn raw(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

/// # Safety
#[trigger_event("shapes:b")]
pub unsafe fn unsafe_function(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[trigger_event("shapes:b")]
pub unsafe fn unsafe_undocumented(pointer: *const u8) -> u8 {
    *pointer
}

#[trigger_event("shapes:b")]
pub fn recursive(depth: u32, unused: u32) -> u32 {
    if depth == 0 { 0 } else { recursive(depth - 1, unused) }
}

#[trigger_event("shapes:b")]
pub fn endless(depth: u32) -> u32 {
    endless(depth + 1)
}

#[trigger_event("shapes:b")]
pub fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8) -> u8 {
    a + b + c + d + e + f + g + h + i
}

#[trigger_event("shapes:b")]
pub fn bools(a: bool, b: bool, c: bool, d: bool) -> bool {
    a && b && c && d
}

#[trigger_event("shapes:b")]
pub fn copied(a: &u8, b: &bool) -> u8 {
    if *b { *a } else { 0 }
}

#[trigger_event("shapes:b")]
pub fn large(data: [u8; 4096]) -> u8 {
    data[0]
}

#[trigger_event("shapes:b")]
pub fn large_stack() -> u8 {
    let data = [1_u8; 600_000];
    data[3]
}

#[trigger_event("shapes:b")]
pub fn generic<T: Debug + Clone>(item: T) -> T {
    item.clone()
}

#[trigger_event("shapes:b")]
pub fn generic_where<T>(item: &T) -> String
where
    T: Display + ?Sized,
{
    item.to_string()
}

#[trigger_event("shapes:b")]
pub fn impl_argument(item: impl Debug) -> String {
    format!("{:?}", item)
}

#[trigger_event("shapes:b")]
pub fn const_generic<const N: usize>(list: [u8; N]) -> usize {
    list.len() + N
}

#[trigger_event("shapes:b")]
pub fn needless_lifetime<'a>(text: &'a str) -> &'a str {
    text.trim()
}

#[trigger_event("shapes:b")]
pub fn two_lifetimes<'a, 'b>(text: &'a str, _other: &'b str) -> &'a str {
    text
}

#[trigger_event("shapes:b")]
pub fn elided(text: &str) -> Cow<str> {
    Cow::Borrowed(text)
}

#[trigger_event("shapes:b")]
pub fn function_argument(call: fn(u8) -> u8) -> u8 {
    call(1)
}

#[trigger_event("shapes:b")]
pub fn callback<F: FnOnce(u8) -> u8>(call: F) -> u8 {
    call(1)
}

#[trigger_event("shapes:b")]
pub fn dynamic(call: &dyn Fn(u8) -> u8, error: Box<dyn std::error::Error>) -> u8 {
    call(1)
}

#[trigger_event("shapes:b")]
pub fn shared(list: Rc<RefCell<Vec<u8>>>, other: Arc<Mutex<u8>>) -> usize {
    list.borrow().len()
}

#[trigger_event("shapes:b")]
pub fn map_argument(map: &HashMap<String, u8>) -> usize {
    map.len()
}

#[trigger_event("shapes:b")]
pub fn attribute_on_argument(#[allow(unused_variables)] a: u8, #[cfg(any())] b: u8) {}

// ---------------------------------------------------------------- patterns

pub struct Pair {
    pub left: u8,
    pub right: (u8, u8),
}

pub struct Wrapper(pub String, pub u8);

#[trigger_event("shapes:c")]
pub fn tuple((a, _): (u32, u32)) -> u32 {
    a
}

#[trigger_event("shapes:c", ret)]
pub fn tuple_returns((b, _): (u32, u32)) -> u32 {
    return b;
}

#[trigger_event("shapes:c")]
pub fn tuple_both((a, b): (u32, u32)) -> u32 {
    a + b
}

#[trigger_event("shapes:c")]
pub fn tuple_mut((mut a, b): (u32, u32)) -> u32 {
    a += b;
    a
}

#[trigger_event("shapes:c")]
pub fn ignored(_: &str, _: Vec<u8>) {}

#[trigger_event("shapes:c")]
pub fn fields(Pair { left, .. }: Pair) -> u8 {
    left
}

#[trigger_event("shapes:c")]
pub fn nested(Pair { left, right: (first, _) }: Pair) -> u8 {
    left + first
}

#[trigger_event("shapes:c")]
pub fn nested_reference(Pair { left, right: (first, _) }: &Pair) -> u8 {
    left + first
}

#[trigger_event("shapes:c")]
pub fn reference(&a: &u8) -> u8 {
    a
}

#[trigger_event("shapes:c")]
pub fn by_ref(ref a: String) -> usize {
    a.len()
}

#[trigger_event("shapes:c")]
pub fn tuple_struct(Wrapper(text, _): Wrapper) -> usize {
    text.len()
}

#[trigger_event("shapes:c")]
pub fn slice([first, ..]: [u8; 3]) -> u8 {
    first
}

#[trigger_event("shapes:c")]
pub fn bound(whole @ (a, _): (u8, u8)) -> u8 {
    a + whole.1
}

#[trigger_event("shapes:c")]
pub fn unused_part((a, b): (u8, u8)) -> u8 {
    a
}

#[trigger_event("shapes:c", data(sum = a + b))]
pub fn pattern_in_data((a, b, _): (u8, u8, String)) {} // used by an attribute

// ---------------------------------------------------------------- returned values

#[trigger_event("shapes:d")]
pub fn iterator(to: u8) -> impl Iterator<Item = u8> {
    (0..to).map(|a| a + 1)
}

#[trigger_event("shapes:d", ret)]
pub fn shown(to: u8) -> impl Debug {
    to
}

#[trigger_event("shapes:d")]
pub fn closure() -> impl Fn(&str) -> &str {
    |text| text
}

#[trigger_event("shapes:d")]
pub fn boxed_closure(by: u8) -> Box<dyn Fn(u8) -> u8> {
    Box::new(move |a| a + by)
}

#[trigger_event("shapes:d")]
pub fn result_unit() -> Result<(), ()> {
    Err(())
}

#[trigger_event("shapes:d")]
pub fn big_error(a: u8) -> Result<u8, [u8; 256]> {
    if a > 1 { Ok(a) } else { Err([0; 256]) }
}

#[trigger_event("shapes:d")]
pub fn nested_option(a: u8) -> Option<Option<u8>> {
    Some(Some(a))
}

#[trigger_event("shapes:d")]
pub fn complex(a: u8) -> Vec<Box<HashMap<String, Vec<Option<Result<u8, Box<dyn Fn(u8) -> Option<u8>>>>>>>> {
    Vec::new()
}

#[trigger_event("shapes:d")]
pub fn let_and_return(a: u8) -> u8 {
    let b = a + 1;
    b
}

#[trigger_event("shapes:d")]
pub fn questions(a: Option<u8>) -> Option<u8> {
    Some(a?)
}

#[trigger_event("shapes:d")]
#[must_use]
pub fn must_use_unit() {}

#[trigger_event("shapes:d")]
pub fn unwraps(a: Option<u8>) -> u8 {
    if a.is_none() {
        panic!("none");
    }
    a.unwrap()
}

// ---------------------------------------------------------------- bodies

#[trigger_event("shapes:e")]
pub fn items_first(a: u8) -> u8 {
    use std::collections::BTreeMap;
    const LIMIT: u8 = 3;
    static NAMES: [&str; 2] = ["a", "b"];
    fn inner(b: u8) -> u8 {
        b + LIMIT
    }
    struct Local {
        a: u8,
    }
    impl Local {
        fn get(&self) -> u8 {
            self.a
        }
    }
    let map: BTreeMap<u8, &str> = BTreeMap::from([(1, NAMES[0])]);
    inner(Local { a }.get()) + map.len() as u8
}

#[trigger_event("shapes:e", data(len = describe(1)))]
pub fn items_after(a: u8) -> u8 {
    let b = a;
    use std::mem::take;
    fn inner() {}
    inner();
    b + take(&mut 1)
}

#[trigger_event(KIND, data(what = describe(usize::from(a)), list = Vec::from([a])))]
pub fn items_shadow(a: u8) -> u8 {
    const KIND: u8 = 3;
    fn describe() -> u8 {
        KIND
    }
    describe() + a
}

#[trigger_event("shapes:e", data(count = take(1), more = take(2)))]
pub fn import_shadows(a: u8) -> u8 {
    use std::mem::*;
    let mut a = a;
    take(&mut a)
}

#[trigger_event("shapes:e")]
pub fn redundant_import(a: u8) -> u8 {
    use std::option::Option;
    Option::Some(a).map_or(0, u8::reverse_bits)
}

#[trigger_event("shapes:e")]
pub fn macros_first(a: u8) -> u8 {
    macro_rules! twice {
        ($a:expr) => {
            $a + $a
        };
    }
    twice!(a)
}

#[trigger_event("shapes:e")]
pub fn inner_attributes(a: u8) -> u8 {
    #![allow(clippy::let_and_return)]
    let b = a;
    b
}

#[trigger_event("shapes:e")]
pub fn matches_on(a: Option<u8>) -> u8 {
    match a {
        Some(a) => a,
        None => 0,
    }
}

#[trigger_event("shapes:e")]
pub fn complex_control(a: &[u8]) -> u8 {
    let mut sum = 0;
    for index in 0..a.len() {
        if a[index] > 1 {
            if a[index] < 9 {
                sum += a[index];
            }
        }
        while sum > 100 {
            sum -= 1;
        }
    }
    sum
}

#[trigger_event("shapes:e")]
pub fn prints(a: u8) {
    println!("{}", a);
    dbg!(a);
}

#[trigger_event("shapes:e")]
pub fn one_closure(a: u8) -> u8 {
    let call = || a + 1;
    call()
}

#[trigger_event("shapes:e")]
pub fn const_block(a: u8) -> u8 {
    const { 1 + 2 };
    a
}

#[trigger_event("shapes:e")]
pub fn unsafe_block(a: &[u8]) -> u8 {
    unsafe { *a.get_unchecked(0) }
}

#[trigger_event("shapes:e")]
#[track_caller]
pub fn tracked(a: Option<u8>) -> u8 {
    a.unwrap()
}

#[trigger_event("shapes:e", ret, err)]
#[track_caller]
pub fn tracked_result(a: &str) -> Result<u8, std::num::ParseIntError> {
    let number = a.parse::<u8>()?;
    return Ok(number);
}

#[trigger_event("shapes:e")]
pub extern "C" fn foreign(a: u8) -> u8 {
    a
}

#[trigger_event("shapes:e")]
#[unsafe(no_mangle)]
pub extern "C" fn shapes_exported(a: u8) -> u8 {
    a
}

#[trigger_event("shapes:e")]
#[cold]
#[inline(never)]
pub fn cold(a: u8) -> u8 {
    a
}

#[trigger_event("shapes:e")]
#[deprecated]
pub fn deprecated(a: u8) -> u8 {
    a
}

#[trigger_event("shapes:outer")]
#[trigger_event("shapes:inner", data(twice = a.wrapping_mul(2)))]
pub fn two_kinds(a: u8) -> u8 {
    a
}

#[traced("shapes:renamed")]
pub fn renamed(a: u8, (b, _): (u8, u8)) -> u8 {
    a + b
}

// ---------------------------------------------------------------- futures

#[trigger_event("shapes:f")]
pub async fn ready(a: u8) -> u8 {
    a
}

#[trigger_event("shapes:f")]
pub async fn empty_future() {}

#[trigger_event("shapes:f")]
pub async fn awaits(a: u8) -> u8 {
    std::future::ready(()).await;
    a
}

#[trigger_event("shapes:f", ret, err)]
pub async fn awaits_result(text: &str, mut count: u32) -> Result<u32, std::num::ParseIntError> {
    count += text.parse::<u32>()?;
    std::future::ready(()).await;
    return Ok(count);
}

#[trigger_event("shapes:f")]
pub async fn awaits_patterns((a, _): (u8, u8), _: u8, mut b: u8) -> u8 {
    std::future::ready(()).await;
    b += a;
    b
}

#[trigger_event("shapes:f", skip(text))]
pub async fn awaits_unused(text: String, b: u8) {
    std::future::ready(()).await;
}

#[trigger_event("shapes:f")]
pub async fn awaits_lock(lock: &Mutex<u8>) -> u8 {
    let guard = lock.lock().unwrap();
    std::future::ready(()).await;
    *guard
}

// In the edition of this crate, an `impl Trait` in a return type does not capture the lifetimes of
// the arguments unless it names them.
#[trigger_event("shapes:f")]
pub async fn awaits_borrowed(text: &str, list: &mut Vec<u8>, shown: &impl std::fmt::Debug) {
    std::future::ready(()).await;
    list.extend(format!("{text}{shown:?}").bytes());
}

#[trigger_event("shapes:f")]
pub async fn awaits_elided(text: &str) -> Option<&str> {
    std::future::ready(()).await;
    text.get(1..)
}

#[trigger_event("shapes:f")]
pub async fn awaits_invariant<'a, T>(one: &mut &'a T, two: &mut &'a T, lent: Borrowing<'_>) -> &'a T
where
    T: ?Sized,
{
    std::mem::swap(one, two);
    std::future::ready(lent.0).await;
    one
}

pub struct Borrowing<'w>(pub &'w u8);

#[trigger_event("shapes:f")]
#[must_use]
pub async fn awaits_must_use(a: u8) -> u8 {
    std::future::ready(a).await
}

#[trigger_event("shapes:f")]
pub async fn ignores_must_use() {
    awaits_must_use(1).await;
    awaits_elided("a");
}

#[trigger_event("shapes:f")]
pub async fn awaits_recursively(n: u32) -> u32 {
    match n {
        0 => 0,
        _ => Box::pin(awaits_recursively(n - 1)).await + 1,
    }
}

#[trigger_event("shapes:f")]
pub async unsafe fn awaits_unsafe(a: *const u8) -> u8 {
    std::future::ready(()).await;
    *a
}

pub trait AsyncTrait {
    fn sendable(&self, text: &str) -> impl Future<Output = usize> + Send;
    async fn elided<'t>(&self, text: &'t str) -> &'t str;
}

impl AsyncTrait for u8 {
    #[trigger_event("shapes:f")]
    async fn sendable(&self, text: &str) -> usize {
        std::future::ready(text.len()).await
    }

    #[trigger_event("shapes:f")]
    async fn elided<'t>(&self, text: &'t str) -> &'t str {
        std::future::ready(text).await
    }
}

#[trigger_event("shapes:f")]
pub trait AsyncDefault {
    async fn awaits_in_trait(&self) {
        std::future::ready(()).await;
    }
}

#[trigger_event("shapes:f")]
pub async fn awaits_never() -> ! {
    std::future::pending::<()>().await;
    loop {}
}

#[trigger_event("shapes:f")]
pub async fn awaits_rc(list: Rc<u8>) -> u8 {
    std::future::ready(()).await;
    *list
}

#[trigger_event("shapes:f")]
pub fn manual_async(a: u8) -> impl Future<Output = u8> {
    async move { a }
}

#[trigger_event("shapes:f", ret)]
pub fn returned_future(a: u8) -> impl Future<Output = u8> + Send {
    let b = a;
    async move { b }
}

#[trigger_event("shapes:f")]
pub fn boxed_future<'a>(a: &'a u8) -> Pin<Box<dyn Future<Output = u8> + 'a>> {
    Box::pin(async move { *a })
}

#[track_caller]
#[trigger_event("shapes:f")]
pub fn tracked_future(a: u8) -> impl Future<Output = u8> {
    std::future::ready(a)
}

#[track_caller]
#[trigger_event("shapes:f", ret)]
pub fn tracked_boxed_future(a: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    return Box::pin(std::future::ready(a));
}

#[trigger_event("shapes:f", data(what = describe(a.into())))]
pub async fn data_in_future(a: u8) { // used by an attribute
    std::future::ready(()).await;
}

// ---------------------------------------------------------------- methods and traits

#[derive(Clone, Copy)]
pub struct Point {
    pub x: u32,
    pub y: u32,
}

impl Point {
    #[trigger_event("shapes:g")]
    pub fn empty(&self) {}

    #[trigger_event("shapes:g")]
    pub fn new(x: u32, y: u32) -> Self {
        Self { x, y }
    }

    #[trigger_event("shapes:g")]
    pub fn from_pair(pair: (u32, u32)) -> Point {
        Point { x: pair.0, y: pair.1 }
    }

    #[trigger_event("shapes:g")]
    pub fn x(&self) -> &u32 {
        &self.x
    }

    #[trigger_event("shapes:g")]
    pub fn y(&self) -> u32 {
        self.x
    }

    #[trigger_event("shapes:g")]
    pub fn y_mut(&mut self) -> &mut u32 {
        &mut self.y
    }

    #[trigger_event("shapes:g", data(old = self.x))]
    pub fn set(&mut self, x: u32) {
        self.x = x;
    }

    #[trigger_event("shapes:g", data(x = self.x))]
    pub fn data_of_self(&self) {}

    #[trigger_event("shapes:g")]
    pub fn unused_self(&self, a: u32) -> u32 {
        a
    }

    #[trigger_event("shapes:g")]
    pub fn to_pair(self) -> (u32, u32) {
        (self.x, self.y)
    }

    #[trigger_event("shapes:g")]
    pub fn into_pair(&self) -> (u32, u32) {
        (self.x, self.y)
    }

    #[trigger_event("shapes:g")]
    pub fn boxed(self: Box<Self>) -> u32 {
        self.x
    }

    #[trigger_event("shapes:g")]
    pub fn mutable(mut self) -> Self {
        self.x += 1;
        self
    }

    #[trigger_event("shapes:g")]
    pub fn arbitrary(self: &Self) -> u32 {
        self.x
    }

    #[trigger_event("shapes:g")]
    pub fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    #[trigger_event("shapes:g")]
    pub fn recursive_method(&self, depth: u32) -> u32 {
        if depth == 0 { 0 } else { self.recursive_method(depth - 1) }
    }

    #[trigger_event("shapes:g")]
    pub fn to_string(&self) -> String {
        format!("{} {}", self.x, self.y)
    }

    #[trigger_event("shapes:g")]
    pub async fn awaits(&self) -> u32 {
        std::future::ready(()).await;
        self.x
    }

    #[trigger_event("shapes:g")]
    fn dead_method(&self) {}
}

impl Add for Point {
    type Output = Self;

    #[trigger_event("shapes:g")]
    fn add(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y + other.y }
    }
}

impl Display for Point {
    #[trigger_event("shapes:g")]
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.x, self.y)
    }
}

impl PartialEq for Point {
    #[trigger_event("shapes:g")]
    fn eq(&self, other: &Self) -> bool {
        self.x == other.x
    }
}

pub struct Dropped(pub u8);

#[derive(Copy)]
pub struct Copied(pub u8);

impl Clone for Copied {
    #[trigger_event("shapes:g")]
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Default for Copied {
    #[trigger_event("shapes:g")]
    fn default() -> Self {
        Self(0)
    }
}

impl PartialOrd for Point {
    #[trigger_event("shapes:g")]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.x.partial_cmp(&other.x)
    }
}

impl Debug for Pair {
    #[trigger_event("shapes:g")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("left", &self.left).finish()
    }
}

impl Iterator for Dropped {
    type Item = u8;

    #[trigger_event("shapes:g")]
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0)
    }
}

impl Drop for Dropped {
    #[trigger_event("shapes:g")]
    fn drop(&mut self) {
        self.0 = 0;
    }
}

impl Index<usize> for Pair {
    type Output = u8;

    #[trigger_event("shapes:g")]
    fn index(&self, index: usize) -> &u8 {
        match index {
            0 => &self.left,
            _ => panic!("out of range"),
        }
    }
}

impl IndexMut<usize> for Pair {
    #[trigger_event("shapes:g")]
    fn index_mut(&mut self, index: usize) -> &mut u8 {
        &mut self.left
    }
}

impl From<Pair> for Point {
    #[trigger_event("shapes:g")]
    fn from(Pair { left, right: (_, y) }: Pair) -> Self {
        Self { x: left.into(), y: y.into() }
    }
}

pub trait Named {
    fn name(&self) -> String;

    #[trigger_event("shapes:g")]
    fn shout(&self, (times, _): (usize, u8)) -> String {
        self.name().repeat(times)
    }

    #[trigger_event("shapes:g")]
    fn unused_default(&self, _: u8, other: u8) {}

    #[trigger_event("shapes:g")]
    fn later(&self) -> impl Future<Output = u8> {
        async { 1 }
    }
}

impl Named for Point {
    #[trigger_event("shapes:g")]
    fn name(&self) -> String {
        return "point".to_string();
    }
}

// ---------------------------------------------------------------- blocks

pub struct Stack(Vec<u32>);

#[trigger_event("shapes:h", skip(value), ret)]
impl Stack {
    pub fn push(&mut self, value: u32) {
        self.0.push(value);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn by_text(&self, text: String, (a, _): (u8, u8)) -> usize {
        text.len()
    }

    #[trigger_event(skip)]
    pub fn skipped(&self, text: String) -> usize {
        text.len()
    }

    #[trigger_event("shapes:own", data(len = self.0.len()))]
    pub fn own(&self, value: u32) -> u32 {
        return value;
    }

    #[traced("shapes:traced")]
    pub fn traced(&self, value: u32) -> u32 {
        value
    }

    #[must_use]
    #[inline(always)]
    pub fn nothing(&self) {}

    pub async fn awaits(&self) -> usize {
        std::future::ready(()).await;
        self.0.len()
    }

    pub const fn constant() -> u8 {
        1
    }
}

#[trigger_event("shapes:h", err)]
pub trait Store {
    fn get(&self, key: &String) -> Result<u8, String>;

    fn get_twice(&self, key: &String) -> Result<u8, String> {
        let first = self.get(key)?;
        return Ok(first + self.get(key)?);
    }

    fn unit(&self, _: u8, unused: u8) {}
}

#[trigger_event("shapes:h")]
pub mod block {
    pub fn large_stack() -> u8 {
        let data = [1_u8; 600_000];
        data[3]
    }

    pub fn shadows(a: u32) -> u32 {
        let a = a + 1;
        a
    }

    fn dead() {}

    pub mod inner {
        pub fn raw(pointer: *const u8) -> u8 {
            unsafe { *pointer }
        }
    }

    pub struct Local;

    impl Local {
        pub fn only_used_in_recursion(&self, a: u32) -> u32 {
            if a == 0 { 1 } else { self.only_used_in_recursion(a - 1) }
        }
    }
}

macro_rules! define {
    ($name:ident, $argument:ident, $ty:ty, $body:block) => {
        #[trigger_event("shapes:i")]
        pub fn $name($argument: $ty) -> usize $body
    };
}

define!(from_macro, text, &str, { text.len() });
define!(from_macro_by_value, text, String, { text.len() });

// ---------------------------------------------------------------- derives

#[derive(EventData)]
pub struct Query {
    pub table: String,
    #[data(display)]
    pub cost: u8,
    #[data(debug, rename = "list")]
    pub rows: Vec<u8>,
    #[data(skip)]
    pub secret: String,
}

#[derive(EventData)]
pub struct Borrowed<'a, T: Debug> {
    pub text: &'a str,
    pub item: T,
}

#[derive(Listener)]
#[listen("app:*", on_end = Self::ended)]
#[listen(KIND, on_start = Self::started, wants_data = false)]
pub struct Progress {
    pub done: Mutex<u32>,
    #[listen(forward)]
    pub inner: Arc<dyn Listener>,
}

impl Progress {
    pub fn started(&self, event: &Event<'_>) {
        *self.done.lock().unwrap() += 1;
    }

    pub fn ended(&self, _: &Event<'_>) {}
}

#[derive(Listener)]
#[listen("app:quiet", on_end = Self::ended, wants_data = false)]
pub struct Quiet;

impl Quiet {
    pub fn ended(&self, _: &Event<'_>) {}
}

#[derive(Listener)]
pub enum Either {
    Left(Arc<dyn Listener>),
    Right(Progress),
    Neither,
}

#[trigger_event("app:block")]
pub mod imported_for_skip {
    use event_core::trigger_event; // used by an attribute

    #[trigger_event(skip)]
    pub fn skipped() {}
}

pub mod renamed_crate {
    use event_core::trigger_event; // used by an attribute
    use event_core as events; // used by an attribute

    #[trigger_event("app:renamed", crate = events)]
    pub async fn renamed() {}
}
