#!/bin/sh
# Sends the server's time every three seconds, in seconds and microseconds, as
# events of type "server-time".
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

exec pipecast --event server-time --data %s.%f every:3s
