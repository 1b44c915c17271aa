/* The shim's connections: bytes between the runner's socket and an engine, and the dialogue that
 * the runner expects once the handshake is done. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bogo.h"

#define START_MS INT64_C(1700000000000) /* 2023-11-14 */

struct link {
    struct bogo *b;
    struct parley_engine *engine;
    int fd;
    bool eof;
    bool checked;     /* the handshake is done, and was found as expected */
    bool hold, held;  /* of what is written, only one byte leaves, or each time until the handshake
                         is done; it has left */
    size_t in, taken; /* bytes in |buffer|, and how many of them the engine has taken */
    uint8_t buffer[16384];
};

_Noreturn void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

struct parley_bytes read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t cap = 1 << 20;
    uint8_t *data = calloc(1, cap);
    if (!file || !data) {
        fail("%s: %s", path, strerror(errno));
    }
    size_t len = fread(data, 1, cap - 1, file);
    (void)fclose(file);
    return (struct parley_bytes){data, len};
}

struct parley_bytes pem_first(struct parley_bytes pem) {
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    char *name = NULL, *header = NULL;
    uint8_t *der = NULL;
    long len = 0;
    if (!bio || !PEM_read_bio(bio, &name, &header, &der, &len)) {
        fail("no PEM");
    }
    BIO_free(bio);
    OPENSSL_free(name);
    OPENSSL_free(header);
    return (struct parley_bytes){der, (size_t)len};
}

static unsigned status(const struct link *l) {
    return parley_engine_status(l->engine);
}

static bool early_rejected(const struct link *l) {
    struct parley_outcome outcome;
    parley_engine_outcome(l->engine, &outcome);
    return l->b->early && (status(l) & PARLEY_DONE) && !outcome.early_data_accepted;
}

/* ---- Bytes ---- */

static void send_bytes(int fd, const uint8_t *data, size_t len) {
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* the runner has gone; what it said last is still to be read */
        }
        data += n;
        len -= (size_t)n;
    }
}

static void flush(struct link *l) {
    uint8_t out[16384];
    size_t n;
    size_t most = l->hold || l->b->flags->async ? 1 : sizeof(out);
    while (!(l->hold && l->held) && (n = parley_engine_pull(l->engine, out, most)) > 0) {
        send_bytes(l->fd, out, n);
        l->held = l->hold && (status(l) & PARLEY_DONE);
        if (l->hold) {
            return;
        }
    }
}

/* close_link ends the connection as the runner likes it: what it still sends is read. */
static void close_link(struct link *l) {
    l->hold = l->held = false;
    flush(l);
    (void)shutdown(l->fd, SHUT_WR);
    while (recv(l->fd, l->buffer, sizeof(l->buffer), 0) > 0) {
    }
    (void)close(l->fd);
}

/* give_up says why the engine failed, and ends the program. */
static _Noreturn void give_up(struct link *l) {
    struct parley_outcome o;
    parley_engine_outcome(l->engine, &o);
    if (o.error == PARLEY_ERR_ech_rejected) {
        bogo_check_rejection(l->b->early ? l->b->retry : l->b->flags, &o);
    }
    if (o.alert_received != PARLEY_ALERT_NONE) {
        fprintf(stderr, ":alert_%s: the peer's alert, in state %s\n",
                parley_alert_name(o.alert_received), o.state);
    } else {
        fprintf(stderr, ":%s: %s: %s, in state %s", parley_error_class(o.error),
                parley_error_name(o.error), parley_error_text(o.error), o.state);
        if (o.error_message != PARLEY_MESSAGE_UNKNOWN) {
            fprintf(stderr, ", at %s", parley_message_name(o.error_message));
        }
        if (o.error_extension) {
            fprintf(stderr, ", in extension %s", o.error_extension);
        }
        if (o.error_field) {
            fprintf(stderr, ", field %s", o.error_field);
        }
        fprintf(stderr, "; alert sent: %s\n",
                o.alert_sent == PARLEY_ALERT_NONE ? "none" : parley_alert_name(o.alert_sent));
    }
    close_link(l);
    exit(1);
}

/* step sends what there is, then waits for bytes from the runner and gives them to the engine. */
static void step(struct link *l) {
    flush(l);
    if (l->eof) {
        return;
    }
    if (l->taken == l->in) {
        ssize_t n = recv(l->fd, l->buffer, l->b->flags->async ? 1 : sizeof(l->buffer), 0);
        l->taken = 0;
        l->in = n > 0 ? (size_t)n : 0;
        if (n <= 0) {
            l->eof = true;
            parley_engine_end_of_input(l->engine);
            return;
        }
    }
    /* What comes behind the handshake waits until it has been looked at. */
    size_t most = status(l) & PARLEY_DONE ? l->in - l->taken : 1;
    l->taken += parley_engine_push(l->engine, l->buffer + l->taken, most);
    /* The last flight of a handshake does not wait for what was held back of 0-RTT data. */
    l->hold = l->hold && !(l->b->early && (status(l) & PARLEY_DONE));
    flush(l);
    if ((status(l) & PARLEY_WANTS_RENEGOTIATION) && !parley_engine_renegotiate(l->engine)) {
        fail("no renegotiation");
    }
    flush(l);
}

