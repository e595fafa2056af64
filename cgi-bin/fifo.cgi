#!/bin/sh
# Sends each line that other programs write to a FIFO. Create the FIFO once, so
# that the web server's group can read it:
#
#	mkfifo -m 0660 /run/pipecast.fifo && chgrp www-data /run/pipecast.fifo
#	echo hello >/run/pipecast.fifo
#
# Each line goes to one reader only. Under plain CGI every viewer has a reader
# of its own, so two viewers get about half of the lines each; FastCGI or --http
# sends every line to all of them. While there is no viewer, a program that
# opens the FIFO for writing waits for one.
#
# Do not put the FIFO into /tmp: many systems give the web server a /tmp of its
# own.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

FIFO=/run/pipecast.fifo

exec pipecast "fifo:$FIFO"
