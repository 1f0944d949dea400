//! The interest of listeners in one call, and the session in which the call starts.

use std::num::NonZeroU64;

use crate::thread::Session;

/// The data that the recipients of a START want, and the session of the START.
///
/// Both are in one number, so that a scope keeps its session at no cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Interest(
    /// One of the levels below in the lowest byte, and the session in the others.
    NonZeroU64,
);

/// No listener wants data.
pub(super) const NO_DATA: u8 = 5;
/// At least one listener wants the data of STARTs, and none reads it again at the END.
pub(super) const START_DATA: u8 = 6;
/// At least one listener also reads the data of STARTs at the END.
pub(super) const WITH_DATA: u8 = 7;

/// The bit of the levels in data, so that a call tests them fast.
const DATA: u8 = 2;

impl Interest {
    /// The interest in an event that has its data already, in no session.
    pub(crate) const IN_EVENT: Self = Self(NonZeroU64::MIN);

    /// Returns the interest with `level` in no session; `None` if `level` is zero.
    #[inline(always)]
    pub(super) const fn of_level(level: u8) -> Option<Self> {
        match NonZeroU64::new(level as u64) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns the same interest in `session`.
    #[inline]
    pub(crate) fn in_session(self, session: Session) -> Self {
        let number = u64::from(self.level()) | session.as_u64();
        NonZeroU64::new(number).map_or(self, Self)
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the level is the lowest byte"
    )]
    pub(super) const fn level(self) -> u8 {
        self.0.get() as u8
    }

    /// Returns the session of the START. It is [`Session::NONE`] if no local listener was
    /// registered for the call.
    #[inline]
    pub(crate) const fn session(self) -> Session {
        Session::from_u64(self.0.get() & !(u8::MAX as u64))
    }

    /// Returns whether a listener wants data.
    #[inline]
    pub(crate) const fn wants_data(self) -> bool {
        self.level() & DATA != 0
    }

    /// Returns whether a listener reads the data of STARTs at the END.
    #[inline]
    pub(crate) const fn wants_end_data(self) -> bool {
        matches!(self.level(), WITH_DATA)
    }
}

/// Returns the level of a listener with these answers.
pub(super) const fn level_of(wants_data: bool, wants_end_data: bool) -> u8 {
    match (wants_data, wants_end_data) {
        (false, _) => NO_DATA,
        (true, false) => START_DATA,
        (true, true) => WITH_DATA,
    }
}
