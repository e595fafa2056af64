#!/bin/sh
# Sends the last 20 messages of the system journal, then each new one. With
# --share, one process in the background reads the journal for all viewers.
#
# The web server's user must be able to read the journal. On Debian, members of
# the group adm can; run this as root, then restart the web server:
#
#	adduser www-data adm
#
# Anyone who can open this URL can read the journal: protect the URL as you
# would protect the journal.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

exec pipecast --share --replay 20 journal:
