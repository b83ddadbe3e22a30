#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <unistd.h>

int test_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

void test_drop_file_privileges(void) {
    setfsgid(65534);
    setfsuid(65534);
}

void test_restore_file_privileges(void) {
    setfsuid(geteuid());
    setfsgid(getegid());
}
