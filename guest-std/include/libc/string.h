/* What the runtime has of string.h, for C compilers without a libc. Found only if there is no other. */
#ifndef ZKVM_STRING_H
#define ZKVM_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *string);

#ifdef __cplusplus
}
#endif
#endif
