// Logarithm, sine and cosine are polynomials here, because JavaScript leaves the last bits of Math.log,
// Math.sin and Math.cos to the engine: with these a seed gives the same bits in every browser. They are within
// 1e-13 of the truth, far below the rounding to float32, and faster.

const radiansPerUnit = (2 * Math.PI) / 2 ** 32;

/** 2 to the power of (number of leading zeros - 31). */
const mantissaScale = Float64Array.from({ length: 33 }, (_, zeros) => 2 ** (zeros - 31));

/**
 * Natural logarithm of a uniform number in (0, 1): of (word + 1/2) / 2³², reading `word` as unsigned.
 * Ranges from -22.88 to -1.16e-10.
 */
export function logUniform(word: number): number {
  const zeros = Math.clz32(word);
  let exponent = zeros + 1;
  let mantissa = ((word >>> 0) + 0.5) * mantissaScale[zeros]!;
  if (mantissa >= 1.5) {
    mantissa *= 0.5;
    exponent -= 1;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)); with m in [0.75, 1.5) the square q is at most 0.04.
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let series = 1 / 17;
  series = series * q + 1 / 15;
  series = series * q + 1 / 13;
  series = series * q + 1 / 11;
  series = series * q + 1 / 9;
  series = series * q + 1 / 7;
  series = series * q + 1 / 5;
  series = series * q + 1 / 3;
  series = series * q + 1;
  return 2 * s * series - exponent * Math.LN2;
}

/**
 * Box-Muller: turns words, two by two, into pairs of independent normal numbers, which reach 6.76 deviations.
 *
 * @param words an even number of them.
 * @param normals as many numbers; may be another view of the memory of `words`.
 */
export function normalsFromWords(
  words: Int32Array,
  normals: Float32Array,
  mean: number,
  deviation: number,
): void {
  for (let index = 0; index < words.length; index += 2) {
    const radius = deviation * Math.sqrt(-2 * logUniform(words[index]!));
    const angle = words[index + 1]!;
    // The nearest multiple of a quarter turn, and what is left: at most an eighth of a turn either way.
    const quarter = (angle + 0x20000000) >> 30;
    const x = ((angle - (quarter << 30)) | 0) * radiansPerUnit;
    const q = x * x;
    let sine = 1 / 1307674368000;
    sine = 1 / 6227020800 - sine * q;
    sine = 1 / 39916800 - sine * q;
    sine = 1 / 362880 - sine * q;
    sine = 1 / 5040 - sine * q;
    sine = 1 / 120 - sine * q;
    sine = 1 / 6 - sine * q;
    sine = x - x * q * sine;
    let cosine = 1 / 20922789888000;
    cosine = 1 / 87178291200 - cosine * q;
    cosine = 1 / 479001600 - cosine * q;
    cosine = 1 / 3628800 - cosine * q;
    cosine = 1 / 40320 - cosine * q;
    cosine = 1 / 720 - cosine * q;
    cosine = 1 / 24 - cosine * q;
    cosine = 1 / 2 - cosine * q;
    cosine = 1 - q * cosine;
    const swapped = (quarter & 1) !== 0;
    const first = swapped ? sine : cosine;
    const second = swapped ? cosine : sine;
    normals[index] = mean + radius * (((quarter + 1) & 2) !== 0 ? -first : first);
    normals[index + 1] = mean + radius * ((quarter & 2) !== 0 ? -second : second);
  }
}
