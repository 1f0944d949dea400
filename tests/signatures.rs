//! Annotated functions with every form of signature compile, behave as before, and are one scope.
#![allow(
    clippy::boxed_local,
    clippy::toplevel_ref_arg,
    clippy::items_after_statements,
    clippy::needless_arbitrary_self_type,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "every form of signature is under test"
)]

mod support;

use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::panic::{Location, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use event_core::{Installed, RecordingListener, local, trigger_event};
use support::{expect_scopes, poll_once};

/// Runs `call`, and checks that it triggers one scope.
fn once<R>(kind: &'static str, call: impl FnOnce() -> R) -> R {
    expect_scopes(1, kind, call)
}

#[test]
fn free_functions_can_have_every_qualifier() {
    #[trigger_event("signatures:free")]
    fn plain() -> u8 {
        1
    }
    #[trigger_event("signatures:free")]
    extern "C" fn c(n: u8) -> u8 {
        n + 1
    }
    #[trigger_event("signatures:free")]
    pub(crate) extern "C" fn c_visible() -> u8 {
        3
    }
    #[trigger_event("signatures:free")]
    #[inline(always)]
    #[must_use]
    #[allow(clippy::inline_always)]
    fn attributes() -> u8 {
        4
    }
    #[trigger_event("signatures:free")]
    fn empty() {}
    #[trigger_event("signatures:free")]
    fn r#type(r#match: u8) -> u8 {
        r#match
    }
    once("signatures:free", || assert_eq!(plain(), 1));
    once("signatures:free", || assert_eq!(c(1), 2));
    once("signatures:free", || assert_eq!(c_visible(), 3));
    once("signatures:free", || assert_eq!(attributes(), 4));
    once("signatures:free", empty);
    once("signatures:free", || assert_eq!(r#type(6), 6));
}

struct List<T> {
    items: Vec<T>,
}

trait Shape {
    const SIDES: u32;
    type Unit: Default + Debug;

    fn area(&self) -> f64;

    #[trigger_event("signatures:trait_default")]
    fn describe(&self, unit: &Self::Unit) -> String
    where
        Self: Sized,
    {
        format!("{} {} {unit:?}", Self::SIDES, self.area())
    }

    #[trigger_event("signatures:trait_default")]
    fn unsized_too(&self) -> f64 {
        self.area() * 2.0
    }

    #[trigger_event("signatures:trait_default")]
    fn associated() -> u32 {
        Self::SIDES
    }
}

struct Square(f64);

impl Shape for Square {
    const SIDES: u32 = 4;
    type Unit = u8;

    #[trigger_event("signatures:trait_impl")]
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

#[test]
fn provided_and_implemented_trait_methods_emit_one_scope() {
    let square = Square(2.0);
    once("signatures:trait_*", || {
        assert_eq!(square.area().to_string(), "4");
    });
    expect_scopes(2, "signatures:trait_*", || {
        assert_eq!(square.describe(&0), "4 4 0");
    });
    expect_scopes(2, "signatures:trait_*", || {
        assert_eq!(square.unsized_too().to_string(), "8");
    });
    once("signatures:trait_*", || assert_eq!(Square::associated(), 4));
}

impl<T: Clone> List<T> {
    #[trigger_event("signatures:methods")]
    fn new() -> Self {
        Self { items: Vec::new() }
    }

    #[trigger_event("signatures:methods")]
    fn push(&mut self, item: T) -> &mut Self {
        self.items.push(item);
        self
    }

    #[trigger_event("signatures:methods")]
    fn first_mut(&mut self) -> Option<&mut T> {
        self.items.first_mut()
    }

    #[trigger_event("signatures:methods")]
    fn get_or_push(&mut self, at: usize, default: T) -> &mut T {
        if at < self.items.len() {
            return &mut self.items[at];
        }
        self.items.push(default);
        self.items.last_mut().expect("one was pushed")
    }

    #[trigger_event("signatures:methods")]
    fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.items.iter()
    }

    #[trigger_event("signatures:methods")]
    fn split(&mut self) -> (&mut [T], &mut [T]) {
        let middle = self.items.len() / 2;
        self.items.split_at_mut(middle)
    }

    #[trigger_event("signatures:methods")]
    fn into_items(mut self) -> Vec<T> {
        self.items.truncate(1);
        self.items
    }

    #[trigger_event("signatures:methods")]
    fn take_and_change(mut self, item: T) -> Self {
        self.items = vec![item];
        self
    }
}

#[test]
fn methods_can_reborrow_from_self() {
    let mut list = once("signatures:methods", List::new);
    expect_scopes(2, "signatures:methods", || {
        list.push(1).push(2);
    });
    once("signatures:methods", || *list.first_mut().unwrap() = 5);
    once("signatures:methods", || *list.get_or_push(9, 7) += 1);
    assert_eq!(list.items, [5, 2, 8]);
    once("signatures:methods", || {
        assert_eq!(list.iter().sum::<i32>(), 15);
    });
    once("signatures:methods", || list.split().1[0] = 0);
    let list = once("signatures:methods", || list.take_and_change(3));
    once("signatures:methods", || assert_eq!(list.into_items(), [3]));
}

struct Node(u32);

impl Node {
    #[trigger_event("signatures:self")]
    fn by_value(self) -> u32 {
        self.0
    }
    #[trigger_event("signatures:self")]
    fn by_mut_value(mut self) -> u32 {
        self.0 += 1;
        self.0
    }
    #[trigger_event("signatures:self")]
    fn boxed(self: Box<Self>) -> u32 {
        self.0
    }
    #[trigger_event("signatures:self")]
    fn mut_boxed(mut self: Box<Self>) -> Box<Self> {
        self.0 += 1;
        self
    }
    #[trigger_event("signatures:self")]
    fn arc(self: Arc<Self>) -> usize {
        Arc::strong_count(&self)
    }
    #[trigger_event("signatures:self")]
    fn rc_ref(self: &Rc<Self>) -> Rc<Self> {
        Rc::clone(self)
    }
    #[trigger_event("signatures:self")]
    fn pinned(self: Pin<&mut Self>) -> u32 {
        self.get_mut().0
    }
    #[trigger_event("signatures:self")]
    fn pinned_ref(self: Pin<&Self>) -> &u32 {
        &self.get_ref().0
    }
    #[trigger_event("signatures:self")]
    fn typed(self: &Self) -> u32 {
        self.0
    }
    #[trigger_event("signatures:self")]
    fn with_lifetime<'a>(&'a self, other: &'a Self) -> &'a u32 {
        if self.0 > other.0 { &self.0 } else { &other.0 }
    }
    #[trigger_event("signatures:self", data(self = self.0))]
    fn closure_in_body(&self) -> u32 {
        let add = |n: u32| n + self.0;
        add(1)
    }
    #[trigger_event("signatures:self")]
    fn self_type(other: Self) -> Option<Self> {
        let made: Self = Self(other.0);
        Some(made)
    }
}

#[test]
fn every_form_of_self_is_accepted() {
    once("signatures:self", || assert_eq!(Node(1).by_value(), 1));
    once("signatures:self", || assert_eq!(Node(1).by_mut_value(), 2));
    once("signatures:self", || {
        assert_eq!(Box::new(Node(1)).boxed(), 1);
    });
    once("signatures:self", || {
        assert_eq!(Box::new(Node(1)).mut_boxed().0, 2);
    });
    once("signatures:self", || assert_eq!(Arc::new(Node(1)).arc(), 1));
    once("signatures:self", || {
        assert_eq!(Rc::new(Node(1)).rc_ref().0, 1);
    });
    once("signatures:self", || {
        assert_eq!(Pin::new(&mut Node(1)).pinned(), 1);
    });
    once("signatures:self", || {
        assert_eq!(*Pin::new(&Node(1)).pinned_ref(), 1);
    });
    once("signatures:self", || assert_eq!(Node(1).typed(), 1));
    once("signatures:self", || {
        assert_eq!(*Node(1).with_lifetime(&Node(2)), 2);
    });
    once("signatures:self", || {
        assert_eq!(Node(1).closure_in_body(), 2);
    });
    once("signatures:self", || {
        assert_eq!(Node::self_type(Node(1)).unwrap().0, 1);
    });
}

#[test]
fn arguments_may_have_unrelated_lifetimes() {
    struct Texts<'t>(&'t str);

    impl<'t> Texts<'t> {
        #[trigger_event("signatures:lifetimes", ret)]
        fn own<'a>(&self, _one: &'a str, _two: &[&'a u8]) -> &'t str {
            self.0
        }

        #[trigger_event("signatures:lifetimes")]
        fn given<'a>(&self, given: &'a str, _other: &str) -> &'a str {
            let mut length = 0;
            for _ in given.chars() {
                length += 1; // a long body is compiled in another way
            }
            &given[..length]
        }
    }

    #[trigger_event("signatures:lifetimes")]
    fn first<'a>(text: &'a str, _other: &str) -> &'a str {
        text
    }

    #[trigger_event("signatures:lifetimes", err)]
    fn of_options<'a>(one: Option<&'a str>, _two: Option<&str>) -> Result<&'a str, String> {
        one.ok_or_else(|| "none".to_owned())
    }

    #[trigger_event("signatures:lifetimes")]
    async fn later<'a>(text: &'a str, other: &str) -> &'a str {
        std::future::ready(other.len()).await;
        text
    }

    let _recorder = local::install_recorder("signatures:lifetimes");
    let outer = "outer".to_owned();
    let long = {
        let short = "short".to_owned();
        let texts = Texts(&outer);
        let mut later = Box::pin(later(&outer, &short));
        assert_eq!(poll_once(later.as_mut()), Poll::Ready("outer"));
        [
            texts.own(&short, &[&1]),
            texts.given(&outer, &short),
            first(&outer, &short),
            of_options(Some(&outer), Some(&short)).unwrap(),
        ]
    };
    assert_eq!(long, ["outer"; 4]);
}

