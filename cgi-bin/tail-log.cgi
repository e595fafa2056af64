#!/bin/sh
# Every line that is written to a log file from now on, also across rotations.
# A browser that lost the connection resumes at the line where it stopped.
#
# The web server's user must be able to read the file, and everybody who can
# open this URL reads it too: protect the URL as you would protect the file.
# To begin with the last ten lines instead of none, add: --replay 10
#
# pipecast is looked for on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

LOG=/var/log/syslog

exec pipecast "file:$LOG"
