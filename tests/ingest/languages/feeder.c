/* Sends readings 0, 1, 2, ... of one sensor, a microsecond apart, and says when each batch was taken. */
#define _POSIX_C_SOURCE 200809L
#define BAROGRAPH_IMPLEMENTATION
#include "barograph.h"

#define BATCH 50

static void tell_reject(void *context, const char *sensor, int64_t t_us, double value, const char *code) {
    (void)context;
    if (t_us) printf("rejected %s %s %g\n", sensor, code, value);
    if (!t_us) printf("unknown %s %s\n", sensor, code);
}

int main(int count_of_arguments, char **arguments) {
    bg_options options;
    const char *sensors[1];
    int64_t start, first, count;
    bg_stream *stream;
    bg_counts counts;
    bg_result result;
    if (count_of_arguments != 7) return 2;
    memset(&options, 0, sizeof options);
    options.host = "localhost";
    options.port = arguments[1];
    options.token = arguments[2];
    options.producer = arguments[3];
    options.sensors = sensors;
    options.sensor_count = 1;
    options.on_reject = tell_reject;
    if (getenv("FEEDER_ROOM")) options.memory_bytes = 20 * strtoul(getenv("FEEDER_ROOM"), NULL, 10);
    sensors[0] = arguments[4];
    start = strtoll(arguments[5], NULL, 10);
    count = strtoll(arguments[6], NULL, 10);
    stream = bg_open(&options);
    if (!stream) return 2;
    for (first = 0; first < count; first += BATCH) {
        int32_t channel[BATCH] = {0};
        int64_t t_us[BATCH];
        double value[BATCH];
        size_t n = (size_t)(count - first < BATCH ? count - first : BATCH), i;
        for (i = 0; i < n; i++) {
            t_us[i] = start + first + (int64_t)i;
            value[i] = (double)(first + (int64_t)i);
        }
        while ((result = bg_send(stream, channel, t_us, value, n)) == BG_FULL) bg_poll(stream, 10);
        if (result != BG_OK) break;
        bg_poll(stream, 5);
        printf("sent %lld\n", (long long)first);
        fflush(stdout);
    }
    result = bg_flush(stream, 120000);
    counts = bg_count(stream);
    if (bg_trouble(stream)[0]) printf("trouble %s\n", bg_trouble(stream));
    printf("closed %d %llu %llu %llu\n", result == BG_OK, (unsigned long long)(counts.accepted + counts.duplicate),
           (unsigned long long)counts.rejected, (unsigned long long)counts.lost_frames);
    bg_close(stream);
    return result == BG_OK ? 0 : 1;
}
