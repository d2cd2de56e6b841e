/* Streams sensor readings to Barograph. Each reading is stored exactly once.
 *
 * One header for C99 and C++ on POSIX; it needs nothing but the C library. In one source file:
 *
 *     #define BAROGRAPH_IMPLEMENTATION
 *     #include "barograph.h"
 *
 * Use: bg_open, then bg_send whenever there are readings and bg_poll at least once a second, then bg_flush and
 * bg_close. bg_poll does all work: it connects, sends, takes acks, and connects again after a cut. A stream
 * belongs to one thread. Frames without an ack live in memory, and are lost with the process.
 *
 *     bg_send -> frames (memory) -> WebSocket -> ack -> forgotten
 */
#ifndef BAROGRAPH_H
#define BAROGRAPH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bg_stream bg_stream;

typedef enum bg_state {
    BG_WAITING,   /* not connected; another try follows */
    BG_STREAMING, /* connected and bound */
    BG_ENDED      /* another try can't help; bg_trouble says what to do */
} bg_state;

typedef enum bg_result {
    BG_OK,
    BG_FULL,  /* there is no room: nothing was taken; poll, then try again */
    BG_BAD,   /* a channel is none of the sensors': nothing was taken */
    BG_LATE,  /* the time is over, and not everything is stored */
    BG_OVER   /* the stream has ended */
} bg_result;

/* A way to the server other than TCP, such as TLS. Times are in milliseconds. */
typedef struct bg_transport {
    /* A link, or NULL: then `trouble` (of `size` bytes) says why. */
    void *(*open)(void *context, const char *host, const char *port, int timeout_ms, char *trouble, size_t size);
    /* Bytes that came, 0 if none came in time, -1 if the link is gone. */
    long (*read)(void *link, void *bytes, size_t size, int timeout_ms);
    /* Bytes that went, 0 if none could go now, -1 if the link is gone. Never waits. */
    long (*write)(void *link, const void *bytes, size_t size);
    void (*close)(void *link);
    void *context;
} bg_transport;

/* Texts and arrays are copied, except `transport` and `context`. What is 0 or NULL has the default named. */
typedef struct bg_options {
    const char *host;            /* 127.0.0.1 */
    const char *port;            /* 8001 */
    const char *path;            /* /ingest/v1/ws */
    const char *token;           /* an ingest token */
    const char *producer;        /* the name under which frames are numbered; one connection at a time */
    const char *const *sensors;  /* keys or ids: their order defines the channels from 0 */
    size_t sensor_count;
    int historical;              /* old readings: they move no liveness, live picture or alarm */
    size_t memory_bytes;         /* for frames without an ack: 4 MiB */
    const bg_transport *transport;
    /* Called from bg_poll and bg_flush. `t_us` and `value` are 0 where the frame is not here any more. */
    void (*on_reject)(void *context, const char *sensor, int64_t t_us, double value, const char *code);
    void (*on_state)(void *context, bg_state state, const char *trouble);
    void *context;
} bg_options;

typedef struct bg_counts {
    uint64_t accepted, duplicate, rejected; /* readings that acks have counted */
    uint64_t lost_frames; /* acknowledged, and gone from the server: it was restored from a backup */
    uint64_t connections;
    size_t pending_frames, pending_bytes; /* without an ack */
} bg_counts;

/* NULL if there is no memory, or no producer, token or sensor is named. Nothing is connected yet. */
bg_stream *bg_open(const bg_options *options);

/* Takes n readings: channels, microseconds since 1970 UTC, raw values. Never waits. All of them, or none. */
bg_result bg_send(bg_stream *stream, const int32_t *channel, const int64_t *t_us, const double *value, size_t n);

/* Works for at most so long (a connection takes longer to open: ten seconds at most). */
bg_state bg_poll(bg_stream *stream, int timeout_ms);

/* Polls until everything is stored: BG_OK, BG_LATE or BG_OVER. */
bg_result bg_flush(bg_stream *stream, int timeout_ms);

bg_counts bg_count(const bg_stream *stream);

/* Why nothing flows, and what to do about it; empty while it does. */
const char *bg_trouble(const bg_stream *stream);

/* Leaves at once: flush first. */
void bg_close(bg_stream *stream);

#ifdef __cplusplus
}
#endif
#endif

#ifdef BAROGRAPH_IMPLEMENTATION

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define BG_CONNECT_MS 10000
#define BG_SILENCE_MS 150000      /* a bind or frames have no answer, and nothing comes: the line is dead */
#define BG_FIRST_PAUSE_MS 250
#define BG_LONGEST_PAUSE_MS 30000
#define BG_USUAL_READINGS 10000   /* a frame's, before the server has told its limits */
#define BG_MOST_MESSAGE (64u << 20)
#define BG_TROUBLE_BYTES 400
#define BG_AGENT "barograph-client-c/0.1.0"

typedef struct bg_frame {
    struct bg_frame *next;
    uint32_t n;
    size_t size;
    unsigned char bytes[1]; /* the message, whose seq is written when it is sent */
} bg_frame;

typedef struct bg_bytes {
    unsigned char *at;
    size_t size, room;
} bg_bytes;

