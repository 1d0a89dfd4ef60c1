/* SPDX-License-Identifier: MIT */
/*
 * Hidden names, for what may not be seen under its own yet: making them, and
 * removing those that a killed mcp has left.
 *
 * .mcp-PID-START-BOOT-NAMESPACE-COUNT.tmp tells whether the process that made
 * one can still be there: its id, its start time in clock ticks
 * (proc_pid_stat(5); 0: not known), the first 8 digits of the kernel's boot id
 * and the number of the pid namespace in which the id means anything.
 */
#ifndef MCP_HIDDEN_H
#define MCP_HIDDEN_H

#define HIDDEN_SIZE 96

/*
 * Writes a name that no other process makes, of HIDDEN_SIZE bytes at most, into
 * NAME. COUNT tells apart those of one process.
 */
void hidden_name(char *name, unsigned int count);

/*
 * The same, number 0, for what stays empty and is gone at once. The START in it
 * is 0: to look it up in /proc takes as long as to share all blocks of a file.
 * If one is left, it stays as long as any process has the id.
 */
void hidden_trial_name(char *name);

/*
 * A run begins: what it copies itself hidden_sweep_old takes for nothing left.
 */
void hidden_begin(void);

/*
 * Removes from the directory DIR_FD, be it opened with O_PATH, what was left
 * there by processes that are gone for sure. In doubt it stays: what a process
 * in another pid namespace has made, or, where other machines may be at the
 * same directory, what was made before this one was started. What cannot be
 * removed stays, too, and nothing is said.
 */
void hidden_sweep(int dir_fd);

/* The same of what was last changed before hidden_begin. */
void hidden_sweep_old(int dir_fd);

/* The same in the directory NAME of DIR_FD, if it is one, and all below it. */
void hidden_sweep_below(int dir_fd, const char *name);

#endif
