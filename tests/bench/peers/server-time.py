#!/usr/bin/python3
import sys
import time

print("Content-Type: text/event-stream\n")
while True:
    print("event: server-time")
    print("data: %f\n" % time.time())
    sys.stdout.flush()
    time.sleep(3)
