"""Compressed streams in a real browser, which asks for them by itself."""

import pytest

from fifo import write_once
from http_program import HttpProgram
from program import plain_environment

WATCH = """
window.seen = [[], [], []];
window.watch = at => {
    const source = new EventSource("/");
    source.onmessage = ({ data }) => seen[at].push(data);
    return source;
};
window.source = watch(0);
fetch("/").then(async response => {
    window.coding = response.headers.get("content-encoding");
    const text = response.body.pipeThrough(new TextDecoderStream());
    for await (const piece of text)
        seen[1].push(...piece.match(/(?<=^data: ).*/gm) ?? []);
});
"""


@pytest.fixture
def program(binary, folder):
    if b"libz.so" not in binary.read_bytes():
        pytest.skip("pipecast was built without zlib")
    program = HttpProgram(binary, [f"fifo:{folder}/fifo"], folder,
                          env=plain_environment())
    yield program
    program.stop()


def test_event_arrives_before_the_next_is_written(browser, program, folder):
    """For EventSource and for fetch, while others join and leave."""
    browser.open(f"http://127.0.0.1:{program.port}/none")
    browser.run(WATCH)
    browser.wait_true("source.readyState === 1 && window.coding === 'gzip'")
    for n in range(20):
        if n == 5:
            browser.run("window.other = watch(2);")
            browser.wait_true("other.readyState === 1")
        elif n == 15:
            browser.run("other.close();")
        write_once(folder / "fifo", b"%d\n" % n)
        seen = [list(range(n + 1)), list(range(n + 1)),
                list(range(5, min(n + 1, 15)))]
        browser.wait_true(f"JSON.stringify(seen.map(all => all.map(Number)))"
                          f" === '{seen}'.replaceAll(' ', '')")