#[test]
fn every_form_of_generics_is_accepted() {
    #[trigger_event("signatures:generic")]
    fn constant<const N: usize, T: Copy>(array: [T; N]) -> usize {
        let _ = array;
        N
    }
    #[trigger_event("signatures:generic")]
    fn longest<'a, 'b: 'a>(one: &'a str, other: &'b str) -> &'a str {
        if one.len() > other.len() { one } else { other }
    }
    #[trigger_event("signatures:generic")]
    fn higher_ranked<F>(f: F) -> usize
    where
        F: for<'a> Fn(&'a str) -> &'a str,
    {
        f("abc").len()
    }
    #[trigger_event("signatures:generic")]
    fn impl_in(f: impl Fn(u8) -> u8, display: impl Display + Copy) -> String {
        format!("{}{display}", f(1))
    }
    #[trigger_event("signatures:generic")]
    fn unsized_by_ref<T: ?Sized + ToString>(value: &T) -> String {
        value.to_string()
    }
    #[trigger_event("signatures:generic")]
    fn dynamic(value: &dyn Display, boxed: Box<dyn Fn(u8) -> u8 + '_>) -> String {
        format!("{value}{}", boxed(1))
    }
    #[trigger_event("signatures:generic")]
    fn elided(text: &str, _: u8) -> Option<(&str, &str)>
    where
        str: AsRef<str>,
    {
        None.or(text.split_once(','))
    }
    #[trigger_event("signatures:generic")]
    fn phantom<'a, T: 'a>(_: PhantomData<&'a T>) -> PhantomData<fn(&'a T)> {
        PhantomData
    }
    #[trigger_event("signatures:generic")]
    fn fn_pointer(f: fn(&str) -> &str, text: &str) -> usize {
        f(text).len()
    }
    once("signatures:generic", || assert_eq!(constant([1, 2, 3]), 3));
    once("signatures:generic", || {
        assert_eq!(longest("a", "bc"), "bc");
    });
    once("signatures:generic", || {
        assert_eq!(higher_ranked(|text| &text[1..]), 2);
    });
    once("signatures:generic", || {
        assert_eq!(impl_in(|n| n + 1, 'x'), "2x");
    });
    once("signatures:generic", || {
        assert_eq!(unsized_by_ref("x"), "x");
    });
    once("signatures:generic", || {
        assert_eq!(dynamic(&1, Box::new(|n| n)), "11");
    });
    once("signatures:generic", || {
        assert_eq!(elided("a,b", 0), Some(("a", "b")));
    });
    once("signatures:generic", || {
        let _ = phantom(PhantomData::<&u8>);
    });
    once("signatures:generic", || {
        assert_eq!(fn_pointer(|text| text, "ab"), 2);
    });
}

