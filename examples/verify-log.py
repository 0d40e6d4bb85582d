#!/usr/bin/env python3
"""Proves a Kidoban audit log from its files and one public key: a second verifier, written apart from the first.

    python3 verify-log.py LOG... [--key NAME+ID+BASE64] [--kept CHECKPOINT] [--witness FILE] [--stamps] [--json]

LOG is a log folder or a file of `kidoban log export`; of several, each is told in turn. Needs Python 3.9 and its standard library, no network, nothing of
Kidoban. Exit code 0: proven. 1: a fault, with its file and line. 2: not a log.

What it does not do: it evaluates no condition (CEL) and reads no kept arguments, which are encrypted; decisions that no
condition has a part in, approvers, groups, quorums and acceptances it holds against the archived configurations by itself.

Of time stamps (--stamps) it checks what they are of, their time and, where it knows the algorithm, the signature of the
certificate in them. Whose certificate that is, it does not check: `openssl ts -verify` does, with the authority's root.

Formats: C2SP signed-note, tlog-checkpoint and tlog-cosignature, RFC 6962 section 2.1 (trees), RFC 8032 (Ed25519), FIPS 186-5 and Web
Authentication Level 3 section 7.2 (passkeys), RFC 8785 (what approvers sign). It reads every file once, piece by piece, and keeps
what people were asked and what was configured, not the calls.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import math
import os
import re
import sys
import time
import unicodedata
import zlib

NO_PREV = "0" * 64
# Plain bytes in each member of a compressed stream but the last.
BLOCK_BYTES = 0xFF00
ENTRY = re.compile(
    r'\{"v":1,"n":(0|[1-9]\d{0,14}),"prev":"([0-9a-f]{64})","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"'
    r',"after":(0|[1-9]\d{0,14}),"kind":"([a-z.]+)"[,}]'
)
NEWER = re.compile(r'\{"v":(?:[2-9]|[1-9]\d+)[,}]')
# Longer than any line of ours, and than any leaf's.
MOST_LINE_BYTES = 64 << 20
MOST_LEAF_BYTES = 1024
# More than what is left of a process that died, and than any small file or archived configuration.
MOST_TAIL_BYTES = 1 << 30
MOST_SMALL_BYTES = 1 << 20
MOST_ARCHIVE_BYTES = 256 << 20
CHUNK_BYTES = 1 << 18
LEAF = re.compile(
    r'\{"v":1,"stream":"([0-9]{8}-[0-9]{6}-[0-9a-f]{16})","size":(0|[1-9]\d{0,15}),"root":"([0-9a-f]{64})"'
    r',"state":"(opened|open|closed|recovered)","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"\}'
)
CONFIG_FILE = re.compile(r"([0-9a-f]{64})\.json")
STREAM_FILE = re.compile(r"([0-9]{8}-[0-9]{6}-[0-9a-f]{16})\.jsonl")


class Fault(Exception):
    """The first thing that is wrong. `line` counts from 1; `first` is where it may begin if that cannot be told closely."""

    def __init__(self, code, file, line=None, first=None):
        super().__init__(code)
        self.code, self.file, self.line, self.first = code, file, line, first


class NoLog(Exception):
    """What was given is no log of a version that is known here."""


# --- Ed25519 (RFC 8032 section 5.1), verification only -------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
D2 = 2 * D % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = p[3] * q[3] * D2 % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _both(m, p, n, q):
    """m times p and n times q in one sum, doubled together."""
    r, steps = (0, 1, 1, 0), (None, p, q, _add(p, q))
    for i in reversed(range(max(m, n).bit_length())):
        r = _add(r, r)
        step = steps[(m >> i & 1) + 2 * (n >> i & 1)]
        if step is not None:
            r = _add(r, step)
    return r


def _point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_fits(key, message, signature):
    """Whether `signature` (64 bytes) of `message` is of the raw public key (32 bytes)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    # [s]B = R + [h]A, with A on the other side.
    x, y, z, _ = _both(s, BASE, h, (P - a[0], a[1], 1, P - a[3]))
    return not ((x - r[0] * z) % P or (y - r[1] * z) % P)


# --- ECDSA on P-256 and RSASSA-PKCS1-v1_5, both with SHA-256, verification only ------------------------------------

P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B256 = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G256 = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def _add256(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0]:
        if (p[1] + q[1]) % P256 == 0:
            return None
        slope = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, P256) % P256
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P256) % P256
    x = (slope * slope - p[0] - q[0]) % P256
    return x, (slope * (p[0] - x) - p[1]) % P256


def _times256(n, p):
    q = None
    while n:
        if n & 1:
            q = _add256(q, p)
        p = _add256(p, p)
        n >>= 1
    return q


def _der(data, tag):
    """Content and rest of one DER element with this tag (X.690), or raises ValueError."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError("DER")
    size, at = data[1], 2
    if size & 0x80:
        more = size & 0x7F
        if not 1 <= more <= 4 or len(data) < 2 + more:
            raise ValueError("DER")
        size, at = int.from_bytes(data[2 : 2 + more], "big"), 2 + more
    if len(data) < at + size:
        raise ValueError("DER")
    return data[at : at + size], data[at + size :]


def es256_fits(key, message, signature):
    """`key` is x ‖ y, 64 bytes; `signature` is DER, as WebAuthn gives it."""
    try:
        both, rest = _der(signature, 0x30)
        r, more = _der(both, 0x02)
        s, end = _der(more, 0x02)
    except ValueError:
        return False
    if rest or end or len(key) != 64:
        return False
    r, s = int.from_bytes(r, "big", signed=True), int.from_bytes(s, "big", signed=True)
    q = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    if not (0 < r < N256 and 0 < s < N256 and q[0] < P256 and q[1] < P256):
        return False
    if (q[1] * q[1] - q[0] ** 3 + 3 * q[0] - B256) % P256:
        return False
    z, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N256)
    point = _add256(_times256(z * w % N256, G256), _times256(r * w % N256, q))
    return point is not None and point[0] % N256 == r


def rs256_fits(key, message, signature):
    """`key` is a SubjectPublicKeyInfo (RFC 5280) in DER."""
    try:
        info, _ = _der(key, 0x30)
        _, bits = _der(info, 0x30)
        content, _ = _der(bits, 0x03)
        both, _ = _der(content[1:], 0x30)
        n, more = _der(both, 0x02)
        e, _ = _der(more, 0x02)
    except ValueError:
        return False
    n, e = int.from_bytes(n, "big"), int.from_bytes(e, "big")
    size = (n.bit_length() + 7) // 8
    if n.bit_length() < 2048 or len(signature) != size:
        return False
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
    wanted = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(signature, "big"), e, n) == int.from_bytes(wanted, "big")


# --- time stamps (RFC 3161, RFC 5652 section 5, RFC 5035 section 3) ----------------------------------------------

SHA256_OID = bytes.fromhex("0609608648016503040201")
TST_OID = bytes.fromhex("060b2a864886f70d0109100104")
SIGNED_DATA_OID = bytes.fromhex("06092a864886f70d010702")
CONTENT_TYPE, MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904")
CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
DIGESTS = {
    SHA256_OID: "sha256",
    bytes.fromhex("0609608648016503040202"): "sha384",
    bytes.fromhex("0609608648016503040203"): "sha512",
}
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
RSA, RSA_SHA256 = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01010b")
P256_KEY = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
STAMP_FILE = re.compile(r"(0|[1-9]\d{0,14})\.(checkpoint|tsr)")
MAX_STAMP = 64 * 1024


def elements(data):
    """The DER elements (X.690) that these bytes are, as (tag, content, whole). Raises ValueError for anything else."""
    found = []
    while data:
        if len(data) < 2 or data[0] & 0x1F == 0x1F:
            raise ValueError("DER")
        size, at = data[1], 2
        if size & 0x80:
            at = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:at], "big")
            # Definite, and the shortest.
            if not 3 <= at <= 6 or len(data) < at or size < 0x80 or size >> 8 * (at - 3) == 0:
                raise ValueError("DER")
        if len(data) < at + size:
            raise ValueError("DER")
        found.append((data[0], data[at : at + size], data[: at + size]))
        data = data[at + size :]
    return found


def inside(element, tag):
    if element[0] != tag:
        raise ValueError("DER")
    return element[1]


def members(element, tag=0x30):
    return elements(inside(element, tag))


def only(data):
    (element,) = elements(data)
    return element


def attributes_in(data):
    """Values by the attributes' identifiers; each has one value and stands there once."""
    found = {}
    for each in elements(data):
        kind, values = members(each)
        (value,) = members(values, 0x31)
        if kind[2] in found:
            raise ValueError("twice")
        found[kind[2]] = value
    return found


def key_fits(certificate, algorithm, message, signature):
    """Whether the certificate's key has signed this; None for an algorithm that is not known here."""
    fields = members(members(only(certificate))[0])
    info = fields[6 if fields[0][0] == 0xA0 else 5][2]
    kind, bits = members(only(info))
    if algorithm == ECDSA_SHA256 and kind[2] == P256_KEY and inside(bits, 0x03)[:2] == b"\0\4":
        return es256_fits(bits[1][2:], message, signature)
    if algorithm in (RSA, RSA_SHA256) and elements(kind[1])[0][2] == RSA:
        return rs256_fits(info, message, signature)
    return None


def open_stamp(answer, data):
    """When somebody had these bytes (as written), and whether the signature of the certificate in the stamp was checked. Raises
    ValueError for what is no stamp of them."""
    status, token = members(only(answer))
    if int.from_bytes(inside(members(status)[0], 0x02), "big", signed=True) not in (0, 1):
        raise ValueError("refused")
    kind, explicit = members(token)
    version, _, content, *rest = members(only(inside(explicit, 0xA0)))
    if kind[2] != SIGNED_DATA_OID or inside(version, 0x02) != b"\3":
        raise ValueError("signed data")
    kind, octets = members(content)
    info = inside(only(inside(octets, 0xA0)), 0x04)
    if kind[2] != TST_OID:
        raise ValueError("no stamp")
    certificates = [whole for tag, content, _ in rest if tag == 0xA0 for _, _, whole in elements(content)]
    (signer,) = members(rest[-1], 0x31)
    version, policy, imprint, serial, moment, *_ = members(only(info))
    algorithm, digest = members(imprint)
    if members(algorithm)[0][2] != SHA256_OID or inside(digest, 0x04) != hashlib.sha256(data).digest():
        raise ValueError("imprint")
    when = re.fullmatch(r"(\d{14})(?:\.(\d{0,8}[1-9]))?Z", inside(moment, 0x18).decode("ascii"))
    if inside(version, 0x02) != b"\1" or not when:
        raise ValueError("time")
    at = datetime.datetime.strptime(when[1], "%Y%m%d%H%M%S")
    _, named, digest, signed, scheme, signature, *_ = members(signer)
    digest, attributes = DIGESTS[members(digest)[0][2]], attributes_in(inside(signed, 0xA0))
    if attributes[CONTENT_TYPE][2] != TST_OID:
        raise ValueError("content type")
    if inside(attributes[MESSAGE_DIGEST], 0x04) != hashlib.new(digest, info).digest():
        raise ValueError("digest")
    first = members(members(members(attributes[CERTIFICATE_V2])[0])[0])
    by = DIGESTS[members(first.pop(0))[0][2]] if first[0][0] == 0x30 else "sha256"
    (own,) = {each for each in certificates if hashlib.new(by, each).digest() == inside(first[0], 0x04)}
    fields = members(members(only(own))[0])
    own_serial, _, own_issuer = fields[1:4] if fields[0][0] == 0xA0 else fields[:3]
    if named[0] == 0x30 and [each[2] for each in members(named)] != [own_issuer[2], own_serial[2]]:
        raise ValueError("signer")
    # The attributes are signed as the SET that they are.
    fits = key_fits(own, members(scheme)[0][2], b"\x31" + signed[2][1:], inside(signature, 0x04)) if digest == "sha256" else None
    if fits is False:
        raise ValueError("signature")
    return at.strftime("%Y-%m-%dT%H:%M:%SZ"), fits is True


