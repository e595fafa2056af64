#!/bin/sh
# A chat room. A visitor who opens this URL in a browser sees the last hundred
# messages and all that come; whatever is posted to it, everybody gets. From a
# shell:
#
#	curl -d 'hello' http://www.example.org/cgi-bin/room.cgi
#
# The messages are kept in a file, which the web server's user must be able to
# create. As root, on Debian:
#
#	install -d -o www-data -g www-data -m 770 /var/spool/pipecast
#
# A script on this machine may append to it as well: each message is the line
# "data: hello" with an empty line after it. The file is renamed to room.sse.1 at
# 16 MB, and the one before it goes.
#
# Every visitor who can open this URL can read and write; protect it if need be.
# With --share, one process in the background serves them all.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

ROOM=/var/spool/pipecast/room.sse

exec pipecast --share --replay 100 --post "spool:$ROOM"
