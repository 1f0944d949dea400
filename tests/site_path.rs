//! `Site::path`: the function's name with its type.

mod support;

use std::fmt::Display;
use std::pin::Pin;

use event_core::{local, trigger_event};
use support::{poll_once, starts};

/// Runs `call`, and returns the path of each call of `kind`, in order.
fn paths(kind: &'static str, call: impl FnOnce()) -> Vec<&'static str> {
    let recorder = local::install_recorder(kind);
    call();
    let starts = starts(&recorder).into_iter();
    starts.map(|start| start.site().unwrap().path()).collect()
}

struct Parser<'a>(&'a str);

#[allow(non_camel_case_types)]
struct atom;

struct Tree<T>(T);

struct Grid<const WIDTH: usize>;

trait Read {
    fn read(&self);

    #[trigger_event("path:default")]
    fn provided(&self) {
        let _ = self;
    }
}

trait Convert<T> {
    fn convert(&self);
}

#[trigger_event("path:free")]
fn free() {}

#[trigger_event("path:methods")]
impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self(text)
    }

    fn token(&self) -> &'a str {
        self.0
    }

    fn rules() -> u32 {
        1
    }
}

impl atom {
    #[trigger_event("path:lower_case")]
    fn new() -> Self {
        Self
    }

    #[trigger_event("path:lower_case")]
    fn weigh(&self) {
        let _ = self;
    }
}

#[trigger_event("path:generic")]
impl<T> Tree<T> {
    fn get(&self) -> &T {
        &self.0
    }

    fn map<U>(&self, to: impl Fn(&T) -> U) -> U {
        to(&self.0)
    }
}

#[trigger_event("path:generic")]
impl Tree<Vec<Option<u8>>> {
    fn only(&self) -> usize {
        self.0.len()
    }
}

#[trigger_event("path:generic")]
impl<const WIDTH: usize> Grid<WIDTH> {
    fn width(&self) -> usize {
        let Self = self;
        WIDTH
    }
}

#[trigger_event("path:traits")]
impl Read for Parser<'_> {
    fn read(&self) {
        let _ = self;
    }
}

#[trigger_event("path:traits")]
impl<T> Read for Tree<T> {
    fn read(&self) {
        let _ = self;
    }
}

#[trigger_event("path:traits")]
impl<T: Display> Convert<T> for &T {
    fn convert(&self) {
        let _ = self;
    }
}

#[trigger_event("path:traits")]
impl Convert<u8> for (u8, Parser<'_>) {
    fn convert(&self) {
        let _ = self;
    }
}

#[trigger_event("path:traits")]
impl dyn Read + '_ {
    fn on_dyn(&self) {
        let _ = self;
    }
}

mod elsewhere {
    use event_core::trigger_event;

    #[trigger_event("path:elsewhere")]
    impl super::Parser<'_> {
        pub(super) fn away(&self) {
            let _ = self;
        }
    }

    #[trigger_event("path:elsewhere")]
    impl super::Convert<u16> for super::Parser<'_> {
        fn convert(&self) {
            let _ = self;
        }
    }

    #[trigger_event("path:elsewhere")]
    pub(super) mod r#match {
        pub(crate) struct Arm;

        impl Arm {
            pub(crate) fn r#fn() -> Self {
                Self
            }
        }

        pub(crate) fn r#type() {}
    }
}

#[test]
fn free_function_has_its_name() {
    assert_eq!(paths("path:free", free), ["free"]);
}

#[test]
fn method_has_its_type() {
    let call = || _ = (Parser::new("2a").token(), Parser::rules());
    let expected = ["Parser::new", "Parser::token", "Parser::rules"];
    assert_eq!(paths("path:methods", call), expected);
    let expected = ["atom::new", "atom::weigh"];
    assert_eq!(paths("path:lower_case", || atom::new().weigh()), expected);
}

#[test]
fn generic_parameters_are_placeholders() {
    let call = || {
        Tree(1_u8).get();
        Tree("b").map(|text| text.len());
        Tree(vec![Some(1)]).only();
        Grid::<3>.width();
    };
    let expected = [
        "Tree<_>::get",
        "Tree<_>::map",
        "Tree<Vec<Option<u8>>>::only",
        "Grid<WIDTH>::width",
    ];
    assert_eq!(paths("path:generic", call), expected);
}

