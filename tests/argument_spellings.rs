//! Arguments of the attribute as users of `tracing` write them.

mod support;

use std::fmt;
use std::pin::Pin;

use event_core::{Cause, EventData, data, local, trigger_event};
use futures::executor::block_on;
use support::{events, keys, recorded_start};

#[derive(Clone, Debug)]
struct Point {
    x: i32,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.x)
    }
}

impl std::error::Error for Point {}

/// A type without `Display`.
#[derive(Debug)]
struct Code(u8);

mod skipped_self {
    use super::*;

    struct Session;

    impl Session {
        #[trigger_event("spelling:skip_self", skip(self))]
        fn own(&self, n: u32) -> u32 {
            let _ = self;
            n
        }
    }

    #[trigger_event("spelling:skip_self", skip(self, password))]
    impl Session {
        fn log_in(&self, user: &str, password: &str) -> usize {
            let _ = self;
            user.len() + password.len()
        }
    }

    #[test]
    fn self_can_be_skipped() {
        let recorder = local::install_recorder("spelling:skip_self");
        assert_eq!(Session.own(1), 1);
        assert_eq!(Session.log_in("me", "hunter2"), 9);
        let lines = recorder.lines();
        assert_eq!(lines[0], "START spelling:skip_self Session::own n=1");
        assert_eq!(
            lines[2],
            r#"START spelling:skip_self Session::log_in user="me""#
        );
    }
}

#[test]
fn returned_value_is_formatted_by_the_trait() {
    #[trigger_event("spelling:ret", ret(Debug))]
    fn debug(x: i32) -> Point {
        Point { x }
    }
    #[trigger_event("spelling:ret", ret(Display))]
    fn display(x: i32) -> Point {
        Point { x }
    }
    #[trigger_event("spelling:ret", ret(Display), err)]
    async fn of_result(x: i32) -> Result<Point, Code> {
        std::future::ready(Ok(Point { x })).await
    }
    #[trigger_event("spelling:ret", ret(Display))]
    fn opaque(x: i32) -> impl fmt::Display {
        Point { x }
    }
    #[track_caller]
    #[trigger_event("spelling:ret", ret(Display))]
    fn tracked(x: i32) -> Point {
        Point { x }
    }
    let recorder = local::install_recorder("spelling:ret");
    let _ = (
        debug(1),
        display(2),
        block_on(of_result(3)),
        opaque(4),
        tracked(5),
    );
    let ends = events(&recorder)
        .into_iter()
        .filter(event_core::Event::is_end);
    let returned = ends.map(|end| end.data().get("return").unwrap().to_string());
    assert_eq!(
        returned.collect::<Vec<_>>(),
        ["Point { x: 1 }", "at 2", "at 3", "at 4", "at 5"]
    );
}

#[test]
fn error_is_formatted_by_the_trait() {
    #[trigger_event("spelling:err", err(Debug))]
    fn debug(x: i32) -> Result<(), Point> {
        Err(Point { x })
    }
    #[trigger_event("spelling:err", err(Display))]
    fn display(x: i32) -> Result<(), Point> {
        Err(Point { x })
    }
    #[trigger_event("spelling:err", err(Debug), ret)]
    async fn later(x: u8) -> Result<u8, Code> {
        std::future::ready(()).await;
        Err(Code(x))
    }
    #[track_caller]
    #[trigger_event("spelling:err", err(Debug))]
    fn tracked(x: i32) -> Result<i32, Point> {
        Err(Point { x })?
    }
    let recorder = local::install_recorder("spelling:err");
    assert!(debug(1).is_err() && display(2).is_err() && block_on(later(3)).is_err());
    assert!(tracked(4).is_err());
    let ends: Vec<_> = events(&recorder)
        .into_iter()
        .filter(event_core::Event::is_end)
        .collect();
    let details = ends.iter().map(|end| end.exc_details().unwrap());
    let messages = details.clone().map(|exc| exc.message().to_string());
    assert_eq!(
        messages.collect::<Vec<_>>(),
        ["Point { x: 1 }", "at 2", "Code(3)", "Point { x: 4 }"]
    );
    assert!(details.clone().all(|exc| exc.cause() == Cause::Error));
    assert!(
        details
            .clone()
            .all(|exc| exc.type_name().contains("argument_spellings::"))
    );
}

#[test]
fn error_of_a_block_is_formatted_by_the_trait() {
    struct Parser;
    #[trigger_event("spelling:err_block", err(Debug), ret(Debug))]
    impl Parser {
        fn token(&self) -> Result<u8, Code> {
            let _ = self;
            Err(Code(1))
        }

        fn rules(&self) -> Code {
            let _ = self;
            Code(2)
        }
    }
    let recorder = local::install_recorder("spelling:err_block");
    assert!(Parser.token().is_err());
    assert_eq!(Parser.rules().0, 2);
    let lines = recorder.lines();
    assert_eq!(
        lines[1],
        "END spelling:err_block Parser::token failed: error: Code(1)"
    );
    assert_eq!(
        lines[3],
        "END spelling:err_block Parser::rules return=Code(2)"
    );
}

