/* What the runtime has of stdlib.h, for C compilers without a libc. Found only if there is no other. */
#ifndef ZKVM_STDLIB_H
#define ZKVM_STDLIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *pointer, size_t bytes);
void free(void *pointer);

#ifdef __cplusplus
[[noreturn]] void abort(void);
}
#else
_Noreturn void abort(void);
#endif
#endif
