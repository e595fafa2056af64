#!/usr/bin/env -S pipecast -c
# A config file that is also a script: one long option per line, without its
# dashes. Options that describe a source stand before it. No shell is involved.
#
# The first line finds pipecast on the PATH that the web server gives its
# scripts, or in /usr/bin if the server sets no PATH, as lighttpd does by
# default. If pipecast is elsewhere, or if env has no -S, write the whole path
# instead: #!/usr/local/bin/pipecast -c

retry 5s
heartbeat 20s

event server-time
data %s.%f
source every:3s

event load
source every:10s:cat /proc/loadavg