#[test]
fn method_of_a_trait_has_type_and_trait() {
    let call = || {
        Parser("").read();
        Tree(1).read();
        (&1_u8).convert();
        (1_u8, Parser("")).convert();
        let any: &dyn Read = &Tree(2);
        any.on_dyn();
    };
    let expected = [
        "<Parser as Read>::read",
        "<Tree<_> as Read>::read",
        "<&_ as Convert<_>>::convert",
        "<(u8, Parser) as Convert<u8>>::convert",
        "<dyn Read>::on_dyn",
    ];
    assert_eq!(paths("path:traits", call), expected);
}

#[test]
fn provided_method_has_its_trait() {
    let call = || Parser("").provided();
    assert_eq!(paths("path:default", call), ["Read::provided"]);
}

#[test]
fn impl_in_another_module_has_the_same_path() {
    let call = || {
        Parser("").away();
        Convert::<u16>::convert(&Parser(""));
        elsewhere::r#match::Arm::r#fn();
        elsewhere::r#match::r#type();
    };
    let expected = [
        "Parser::away",
        "<Parser as Convert<u16>>::convert",
        "Arm::fn",
        "type",
    ];
    assert_eq!(paths("path:elsewhere", call), expected);
}

#[test]
fn enclosing_functions_and_closures_are_left_out() {
    struct Local;
    impl Local {
        #[trigger_event("path:nested")]
        fn method(&self) {
            #[trigger_event("path:nested")]
            fn in_method() {}
            let _ = self;
            in_method();
        }
    }
    #[trigger_event("path:nested")]
    fn nested() {}
    let in_closure = || {
        #[trigger_event("path:nested")]
        fn in_closure() {}
        in_closure();
    };
    let call = || {
        Local.method();
        nested();
        in_closure();
    };
    let expected = ["Local::method", "in_method", "nested", "in_closure"];
    assert_eq!(paths("path:nested", call), expected);
}

#[test]
fn asynchronous_function_has_the_path_of_a_function() {
    #[trigger_event("path:async")]
    async fn awaits() {
        std::future::ready(()).await;
    }
    #[trigger_event("path:async")]
    #[expect(
        clippy::unused_async,
        reason = "its expansion has no future of its own"
    )]
    async fn never_awaits() {}
    struct Later<T>(T);
    #[trigger_event("path:async")]
    impl Later<u8> {
        async fn method(&self) -> u8 {
            std::future::ready(self.0).await
        }

        fn boxed(&self) -> Pin<Box<dyn Future<Output = u8> + '_>> {
            Box::pin(async move { self.0 })
        }
    }
    let call = || {
        assert!(poll_once(Box::pin(awaits()).as_mut()).is_ready());
        assert!(poll_once(Box::pin(never_awaits()).as_mut()).is_ready());
        assert!(poll_once(Box::pin(Later(1).method()).as_mut()).is_ready());
        assert!(poll_once(Later(1).boxed().as_mut()).is_ready());
    };
    let expected = [
        "awaits",
        "never_awaits",
        "Later<u8>::method",
        "Later<u8>::boxed",
    ];
    assert_eq!(paths("path:async", call), expected);
}

#[test]
fn function_of_a_macro_has_its_path() {
    macro_rules! method {
        ($ty:ident, $name:ident) => {
            struct $ty;
            impl $ty {
                #[trigger_event("path:macro")]
                fn $name(&self) {
                    let _ = self;
                }
            }
        };
    }
    method!(Made, by_macro);
    assert_eq!(paths("path:macro", || Made.by_macro()), ["Made::by_macro"]);
}

#[test]
fn each_attribute_of_a_function_has_the_same_path() {
    #[trigger_event("path:outer")]
    #[trigger_event("path:inner")]
    fn twice() {}
    assert_eq!(paths("path:outer", twice), ["twice"]);
    assert_eq!(paths("path:inner", twice), ["twice"]);
}

#[test]
fn tracked_and_opaque_functions_have_their_paths() {
    struct Guarded;
    #[trigger_event("path:guard")]
    impl Guarded {
        #[track_caller]
        fn tracked(&self) {
            let _ = self;
        }

        fn opaque(&self) -> impl Fn(&str) -> &str {
            let _ = self;
            |text| text
        }
    }
    let call = || {
        Guarded.tracked();
        let _ = Guarded.opaque();
    };
    assert_eq!(
        paths("path:guard", call),
        ["Guarded::tracked", "Guarded::opaque"]
    );
}

#[test]
fn site_of_an_open_event_has_its_kind_as_path() {
    let call = || drop(event_core::open_event("path:open", ()));
    assert_eq!(paths("path:open", call), ["path:open"]);
}
