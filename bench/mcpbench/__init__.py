# SPDX-License-Identifier: MIT
"""The benchmark of mcp; bench/run is where it begins.

tables       which experiments there are: a workload, a place, contestants
filesystems  places: images and tmpfs made for the purpose, or a directory
sources      what is copied
verify       whether a copy is one
contestants  who copies, and by which command
process      one command, timed
rounds       one experiment: everybody in turn, round after round
stats        what the times say, and whether they say it
report       the same for people and programs
results      the same, kept in files
picture      the same to look at

What is compared is always the whole process, from fork to wait4, on a source
that is cached unless said otherwise, into a destination that is not there
unless said otherwise. Removing the copy, and making the file system calm again,
is nobody's time.
"""
