# SPDX-License-Identifier: Apache-2.0
"""Markdown tables whose columns also line up in a terminal."""
import math


def number(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def percentile(values, share):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def markdown(heading, rows):
    """The first column to the left, figures to the right."""
    lines = [heading] + rows
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(heading))]
    ruler = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def padded(line):
        return [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]

    shown = [padded(heading), ruler] + [padded(row) for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in shown)


class Table:
    """Rows of figures by server name; None is not measured."""

    def __init__(self, subject, peers, floor):
        self.subject, self.peers, self.floor = subject, peers, floor
        self.rows = []

    def add(self, figure, values, digits=0):
        self.rows.append((figure, values, digits))

    def value(self, figure):
        """The subject's."""
        return next(values.get(self.subject) for name, values, _ in self.rows if name == figure)

    def markdown(self):
        heading = ["figure", self.subject] + [cell for peer in self.peers for cell in (peer, "ratio")] + [self.floor]
        return markdown(heading, [self._cells(*row) for row in self.rows])

    def _cells(self, figure, values, digits):
        ours = values.get(self.subject)
        cells = [figure, number(ours, digits)]
        for peer in self.peers:
            theirs = values.get(peer)
            # A ratio to what shows as 0 says nothing.
            some = ours is not None and theirs and round(theirs, digits) > 0
            cells += [number(theirs, digits), number(ours / theirs, 2) if some else ""]
        return cells + [number(values.get(self.floor), digits)]