def check_stamps(stamps, size, keys, roots):
    """Each is of a checkpoint that this ledger had. The number, the newest and whether all signatures were checked."""
    newest, signed = None, True
    for at in sorted(stamps):
        note, answer = stamps[at]
        place = f"stamps/{at}.tsr"
        try:
            if note is None or len(note) > MAX_STAMP or len(answer) > MAX_STAMP:
                raise ValueError("checkpoint")
            checkpoint = open_kept(note.decode(), keys)
            if checkpoint[0] != at or at > size or roots.get(at) != checkpoint[1]:
                raise ValueError("checkpoint")
            moment, by_key = open_stamp(answer, note)
        except (ValueError, KeyError, IndexError, Fault) as error:
            raise Fault("stamp", place) from error
        newest, signed = {"size": at, "at": moment}, signed and by_key
    return {"count": len(stamps), "newest": newest, "signatures": signed}


# --- trees (RFC 6962 section 2.1) ----------------------------------------------------------------------------------


def leaf_hash(line):
    return hashlib.sha256(b"\0" + line).digest()


class Tree:
    """Grows by a stack with one hash for each bit of its size."""

    def __init__(self):
        self.size, self.stack = 0, []

    def append(self, leaf):
        bits = self.size
        while bits & 1:
            leaf = hashlib.sha256(b"\1" + self.stack.pop() + leaf).digest()
            bits >>= 1
        self.stack.append(leaf)
        self.size += 1

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").hexdigest()
        right = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            right = hashlib.sha256(b"\1" + left + right).digest()
        return right.hex()


# --- notes and checkpoints (C2SP signed-note, tlog-checkpoint) -----------------------------------------------------


def b64(text):
    """Strict base64, or None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def read_key(text):
    name, ident, coded = (text.split("+", 2) + ["", ""])[:3]
    raw = b64(coded)
    if not name or raw is None or len(raw) != 33 or raw[0] != 1:
        raise Fault("key", "key")
    if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != ident:
        raise Fault("key", "key")
    return name, ident, raw[1:]


def open_note(note, key, file):
    """The text of a note that this key has signed."""
    name, ident, raw = key
    if not note.endswith("\n") or "\n\n" not in note or any(unicodedata.category(c) == "Cc" and c != "\n" for c in note):
        raise Fault("malformed", file, 1)
    text, signatures = note[: note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2 : -1]
    signed = False
    for line in signatures.split("\n"):
        found = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})", line)
        signature = b64(found[2]) if found else None
        if signature is None or len(signature) < 5:
            raise Fault("malformed", file, 1)
        if found[1] != name or signature[:4].hex() != ident:
            continue
        if not ed25519_fits(raw, text.encode(), signature[4:]):
            raise Fault("bad-signature", file, 1)
        signed = True
    if not signed:
        raise Fault("no-signature", file, 1)
    return text


def open_checkpoint(note, key, file):
    name, text = key[0], open_note(note, key, file)
    lines = text.split("\n")
    root = b64(lines[2]) if len(lines) > 3 else None
    if lines[0] != name or root is None or len(root) != 32 or not re.fullmatch(r"0|[1-9]\d{0,15}", lines[1]):
        raise Fault("malformed", file, 1)
    return int(lines[1]), root.hex()


def rotations_in(text):
    """The log's replaced keys, oldest first, as (from, to, size, root); None for one that not both keys have signed."""
    found = []
    for note in re.split(r"^(?=kidoban-rotation/v1$)", text, flags=re.M):
        lines = note.split("\n")
        if note == "":
            continue
        try:
            _, origin, old, new, size, root = lines[:6]
            raw = b64(root)
            keys = [read_key(each) for each in (old, new)]
            if raw is None or len(raw) != 32 or not re.fullmatch(r"0|[1-9]\d{0,15}", size):
                raise ValueError("no rotation")
            if any(key[0] != origin for key in keys):
                raise ValueError("another log's key")
            for key in keys:
                open_note(note, key, "rotations")
            found.append((old, new, int(size), raw.hex()))
        except (ValueError, Fault):
            found.append(None)
    return found


def follow(text, given):
    """Keys from the given one to the present one, and the rotations between them."""
    keys, between = [read_key(given)], []
    current, before = given, None
    for line, rotation in enumerate(rotations_in(text), 1):
        if rotation is None or before not in (None, rotation[0]):
            raise Fault("rotation", "rotations", line)
        before = rotation[1]
        if rotation[0] == current:
            keys.append(read_key(rotation[1]))
            between.append((line, rotation))
            current = rotation[1]
    return keys, between


def log_keys(text, present):
    """The log's present key and those before it: each change is signed by both."""
    keys = [read_key(present)]
    for rotation in reversed(rotations_in(text)):
        if rotation is not None and rotation[1] == present:
            present = rotation[0]
            keys.append(read_key(present))
    return keys


# --- files ---------------------------------------------------------------------------------------------------------


class Log:
    """
    `ledger`: gives its pieces. `streams`: name to (what gives its pieces, how many bytes had settled before the ledger was read,
    or None). `configs`: what gives an archived configuration, by the digest in its file's name.
    """

    def __init__(self, key, checkpoint, ledger, streams, configs, rotations, files):
        """`files`: of the stamps, by their names in that folder."""
        names = [STAMP_FILE.fullmatch(name) for name in files]
        stamped = {int(name[1]) for name in names if name and name[2] == "tsr"}
        self.stamps = {size: (files.get(f"{size}.checkpoint"), files[f"{size}.tsr"]) for size in stamped}
        self.rotations = rotations
        self.key, self.checkpoint, self.ledger, self.streams, self.configs = key, checkpoint, ledger, streams, configs


def pieces(path, start=0, end=None, rest=b""):
    """The bytes of a file from `start` to `end`, and then `rest`."""
    with open(path, "rb") as file:
        file.seek(start)
        left = math.inf if end is None else end - start
        while left > 0:
            piece = file.read(min(CHUNK_BYTES, left) if left != math.inf else CHUNK_BYTES)
            if not piece:
                break
            left -= len(piece)
            yield piece
    if rest:
        yield rest


def lines_of(source, most=MOST_LINE_BYTES):
    """Each line, whether it has ended, and whether it is only a part of one that is too long."""
    held, size, parted = [], 0, False
    for piece in source:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            line = b"".join([*held, line])
            yield line, True, parted or len(line) > most
            held, size, parted = [], 0, False
        held.append(rest)
        size += len(rest)
        if size > most:
            yield b"".join(held), False, True
            held, size, parted = [], 0, True
    if size > 0:
        yield b"".join(held), False, parted


def small(source):
    data = b""
    for piece in source:
        data += piece
        if len(data) > MOST_SMALL_BYTES:
            break
    return data


