//! Parses a Python file into its functions and constants.
//!
//! `ruff_python_parser` parses the grammar. This module and its children convert the supported
//! parts. They reject everything else with its position and the supported alternative.

mod expression;
mod statement;
mod tabs;

use std::collections::HashMap;

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use crate::ast::{Constant, Function, Name};
use crate::error::{Diagnosis, SourceError};
use crate::source::{At, Source};

pub(crate) use expression::literal;

const TOP_LEVEL: &str = "`from numba import njit`, `import math`, functions under `@njit`, \
     names set to a number, and an `if __name__ == \"__main__\":` block, which is not run";

/// The definitions of a file.
#[derive(Debug, Default)]
pub(crate) struct ParsedFile {
    pub(crate) functions: Vec<Function>,
    pub(crate) constants: HashMap<String, Constant>,
    /// Whether `math` is Python's module at the end of the file.
    pub(crate) math: bool,
}

/// Parses a file.
pub(crate) fn parse(source: &Source) -> Result<ParsedFile, SourceError> {
    let module = ruff_python_parser::parse_module(source.text()).map_err(|error| {
        let message = format!("invalid Python: {}", error.error);
        SourceError(Diagnosis::new(
            source,
            error.location.start().to_u32(),
            message,
        ))
    })?;
    if let Some(at) = tabs::inconsistent(source.text(), module.tokens()) {
        let message =
            "tabs and spaces are mixed, so the block of this line depends on the width of a tab";
        let diagnosis = Diagnosis::new(source, at, message);
        return Err(SourceError(
            diagnosis.supported("only spaces, or only tabs"),
        ));
    }
    let mut parser = Parser {
        source,
        file: ParsedFile::default(),
        njit: false,
        loops: 0,
        loop_depth: 0,
    };
    for stmt in &module.syntax().body {
        parser.top_level(stmt)?;
    }
    Ok(parser.file)
}

/// Converts one file from top to bottom, and stops at the first unsupported construct.
#[derive(Debug)]
struct Parser<'a> {
    source: &'a Source,
    file: ParsedFile,
    /// Whether `njit` is Numba's decorator at the current statement.
    njit: bool,
    loops: usize,
    loop_depth: usize,
}

type Result<T, E = SourceError> = std::result::Result<T, E>;

