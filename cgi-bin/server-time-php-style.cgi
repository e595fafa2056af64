#!/bin/sh
# The same as server-time.cgi, but in whole seconds, as PHP's time() returns.
#
# The shell finds pipecast on the PATH that the web server gives its scripts. If
# it is elsewhere, write its whole path: exec /opt/pipecast/bin/pipecast ...

exec pipecast --event server-time --data %s every:3s