def unpacked(path):
    """The plain bytes of gzip members, each of which says its own length (SAM/BAM specification, section 4.1): all of one
    length but for the last, an empty one at the end, and the first says how long the whole is. What is no such member, or a
    damaged one, stays as it stands, so that it is found as a line."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        places, at = [], 0
        while at < size:
            places.append(at)
            file.seek(at)
            length, _ = member_head(file.read(40))
            if length is None or at + length > size:
                break
            at += length
        if not places:
            return
        last = b""
        if len(places) > 1:
            file.seek(places[-1] - 4)
            last = file.read(4)
        whole = max(len(places) - 2, 0) * BLOCK_BYTES + min(int.from_bytes(last, "little"), BLOCK_BYTES)
        for index, (start, end) in enumerate(zip(places, [*places[1:], size])):
            file.seek(start)
            raw = file.read(min(end - start, 1 << 16))
            length, total = member_head(raw[:40])
            wanted = 0 if index == len(places) - 1 else min(BLOCK_BYTES, whole - index * BLOCK_BYTES)
            member = zlib.decompressobj(wbits=31)
            try:
                plain = member.decompress(raw, BLOCK_BYTES + 1)
                right = length is not None and member.eof and not member.unused_data and len(plain) == wanted
                right = right and total == (whole if index == 0 else None)
            except zlib.error:
                plain, right = b"", False
            yield plain if right else raw
    if size - places[-1] > 1 << 16:
        yield from pieces(path, places[-1] + (1 << 16))


def member_head(head):
    """How many bytes the member has that begins so, and how many the whole, where it says that; (None, None) for no member of ours."""
    if head[:10] != b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" or head[12:16] != b"BC\2\0" or len(head) < 18:
        return None, None
    size, extra = int.from_bytes(head[16:18], "little") + 1, int.from_bytes(head[10:12], "little")
    if extra == 18 and len(head) >= 30 and head[18:22] == b"KB\x08\0":
        return size, int.from_bytes(head[22:30], "little")
    return (size, None) if extra == 6 else (None, None)


def refuse_odd(folder):
    """A pipe is never read through, a device has no end, a link leads elsewhere: none of them is opened."""
    if not os.path.isdir(folder):
        return
    for each in os.scandir(folder):
        is_folder = each.is_dir(follow_symlinks=False) and not each.name.endswith((".jsonl", ".json", ".gz"))
        if not each.is_file(follow_symlinks=False) and not is_folder:
            raise NoLog(f"{each.path} is not a regular file")


def from_folder(path):
    refuse_odd(path)
    refuse_odd(os.path.join(path, "configs"))
    refuse_odd(os.path.join(path, "stamps"))

    def place(name):
        return os.path.join(path, name)

    def part(name, raw=False):
        try:
            with open(place(name), "rb") as file:
                text = file.read(MOST_SMALL_BYTES + 1)
        except OSError as error:
            raise NoLog(f"{name}: {error.strerror}") from error
        if raw:
            return text
        if len(text) > MOST_SMALL_BYTES:
            raise NoLog(f"{name} is longer than it can be")
        return text.decode()

    names = sorted(name for name in os.listdir(path) if STREAM_FILE.fullmatch(name))
    # The newest first: what a stream says of the one before it, that one has in what is read here.
    settled = {name: os.path.getsize(place(name)) for name in reversed(names)}
    # Ended streams may have been compressed; where both files stand, the plain one is about to be removed.
    packed = {name[:-3] for name in os.listdir(path) if name.endswith(".gz") and STREAM_FILE.fullmatch(name[:-3])}
    folder = place("stamps")
    stamps = {name: part(f"stamps/{name}", True) for name in (os.listdir(folder) if os.path.isdir(folder) else [])}
    key, checkpoint = part("key").strip(), part("checkpoint")
    try:
        ledger_size = os.path.getsize(place("ledger.jsonl"))
    except OSError as error:
        raise NoLog(f"ledger.jsonl: {error.strerror}") from error
    streams = {STREAM_FILE.fullmatch(name)[1]: (lambda n=name: pieces(place(n)), settled[name]) for name in names}
    for name in sorted(packed - set(names)):
        streams[STREAM_FILE.fullmatch(name)[1]] = (lambda n=name: unpacked(place(f"{n}.gz")), None)
    folder = place("configs")
    found = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    configs = {
        CONFIG_FILE.fullmatch(name)[1]: (lambda n=name: pieces(place(f"configs/{n}")))
        for name in found
        if CONFIG_FILE.fullmatch(name)
    }
    rotations = part("rotations") if os.path.exists(place("rotations")) else ""
    ledger = lambda: pieces(place("ledger.jsonl"), 0, ledger_size)  # noqa: E731
    return Log(key, checkpoint, ledger, streams, configs, rotations, stamps)


def from_export(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:

        def head_line():
            line = file.readline(MOST_SMALL_BYTES + 1)
            if not line.endswith(b"\n"):
                raise NoLog("not a log export")
            return json.loads(line)

        try:
            head = head_line()
            if head["kind"] != "log.export" or head["v"] != 1:
                raise NoLog("another format")
            parts = []
            while file.tell() < size:
                part = head_line()
                start = file.tell()
                end, rest = start + part["bytes"], base64.b64decode(part.get("rest", ""))
                if not start <= end <= size:
                    raise NoLog("another format")
                source = lambda a=start, b=end, r=rest: pieces(path, a, b, r)  # noqa: E731
                parts.append((part["file"], source, part.get("settled")))
                file.seek(end)
            (first, ledger, _), *streams = parts
            if first != "ledger":
                raise NoLog("another format")
            configs = {name[8:-5]: source for name, source, _ in streams if name.startswith("configs/")}
            stamps = {name[7:]: small(source()) for name, source, _ in streams if name.startswith("stamps/")}
            streams = {name: (source, s) for name, source, s in streams if not name.startswith(("configs/", "stamps/"))}
            return Log(head["key"], head["checkpoint"], ledger, streams, configs, head.get("rotations", ""), stamps)
        except (ValueError, KeyError, TypeError) as error:
            raise NoLog(f"not a log export: {error}") from error


def is_moment(text):
    """Whether there was such a day and hour: of others nothing is before or after anything."""
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    # No leap seconds: nor has the clock that writes these.
    return text[17:19] != "60" and text[17:19] != "61"


# --- the ledger ----------------------------------------------------------------------------------------------------


def read_ledger(source, checkpoint, kept):
    size, root = checkpoint
    if kept is not None and kept[0] > size:
        raise Fault("rolled-back", "checkpoint", 2)
    tree, streams, kept_root, roots, number = Tree(), {}, Tree().root(), {0: Tree().root()}, 0
    for number, (line, ended, part) in enumerate(lines_of(source, MOST_LEAF_BYTES), 1):
        if part:
            raise Fault("ledger-line", "ledger", number)
        if number > size:
            continue
        try:
            found = LEAF.fullmatch(line.decode()) if ended else None
        except UnicodeDecodeError:
            found = None
        if found is None or not is_moment(found[5]):
            raise Fault("ledger-line", "ledger", number)
        tree.append(leaf_hash(line))
        roots[number] = tree.root()
        if kept is not None and number == kept[0]:
            kept_root = tree.root()
        leaf = {"size": int(found[2]), "root": found[3], "state": found[4], "line": number, "time": found[5]}
        leaves = streams.setdefault(found[1], [])
        before = leaves[-1] if leaves else None
        if not follows(before, leaf):
            raise Fault("ledger-order", "ledger", number, before["line"] if before else 1)
        leaves.append(leaf)
    if number < size:
        raise Fault("ledger-short", "ledger", number + 1)
    if tree.root() != root:
        raise Fault("ledger-root", "ledger", size, 1)
    if kept is not None and kept_root != kept[1]:
        raise Fault("rolled-back", "ledger", kept[0], 1)
    return streams, number, roots


def follows(before, leaf):
    if before is None:
        return leaf["state"] == "opened" and leaf["size"] == 0
    return leaf["state"] != "opened" and leaf["size"] >= before["size"] and before["state"] in ("opened", "open")


# --- one stream ----------------------------------------------------------------------------------------------------


def no_twins(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name twice")
    return members


def parse_entry(line):
    """The entry of a line, or a fault's code."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return "line-malformed"
    head = ENTRY.match(text)
    if head is None:
        return "line-newer" if NEWER.match(text) else "line-malformed"
    if not is_moment(head[3]):
        return "line-malformed"
    try:
        body = json.loads(text, object_pairs_hook=no_twins)
    except ValueError:
        return "line-malformed"
    return body if isinstance(body, dict) else "line-malformed"


# What is looked at again once all streams have been read; of calls, only those that people were asked about.
KEPT_KINDS = {
    "stream.opened",
    "streams.pruned",
    "bodies.pruned",
    "retention.changed",
    "config.accepted",
    "config.applied",
    "key.rotated",
    "request.opened",
    "request.edited",
    "request.answered",
    "request.claimed",
}


class Stream:
    """What one stream's file says, its chain and its signed roots proven."""

    def __init__(self, name, source, settled, leaves, log_name, ledger_lines, decisions):
        self.name, self.leaves, self.log_name, self.ledger_lines = name, leaves, log_name, ledger_lines
        self.decisions = decisions
        self.last = leaves[-1]
        self.state = self.last["state"] if self.last["state"] in ("closed", "recovered") else "open"
        self.count, self.kept, self.newest = 0, [], 0
        self.torn, self.tail, self.in_flight = 0, hashlib.sha256(), {}
        self.recoveries, self.settled_for_others, self.taken_over, self.unknown = [], set(), set(), 0
        self.follows, self.carried, self.leave = None, set(), set()
        self.tree, self.prev, self.before, self.suspect = Tree(), NO_PREV, None, None
        # First leaf whose root has not been compared, first one that covers the present line, and times around it.
        self.next, self.cover, self.times = 0, 0, None
        decisions.begin()
        self.read(source, settled)

    def fault(self, code, line, first=None):
        raise Fault(code, self.name, line, first)

    def read(self, source, settled):
        offset = 0
        for line, ended, part in lines_of(source):
            if self.state == "open" and settled is not None and offset >= settled and self.count >= self.last["size"]:
                # Written since the ledger was read, by a live process: left for the next time.
                break
            offset += len(line) + ended
            self.take(line, ended, part)
        if self.suspect is not None:
            self.blame(None)
        self.check_roots(self.count)
        if self.count < self.last["size"]:
            self.fault("tail-missing", self.count + 1)
        if self.state == "closed" and (self.before is None or self.before["kind"] != "stream.closed"):
            self.fault("not-closed", self.count)

    def take(self, line, ended, part):
        number = self.count + 1
        if self.state != "open" and self.count == self.last["size"]:
            if self.state == "closed":
                self.fault("after-end", number)
            self.take_tail(line, ended)
            return
        if part or not ended:
            if self.suspect is not None and part:
                self.blame(None)
            if part and (ended or self.count < self.last["size"]):
                self.fault("line-malformed", number)
            if self.count < self.last["size"]:
                self.fault("line-torn", number)
            self.take_tail(line, ended)
            return
        entry = parse_entry(line)
        if self.suspect is not None:
            self.blame(entry)
        self.check_roots(number)
        if isinstance(entry, str):
            self.fault(entry, number)
        if entry["n"] != number - 1:
            self.fault("number", number)
        hashed = leaf_hash(line)
        if entry["prev"] != self.prev:
            if number == 1:
                self.fault("changed", 1)
            self.suspect = hashed.hex()
            return
        self.prev = hashed.hex()
        self.tree.append(hashed)
        self.count = number
        if entry["kind"] in KEPT_KINDS or (entry["kind"] == "call.intent" and "request" in entry):
            self.kept.append((number, entry))
        try:
            self.meaning(entry, number)
        except (KeyError, TypeError, AttributeError):
            # A member that every entry of this kind has is missing, or is something else.
            self.fault("line-malformed", number)
        self.newest = max(self.newest, millis(entry["time"]))
        self.before = entry
        self.decisions.take(self, number, entry)

    def blame(self, following):
        """One of two lines was changed: the one that does not continue from the one before it, or that one."""
        number = self.count + 1
        if isinstance(following, dict) and following["prev"] == self.suspect:
            self.fault("changed", number - 1)
        self.fault("changed", number, max(number - 1, 1))

    def take_tail(self, line, ended):
        self.tail.update(line + b"\n" if ended else line)
        self.torn += len(line) + ended
        if self.torn > MOST_TAIL_BYTES:
            self.fault("tail-changed", self.count + 1)

    def check_roots(self, number):
        while self.next < len(self.leaves) and self.leaves[self.next]["size"] == self.tree.size:
            leaf = self.leaves[self.next]
            if self.tree.root() != leaf["root"]:
                earlier = [other["size"] for other in self.leaves if other["size"] < leaf["size"]]
                self.fault("root", max(self.tree.size, 1), max(earlier, default=0) + 1)
            self.next += 1

    def over(self, line):
        """The first leaf over a line, or None, and the leaf before it."""
        while self.cover < len(self.leaves) and self.leaves[self.cover]["size"] < line:
            self.cover, self.times = self.cover + 1, None
        leaf = self.leaves[self.cover] if self.cover < len(self.leaves) else None
        return leaf, self.leaves[self.cover - 1] if self.cover > 0 else None

    def check_time(self, entry, line, leaf, earlier):
        """Written between the leaf before it and the one over it, whichever is the later: a clock may be set back."""
        if leaf is None or earlier is None:
            return
        if self.times is None:
            both = sorted(millis(each["time"]) for each in (leaf, earlier))
            self.times = both[0] - CLOCK_MS, both[1] + CLOCK_MS
        if not self.times[0] <= millis(entry["time"]) <= self.times[1]:
            self.fault("time", line)

    def meaning(self, entry, line):
        kind = entry["kind"]
        leaf, earlier = self.over(line)
        most = (leaf["line"] if leaf else self.ledger_lines + 1) - 1
        least = self.before["after"] if self.before else 0
        if not least <= entry["after"] <= most:
            self.fault("after", line)
        self.check_time(entry, line, leaf, earlier)
        if self.before is not None and self.before["kind"] == "stream.closed":
            self.fault("after-end", line)
        opens = kind == "stream.opened"
        if opens != (line == 1) or (opens and (entry["stream"] != self.name or entry["log"] != self.log_name)):
            self.fault("not-opened", line)
        if opens and "follows" in entry:
            self.follows = entry["follows"]["stream"], entry["follows"]["open"]
            self.carry(self.follows[1], line)
        if kind == "call.intent":
            if entry["call"] in self.in_flight:
                self.fault("intent-twice", line)
            self.in_flight[entry["call"]] = line
            # What had to be asked was sent by an approval or a pass, recorded just before.
            used = entry["call"] in self.leave
            self.leave.discard(entry["call"])
            if entry["why"]["effect"] != "allow" and not (used and entry["why"]["effect"] == "ask"):
                self.fault("intent-unapproved", line)
        elif kind in ("request.claimed", "pass.used"):
            self.leave.add(entry["call"])
        elif kind == "call.outcome":
            self.unknown += entry["status"] == "unknown"
            if self.in_flight.pop(entry["call"], None) is not None:
                if entry["call"] in self.carried:
                    self.carried.discard(entry["call"])
                    self.settled_for_others.add(entry["call"])
                return
            if entry["call"] not in self.taken_over or entry["status"] != "unknown":
                self.fault("outcome-without-intent", line)
            self.taken_over.discard(entry["call"])
            self.settled_for_others.add(entry["call"])
        elif kind == "stream.recovered":
            if same_process(entry["stream"], self.name):
                self.carry(entry["open"], line)
            else:
                self.taken_over.update(entry["open"])
            self.recoveries.append((entry, line, self.name))

    def carry(self, calls, line):
        """Goes on with calls that began in an earlier stream of this process."""
        self.in_flight.update((call, line) for call in calls)
        self.carried.update(calls)


