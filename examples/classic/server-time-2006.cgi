#!/bin/sh
# The same as cgi-bin/server-time.cgi in the dialect of 2006,
# application/x-dom-event-stream. Only dialect-2006.html reads it: an
# EventSource of today refuses it. Copy it to where the other scripts are.

exec pipecast --dialect dom-event-stream \
	--event server-time --data %s.%f every:3s