typedef enum bg_phase { BG_CLOSED, BG_UPGRADING, BG_GREETING, BG_BINDING, BG_BOUND } bg_phase;

struct bg_stream {
    char *host, *port, *path, *token, *producer, **sensors;
    size_t sensor_count, memory_bytes;
    int historical;
    bg_transport transport;
    void (*on_reject)(void *, const char *, int64_t, double, const char *);
    void (*on_state)(void *, bg_state, const char *);
    void *context, *link;

    bg_state state;
    bg_phase phase;
    char trouble[BG_TROUBLE_BYTES], accept[29];
    char failure_code[64], failure_detail[200];
    int64_t retry_at_ms, phase_ends_ms, heard_at_ms, pause_ms;

    bg_frame *first, *last, *next_to_send;
    size_t in_flight, window, most_readings, most_bytes;
    int is_numbered, may_resume, is_resuming;
    uint64_t settled_seq, losing;
    bg_counts counts;

    bg_bytes out, in, message; /* to be sent; as received; of fragments */
    size_t out_sent;
};

/* Time, chance, bytes. */

static int64_t bg__now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void bg__random(void *bytes, size_t size) {
    int file = open("/dev/urandom", O_RDONLY);
    size_t got = 0;
    while (file >= 0 && got < size) {
        ssize_t read_now = read(file, (unsigned char *)bytes + got, size - got);
        if (read_now <= 0) break;
        got += (size_t)read_now;
    }
    if (file >= 0) close(file);
    for (; got < size; got++) ((unsigned char *)bytes)[got] = (unsigned char)rand();
}

static int bg__reserve(bg_bytes *bytes, size_t more) {
    size_t room = bytes->room ? bytes->room : 1024;
    unsigned char *at;
    if (bytes->room - bytes->size >= more) return 1;
    while (room - bytes->size < more) room *= 2;
    at = (unsigned char *)realloc(bytes->at, room);
    if (!at) return 0;
    bytes->at = at;
    bytes->room = room;
    return 1;
}

static int bg__append(bg_bytes *bytes, const void *more, size_t size) {
    if (!bg__reserve(bytes, size + 1)) return 0;
    if (size) memcpy(bytes->at + bytes->size, more, size);
    bytes->size += size;
    bytes->at[bytes->size] = 0; /* so that texts end */
    return 1;
}

static int bg__append_text(bg_bytes *bytes, const char *text) { return bg__append(bytes, text, strlen(text)); }

static void bg__put(unsigned char *at, uint64_t number, int size) {
    int i;
    for (i = 0; i < size; i++) at[i] = (unsigned char)(number >> (8 * i));
}

static uint64_t bg__get(const unsigned char *at, int size) {
    uint64_t number = 0;
    int i;
    for (i = 0; i < size; i++) number |= (uint64_t)at[i] << (8 * i);
    return number;
}

static char *bg__copy(const char *text) {
    char *copy = (char *)malloc(strlen(text) + 1);
    if (copy) strcpy(copy, text);
    return copy;
}

/* Frames: "BG01", uint32 n, uint64 seq, int32 channel[n] padded to 8 bytes, int64 t_us[n], float64 value[n]. */

static size_t bg__times_at(size_t n) { return 16 + (4 * n + 7) / 8 * 8; }

static size_t bg__frame_size(size_t n) { return bg__times_at(n) + 16 * n; }

static bg_frame *bg__encode(const int32_t *channel, const int64_t *t_us, const double *value, size_t n) {
    size_t size = bg__frame_size(n), i;
    bg_frame *frame = (bg_frame *)calloc(1, sizeof(bg_frame) + size);
    unsigned char *times, *values;
    if (!frame) return NULL;
    frame->n = (uint32_t)n;
    frame->size = size;
    memcpy(frame->bytes, "BG01", 4);
    bg__put(frame->bytes + 4, n, 4);
    times = frame->bytes + bg__times_at(n);
    values = times + 8 * n;
    for (i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &value[i], 8);
        bg__put(frame->bytes + 16 + 4 * i, (uint32_t)channel[i], 4);
        bg__put(times + 8 * i, (uint64_t)t_us[i], 8);
        bg__put(values + 8 * i, bits, 8);
    }
    return frame;
}

/* JSON, as far as the server's messages go. Each function is given a place in a text that ends with 0. */

static const char *bg__blank(const char *at) {
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') at++;
    return at;
}

static const char *bg__after_text(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

static const char *bg__after_value(const char *at) {
    int depth = 0;
    at = bg__blank(at);
    do {
        if (*at == '"') {
            at = bg__after_text(at);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) return at;
            depth--;
            at++;
        } else if (depth == 0 && (*at == ',' || *at == ' ')) {
            return at;
        } else if (*at) {
            at++;
        }
        if (depth == 0 && (at[-1] == '"' || at[-1] == '}' || at[-1] == ']')) return at;
    } while (*at);
    return at;
}

