/* parley bench: our engine, BoringSSL's libssl and the bare primitives, side by side.
 *
 * The machine is noisy, so everything is measured in turns within one run: each round times a small
 * batch of everything, and the smallest figure of all rounds counts. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "parley/pki.h"

#define RATIO_LIMIT 1.10
#define HEAP_LIMIT 5.0 /* times fewer than libssl */
#define HELLO_LIMIT_NS 400.0
#define HELLO_BATCH 2000

enum { OPTION_JSON = 1, OPTION_ROUNDS, OPTION_STACKS, OPTION_DEEP };
static const struct cli_option options[] = {
    {"rounds", "N", "rounds, of which the best counts (default: 100, some seconds)", OPTION_ROUNDS,
     0},
    {"stacks", NULL, "instead: handshakes per CPU-second of every stack with itself, in turns",
     OPTION_STACKS, 0},
    {"deep", NULL,
     "instead: trials of deep fuzzing per CPU-second, of these stacks or all, in turns",
     OPTION_DEEP, 0},
    {"json", NULL, "one JSON object", OPTION_JSON, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--stacks | --deep [STACK...]] [--rounds N] [--json]",
    .summary =
        "Measures what a handshake costs, both ends together, in CPU time and heap calls: our engine,\n"
        "BoringSSL's libssl on the same libcrypto, and the asymmetric operations alone that this\n"
        "handshake performs (the least it can cost). Each handshake includes one session ticket. Neither\n"
        "side verifies the certificate's chain each time: the engine remembers that it did, libssl is\n"
        "told to accept it; both verify the server's signature. Our engines are reused, libssl's SSL\n"
        "objects are new each time, as their documentation has it. Our engines draw from seeded sources,\n"
        "as parley handshake does; libssl draws from libcrypto's generator, which cannot be replaced. (On\n"
        "sockets, the engine draws from the kernel: about 5 us more per handshake.) Heap calls are those\n"
        "of malloc, calloc and realloc, libcrypto's included; a build with sanitizers counts none.\n"
        "\n"
        "Parsing: a client_hello as browsers send it. Ours decodes every extension; libssl's parser\n"
        "only splits them and looks for duplicates.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .notes = "Exit status: 0 measured, whatever came out; 1 a handshake failed; 2 wrong usage.",
};

static const struct bench_handshake handshakes[] = {
    {.name = "1.3 ECDSA-P256 AES128-GCM",
     .version = PARLEY_TLS13,
     .suite = PARLEY_TLS_AES_128_GCM_SHA256,
     .ecdsa = true,
     .batch = 8,
     .operations = {.x25519_keypair = 2, .x25519 = 2, .ecdsa_sign = 1, .ecdsa_verify = 1}},
    {.name = "1.3 RSA-2048",
     .version = PARLEY_TLS13,
     .suite = PARLEY_TLS_AES_128_GCM_SHA256,
     .batch = 4,
     .operations = {.x25519_keypair = 2, .x25519 = 2, .rsa_sign = 1, .rsa_verify = 1}},
    {.name = "1.2 ECDHE-RSA",
     .version = PARLEY_TLS12,
     .suite = PARLEY_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
     .boringssl_ciphers = "ECDHE-RSA-AES128-GCM-SHA256",
     .batch = 4,
     .operations = {.x25519_keypair = 2, .x25519 = 2, .rsa_sign = 1, .rsa_verify = 1}},
    {.name = "1.2 RSA key exchange",
     .version = PARLEY_TLS12,
     .suite = PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256,
     .boringssl_ciphers = "AES128-GCM-SHA256",
     .batch = 4,
     .operations = {.rsa_encrypt = 1, .rsa_decrypt = 1}},
    {.name = "1.3 PSK_DHE resumption",
     .version = PARLEY_TLS13,
     .suite = PARLEY_TLS_AES_128_GCM_SHA256,
     .ecdsa = true,
     .resume = true,
     .batch = 12,
     .operations = {.x25519_keypair = 2, .x25519 = 2}},
};
#define HANDSHAKES (sizeof(handshakes) / sizeof(handshakes[0]))

/* One way of doing one handshake: the best it did, and all its heap calls (what libcrypto keeps
 * with a key is renewed now and then: they differ from batch to batch). */
struct figure {
    double us;
    uint64_t heap_calls;
    uint64_t times;
};

