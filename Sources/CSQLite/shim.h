#include <sqlite3.h>

// Swift cannot call variadic functions: one wrapper per option of sqlite3_db_config that is needed.

/// Whether the last connection leaves the write-ahead log as it is when it closes.
static inline int lockkeeper_sqlite3_no_checkpoint_on_close(sqlite3 *database, int is_on) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_on, (int *)0);
}
