//! Parses the call on the command line: a function name and literal arguments.

use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;

use crate::parse;
use crate::value::Value;

/// Parses a call such as `area(400, -0.5, True)`, without white space around it.
pub(super) fn parse(text: &str) -> Result<(String, Vec<Value>), String> {
    let error = || {
        format!(
            "`{text}` is not a call; write a function name and its arguments, such as 'area(400)'. \
             Arguments are 64-bit integers, floats, `True` or `False`; comments are not allowed"
        )
    };
    let parsed = ruff_python_parser::parse_expression(text).map_err(|_| error())?;
    // The text is printed in front of ` = RESULT`; a comment would hide the result.
    if parsed
        .tokens()
        .iter()
        .any(|token| token.kind() == TokenKind::Comment)
    {
        return Err(error());
    }
    let Expr::Call(call) = parsed.expr() else {
        return Err(error());
    };
    let (Expr::Name(name), true) = (&*call.func, call.arguments.keywords.is_empty()) else {
        return Err(error());
    };
    let values = call.arguments.args.iter().map(|arg| {
        let value = parse::literal(arg).map(Value::from);
        value
            .filter(|value| *value != Value::None)
            .ok_or_else(error)
    });
    Ok((
        name.id.as_str().to_owned(),
        values.collect::<Result<_, _>>()?,
    ))
}