#[test]
fn body_can_contain_functions_items_and_closures() {
    #[trigger_event("signatures:nested")]
    fn outer(n: u32) -> u32 {
        const ADD: u32 = 1;
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        struct Local(u32);
        impl Local {
            #[trigger_event("signatures:nested")]
            fn get(&self) -> u32 {
                self.0
            }
        }
        #[trigger_event("signatures:nested")]
        fn inner(n: u32) -> u32 {
            n + ADD
        }
        macro_rules! twice {
            ($e:expr) => {
                $e * 2
            };
        }
        COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let add = move |m| m + n;
        add(inner(Local(n).get())) + twice!(COUNT.load(std::sync::atomic::Ordering::Relaxed))
    }
    expect_scopes(3, "signatures:nested", || assert_eq!(outer(2), 7));
}

#[test]
fn plain_and_mutual_recursion_is_instrumented() {
    #[trigger_event("signatures:recursion")]
    fn even(n: u32) -> bool {
        n == 0 || odd(n - 1)
    }
    #[trigger_event("signatures:recursion")]
    fn odd(n: u32) -> bool {
        n != 0 && even(n - 1)
    }
    expect_scopes(4, "signatures:recursion", || assert!(odd(3)));
}

#[test]
fn caller_location_is_unchanged() {
    #[trigger_event("signatures:caller")]
    #[track_caller]
    fn here() -> (u32, u32) {
        let place = Location::caller();
        (place.line(), place.column())
    }
    #[trigger_event("signatures:caller")]
    #[track_caller]
    fn through() -> (u32, u32) {
        here()
    }
    struct Method;
    impl Method {
        #[track_caller]
        #[trigger_event("signatures:caller", ret)]
        fn place(&self, _: u8) -> &'static Location<'static> {
            Location::caller()
        }
        #[track_caller]
        #[trigger_event("signatures:caller", err)]
        fn unwrap(&self, value: Option<u8>) -> Result<u8, String> {
            Ok(value.unwrap())
        }
    }
    let call = || {
        let method = Method;
        let line = line!();
        assert_eq!(here().0, line + 1);
        assert_eq!(through().0, line + 2);
        assert_eq!(method.place(1).line(), line + 3);
        assert_eq!(method.unwrap(Some(1)), Ok(1));
    };
    expect_scopes(5, "signatures:caller", call);
    call(); // without a listener
    let recorder = local::install_recorder("signatures:caller");
    let outcome = catch_unwind(|| Method.unwrap(None));
    assert!(outcome.is_err());
    let (_, end) = recorder.buffer().pop().unwrap();
    assert_eq!(
        end.exc_details().unwrap().location().unwrap().file(),
        file!()
    );
}

