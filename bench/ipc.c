/* SPDX-License-Identifier: MIT */
/*
 * Measures every mechanism of Unix IPC as mcp would use it: N workers send
 * records, one parent takes them all, and who has to wait sleeps.
 *
 * main() goes through the table in rounds (the first warms up and does not
 * count), with small messages for the rate, then with large ones (but signals)
 * for the bandwidth. measure() opens, forks workers that send numbered, summed
 * messages until time is up, takes and checks them all, reaps, closes. What has
 * a name loses it at once; a System V queue or semaphore can only be removed in
 * the end: signals wait for that, but SIGALRM, which interrupts what hangs.
 * Built alone: cc -O2 -o ipc ipc.c   (before glibc 2.34 add -lrt -pthread)
 */
#define _GNU_SOURCE 1
#ifdef HAVE_CONFIG_H
# include "config.h"
#endif
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 64, MAX_MSEC = 60000, ROUNDS = 7 };
enum { LINE = 64, WORD = 8 }; /* bytes; sizes are multiples of a cache line */
enum { QUEUE = 65536 };	      /* bytes queued per worker, as in a pipe */
enum { CREDIT = 32 };	      /* signals that may be on their way */
enum { HEAD, SUM, BODY };     /* words of a message: see work() */
enum { RATE, BULK, WORKERS, MSEC, JSON, OPTIONS };
enum { PIPE, STREAM = SOCK_STREAM, PACKET = SOCK_SEQPACKET, FIFO };
enum { ANON, ZERO, NAMED, POSIX, SYSV }; /* both: mechanism.type */

struct ring { /* in shared memory, [0] only to wake the parent */
	_Alignas(LINE) _Atomic uint64_t tail; /* how many were ever put in */
	_Alignas(LINE) _Atomic uint64_t head; /* and taken out */
	_Atomic int asleep; /* who is to wait for sem says so first */
	sem_t sem;
};

struct channel {
	const struct mechanism *m;
	size_t size;			    /* open() may cut it */
	char path[64];			    /* for a FIFO or a queue */
	int workers, me, last;		    /* last: taken from, or -1 */
	int fd[MAX_WORKERS][2], queue, sem; /* -1 when not there */
	uint64_t seq[MAX_WORKERS];	    /* next of each */
	pid_t parent, pid[MAX_WORKERS];
	size_t off, have, len, slots;
	struct ring *ring; /* LEN bytes: 1 + workers, then all their slots */
	sigset_t set;
	_Alignas(LINE) uint64_t before[LINE / WORD]; /* see queue_send() */
	_Alignas(LINE) uint64_t buf[QUEUE / WORD];
};

/* A failure is negative, or NULL, and sets errno; close() may follow it. */
struct mechanism {
	const char *name;
	int (*open)(struct channel *ch);
	int (*send)(struct channel *ch, uint64_t *message);
	void *(*take)(struct channel *ch); /* valid until the next call */
	void (*close)(struct channel *ch);
	int type; /* of those that share functions */
};

struct sample {
	const char *state; /* absent or failed, if err is not 0 */
	int err, n;	   /* n: rounds counted */
	size_t size;
	double rate[ROUNDS + 1]; /* messages a second, in order */
};

/* Pipe, FIFO, socketpair: two blocking descriptors per worker. */
static int fd_open(struct channel *ch)
{
	int rc = 0, type = ch->m->type;

	for (int w = 0, *fd; rc >= 0 && w < ch->workers; w++) {
		fd = ch->fd[w];
		rc = type == PIPE   ? pipe(fd)
		     : type == FIFO ? mkfifo(ch->path, 0600)
				    : socketpair(AF_UNIX, type, 0, fd);
		if (rc || type != FIFO)
			continue;
		fd[0] = open(ch->path, O_RDWR); /* not to wait for a writer */
		rc = fd[1] = fd[0] < 0 ? -1 : open(ch->path, O_WRONLY);
		unlink(ch->path);
	}
	return rc;
}

static int fd_send(struct channel *ch, uint64_t *message)
{
	return (int)write(ch->fd[ch->me][1], message, ch->size);
}

/* One read takes all the small messages of a worker that are there. */
static void *fd_take(struct channel *ch)
{
	struct pollfd set[MAX_WORKERS];
	char *buf = (char *)ch->buf;

	if (ch->off == ch->have) {
		for (int w = 0; w < ch->workers; w++)
			set[w] = (struct pollfd){ ch->fd[w][0], POLLIN, 0 };
		if (poll(set, ch->workers, -1) < 0)
			return NULL;
		do
			ch->last = (ch->last + 1) % ch->workers;
		while (!set[ch->last].revents);
		ch->off = ch->have = 0;
	}
	while (ch->off == ch->have || ch->have % ch->size) {
		ssize_t n = read(ch->fd[ch->last][0], buf + ch->have,
				 QUEUE / ch->size * ch->size - ch->have);
		if (n <= 0)
			return NULL;
		ch->have += n;
	}
	ch->off += ch->size;
	return buf + ch->off - ch->size;
}

