"""Web servers that each lead to one pipecast in several ways: rightly, and
wrongly. The name of a way says what it does to a stream."""

from fastcgi_servers import (FastCgiApache, FastCgiLighttpd, NginxServer,
                             make_certificate)
from proxies import Caddy, Haproxy
from servers import free_port


class Doctored:
    """The servers keep what is set for one address of pipecast apart from what
    is set for another, so there are some of each gateway."""

    ways = ""

    def __init__(self, folder, binary, http, fastcgi):
        super().__init__(folder, binary)
        self.http, self.fastcgi = http, fastcgi
        make_certificate(folder)
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        self.both = folder / "both.pem"
        self.both.write_text(self.certificate.read_text() +
                             self.key.read_text())

    def start(self):
        self.tls_port, self.http2_port = free_port(), free_port()
        return super().start()

    def site(self):
        return self.ways.format(s=self)

    def stop(self):
        """At once: Apache and Caddy would wait for streams that they hold back
        and whose viewers have left."""
        self.process.kill()
        super().stop()


class Nginx(Doctored, NginxServer):
    kind = "nginx"
    ways = """
server {{
    listen 127.0.0.1:{s.port};
    listen 127.0.0.1:{s.tls_port} ssl;
    listen 127.0.0.1:{s.http2_port} ssl http2;
    ssl_certificate {s.certificate};
    ssl_certificate_key {s.key};
    root {s.folder}/htdocs;
    include fastcgi_params;
    fastcgi_param PATH_INFO $path;
    location /right/ {{ proxy_pass http://{s.http[0]}/; }}
    location /cached/ {{ proxy_pass http://{s.http[0]}/; expires 1h; }}
    location /cut/ {{
        proxy_pass http://{s.http[0]}/;
        proxy_read_timeout 1s;
    }}
    location /held/ {{
        proxy_pass http://{s.http[0]}/;
        proxy_ignore_headers X-Accel-Buffering;
    }}
    location ~ ^/right-fastcgi(?<path>/.*)?$ {{
        fastcgi_pass {s.fastcgi[0]};
    }}
    location ~ ^/cut-fastcgi(?<path>/.*)?$ {{
        fastcgi_pass {s.fastcgi[0]};
        fastcgi_read_timeout 1s;
    }}
    location ~ ^/held-fastcgi(?<path>/.*)?$ {{
        fastcgi_pass {s.fastcgi[0]};
        fastcgi_ignore_headers X-Accel-Buffering;
    }}
}}"""


class Apache(Doctored, FastCgiApache):
    kind = "apache"
    needs = ("proxy", "proxy_fcgi", "proxy_http", "ssl", "socache_shmcb",
             "cgid")
    ways = """
Listen 127.0.0.1:{s.tls_port}
ScriptSock {s.folder}/run/cgid.sock
SetEnvIf Request_URI . proxy-fcgi-pathinfo=unescape
<VirtualHost *:{s.tls_port}>
    SSLEngine on
    SSLCertificateFile {s.certificate}
    SSLCertificateKeyFile {s.key}
    ProxyPass /right/ http://{s.http[0]}/
</VirtualHost>
<VirtualHost *:{s.port}>
    ProxyPass /right/ http://{s.http[0]}/
    ProxyPass /cut/ http://{s.http[1]}/ timeout=1
    ProxyPass /right-fastcgi fcgi://{s.fastcgi[0]} flushpackets=on
    ProxyPass /held-fastcgi fcgi://{s.fastcgi[1]}
    ScriptAlias /right-cgi {s.script}
    ScriptAlias /compressed-cgi {s.script}
    <Directory {s.cgi_bin}>
        Require all granted
        SetEnv PIPECAST_TEST {s.mark}
        SetEnv XDG_RUNTIME_DIR {s.folder}/run
    </Directory>
    <Location /compressed-cgi>
        SetOutputFilter DEFLATE
    </Location>
</VirtualHost>"""

    @property
    def script(self):
        return self.cgi_bin / "doctor.cgi"

    def start(self):
        self.put_pipecast(self.script.name, "--share", "--status",
                          "--no-gzip", "--linger", "1s", "every:1h")
        return super().start()


