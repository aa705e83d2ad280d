"""Sound samples become A-weighted energy and the highest level "Fast", in whole numbers of 32 bits.

Place: frames of a microphone -> `weigh` -> `follow` -> `state` -> i2s_mic.
Guarantee: nothing is taken from the heap, no number exceeds 32 bits whatever is heard, and `follow`
leaves zeros where the samples were.

All poles of the A-weighting are real (IEC 61672-1, annex E), so it is a chain of first-order
filters: one at 737.9 Hz, one at 107.7 Hz and two at 20.6 Hz, each as x minus its own mean, where
the fraction that the mean cannot hold waits for the next sample. The double pole at 12.2 kHz is a
symmetrical FIR of three taps: at 24 kHz the sum is within 0.1 dB of the curve up to 8 kHz, and 0.4
dB above it at 10 kHz. A constant offset of the microphone falls away with the rest.

This is compiled for one kind of chip: `mpy-cross -march=xtensawin` for an ESP32 or ESP32-S3.
"""

try:
    import micropython
except ImportError:
    ptr32 = None

    class micropython:  # noqa: N801
        """On CPython the same functions run, with memory as 32-bit words in place of pointers."""

        @staticmethod
        def viper(function):
            """Return what takes the buffers that `function` would take on the device."""

            def call(*given):
                return function(
                    *[x if isinstance(x, int) else memoryview(x).cast("B").cast("i") for x in given]
                )

            return call


from protocol._compat import const

RATE_HZ = const(24000)
BLOCK = const(96)  # 4 ms: with a share of 1/32 for each block "Fast" has its 125 ms (126.0)

# The state, a word each: four means, two last samples, what is left of three means; the level
# "Fast" as the sum of squares of a block and an exponent to base 4; then what i2s_mic reads.
SIGNED = const(6)  # so many words are kept ZERO too large: a 64-bit port reads no sign
ZERO = const(1 << 28)
_FAST = const(9)
OVERLOADS = const(11)  # samples next to full scale; whoever reads it resets it
ENERGY = const(12)  # an eighth of the sum of squares of the last turn
LOUDEST = const(13)  # the highest Fast of the last turn
EXPONENTS = const(14)  # of ENERGY, and of LOUDEST
WORDS = const(16)

_FULL = const(8300000)  # -0.1 dB of 2**23; a limiter need not reach the last step


@micropython.viper
def weigh(samples: ptr32, state: ptr32, count: int) -> int:
    """Turn `count` frames into magnitudes of the A-weighted signal; return all their bits ORed."""
    s1 = state[0] - ZERO
    s2 = state[1] - ZERO
    s3 = state[2] - ZERO
    s4 = state[3] - ZERO
    x1 = state[4] - ZERO
    x2 = state[5] - ZERO
    e2 = state[6]
    e3 = state[7]
    e4 = state[8]
    overloads = 0
    bits = 0
    i = 0
    while i < count:
        x = ((samples[i] >> 8 & 0xFFFFFF) ^ 0x800000) - 0x800000
        if (x ^ (x >> 31)) > _FULL:
            overloads += 1
        y = x1 + ((x - x1 - x1 + x2) * 13 >> 7)
        x2 = x1
        x1 = x
        s1 += (y - s1) * 90 >> 9  # 738 Hz: what is left of this mean is below any noise
        y -= s1
        e2 += (y - s2) * 114  # of 2**12: 107.7 Hz
        s2 += e2 >> 12
        e2 &= 4095
        y -= s2
        e3 += (y - s3) * 44  # of 2**13: 20.6 Hz
        s3 += e3 >> 13
        e3 &= 8191
        y -= s3
        e4 += (y - s4) * 44
        s4 += e4 >> 13
        e4 &= 8191
        y -= s4
        y ^= y >> 31
        samples[i] = y
        bits |= y
        i += 1
    state[0] = s1 + ZERO
    state[1] = s2 + ZERO
    state[2] = s3 + ZERO
    state[3] = s4 + ZERO
    state[4] = x1 + ZERO
    state[5] = x2 + ZERO
    state[6] = e2
    state[7] = e3
    state[8] = e4
    state[OVERLOADS] += overloads
    return bits


@micropython.viper
def follow(samples: ptr32, state: ptr32, count: int, bits: int):
    """Let the levels follow at most 8 blocks of magnitudes, and wipe those.

    `bits` is what `weigh` returned.
    """
    q = 0
    while bits >> q > 4095:  # 96 squares of 12 bits fit a word
        q += 1
    fast = state[_FAST]
    fast_q = state[_FAST + 1]
    if q > fast_q:
        fast >>= 2 * (q - fast_q)
        fast_q = q
    top = 0
    energy = 0
    i = 0
    while i < count:
        end = i + BLOCK
        total = 0
        while i < end:
            v = samples[i] >> q
            total += v * v
            samples[i] = 0
            i += 1
        energy += total >> 3
        fast += ((total >> 2 * (fast_q - q)) - fast) >> 5
        if fast > top:
            top = fast
    state[ENERGY] = energy
    state[LOUDEST] = top
    state[EXPONENTS] = q
    state[EXPONENTS + 1] = fast_q
    while fast_q > 0 and fast < 0x4000000:  # as fine as it fits, for the silence that follows
        fast <<= 2
        fast_q -= 1
    state[_FAST] = fast
    state[_FAST + 1] = fast_q
