# Completion of pipecast(1) for fish.
# SPDX-License-Identifier: MIT

function __pipecast_paths
    set -l current (commandline -ct)
    set -l kind (string match -r '^(?:[^=:]*=)?(?:file|fifo|spool):' -- $current)
    or return
    for path in (__fish_complete_path (string replace -- $kind '' $current))
        echo $kind$path
    end
end

complete -c pipecast -f
complete -c pipecast -a '(__pipecast_paths)'
complete -c pipecast -a '- fifo: file: journal: exec: every: spool: memory: redis: http: https:' -d source

complete -c pipecast -l http -x -a unix: -d 'Listen for browsers on this address'
complete -c pipecast -l fastcgi -x -a unix: -d 'Listen for FastCGI requests on this address'
complete -c pipecast -l allow-host -x -d 'Also answer requests for this host'
complete -c pipecast -l base-path -x -d 'Path under which a server offers pipecast'
complete -c pipecast -l cgi -d 'Write the response to standard output'
complete -c pipecast -l share -d 'Under plain CGI, serve all viewers from one process'
complete -c pipecast -s e -l event -x -d 'Type of the events'
complete -c pipecast -s f -l format -x -a 'lines blocks nul sse json' -d 'Input format'
complete -c pipecast -l json -x -d 'Members of JSON objects'
complete -c pipecast -s d -l data -x -d 'Form of the time that every: sends'
complete -c pipecast -l pty -d 'Run commands in a pseudo-terminal'
complete -c pipecast -l post -d 'Let visitors publish'
complete -c pipecast -l retry -x -d 'How long browsers wait to reconnect'
complete -c pipecast -l heartbeat -x -d 'Send a comment after this much silence'
complete -c pipecast -l history -x -d 'How much to keep in memory'
complete -c pipecast -l replay -x -a all -d 'First send a new viewer the last events'
complete -c pipecast -l max-event -x -d 'Skip events larger than this'
complete -c pipecast -l spool-size -x -d 'Rename a spool at this size'
complete -c pipecast -l spool-sync -d 'Answer posts to a spool once the disk has them'
complete -c pipecast -l redis -x -a 'redis:// unix:' -d 'Where Redis is, for redis: sources'
complete -c pipecast -l redis-maxlen -x -d 'About how many events of a Redis stream to keep'
complete -c pipecast -l max-clients -x -d 'Serve at most this many viewers'
complete -c pipecast -l max-streams -x -d 'Keep at most this many streams of NAME/*'
complete -c pipecast -l linger -x -d 'Forget an unused stream of NAME/*, or end the process of --share, after this long'
complete -c pipecast -l patience -x -d 'How long a slow viewer may delay others'
complete -c pipecast -l max-age -x -d 'Disconnect each viewer after this long'
complete -c pipecast -l keep -d 'Keep running after the sources have ended'
complete -c pipecast -l allow-origin -x -d 'Let pages of this origin read the stream'
complete -c pipecast -l header -x -d 'Add NAME: VALUE to every response'
complete -c pipecast -l end-event -x -d 'Type of the event that ends a stream'
complete -c pipecast -l gap-event -x -d 'Type of the event that reports missed events'
complete -c pipecast -l viewers-event -x -d 'Type of the event that says how many look on'
complete -c pipecast -l page -r -F -d 'Serve this page instead of the built-in one'
complete -c pipecast -l no-page -d 'Serve no page'
complete -c pipecast -l no-gzip -d 'Do not compress streams'
complete -c pipecast -l status -d 'Serve a report at /.status, and a probe'
complete -c pipecast -l dialect -x -a 'event-stream dom-event-stream' -d 'Dialect of the stream'
complete -c pipecast -l read-token -r -F -d 'Answer only requests that present the token in this file'
complete -c pipecast -l post-token -r -F -d 'Let only those post that present the token in this file'
complete -c pipecast -s c -l config -r -F -d 'Read options and sources from this file'
complete -c pipecast -s q -l quiet -d 'Log errors only'
complete -c pipecast -s v -l verbose -d 'Log more'
complete -c pipecast -l check -d 'Show what would run, and exit'
complete -c pipecast -s h -l help -d 'Show help, and exit'
complete -c pipecast -s V -l version -d 'Show the version, and exit'
