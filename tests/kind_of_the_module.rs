//! `#[trigger_event]` without a kind: the kind is the path of the module.

mod support;

use event_core::trigger_event as traced;
use event_core::{RecordingListener, local, trigger_event};
use futures::executor::block_on;
use support::{events, starts};

/// Returns the kind and the path of each call, in order.
fn calls(recorder: &RecordingListener) -> Vec<(&'static str, &'static str)> {
    let starts = starts(recorder).into_iter();
    starts
        .map(|start| (start.kind().as_str(), start.site().unwrap().path()))
        .collect()
}

mod plain {
    use super::*;

    #[trigger_event]
    fn without_parentheses(n: u32) -> u32 {
        n + 1
    }

    #[trigger_event()]
    fn with_parentheses() {}

    pub(super) mod r#match {
        #[event_core::trigger_event]
        pub(crate) fn raw() {}
    }

    #[test]
    fn kind_is_the_path_of_the_module() {
        let recorder = local::install_recorder("kind_of_the_module::plain*");
        assert_eq!(without_parentheses(1), 2);
        with_parentheses();
        r#match::raw();
        assert_eq!(
            recorder.lines()[0],
            "START kind_of_the_module::plain without_parentheses n=1"
        );
        assert_eq!(
            calls(&recorder),
            [
                ("kind_of_the_module::plain", "without_parentheses"),
                ("kind_of_the_module::plain", "with_parentheses"),
                ("kind_of_the_module::plain::r#match", "raw"),
            ]
        );
    }
}

mod arguments {
    use super::*;

    #[trigger_event(ret, err, skip(secret), data(length = secret.len()))]
    fn parse(text: &str, secret: &str) -> Result<u32, std::num::ParseIntError> {
        let _ = secret;
        text.parse()
    }

    #[trigger_event(skip_all, ret)]
    async fn later(n: u32) -> u32 {
        std::future::ready(n).await
    }

    #[trigger_event(crate = event_core)]
    fn with_crate() {}

    #[test]
    fn every_argument_works_without_a_kind() {
        let recorder = local::install_recorder("kind_of_the_module::arguments");
        assert_eq!(parse("7", "hunter2"), Ok(7));
        assert!(parse("x", "hunter2").is_err());
        assert_eq!(block_on(later(3)), 3);
        with_crate();
        assert_eq!(
            recorder.lines(),
            [
                r#"START kind_of_the_module::arguments parse text="7" length=7"#,
                r#"END kind_of_the_module::arguments parse text="7" length=7 return=7"#,
                r#"START kind_of_the_module::arguments parse text="x" length=7"#,
                r#"END kind_of_the_module::arguments parse text="x" length=7 failed: error: invalid digit found in string"#,
                "START kind_of_the_module::arguments later",
                "END kind_of_the_module::arguments later return=3",
                "START kind_of_the_module::arguments with_crate",
                "END kind_of_the_module::arguments with_crate",
            ]
        );
    }
}

mod blocks {
    use super::*;

    pub(super) struct Parser;

    #[trigger_event(ret)]
    impl Parser {
        fn token(&self) -> u8 {
            let _ = self;
            1
        }

        #[trigger_event(skip)]
        fn skipped(&self) {
            let _ = self;
        }

        #[trigger_event("blocks_of_the_module:own")]
        fn own(&self) {
            let _ = self;
        }
    }

    #[trigger_event]
    pub(super) trait Read {
        fn read(&self) {
            let _ = self;
        }
    }

    impl Read for Parser {}

    #[trigger_event]
    mod outer {
        pub(super) fn here() {}

        pub(super) mod inner {
            pub(in super::super) fn there() {}
        }
    }

    #[trigger_event("blocks_of_the_module:block")]
    mod with_kind {
        use super::*;

        pub(super) fn of_the_block() {}

        #[trigger_event]
        pub(super) fn of_the_module() {}

        #[traced]
        pub(super) fn renamed() {}

        #[traced(skip_all)]
        pub(super) fn renamed_with_arguments(_secret: &str) {}
    }

    #[test]
    fn function_of_a_block_has_the_kind_of_its_own_module() {
        let recorder = local::install_recorder("kind_of_the_module::blocks*");
        assert_eq!(Parser.token(), 1);
        Parser.skipped();
        Parser.own();
        Parser.read();
        outer::here();
        outer::inner::there();
        assert_eq!(
            calls(&recorder),
            [
                ("kind_of_the_module::blocks", "Parser::token"),
                ("kind_of_the_module::blocks", "Read::read"),
                ("kind_of_the_module::blocks::outer", "here"),
                ("kind_of_the_module::blocks::outer::inner", "there"),
            ]
        );
    }

    #[test]
    fn own_attribute_without_a_kind_replaces_the_kind_of_the_block() {
        let of_block = local::install_recorder("blocks_of_the_module:block");
        let of_module = local::install_recorder("kind_of_the_module::blocks::with_kind");
        with_kind::of_the_block();
        with_kind::of_the_module();
        with_kind::renamed();
        with_kind::renamed_with_arguments("hunter2");
        assert_eq!(
            calls(&of_block),
            [("blocks_of_the_module:block", "of_the_block")]
        );
        let kind = "kind_of_the_module::blocks::with_kind";
        assert_eq!(
            calls(&of_module),
            [
                (kind, "of_the_module"),
                (kind, "renamed"),
                (kind, "renamed_with_arguments"),
            ]
        );
        assert!(!of_module.lines().concat().contains("hunter2"));
    }
}

mod stacked {
    use super::*;

    #[trigger_event]
    #[trigger_event("stacked_module:inner")]
    fn twice() {}

    #[test]
    fn kind_of_the_module_and_another_kind_nest() {
        let outer = local::install_recorder("kind_of_the_module::stacked");
        let inner = local::install_recorder("stacked_module:inner");
        twice();
        assert_eq!((outer.len(), inner.len()), (2, 2));
        assert_eq!(events(&inner)[0].parent(), Some(events(&outer)[0].id()));
    }
}

mod generated {
    use super::*;

    macro_rules! function {
        ($name:ident) => {
            #[trigger_event]
            fn $name() {}
        };
    }

    function!(made);

    #[test]
    fn function_of_a_macro_has_the_module_in_which_it_is() {
        let recorder = local::install_recorder("kind_of_the_module::generated");
        made();
        assert_eq!(
            calls(&recorder),
            [("kind_of_the_module::generated", "made")]
        );
    }
}
