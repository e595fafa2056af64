#!/bin/sh
# The output of a command, an event a line. Under plain CGI each viewer has a
# command of its own, which ends when the viewer leaves; when the command ends
# by itself, so does the stream.
#
# --pty gives it a pseudo-terminal. Most programs keep back a few kilobytes
# when they write into a pipe, and write line by line to a terminal only. Leave
# it out if the command does not need it, or colours its output because of it.
#
# pipecast is looked for on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

COMMAND='vmstat -n 1'

exec pipecast --pty "exec:$COMMAND"