static void fd_close(struct channel *ch)
{
	for (int i = 0; i < 2 * ch->workers; i++)
		close(ch->fd[i / 2][i % 2]); /* or -1, which does no harm */
}

/* POSIX or System V queue, one for all workers. */
static int queue_open(struct channel *ch)
{
	struct mq_attr attr = { .mq_maxmsg = 10 }; /* what anybody may have */
	const char *name = strrchr(ch->path, '/');

	ch->size = ch->size > 8192 ? 8192 : ch->size; /* the usual limits */
	if (ch->m->type == SYSV)
		return ch->queue = msgget(IPC_PRIVATE, 0600);
	attr.mq_msgsize = ch->size;
	ch->queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	return ch->queue < 0 ? -1 : mq_unlink(name);
}

/* System V wants a long in front: there is room before the buffer. */
static int queue_send(struct channel *ch, uint64_t *message)
{
	long *type = (long *)message - 1;

	if (ch->m->type == POSIX)
		return mq_send(ch->queue, (char *)message, ch->size, 0);
	*type = 1;
	return msgsnd(ch->queue, type, ch->size, 0);
}

static void *queue_take(struct channel *ch)
{
	long *m = (long *)ch->buf;
	ssize_t n = ch->m->type == POSIX
			    ? mq_receive(ch->queue, (char *)m, ch->size, NULL)
			    : msgrcv(ch->queue, m - 1, ch->size, 0, 0);

	return n < 0 ? NULL : m;
}

static void queue_close(struct channel *ch)
{
	if (ch->m->type == SYSV)
		msgctl(ch->queue, IPC_RMID, NULL);
	else
		mq_close(ch->queue);
}

/* Shared memory: a ring per worker, semaphores for an empty and a full one. */
static int ring_open(struct channel *ch)
{
	int type = ch->m->type, n = ch->workers;
	int share = MAP_SHARED | (type == ANON ? MAP_ANONYMOUS : 0);

	ch->slots = QUEUE / ch->size < 4 ? 4 : QUEUE / ch->size;
	ch->len = (n + 1) * sizeof(*ch->ring) + n * ch->slots * ch->size;
	ch->ring = MAP_FAILED; /* which is what shmat() returns, too */
	if (type == SYSV) {
		int id = shmget(IPC_PRIVATE, ch->len, 0600);
		ch->ring = id < 0 ? MAP_FAILED : shmat(id, NULL, 0);
		if (id < 0 || shmctl(id, IPC_RMID, NULL) < 0)
			return -1;
		ch->sem = semget(IPC_PRIVATE, n + 1, 0600); /* made 0 */
		return ch->ring == MAP_FAILED ? -1 : ch->sem;
	}
	int fd = type == NAMED ? open(P_tmpdir, O_RDWR | O_TMPFILE, 0600)
			       : open("/dev/zero", O_RDWR);
	if (fd < 0 || (type == NAMED && ftruncate(fd, ch->len)))
		return -1;
	ch->ring = mmap(NULL, ch->len, PROT_READ | PROT_WRITE, share, fd, 0);
	close(fd);
	for (; n >= 0; n--)
		if (ch->ring == MAP_FAILED || sem_init(&ch->ring[n].sem, 1, 0))
			return -1;
	return 0;
}

static void *ring_slot(struct channel *ch, int w)
{
	return (char *)(ch->ring + 1 + ch->workers) +
	       (w * ch->slots + ch->seq[w] % ch->slots) * ch->size;
}

/* Has worker w room (1 + w), or anybody a message (0)? Then last says who. */
static int ring_ready(struct channel *ch, int which)
{
	if (which)
		return ch->seq[ch->me] - ch->ring[which].head < ch->slots;
	for (int i = 0; i < ch->workers; i++) {
		ch->last = (ch->last + 1) % ch->workers;
		if (ch->ring[1 + ch->last].tail != ch->seq[ch->last])
			return 1;
	}
	return 0;
}

/* Asks again once the flag is up: a wake-up may have come before it. */
static int ring_wait(struct channel *ch, int which)
{
	struct sembuf down = { which, -1, 0 };
	struct ring *r = &ch->ring[which];
	int rc = 0;

	while (!rc && !ring_ready(ch, which)) {
		r->asleep = 1;
		if (ring_ready(ch, which) && atomic_exchange(&r->asleep, 0))
			break;
		rc = ch->sem < 0 ? sem_wait(&r->sem) : semop(ch->sem, &down, 1);
	}
	return rc;
}

