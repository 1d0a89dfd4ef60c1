#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mounts what is asked for when it is asked for, as automount(8) does.

    automount.py DIR BACKING

DIR becomes an autofs that shows the directories of BACKING, each of which is
mounted there as soon as somebody enters it.  Says "ready" then, and serves
until it is killed.
"""

import ctypes
import fcntl
import os
import struct
import sys

# linux/auto_fs.h
PACKET = struct.Struct("iiIIQIIIII256s")
PACKET_SIZE = 304
MISSING_INDIRECT = 3
READY, FAIL = 0x9360, 0x9361
MS_BIND = 4096

LIBC = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, data):
    if LIBC.mount(*(text.encode() for text in (source, target, kind)),
                  ctypes.c_ulong(flags), data.encode()) < 0:
        raise OSError(ctypes.get_errno(), f"mount {kind} {target}")


def serve(requests, control, top, backing):
    while True:
        packet = os.read(requests, PACKET_SIZE)
        if not packet:
            return
        fields = PACKET.unpack_from(packet)
        kind, token, length, name = fields[1], fields[2], *fields[9:11]
        name = name[:length].decode()
        answer = READY
        if kind == MISSING_INDIRECT:
            try:
                mount(os.path.join(backing, name), os.path.join(top, name),
                      "none", MS_BIND, "")
            except OSError:
                answer = FAIL
        fcntl.ioctl(control, answer, token)


def main():
    top, backing = sys.argv[1:]
    # Who is in this group sees what is covered.
    os.setsid()
    requests, kernel = os.pipe()
    try:
        mount("mcp-test", top, "autofs", 0,
              f"fd={kernel},pgrp={os.getpgrp()},minproto=5,maxproto=5,"
              "indirect")
    except OSError as error:
        print(error, flush=True)
        return
    os.close(kernel)
    control = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for name in os.listdir(backing):
        os.mkdir(os.path.join(top, name))
    print("ready", flush=True)
    serve(requests, control, top, backing)


main()
