#!/bin/sh
# Sends every line that is written to a log file from now on, across rotations
# too. A browser that has lost its connection continues where it left off.
#
# The web server's user must be able to read the file. On Debian, members of the
# group adm can read most logs; run this as root, then restart the web server:
#
#	adduser www-data adm
#
# Anyone who can open this URL can read the file: protect the URL as you would
# protect the file. To start with the last ten lines, add: --replay 10
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

LOG=/var/log/dpkg.log

exec pipecast "file:$LOG"
