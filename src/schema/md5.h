/* MD5 (RFC 1321), for the ends of shortened names and nothing else: it keeps no secret. */
#ifndef AQ_SRC_SCHEMA_MD5_H
#define AQ_SRC_SCHEMA_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { AQ__MD5_SIZE = 16 };

void aq__md5(const void *bytes, size_t length, uint8_t digest[AQ__MD5_SIZE]);

#endif
