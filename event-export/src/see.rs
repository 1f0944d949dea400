// `docs/see.md` ends with a relative link definition for each picture. The first definition of a
// name wins, so these data URIs replace the relative links in rustdoc. docs.rs needs them because
// it serves no files of a package. `scripts/pictures` writes the base64 files.
#![doc = concat!("[chrome.png]: data:image/png;base64,", include_str!("../docs/pictures/chrome.png.base64"))]
#![doc = concat!("[perfetto.png]: data:image/png;base64,", include_str!("../docs/pictures/perfetto.png.base64"))]
#![doc = concat!("[flame.svg]: data:image/svg+xml;base64,", include_str!("../docs/pictures/flame.svg.base64"))]
#![doc = concat!("[difference.svg]: data:image/svg+xml;base64,", include_str!("../docs/pictures/difference.svg.base64"))]
#![doc = concat!("[report.png]: data:image/png;base64,", include_str!("../docs/pictures/report.png.base64"))]
#![doc = concat!("[failures.png]: data:image/png;base64,", include_str!("../docs/pictures/failures.png.base64"))]
#![doc = include_str!("../docs/see.md")]
