//! One run: loads the file, installs listeners, makes the call and prints the reports.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use event_core::{install_listener, install_recorder};

use super::arguments::Arguments;
use super::{call_text, fail, print};
use crate::call::CallError;
use crate::program::Program;
use crate::report::{CompileTree, PassTable, json};
use crate::value::Value;

/// The default file. It is compiled in, so that the program runs in every directory.
const BUNDLED: &str = include_str!("../../kernels/mandelbrot.py");
const BUNDLED_PATH: &str = "examples/jit/kernels/mandelbrot.py";
const BUNDLED_CALL: &str = "area(400)";

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    if arguments.json {
        run_as_json(arguments)
    } else {
        run_as_text(arguments)
    }
}

fn run_as_text(arguments: &Arguments) -> ExitCode {
    let call = match Call::prepare(arguments) {
        Ok(call) => call,
        Err(message) => return fail(&message, 1),
    };
    // This listener builds its report while the events arrive.
    let tree = install_listener(arguments.kinds.clone(), CompileTree::default());
    // The recorder keeps the events, from which the table of passes is built afterwards.
    let recorder = install_recorder(arguments.kinds.clone());
    let result = call.run();
    let passes = PassTable::from_events(recorder.buffer().iter().map(|(_, event)| event));
    let reports = format!("{}\n{passes}", *tree);
    match result {
        Ok(value) => print(&format!("{} = {value}\n\n{reports}", call.text)),
        Err(message) => {
            // The reports show how far the compilation got before the error.
            if !recorder.is_empty() {
                print(&reports);
            }
            fail(&message, 1)
        }
    }
}

fn run_as_json(arguments: &Arguments) -> ExitCode {
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
        Err(message) => fail(&message, 1),
    }
}

/// A parsed call, with its loaded program.
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
                [] => format!("{path} has no function `{name}`; it has no functions"),
                known => format!(
                    "{path} has no function `{name}`; it has {}",
                    known.join(", ")
                ),
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
            // A compile error already names its place in the file.
            CallError::Compile(error) => error.to_string(),
            error => format!("{}: in {}: {error}", self.path, self.text),
        })
    }
}
