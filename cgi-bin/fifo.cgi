#!/bin/sh
# Whatever is written to a FIFO, an event a line. Make the FIFO once, so that
# the web server's group can read it and whoever is to write it can write it:
#
#	mkfifo -m 0660 /run/pipecast.fifo && chgrp www-data /run/pipecast.fifo
#	echo hello >/run/pipecast.fifo
#
# What is written goes to one reader: with two viewers each gets a part. Without
# a viewer, a writer waits until one comes. (Not in /tmp: many systems give the
# web server a /tmp of its own.)
#
# pipecast is looked for on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

FIFO=/run/pipecast.fifo

exec pipecast "fifo:$FIFO"
