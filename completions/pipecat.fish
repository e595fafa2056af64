# Completion of pipecat(1) for fish.
# SPDX-License-Identifier: MIT

complete -c pipecat -f
complete -c pipecat -a 'http:// https:// unix:' -d URL

complete -c pipecat -l format -x -a 'lines json sse' -d 'Form of the events'
complete -c pipecat -l json -d 'An object a line'
complete -c pipecat -s e -l event -x -d 'Type to print or to post'
complete -c pipecat -l last-event-id -x -d 'Go on after the event with this id'
complete -c pipecat -l state -r -F -d 'Keep the last event id in this file'
complete -c pipecat -s n -l count -x -d 'End after this many events'
complete -c pipecat -l max-event -x -d 'Skip events larger than this'
complete -c pipecat -l keep-trying -d 'Try again after an error that is final'
complete -c pipecat -l post -d 'Post standard input, an event a line'
complete -c pipecat -l relay -d 'Serve as the source of a pipecast'
complete -c pipecat -l doctor -d 'Say what holds events back on the way'
complete -c pipecat -l for -x -d 'How long the doctor watches for a time-out'
complete -c pipecat -l token -r -F -d 'Present the token in this file'
complete -c pipecat -l unix-socket -r -F -d 'Connect to this socket'
complete -c pipecat -l proxy -x -d 'Connect by this proxy'
complete -c pipecat -l cacert -r -F -d 'Trust the certificates in this file'
complete -c pipecat -l compressed -d 'Let the server compress the stream'
complete -c pipecat -s q -l quiet -d 'Log errors only'
complete -c pipecat -s v -l verbose -d 'Log more'
complete -c pipecat -s h -l help -d 'Show help, and exit'
complete -c pipecat -s V -l version -d 'Show the version, and exit'
