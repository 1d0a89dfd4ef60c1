/* SPDX-License-Identifier: MIT */
/*
 * Numbers as bytes, one behind the other: little-endian whatever the machine,
 * since the other end may be another one some day.
 *
 * Encoding and decoding of a message walk the same steps with one cursor. The
 * caller has seen to it that there is room, or that the bytes are there.
 */
#ifndef MCP_PACK_H
#define MCP_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pack {
	uint8_t *out;	   /* when encoding */
	const uint8_t *in; /* when decoding */
	size_t at;
};

static inline void pack_put(struct pack *pack, uint64_t value,
			    unsigned int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		pack->out[pack->at++] = (uint8_t)value;
}

static inline uint64_t pack_get(struct pack *pack, unsigned int bytes)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		value |= (uint64_t)pack->in[pack->at++] << (8 * i);
	return value;
}

static inline void pack_put_bytes(struct pack *pack, const void *bytes,
				  size_t length)
{
	if (length > 0)
		memcpy(pack->out + pack->at, bytes, length);
	pack->at += length;
}

#endif
