/* Captures: recorded connections as a pcapng file with their secrets inside
 * (draft-ietf-opsawg-pcapng): packets of raw IPv4, TCP in them, as Wireshark wants to see them. */
#include "parley/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/output.h"

#define SEGMENT 16384 /* bytes in one packet: an IPv4 packet has 65,535 at most */
#define HEADERS 40    /* of IPv4 and of TCP */
#define FIRST_PORT 40000
#define SERVER_PORT 443

/* Numbers of the format; Wireshark knows the byte order by the magic. */
enum {
    SECTION_HEADER = 0x0a0d0d0a,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    INTERFACE = 1,
    LINK_RAW_IP = 101,
    DECRYPTION_SECRETS = 10,
    SECRETS_TLS_KEY_LOG = 0x544c534b,
    ENHANCED_PACKET = 6,
};

/* ---- Blocks ---- */

static void put32(FILE *out, uint32_t value) {
    (void)fwrite(&value, sizeof value, 1, out);
}

/* write_block writes a block: |words|, then |head| and |body| as one, padded to words. */
static void write_block(FILE *out, uint32_t type, const uint32_t *words, size_t count,
                        struct parley_bytes head, struct parley_bytes body) {
    static const uint8_t zeros[4];
    size_t padding = -(head.len + body.len) & 3;
    uint32_t total = (uint32_t)(12 + 4 * count + head.len + body.len + padding);
    put32(out, type);
    put32(out, total);
    (void)fwrite(words, sizeof *words, count, out);
    (void)fwrite(head.data, 1, head.len, out);
    (void)fwrite(body.data, 1, body.len, out);
    (void)fwrite(zeros, 1, padding, out);
    put32(out, total);
}

static const struct parley_bytes nothing = {(const uint8_t *)"", 0};

/* write_beginning writes what comes before packets: one section, one interface, the secrets. */
static void write_beginning(FILE *out, const struct parley_keylog *keylog) {
    const uint32_t section[] = {BYTE_ORDER_MAGIC, 1, UINT32_MAX, UINT32_MAX}; /* length unknown */
    write_block(out, SECTION_HEADER, section, 4, nothing, nothing);
    const uint32_t interface[] = {LINK_RAW_IP, 0};
    write_block(out, INTERFACE, interface, 2, nothing, nothing);
    if (keylog != NULL && keylog->length > 0) {
        const uint32_t secrets[] = {SECRETS_TLS_KEY_LOG, (uint32_t)keylog->length};
        struct parley_bytes text = {(const uint8_t *)keylog->text, keylog->length};
        write_block(out, DECRYPTION_SECRETS, secrets, 2, nothing, text);
    }
}

/* ---- Packets ---- */

/* A connection, as TCP sees it. */
struct flow {
    uint16_t client_port;
    uint32_t sent[2]; /* by parley_role */
};

static void be16(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}
static void be32(uint8_t *out, uint32_t value) {
    be16(out, value >> 16);
    be16(out + 2, value);
}

/* sum adds |bytes| to an Internet checksum (RFC 1071). */
static uint32_t sum(uint32_t so_far, struct parley_bytes bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        so_far += i % 2 == 0 ? (uint32_t)bytes.data[i] << 8 : bytes.data[i];
        so_far = (so_far & 0xffff) + (so_far >> 16);
    }
    return so_far;
}

/* head_of makes the headers of IPv4 and TCP for |body|, |from| its sender. */
static void head_of(const struct flow *flow, enum parley_role from, struct parley_bytes body,
                    uint8_t head[HEADERS]) {
    static const uint8_t address[2][4] = {
        [PARLEY_CLIENT] = {10, 1, 1, 1}, [PARLEY_SERVER] = {10, 2, 2, 2}};
    enum parley_role to = from == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    uint8_t *ip = head, *tcp = head + 20;
    memset(head, 0, HEADERS);
    ip[0] = 0x45; /* version 4, five words */
    be16(ip + 2, (uint32_t)(HEADERS + body.len));
    ip[8] = 64; /* time to live */
    ip[9] = 6;  /* TCP */
    memcpy(ip + 12, address[from], 4);
    memcpy(ip + 16, address[to], 4);
    be16(ip + 10, ~sum(0, (struct parley_bytes){ip, 20}));

    be16(tcp, from == PARLEY_CLIENT ? flow->client_port : SERVER_PORT);
    be16(tcp + 2, from == PARLEY_CLIENT ? SERVER_PORT : flow->client_port);
    be32(tcp + 4, flow->sent[from] + 1);
    be32(tcp + 8, flow->sent[to] + 1);
    tcp[12] = 0x50; /* five words */
    tcp[13] = 0x18; /* PSH, ACK */
    be16(tcp + 14, 0xffff);
    uint32_t pseudo = sum((uint32_t)(6 + 20 + body.len), (struct parley_bytes){ip + 12, 8});
    be16(tcp + 16, ~sum(sum(pseudo, (struct parley_bytes){tcp, 20}), body));
}

static void write_packet(FILE *out, struct flow *flow, enum parley_role from,
                         struct parley_bytes body, int64_t us) {
    uint8_t head[HEADERS];
    head_of(flow, from, body, head);
    flow->sent[from] += (uint32_t)body.len;
    uint32_t length = (uint32_t)(HEADERS + body.len);
    const uint32_t packet[] = {0, (uint32_t)(us >> 32), (uint32_t)us, length, length};
    write_block(out, ENHANCED_PACKET, packet, 5, (struct parley_bytes){head, HEADERS}, body);
}

/* write_connection writes its packets, a microsecond apart from |*us| on. */
static void write_connection(FILE *out, const struct parley_recording *recording, size_t index,
                             int64_t *us) {
    struct flow flow = {.client_port = (uint16_t)(FIRST_PORT + index)};
    for (size_t i = 0; i < recording->flight_count; i++) {
        const struct parley_flight *flight = &recording->flights[i];
        for (size_t at = 0; at < flight->length; at += SEGMENT) {
            size_t n = flight->length - at < SEGMENT ? flight->length - at : SEGMENT;
            const uint8_t *bytes = recording->bytes + flight->offset + at;
            write_packet(out, &flow, flight->from, (struct parley_bytes){bytes, n}, (*us)++);
        }
    }
}

/* ---- The file ---- */

bool parley_capture_write(const struct parley_recording *connections, size_t count, int64_t now_ms,
                          const struct parley_keylog *keylog, const char *path, char why[200]) {
    if (count == 0 || count > PARLEY_CAPTURE_MAX) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "a capture takes 1 to %d connections",
                       PARLEY_CAPTURE_MAX);
        return false;
    }
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    bool ok = out != NULL;
    if (ok) {
        write_beginning(out, keylog);
        int64_t us = now_ms * 1000;
        for (size_t i = 0; i < count; i++) {
            write_connection(out, &connections[i], i, &us);
        }
        ok = ferror(out) == 0;
        ok = fclose(out) == 0 && ok;
    }
    char dir[OUTPUT_PATH_MAX];
    if (!ok) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "cannot write a capture: out of memory");
    } else if ((ok = output_workspace(path, dir, why))) {
        ok = output_write(dir, "capture", text, len, why) &&
             output_commit(dir, "capture", path, why);
        output_remove(dir);
    }
    free(text);
    return ok;
}
