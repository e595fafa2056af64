<?php
header("Content-Type: text/event-stream");
while (ob_get_level() > 0)
	ob_end_flush();
while (true) {
	echo "event: server-time\n";
	echo "data: ", sprintf("%.6f", microtime(true)), "\n\n";
	flush();
	sleep(3);
}
