/** SHA-256 of what comes piece by piece (FIPS 180-4): the browser's own takes a file only whole, in memory. Pure. */

const BLOCK_BYTES = 64;

export class Sha256 {
  private readonly state = firstWords(8, 2);
  private readonly schedule = new Uint32Array(64);
  private readonly rest = new Uint8Array(BLOCK_BYTES);
  private restBytes = 0;
  private bytes = 0;

  update(piece: Uint8Array): this {
    this.bytes += piece.length;
    let at = 0;
    if (this.restBytes > 0) {
      at = Math.min(BLOCK_BYTES - this.restBytes, piece.length);
      this.rest.set(piece.subarray(0, at), this.restBytes);
      this.restBytes += at;
      if (this.restBytes < BLOCK_BYTES) return this;
      this.mix(this.rest, 0);
      this.restBytes = 0;
    }
    for (; at + BLOCK_BYTES <= piece.length; at += BLOCK_BYTES) this.mix(piece, at);
    this.rest.set(piece.subarray(at), 0);
    this.restBytes = piece.length - at;
    return this;
  }

  /** The hash in hexadecimal. Nothing may be added after that. */
  end(): string {
    const bits = this.bytes * 8;
    const padding = new Uint8Array((this.restBytes < 56 ? 56 : 120) - this.restBytes + 8);
    padding[0] = 0x80;
    const length = new DataView(padding.buffer, padding.length - 8);
    length.setUint32(0, Math.floor(bits / 2 ** 32));
    length.setUint32(4, bits >>> 0);
    this.update(padding);
    return [...this.state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  private mix(from: Uint8Array, at: number): void {
    const w = this.schedule;
    for (let n = 0; n < 16; n++) {
      const o = at + n * 4;
      w[n] =
        ((from[o] as number) << 24) |
        ((from[o + 1] as number) << 16) |
        ((from[o + 2] as number) << 8) |
        (from[o + 3] as number);
    }
    for (let n = 16; n < 64; n++) {
      const x = w[n - 15] as number;
      const y = w[n - 2] as number;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[n] = (w[n - 16] as number) + s0 + (w[n - 7] as number) + s1;
    }
    let [a, b, c, d, e, f, g, h] = this.state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let n = 0; n < 64; n++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUNDS[n] as number) + (w[n] as number)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, n) => {
      this.state[n] = (this.state[n] as number) + word;
    });
  }
}

const ROUNDS = firstWords(64, 3);

/** The first 32 bits of the fractions of the roots of the first primes. */
function firstWords(count: number, root: number): Uint32Array {
  const words = new Uint32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    if (isPrime(candidate)) words[found++] = fraction(candidate ** (1 / root)) * 2 ** 32;
  }
  return words;
}

function fraction(value: number): number {
  return value - Math.floor(value);
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}
