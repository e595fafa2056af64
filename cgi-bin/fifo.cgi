#!/bin/sh
# Sends each line that other programs write to a FIFO. Create the FIFO once, so
# that the web server's group can read it:
#
#	mkfifo -m 0660 /run/pipecast.fifo && chgrp www-data /run/pipecast.fifo
#	echo hello >/run/pipecast.fifo
#
# Each line goes to one reader only. With --share, that is one process in the
# background for all viewers; without, plain CGI gives every viewer a reader of
# its own, and two viewers get about half of the lines each. A minute after the
# last viewer has left, that process ends; then a program that opens the FIFO for
# writing waits for the next viewer.
#
# Do not put the FIFO into /tmp: many systems give the web server a /tmp of its
# own.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

FIFO=/run/pipecast.fifo

exec pipecast --share "fifo:$FIFO"
