#!/bin/sh
# The same chat under a web server with CGI, one process for each viewer. Copy
# this folder to where the server runs scripts, and open chat.cgi in it:
#
#	cp -r examples/chat /usr/lib/cgi-bin/
#	http://www.example.org/cgi-bin/chat/chat.cgi
#
# The messages are kept in FOLDER, which the web server's user must be able to
# write to. As root, on Debian:
#
#	install -d -o www-data -g www-data -m 770 /var/lib/pipecast-chat
#
# Every visitor who can open this URL can read and write; protect it if need be.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

FOLDER=/var/lib/pipecast-chat

cd "$(dirname "$0")" || exit
mkdir -p "$FOLDER/room" "$FOLDER/here" || exit
exec pipecast --page page.html --replay 200 \
    --post "room/*=spool:$FOLDER/room/*.sse" \
    --post "here/*=spool:$FOLDER/here/*.sse"
