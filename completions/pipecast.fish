# Completion of pipecast(1) for fish.
# SPDX-License-Identifier: MIT

function __pipecast_paths
    set -l current (commandline -ct)
    set -l kind (string match -r '^(?:[^=:]*=)?(?:file|fifo):' -- $current)
    or return
    for path in (__fish_complete_path (string replace -- $kind '' $current))
        echo $kind$path
    end
end

complete -c pipecast -f
complete -c pipecast -a '(__pipecast_paths)'
complete -c pipecast -a '- fifo: file: exec: every:' -d source

complete -c pipecast -l http -x -a unix: -d 'Listen for browsers there'
complete -c pipecast -l fastcgi -x -a unix: -d 'Listen for FastCGI there'
complete -c pipecast -l allow-host -x -d 'Further host name of a loopback listener'
complete -c pipecast -l base-path -x -d 'Where a web server or proxy has mounted it'
complete -c pipecast -l cgi -d 'Answer on standard output'
complete -c pipecast -s e -l event -x -d 'Event type'
complete -c pipecast -s f -l format -x -a 'lines blocks nul sse json' -d 'Input format'
complete -c pipecast -s d -l data -x -d 'What every: sends'
complete -c pipecast -l pty -d 'Give commands a pseudo-terminal'
complete -c pipecast -l retry -x -d 'Reconnection time of browsers'
complete -c pipecast -l heartbeat -x -d 'Send a comment after so much silence'
complete -c pipecast -l history -x -d 'Keep so much of the stream in memory'
complete -c pipecast -l replay -x -a all -d 'Send a new viewer the last events'
complete -c pipecast -l max-event -x -d 'Skip events over this size'
complete -c pipecast -l max-clients -x -d 'Serve at most so many viewers'
complete -c pipecast -l patience -x -d 'How long others may be held up'
complete -c pipecast -l max-age -x -d 'End a stream after so long'
complete -c pipecast -l keep -d 'Stay after the sources have ended'
complete -c pipecast -l allow-origin -x -d 'Let pages of that origin read the stream'
complete -c pipecast -l header -x -d 'Add NAME: VALUE to every response'
complete -c pipecast -l end-event -x -d 'Type of the last event'
complete -c pipecast -l gap-event -x -d 'Type of the event that tells of a gap'
complete -c pipecast -l page -r -F -d 'Show a page of your own'
complete -c pipecast -l no-page -d 'Show no page'
complete -c pipecast -l status -d 'Report at /.status'
complete -c pipecast -l dialect -x -a 'event-stream dom-event-stream' -d 'Of the stream'
complete -c pipecast -s c -l config -r -F -d 'Read options and sources'
complete -c pipecast -s q -l quiet -d 'Log errors only'
complete -c pipecast -s v -l verbose -d 'Log more'
complete -c pipecast -l check -d 'Say what would run, and exit'
complete -c pipecast -s h -l help -d 'Print help, and exit'
complete -c pipecast -s V -l version -d 'Print the version, and exit'