#[test]
#[expect(
    clippy::all,
    clippy::pedantic,
    reason = "functions of all signatures are tested"
)]
fn display_of_a_block_leaves_out_functions_without_a_value() {
    type Nothing = ();
    struct Lexer;
    #[trigger_event("spelling:ret_block", ret(Display), err(Display))]
    impl Lexer {
        fn none(&self) {}
        fn unit(&self) -> () {}
        fn alias(&self) -> Nothing {}
        fn failing(&self, fails: bool) -> Result<(), Point> {
            if fails { Err(Point { x: 3 }) } else { Ok(()) }
        }
        async fn later(&self) {
            std::future::ready(()).await;
        }
        fn future(&self) -> impl Future<Output = ()> {
            std::future::ready(())
        }
        fn boxed(&self) -> Pin<Box<dyn Future<Output = Nothing>>> {
            Box::pin(std::future::ready(()))
        }
        #[cfg_attr(all(), inline)]
        fn later_expanded(&self) -> Result<(), Point> {
            Ok(())
        }
        #[track_caller]
        fn tracked(&self) {}
        fn any<T: fmt::Display>(&self, value: T) -> T {
            value
        }
        fn opaque(&self) -> impl fmt::Display + use<> {
            2
        }
        fn token(&self) -> Result<u8, Point> {
            Ok(1)
        }
        fn text(&self) -> &str {
            "b"
        }
    }
    let recorder = local::install_recorder("spelling:ret_block");
    let lexer = Lexer;
    lexer.none();
    lexer.unit();
    lexer.alias();
    lexer.failing(false).unwrap();
    lexer.failing(true).unwrap_err();
    block_on(lexer.later());
    block_on(lexer.future());
    block_on(lexer.boxed());
    lexer.later_expanded().unwrap();
    lexer.tracked();
    assert_eq!(lexer.any(7), 7);
    assert_eq!(lexer.opaque().to_string(), "2");
    assert_eq!(lexer.token().unwrap(), 1);
    assert_eq!(lexer.text(), "b");
    let ends = recorder.lines().into_iter();
    let ends = ends.filter(|line| line.starts_with("END"));
    let ends: Vec<_> = ends
        .map(|line| line["END spelling:ret_block Lexer::".len()..].to_owned())
        .collect();
    assert_eq!(
        ends,
        [
            "none",
            "unit",
            "alias",
            "failing fails=false",
            "failing fails=true failed: error: at 3",
            "later",
            "future",
            "boxed",
            "later_expanded",
            "tracked",
            r#"any value=i32 return="7""#,
            r#"opaque return="2""#,
            r#"token return="1""#,
            r#"text return="b""#,
        ]
    );
}

#[test]
fn name_replaces_the_path() {
    struct Parser;
    impl Parser {
        #[trigger_event("spelling:name", name = "next token", ret)]
        fn token(&self) -> u8 {
            let _ = self;
            1
        }
    }
    let recorder = local::install_recorder("spelling:name");
    assert_eq!(Parser.token(), 1);
    assert_eq!(
        recorder.lines(),
        [
            "START spelling:name next token",
            "END spelling:name next token return=1"
        ]
    );
    let events = events(&recorder);
    let site = events[0].site().unwrap();
    assert_eq!((site.path(), site.function()), ("next token", "token"));
}

#[test]
fn names_of_fields_can_have_dots_and_be_strings() {
    struct User {
        id: u32,
    }
    #[trigger_event(
        "spelling:fields",
        skip_all,
        data(
            user.id = 3,
            "http.status" = status,
            http.r#type = ?point,
            "with space" = %point,
            user.id.own = user.id,
            r#type = 1
        )
    )]
    fn handle(status: u16, point: &Point, user: &User) -> u32 {
        let _ = (status, point);
        user.id
    }
    let recorder = local::install_recorder("spelling:fields");
    assert_eq!(handle(200, &Point { x: 1 }, &User { id: 7 }), 7);
    let start = &events(&recorder)[0];
    assert_eq!(
        keys(start.data()),
        [
            "user.id",
            "http.status",
            "http.type",
            "with space",
            "user.id.own",
            "type"
        ]
    );
    assert_eq!(
        start.data().to_string(),
        r#"user.id=3 http.status=200 http.type=Point { x: 1 } with space="at 1" user.id.own=7 type=1"#
    );
}

#[test]
fn shorthands_format_an_argument() {
    struct Server {
        point: Point,
    }
    impl Server {
        #[trigger_event("spelling:short", data(?a, %b, self.point.x, %self.point))]
        fn run(&self, a: &str, b: Point, c: u8) -> usize {
            let _ = (&self.point, b, c);
            a.len()
        }
    }
    #[trigger_event("spelling:short", data(%text))]
    async fn later(text: &str) -> usize {
        std::future::ready(text.len()).await
    }
    let recorder = local::install_recorder("spelling:short");
    let server = Server {
        point: Point { x: 5 },
    };
    assert_eq!(server.run("ab", Point { x: 2 }, 3), 2);
    assert_eq!(block_on(later("abc")), 3);
    let lines = recorder.lines();
    assert_eq!(
        lines[0],
        r#"START spelling:short Server::run c=3 a="ab" b="at 2" self.point.x=5 self.point="at 5""#
    );
    assert_eq!(lines[2], r#"START spelling:short later text="abc""#);
}

fn text(data: impl EventData) -> String {
    recorded_start("spelling:data", data).data().to_string()
}

#[test]
fn data_macro_accepts_dots_strings_and_shorthands() {
    let point = Point { x: 1 };
    let status = 200_u16;
    assert_eq!(
        text(data! { user.id = 3, "http.status" = status }),
        "user.id=3 http.status=200"
    );
    assert_eq!(
        text(data! { ?point, %point.x, status }),
        r#"point=Point { x: 1 } point.x="1" status=200"#
    );
    assert_eq!(
        text(data! { %point, point.x, n = 1 + 1 }),
        r#"point="at 1" point.x=1 n=2"#
    );
    assert_eq!(
        text(data! { "a b" = ?point, "c" = %point, http.r#type = %point, r#type = 2, }),
        r#"a b=Point { x: 1 } c="at 1" http.type="at 1" type=2"#
    );
}
