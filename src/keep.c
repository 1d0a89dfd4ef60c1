/* SPDX-License-Identifier: MIT */
/*
 * What is kept of an entry besides its data: meta, with a session's settings
 * and its voice.
 */
#include "config.h"

#include "keep.h"

#include "identity.h"
#include "util.h"

/* For the listener of meta_apply. */
struct teller {
	struct session *session;
	const struct pair *pair;
};

static void tell(void *arg, const struct meta_note *note)
{
	const struct teller *teller = arg;
	const char *source = teller->pair->source_shown;
	const char *dest = teller->pair->dest_shown;

	if (note->err.op == ERR_SET_ATTRIBUTE)
		source = note->attribute;
	else if (note->err.op == ERR_GET_ATTRIBUTE)
		dest = note->attribute;
	if (note->err.op != ERR_NONE) {
		report_failure(teller->session->report, &note->err, source,
			       dest, false);
		session_count_error(teller->session, &note->err);
	}
	if (note->fails)
		teller->session->status = 1;
}

static int apply_wants(struct session *session, const struct pair *pair,
		       const struct meta_wants *wants,
		       const struct meta_source *source,
		       const struct meta_dest *dest)
{
	struct teller teller = { session, pair };
	const struct meta_listener listener = { tell, &teller };

	return meta_apply(session->meta, wants, source, dest, &listener);
}

static int apply(struct session *session, const struct pair *pair,
		 const struct meta_source *source, const struct meta_dest *dest)
{
	return apply_wants(session, pair, &session->wants, source, dest);
}

void keep_create_mode(const struct session *session, struct pair *pair)
{
	const struct place_facts *facts = pair->dest.facts;
	const struct stat *source = &pair->source_stat;
	mode_t mode = source->st_mode;

	if (pair_is_as_file(session->options, pair))
		mode = S_IFREG | (mode & ~(mode_t)S_IFMT);
	/*
	 * Some file systems give files the group of their directory, and
	 * servers give them whatever owner they like.
	 */
	pair->owned = facts && facts->local && facts->gid == session->gid &&
		      source->st_gid == session->gid &&
		      source->st_uid == session->uid;
	pair->new_mode = meta_create_mode(session->meta, &session->wants, mode,
					  pair->owned);
}

static bool has_no_acl(const struct pair *pair)
{
	return pair->dest.facts && pair->dest.facts->no_acl;
}

int keep_of_file(struct session *session, const struct pair *pair,
		 int source_fd, int dest_fd, bool is_new)
{
	struct stat as_file = pair->source_stat;
	const struct meta_source source = {
		.file = { .fd = source_fd, .dir = AT_FDCWD },
		.st = &as_file,
	};
	struct meta_dest dest = {
		.file = { .fd = dest_fd, .dir = AT_FDCWD },
		.is_new = is_new,
		.no_acl = is_new && has_no_acl(pair),
	};
	struct stat now;

	/* Were it a FIFO that was read from. */
	as_file.st_mode = S_IFREG | (as_file.st_mode & ~(mode_t)S_IFMT);
	/* It is as it was created, which need not be asked again. */
	if (dest.no_acl && pair->owned) {
		now = (struct stat){
			.st_dev = pair->dest.facts->dev,
			.st_uid = session->uid,
			.st_gid = session->gid,
			.st_mode = S_IFREG | (pair->new_mode &
					      ~meta_umask(session->meta)),
		};
		dest.now = &now;
	}
	return apply(session, pair, &source, &dest);
}

void keep_of_node(struct session *session, const struct pair *pair)
{
	struct meta_source source = {
		.file = { .fd = -1,
			  .dir = pair->source.dir,
			  .name = pair->source.name },
		.st = &pair->source_stat,
	};
	const struct meta_dest dest = {
		.file = { .fd = -1,
			  .dir = pair->dest.dir,
			  .name = pair->dest.name },
		.is_new = true,
		.no_acl = has_no_acl(pair),
	};

	/* By name it would be the symlink that leads to it. */
	if (pair->source_followed) {
		source.file.fd = openat(pair->source.dir, pair->source.name,
					O_PATH | O_CLOEXEC);
		source.file.path = true;
	}
	apply(session, pair, &source, &dest);
	util_close(&source.file.fd);
}

void keep_of_symlink(struct session *session, const struct pair *pair)
{
	struct stat as_link = pair->source_stat, named;
	struct meta_wants wants = { .timestamps = session->wants.timestamps };
	const struct meta_source source = {
		.file = { .fd = -1,
			  .dir = pair->source.dir,
			  .name = pair->source.name },
		.st = &as_link,
	};
	const struct meta_dest dest = {
		.file = { .fd = -1,
			  .dir = pair->dest.dir,
			  .name = pair->dest.name },
		.is_new = true,
	};

	as_link.st_mode = S_IFLNK | 0777;
	/* A symlink that the source was found through has none to give. */
	if (session->wants.xattr &&
	    fstatat(source.file.dir, source.file.name, &named,
		    AT_SYMLINK_NOFOLLOW) == 0 &&
	    identity_is_same(&named, &as_link)) {
		wants.xattr = true;
		wants.xattr_required = session->wants.xattr_required;
		wants.xattr_quiet = session->wants.xattr_quiet;
		wants.xattr_loud = session->wants.xattr_loud;
	}
	apply_wants(session, pair, &wants, &source, &dest);
}

static int apply_to_directory(struct session *session, const struct pair *pair,
			      const struct meta_wants *wants,
			      const struct keep_directory *directory)
{
	const struct meta_source source = {
		.file = { .fd = directory->source,
			  .path = directory->source_path,
			  .dir = AT_FDCWD },
		.st = directory->source_stat,
	};
	const struct meta_dest dest = {
		.file = { .fd = directory->dest,
			  .path = directory->dest_path,
			  .dir = AT_FDCWD },
		.is_new = directory->is_new,
		.lent = directory->lent,
	};

	return apply_wants(session, pair, wants, &source, &dest);
}

void keep_of_directory(struct session *session, const struct pair *pair,
		       const struct keep_directory *directory)
{
	apply_to_directory(session, pair, &session->wants, directory);
}

int keep_mode_of_directory(struct session *session, const struct pair *pair,
			   const struct keep_directory *directory)
{
	const struct meta_wants wants = { .mode = true };

	return apply_to_directory(session, pair, &wants, directory);
}
