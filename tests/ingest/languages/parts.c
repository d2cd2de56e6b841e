/* Parts of the client alone: `frames` writes the messages of the readings it is given, in hexadecimal; `messages`
 * hears each line as a message of the server, in each phase. */
#define _POSIX_C_SOURCE 200809L
#define BAROGRAPH_IMPLEMENTATION
#include "barograph.h"

#define MOST 16

static void write_frames(void) {
    unsigned long long seq;
    size_t n;
    while (scanf("%llu %zu", &seq, &n) == 2 && n <= MOST) {
        int32_t channel[MOST];
        int64_t t_us[MOST];
        double value[MOST];
        size_t i;
        bg_frame *frame;
        for (i = 0; i < n; i++) {
            unsigned long long bits;
            long long time;
            if (scanf("%d %lld %llx", &channel[i], &time, &bits) != 3) return;
            t_us[i] = time;
            memcpy(&value[i], &bits, 8);
        }
        frame = bg__encode(channel, t_us, value, n);
        bg__put(frame->bytes + 8, seq, 8);
        for (i = 0; i < frame->size; i++) printf("%02x", frame->bytes[i]);
        printf("\n");
        free(frame);
    }
}

static void hear_messages(void) {
    static const char *const sensors[] = {"s0", "s1"};
    static char line[1 << 16];
    bg_options options;
    memset(&options, 0, sizeof options);
    options.token = "t";
    options.producer = "p";
    options.sensors = sensors;
    options.sensor_count = 2;
    while (fgets(line, sizeof line, stdin)) {
        int phase;
        for (phase = BG_GREETING; phase <= BG_BOUND; phase++) {
            int32_t channel[3] = {0, 1, 0};
            int64_t t_us[3] = {1, 2, 3};
            double value[3] = {1, 2, 3};
            bg_stream *stream = bg_open(&options);
            bg_send(stream, channel, t_us, value, 3);
            bg_send(stream, channel, t_us, value, 2);
            stream->phase = (bg_phase)phase;
            stream->is_numbered = phase == BG_BOUND;
            bg__hear(stream, line);
            bg_close(stream);
        }
    }
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    if (strcmp(arguments[1], "frames") == 0) write_frames();
    if (strcmp(arguments[1], "messages") == 0) hear_messages();
    return 0;
}