def same_process(one, other):
    """Streams of one process share the last part of their names."""
    return one[-16:] == other[-16:]


# --- who allowed it ------------------------------------------------------------------------------------------------


def url64(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return b""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jcs(value):
    """RFC 8785, of what is signed here: objects of texts, whole numbers, lists and objects."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def proven(domain, body, proof, passkey=None):
    """
    What a signature proves by its own key over exactly this body: None, "operator" or "verified". `passkey`: where it has
    to have been made, as a configuration names it.
    """
    message = domain.encode() + b"\n" + jcs(body)
    kind, _, coded = proof["key"].partition(":")
    signature, assertion = url64(proof["signature"]), proof.get("passkey")
    if assertion is None:
        return "operator" if kind == "ed25519" and ed25519_fits(url64(coded), message, signature) else None
    digest = hashlib.sha256(message).digest()
    if "batch" in assertion:
        if digest.hex() not in assertion["batch"]:
            return None
        digest = hashlib.sha256(b"kidoban-batch/v1\n" + jcs({"v": 1, "batch": assertion["batch"]})).digest()
    data, client = url64(assertion["authenticatorData"]), url64(assertion["clientData"])
    try:
        said = json.loads(client)
    except ValueError:
        return None
    meant = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not isinstance(said, dict) or said.get("type") != "webauthn.get" or said.get("challenge") != meant:
        return None
    if len(data) < 37 or data[32] & 0x05 != 0x05:
        return None
    if passkey is not None:
        is_there = data[:32] == hashlib.sha256(passkey["rp"].encode()).digest() and said.get("origin") == passkey["origin"]
        if not is_there:
            return None
    signed = data + hashlib.sha256(client).digest()
    check = {"es256": es256_fits, "rs256": rs256_fits}.get(kind)
    return "verified" if check is not None and check(url64(coded), signed, signature) else None


def statement_fits(statement):
    """Whether the signature of an approver's statement is of its key, over exactly its body."""
    return proven("kidoban-statement/v1", statement["body"], statement) == statement["assurance"]


RANK = {"client": 0, "operator": 1, "verified": 2}
MOMENT_MS = 60_000


def millis(time):
    """Ms since the epoch of a time as entries write it."""
    date = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round(date.timestamp() * 1000)


def fits_ticket(pattern, ticket):
    if pattern is None:
        return True
    wild = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return bool(ticket) and bool(re.fullmatch(r"[\x21-\x7e]{1,100}", ticket)) and bool(re.fullmatch(wild, ticket, re.S))


def obligation_met(obligation, votes):
    """Stage by stage, later answers for later stages, nobody twice. Groups are presumed: entries do not have them."""
    taken, met_at = set(), -1
    stages = [obligation, *obligation.get("later", [])]
    for stage in stages:
        need, before = max(stage["need"], 1), met_at
        for vote in votes:
            marks = {vote["seat"], *vote["seat_keys"]}
            barred = {vote["name"], vote["seat"]} & set(obligation.get("except", []))
            if need == 0:
                break
            if vote["at"] <= before or marks & taken or barred or RANK[vote["assurance"]] < RANK[obligation["assurance"]]:
                continue
            if fits_ticket(obligation.get("ticket"), vote["ticket"]):
                taken |= marks
                met_at, need = vote["at"], need - 1
        if need > 0:
            return False
    return True


def vote_of(statement):
    body = statement["body"]
    seat = body.get("standsFor", body["approver"])
    return {
        "word": body["answer"],
        "name": body["approver"],
        "key": statement["key"],
        "seat": "name " + seat,
        "seat_keys": [] if "standsFor" in body else [statement["key"]],
        "at": body["answeredAt"],
        "assurance": statement["assurance"],
        "ticket": body.get("ticket"),
    }


def claim_met(question, statements, by_client, now):
    """Whether the answers can have sufficed for a use of an approval at `now`, ms."""
    obligations = question["obligations"]
    if not obligations:
        return False
    if by_client and all(o["assurance"] == "client" and o["need"] == 1 and not o["from"] for o in obligations):
        return True
    begun = question["expiresAt"] - min(o["expiresMs"] for o in obligations)
    votes = sorted((vote_of(one) for one in statements), key=lambda vote: vote["at"])
    votes = [v for v in votes if begun - MOMENT_MS <= v["at"] <= min(question["expiresAt"], now + MOMENT_MS)]
    for vote in votes:
        able = [
            "breakGlass" in o
            and RANK[vote["assurance"]] >= RANK[o["assurance"]]
            and not {vote["name"], vote["seat"][5:]} & set(o.get("except", []))
            for o in obligations
        ]
        if vote["word"] == "break-glass" and all(able):
            return True
    seen, yes = set(), []
    for vote in votes:
        if vote["word"] == "approve" and not {"name " + vote["name"], vote["key"]} & seen:
            seen |= {"name " + vote["name"], vote["key"]}
            yes.append(vote)
    return all(obligation_met(o, yes) for o in obligations)


def check_answers(streams, ledger_roots, configs, demanded):
    """
    Every signed answer fits its own key, is about the request whose entry was recorded, and names a checkpoint that the
    ledger had; every use of an approval had answers enough.
    """
    opened, given, claims, sent, by_client = {}, {}, {}, {}, set()
    newest = max((stream.newest for stream in streams), default=0)
    for stream in streams:
        for line, entry in stream.kept:
            kind = entry["kind"]
            if kind in ("request.opened", "request.edited"):
                if entry["request"] in opened:
                    raise Fault("request-twice", stream.name, line)
                opened[entry["request"]] = entry
            elif kind == "request.claimed":
                if entry["request"] in claims:
                    raise Fault("claim-twice", stream.name, line)
                claims[entry["request"]] = (stream, line, millis(entry["time"]))
            elif kind == "call.intent" and "request" in entry:
                sent[entry["request"]] = (entry.get("action"), stream.name, line)
            elif kind == "request.answered":
                statement = entry["statement"]
                if "body" not in statement:
                    by_client |= {entry["request"]} if statement["answer"] == "approve" else set()
                    continue
                if statement["body"]["request"] != entry["request"] or not statement_fits(statement):
                    raise Fault("statement", stream.name, line)
                given.setdefault(entry["request"], []).append((statement, stream.name, line))
    for request, statements in given.items():
        for statement, name, line in statements:
            body, question = statement["body"], opened.get(request)
            same = ("nonce", "action", "shown", "expiresAt")
            if question is not None and any(body[each] != question[each] for each in same):
                raise Fault("statement", name, line)
            seen = body.get("seen")
            if seen is not None and ledger_roots.get(seen["size"], seen["root"]) != seen["root"]:
                raise Fault("statement-seen", name, line)
    live = any(stream.state == "open" for stream in streams)
    settled_until = newest - MOMENT_MS if live else math.inf
    for request, (stream, line, at) in claims.items():
        if at > settled_until:
            continue
        statements = [statement for statement, _, _ in given.get(request, [])]
        if request not in opened or not claim_met(opened[request], statements, request in by_client, at):
            raise Fault("claim-unanswered", stream.name, line)
        if request in sent and sent[request][0] != opened[request]["action"]:
            raise Fault("action", *sent[request][1:])
        try:
            in_force = configs.at(stream, line)
        except Fault:
            # Told where it was accepted or applied, which comes next.
            in_force = None
        if in_force is None or request not in sent:
            continue
        if not is_demanding(opened[request]["obligations"], demanded.get(request) or []):
            raise Fault("demands", stream.name, line)
        if request in by_client and not statements:
            continue
        before = [one for one in statements if one["body"]["answeredAt"] <= at]
        if not any(counted(opened[request], some, approvers_of(in_force), at) for some in (statements, before)):
            raise Fault("claim-approvers", stream.name, line)
    return settled_until


# --- by whom and by which rules: the archived configurations --------------------------------------------------------


class Configs:
    """Archived configurations by what entries say of them, each proven when it is named."""

    def __init__(self, files, streams):
        self.files, self.read, self.archives = files, {}, {}
        self.applied = {}
        for stream in streams:
            for line, entry in stream.kept:
                refs = []
                if entry["kind"] == "config.applied":
                    refs = [entry["accepted"]] + ([entry["proposed"]] if "proposed" in entry else [])
                    self.applied.setdefault(stream.name, []).append((line, refs))
                elif entry["kind"] == "config.accepted" and "archive" in entry:
                    refs = [{"digest": entry["digest"], "archive": entry["archive"]}]
                for ref in refs:
                    self.archives.setdefault(ref["digest"], ref["archive"])

    def get(self, ref, stream, line):
        if ref["archive"] not in self.files:
            raise Fault("config-missing", stream.name, line)
        if ref["archive"] not in self.read:
            self.read[ref["archive"]] = read_config(self.files[ref["archive"]](), ref["archive"])
        config = self.read[ref["archive"]]
        if config is None or config["digest"] != ref["digest"]:
            raise Fault("config-changed", stream.name, line)
        return config

    def at(self, stream, line):
        """What was in force at a line: the accepted configuration and, while another waited, that one too; or None."""
        before = [(at, refs) for at, refs in self.applied.get(stream.name, []) if at < line]
        return [self.get(ref, stream, before[-1][0]) for ref in before[-1][1]] if before else None


def is_objects(value):
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def is_texts(value):
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def is_whole(config):
    """Whether an archive has what every archive has. Raises KeyError or TypeError where it is otherwise odd."""
    people = config["approvers"]
    maps = [dict(config[name]) for name in ("servers", "manifests", "locks")]
    servers, manifests, locks = (list(each.values()) for each in maps)
    return (
        isinstance(config["config"], str)
        and isinstance(config["floor"], dict)
        and is_objects(people)
        and is_objects(config["rules"])
        and all(isinstance(each["name"], str) and is_texts(each["groups"]) for each in people)
        and all(is_texts(each.get("roles", [])) for each in people)
        and all(is_objects(each.get(name, [])) for each in people for name in ("away", "passkeys"))
        and is_objects(servers)
        and is_objects(manifests)
        and is_objects(locks)
        and all(isinstance(each["endpoint"], str) for each in servers + locks)
        and all(is_objects(each["grants"]) and is_objects(each["rules"]) for each in manifests)
        and all(is_objects(each["items"]) for each in locks)
        and is_retention(config["retention"])
        and all(is_recording(each) for each in dict(config["recordings"]).values())
    )


def is_retention(value):
    periods = [value["entries"], value["bodies"], *value["servers"].values()]
    return all(type(each) is int and each >= 0 for each in periods)


def is_recording(value):
    hows = [value["record"], *value["recordTools"].values()]
    return all(each in ("digest", "body") for each in hows) and all(map(is_texts, [value["redact"], *value["redactTools"].values()]))


def read_config(source, digest):
    data = bytearray()
    for piece in source:
        data += piece
        if len(data) > MOST_ARCHIVE_BYTES:
            return None
    if hashlib.sha256(data).hexdigest() != digest:
        return None
    try:
        config = json.loads(data)
        whole = hashlib.sha256()
        # JavaScript compares by UTF-16 units.
        for name, text in sorted(config["files"], key=lambda file: file[0].encode("utf-16-be")):
            for part in (name.encode(), text.encode()):
                whole.update(str(len(part)).encode() + b":" + part)
        return config if config["v"] == 1 and whole.hexdigest() == config["digest"] and is_whole(config) else None
    except (ValueError, KeyError, TypeError):
        return None


def roles_of(approver):
    return approver.get("roles", ["owner", "approver", "operator"])


def keys_of(approver):
    return ([approver["key"]] if "key" in approver else []) + [each["key"] for each in approver.get("passkeys", [])]


def approvers_of(in_force):
    """Who counts where two configurations have a say: what both give, of those that both name by a same key."""
    first, *others = [config["approvers"] for config in in_force]
    people = []
    for one in first:
        twins = [next((other for other in each if other["name"] == one["name"]), None) for each in others]
        if None in twins:
            continue
        both = {"name": one["name"], "groups": one["groups"], "roles": roles_of(one)}
        both["away"], both["passkeys"] = one.get("away", []), one.get("passkeys", [])
        key = one.get("key")
        for twin in twins:
            key = key if key == twin.get("key") else None
            both["groups"] = [group for group in both["groups"] if group in twin["groups"]]
            both["roles"] = [role for role in both["roles"] if role in roles_of(twin)]
            both["away"] = [away for away in both["away"] if away in twin.get("away", [])]
            both["passkeys"] = [each for each in both["passkeys"] if each in twin.get("passkeys", [])]
        if key is not None:
            both["key"] = key
        if keys_of(both) or "subject" in one:
            people.append(both)
    return people


def signer(domain, body, name, proof, approvers):
    """The approver of this name whose key it is, and how well that proves a human; or None."""
    for one in approvers:
        if one["name"] != name or proof["key"] not in keys_of(one):
            continue
        passkey = next((each for each in one.get("passkeys", []) if each["key"] == proof["key"]), None)
        if (passkey is not None) != ("passkey" in proof):
            return None
        assurance = proven(domain, body, proof, passkey)
        return None if assurance is None else (one, assurance)
    return None


def answer_of(question, statement, approvers):
    """A statement as it counts, or None where it does not."""
    body = statement["body"]
    if body["answeredAt"] > question["expiresAt"]:
        return None
    if body["answer"] in ("return", "break-glass") and not body.get("comment", "").strip():
        return None
    able = [one for one in approvers if "approver" in roles_of(one)]
    found = signer("kidoban-statement/v1", body, body["approver"], statement, able)
    if found is None or found[1] != statement["assurance"]:
        return None
    seat = found[0]
    if "standsFor" in body:
        at, deputy = body["answeredAt"], seat["name"]
        away = [
            one
            for one in able
            if one["name"] == body["standsFor"]
            and any(a["deputy"] == deputy and a["from"] <= at < a["until"] for a in one.get("away", []))
        ]
        if not away:
            return None
        seat = away[0]
    return {
        "word": body["answer"],
        "at": body["answeredAt"],
        "by": found[0],
        "seat": seat,
        "assurance": found[1],
        "ticket": body.get("ticket"),
        "signature": statement["signature"],
    }


def marks(person):
    return {"name " + person["name"], *keys_of(person)}


def is_barred(obligation, vote):
    return bool({vote["by"]["name"], vote["seat"]["name"]} & set(obligation.get("except", [])))


def is_in(vote, groups):
    return bool(set(groups) & {*vote["by"]["groups"], *vote["seat"]["groups"]})


def counts_for(obligation, votes, begun, now):
    """Stage by stage: later answers for later stages, no seat twice, each by somebody of the groups asked by then."""
    taken, met_at = set(), -1
    for stage in [obligation, *obligation.get("later", [])]:
        need, before = max(stage["need"], 1), met_at
        for vote in votes:
            if need == 0:
                break
            elapsed = min(vote["at"], now) - begun
            late = [group for e in obligation.get("escalate", []) if e["afterMs"] <= elapsed for group in e["to"]]
            if vote["at"] <= before or marks(vote["seat"]) & taken or is_barred(obligation, vote):
                continue
            if stage["from"] and not is_in(vote, [*stage["from"], *late]):
                continue
            if RANK[vote["assurance"]] < RANK[obligation["assurance"]]:
                continue
            if fits_ticket(obligation.get("ticket"), vote["ticket"]):
                taken |= marks(vote["seat"])
                met_at, need = vote["at"], need - 1
        if need > 0:
            return False
    return True


def counted(question, statements, approvers, now):
    """Whether those who were approvers gave answers enough, and nobody of them said no."""
    obligations = question["obligations"]
    begun = question["expiresAt"] - min(o["expiresMs"] for o in obligations)
    votes = [answer_of(question, one, approvers) for one in statements]
    votes = [v for v in votes if v is not None and begun - MOMENT_MS <= v["at"] <= now + MOMENT_MS]
    votes.sort(key=lambda vote: (vote["at"], vote["by"]["name"], vote["signature"]))
    if any(vote["word"] in ("deny", "return") for vote in votes):
        return False
    for vote in votes:
        alone = vote["word"] == "break-glass" and all(
            set(o.get("breakGlass", [])) & set(vote["by"]["groups"])
            and RANK[vote["assurance"]] >= RANK[o["assurance"]]
            and vote["by"]["name"] not in o.get("except", [])
            for o in obligations
        )
        if alone:
            return True
    seen, yes = set(), []
    for vote in votes:
        if vote["word"] == "approve" and not marks(vote["by"]) & seen:
            seen |= marks(vote["by"])
            yes.append(vote)
    return all(counts_for(o, yes, begun, now) for o in obligations)


class History:
    """Which configurations were accepted and when: (entry, stream, line, ms), as the streams stand."""

    def __init__(self, streams, configs):
        self.configs, self.all = configs, []
        for stream in streams:
            for line, entry in stream.kept:
                if entry["kind"] == "config.accepted":
                    self.all.append((entry, stream, line, millis(entry["time"])))

    def paths(self):
        """Whose first acceptance was the earliest stands first."""
        return list(dict.fromkeys(e["config"] for e, _, _, _ in sorted(self.all, key=lambda one: one[3]) if "config" in e))

    def of(self, path, at):
        found = [one for one in self.all if one[0].get("config") == path and one[3] <= at]
        return sorted(found, key=lambda one: -one[3])

    def last_of(self, path, at):
        """What was accepted last; where two were at once, all that came after the same one: only one of them held."""
        found = self.of(path, at + MOMENT_MS)
        return [o for o in found if o[0].get("previous") == found[0][0].get("previous") and o[3] >= found[0][3] - MOMENT_MS]

    def read(self, digest):
        """What was archived under the digest of its files, or None."""
        archive = self.configs.archives.get(digest)
        if archive is None or archive not in self.configs.files:
            return None
        try:
            return self.configs.get({"digest": digest, "archive": archive}, None, 0)
        except (Fault, AttributeError):
            return None

    def seasoned(self, path, digest, at):
        """Who may accept and could all the last month, or from the first acceptance on: from this configuration back."""
        named, wanted = [], digest
        for entry, _, _, when in self.of(path, at):
            if entry["digest"] != wanted:
                continue
            config = self.read(wanted)
            if config is None:
                return []
            named.append(config)
            if entry["first"] or when <= at - SEASON_MS:
                return [one for one in approvers_of(named) if "owner" in roles_of(one)]
            wanted = entry.get("previous")
        return []

    def kept_at(self, at):
        """How long things had to be kept then: the longest of what was in force of each path."""
        each = []
        for path in self.paths():
            found = [self.read(entry["digest"]) for entry, _, _, _ in self.last_of(path, at)]
            found = [config["retention"] for config in found if config is not None]
            if found:
                each.append(joined(min, found))
        return joined(max, each) if each else {"entries": DEFAULT_RETENTION_MS, "bodies": DEFAULT_RETENTION_MS, "servers": {}}


def kept_for(retention, server):
    return retention["servers"].get(server, retention["bodies"])


def joined(pick, retentions):
    servers = {server for each in retentions for server in each["servers"]}
    return {
        "entries": pick(each["entries"] for each in retentions),
        "bodies": pick(each["bodies"] for each in retentions),
        "servers": {server: pick(kept_for(each, server) for each in retentions) for server in servers},
    }


def is_shorter(old, now):
    servers = {*old["servers"], *now["servers"]}
    less = any(kept_for(now, server) < kept_for(old, server) for server in servers)
    return less or now["entries"] < old["entries"] or now["bodies"] < old["bodies"]


def records_less(old, now):
    """Whether only digests are kept of what was kept itself, or something is taken out that was not."""
    tools = {None, *old["recordTools"], *now["recordTools"], *old["redactTools"], *now["redactTools"]}

    def keeps(one, tool):
        return one["recordTools"].get(tool, one["record"]) == "body"

    def places(one, tool):
        return {*one["redact"], *one["redactTools"].get(tool, [])}

    return any((keeps(old, t) and not keeps(now, t)) or places(now, t) - places(old, t) for t in tools)


def needs_two(old, now):
    """Whether two have to sign that less is kept."""
    if is_shorter(old["retention"], now["retention"]):
        return True
    before, after = dict(old["recordings"]), dict(now["recordings"])
    less = any(records_less(one, after[server]) for server, one in before.items() if server in after)
    return less and sum("owner" in roles_of(one) for one in old["approvers"]) >= 2


def is_before(one, other, margin_ms=0):
    """
    Which of two (entry, stream, line) came first: by the ledger, where one had been signed before the process of the other
    looked at it; of two at work at once, by their clocks. A clock may be set back.
    """

    def is_proven(one, other):
        (_, stream, line), (entry, another, number) = one, other
        if stream.name == another.name:
            return line < number
        under = next((leaf["line"] for leaf in stream.leaves if leaf["size"] >= line), math.inf)
        return under <= entry["after"]

    if is_proven(one, other) or is_proven(other, one):
        return is_proven(one, other)
    return millis(one[0]["time"]) < millis(other[0]["time"]) - margin_ms


def check_acceptances(streams, configs, history, settled_until):
    """
    Each configuration was accepted by an approver of the one before, by two where less is kept; nothing was applied that
    nobody accepted.
    """
    applied, changed = {}, []
    for stream in streams:
        for line, entry in stream.kept:
            if entry["kind"] == "config.applied":
                key = (entry["config"], entry["accepted"]["digest"])
                if key not in applied or is_before((entry, stream, line), applied[key]):
                    applied[key] = (entry, stream, line)
            elif entry["kind"] == "retention.changed":
                changed.append((entry, stream, line))

    def had_before(stream, line, entry):
        path, digest, own = entry["config"], entry["digest"], (entry, stream, line)
        of_path = {d: one for (p, d), one in applied.items() if p == path}
        going_on = [(e, s, n) for e, s, n, _ in history.all if not e["first"] and e.get("config") == path]
        if any(is_before(one, own, MOMENT_MS) for one in [*of_path.values(), *going_on]):
            return True
        # Of two that found nothing at the same moment, only one came into force without anybody.
        if digest not in of_path or any(e["digest"] == digest for e, _, _ in going_on):
            return False
        return any(d != digest and is_before(one, of_path[digest]) for d, one in of_path.items())

    def is_told(entry, at):
        same = ("config", "previous", "digest")
        return any(
            all(e[name] == entry[name] for name in same) and millis(e["time"]) <= at + MOMENT_MS for e, _, _ in changed
        )

    for entry, stream, line, at in history.all:
        own = None
        if "archive" in entry:
            own = configs.get({"digest": entry["digest"], "archive": entry["archive"]}, stream, line)
        if "config" not in entry or not (entry["first"] or "previous" in entry):
            raise Fault("acceptance", stream.name, line)
        if entry["first"]:
            if had_before(stream, line, entry):
                raise Fault("acceptance", stream.name, line)
            continue
        before = configs.archives.get(entry["previous"])
        if before is None:
            if at <= settled_until:
                raise Fault("acceptance", stream.name, line)
            continue
        previous = configs.get({"digest": entry["previous"], "archive": before}, stream, line)
        if own is None or (needs_two(previous, own) and not is_told(entry, at)):
            raise Fault("acceptance", stream.name, line)
        if not previous["approvers"]:
            continue
        if any(name not in entry for name in ("config", "acceptedAt", "key", "signature")):
            raise Fault("acceptance", stream.name, line)
        body = {name: entry[name] for name in ("config", "previous", "digest", "acceptedAt")}
        owners = [one for one in previous["approvers"] if "owner" in roles_of(one)]
        if signer("kidoban-accept/v1", {"v": 1, "approver": entry["by"], **body}, entry["by"], entry, owners) is None:
            raise Fault("acceptance", stream.name, line)
    for entry, stream, line in changed:
        check_retention(entry, stream, line, history)
    known = {entry["digest"] for entry, *_ in history.all}
    for (_, digest), (entry, stream, line) in applied.items():
        if digest not in known and millis(entry["time"]) <= settled_until:
            raise Fault("config-unaccepted", stream.name, line)


def check_retention(entry, stream, line, history):
    """Keeping less was signed by two people, each with a key that had counted for long enough."""
    owners = history.seasoned(entry["config"], entry["previous"], millis(entry["time"]))
    body = {name: entry[name] for name in ("config", "previous", "digest")}
    people, keys = set(), set()
    for one in entry["consents"]:
        signed = {"v": 1, "approver": one["approver"], "acceptedAt": one["acceptedAt"], **body}
        if signer("kidoban-accept/v1", signed, one["approver"], one, owners) is not None:
            people.add(one["approver"])
            keys.add(one["key"])
    if len(people) < 2 or len(keys) < 2:
        raise Fault("acceptance", stream.name, line)


# As `log: retention:` has it, less a day for clocks.
LEAST_RETENTION_MS = 183 * 86_400_000
DEFAULT_RETENTION_MS = 5 * 365 * 86_400_000
# Who was added is noticed by then.
SEASON_MS = 30 * 86_400_000
# How far two clocks may be apart.
CLOCK_MS = 60_000
# What may have come into force between a decision and the entry of it.
LONGEST_DECISION_MS = 10 * 60_000
STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}
CAUSES = [
    "not-granted",
    "not-listed",
    "not-locked",
    "quarantined",
    "endpoint-changed",
    "read-only",
    "invalid-arguments",
    "rule",
    "condition-failed",
    "repeat-after-unknown",
    "default-write",
    "default-read",
]


