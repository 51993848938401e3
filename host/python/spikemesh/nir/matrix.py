# SPDX-License-Identifier: Apache-2.0
"""Sparse matrices whose entries have a delay: what lies between two populations, as one object."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Matrix:
    """Entries (row, col, value, delay): element `row` of the output in step t gets value * element `col` of the
    input in step t - delay. Several entries of one place add up. Columns are arrays [n]."""

    rows: int
    cols: int
    row: Array
    col: Array
    value: Array
    delay: Array

    @staticmethod
    def of(rows: int, cols: int, row: Any, col: Any, value: Any, delay: Any = 0) -> Matrix:
        """Columns of any shapes that broadcast to one."""
        row, col, value, delay = np.broadcast_arrays(row, col, value, delay)
        return Matrix(rows, cols, row.astype(np.int64).ravel(), col.astype(np.int64).ravel(),
                      value.astype(np.float64).ravel(), delay.astype(np.int64).ravel())

    @staticmethod
    def diagonal(values: Any, delays: Any = 0) -> Matrix:
        """values, delays: [size], or one of them [size]."""
        values, delays = np.broadcast_arrays(np.ravel(values), np.ravel(delays))
        index = np.arange(values.size)
        return Matrix.of(values.size, values.size, index, index, values, delays)

    @staticmethod
    def identity(size: int) -> Matrix:
        return Matrix.diagonal(np.ones(size))

    @staticmethod
    def constant(values: Array) -> Matrix:
        """From one element that is always 1."""
        values = np.ravel(values)
        return Matrix.of(values.size, 1, np.arange(values.size), 0, values).merged()

    @property
    def is_identity(self) -> bool:
        """Each element of the output is the same element of the input, at once."""
        return (self.rows == self.cols == self.row.size and not self.delay.any() and bool(np.all(self.value == 1))
                and np.array_equal(self.row, self.col) and np.array_equal(np.sort(self.row), np.arange(self.rows)))

    def merged(self) -> Matrix:
        """Entries of one place and delay as their sum, without zeros; ordered by col, row, delay."""
        order = np.lexsort((self.delay, self.row, self.col))
        row, col, delay, value = self.row[order], self.col[order], self.delay[order], self.value[order]
        if not row.size:
            return self
        first = np.r_[True, (np.diff(row) != 0) | (np.diff(col) != 0) | (np.diff(delay) != 0)]
        value = np.add.reduceat(value, np.flatnonzero(first))
        kept = value != 0
        return Matrix(self.rows, self.cols, row[first][kept], col[first][kept], value[kept], delay[first][kept])

    def after(self, other: Matrix) -> Matrix:
        """This matrix applied to what `other` gives: values multiply, delays add."""
        if other.is_identity:
            return self
        if self.is_identity:
            return other
        order = np.argsort(other.row, kind="stable")
        rows = other.row[order]
        begin, end = np.searchsorted(rows, self.col, "left"), np.searchsorted(rows, self.col, "right")
        count = end - begin
        mine = np.repeat(np.arange(self.col.size), count)
        ahead = np.arange(mine.size) - np.repeat(np.cumsum(count) - count, count)
        theirs = order[np.repeat(begin, count) + ahead]
        return Matrix(self.rows, other.cols, self.row[mine], other.col[theirs], self.value[mine] * other.value[theirs],
                      self.delay[mine] + other.delay[theirs]).merged()

    def select(self, kept: Array) -> Matrix:
        """Those of its entries that the mask or index [n] names."""
        return Matrix(self.rows, self.cols, self.row[kept], self.col[kept], self.value[kept], self.delay[kept])

    def rounded(self, unit: Array) -> Matrix:
        """Values as multiples of unit[row] ([rows]): each is off by at most one unit, and the sum over any stretch of
        neighbouring columns, which often carry spikes together, by no more."""
        order = np.lexsort((self.delay, self.col, self.row))
        row = self.row[order]
        first = np.r_[True, np.diff(row) != 0] if row.size else np.zeros(0, bool)
        sums = np.cumsum(self.value[order] / unit[row])
        begin = np.maximum.accumulate(np.where(first, np.arange(row.size), 0))
        whole = np.rint(sums - np.where(begin > 0, sums[begin - 1], 0.0))
        value = np.empty_like(self.value)
        value[order] = np.diff(whole, prepend=0.0)
        value[order[first]] = whole[first]
        return dataclasses.replace(self, value=value * unit[self.row])

    def numbered(self, row: Array | None, col: Array | None) -> Matrix:
        """The same with element i called row[i] in the output, col[i] in the input."""
        return dataclasses.replace(self, row=self.row if row is None else row[self.row],
                                   col=self.col if col is None else col[self.col])

    def apply(self, steps: Array) -> Array:
        """[..., steps, cols] -> [..., steps, rows], with zeros before step 0."""
        result = np.zeros((*steps.shape[:-1], self.rows))
        for delay in np.unique(self.delay):
            entries = self.select(self.delay == delay)
            moved = np.zeros((*steps.shape[:-1], self.rows))
            columns = np.moveaxis(moved, -1, 0)
            np.add.at(columns, entries.row, np.moveaxis(steps[..., entries.col] * entries.value, -1, 0))
            if delay < steps.shape[-2]:
                result[..., delay:, :] += moved[..., :steps.shape[-2] - delay, :]
        return result


def total(matrices: Sequence[Matrix]) -> Matrix:
    """Their sum; all of one shape."""
    if len(matrices) == 1:
        return matrices[0]
    first = matrices[0]
    columns = [np.concatenate([getattr(m, name) for m in matrices]) for name in ("row", "col", "value", "delay")]
    return Matrix(first.rows, first.cols, *columns).merged()
