#include "CSystemCalls.h"

#include <malloc.h>

void sys_bound_allocator(int arenas, int trim_bytes, int mmap_bytes) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_TRIM_THRESHOLD, trim_bytes);
    mallopt(M_MMAP_THRESHOLD, mmap_bytes);
}