static int ring_wake(struct channel *ch, int which)
{
	struct sembuf up = { which, 1, 0 };
	struct ring *r = &ch->ring[which];

	if (!r->asleep || !atomic_exchange(&r->asleep, 0))
		return 0;
	return ch->sem < 0 ? sem_post(&r->sem) : semop(ch->sem, &up, 1);
}

static int ring_send(struct channel *ch, uint64_t *message)
{
	if (ring_wait(ch, 1 + ch->me))
		return -1;
	memcpy(ring_slot(ch, ch->me), message, ch->size);
	ch->ring[1 + ch->me].tail = ch->seq[ch->me] + 1;
	return ring_wake(ch, 0);
}

/* Read in place: a slot is free at the next call, half a ring wakes. */
static void *ring_take(struct channel *ch)
{
	struct ring *r = &ch->ring[1 + ch->last];

	if (ch->last >= 0)
		r->head = ch->seq[ch->last];
	if (r->tail - r->head <= ch->slots / 2 && ring_wake(ch, 1 + ch->last))
		return NULL;
	return ring_wait(ch, 0) ? NULL : ring_slot(ch, ch->last);
}

static void ring_close(struct channel *ch)
{
	semctl(ch->sem, 0, IPC_RMID); /* or -1, which does no harm */
	munmap(ch->ring, ch->len);    /* likewise; as good as shmdt() */
}

/* Signals: queued ones, as plain ones that are pending become one. */
static int signal_open(struct channel *ch)
{
	ch->size = sizeof(uint32_t);
	sigemptyset(&ch->set);
	sigaddset(&ch->set, SIGRTMIN);
	return signal(SIGRTMIN, SIG_IGN) == SIG_ERR ? -1 : 0; /* leftovers */
}

/* Without credit the limit of pending signals would fail the sender. */
static int signal_send(struct channel *ch, uint64_t *message)
{
	union sigval v = { .sival_int = (uint32_t)message[HEAD] };
	uint64_t seq = ch->seq[ch->me];

	if (seq && seq % CREDIT == 0 && sigwaitinfo(&ch->set, NULL) < 0)
		return -1;
	return sigqueue(ch->parent, SIGRTMIN, v);
}

static void *signal_take(struct channel *ch)
{
	siginfo_t info;

	if (sigwaitinfo(&ch->set, &info) < 0)
		return NULL;
	ch->buf[HEAD] = (uint32_t)info.si_value.sival_int;
	if ((ch->buf[HEAD] >> 8) % CREDIT == CREDIT - 1)
		kill(info.si_pid, SIGRTMIN);
	return ch->buf;
}

