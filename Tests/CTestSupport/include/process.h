// What tests need of the operating system and Swift cannot call.

#ifndef LOCKKEEPER_TEST_PROCESS_H
#define LOCKKEEPER_TEST_PROCESS_H

/// A pipe that no other child inherits by accident. Returns 0, or errno.
int test_pipe(int ends[2]);

/// From here on the calling thread's file accesses are checked as those of an ordinary user, even for root.
void test_drop_file_privileges(void);
/// Ends that.
void test_restore_file_privileges(void);

#endif