impl Parser<'_> {
    fn error<T>(&self, node: &impl Ranged, message: String, supported: &'static str) -> Result<T> {
        let diagnosis = Diagnosis::new(self.source, start(node), message);
        Err(SourceError(diagnosis.supported(supported)))
    }

    fn unsupported<T>(&self, node: &impl Ranged, what: &str, supported: &'static str) -> Result<T> {
        self.error(node, format!("{what} is not supported"), supported)
    }

    fn top_level(&mut self, stmt: &py::Stmt) -> Result<()> {
        match stmt {
            py::Stmt::Import(import) => self.import(import),
            py::Stmt::ImportFrom(import) => self.import_from(import),
            py::Stmt::FunctionDef(def) => self.function(def),
            py::Stmt::Assign(assign) => self.constant(assign),
            py::Stmt::Expr(expr) if expr.value.is_string_literal_expr() => Ok(()),
            py::Stmt::If(block) if is_main_guard(&block.test) => Ok(()),
            py::Stmt::Pass(_) => Ok(()),
            other => self.unsupported(other, statement::noun(other), TOP_LEVEL),
        }
    }

    fn import(&mut self, import: &py::StmtImport) -> Result<()> {
        for alias in &import.names {
            if alias.name.as_str() != "math" || alias.asname.is_some() {
                return self.unsupported(alias, "this import", TOP_LEVEL);
            }
            self.undefine("math");
            self.file.math = true;
        }
        Ok(())
    }

    fn import_from(&mut self, import: &py::StmtImportFrom) -> Result<()> {
        let module = import.module.as_ref().map_or("", py::Identifier::as_str);
        for alias in &import.names {
            let known = module == "numba" && import.level == 0 && alias.name.as_str() == "njit";
            if !known || alias.asname.is_some() {
                return self.unsupported(alias, "this import", TOP_LEVEL);
            }
            self.undefine("njit");
            self.njit = true;
        }
        Ok(())
    }

    /// Removes earlier definitions of a name. As in Python, the last definition counts.
    fn undefine(&mut self, name: &str) {
        self.file.functions.retain(|function| function.name != name);
        self.file.constants.remove(name);
        self.file.math &= name != "math";
        self.njit &= name != "njit";
    }

    fn constant(&mut self, assign: &py::StmtAssign) -> Result<()> {
        let Some(value) = literal(&assign.value) else {
            return self.unsupported(&*assign.value, "this value outside a function", TOP_LEVEL);
        };
        for target in &assign.targets {
            let name = self.target(target)?;
            self.undefine(&name.text);
            self.file.constants.insert(name.text, value);
        }
        Ok(())
    }

    fn function(&mut self, def: &py::StmtFunctionDef) -> Result<()> {
        self.check_decorators(def)?;
        if def.is_async || def.type_params.is_some() {
            return self.unsupported(&def.name, "an async or generic function", "a plain `def`");
        }
        let parameters = self.parameters(&def.parameters)?;
        self.loops = 0;
        let body = self.block(&def.body)?;
        let name = def.name.as_str().to_owned();
        self.undefine(&name);
        self.file.functions.push(Function {
            name,
            at: start(&def.name),
            parameters,
            body,
            loops: self.loops,
        });
        Ok(())
    }

    fn check_decorators(&self, def: &py::StmtFunctionDef) -> Result<()> {
        const NJIT: &str = "`@njit` alone, without options";
        let [decorator] = def.decorator_list.as_slice() else {
            return self.unsupported(&def.name, "a function that is not under one `@njit`", NJIT);
        };
        let name = match &decorator.expression {
            py::Expr::Call(call) if call.arguments.is_empty() => &*call.func,
            other => other,
        };
        if !matches!(name, py::Expr::Name(name) if name.id.as_str() == "njit") {
            return self.unsupported(decorator, "this decorator", NJIT);
        }
        if !self.njit {
            return self.error(decorator, self.describe_njit(), "`from numba import njit`");
        }
        Ok(())
    }

    /// Describes the definition of `njit`, which is not Numba's.
    fn describe_njit(&self) -> String {
        let definition = if self.file.constants.contains_key("njit") {
            "a variable here"
        } else if self.file.functions.iter().any(|it| it.name == "njit") {
            "a function of this file"
        } else {
            return "`njit` is not defined".into();
        };
        format!("`njit` is {definition}")
    }

    fn parameters(&self, parameters: &py::Parameters) -> Result<Vec<Name>> {
        const PLAIN: &str = "parameters by position, without defaults";
        let special = parameters.vararg.as_ref().or(parameters.kwarg.as_ref());
        if let Some(parameter) = special {
            return self.unsupported(&**parameter, "a starred parameter", PLAIN);
        }
        if let Some(parameter) = parameters.kwonlyargs.first() {
            return self.unsupported(parameter, "a keyword-only parameter", PLAIN);
        }
        let mut names = Vec::new();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            if let Some(default) = parameter.default() {
                return self.unsupported(default, "a default value", PLAIN);
            }
            let text = parameter.name().as_str().to_owned();
            if names.iter().any(|earlier: &Name| earlier.text == text) {
                let message = format!("two parameters have the name `{text}`");
                return self.error(parameter, message, "a different name for each parameter");
            }
            names.push(Name {
                text,
                at: start(parameter.name()),
            });
        }
        Ok(names)
    }
}

fn start(node: &impl Ranged) -> At {
    node.start().to_u32()
}

/// Returns whether the test is `__name__ == "__main__"`, which is false in a loaded file.
fn is_main_guard(test: &py::Expr) -> bool {
    let py::Expr::Compare(compare) = test else {
        return false;
    };
    matches!(&*compare.left, py::Expr::Name(name) if name.id.as_str() == "__name__")
        && compare.ops.as_ref() == [py::CmpOp::Eq]
        && matches!(
            compare.comparators.as_ref(),
            [py::Expr::StringLiteral(name)] if name.value.to_str() == "__main__"
        )
}
