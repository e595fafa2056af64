"""Random histories of a log file and of a viewer who follows it.

The writer appends, rotates in every way there is, empties, replaces and
rewrites; the viewer's program is stopped, killed and started again; the viewer
goes and comes back with the last event ID. What the viewer gets must be each
line once and in order, or a gap event where a line is missing.

A history is determined by its seed, but for the moments at which the program
looks. What no program could notice is left out: a file that is emptied or
removed before anybody has seen anything of it, and a file of lines that are all
the same, emptied and grown past the place unseen. After a gap at a line that was
rewritten in place, lines may come again: the program may have read it before that,
and the viewer after it.
"""

import random

from history_log import Log
from history_viewer import Viewer, Wrong

KINDS = "unique", "alike", "even", "same"
GATEWAYS = "http", "fastcgi", "cgi"
LAYOUTS = "plain", "target", "switched"


class History:
    """One history of so many steps."""

    def __init__(self, binary, folder, seed, steps=50):
        chance = self.random = random.Random(seed)
        self.seed, self.steps = seed, steps
        self.kind = chance.choice(KINDS)
        self.gateway = chance.choice(GATEWAYS)
        self.log = Log(folder, self.kind, chance.choice(LAYOUTS),
                       chance.choice((1, 2, 3, 9)), chance)
        options = ["--history", "4K"] if chance.random() < 0.4 else []
        self.viewer = Viewer(binary, folder, self.gateway, self.log, options)
        self.calm = chance.random() < 0.3
        if self.log.layout == "switched":
            self.ways = [self.switch]
        else:
            self.ways = [self.rotate, self.rotate_late, self.rotate_by_link,
                         self.rotate_by_copy, self.copy_only]

    def describe(self):
        return (f"seed {self.seed}: {self.kind} lines, {self.gateway}, "
                f"{self.log.layout}, keep {self.log.keep}, "
                f"{self.viewer.options}")

    # What is safe to do: see above.

    def is_known(self):
        """Whether the viewer has seen something of the current file."""
        lines = self.log.files[0].lines
        return not lines or self.viewer.last >= lines[0]

    def make_known(self):
        """Before the current file loses what it has."""
        if not self.is_known() or self.kind == "same" or \
                self.viewer.stream is None:
            self.come_back()
            self.viewer.settle()

    def come_back(self):
        if self.viewer.program is None:
            self.viewer.start()
        if self.viewer.stream is None:
            self.viewer.resume()
            self.viewer.come()

    # Steps.

    def append(self):
        self.finish_copy()
        self.log.append(self.random.choice((1, 1, 2, 3, 5, 40, 200)))

    def finish_copy(self):
        if self.log.copied:
            self.log.empty()
            self.after_emptying()

    def after_emptying(self):
        if self.kind == "same":
            self.viewer.settle()

    def rotate(self):
        self.finish_copy()
        self.log.rotate()

    def rotate_late(self):
        self.finish_copy()
        self.log.rotate(late=self.random.choice((1, 3)))

    def rotate_by_link(self):
        self.finish_copy()
        self.log.rotate_by_link()

    def rotate_by_copy(self):
        self.finish_copy()
        self.before_copying()
        self.log.copy()
        self.log.empty()
        self.after_emptying()

    def before_copying(self):
        """The copy may be removed before anybody sees it."""
        if self.kind == "same" or self.log.keep < 9:
            self.make_known()

    def copy_only(self):
        self.finish_copy()
        self.before_copying()
        self.log.copy()

    def switch(self):
        self.make_known()
        self.log.switch()

    def empty(self):
        self.finish_copy()
        self.make_known()
        self.log.empty()
        self.after_emptying()

    def replace(self):
        self.finish_copy()
        self.make_known()
        self.log.replace()

    def remove_and_create(self):
        self.finish_copy()
        self.make_known()
        self.log.remove_and_create()

    def rewrite_last_line(self):
        self.finish_copy()
        self.log.rewrite_last_line()

    def stall(self):
        if self.viewer.program:
            if self.viewer.stream:
                self.viewer.read(0)
            self.viewer.stop()

    def go(self):
        # Without an id it would come back as a new viewer.
        if self.viewer.stream and self.viewer.last_event_id:
            self.viewer.go()

    def restart(self):
        self.go()
        if not self.viewer.stream:
            self.viewer.end()

    def settle(self):
        self.come_back()
        self.viewer.settle()

    def look(self):
        self.viewer.resume()
        if self.viewer.stream:
            self.viewer.read(0.002)

    def choose(self):
        steps = [(self.append, 10), (self.look, 3), (self.settle, 3),
                 (self.rewrite_last_line, 1)]
        steps += [(way, 4 / len(self.ways)) for way in self.ways]
        if not self.calm:
            steps += [(self.empty, 0.5), (self.replace, 0.5),
                      (self.remove_and_create, 0.7)]
        steps += [(self.stall, 3), (self.go, 1.5), (self.restart, 1)]
        return self.random.choices([step for step, _ in steps],
                                   [weight for _, weight in steps])[0]

    def run(self):
        """Raises Wrong, having said what has happened."""
        try:
            self.come_back()
            for _ in range(self.steps):
                step = self.choose()
                self.viewer.note(f"-- {step.__name__} (next line "
                                 f"{self.log.n_lines}, {self.viewer.n_got} "
                                 "came)")
                step()
            self.append()
            self.settle()
            self.check_end()
        except AssertionError as wrong:
            raise Wrong("\n".join(
                [self.describe(), *self.viewer.trace[-600:],
                 str(wrong)])) from wrong
        finally:
            self.viewer.end()

    def check_end(self):
        viewer = self.viewer
        # The first line of a file is as that before it was emptied.
        n_known = viewer.n_got + self.log.n_emptied
        if self.kind == "same" and n_known < self.log.n_lines and \
                viewer.n_gaps == 0:
            raise Wrong(f"{viewer.n_got} of {self.log.n_lines} lines came, "
                        "without a gap")
