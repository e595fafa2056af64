"""The built-in page with a stream of many sources."""

from test_page import log, publish  # noqa: F401


def test_id_of_a_followed_file_is_a_place(viewer, publish, log):  # noqa: F811
    log("12345", "", "1234")
    viewer.open(publish(f"file:{log.path}")).wait_rows(2)
    assert [row[3] for row in viewer.rows()][0] == "byte 6"
    assert len({row[3] for row in viewer.rows()}) == len(viewer.rows())