static double heap_of(const struct figure *f) {
    return f->times > 0 ? (double)f->heap_calls / (double)f->times : 0;
}

struct row {
    struct bench_engine *engine;
    struct bench_boringssl *boringssl;
    struct bench_primitives *primitives;
    struct figure ours, theirs, least;
};

struct bench {
    struct parley_pki *pki;
    struct row rows[HANDSHAKES];
    uint8_t hello[BENCH_HELLO];
    struct figure hello_ours, hello_theirs;
    bool hello_boringssl;
};

int64_t bench_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void smallest(double *best, double value) {
    if (*best == 0 || value < *best) {
        *best = value;
    }
}

/* Times one batch. The statement is what differs; the rest does not. */
#define MEASURE(figure, batch, call)                                                               \
    do {                                                                                           \
        uint64_t heap_ = bench_heap_calls();                                                       \
        int64_t start_ = bench_cpu_ns();                                                           \
        if (!(call))                                                                               \
            return false;                                                                          \
        smallest(&(figure)->us, (double)(bench_cpu_ns() - start_) / 1000 / (batch));               \
        (figure)->heap_calls += bench_heap_calls() - heap_;                                        \
        (figure)->times += (batch);                                                                \
    } while (0)

static bool measure_row(struct row *row, unsigned batch) {
    MEASURE(&row->least, batch, bench_primitives_run(row->primitives, batch));
    MEASURE(&row->ours, batch, bench_engine_run(row->engine, batch));
    MEASURE(&row->theirs, batch, bench_boringssl_run(row->boringssl, batch));
    return true;
}

static bool measure_hello(struct bench *b) {
    MEASURE(&b->hello_ours, HELLO_BATCH, bench_hello_parley(b->hello, HELLO_BATCH));
    if (b->hello_boringssl) {
        MEASURE(&b->hello_theirs, HELLO_BATCH, bench_hello_boringssl(b->hello, HELLO_BATCH));
    }
    return true;
}

static bool prepare(struct bench *b) {
    b->pki = parley_pki_new(1);
    if (b->pki == NULL) {
        return false;
    }
    const struct parley_pki_entry *root = parley_pki_entry(b->pki, "ca");
    for (size_t i = 0; i < HANDSHAKES; i++) {
        const struct bench_handshake *h = &handshakes[i];
        const struct parley_pki_entry *leaf =
            parley_pki_entry(b->pki, h->ecdsa ? "server-ecdsa-p256" : "server-rsa");
        struct row *row = &b->rows[i];
        if (root == NULL || leaf == NULL) {
            return false;
        }
        struct bench_identity id = {root->certificates, leaf->certificates, leaf->private_key};
        row->engine = bench_engine_new(h, &id);
        row->boringssl = bench_boringssl_new(h, &id);
        row->primitives = bench_primitives_new(h, &id);
        if (row->engine == NULL || row->boringssl == NULL || row->primitives == NULL) {
            return false;
        }
    }
    b->hello_boringssl = bench_hello_boringssl(b->hello, 0);
    return bench_hello_make(b->hello) && bench_hello_parley(b->hello, 1);
}

static bool measure(struct bench *b, uint64_t rounds) {
    if (!prepare(b)) {
        return false;
    }
    for (uint64_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < HANDSHAKES; i++) {
            if (!measure_row(&b->rows[i], handshakes[i].batch)) {
                return false;
            }
        }
        if (!measure_hello(b)) {
            return false;
        }
    }
    return true;
}

static void clean_up(struct bench *b) {
    for (size_t i = 0; i < HANDSHAKES; i++) {
        bench_engine_free(b->rows[i].engine);
        bench_boringssl_free(b->rows[i].boringssl);
        bench_primitives_free(b->rows[i].primitives);
    }
    parley_pki_free(b->pki);
}

/* ---- Printing ---- */

/* |value|, positive, rounded to |digits| decimals. */
static json_t *number(double value, unsigned digits) {
    double unit = digits == 3 ? 1000 : digits == 1 ? 10 : 1;
    return json_real((double)(int64_t)(value * unit + 0.5) / unit);
}

static json_t *heap(const struct figure *f) {
    return bench_heap_counted() ? json_integer((json_int_t)(heap_of(f) + 0.5)) : json_null();
}