/* ---- The dialogue ---- */

/* settle looks at the handshake once it is done: it may turn out that early data was rejected. */
static void settle(struct link *l) {
    struct parley_outcome outcome;
    if (l->checked || !(status(l) & PARLEY_DONE)) {
        return;
    }
    l->checked = true;
    if (!l->b->flags->server && early_rejected(l)) {
        if (!l->b->flags->expect_reject_early_data) {
            fail("unexpected: early data rejected");
        }
        l->b->retrying = true;
        l->b->flags = l->b->retry;
    }
    parley_engine_outcome(l->engine, &outcome);
    bogo_check(l->b, &outcome);
    if (l->b->flags->forbid_renegotiation) {
        l->b->config.renegotiation = PARLEY_RENEGOTIATE_NEVER;
    }
}

static void handshake(struct link *l) {
    /* A second call of the handshake waits for its end, which False Start does not. */
    const unsigned until =
        l->b->flags->handshake_twice ? PARLEY_DONE | PARLEY_EARLY : PARLEY_CAN_WRITE;
    while (!(status(l) & (until | PARLEY_FAILED | PARLEY_PEER_CLOSED))) {
        step(l);
    }
    flush(l);
    if (status(l) & PARLEY_FAILED) {
        give_up(l);
    }
    l->b->early = !l->b->flags->server && (status(l) & PARLEY_EARLY);
    if (l->b->early && l->b->flags->expect_no_offer_early_data) {
        fail("unexpected: early data is offered");
    }
    while (l->b->flags->early_write_after &&
           l->b->seen.last_message != l->b->flags->early_write_after) {
        if (status(l) & (PARLEY_DONE | PARLEY_FAILED)) {
            fail("-early-write-after-message: the handshake is over");
        }
        step(l);
    }
}

/* write_all writes, waiting where it must; what was 0-RTT data and is rejected, is dropped. */
static void write_all(struct link *l, const void *data, size_t len) {
    const uint8_t *at = data;
    bool was_early = l->b->early && !(status(l) & PARLEY_DONE);
    while (len > 0 && !(was_early && early_rejected(l))) {
        size_t n = parley_engine_write(l->engine, at, len);
        at += n;
        len -= n;
        flush(l);
        if (status(l) & PARLEY_FAILED) {
            give_up(l);
        }
        if (n == 0) {
            if (status(l) & PARLEY_HAS_DATA) {
                fail("nothing can be written before something is read");
            }
            step(l);
        }
    }
}

static void write_exports(struct link *l) {
    const struct flags *f = l->b->flags;
    const struct seen *seen = &l->b->seen;
    if (f->export_length > 0) {
        uint8_t out[4096];
        const char *text = f->export_context ? f->export_context : "";
        struct parley_bytes context = {(const uint8_t *)text, strlen(text)};
        size_t len = (size_t)f->export_length;
        if (len > sizeof(out) ||
            !parley_engine_export(l->engine, f->export_label ? f->export_label : "",
                                  f->use_export_context ? &context : NULL, out, len)) {
            fail("no keying material");
        }
        write_all(l, out, len);
    }
    if (f->tls_unique) {
        uint8_t out[16];
        size_t len = parley_engine_tls_unique(l->engine, out, sizeof(out));
        if (len == 0) {
            fail("failed to get tls-unique");
        }
        write_all(l, out, len);
    }
    if (f->export_traffic_secrets) {
        uint8_t len[2] = {(uint8_t)seen->traffic_secret_length, 0}; /* the runner's byte order */
        write_all(l, len, sizeof(len));
        write_all(l, seen->traffic_secrets[f->server ? 0 : 1], len[0]);
        write_all(l, seen->traffic_secrets[f->server ? 1 : 0], len[0]);
    }
}