def folded(text):
    """One spelling for all that a server might take for the same name (policy/fold.ts)."""
    if all(ord(c) <= 0x7E for c in text):
        return text.lower()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] != "M")
    return plain.upper().lower()


def fits(pattern, text, ignore_case):
    shape = folded if ignore_case else str
    parts = re.split(r"([*?])", pattern)
    wild = "".join({"*": ".*", "?": "."}.get(p) or re.escape(shape(p)) for p in parts)
    return re.fullmatch(wild, shape(text), re.S) is not None


def ordered(values):
    return sorted(set(values), key=lambda text: text.encode("utf-16-be"))


def obligation(rule, terms, floor, owner):
    """What is demanded: the terms of a rule over those of the floor (policy/settle.ts)."""
    whole = {**floor, **terms}
    later = whole.get("later") if "from" not in terms and "need" not in terms else terms.get("later")
    escalate = whole.get("escalate") if "from" not in terms else terms.get("escalate")
    made = {"rule": rule, "from": ordered(whole["from"]), "need": whole["need"], "assurance": whole["assurance"]}
    made.update(expiresMs=whole["expiresMs"], redeemMs=whole["redeemMs"])
    if later:
        made["later"] = [{"from": ordered(stage["from"]), "need": stage["need"]} for stage in later]
    if owner is not None and "owner" in whole.get("distinct", []):
        made["except"] = [owner]
    if "ticket" in whole:
        made["ticket"] = whole["ticket"]
    if escalate:
        made["escalate"] = escalate
    for name in ("edit", "breakGlass"):
        if whole.get(name):
            made[name] = ordered(whole[name])
    return made