static void print_json(const struct bench *b) {
    json_t *list = json_array();
    for (size_t i = 0; i < HANDSHAKES; i++) {
        const struct row *r = &b->rows[i];
        json_t *out = json_object();
        json_object_set_new(out, "name", json_string(handshakes[i].name));
        json_object_set_new(out, "us", number(r->ours.us, 1));
        json_object_set_new(out, "boringssl_us", number(r->theirs.us, 1));
        json_object_set_new(out, "primitives_us", number(r->least.us, 1));
        json_object_set_new(out, "ratio", number(r->ours.us / r->least.us, 3));
        json_object_set_new(out, "boringssl_ratio", number(r->theirs.us / r->least.us, 3));
        json_object_set_new(out, "heap_calls", heap(&r->ours));
        json_object_set_new(out, "boringssl_heap_calls", heap(&r->theirs));
        json_array_append_new(list, out);
    }
    json_t *hello = json_object();
    json_object_set_new(hello, "bytes", json_integer(BENCH_HELLO));
    json_object_set_new(hello, "ns", number(b->hello_ours.us * 1000, 0));
    json_object_set_new(hello, "boringssl_ns",
                        b->hello_boringssl ? number(b->hello_theirs.us * 1000, 0) : json_null());
    json_object_set_new(hello, "heap_calls", heap(&b->hello_ours));
    json_t *all = json_object();
    json_object_set_new(all, "handshakes", list);
    json_object_set_new(all, "client_hello", hello);
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(all);
}

/* What stands behind a figure that has a limit. */
static const char *mark(bool within) {
    return within ? "ok  " : "over";
}

static void print_heap(const struct row *r) {
    if (!bench_heap_counted()) {
        printf("       -         -");
    } else {
        printf("  %6.0f    %6.0f %s", heap_of(&r->ours), heap_of(&r->theirs),
               mark(heap_of(&r->ours) * HEAP_LIMIT <= heap_of(&r->theirs)));
    }
}

static void print_text(const struct bench *b) {
    puts(
        "                            CPU time, both ends, us        times primitives       heap calls\n"
        "handshake                  parley    libssl primitives  parley      libssl   parley    libssl");
    for (size_t i = 0; i < HANDSHAKES; i++) {
        const struct row *r = &b->rows[i];
        double ratio = r->ours.us / r->least.us;
        printf("%-25s %7.1f %9.1f %10.1f  %6.2f %s %6.2f", handshakes[i].name, r->ours.us,
               r->theirs.us, r->least.us, ratio, mark(ratio <= RATIO_LIMIT),
               r->theirs.us / r->least.us);
        print_heap(r);
        putchar('\n');
    }
    printf("\nclient_hello of %d bytes: %.0f ns %s", BENCH_HELLO, b->hello_ours.us * 1000,
           mark(b->hello_ours.us * 1000 <= HELLO_LIMIT_NS));
    if (bench_heap_counted()) {
        printf(", %.0f heap calls", heap_of(&b->hello_ours));
    }
    if (b->hello_boringssl) {
        printf("; libssl, extensions undecoded: %.0f ns", b->hello_theirs.us * 1000);
    }
    printf(
        "\n\nLimits: %.2f times the primitives, %.0f times fewer heap calls than libssl, %.0f ns.\n",
        RATIO_LIMIT, HEAP_LIMIT, HELLO_LIMIT_NS);
}

int cli_bench(int argc, char **argv) {
    bool json = false, stacks = false, deep = false;
    uint64_t rounds = 100;
    struct cli_args args;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        if (key == CLI_STOP) {
            return args.status;
        }
        if (key == OPTION_JSON) {
            json = true;
        } else if (key == OPTION_STACKS) {
            stacks = true;
        } else if (key == OPTION_DEEP) {
            deep = true;
        } else if (!cli_number("--rounds", args.value, 1, 1000000, &rounds)) {
            return CLI_USAGE;
        }
    }
    if (deep) {
        return bench_deep(rounds, json, argv + args.operand, cli_operands(&args));
    }
    if (cli_operands(&args) > 0) {
        return cli_usage("unexpected argument '%s'", argv[args.operand]);
    }
    if (stacks) {
        return bench_stacks(rounds, json);
    }
    static struct bench b;
    int status = measure(&b, rounds) ? CLI_OK : cli_fail("a measured operation failed");
    if (status == CLI_OK && json) {
        print_json(&b);
    } else if (status == CLI_OK) {
        print_text(&b);
    }
    clean_up(&b);
    return status;
}