#[test]
fn ret_and_err_work_with_track_caller() {
    #[trigger_event("signatures:tracked", ret, err)]
    #[track_caller]
    fn tracked(good: bool) -> Result<u32, String> {
        if good { Ok(1) } else { Err("bad".into()) }
    }
    let recorder = local::install_recorder("signatures:tracked");
    assert!(tracked(true).is_ok());
    assert!(tracked(false).is_err());
    let buffer = recorder.buffer();
    assert!(
        buffer[1].1.data().get("return").is_some(),
        "{:?}",
        buffer[1]
    );
    assert!(buffer[3].1.is_failed(), "{:?}", buffer[3]);
}

#[test]
fn side_effects_happen_once_with_and_without_listeners() {
    #[trigger_event("signatures:effects")]
    fn effects(log: &mut Vec<&'static str>) -> usize {
        log.push("first");
        log.push("second");
        {
            log.push("block");
        }
        log.push("tail");
        log.len()
    }
    let mut log = Vec::new();
    assert_eq!(effects(&mut log), 4);
    once("signatures:effects", || assert_eq!(effects(&mut log), 8));
    let timer = local::install_timer("signatures:effects", |_| {});
    assert_eq!(effects(&mut log), 12);
    drop(timer);
    assert_eq!(log[..4], log[8..]);
}

#[test]
fn return_value_is_moved() {
    #[trigger_event("signatures:moved", ret, skip_all)]
    fn give(list: Vec<u8>) -> Vec<u8> {
        list
    }
    let list = vec![1, 2, 3];
    let address = list.as_ptr();
    let list = once("signatures:moved", || give(list));
    assert_eq!(list.as_ptr(), address);
}

#[test]
fn body_can_use_the_names_of_the_expansion() {
    #[trigger_event("signatures:names")]
    fn take(
        site: u8,
        interest: u8,
        fields: u8,
        run: u8,
        body: u8,
        scope: u8,
        value: u8,
        error: u8,
    ) -> u8 {
        let guard = site + interest + fields + run;
        guard + body + scope + value + error
    }
    #[trigger_event("signatures:names", ret, err)]
    fn returns(output: u8, argument0: u8, _: u8, _guard: u8) -> Result<u8, String> {
        Ok(output + argument0)
    }
    once("signatures:names", || {
        assert_eq!(take(1, 1, 1, 1, 1, 1, 1, 1), 8);
    });
    once("signatures:names", || {
        assert_eq!(returns(1, 2, 3, 4), Ok(3));
    });
}

#[test]
fn inner_attributes_stay_at_the_start_of_the_body() {
    #[trigger_event("signatures:inner")]
    fn inner(unused: u8) -> u8 {
        #![allow(unused_variables, clippy::let_and_return)]
        let also_unused = 1;
        let value = 2;
        value
    }
    once("signatures:inner", || assert_eq!(inner(1), 2));
}

