"""Single mistakes in the source of a function: one sign, exponent or constant changed."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

_OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


def flips(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each mistake, described, with the function that makes it.

    a + b and a - b change places, a * b and a / b too, -a becomes a, every constant c becomes c + 1, exponents among
    them. Subscripts are
    left alone: they choose among results, they are not part of a formula.
    """
    source = textwrap.dedent(inspect.getsource(function))
    for number in range(len(_places(ast.parse(source)))):
        tree = ast.parse(source)
        node = _places(tree)[number]
        before = ast.unparse(node)
        if isinstance(node, ast.BinOp):
            node.op = _OPERATORS[type(node.op)]()
        elif isinstance(node, ast.UnaryOp):
            node.op = ast.UAdd()
        else:
            node.value += 1
        yield f"{before} -> {ast.unparse(node)}", _compiled(tree, function)


def _places(tree: ast.AST) -> list[Any]:
    skipped = {id(node) for part in ast.walk(tree) if isinstance(part, ast.Subscript) for node in ast.walk(part.slice)}
    return [node for node in ast.walk(tree) if id(node) not in skipped and _is_place(node)]


def _is_place(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return type(node.op) in _OPERATORS
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _compiled(tree: ast.Module, function: Callable[..., Any]) -> Callable[..., Any]:
    names = dict(function.__globals__)
    exec(compile(tree, f"<flip of {function.__name__}>", "exec"), names)
    return names[function.__name__]
