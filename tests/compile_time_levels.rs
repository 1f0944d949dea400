//! Attributes, guards and data that exist in some builds only, without a warning in any build.
#![deny(warnings)]

mod support;

use std::pin::pin;
use std::task::Poll;

use event_core::local;
use support::{poll_once, yield_times};

/// Defines the module `$level`, which emits events if the predicate `$cfg` holds, as in
/// `debug_assertions` or `feature = "detail"`.
macro_rules! level {
    ($level:ident, $kind:literal, $($cfg:tt)*) => {
        mod $level {
            #[cfg($($cfg)*)]
            use event_core::{add_data, data, trigger_event};

            #[cfg_attr($($cfg)*, trigger_event($kind, err))]
            pub(crate) fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
                text.parse()
            }

            // The path of the crate needs no `use`.
            #[cfg_attr($($cfg)*, event_core::trigger_event($kind, skip(secret), ret))]
            pub(crate) fn add(n: u32, secret: u32) -> u32 {
                n + secret
            }

            #[cfg_attr($($cfg)*, trigger_event($kind))]
            pub(crate) async fn wait(polls: u32) -> u32 {
                crate::yield_times(polls).await;
                polls
            }

            pub(crate) struct Client(pub(crate) u32);

            #[cfg_attr($($cfg)*, trigger_event($kind, skip(password)))]
            impl Client {
                pub(crate) fn log_in(&mut self, user: &str, password: &str) {
                    self.0 = u32::from(user == password);
                }

                #[cfg_attr($($cfg)*, trigger_event(skip))]
                pub(crate) fn id(&self) -> u32 {
                    self.0
                }
            }

            #[cfg_attr($($cfg)*, trigger_event($kind))]
            pub(crate) trait Area {
                fn width(&self) -> u32;
                fn area(&self) -> u32 {
                    self.width() * 2
                }
            }

            #[cfg_attr($($cfg)*, event_core::trigger_event($kind))]
            impl Area for Client {
                fn width(&self) -> u32 {
                    self.0
                }
            }

            #[cfg_attr($($cfg)*, trigger_event($kind))]
            pub(crate) mod inside {
                pub(crate) fn double(n: u32) -> u32 {
                    n * 2
                }
            }

            pub(crate) struct Cache;

            // The block has events in all builds.
            #[event_core::trigger_event("levels:all_builds")]
            impl Cache {
                pub(crate) fn load() {}

                // It has its own kind, or else the kind of the block.
                #[cfg_attr($($cfg)*, event_core::trigger_event($kind))]
                pub(crate) fn find() {}

                #[cfg_attr(not($($cfg)*), event_core::trigger_event(skip))]
                pub(crate) fn probe() {}
            }

            pub(crate) fn statements(n: u32) -> u32 {
                #[cfg($($cfg)*)]
                let _guard = event_core::enter!($kind, n);
                #[cfg($($cfg)*)]
                add_data(data! { added = n + 1 });
                n
            }
        }
    };
}

level!(present, "levels:present", all());
level!(absent, "levels:absent", any());
level!(debug, "levels:debug", debug_assertions);
level!(release, "levels:release", not(debug_assertions));

/// Calls all functions of a level. Returns the ENDs of `$kind` and of the kind of all builds, in
/// the order of their STARTs.
macro_rules! lines {
    ($level:ident, $kind:literal) => {{
        use $level::Area as _;
        let recorder = local::install_recorder(concat!($kind, ",levels:all_builds"));
        assert_eq!($level::parse("7"), Ok(7));
        assert!($level::parse("x").is_err());
        assert_eq!($level::add(1, 2), 3);
        let mut wait = pin!($level::wait(1));
        assert_eq!(poll_once(wait.as_mut()), Poll::Pending);
        assert_eq!(poll_once(wait.as_mut()), Poll::Ready(1));
        let mut client = $level::Client(0);
        client.log_in("me", "me");
        assert_eq!(client.id(), 1);
        assert_eq!(client.area(), 2);
        assert_eq!($level::inside::double(4), 8);
        $level::Cache::load();
        $level::Cache::find();
        $level::Cache::probe();
        assert_eq!($level::statements(5), 5);
        let calls = recorder.calls();
        calls
            .iter()
            .map(|end| end.to_string().replace($kind, "KIND"))
            .collect::<Vec<_>>()
    }};
}

/// The ENDs of a level that is compiled.
const PRESENT: [&str; 12] = [
    r#"END KIND parse text="7""#,
    r#"END KIND parse text="x" failed: error: invalid digit found in string"#,
    "END KIND add n=1 return=3",
    "END KIND wait polls=1",
    r#"END KIND Client::log_in user="me""#,
    "END KIND Area::area",
    "END KIND <Client as Area>::width",
    "END KIND double n=4",
    "END levels:all_builds Cache::load",
    "END KIND Cache::find",
    "END levels:all_builds Cache::probe",
    "END KIND n=5 added=6",
];

/// The ENDs of a level that is left out.
const ABSENT: [&str; 2] = [
    "END levels:all_builds Cache::load",
    "END levels:all_builds Cache::find",
];

#[test]
fn events_exist_if_the_predicate_holds() {
    assert_eq!(lines!(present, "levels:present"), PRESENT);
}

#[test]
fn events_do_not_exist_if_the_predicate_does_not_hold() {
    assert_eq!(lines!(absent, "levels:absent"), ABSENT);
}

#[test]
fn events_of_debug_builds_exist_in_debug_builds_only() {
    let debug = lines!(debug, "levels:debug");
    let release = lines!(release, "levels:release");
    if cfg!(debug_assertions) {
        assert_eq!(debug, PRESENT);
        assert_eq!(release, ABSENT);
    } else {
        assert_eq!(debug, ABSENT);
        assert_eq!(release, PRESENT);
    }
}