/* The value of a name of this object, or NULL. */
static const char *bg__member(const char *object, const char *name) {
    const char *at = bg__blank(object);
    size_t length = strlen(name);
    if (*at != '{') return NULL;
    at = bg__blank(at + 1);
    while (*at == '"') {
        const char *key = at + 1, *after = bg__after_text(at);
        int is_it = (size_t)(after - key) == length + 1 && memcmp(key, name, length) == 0;
        at = bg__blank(after);
        if (*at != ':') return NULL;
        at = bg__blank(at + 1);
        if (is_it) return at;
        at = bg__blank(bg__after_value(at));
        if (*at != ',') return NULL;
        at = bg__blank(at + 1);
    }
    return NULL;
}

/* The element after this one, or the first if `at` is the array; NULL at its end. */
static const char *bg__element(const char *at, int is_array) {
    if (!at) return NULL;
    at = bg__blank(is_array ? at : bg__after_value(at));
    if (*at != (is_array ? '[' : ',')) return NULL;
    at = bg__blank(at + 1);
    return *at == ']' || *at == 0 ? NULL : at;
}

static uint64_t bg__number(const char *object, const char *name, uint64_t otherwise) {
    const char *at = bg__member(object, name);
    return at && *at >= '0' && *at <= '9' ? strtoull(at, NULL, 10) : otherwise;
}

/* Copies a text; escapes other than of one sign become a question mark. */
static void bg__text(const char *object, const char *name, char *into, size_t size) {
    const char *at = bg__member(object, name), *end;
    size_t length = 0;
    into[0] = 0;
    if (!at || *at != '"') return;
    end = bg__after_text(at) - 1;
    for (at++; at < end && length + 1 < size; at++) {
        if (*at == '\\') {
            at++;
            into[length++] = *at == '"' || *at == '\\' || *at == '/' ? *at : *at == 'u' ? '?' : ' ';
            if (*at == 'u') at += 4;
        } else {
            into[length++] = *at;
        }
    }
    into[length] = 0;
}

