"""What a source must be before it may run: it parses, imports only what a network needs, defines build_model."""

import ast

ALLOWED_MODULES = ("keras", "tensorflow", "numpy", "math", "typing", "__future__")


def source_findings(source: str) -> tuple[str, ...]:
    """What is wrong with a candidate's source, a sentence each; empty when it may be built.

    This is advice to its author, given early. What contains hostile code is the sandbox.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = "" if line is None else f" in line {line}"
        return (f"the source does not parse{where}: {getattr(error, 'msg', error)}",)
    findings = [
        f"line {line}: it imports {name}, and may import only {', '.join(ALLOWED_MODULES[:-2])}"
        for line, name in _imports(tree)
        if name.split(".")[0] not in ALLOWED_MODULES
    ]
    builders = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build_model"]
    if not builders:
        findings.append("it defines no function build_model(input_shape, classes) at the top level")
    elif not _takes_two(builders[-1].args):
        findings.append("build_model must take two positional arguments: input_shape and classes")
    return tuple(findings)


def _imports(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, ("." * node.level) + (node.module or "")))
    return found


def _takes_two(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    keywords = any(default is None for default in arguments.kw_defaults)
    return needed <= 2 and (positional >= 2 or arguments.vararg is not None) and not keywords
