#!/bin/sh
# Sends the output of a command, one event per line. With --share, one process in
# the background runs the command for all viewers, and ends it a minute after the
# last of them has left; without, plain CGI runs it once for each viewer. When
# the command itself ends, so does the stream.
#
# --pty gives the command a pseudo-terminal. Most programs write line by line
# only to a terminal; into a pipe they write a few kilobytes at a time. Leave
# --pty out if the command does not need it, or if it makes the command colour
# its output.
#
# --replay 100 first sends a new viewer the last hundred lines. Without it, a
# viewer misses those before; in a browser that includes the first lines of all,
# which come while the page is still loading.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

COMMAND='vmstat -n 1'

exec pipecast --share --replay 100 --pty "exec:$COMMAND"