static int bg__append_json_text(bg_bytes *bytes, const char *text) {
    char escaped[8];
    int is_well = bg__append_text(bytes, "\"");
    for (; *text; text++) {
        unsigned char sign = (unsigned char)*text;
        if (sign == '"' || sign == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", sign);
        else if (sign < 32)
            snprintf(escaped, sizeof escaped, "\\u%04x", sign);
        else
            snprintf(escaped, sizeof escaped, "%c", sign);
        is_well = is_well && bg__append_text(bytes, escaped);
    }
    return is_well && bg__append_text(bytes, "\"");
}

/* SHA-1 (RFC 3174) and base64, which the WebSocket handshake asks for. */

static uint32_t bg__turn(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void bg__sha1_block(uint32_t state[5], const unsigned char block[64]) {
    static const uint32_t k[4] = {0x5A827999u, 0x6ED9EBA1u, 0x8F1BBCDCu, 0xCA62C1D6u};
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    int i;
    for (i = 0; i < 80; i++)
        w[i] = i < 16 ? (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                            (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3]
                      : bg__turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t next = bg__turn(a, 5) + f + e + k[i / 20] + w[i];
        e = d;
        d = c;
        c = bg__turn(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* Of texts below 119 bytes. */
static void bg__sha1(const char *text, unsigned char digest[20]) {
    uint32_t state[5] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};
    unsigned char blocks[128] = {0};
    size_t length = strlen(text), count = length < 56 ? 1 : 2, i;
    memcpy(blocks, text, length);
    blocks[length] = 0x80;
    for (i = 0; i < 8; i++) blocks[64 * count - 1 - i] = (unsigned char)((uint64_t)length * 8 >> (8 * i));
    for (i = 0; i < count; i++) bg__sha1_block(state, blocks + 64 * i);
    for (i = 0; i < 20; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void bg__base64(const unsigned char *bytes, size_t size, char *text) {
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;
    for (i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        *text++ = signs[three >> 18];
        *text++ = signs[three >> 12 & 63];
        *text++ = left > 1 ? signs[three >> 6 & 63] : '=';
        *text++ = left > 2 ? signs[three & 63] : '=';
    }
    *text = 0;
}

/* TCP. */

static void *bg__tcp_open(void *context, const char *host, const char *port, int timeout_ms, char *trouble,
                          size_t size) {
    struct addrinfo hints, *found = NULL, *each;
    int error, file = -1, on = 1;
    (void)context;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    error = getaddrinfo(host, port, &hints, &found);
    if (error) {
        snprintf(trouble, size, "%s: %s. What to do: check the host, and this machine's DNS", host,
                 gai_strerror(error));
        return NULL;
    }
    for (each = found; each && file < 0; each = each->ai_next) {
        struct pollfd wait;
        socklen_t length = sizeof error;
        file = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (file < 0) continue;
        fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
        fcntl(file, F_SETFD, FD_CLOEXEC);
        error = connect(file, each->ai_addr, each->ai_addrlen) ? errno : 0;
        if (error == EINPROGRESS) {
            wait.fd = file;
            wait.events = POLLOUT;
            error = ETIMEDOUT;
            if (poll(&wait, 1, timeout_ms) == 1) getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &length);
        }
        if (error) {
            close(file);
            file = -1;
        }
    }
    freeaddrinfo(found);
    if (file < 0) {
        snprintf(trouble, size, "%s:%s: %s. What to do: check host, port and firewall, and that ingest runs there",
                 host, port, strerror(error));
        return NULL;
    }
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return (void *)(intptr_t)(file + 1); /* never NULL */
}

static long bg__tcp_read(void *link, void *bytes, size_t size, int timeout_ms) {
    struct pollfd wait;
    ssize_t got;
    wait.fd = (int)(intptr_t)link - 1;
    wait.events = POLLIN;
    if (poll(&wait, 1, timeout_ms) < 1) return 0;
    got = recv(wait.fd, bytes, size, 0);
    if (got > 0) return (long)got;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

static long bg__tcp_write(void *link, const void *bytes, size_t size) {
    ssize_t went = send((int)(intptr_t)link - 1, bytes, size, MSG_NOSIGNAL);
    if (went >= 0) return (long)went;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

static void bg__tcp_close(void *link) { close((int)(intptr_t)link - 1); }

/* States. */

static void bg__enter(bg_stream *stream, bg_state state, const char *trouble) {
    int is_new = stream->state != state || strcmp(stream->trouble, trouble) != 0;
    stream->state = state;
    if (trouble != stream->trouble) snprintf(stream->trouble, sizeof stream->trouble, "%s", trouble);
    if (is_new && stream->on_state) stream->on_state(stream->context, state, stream->trouble);
}

static void bg__unlink(bg_stream *stream) {
    if (stream->link) stream->transport.close(stream->link);
    stream->link = NULL;
    stream->phase = BG_CLOSED;
    stream->out.size = stream->in.size = stream->message.size = stream->out_sent = 0;
    stream->in_flight = 0;
    stream->next_to_send = stream->first;
    stream->failure_code[0] = stream->failure_detail[0] = 0;
}

static void bg__lose(bg_stream *stream, const char *trouble) {
    uint32_t chance;
    bg__unlink(stream);
    bg__random(&chance, sizeof chance);
    /* Random, so that a fleet that lost its server does not come back in one moment. */
    stream->retry_at_ms = bg__now_ms() + stream->pause_ms / 2 + (int64_t)(chance % (uint64_t)stream->pause_ms);
    stream->pause_ms = stream->pause_ms * 2 > BG_LONGEST_PAUSE_MS ? BG_LONGEST_PAUSE_MS : stream->pause_ms * 2;
    bg__enter(stream, BG_WAITING, trouble);
}

static void bg__end(bg_stream *stream, const char *code, const char *detail, const char *what_to_do) {
    char trouble[BG_TROUBLE_BYTES];
    snprintf(trouble, sizeof trouble, "%s: %s. What to do: %s", code, detail, what_to_do);
    bg__unlink(stream);
    bg__enter(stream, BG_ENDED, trouble);
}

static const char *bg__final_advice(int code) {
    switch (code) {
    case 1009: return "the server's limits have become smaller; raise BAROGRAPH_INGEST_MAX_FRAME_BYTES";
    case 4400: return "update this client or the server; give each gateway a producer's name of its own";
    case 401:
    case 4401: return "make a token with `barograph token create`, and give the gateway that one";
    case 403: return "a proxy refuses the connection";
    case 404: return "the path must be /ingest/v1/ws, on the port of ingest (8001), not on that of the API";
    case 4403: return "give the gateway a token that names the producer, or another name";
    case 4409: return "another process streams as this producer; stop one of the two";
    default: return NULL; /* another try may succeed */
    }
}

/* What goes out. */

static void bg__flush_out(bg_stream *stream) {
    while (stream->link && stream->out_sent < stream->out.size) {
        long went = stream->transport.write(stream->link, stream->out.at + stream->out_sent,
                                            stream->out.size - stream->out_sent);
        if (went < 0) {
            bg__lose(stream, "the connection was cut. What to do: nothing: it is tried again");
            return;
        }
        if (went == 0) return;
        stream->out_sent += (size_t)went;
    }
    stream->out.size = stream->out_sent = 0;
}

/* A masked WebSocket frame (RFC 6455, 5.2) behind what waits to go out. */
static int bg__put_message(bg_stream *stream, int opcode, const unsigned char *bytes, size_t size) {
    unsigned char head[14];
    size_t length = 2, i, start;
    head[0] = (unsigned char)(0x80 | opcode);
    if (size < 126) {
        head[1] = (unsigned char)(0x80 | size);
    } else {
        int wide = size < 65536 ? 2 : 8;
        head[1] = (unsigned char)(0x80 | (wide == 2 ? 126 : 127));
        for (i = 0; i < (size_t)wide; i++) head[2 + i] = (unsigned char)((uint64_t)size >> (8 * (wide - 1 - (int)i)));
        length += (size_t)wide;
    }
    bg__random(head + length, 4);
    length += 4;
    if (!bg__reserve(&stream->out, length + size + 1)) return 0;
    bg__append(&stream->out, head, length);
    start = stream->out.size;
    bg__append(&stream->out, bytes, size);
    for (i = 0; i < size; i++) stream->out.at[start + i] ^= head[length - 4 + i % 4];
    return 1;
}

static void bg__put_frames(bg_stream *stream) {
    while (stream->link && stream->phase == BG_BOUND && stream->next_to_send && stream->in_flight < stream->window) {
        bg_frame *frame = stream->next_to_send;
        if (stream->out.size) return; /* one at a time: what waits is held twice */
        bg__put(frame->bytes + 8, stream->settled_seq + stream->in_flight + 1, 8);
        if (!bg__put_message(stream, 2, frame->bytes, frame->size)) return;
        if (stream->in_flight == 0) stream->heard_at_ms = bg__now_ms();
        stream->in_flight++;
        stream->next_to_send = frame->next;
        bg__flush_out(stream);
    }
}

static int bg__put_bind(bg_stream *stream) {
    bg_bytes bind = {NULL, 0, 0};
    char number[64];
    size_t i;
    int is_well = bg__append_text(&bind, "{\"type\":\"bind\",\"agent\":\"" BG_AGENT "\",\"answer\":\"errors\",\"producer\":") &&
                  bg__append_json_text(&bind, stream->producer);
    if (stream->historical) is_well = is_well && bg__append_text(&bind, ",\"historical\":true");
    if (stream->is_resuming) {
        snprintf(number, sizeof number, ",\"resume_at\":%llu", (unsigned long long)stream->settled_seq + 1);
        is_well = is_well && bg__append_text(&bind, number);
    }
    for (i = 0; i < stream->sensor_count; i++)
        is_well = is_well && bg__append_text(&bind, i ? "," : ",\"sensors\":[") &&
                  bg__append_json_text(&bind, stream->sensors[i]);
    is_well = is_well && bg__append_text(&bind, "]}") && bg__put_message(stream, 1, bind.at, bind.size);
    free(bind.at);
    return is_well;
}

/* What comes in. */

static void bg__settle(bg_stream *stream, uint64_t seq) {
    while (stream->settled_seq < seq && stream->first) {
        bg_frame *frame = stream->first;
        stream->first = frame->next;
        if (!stream->first) stream->last = NULL;
        if (stream->next_to_send == frame) stream->next_to_send = stream->first;
        if (stream->in_flight) stream->in_flight--;
        stream->counts.pending_frames--;
        stream->counts.pending_bytes -= frame->size;
        stream->settled_seq++;
        free(frame);
    }
}

static void bg__greet(bg_stream *stream, const char *hello) {
    size_t fit;
    stream->window = (size_t)bg__number(hello, "window", 1);
    stream->most_bytes = (size_t)bg__number(hello, "max_frame_bytes", 65536);
    stream->most_readings = (size_t)bg__number(hello, "max_frame_readings", BG_USUAL_READINGS);
    fit = stream->most_bytes > 40 ? (stream->most_bytes - 20) / 20 : 1;
    if (fit < stream->most_readings) stream->most_readings = fit;
    if (!stream->window) stream->window = 1;
    stream->phase = BG_BINDING;
    /* A bind waits for its turn among many, and for a database that is away. */
    stream->phase_ends_ms = bg__now_ms() + BG_SILENCE_MS;
    if (!bg__put_bind(stream)) bg__lose(stream, "there is no memory for the bind");
}

/* Goes on from where the server stands, which may be further than the acks that arrived, or less far. */
static void bg__resume(bg_stream *stream, const char *bound) {
    uint64_t last_seq = bg__number(bound, "last_seq", 0);
    const char *channel = bg__element(bg__member(bound, "channels"), 1);
    if (!stream->is_numbered) {
        stream->is_numbered = 1;
        stream->settled_seq = last_seq;
    }
    if (last_seq > stream->settled_seq + stream->counts.pending_frames) {
        bg__end(stream, "sequence-lost", "the server has frames of this producer that are not from here",
                "give each gateway a producer's name of its own");
        return;
    }
    if (last_seq < stream->settled_seq && stream->may_resume && !stream->is_resuming) {
        stream->losing = stream->settled_seq - last_seq;
        stream->is_resuming = 1;
        bg__lose(stream, "the server was restored from a backup; the stream goes on after what it has lost");
        stream->retry_at_ms = 0;
        return;
    }
    if (last_seq < stream->settled_seq) {
        stream->counts.lost_frames += stream->settled_seq - last_seq;
        stream->settled_seq = last_seq; /* the frames that are here get the numbers that the server has free */
    } else if (stream->is_resuming) {
        stream->counts.lost_frames += stream->losing;
    }
    stream->is_resuming = 0;
    stream->may_resume = 1;
    stream->losing = 0;
    stream->in_flight = 0;
    bg__settle(stream, last_seq);
    stream->next_to_send = stream->first;
    stream->phase = BG_BOUND;
    stream->counts.connections++;
    for (; channel; channel = bg__element(channel, 0)) {
        char error[64];
        uint64_t number = bg__number(channel, "channel", stream->sensor_count);
        bg__text(channel, "error", error, sizeof error);
        if (error[0] && number < stream->sensor_count && stream->on_reject)
            stream->on_reject(stream->context, stream->sensors[number], 0, 0, error);
    }
    bg__enter(stream, BG_STREAMING, "");
}

static void bg__tell_reject(bg_stream *stream, const char *reject) {
    uint64_t seq = bg__number(reject, "seq", 0), index = bg__number(reject, "index", 0), bits;
    uint64_t place = seq - stream->settled_seq;
    bg_frame *frame = stream->first;
    char code[64];
    double value;
    uint32_t channel;
    bg__text(reject, "code", code, sizeof code);
    for (; frame && place > 1; place--) frame = frame->next;
    if (!stream->on_reject) return;
    if (!frame || seq <= stream->settled_seq || index >= frame->n) {
        stream->on_reject(stream->context, "", 0, 0, code);
        return;
    }
    channel = (uint32_t)bg__get(frame->bytes + 16 + 4 * index, 4);
    bits = bg__get(frame->bytes + bg__times_at(frame->n) + 8 * frame->n + 8 * index, 8);
    memcpy(&value, &bits, 8);
    stream->on_reject(stream->context, stream->sensors[channel],
                      (int64_t)bg__get(frame->bytes + bg__times_at(frame->n) + 8 * index, 8), value, code);
}

static void bg__take_ack(bg_stream *stream, const char *ack) {
    const char *reject = bg__element(bg__member(ack, "rejected"), 1);
    uint64_t listed = 0;
    for (; reject; reject = bg__element(reject, 0), listed++) bg__tell_reject(stream, reject);
    stream->counts.accepted += bg__number(ack, "accepted", 0);
    stream->counts.duplicate += bg__number(ack, "duplicate", 0);
    stream->counts.rejected += bg__number(ack, "rejected_total", listed);
    stream->pause_ms = BG_FIRST_PAUSE_MS;
    bg__settle(stream, bg__number(ack, "seq", 0));
}

static void bg__hear(bg_stream *stream, const char *message) {
    char type[16];
    bg__text(message, "type", type, sizeof type);
    if (strcmp(type, "hello") == 0 && stream->phase == BG_GREETING) {
        if (bg__number(message, "protocol", 0) != 1)
            bg__end(stream, "malformed", "the server speaks another protocol", "update this client");
        else
            bg__greet(stream, message);
    } else if (strcmp(type, "bound") == 0 && stream->phase == BG_BINDING) {
        bg__resume(stream, message);
    } else if (strcmp(type, "ack") == 0 && stream->phase == BG_BOUND) {
        bg__take_ack(stream, message);
    } else if (strcmp(type, "error") == 0) { /* the close follows */
        bg__text(message, "code", stream->failure_code, sizeof stream->failure_code);
        bg__text(message, "detail", stream->failure_detail, sizeof stream->failure_detail);
    }
}

static void bg__hear_close(bg_stream *stream, int code) {
    char trouble[BG_TROUBLE_BYTES], failure[64], detail[200];
    const char *advice = bg__final_advice(code);
    snprintf(failure, sizeof failure, "%s", stream->failure_code[0] ? stream->failure_code : "closed");
    snprintf(detail, sizeof detail, "%s", stream->failure_detail);
    if (!detail[0]) snprintf(detail, sizeof detail, "the connection was closed with %d", code);
    if (code == 4403 && stream->is_resuming) {
        stream->may_resume = stream->is_resuming = 0;
        stream->losing = 0;
        bg__lose(stream, "the token may not move the sequence; the frames that are here get other numbers");
        stream->retry_at_ms = 0;
    } else if (advice) {
        bg__end(stream, failure, detail, advice);
    } else {
        snprintf(trouble, sizeof trouble, "%.60s: %.190s. What to do: nothing: it is tried again", failure, detail);
        bg__lose(stream, trouble);
    }
}

/* Takes one WebSocket frame from what was received; 0 when there is none whole. */
static int bg__take_message(bg_stream *stream) {
    const unsigned char *at = stream->in.at;
    size_t head = 2, whole;
    uint64_t size;
    int opcode, is_last, i;
    if (stream->in.size < 2) return 0;
    opcode = at[0] & 15;
    is_last = at[0] >> 7;
    size = at[1] & 127;
    if (size > 125) {
        int wide = size == 126 ? 2 : 8;
        head += (size_t)wide;
        if (stream->in.size < head) return 0;
        for (size = 0, i = 0; i < wide; i++) size = size << 8 | at[2 + i];
    }
    if (at[1] & 128 || size > BG_MOST_MESSAGE || (opcode > 7 && (size > 125 || !is_last))) {
        bg__lose(stream, "what answers is no WebSocket server. What to do: check host and port");
        return 0;
    }
    whole = head + (size_t)size;
    if (stream->in.size < whole) return 0;
    stream->heard_at_ms = bg__now_ms();
    if (opcode == 8) {
        bg__hear_close(stream, size >= 2 ? at[head] << 8 | at[head + 1] : 1005);
        return 0;
    }
    if (opcode == 9) {
        bg__put_message(stream, 10, at + head, (size_t)size);
    } else if (opcode <= 2) {
        if (stream->message.size + size > BG_MOST_MESSAGE || !bg__append(&stream->message, at + head, (size_t)size)) {
            bg__lose(stream, "there is no memory for the server's message");
            return 0;
        }
        if (is_last) bg__hear(stream, (const char *)stream->message.at);
        if (is_last) stream->message.size = 0;
    }
    if (!stream->link) return 0;
    memmove(stream->in.at, stream->in.at + whole, stream->in.size - whole);
    stream->in.size -= whole;
    return 1;
}

/* Takes the answer to the upgrade; 0 when it is not whole yet. */
static int bg__take_upgrade(bg_stream *stream) {
    char *text = (char *)stream->in.at, *end = stream->in.size ? strstr(text, "\r\n\r\n") : NULL, *line;
    char trouble[BG_TROUBLE_BYTES];
    size_t length;
    int status = 0, is_accepted = 0;
    if (!end) {
        if (stream->in.size > 65536) bg__lose(stream, "what answers is no WebSocket server. What to do: check host and port");
        return 0;
    }
    if (sscanf(text, "HTTP/1.%*d %d", &status) != 1) status = 0;
    for (line = strstr(text, "\r\n"); line && line < end; line = strstr(line + 2, "\r\n")) {
        static const char name[] = "sec-websocket-accept:";
        size_t i;
        for (i = 0; i < sizeof name - 1 && (line[2 + i] | 32) == (name[i] | 32); i++) continue;
        if (i < sizeof name - 1) continue;
        for (line += 2 + i; *line == ' '; line++) continue;
        is_accepted = strncmp(line, stream->accept, strlen(stream->accept)) == 0;
        line -= 2;
    }
    if (status != 101 || !is_accepted) {
        snprintf(trouble, sizeof trouble, "the server answered the upgrade with HTTP %d", status);
        if (bg__final_advice(status))
            bg__end(stream, status == 401 ? "token-refused" : "refused", trouble, bg__final_advice(status));
        else
            bg__lose(stream, trouble);
        return 0;
    }
    length = (size_t)(end + 4 - text);
    memmove(stream->in.at, stream->in.at + length, stream->in.size - length);
    stream->in.size -= length;
    stream->phase = BG_GREETING;
    return 1;
}

static void bg__connect(bg_stream *stream) {
    char trouble[BG_TROUBLE_BYTES] = "no connection", key[25], joined[64];
    unsigned char nonce[16], digest[20];
    bg_bytes *out = &stream->out;
    stream->link = stream->transport.open(stream->transport.context, stream->host, stream->port, BG_CONNECT_MS,
                                          trouble, sizeof trouble);
    if (!stream->link) {
        bg__lose(stream, trouble);
        return;
    }
    bg__random(nonce, sizeof nonce);
    bg__base64(nonce, sizeof nonce, key);
    snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    bg__sha1(joined, digest);
    bg__base64(digest, sizeof digest, stream->accept);
    if (!(bg__append_text(out, "GET ") && bg__append_text(out, stream->path) &&
          bg__append_text(out, " HTTP/1.1\r\nHost: ") && bg__append_text(out, stream->host) &&
          bg__append_text(out, ":") && bg__append_text(out, stream->port) &&
          bg__append_text(out, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Authorization: Bearer ") &&
          bg__append_text(out, stream->token) && bg__append_text(out, "\r\nSec-WebSocket-Key: ") &&
          bg__append_text(out, key) && bg__append_text(out, "\r\n\r\n"))) {
        bg__lose(stream, "there is no memory for a connection");
        return;
    }
    stream->phase = BG_UPGRADING;
    stream->phase_ends_ms = bg__now_ms() + 3 * BG_CONNECT_MS;
}

static void bg__receive(bg_stream *stream, int timeout_ms) {
    long got;
    if (!bg__reserve(&stream->in, 65536)) {
        bg__lose(stream, "there is no memory for what the server sends");
        return;
    }
    got = stream->transport.read(stream->link, stream->in.at + stream->in.size, 65535, timeout_ms);
    if (got < 0) {
        bg__lose(stream, "the connection was cut. What to do: nothing: it is tried again");
        return;
    }
    stream->in.size += (size_t)got;
    stream->in.at[stream->in.size] = 0;
    if (stream->phase == BG_UPGRADING && !bg__take_upgrade(stream)) return;
    while (stream->link && bg__take_message(stream)) continue;
}

static void bg__check_silence(bg_stream *stream) {
    int64_t now = bg__now_ms();
    if (stream->link && stream->phase != BG_BOUND && now > stream->phase_ends_ms)
        bg__lose(stream, "the server says nothing. What to do: check host and port, and look at its /ready");
    if (stream->link && stream->in_flight && now - stream->heard_at_ms > BG_SILENCE_MS)
        bg__lose(stream, "the server has stopped to answer. What to do: nothing: it is tried again");
}

/* What the outside calls. */

bg_stream *bg_open(const bg_options *options) {
    bg_stream *stream;
    size_t i;
    if (!options->producer || !options->token || !options->sensor_count) return NULL;
    stream = (bg_stream *)calloc(1, sizeof *stream);
    if (!stream) return NULL;
    stream->host = bg__copy(options->host ? options->host : "127.0.0.1");
    stream->port = bg__copy(options->port ? options->port : "8001");
    stream->path = bg__copy(options->path ? options->path : "/ingest/v1/ws");
    stream->token = bg__copy(options->token);
    stream->producer = bg__copy(options->producer);
    stream->sensors = (char **)calloc(options->sensor_count, sizeof(char *));
    stream->sensor_count = stream->sensors ? options->sensor_count : 0;
    for (i = 0; i < stream->sensor_count; i++) stream->sensors[i] = bg__copy(options->sensors[i]);
    stream->historical = options->historical;
    stream->memory_bytes = options->memory_bytes ? options->memory_bytes : 4u << 20;
    if (options->transport) {
        stream->transport = *options->transport;
    } else {
        stream->transport.open = bg__tcp_open;
        stream->transport.read = bg__tcp_read;
        stream->transport.write = bg__tcp_write;
        stream->transport.close = bg__tcp_close;
    }
    stream->on_reject = options->on_reject;
    stream->on_state = options->on_state;
    stream->context = options->context;
    stream->may_resume = 1;
    stream->most_readings = BG_USUAL_READINGS;
    stream->pause_ms = BG_FIRST_PAUSE_MS;
    for (i = 0; i < stream->sensor_count; i++)
        if (!stream->sensors[i]) stream->sensor_count = 0;
    if (!stream->host || !stream->port || !stream->path || !stream->token || !stream->producer || !stream->sensor_count) {
        bg_close(stream);
        return NULL;
    }
    return stream;
}

bg_result bg_send(bg_stream *stream, const int32_t *channel, const int64_t *t_us, const double *value, size_t n) {
    bg_frame *first = NULL, **end = &first, *last = NULL;
    size_t at, count, bytes = 0, frames = 0;
    if (stream->state == BG_ENDED) return BG_OVER;
    for (at = 0; at < n; at++)
        if (channel[at] < 0 || (size_t)channel[at] >= stream->sensor_count) return BG_BAD;
    for (at = 0; at < n; at += count) {
        count = n - at < stream->most_readings ? n - at : stream->most_readings;
        bytes += bg__frame_size(count);
        if (stream->counts.pending_bytes + bytes > stream->memory_bytes) break;
        *end = last = bg__encode(channel + at, t_us + at, value + at, count);
        if (!last) break;
        end = &last->next;
        frames++;
    }
    if (at < n) {
        while (first) {
            bg_frame *next = first->next;
            free(first);
            first = next;
        }
        return BG_FULL;
    }
    if (!first) return BG_OK;
    if (stream->last)
        stream->last->next = first;
    else
        stream->first = first;
    stream->last = last;
    if (!stream->next_to_send) stream->next_to_send = first;
    stream->counts.pending_frames += frames;
    stream->counts.pending_bytes += bytes;
    return BG_OK;
}

bg_state bg_poll(bg_stream *stream, int timeout_ms) {
    int64_t ends = bg__now_ms() + timeout_ms;
    while (stream->state != BG_ENDED) {
        int64_t now = bg__now_ms(), left = ends - now;
        if (left < 0) left = 0;
        if (!stream->link && now >= stream->retry_at_ms) bg__connect(stream);
        if (stream->link) {
            /* While something waits to go out, look again soon. */
            int wait_ms;
            bg__flush_out(stream);
            bg__put_frames(stream);
            wait_ms = (int)(stream->out.size && left > 5 ? 5 : left > 1000 ? 1000 : left);
            if (stream->link) bg__receive(stream, wait_ms);
            if (stream->link) bg__flush_out(stream);
            if (stream->link) bg__put_frames(stream);
            bg__check_silence(stream);
        } else if (left > 0) {
            int64_t until = stream->retry_at_ms - now;
            poll(NULL, 0, (int)(until < 1 ? 1 : until < left ? until : left));
        }
        if (bg__now_ms() >= ends) break;
        if (stream->state == BG_STREAMING && !stream->first && timeout_ms == 0) break;
    }
    return stream->state;
}

bg_result bg_flush(bg_stream *stream, int timeout_ms) {
    int64_t ends = bg__now_ms() + timeout_ms;
    while (stream->first && stream->state != BG_ENDED) {
        int64_t left = ends - bg__now_ms();
        if (left <= 0) return BG_LATE;
        bg_poll(stream, left < 20 ? (int)left : 20);
    }
    return stream->first ? BG_OVER : BG_OK;
}

bg_counts bg_count(const bg_stream *stream) { return stream->counts; }

const char *bg_trouble(const bg_stream *stream) { return stream->trouble; }

void bg_close(bg_stream *stream) {
    static const unsigned char normal[2] = {1000 >> 8, 1000 & 255};
    size_t i;
    if (stream->link && stream->phase > BG_UPGRADING) {
        bg__put_message(stream, 8, normal, 2);
        bg__flush_out(stream);
    }
    bg__unlink(stream);
    while (stream->first) {
        bg_frame *next = stream->first->next;
        free(stream->first);
        stream->first = next;
    }
    for (i = 0; stream->sensors && i < stream->sensor_count; i++) free(stream->sensors[i]);
    free(stream->sensors);
    free(stream->host);
    free(stream->port);
    free(stream->path);
    free(stream->token);
    free(stream->producer);
    free(stream->out.at);
    free(stream->in.at);
    free(stream->message.at);
    free(stream);
}

#endif
