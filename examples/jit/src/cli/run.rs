//! One run: load, listen, call, and report.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use event_core::{install_listener, install_recorder};

use super::arguments::Arguments;
use super::{call_text, complain, print};
use crate::call::CallError;
use crate::program::Program;
use crate::report::{CompileTree, PassTable, json};
use crate::value::Value;

/// The file that runs when none is named; it is part of the program, so that it is found from
/// everywhere.
const BUNDLED: &str = include_str!("../../kernels/mandelbrot.py");
const BUNDLED_PATH: &str = "examples/jit/kernels/mandelbrot.py";
const BUNDLED_CALL: &str = "area(400)";

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    if arguments.json {
        run_for_json(arguments)
    } else {
        run_for_reading(arguments)
    }
}

fn run_for_reading(arguments: &Arguments) -> ExitCode {
    let call = match Call::prepare(arguments) {
        Ok(call) => call,
        Err(message) => return complain(&message, 1),
    };
    // A listener written by hand, which keeps no events but draws as they come …
    let tree = install_listener(arguments.kinds.clone(), CompileTree::default());
    // … and one that is fed afterwards, from what a recorder kept.
    let recorder = install_recorder(arguments.kinds.clone());
    let result = call.run();
    let passes = PassTable::from_events(recorder.buffer().iter().map(|(_, event)| event));
    let reports = format!("{}\n{passes}", *tree);
    match result {
        Ok(value) => print(&format!("{} = {value}\n\n{reports}", call.text)),
        Err(message) => {
            // What was compiled until then shows how far it came.
            if !recorder.is_empty() {
                print(&reports);
            }
            complain(&message, 1)
        }
    }
}

fn run_for_json(arguments: &Arguments) -> ExitCode {
    let prepared = Call::prepare(arguments);
    let recorder = install_recorder(arguments.kinds.clone());
    let result = match &prepared {
        Ok(call) => call.run(),
        Err(message) => Err(message.clone()),
    };
    let events = recorder.buffer();
    let program = prepared.as_ref().ok().map(|call| &call.program);
    let printed = print(&json::object(result.as_ref(), &events, program));
    match result {
        Ok(_) => printed,
        Err(message) => complain(&message, 1),
    }
}

/// A call that is ready to be made.
struct Call {
    path: String,
    text: String,
    program: Program,
    function: Arc<crate::Dispatcher>,
    args: Vec<Value>,
}

impl Call {
    fn prepare(arguments: &Arguments) -> Result<Self, String> {
        let (path, call, text) = match &arguments.target {
            None => (BUNDLED_PATH, BUNDLED_CALL, BUNDLED.to_owned()),
            Some((path, call)) => {
                let text = fs::read_to_string(path);
                let text = text.map_err(|error| format!("cannot read {path}: {error}"))?;
                (path.as_str(), call.trim(), text)
            }
        };
        let (name, args) = call_text::parse(call)?;
        let program = Program::load(path, &text).map_err(|error| error.to_string())?;
        let function = program.function(&name).ok_or_else(|| {
            let known: Vec<_> = program.functions().iter().map(|it| it.name()).collect();
            match known.as_slice() {
                [] => format!("{path} has no functions, so no `{name}`"),
                known => format!("{path} has no `{name}`; it has {}", known.join(", ")),
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            text: call.to_owned(),
            program,
            function,
            args,
        })
    }

    fn run(&self) -> Result<Value, String> {
        self.function.call(&self.args).map_err(|error| match error {
            // It has its place in the file.
            CallError::Compile(error) => error.to_string(),
            error => format!("{}: in {}: {error}", self.path, self.text),
        })
    }
}