def harden(obligations):
    """Each quorum stays its own; assurance and times are the hardest of all."""
    hardest = {
        "assurance": max((one["assurance"] for one in obligations), key=RANK.get),
        "expiresMs": min(one["expiresMs"] for one in obligations),
        "redeemMs": min(one["redeemMs"] for one in obligations),
    }
    texts = {}
    for one in obligations:
        hard = {name: hardest.get(name, value) for name, value in one.items()}
        texts[json.dumps(hard, ensure_ascii=False, separators=(",", ":"))] = hard
    return [texts[text] for text in sorted(texts, key=lambda text: text.encode("utf-16-be"))]


def is_demanding(hard, soft):
    """Whether whoever meets the one meets the other too, as far as that can be shown (policy/narrower.ts)."""
    return all(any(as_hard(other, each) for other in hard) for each in soft)


def as_hard(hard, soft):
    def within(few, many):
        return set(few) <= set(many)

    def asked(one):
        names = ("from", "need", "later", "assurance", "expiresMs", "except", "ticket", "escalate")
        return [one.get(name) for name in names]

    def escalates(each):
        late = [e["to"] for e in soft.get("escalate", []) if e["afterMs"] <= each["afterMs"]]
        return all(group in soft["from"] or any(group in to for to in late) for group in each["to"])

    if hard["redeemMs"] > soft["redeemMs"] or not within(hard.get("edit", []), soft.get("edit", [])):
        return False
    if not within(hard.get("breakGlass", []), soft.get("breakGlass", [])):
        return False
    if "later" in soft:
        return asked(hard) == asked(soft)
    return (
        hard["need"] >= soft["need"]
        and (not soft["from"] or (hard["from"] != [] and within(hard["from"], soft["from"])))
        and RANK[hard["assurance"]] >= RANK[soft["assurance"]]
        and hard["expiresMs"] <= soft["expiresMs"]
        and within(soft.get("except", []), hard.get("except", []))
        and ("ticket" not in soft or hard.get("ticket") == soft["ticket"])
        and all(not soft["from"] or escalates(each) for each in hard.get("escalate", []))
    )