#define FAMILY(f) f##_open, f##_send, f##_take, f##_close
static const struct mechanism table[] = {
	{ "pipe", FAMILY(fd), PIPE },
	{ "FIFO", FAMILY(fd), FIFO },
	{ "socketpair, stream", FAMILY(fd), STREAM },
	{ "socketpair, seqpacket", FAMILY(fd), PACKET },
	{ "POSIX message queue", FAMILY(queue), POSIX },
	{ "System V message queue", FAMILY(queue), SYSV },
	{ "System V shared memory", FAMILY(ring), SYSV },
	{ "anonymous mapping", FAMILY(ring), ANON },
	{ "/dev/zero mapping", FAMILY(ring), ZERO },
	{ "file mapping", FAMILY(ring), NAMED },
	{ "signals", signal_open, signal_send, signal_take, fd_close, 0 },
};
enum { COUNT = sizeof(table) / sizeof(*table), SAMPLES = 2 * COUNT - 1 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Depends on the order, and costs a fraction of a memcpy. */
static uint64_t checksum(const uint64_t *m, size_t size)
{
	uint64_t sum = m[HEAD];

	for (size_t i = BODY; i < size / WORD; i++)
		sum += m[i] * (2 * i + 1);
	return sum;
}

static void work(struct channel *ch, double end)
{
	uint64_t *m = ch->buf, *seq = &ch->seq[ch->me];
	int rc = prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != ch->parent;

	for (uint64_t last = 0; !last && !rc; ++*seq) {
		last = *seq % 16 == 15 && now() > end;
		m[HEAD] = *seq << 8 | last << 7 | ch->me;
		for (size_t i = BODY; i < ch->size / WORD; i += LINE)
			m[i] = *seq ^ i;
		m[SUM] = checksum(m, ch->size);
		rc = ch->m->send(ch, m) < 0;
	}
	if (rc)
		warn("worker, %s", ch->m->name);
	_exit(0);
}

/* Every message exactly once, in its worker's order, and intact: how many? */
static long collect(struct channel *ch)
{
	long n = 0;

	for (int left = ch->workers; left; n++) {
		const uint64_t *m = ch->m->take(ch);
		if (!m)
			return -1;
		int w = m[HEAD] & 127;
		errno = EBADMSG;
		if (w >= ch->workers || (m[HEAD] >> 8 ^ ch->seq[w]++) << 40 ||
		    (ch->size >= LINE && m[SUM] != checksum(m, ch->size)))
			return -1;
		left -= m[HEAD] >> 7 & 1;
	}
	return n;
}

static void measure(struct channel *ch, long msec, struct sample *s)
{
	double start = now(), rate;
	long n = ch->m->open(ch) < 0 ? -1 : 0;
	int i;

	s->state = n ? "absent" : "failed";
	s->size = ch->size;
	alarm(5 + msec / 500);
	for (ch->me = 0; !n && ch->me < ch->workers; ch->me++) {
		pid_t pid = ch->pid[ch->me] = fork();
		if (!pid)
			work(ch, start + msec / 1e3);
		n = pid < 0 ? -1 : 0;
	}
	n = n ? n : collect(ch);
	s->err = n < 0 ? errno : 0;
	for (i = 0; i < ch->me && ch->pid[i] > 0; i++) {
		kill(ch->pid[i], SIGKILL); /* no harm: all is sent, or failed */
		waitpid(ch->pid[i], NULL, 0);
	}
	rate = n / (now() - start);
	ch->m->close(ch);
	if (n < 0)
		return;
	for (i = s->n++; i && s->rate[i - 1] > rate; i--)
		s->rate[i] = s->rate[i - 1];
	s->rate[i] = rate;
}

static int report(const struct sample *s, const long *opt)
{
	int failed = 0, json = opt[JSON];

	puts(json ? "["
		  : "mechanism               bytes  messages/s         min"
		    "         max     MB/s  workers");
	for (int i = 0; i < SAMPLES; i++, s++) {
		double mid = s->rate[s->n / 2], max = s->rate[s->n - !!s->n];
		failed |= s->err && *s->state == 'f';
		printf(json ? "{ \"mechanism\": \"%s\", \"bytes\": %zu, \"median\": "
			      "%.0f, \"min\": %.0f, \"max\": %.0f, \"MB\": %.1f, "
			      "\"workers\": %ld, \"state\": \"%s\", \"why\": \"%s\" }%s\n"
			    : "%-22s %6zu %11.0f %11.0f %11.0f %8.1f %3ld %s %s%s\n",
		       table[i % COUNT].name, s->size, mid, s->rate[0], max,
		       mid * s->size / 1e6, opt[WORKERS],
		       s->err ? s->state : "ok", s->err ? strerror(s->err) : "",
		       json && i + 1 < SAMPLES ? "," : "");
	}
	puts(json ? "]" : "");
	return failed;
}

static void on_alarm(int sig)
{
	(void)sig; /* no SA_RESTART: the call that hangs fails with EINTR */
}

static void parse(char **v, long *o)
{
	static char *const names[] = { "--message", "--bulk", "--workers",
				       "--msec",    "--json", NULL };
	static const long most[] = { QUEUE, QUEUE, MAX_WORKERS, MAX_MSEC, 1 };
	char *value, c;

	for (int k; *v; v++) {
		k = getsubopt(v, names, &value);
		if (k == JSON && !value)
			o[k] = 1;
		else if (k < 0 || !value ||
			 sscanf(value, "%5ld%c", &o[k], &c) != 1 || o[k] < 1 ||
			 o[k] > most[k] || (k <= BULK && o[k] % LINE))
			errx(2, "usage: [--message=64] [--bulk=65536] (by 64) "
				"[--workers=2] [--msec=200] [--json]");
	}
}

int main(int argc, char **argv)
{
	static struct sample samples[SAMPLES], *s;
	static struct channel ch;
	struct sigaction act = { .sa_handler = on_alarm };
	long opt[OPTIONS] = { LINE, QUEUE, 2, 200, 0 };
	sigset_t all, old;

	parse(argv + (argc > 0), opt);
	sigaction(SIGALRM, &act, NULL);
	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	for (int i = 0; i < (1 + ROUNDS) * SAMPLES; i++) {
		s = &samples[i % SAMPLES];
		if (s->err)
			continue;
		memset(&ch, 0, sizeof(ch));
		memset(ch.fd, -1, sizeof(ch.fd));
		ch.queue = ch.sem = ch.last = -1;
		ch.m = &table[i % SAMPLES % COUNT];
		ch.size = opt[i % SAMPLES / COUNT];
		ch.workers = opt[WORKERS];
		ch.parent = getpid();
		snprintf(ch.path, 64, P_tmpdir "/mcp-ipc-%d", ch.parent);
		sigprocmask(SIG_SETMASK, &all, &old);
		measure(&ch, opt[MSEC], s);
		sigprocmask(SIG_SETMASK, &old, NULL);
		s->n = i < SAMPLES ? 0 : s->n;
	}
	return report(samples, opt) || fflush(stdout);
}
