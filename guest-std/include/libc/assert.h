/* assert.h for C compilers without a libc: a failed assertion traps. Found only if there is no other. */
#include <stdlib.h>

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : abort())
#endif
