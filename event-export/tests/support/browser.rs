//! Chromium, which opens reports offline.
//!
//! The environment variable `CHROMIUM` names the program; the default is `chromium`. Without
//! Chromium, the tests print a note and pass.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Opens the page and returns its document after the script has run.
pub(crate) fn open(page: &Path, fragment: &str) -> Option<String> {
    let document = chromium(page, fragment, &["--dump-dom"])?;
    let document = String::from_utf8(document).unwrap();
    assert!(
        !document.contains("data-error"),
        "script error: {}",
        body_attributes(&document)
    );
    Some(document)
}

pub(crate) fn chromium(page: &Path, fragment: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let program = std::env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
    let profile = page.with_extension("profile");
    let output = Command::new(&program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(["--virtual-time-budget=20000", "--window-size=1400,900"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .arg(format!("file://{}{fragment}", page.display()))
        .output();
    let _ = std::fs::remove_dir_all(profile);
    match output {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{stderr}");
            Some(output.stdout)
        }
        Err(error) => {
            eprintln!("skipped: cannot run {program:?}: {error}");
            None
        }
    }
}

/// Returns the attributes of the `body` element, where the script reports its state.
pub(crate) fn body_attributes(document: &str) -> &str {
    let body = document.split_once("<body").map_or("", |(_, body)| body);
    body.split_once('>')
        .map_or("", |(attributes, _)| attributes)
}

/// The functions that scripts of [`run`] can use.
const HELPERS: &str = r"
/** Does what the observers of a canvas do in the next frames. The script does not wait for frames: they are rare in a frame. */
const settle = () => [timeline, flameView].forEach(({ surface }) => surface.fit());
const press = (key, target = document.activeElement) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const type = (text) => {
  $('query').value = text;
  $('query').dispatchEvent(new Event('input'));
};
";

/// Opens the page in a frame of `size`, runs `script` in it, and returns what the script returns.
/// Returns none without a browser.
///
/// `script` is the body of a function. A frame may be narrower than a window.
pub(crate) fn run(page: &Path, fragment: &str, size: (u32, u32), script: &str) -> Option<Value> {
    let script = format!(
        "<script nonce=\"event-export\">
         const answer = (result) => parent.postMessage(JSON.stringify(result), \"*\");
         {HELPERS}
         try {{ answer((() => {{ {script} }})()); }}
         catch (error) {{ answer({{ scriptError: error.stack }}); }}
         </script>"
    );
    let (width, height) = size;
    let inner = page.with_extension(format!("{width}-inner.html"));
    let outer = page.with_extension(format!("{width}-outer.html"));
    let text = std::fs::read_to_string(page).unwrap();
    std::fs::write(&inner, text + &script).unwrap();
    let source = format!("file://{}{fragment}", inner.display());
    let text = format!(
        "<!doctype html><body><script>
         onmessage = ({{ data }}) => (document.body.dataset.result = encodeURI(data));
         </script><iframe src=\"{source}\" width={width} height={height}></iframe>"
    );
    std::fs::write(&outer, text).unwrap();
    let document = chromium(&outer, "", &["--dump-dom"]);
    std::fs::remove_file(inner).unwrap();
    std::fs::remove_file(outer).unwrap();
    let document = String::from_utf8(document?).unwrap();
    let attributes = body_attributes(&document);
    let result = attributes.split_once("data-result=\"");
    let result = result
        .unwrap_or_else(|| panic!("no result: {attributes}"))
        .1;
    let result = decode(result.split_once('"').unwrap().0);
    let result: Value = serde_json::from_str(&result).unwrap();
    assert!(result.get("scriptError").is_none(), "{result}");
    Some(result)
}

/// Decodes the result of `encodeURI`.
fn decode(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap().replace("&amp;", "&")
}
