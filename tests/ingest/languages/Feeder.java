/** Sends readings 0, 1, 2, … of one sensor by Java's own WebSocket, over as many connections as it takes. */

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Feeder {
    static final int BATCH = 50;
    static final int HEAD_BYTES = 16;

    public static void main(String[] given) throws Exception {
        URI url = URI.create(given[0]);
        String token = given[1];
        String producer = given[2];
        String sensor = given[3];
        long startUs = Long.parseLong(given[4]);
        int frames = Integer.parseInt(given[5]) / BATCH;
        int acked = 0;
        while (acked < frames) {
            try {
                acked = converse(url, token, producer, sensor, startUs, frames);
            } catch (Exception lost) {
                Thread.sleep(100 + (long) (Math.random() * 200));
            }
        }
        System.out.println("closed " + acked);
    }

    /** One connection, until everything is stored; it throws when it is cut. */
    static int converse(URI url, String token, String producer, String sensor, long startUs, int frames)
            throws Exception {
        Messages messages = new Messages();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(url, messages).get(30, TimeUnit.SECONDS);
        int window = (int) number(messages.next("hello"), "window");
        String bind = "{\"type\":\"bind\",\"producer\":\"%s\",\"sensors\":[\"%s\"],\"answer\":\"errors\"}";
        socket.sendText(bind.formatted(producer, sensor), true).get();
        int acked = (int) number(messages.next("bound"), "last_seq");
        int sent = acked;
        while (acked < frames) {
            while (sent < frames && sent - acked < window) {
                sent += 1;
                socket.sendBinary(frame(sent, startUs), true).get(30, TimeUnit.SECONDS);
                System.out.println("sent " + sent);
                Thread.sleep(5);
            }
            acked = (int) number(messages.next("ack"), "seq");
        }
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(30, TimeUnit.SECONDS);
        return acked;
    }

    /** Columns of channel, time and value, as docs/protocol.md has them. */
    static ByteBuffer frame(int seq, long startUs) {
        int channelBytes = (4 * BATCH + 7) / 8 * 8;
        ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + channelBytes + 16 * BATCH).order(ByteOrder.LITTLE_ENDIAN);
        frame.put(new byte[] {'B', 'G', '0', '1'}).putInt(BATCH).putLong(seq);
        frame.position(HEAD_BYTES + channelBytes);
        long first = (long) (seq - 1) * BATCH;
        for (int each = 0; each < BATCH; each++) {
            frame.putLong(startUs + first + each);
        }
        for (int each = 0; each < BATCH; each++) {
            frame.putDouble(first + each);
        }
        // Java masks eight bytes at once in the buffer's own order, but writes them in the usual one.
        return frame.flip().order(ByteOrder.BIG_ENDIAN);
    }

    static long number(String message, String field) {
        Matcher found = Pattern.compile("\"" + field + "\":(\\d+)").matcher(message);
        if (!found.find()) {
            throw new IllegalStateException(message);
        }
        return Long.parseLong(found.group(1));
    }

    /** What the server says, whole; an end of the connection is a message too. */
    static class Messages implements WebSocket.Listener {
        final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        final StringBuilder text = new StringBuilder();

        String next(String type) throws Exception {
            String message = heard.poll(60, TimeUnit.SECONDS);
            if (message == null || !message.contains("\"type\":\"" + type + "\"")) {
                throw new IllegalStateException("no " + type + ": " + message);
            }
            return message;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                heard.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("closed with " + code);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            heard.add("cut: " + error);
        }
    }
}
