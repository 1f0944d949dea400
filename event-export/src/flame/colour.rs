//! Colours of frames: a hue for each kind and a shade of it for each function.
//!
//! Colours depend on names alone, so they are the same in every run.

use inferno::flamegraph::color::Color;

pub(super) const BACKGROUND: Color = Color::new(0xf8, 0xf8, 0xf8);
/// The frame below all others.
pub(super) const ALL: Color = Color::new(0xe0, 0xe0, 0xe0);
pub(super) const THREAD: Color = Color::new(0xc4, 0xcc, 0xd6);
/// Frames that collect the stacks beyond a limit.
pub(super) const REST: Color = Color::new(0xd0, 0xd0, 0xd0);
/// The edges of frames that may be as light as the background.
pub(super) const EDGE: Color = Color::new(0xc0, 0xc0, 0xc0);

/// Returns the colour of the frame `name`.
pub(super) fn of(name: &str) -> Color {
    let kind = name
        .strip_suffix(']')
        .and_then(|name| name.rsplit_once(" ["))
        .map(|(_, kind)| kind);
    let Some(kind) = kind else {
        return shade(hash(name), hash(name) >> 32);
    };
    shade(hash(kind), hash(name))
}

/// Returns a colour that is light enough for black text.
fn shade(hue: u64, shade: u64) -> Color {
    let part = |number: u64, of: u64| u32::try_from(number % of).unwrap_or(0);
    let hue = f64::from(part(hue, 360));
    let light = 0.66 + f64::from(part(shade, 12)) / 100.0;
    let saturation = 0.60 + f64::from(part(shade >> 8, 20)) / 100.0;
    from_hsl(hue, saturation, light)
}

/// <https://www.w3.org/TR/css-color-3/#hsl-color>
fn from_hsl(hue: f64, saturation: f64, light: f64) -> Color {
    let strength = saturation * light.min(1.0 - light);
    let channel = |offset: f64| {
        let position = (offset + hue / 30.0) % 12.0;
        let value = light - strength * (position - 3.0).min(9.0 - position).clamp(-1.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 255"
        )]
        let byte = (value * 255.0).round() as u8;
        byte
    };
    Color::new(channel(0.0), channel(8.0), channel(4.0))
}

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>) and a final mix, since names differ most
/// at their ends.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3
}