/* echo gives everything that comes back, XOR 0xff, until the runner closes. */
static void echo(struct link *l) {
    uint8_t data[16384];
    const struct flags *f = l->b->flags;
    size_t most = f->read_size > 0 ? (size_t)f->read_size : 512;
    while (!(status(l) & (PARLEY_FAILED | PARLEY_PEER_CLOSED | PARLEY_HAS_DATA)) || !l->checked ||
           (status(l) & PARLEY_HAS_DATA)) {
        settle(l);
        size_t n = parley_engine_read(l->engine, data, most < sizeof(data) ? most : sizeof(data));
        if (n == 0) {
            if (status(l) & (PARLEY_FAILED | PARLEY_PEER_CLOSED)) {
                break;
            }
            step(l);
            uint8_t byte;
            if (f->export_between_reads && !(status(l) & PARLEY_FAILED) &&
                !parley_engine_export(l->engine, "", NULL, &byte, 1)) {
                fail("no keying material");
            }
            continue;
        }
        if (l->hold) {
            l->hold = l->held = false;
            flush(l);
        }
        if (f->key_update && !parley_engine_key_update(l->engine, false)) {
            fail("no key_update");
        }
        for (size_t i = 0; i < n; i++) {
            data[i] ^= 0xff;
        }
        write_all(l, data, n);
    }
}

/* finish closes, with close_notify both ways if that is asked for. */
static void finish(struct link *l) {
    const struct flags *f = l->b->flags;
    struct parley_outcome outcome;
    parley_engine_outcome(l->engine, &outcome);
    bool truncated = outcome.error == PARLEY_ERR_truncation;
    if ((status(l) & PARLEY_FAILED) && !(truncated && !f->check_close_notify)) {
        give_up(l);
    }
    bogo_check_end(l->b, &outcome);
    if (f->check_close_notify) {
        parley_engine_close(l->engine);
        while (!(status(l) & (PARLEY_FAILED | PARLEY_CLOSED | PARLEY_HAS_DATA))) {
            step(l);
        }
        if (status(l) & PARLEY_HAS_DATA) {
            fail("application data after close_notify was sent");
        }
        if (status(l) & PARLEY_FAILED) {
            give_up(l);
        }
    }
    close_link(l);
}

static void converse(struct link *l) {
    const struct flags *f = l->b->flags;
    handshake(l);
    settle(l);
    write_exports(l);
    if (f->send_alert) {
        parley_engine_abort(l->engine, PARLEY_ALERT_decompression_failure);
        close_link(l);
        return;
    }
    if (f->unfinished_write) {
        l->hold = true;
    }
    if (f->unfinished_write || f->shim_writes_first) {
        write_all(l, "hello", 5);
    }
    if (!f->shim_shuts_down) {
        echo(l);
    }
    finish(l);
}

/* ---- Connections ---- */

static int dial(int port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons((uint16_t)port),
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr *addresses[] = {(const struct sockaddr *)&v6,
                                          (const struct sockaddr *)&v4};
    const socklen_t lengths[] = {sizeof(v6), sizeof(v4)};
    for (int i = 0; i < 2; i++) {
        int on = 1, fd = socket(addresses[i]->sa_family, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, addresses[i], lengths[i]) == 0) {
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            return fd;
        }
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    fail("port %d: %s", port, strerror(errno));
}

static void run(struct bogo *b, struct parley_session_cache *cache, uint64_t number) {
    static struct link l;
    struct parley_seeded seeded;
    memset(&l, 0, sizeof(l));
    bogo_configure(b, cache);
    l.b = b;
    l.fd = dial(b->flags->port);
    l.engine = parley_engine_new(&b->config, b->flags->server ? PARLEY_SERVER : PARLEY_CLIENT);
    if (!l.engine) {
        fail("out of memory");
    }
    b->engine = l.engine;
    parley_seeded_init(&seeded, 1, number);
    parley_engine_start(l.engine, b->now_ms, parley_seeded_random(&seeded), b->offered);
    converse(&l);
    parley_engine_free(l.engine);
}

int main(int argc, char **argv) {
    static struct flags flags[OCCASIONS];
    static struct bogo b;
    static struct parley_session session;
    if (argc > 1 && strcmp(argv[1], "-is-handshaker-supported") == 0) {
        puts("No");
        return 0;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    flags_parse(argc, argv, flags);
    struct parley_session_cache *cache = parley_session_cache_new(8);
    int64_t now_ms = START_MS;
    for (int i = 0; i <= flags[INITIAL].resume_count; i++) {
        memset(&b, 0, sizeof(b));
        b.flags = &flags[i ? RESUME : INITIAL];
        b.retry = &flags[RETRY];
        b.resuming = i > 0;
        b.now_ms = now_ms;
        b.offered = i && !b.flags->server ? &session : NULL;
        if (b.offered && !session.version) {
            fail("no session to offer");
        }
        run(&b, cache, (uint64_t)i);
        session = b.seen.session;
        now_ms += INT64_C(1000) * b.flags->resumption_delay;
    }
    return 0;
}
