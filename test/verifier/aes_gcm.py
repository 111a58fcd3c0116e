"""AES-256-GCM (NIST SP 800-38D): decryption only, with nonces of 12 bytes and tags of 16."""

from functools import lru_cache
from hmac import compare_digest


def _tables():
    power, log, value = [0] * 256, [0] * 256, 1
    for exponent in range(255):
        power[exponent], log[value] = value, exponent
        value ^= value << 1 ^ (0x11B if value & 0x80 else 0)
        value &= 0xFF
    box = []
    for byte in range(256):
        inverse = power[(255 - log[byte]) % 255] if byte else 0
        box.append(inverse ^ _rotate(inverse, 1) ^ _rotate(inverse, 2) ^ _rotate(inverse, 3) ^ _rotate(inverse, 4) ^ 0x63)
    return box


def _rotate(byte, count):
    return (byte << count | byte >> 8 - count) & 0xFF


def _double(byte):
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


SBOX = _tables()
# What a byte in each of the four rows of a column adds to the column: SubBytes and MixColumns together.
ROW0 = [_double(s) << 24 | s << 16 | s << 8 | _double(s) ^ s for s in SBOX]
ROW1 = [word >> 8 | (word & 0xFF) << 24 for word in ROW0]
ROW2 = [word >> 16 | (word & 0xFFFF) << 16 for word in ROW0]
ROW3 = [word >> 24 | (word & 0xFFFFFF) << 8 for word in ROW0]


def _substitute(word):
    return SBOX[word >> 24] << 24 | SBOX[word >> 16 & 255] << 16 | SBOX[word >> 8 & 255] << 8 | SBOX[word & 255]


def expand(key):
    """The 60 words of the round keys of AES-256."""
    words = [int.from_bytes(key[at:at + 4], "big") for at in range(0, 32, 4)]
    constant = 1
    for index in range(8, 60):
        word = words[-1]
        if index % 8 == 0:
            word = _substitute((word << 8 | word >> 24) & 0xFFFFFFFF) ^ constant << 24
            constant <<= 1
        elif index % 8 == 4:
            word = _substitute(word)
        words.append(words[-8] ^ word)
    return words


def encrypt(words, block):
    """One block as a number, encrypted."""
    a, b, c, d = ((block >> shift & 0xFFFFFFFF) ^ words[at] for at, shift in enumerate((96, 64, 32, 0)))
    for at in range(4, 56, 4):
        a, b, c, d = (
            ROW0[a >> 24] ^ ROW1[b >> 16 & 255] ^ ROW2[c >> 8 & 255] ^ ROW3[d & 255] ^ words[at],
            ROW0[b >> 24] ^ ROW1[c >> 16 & 255] ^ ROW2[d >> 8 & 255] ^ ROW3[a & 255] ^ words[at + 1],
            ROW0[c >> 24] ^ ROW1[d >> 16 & 255] ^ ROW2[a >> 8 & 255] ^ ROW3[b & 255] ^ words[at + 2],
            ROW0[d >> 24] ^ ROW1[a >> 16 & 255] ^ ROW2[b >> 8 & 255] ^ ROW3[c & 255] ^ words[at + 3],
        )
    result = 0
    for at, (w, x, y, z) in enumerate(((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))):
        last = SBOX[w >> 24] << 24 | SBOX[x >> 16 & 255] << 16 | SBOX[y >> 8 & 255] << 8 | SBOX[z & 255]
        result = result << 32 | last ^ words[56 + at]
    return result


def _blocks(text):
    return [int.from_bytes(text[at:at + 16].ljust(16, b"\0"), "big") for at in range(0, len(text), 16)]


def ghash(h, aad, ciphertext):
    multiples = []
    for _ in range(128):
        multiples.append(h)
        h = h >> 1 ^ (0xE1 << 120 if h & 1 else 0)
    result = 0
    for block in [*_blocks(aad), *_blocks(ciphertext), len(aad) * 8 << 64 | len(ciphertext) * 8]:
        result ^= block
        product = 0
        for multiple in multiples:
            if result >> 127 & 1:
                product ^= multiple
            result = result << 1 & (1 << 128) - 1
        result = product
    return result


@lru_cache(maxsize=65536)
def decrypt(key, nonce, ciphertext, tag, aad):
    """The plain text, or None where the tag is not that of the ciphertext, the key, the nonce and the additional data."""
    words = expand(key)
    first = int.from_bytes(nonce, "big") << 32 | 1
    expected = ghash(encrypt(words, 0), aad, ciphertext) ^ encrypt(words, first)
    if not compare_digest(expected.to_bytes(16, "big"), tag):
        return None
    stream = b"".join(encrypt(words, first + number).to_bytes(16, "big") for number in range(1, (len(ciphertext) + 15) // 16 + 1))
    return bytes(x ^ y for x, y in zip(ciphertext, stream))
