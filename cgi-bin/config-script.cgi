#!/usr/bin/env -S pipecast -c
# A configuration file as a script: long options without their dashes, one a
# line, and the sources after the options that describe them. No shell runs.
#
# The first line looks for pipecast on the PATH that the web server gives its
# scripts, and in /usr/bin if it gives none, as lighttpd does. If it is elsewhere,
# or env has no -S, write the whole path instead: #!/usr/local/bin/pipecast -c

retry 5s
heartbeat 20s

event server-time
data %s.%f
source every:3s

event load
source every:10s:cat /proc/loadavg
