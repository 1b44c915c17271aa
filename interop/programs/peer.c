/* See peer.h. */
#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char **words;
static int tcp = -1;

const char *told(const char *name) {
    size_t len = strlen(name);
    for (char **word = words; *word != NULL; word++) {
        if (strncmp(*word, name, len) == 0 && (*word)[len] == '=') {
            return *word + len + 1;
        }
    }
    return NULL;
}

void fact(const char *key, const char *value) {
    if (value != NULL) {
        fprintf(stderr, "fact %s=%s\n", key, value);
    }
}

static void block(bool on) {
    int flags = fcntl(tcp, F_GETFL);
    (void)fcntl(tcp, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

_Noreturn void fail(const char *why) {
    char rest[4096];
    fact("ok", "false");
    fact("error", why);
    if (tcp >= 0) {
        block(true);
        (void)shutdown(tcp, SHUT_WR);
        while (read(tcp, rest, sizeof rest) > 0) {
        }
    }
    exit(1);
}

static void wait_for(int fd, short events) {
    struct pollfd one = {.fd = fd, .events = events};
    (void)poll(&one, 1, -1);
}

static void open_connection(void) {
    block(true);
    stack_open(tcp);
    block(false);
}

static void close_connection(void) {
    stack_close();
    (void)close(tcp);
    tcp = -1;
}

/* more reads what is there; |end| is set if nothing more will come. */
static int more(void *out, size_t size, bool *end) {
    int n = stack_read(out, size);
    if (n == PEER_CUT && told("strict") != NULL) {
        fail("the connection ended without close_notify");
    }
    *end = n == PEER_CLOSED || n == PEER_CUT;
    return n > 0 ? n : 0;
}

static void print(const char *data, int n) {
    for (int at = 0, k = 0; at < n; at += k) {
        k = (int)write(STDOUT_FILENO, data + at, (size_t)(n - at));
        if (k <= 0) {
            fail("cannot write to stdout");
        }
    }
}

/* drain prints, or drops, what is there. Returns its length; |end| as above. */
static size_t drain(bool printed, bool *end) {
    char data[16384];
    size_t all = 0;
    for (int n = 1; n > 0; all += (size_t)n) {
        n = more(data, sizeof data, end);
        if (printed && n > 0) {
            print(data, n);
        }
    }
    return all;
}

/* say sends all of it. A client reads on meanwhile, as the other end may wait for that. */
static void say(const char *data, size_t size, bool reads) {
    bool end = false;
    for (size_t at = 0; at < size;) {
        int n = stack_write(data + at, size - at);
        at += n > 0 ? (size_t)n : 0;
        if (n == PEER_AGAIN) {
            wait_for(tcp, reads && !end ? POLLIN | POLLOUT : POLLOUT);
            if (reads && !end) {
                (void)drain(true, &end);
            }
        }
    }
}

static struct sockaddr_in address(void) {
    struct sockaddr_in out = {.sin_family = AF_INET};
    out.sin_port = htons((uint16_t)strtoul(told("port"), NULL, 10));
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

static void echo(void) {
    char data[16384];
    bool end = false;
    while (!end) {
        int n = more(data, sizeof data, &end);
        if (n > 0) {
            say(data, (size_t)n, false);
        } else if (!end) {
            wait_for(tcp, POLLIN);
        }
    }
    stack_hang_up();
}

static void serve(void) {
    struct sockaddr_in own = address();
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 8) != 0) {
        fail("cannot bind: address in use?");
    }
    for (long left = strtol(told("connections"), NULL, 10); left > 0; left--) {
        tcp = accept(listener, NULL, NULL);
        open_connection();
        echo();
        fact("ok", "true");
        close_connection();
    }
}

static void dial(void) {
    struct sockaddr_in theirs = address();
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(tcp, (struct sockaddr *)&theirs, sizeof theirs) != 0) {
        fail("cannot connect");
    }
    open_connection();
}

/* first makes the connection that is to be resumed. Returns how many bytes of |said|, read from
 * stdin, it said. */
static size_t first(char *said, size_t size) {
    bool end = false;
    ssize_t n = read(STDIN_FILENO, said, size);
    if (n <= 0) {
        fail("nothing on stdin");
    }
    dial();
    say(said, (size_t)n, false);
    for (size_t back = 0; back < (size_t)n && !end; back += drain(false, &end)) {
        wait_for(tcp, POLLIN);
    }
    stack_keep();
    stack_hang_up();
    while (!end) {
        wait_for(tcp, POLLIN);
        (void)drain(false, &end);
    }
    close_connection();
    return (size_t)n;
}

static void talk(void) {
    char data[16384];
    bool end = false, open = true;
    while (drain(true, &end), !end) {
        struct pollfd both[] = {{.fd = tcp, .events = POLLIN},
                                {.fd = open ? STDIN_FILENO : -1, .events = POLLIN}};
        (void)poll(both, 2, -1);
        if (both[1].revents != 0) {
            ssize_t n = read(STDIN_FILENO, data, sizeof data);
            open = n > 0;
            if (open) {
                say(data, (size_t)n, true);
            } else {
                stack_hang_up();
            }
        }
    }
}

static void connect_to(void) {
    static char said[65536];
    const char *connection = told("connection");
    size_t n = connection != NULL && strcmp(connection, "both") == 0 ? first(said, sizeof said) : 0;
    dial();
    say(said, n, true);
    talk();
    fact("ok", "true");
    close_connection();
}

int main(int argc, char **argv) {
    bool server = argc > 1 && strcmp(argv[1], "serve") == 0;
    words = argv + (argc > 1 ? 2 : 1);
    (void)signal(SIGPIPE, SIG_IGN);
    stack_start(server);
    if (server) {
        serve();
    } else {
        connect_to();
    }
    return 0;
}
