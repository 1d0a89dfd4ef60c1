/* SPDX-License-Identifier: MIT */
/*
 * A tree on its way: for tree and tree_share only.
 */
#ifndef MCP_TREE_WORK_H
#define MCP_TREE_WORK_H

#include "identity.h"
#include "listing.h"
#include "session.h"
#include "trail.h"

/* So many levels keep their two descriptors open, where there may be so many. */
#define OPEN_LEVELS 32

struct level {
	int source;
	int dest;
	bool dest_path;	  /* that is open with O_PATH ... */
	bool source_path; /* ... or this one, which is not read */
	bool followed; /* reached through a symlink, so ".." leads elsewhere */
	bool created;  /* by this run */
	bool borrowed; /* its names are a batch, and the rest is not ours */
	bool findable; /* by others: by its path alone */
	bool shared;   /* names of it, or of one below, were given away */
	struct identity source_id;
	struct identity dest_id;
	struct stat source_stat;  /* before it was read */
	struct place_facts facts; /* of the destination */
	mode_t lent;		  /* bits it has only while it is filled */
	struct listing listing;
	size_t next;
	size_t source_length; /* of the trails, up to this level */
	size_t dest_length;
};

struct tree {
	struct session *session;
	const struct pair *root;
	size_t root_length;  /* of its destination's name */
	struct share *share; /* NULL: nobody else can be had */
	bool share_tried;
	bool spread;	/* everything is given away */
	size_t entries; /* begun */
	struct trail source;
	struct trail dest;
	struct level *levels;
	size_t depth;
	size_t capacity;
	size_t open_levels; /* at most, above the top one; 0: not known yet */
	bool into_itself;   /* and is not copied further */
	bool has_first;	    /* its first new directory is remembered */
};

/* A new level on the stack, zeroed; NULL with errno ENOMEM. */
struct level *tree_add_level(struct tree *tree);

/* Learns what DEST's directory is like, LEVEL being the top one. */
void tree_learn_facts(struct tree *tree, struct level *level,
		      const struct stat *dest);

/* Goes through what is on the stack until that is empty. */
enum session_result tree_walk(struct tree *tree);

/* The names in messages of LEVEL, the top one. */
struct pair tree_shown(const struct tree *tree, const struct level *level);

/* Takes the top level off the stack. 0, or -1 with ERR when nothing above is. */
int tree_leave(struct tree *tree, struct err *err);

void tree_free(struct tree *tree);

/* In tree_share.c: */

/*
 * Called between one entry and the next: looks for others where the tree is
 * worth it, and gives them something to do when they have nothing.
 */
void tree_offer(struct tree *tree);

/*
 * Whether the next tree_offer can find others: then only the beginning of a
 * large directory, the top level, need have been listed.
 */
bool tree_may_spread(const struct tree *tree);

/* Whether another process is responsible for the tree as a whole. */
static inline bool tree_has_parent(const struct tree *tree)
{
	return tree->share && !tree->share->ops->begin;
}

/*
 * Puts NAME, of the top level, ASIDE. Returns 0, or -1 when it is longer than
 * any file system's.
 */
int tree_put_aside(struct tree *tree, const char *name,
		   const struct share_aside *aside);

/* Settles whether the top level can be found by others. */
void tree_judge_findable(struct tree *tree);

/* LEVEL, the top one, of which names were given away, is left. */
void tree_leave_full(struct tree *tree, const struct level *level);

#endif
