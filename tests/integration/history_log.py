"""The log of a random history, written and rotated in every way there is."""

import os
import shutil
import time

TAIL = '"service":"payments","env":"production","region":"central","ok":true}'


class File:
    """A file of the log: the lines that are in it now."""

    def __init__(self):
        self.lines = []


class Log:
    """The writer, and what is on the disk."""

    def __init__(self, folder, kind, layout, keep, chance):
        self.kind, self.layout, self.keep = kind, layout, keep
        self.random = chance
        self.n_lines = 0
        self.n_targets = 0
        self.path = f"{folder}/log"
        self.folder = folder
        self.target = self.path
        self.files = {}  # by age; 0 is the current one
        self.copied = False  # and not emptied yet
        self.n_emptied = 0
        self.rewritten = set()  # numbers of lines
        self._create()

    def text(self, number):
        if self.kind == "unique":
            return f"{number} {'x' * (number * 7919 % 61)}"
        if self.kind == "alike":
            return f'{{"n":{number},{TAIL}'
        if self.kind == "even":
            return f"{number:08d} is a line of this log"
        return "same"

    def number(self, text):
        digits = text.removeprefix('{"n":')
        if not digits[:1].isdigit():
            raise Wrong(f"{text!r} is no line of the log")
        n = 0
        while n < len(digits) and digits[n].isdigit():
            n += 1
        return int(digits[:n])

    def name(self, age):
        return f"{self.target}.{age}" if age else self.target

    def _create(self):
        """A new current file, empty."""
        if self.layout == "target":
            os.makedirs(f"{self.folder}/logs", exist_ok=True)
            self.target = f"{self.folder}/logs/current"
            if not os.path.islink(self.path):
                os.symlink(self.target, self.path)
        elif self.layout == "switched":
            self.n_targets += 1
            self.target = f"{self.folder}/log-{self.n_targets:03d}"
        open(self.target, "ab").close()
        if self.layout == "switched":
            os.symlink(self.target, f"{self.path}.link")
            os.replace(f"{self.path}.link", self.path)
        self.files[0] = File()

    def append(self, count, name=None, file=None):
        file = file or self.files[0]
        first, self.n_lines = self.n_lines, self.n_lines + count
        numbers = range(first, self.n_lines)
        data = "".join(f"{self.text(n)}\n" for n in numbers).encode()
        with open(name or self.path, "ab", buffering=0) as out:
            cut = self.random.randrange(len(data) + 1)
            out.write(data[:cut])
            out.write(data[cut:])
        file.lines += numbers

    def rewrite_last_line(self):
        """In place, but for its number. (A file of which the only line has
        changed is taken for a new one.)"""
        if len(self.files[0].lines) < 2 or self.kind == "same":
            return
        line = self.text(self.files[0].lines[-1])
        n = min(5, len(line) - len(str(self.files[0].lines[-1])) - 6)
        if n <= 0:
            return
        with open(self.path, "r+b", buffering=0) as out:
            out.seek(-1 - n, os.SEEK_END)
            out.write(b"#" * n)
        self.rewritten.add(self.files[0].lines[-1])

    def _remove(self, name):
        """The next file may have the same inode, but not the same time of
        birth: that is as exact as the kernel's tick."""
        os.unlink(name)
        time.sleep(0.005)

    def _shift(self):
        for age in range(self.keep, 0, -1):
            if age not in self.files:
                continue
            if age == self.keep:
                self._remove(self.name(age))
                del self.files[age]
            else:
                os.rename(self.name(age), self.name(age + 1))
                self.files[age + 1] = self.files.pop(age)

    def rotate(self, late=0):
        self._shift()
        os.rename(self.target, self.name(1))
        self.files[1] = self.files.pop(0)
        self.append_late(late)
        self._create()

    def append_late(self, late):
        """The writer has the old file open until it is told."""
        if late:
            self.append(late, self.name(1), self.files[1])

    def rotate_by_link(self):
        self._shift()
        os.link(self.target, self.name(1))
        fresh = f"{self.target}.fresh"
        open(fresh, "ab").close()
        os.rename(fresh, self.target)
        self.files[1] = self.files[0]
        self.files[0] = File()

    def switch(self):
        """The link leads to a new file; old ones are removed by and by."""
        old = self.target
        self._create()
        if self.random.random() < 0.5:
            self._remove(old)

    def copy(self):
        self._shift()
        shutil.copyfile(self.target, self.name(1))
        self.files[1] = File()
        self.files[1].lines = list(self.files[0].lines)
        self.copied = True

    def empty(self):
        os.truncate(self.target, 0)
        self.n_emptied += 1
        self.files[0].lines = []
        self.copied = False

    def replace(self):
        """Another file is moved into its place."""
        fresh = f"{self.folder}/fresh"
        open(fresh, "wb").close()
        os.rename(fresh, self.target)
        time.sleep(0.005)
        self.files[0] = File()

    def remove_and_create(self):
        """Its inode is soon used again."""
        self._remove(self.target)
        self._create()
