# SPDX-License-Identifier: Apache-2.0
"""Sums and products of parameters and constants, as chip.json states sizes and build rules: read once,
computed here, written as SystemVerilog and as C++."""
import ast

from misfit import Misfit

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.LShift: "<<"}


def parse(text, path):
    """The tree of an expression; Misfit when it uses anything but whole numbers, names and + - * <<."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise Misfit(f"chip.json: {path}: {text!r} is no expression: {error.msg}") from error
    for node in ast.walk(tree):
        known = isinstance(node, (ast.BinOp, ast.Name, ast.Load, *OPERATORS)) or (
            isinstance(node, ast.Constant) and type(node.value) is int)
        if not known:
            raise Misfit(f"chip.json: {path}: {text!r}: only whole numbers, names and + - * << are understood")
    return tree


def parse_rule(text, path):
    """(left text, left tree, right text, right tree) of `left <= right`."""
    sides = text.split(" <= ")
    if len(sides) != 2:
        raise Misfit(f"chip.json: {path}: {text!r}, but `left <= right` is needed")
    left, right = sides
    return left, parse(left, path), right, parse(right, path)


def names(tree):
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def value(tree, known):
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Name):
        return known[tree.id]
    left, right = value(tree.left, known), value(tree.right, known)
    return {"+": left + right, "-": left - right, "*": left * right, "<<": left << right}[OPERATORS[type(tree.op)]]


def written(tree, number, name):
    """The expression in another language: `number` and `name` write an operand each."""
    if isinstance(tree, ast.Constant):
        return number(tree.value)
    if isinstance(tree, ast.Name):
        return name(tree.id)
    left, right = (written(side, number, name) for side in (tree.left, tree.right))
    wrap = [f"({text})" if isinstance(side, ast.BinOp) else text for side, text in ((tree.left, left), (tree.right, right))]
    return f"{wrap[0]} {OPERATORS[type(tree.op)]} {wrap[1]}"
