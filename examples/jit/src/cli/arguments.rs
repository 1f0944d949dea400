//! Parses the command line.

use std::ffi::OsString;

use event_core::builtin::{COMPILE, COMPILER_LOCK, LLVM_LOCK, RUN_PASS};
use event_core::{Kind, KindFilter};

/// All kinds of events that the compiler broadcasts.
const KINDS: [Kind; 4] = [COMPILE, RUN_PASS, COMPILER_LOCK, LLVM_LOCK];

pub(super) const HELP: &str = "\
Numba in miniature: compiles functions of a Python file to machine code, runs
one, and shows the events that the compiler broadcast.

Usage: jit [OPTIONS] [FILE CALL]

  FILE  a Python file whose functions have the decorator `@njit`
  CALL  a call of one of its functions with literal arguments: 'longest(300000)'
        Default: the bundled kernels/mandelbrot.py and area(400).

Options:
  --json         print one JSON object: result, events and timers
  --kinds KINDS  record only these events: a kind such as numba:compile, or a
                 pattern such as 'numba:*' (default: 'numba:*')
  --help         print this

Kinds: numba:compile, numba:run_pass, numba:compiler_lock, numba:llvm_lock.

Prints the result in Python's notation, a tree of the compilations with their
times, and a table of the compiler's passes. Errors are printed to standard error
as FILE:LINE:COLUMN: MESSAGE, with exit status 1. With --json the events before the
error are still printed, with \"result\": null and the message as \"error\". An invalid
command line has exit status 2.

Supported Python: int64, float64 and bool; assignment and augmented assignment;
+ - * / // % ** and unary minus; comparisons, and, or, not; if/elif/else, while,
for over range, break, continue, pass, return; calls between the file's functions and
recursion; math.sqrt sin cos tan exp log floor ceil pi; abs min max int float.
";

/// The parsed command line.
#[derive(Debug)]
pub(super) struct Arguments {
    /// The file and the call; `None` for the bundled ones.
    pub(super) target: Option<(String, String)>,
    pub(super) json: bool,
    pub(super) kinds: KindFilter,
}

impl Arguments {
    /// Parses the arguments. Returns `None` if they ask for help.
    pub(super) fn parse(args: impl Iterator<Item = OsString>) -> Result<Option<Self>, String> {
        let args = args.map(text).collect::<Result<Vec<_>, _>>()?;
        let mut args = args.into_iter();
        let mut names = Vec::new();
        let mut json = false;
        let mut kinds = None;
        let mut only_names = false;
        while let Some(arg) = args.next() {
            let option = if only_names { "" } else { arg.as_str() };
            match option {
                "--help" | "-h" => return Ok(None),
                "--json" => json = true,
                "--kinds" => set_kinds(&mut kinds, args.next())?,
                "--" => only_names = true,
                _ => match option.strip_prefix("--kinds=") {
                    Some(text) => set_kinds(&mut kinds, Some(text.to_owned()))?,
                    None if option.starts_with('-') => {
                        return Err(format!("unknown option `{arg}`"));
                    }
                    None => names.push(arg),
                },
            }
        }
        let mut names = names.into_iter();
        let target = match (names.next(), names.next(), names.next()) {
            (None, ..) => None,
            (Some(file), Some(call), None) => Some((file, call)),
            (Some(file), None, _) => {
                return Err(format!("`{file}` needs a call, such as 'area(400)'"));
            }
            (_, _, Some(extra)) => {
                return Err(format!(
                    "unexpected argument `{extra}`; expected FILE and CALL"
                ));
            }
        };
        let kinds = kinds.unwrap_or_else(|| KindFilter::from("numba:*"));
        Ok(Some(Self {
            target,
            json,
            kinds,
        }))
    }
}

fn text(arg: OsString) -> Result<String, String> {
    arg.into_string()
        .map_err(|arg| format!("`{}` is not UTF-8", arg.display()))
}

fn set_kinds(kinds: &mut Option<KindFilter>, text: Option<String>) -> Result<(), String> {
    let text = text.ok_or("`--kinds` needs a kind, such as 'numba:compile'")?;
    let filter = KindFilter::new(&text).ok();
    let matches = |filter: &KindFilter| KINDS.iter().any(|kind| filter.matches(*kind));
    let filter = filter.filter(matches).ok_or_else(|| {
        format!(
            "`--kinds`: `{text}` matches none of {}; write one of them, or a pattern such as 'numba:*'",
            KINDS.map(Kind::as_str).join(", ")
        )
    })?;
    if kinds.replace(filter).is_some() {
        return Err(
            "`--kinds` is given twice; use a pattern such as 'numba:*' for several kinds".into(),
        );
    }
    Ok(())
}
