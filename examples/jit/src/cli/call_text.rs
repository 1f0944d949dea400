//! The call on the command line: a name and literal arguments, read by the Python parser.

use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;

use crate::parse;
use crate::value::Value;

/// Reads a call, which has no white space around it, such as `area(400, -0.5, True)`.
pub(super) fn parse(text: &str) -> Result<(String, Vec<Value>), String> {
    let wrong = || {
        format!(
            "`{text}` is not a call: write a function's name and its arguments, which are \
             integers of 64 bits, floats, `True` or `False`, without a comment: 'area(400)'"
        )
    };
    let parsed = ruff_python_parser::parse_expression(text).map_err(|_| wrong())?;
    // It is printed before its result, as it was written.
    if parsed
        .tokens()
        .iter()
        .any(|token| token.kind() == TokenKind::Comment)
    {
        return Err(wrong());
    }
    let Expr::Call(call) = parsed.expr() else {
        return Err(wrong());
    };
    let (Expr::Name(name), true) = (&*call.func, call.arguments.keywords.is_empty()) else {
        return Err(wrong());
    };
    let values = call.arguments.args.iter().map(|arg| {
        let value = parse::literal(arg).map(Value::from);
        value
            .filter(|value| *value != Value::None)
            .ok_or_else(wrong)
    });
    Ok((
        name.id.as_str().to_owned(),
        values.collect::<Result<_, _>>()?,
    ))
}
