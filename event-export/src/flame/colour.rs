//! Colours of frames: a hue for each kind and a shade of it for each function.
//!
//! Colours depend on names alone, so they are the same in every run.

use inferno::flamegraph::color::Color;

/// The outermost frame.
pub(super) const ALL: Color = Color::new(0xe0, 0xe0, 0xe0);
pub(super) const THREAD: Color = Color::new(0xc4, 0xcc, 0xd6);
/// Frames that collect the stacks beyond a limit.
pub(super) const REST: Color = Color::new(0xd0, 0xd0, 0xd0);
/// The edges of frames that may be as light as the background.
pub(super) const EDGE: Color = Color::new(0xc0, 0xc0, 0xc0);
/// The frames that a search finds.
pub(super) const FOUND: &str = "#ff78ff";

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

/// Returns a colour that is light enough for black text. Red hues are left to differences and, in
/// the report, to failures.
fn shade(hue: u64, shade: u64) -> Color {
    let part = |number: u64, of: u64| f64::from(u32::try_from(number % of).unwrap_or(0));
    let lightness = 0.80 + part(shade, 10) / 100.0;
    let chroma = 0.07 + part(shade >> 8, 4) / 100.0;
    from_oklch(lightness, chroma, 60.0 + part(hue, 261))
}

/// Converts a colour of equal perceived lightness (<https://www.w3.org/TR/css-color-4/#ok-lab>).
fn from_oklch(lightness: f64, chroma: f64, hue: f64) -> Color {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let channel = |linear: f64| {
        let value = if linear <= 0.003_130_8 {
            12.92 * linear
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 255"
        )]
        let byte = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        byte
    };
    Color::new(
        channel(4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short),
        channel(-1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short),
        channel(-0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short),
    )
}

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>) and a final mix, since names differ most
/// at their ends.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_without_chroma_is_grey() {
        assert_eq!(from_oklch(1.0, 0.0, 0.0), Color::new(255, 255, 255));
        assert_eq!(from_oklch(0.8, 0.0, 0.0), Color::new(190, 190, 190));
    }

    #[test]
    fn no_function_is_red() {
        for number in 0..2000 {
            let Color { r, g, b } = of(&format!("f{number} [app:{number}]"));
            // The hue of HSL is from 25 degrees on, or blue is at least as strong as red.
            let is_red = r > b && 60 * (i32::from(g) - i32::from(b)) < 25 * i32::from(r - b);
            assert!(!is_red || r <= g, "{number}: {r} {g} {b}");
        }
    }
}
