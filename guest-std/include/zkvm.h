/* The zkVM guest interface for C: the I/O interface of the zkVM standards, and how to end.
 * Besides these the runtime has memcpy, memmove, memset, memcmp, bcmp, strlen, malloc, calloc, realloc, free, abort. */
#ifndef ZKVM_H
#define ZKVM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define ZKVM_NORETURN [[noreturn]]
extern "C" {
#else
#define ZKVM_NORETURN _Noreturn
#endif

/* The whole input. Every call gives the same bytes, which must not be written. */
void read_input(const uint8_t **buf_ptr, size_t *buf_size);

/* Appends to the public output. */
void write_output(const uint8_t *output, size_t size);

/* Ends the program; the exit code is public. Returning from main does the same. */
ZKVM_NORETURN void zkvm_exit(int32_t code);

/* Ends the program by a trap. */
ZKVM_NORETURN void zkvm_abort(void);

#ifdef __cplusplus
}
#endif
#endif