class Bound:
    """A locked tool or prompt that an agent may be let through to, with the rules that name it."""

    def __init__(self, config, manifest, grant, item, target):
        self.item, self.grant = item, grant
        self.floor = obligation("approvals", config["floor"], config["floor"], manifest.get("owner"))
        self.rules = []
        kind, server, name = target["kind"], target["server"], target["name"]
        for file, written in (("kidoban.yaml", config["rules"]), (manifest["agent"], manifest["rules"])):
            for rule in written:
                loose, rule_id = rule["effect"] != "allow", file + "#" + rule["id"]
                named = any(
                    p["kind"] == kind and fits(p["server"], server, loose) and fits(p["name"], name, loose)
                    for p in rule["match"]
                )
                if not named:
                    continue
                terms = rule.get("approval")
                demands = None if terms is None else obligation(rule_id, terms, config["floor"], manifest.get("owner"))
                self.rules.append((rule_id, rule, demands))
        self.accesses = ["read", "write"] if "readWhen" in item else [item["access"]]
        self.looked = "readWhen" in item or any("when" in rule for _, rule, _ in self.selected(item["access"]))
        self.effects = {"deny"} if self.looked else set()
        for access in self.accesses:
            if access == "write" and grant["access"] == "read-only":
                self.effects.add("deny")
                continue
            always = [rule["effect"] for _, rule, _ in self.selected(access) if "when" not in rule]
            floor = max(always, key=STRICTNESS.get) if always else None
            self.effects.add(floor or ("allow" if access == "read" else "ask"))
            for _, rule, _ in self.selected(access):
                if "when" in rule:
                    self.effects.add(max([rule["effect"], *([floor] if floor else [])], key=STRICTNESS.get))

    def selected(self, access):
        return [one for one in self.rules if one[1].get("access", access) == access]

    def decision(self):
        access, rules = self.item["access"], self.selected(self.item["access"])
        if self.grant["access"] == "read-only" and access == "write":
            return "deny", access, "read-only", [], []
        if not rules:
            return ("allow", access, "default-read", [], []) if access == "read" else ("ask", access, "default-write", [], [self.floor])
        effect = max((rule["effect"] for _, rule, _ in rules), key=STRICTNESS.get)
        settling = [one for one in rules if one[1]["effect"] == effect]
        demands = harden([self.floor, *[d for _, _, d in settling if d is not None]]) if effect == "ask" else []
        return effect, access, "rule", ordered(name for name, _, _ in settling), demands

    def names_unconditional(self, why):
        """Whether a record names all rules that every such call comes to, and an access that it can have."""
        if why["cause"] == "quarantined":
            return True
        if "readWhen" not in self.item and self.item["access"] != why["access"]:
            return False
        if why["cause"] in ("invalid-arguments", "read-only"):
            return True
        return all(
            "when" in rule or rule["effect"] != why["effect"] or rule.get("access", why["access"]) != why["access"] or name in why["rules"]
            for name, rule, _ in self.rules
        )


def look(config, agent, target):
    """What a configuration says of a tool or prompt: (effect, access, cause, rules, demands) or None, and what is bound or None."""
    denied = lambda cause: ("deny", "write", cause, [], [])  # noqa: E731
    kind, server, name = target["kind"], target["server"], target["name"]
    manifest = dict(config["manifests"]).get(agent, {"agent": agent, "grants": [], "rules": []})
    grant = next((one for one in manifest["grants"] if one["server"] == server), None)
    configured, lock = dict(config["servers"]).get(server), dict(config["locks"]).get(server)
    if grant is None or configured is None:
        return denied("not-granted"), None
    listed = grant.get(kind + "s")
    is_listed = listed is None or any(fits(pattern, name, False) for pattern in listed)
    is_listed = is_listed and not (kind == "tool" and folded(name).startswith("kidoban_"))
    items = lock["items"] if lock else []
    item = next((one for one in items if one["kind"] == kind and one["name"] == name), None)
    if item is None or not is_listed:
        return denied("not-locked" if is_listed else "not-listed"), None
    bound = Bound(config, manifest, grant, item, target)
    if lock["endpoint"] != configured["endpoint"]:
        return denied("endpoint-changed"), bound
    return None if bound.looked else bound.decision(), bound


def strictest(a, b):
    access = "write" if "write" in (a[1], b[1]) else "read"
    if a[0] != b[0]:
        effect, _, cause, rules, demands = a if STRICTNESS[a[0]] > STRICTNESS[b[0]] else b
        return effect, access, cause, rules, demands
    demands = harden([*a[4], *b[4]]) if a[0] == "ask" else []
    return a[0], access, min(a[2], b[2], key=CAUSES.index), ordered([*a[3], *b[3]]), demands


def preview_of(entry, config):
    """Of the gate's own call for an approver: "read" or "trial", or None for what no lock names so."""
    why, target = entry["why"], entry["target"]
    if (target["kind"], why["effect"], why["access"], why["rules"]) != ("tool", "allow", "read", []):
        return None
    items = dict(config["locks"]).get(target["server"], {"items": []})["items"]
    own = next((item for item in items if (item["kind"], item["name"]) == ("tool", target["name"])), None)
    if own is None:
        return None
    shown = [item["preview"] for item in items if "preview" in item]
    if own["access"] == "read" and any(p["kind"] == "change" and p["read"] == target["name"] for p in shown):
        return "read"
    return "trial" if own.get("preview", {}).get("kind") == "dry-run" else None


def remake(entry, in_force):
    """("differs",), ("agrees", demands) or ("unsettled", possible demands or None, whether it may have been a write)."""
    why, target = entry["why"], entry["target"]
    effect, cause, asked = why["effect"], why["cause"], entry["kind"] == "call.intent" and "request" in entry
    ran = entry["kind"] == "call.intent" and not asked and effect == "allow"
    if why.get("detail") == "preview for the approver":
        kind = preview_of(entry, in_force[0])
        return ("differs",) if kind is None else ("unsettled", None, ran and kind == "trial")
    unsettled = ("unsettled", None, ran and why["access"] == "write")
    if target["kind"] not in ("tool", "prompt"):
        return unsettled
    if cause in ("quarantined", "invalid-arguments") and effect != "deny":
        return ("differs",)
    looked = [look(config, entry["agent"], target) for config in in_force]
    bound = [each for _, each in looked]
    if cause == "quarantined":
        return ("agrees", [])
    made = [decision for decision, _ in looked]
    if None not in made:
        decision = made[0] if len(made) == 1 else strictest(*made)
        return ("agrees", decision[4]) if agrees(why, asked, decision) else ("differs",)
    if None in bound:
        return unsettled if effect == "deny" else ("differs",)
    if not asked and cause != "repeat-after-unknown":
        reached = any(effect in one.effects for one in bound) or cause == "invalid-arguments"
        if not reached or (len(bound) == 1 and not bound[0].names_unconditional(why)):
            return ("differs",)
        known = {name for one in bound for name, rule, _ in one.rules if rule["effect"] == effect}
        if not set(why["rules"]) <= known:
            return ("differs",)
    demands = None
    if effect == "ask" and cause != "repeat-after-unknown":
        demands = []
        for one in bound:
            named = [d for name, rule, d in one.rules if rule["effect"] == "ask" and name in why["rules"] and d is not None]
            demands.append(harden([one.floor, *named]) if why["rules"] else [one.floor])
        if len(demands) > 1:
            demands.append(harden([each for some in demands for each in some]))
    return ("unsettled", demands, unsettled[2])


def agrees(why, asked, decision):
    if why["access"] != decision[1]:
        return False
    if why["cause"] == "repeat-after-unknown":
        return why["effect"] == "ask" and decision[0] != "deny" and why["rules"] == decision[3]
    if why["cause"] != decision[2]:
        return False
    if asked:
        return why["effect"] == "ask" and decision[0] != "deny"
    return why["effect"] == decision[0] and why["rules"] == decision[3]


class Decisions:
    """Decisions that no argument can change are made again by what was in force, while the streams are read."""

    def __init__(self, files):
        self.configs = Configs(files, [])
        self.first = self.unapplied = self.unapplied_gates = None
        self.accepted, self.applied, self.unproven = False, False, 0
        # What the use of each approval demanded, where that can be said.
        self.demanded = {}
        self.begin()

    def begin(self):
        self.in_force, self.made, self.gates = [], {}, True

    def fault(self):
        """The first; what stands before any word of what was in force is one once anything says that something was, a gate's
        once anything was accepted."""
        before = self.unapplied if self.applied else self.unapplied_gates if self.accepted else None
        return self.first if before is None else before

    def take(self, stream, line, entry):
        kind = entry["kind"]
        self.accepted = self.accepted or kind == "config.accepted"
        self.applied = self.applied or kind == "config.applied"
        if kind == "stream.opened":
            self.gates = "agent" in entry or entry.get("mode") != "unknown"
        if self.first is not None:
            return
        try:
            if kind == "config.applied":
                refs = [entry["accepted"]] + ([entry["proposed"]] if "proposed" in entry else [])
                self.in_force.insert(0, (millis(entry["time"]), [self.configs.get(ref, stream, line) for ref in refs]))
                del self.in_force[4:]
                self.made = {}
            elif kind in ("call.intent", "call.denied", "request.opened") and "target" in entry and "why" in entry:
                self.judge(stream, line, entry)
        except Fault as fault:
            self.first = fault
        except (KeyError, TypeError, AttributeError, ValueError):
            # An archive without what every archive has.
            self.first = Fault("config-changed", stream.name, line)

    def judge(self, stream, line, entry):
        why = entry["why"]
        if not self.in_force:
            self.unapplied = self.unapplied or Fault("config-unapplied", stream.name, line)
            if self.gates:
                self.unapplied_gates = self.unapplied_gates or Fault("config-unapplied", stream.name, line)
            ran = entry["kind"] == "call.intent" and "request" not in entry and why["effect"] == "allow"
            self.unproven += ran and why["access"] == "write"
            return
        at = millis(entry["time"])
        older = next((i for i, (since, _) in enumerate(self.in_force) if since < at - LONGEST_DECISION_MS), len(self.in_force))
        result = ("differs",)
        for since, configs in self.in_force[: older + 1]:
            key = json.dumps([since, entry["kind"], "request" in entry, entry["agent"], entry["target"], why])
            if key not in self.made:
                if len(self.made) > 4096:
                    self.made = {}
                self.made[key] = remake(entry, configs)
            result = self.made[key]
            if result[0] != "differs":
                break
        if result[0] == "differs":
            raise Fault("decision", stream.name, line)
        demands = result[1]
        if result[0] == "unsettled":
            self.unproven += result[2]
        elif entry["kind"] == "call.intent" and "request" in entry and "action" in entry:
            self.demanded[entry["request"]] = demands
        if entry["kind"] == "request.opened" and demands:
            possible = demands if result[0] == "unsettled" else [demands]
            if entry["obligations"] not in possible:
                raise Fault("demands", stream.name, line)


# --- the whole log -------------------------------------------------------------------------------------------------


def check_pruned(streams, gone, leaves, history):
    """A stream is not here only where an entry says, of just what was signed last, that it was removed after its time."""
    said, now = {}, time.time() * 1000
    for stream in streams:
        for line, entry in stream.kept:
            if entry["kind"] == "streams.pruned":
                # The first leaf over it; what nobody signed anybody may have written.
                signed = next((millis(leaf["time"]) for leaf in stream.leaves if leaf["size"] >= line), -math.inf)
                for one in entry["streams"]:
                    said.setdefault(one["stream"], []).append((one, millis(entry["time"]), signed))

    def holds(last, one, at, signed):
        same = last["state"] in ("closed", "recovered") and (last["size"], last["root"]) == (one.get("size"), one.get("root"))
        in_time = at <= signed + CLOCK_MS and at <= now + CLOCK_MS
        # How old it is, its signed leaf tells, whatever the entry says.
        return same and in_time and is_beyond(max(millis(one["until"]), millis(last["time"])), history.kept_at(at)["entries"], at)

    for name in gone:
        try:
            is_said = any(holds(leaves[name][-1], *each) for each in said.get(name, []))
        except (KeyError, TypeError, ValueError):
            is_said = False
        if not is_said:
            raise Fault("stream-missing", name)


