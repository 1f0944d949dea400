//! 128-bit integers as two halves, which keep the alignment of a value at eight bytes.

/// The high and the low half of a 128-bit integer.
pub(super) type Halves = [u64; 2];

#[expect(
    clippy::cast_possible_truncation,
    reason = "each half is truncated on purpose"
)]
pub(super) const fn halves(wide: u128) -> Halves {
    [(wide >> 64) as u64, wide as u64]
}

#[expect(clippy::cast_sign_loss, reason = "the bits do not change")]
pub(super) const fn signed_halves(wide: i128) -> Halves {
    halves(wide as u128)
}

pub(super) const fn whole([high, low]: Halves) -> u128 {
    (high as u128) << 64 | low as u128
}

#[expect(clippy::cast_possible_wrap, reason = "the bits do not change")]
pub(super) const fn signed_whole(halves: Halves) -> i128 {
    whole(halves) as i128
}