trait Lending {
    type Item<'a>
    where
        Self: 'a;

    fn lend(&mut self) -> Option<Self::Item<'_>>;
    fn all(&self) -> impl Iterator<Item = u8> + '_;
}

struct Windows(Vec<u8>, usize);

impl Lending for Windows {
    type Item<'a> = &'a mut [u8];

    #[trigger_event("signatures:gat")]
    fn lend(&mut self) -> Option<Self::Item<'_>> {
        let at = self.1;
        self.1 += 1;
        self.0.get_mut(at..at + 2)
    }

    #[trigger_event("signatures:gat")]
    fn all(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().copied()
    }
}

#[test]
fn generic_associated_types_and_impl_trait_in_traits_are_accepted() {
    let mut windows = Windows(vec![1, 2, 3], 0);
    once("signatures:gat", || windows.lend().unwrap()[0] = 9);
    once("signatures:gat", || {
        assert_eq!(windows.all().sum::<u8>(), 14);
    });
}

trait Greet {
    #[trigger_event("signatures:rpitit")]
    fn greet<'a>(&'a self, name: &'a str) -> impl Display + 'a {
        format!("hello {name}")
    }
}

impl Greet for u8 {}

#[test]
fn provided_trait_function_can_return_impl_trait() {
    once("signatures:rpitit", || {
        assert_eq!(5_u8.greet("you").to_string(), "hello you");
    });
}

struct Wrapper<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized + Display> Wrapper<'a, T> {
    #[trigger_event("signatures:impl_lifetimes")]
    fn inner(&self) -> &'a T {
        self.0
    }

    #[trigger_event("signatures:impl_lifetimes")]
    fn replaced<'b>(&mut self, with: &'b T) -> &'b T
    where
        'b: 'a,
    {
        self.0 = with;
        with
    }

    #[trigger_event("signatures:impl_lifetimes")]
    fn in_place(self: &mut Wrapper<'a, T>, f: impl FnOnce(&mut &'a T)) {
        f(&mut self.0);
    }
}

impl Iterator for Wrapper<'_, str> {
    type Item = char;

    #[trigger_event("signatures:iterator", ret)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut chars = self.0.chars();
        let next = chars.next();
        self.0 = chars.as_str();
        next
    }
}

impl Drop for Node {
    #[trigger_event("signatures:drop_impl")]
    fn drop(&mut self) {
        self.0 = 0;
    }
}

impl Display for Wrapper<'_, u8> {
    #[trigger_event("signatures:display_impl")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

#[test]
fn impls_with_lifetimes_and_of_std_traits_are_accepted() {
    let mut wrapper = Wrapper("ab");
    once("signatures:impl_lifetimes", || {
        assert_eq!(wrapper.inner(), "ab");
    });
    once("signatures:impl_lifetimes", || {
        assert_eq!(wrapper.replaced("cd"), "cd");
    });
    once("signatures:impl_lifetimes", || {
        wrapper.in_place(|text| *text = &text[1..]);
    });
    expect_scopes(2, "signatures:iterator", || {
        assert_eq!(wrapper.collect::<String>(), "d");
    });
    once("signatures:drop_impl", || drop(Node(1)));
    once("signatures:display_impl", || {
        assert_eq!(Wrapper(&1_u8).to_string(), "<1>");
    });
}

#[test]
fn docs_visibility_and_other_attributes_are_kept() {
    /// Documented.
    #[deprecated]
    #[trigger_event("signatures:attributes")]
    #[cold]
    #[inline(never)]
    #[doc(hidden)]
    pub(crate) fn attributed() {}
    #[allow(deprecated)]
    once("signatures:attributes", attributed);
}

#[test]
fn annotated_functions_can_be_function_pointers() {
    #[trigger_event("signatures:pointer")]
    fn double(n: u32) -> u32 {
        n * 2
    }
    #[trigger_event("signatures:pointer")]
    extern "C" fn c_double(n: u32) -> u32 {
        n * 2
    }
    let pointer: fn(u32) -> u32 = double;
    let c_pointer: extern "C" fn(u32) -> u32 = c_double;
    expect_scopes(3, "signatures:pointer", || {
        assert_eq!([1].map(pointer).into_iter().map(double).sum::<u32>(), 4);
        assert_eq!(c_pointer(1), 2);
    });
}

#[test]
fn global_recorder_receives_annotated_calls() {
    #[trigger_event("signatures:global")]
    fn work(_: &mut u8) {}
    let recorder: Installed<RecordingListener> = event_core::install_recorder("signatures:global");
    work(&mut 1);
    assert_eq!(recorder.len(), 2);
}
