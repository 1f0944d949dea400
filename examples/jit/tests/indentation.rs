//! Indentation that mixes tabs and spaces.

use jit::Program;

#[test]
fn indentation_is_accepted_exactly_where_python_accepts_it() {
    let load = |body: &str| {
        let text = format!("from numba import njit\n@njit\ndef f(x):\n{body}");
        Program::load("case.py", &text)
    };
    for (body, line) in [
        ("\tif x:\n    return 1\n", 5),
        ("\tif x:\n\t\treturn 1\n        return 2\n", 6),
        ("        if x:\n\t\treturn 1\n", 5),
    ] {
        let error = load(body).expect_err(body).to_string();
        assert!(error.starts_with(&format!("case.py:{line}:")), "{error}");
    }
    for body in [
        "\tif x:\n\t    return 1\n\treturn 2\n",
        "\ty = (x +\n    1)\n    # so\n\n\treturn y\n",
        "    if x:\n    \treturn 1\n    return 2\n",
    ] {
        load(body).expect(body);
    }
}