def is_beyond(since, kept, at):
    return since + max(LEAST_RETENTION_MS, kept) <= at


def check_bodies_pruned(streams, leaves, history):
    """Bodies were removed only of streams that began before anything of theirs had to be kept still."""
    for stream in streams:
        for line, entry in stream.kept:
            if entry["kind"] != "bodies.pruned" or line > stream.last["size"]:
                continue
            at, of = millis(entry["time"]), leaves.get(entry["stream"])
            kept = history.kept_at(at)
            if of is None or not is_beyond(millis(of[0]["time"]), min([kept["bodies"], *kept["servers"].values()]), at):
                raise Fault("pruned-early", stream.name, line)


def check_recoveries(streams, gone):
    """
    A call has its outcome in its own stream or in one of the same process that follows; what its process did not live to
    see is settled by whoever recovered it, and two must have seen the same.
    """
    successors, before = {}, {}
    for stream in streams:
        before[stream.name] = stream
        if stream.follows is None:
            continue
        earlier = stream.follows[0]
        if earlier == stream.name or (earlier not in before and earlier not in gone) or earlier in successors or not same_process(earlier, stream.name):
            raise Fault("follows", stream.name, 1)
        successors[earlier] = stream
    found = [recovery for stream in streams for recovery in stream.recoveries]
    settled = {}
    for stream in streams:
        for call in [*stream.settled_for_others, *stream.in_flight]:
            settled.setdefault(call, set()).add(stream.name)
    for dead in streams:
        about = [recovery for recovery in found if recovery[0]["stream"] == dead.name and dead.state == "recovered"]
        after, successor = dead.count + 1, successors.get(dead.name)
        if dead.state == "recovered" and not about:
            raise Fault("recovery-missing", dead.name, after)
        tail = dead.tail.hexdigest() if dead.torn else None
        carried = set(successor.follows[1]) if successor else set()
        for entry, line, by in about:
            same = (entry["torn"], entry.get("tail")) == (dead.torn, tail)
            if entry["size"] != dead.count or not (dead.torn <= entry["torn"] if "doubt" in entry else same):
                raise Fault("tail-changed", dead.name, after)
            if set(entry["open"]) != set(dead.in_flight) - carried:
                raise Fault("recovery-differs", by, line)
        if carried - set(dead.in_flight):
            raise Fault("follows", successor.name, 1)
        for call, line in dead.in_flight.items():
            if call in carried or dead.state == "open":
                continue
            if dead.state == "closed" or not settled.get(call, set()) - {dead.name}:
                raise Fault("outcome-missing", dead.name, line)


def open_kept(note, keys):
    """By whichever of these keys was the log's when it was kept."""
    for key in keys[1:]:
        try:
            return open_checkpoint(note, key, "kept")
        except Fault:
            continue
    return open_checkpoint(note, keys[0], "kept")


def check_rotations(streams, text, history):
    """A replaced key is the one of the note beside the ledger, and where somebody had to let it through, they signed it."""
    told = rotations_in(text)
    for stream in streams:
        for line, entry in stream.kept:
            if entry["kind"] != "key.rotated":
                continue
            if (entry["from"], entry["to"], entry["size"], entry["root"]) not in told:
                raise Fault("rotation", stream.name, line)
            able, consent = who_rotates(history, millis(entry["time"])), entry.get("consent")
            if not able:
                continue
            body = {"v": 1, "from": entry["from"], "to": entry["to"]}
            if consent is not None:
                body.update(approver=consent["approver"], acceptedAt=consent["acceptedAt"])
            if consent is None or signer("kidoban-rotate/v1", body, consent["approver"], consent, able) is None:
                raise Fault("rotation-unsigned", stream.name, line)


def who_rotates(history, at):
    """Owners and operators of the configuration that was accepted here first of those that name anybody."""
    for path in history.paths():
        last = history.last_of(path, at)
        config = history.read(last[0][0]["digest"]) if last else None
        if config is not None and config["approvers"]:
            return [one for one in config["approvers"] if {"owner", "operator"} & set(roles_of(one))]
    return []


def verify(log, key_text=None, kept_note=None, with_stamps=False):
    """What was proven, as plain facts. Raises Fault."""
    keys, between = follow(log.rotations, key_text or log.key)
    key = keys[-1]
    checkpoint = open_checkpoint(log.checkpoint, key, "checkpoint")
    kept = None if kept_note is None else open_kept(kept_note, keys)
    leaves, ledger_lines, roots = read_ledger(log.ledger(), checkpoint, kept)
    for line, (_, _, size, root) in between:
        if roots.get(size, root) != root:
            raise Fault("rotation", "rotations", line)
    streams, gone, decisions = [], [], Decisions(log.configs)
    for name, of_stream in leaves.items():
        if name not in log.streams:
            gone.append(name)
            continue
        source, settled = log.streams[name]
        streams.append(Stream(name, source(), settled, of_stream, key[0], ledger_lines, decisions))
    configs = Configs(log.configs, streams)
    try:
        history = History(streams, configs)
        check_pruned(streams, gone, leaves, history)
        for name, (source, _) in log.streams.items():
            if name not in leaves and next(iter(source()), b""):
                raise Fault("stream-unknown", name, 1)
        check_recoveries(streams, gone)
        settled_until = check_answers(streams, roots, configs, decisions.demanded)
        check_rotations(streams, log.rotations, history)
        check_acceptances(streams, configs, history, settled_until)
        check_bodies_pruned(streams, leaves, history)
        if decisions.fault() is not None:
            raise decisions.fault()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # An archive without what every archive has.
        raise Fault("config-changed", "configs") from error
    stamps = {}
    if with_stamps:
        # A stamp may be older than the key that was given.
        every = log_keys(log.rotations, between[-1][1][1] if between else key_text or log.key)
        stamps["stamps"] = check_stamps(log.stamps, checkpoint[0], every, roots)
    return {
        **stamps,
        "origin": key[0],
        "size": checkpoint[0],
        "streams": len(streams),
        "entries": sum(stream.count for stream in streams),
        "unsigned": sum(stream.count - stream.last["size"] for stream in streams),
        "unknown": sum(stream.unknown for stream in streams),
        "unproven": decisions.unproven,
    }


def read_witness(text):
    """The note in a witness's file, its cosignature proven (C2SP tlog-cosignature), and when it was given."""
    public, _, note = text.partition("\n\n")
    name, ident, coded = (public.split("+", 2) + ["", ""])[:3]
    raw = b64(coded)
    if not name or raw is None or len(raw) != 33 or raw[0] != 4:
        raise Fault("malformed", "witness")
    if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != ident:
        raise Fault("malformed", "witness")
    body, _, signatures = note.partition("\n\n")
    for line in signatures.split("\n"):
        found = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})", line)
        signature = b64(found[2]) if found and found[1] == name else None
        if signature is None or len(signature) != 76 or signature[:4].hex() != ident:
            continue
        seconds = int.from_bytes(signature[4:12], "big")
        message = f"cosignature/v1\ntime {seconds}\n{body}\n".encode()
        if ed25519_fits(raw[1:], message, signature[12:]):
            return note
        raise Fault("bad-signature", "witness")
    raise Fault("no-signature", "witness")


def tell(path, given, kept):
    """Says on stdout what became of one log; the exit code."""
    try:
        log = from_folder(path) if os.path.isdir(path) else from_export(path)
        facts = verify(log, given.key, kept, given.stamps)
    except (NoLog, OSError, UnicodeDecodeError) as error:
        print(f"Not a log that can be read: {error}", file=sys.stderr)
        return 2
    except Fault as fault:
        place = {"code": fault.code, "file": fault.file, "from": fault.first, "line": fault.line}
        if given.json:
            print(json.dumps({"kind": "fault", "fault": {k: v for k, v in place.items() if v is not None}}))
            return 1
        line = "" if fault.line is None else f", line {fault.line}"
        if fault.first not in (None, fault.line):
            line = f", lines {fault.first} to {fault.line}"
        print(f"FAULT in {fault.file}{line}: {fault.code}")
        return 1
    if given.json:
        print(json.dumps({"kind": "proven", "summary": facts}))
        return 0
    print(f"PROVEN: {facts['entries']} entries in {facts['streams']} streams, under a signed tree of {facts['size']}.")
    if facts["unsigned"]:
        print(f"  {facts['unsigned']} entries are not under a signed checkpoint yet.")
    if facts["unknown"]:
        print(f"  The outcome of {facts['unknown']} calls is unknown.")
    if facts.get("stamps", {}).get("newest"):
        newest, signed = facts["stamps"]["newest"], facts["stamps"]["signatures"]
        many = "1 time stamp fits" if facts["stamps"]["count"] == 1 else f"{facts['stamps']['count']} time stamps fit"
        print(f"  {many}; by the newest, line {newest['size']} of the ledger existed at {newest['at']}.")
        print(f"  {'Whose signature that is' if signed else 'NOT ALL OF THEIR SIGNATURES, AND whose they are,'} was not checked: see openssl ts -verify.")
    elif given.stamps:
        print("  No checkpoint of this log was stamped.")
    if facts["unproven"]:
        print(f"  Of {facts['unproven']} writes that ran unasked it cannot be shown without arguments that nobody had to be asked.")
    if given.key is None:
        print("  Checked with the key beside the log: keep one elsewhere and give it with --key.")
    return 0


def main():
    options = argparse.ArgumentParser(description="Proves a Kidoban audit log, offline.")
    options.add_argument("log", nargs="+", help="a log folder, or a file of `kidoban log export`")
    options.add_argument("--key", help="NAME+ID+BASE64, kept elsewhere; left out: the one beside the log, which proves less")
    options.add_argument("--kept", help="a checkpoint of this log that was kept elsewhere")
    options.add_argument("--witness", help="the file of a witness, got from where the witness runs")
    options.add_argument("--stamps", action="store_true", help="check time stamps of checkpoints, too, but for whose they are")
    options.add_argument("--json", action="store_true", help="one line of JSON for each log")
    given = options.parse_args()
    kept = None
    if given.kept is not None:
        with open(given.kept, encoding="utf-8", newline="") as file:
            kept = file.read()
    if given.witness is not None:
        with open(given.witness, encoding="utf-8", newline="") as file:
            try:
                kept = read_witness(file.read())
            except Fault as fault:
                print(f"FAULT in the witness's file: {fault.code}", file=sys.stderr)
                return 1
    return max(tell(path, given, kept) for path in given.log)


if __name__ == "__main__":
    sys.exit(main())