class Lighttpd(Doctored, FastCgiLighttpd):
    kind = "lighttpd"
    ways = """
server.modules += ( "mod_fastcgi", "mod_proxy" )
$HTTP["url"] !~ "^/held" {{ server.stream-response-body = 1 }}
$HTTP["url"] =~ "^/cut" {{ server.max-write-idle = 1 }}
$HTTP["url"] =~ "^/(right|held|cut)/" {{
    proxy.server = ( "" => (( "host" => "127.0.0.1",
                              "port" => {s.http_port} )) )
    proxy.header = ( "map-urlpath" => ( "/right/" => "/", "/held/" => "/",
                                        "/cut/" => "/" ) )
}}
$HTTP["url"] =~ "^/(right|held)-fastcgi" {{
    fastcgi.server = (
        "/right-fastcgi" => (( "host" => "127.0.0.1", "check-local" =>
            "disable", "port" => {s.fastcgi_port} )),
        "/held-fastcgi" => (( "host" => "127.0.0.1", "check-local" =>
            "disable", "port" => {s.fastcgi_port} )) )
}}
"""

    @property
    def http_port(self):
        return self.http[0].rpartition(":")[2]

    @property
    def fastcgi_port(self):
        return self.fastcgi[0].rpartition(":")[2]


class DoctoredCaddy(Doctored, Caddy):
    kind = "caddy"
    ways = """
{{
    admin off
    auto_https disable_redirects
    servers {{
        protocols h1
    }}
}}
https://127.0.0.1:{s.tls_port} {{
    bind 127.0.0.1
    tls {s.certificate} {s.key}
    handle_path /right/* {{
        reverse_proxy {s.http[0]}
    }}
}}
http://:{s.port} {{
    bind 127.0.0.1
    root * {s.folder}/htdocs
    file_server
    handle_path /right/* {{
        reverse_proxy {s.http[0]}
    }}
    handle_path /held/* {{
        reverse_proxy {s.http[0]} {{
            buffer_responses
        }}
    }}
    handle_path /cut/* {{
        reverse_proxy {s.http[0]} {{
            transport http {{
                read_timeout 1s
            }}
        }}
    }}
    handle /right-fastcgi* {{
        reverse_proxy {s.fastcgi[0]} {{
            transport fastcgi {{
                split /right-fastcgi
            }}
        }}
    }}
    handle /cut-fastcgi* {{
        reverse_proxy {s.fastcgi[0]} {{
            transport fastcgi {{
                split /cut-fastcgi
                read_timeout 1s
            }}
        }}
    }}
}}
"""

    def configuration(self):
        return self.site()


class DoctoredHaproxy(Doctored, Haproxy):
    kind = "haproxy"
    ways = """
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend web
    bind 127.0.0.1:{s.port}
    bind 127.0.0.1:{s.tls_port} ssl crt {s.both} alpn http/1.1
    http-request return status 200 content-type text/plain file \
{s.folder}/htdocs/token.txt if {{ path /token.txt }}
    use_backend %[path,field(2,/)]
backend right
    http-request replace-path /[^/]*(/.*) \\1
    server pipecast {s.http[0]}
backend held
    http-request replace-path /[^/]*(/.*) \\1
    http-response wait-for-body time 5s at-least 1m
    server pipecast {s.http[0]}
backend cut
    timeout server 1s
    http-request replace-path /[^/]*(/.*) \\1
    server pipecast {s.http[0]}
backend right-fastcgi
    option http-no-delay
    use-fcgi-app pipecast
    server pipecast {s.fastcgi[0]} proto fcgi
backend cut-fastcgi
    timeout server 1s
    option http-no-delay
    use-fcgi-app pipecast
    server pipecast {s.fastcgi[0]} proto fcgi
fcgi-app pipecast
    docroot {s.folder}/htdocs
    path-info ^(/[^/]+)(/.*)?$
"""


KINDS = {cls.kind: cls for cls in (Nginx, Apache, Lighttpd, DoctoredCaddy,
                                   DoctoredHaproxy)}
