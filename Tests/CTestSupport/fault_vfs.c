#include "fault_vfs.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

// One change of a file since its last sync; `bytes` is NULL for a truncation to `offset`.
typedef struct change {
    struct change *next;
    int64_t offset;
    int64_t length;
    unsigned char *bytes;
} change;

// What is known of one path, shared by all who have it open.
typedef struct path_state {
    struct path_state *next;
    char *path;
    int kind;
    unsigned char *durable;
    int64_t durable_length;
    change *changes;
    change **last;
} path_state;

struct fault_vfs {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    pthread_mutex_t mutex;
    path_state *paths;
    int64_t counts[32][8];
    int fail_operations, fail_files, fail_after, fail_code, fail_error, last_error;
    int64_t growth_left;
    int64_t power_left;
    uint64_t seed;
    char *power_directory;
    int power_lost;
};

typedef struct fault_handle {
    sqlite3_file base;
    fault_vfs *vfs;
    path_state *state;
    sqlite3_file *real;
} fault_handle;

static uint64_t next_random(uint64_t *seed) {  // splitmix64
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// --- What a loss of power leaves

static void apply(unsigned char **image, int64_t *length, const change *c, uint64_t *seed) {
    if (c->bytes == NULL) {
        if (seed != NULL && next_random(seed) & 1) return;
        if (c->offset < *length) *length = c->offset;
        return;
    }
    for (int64_t at = 0; at < c->length;) {
        int64_t start = c->offset + at;
        int64_t part = SECTOR - start % SECTOR;
        if (part > c->length - at) part = c->length - at;
        if (seed == NULL || next_random(seed) & 1) {
            if (start + part > *length) {
                *image = realloc(*image, (size_t)(start + part));
                memset(*image + *length, 0, (size_t)(start + part - *length));
                *length = start + part;
            }
            memcpy(*image + start, c->bytes + at, (size_t)part);
        }
        at += part;
    }
}

static void forget_changes(path_state *state) {
    while (state->changes != NULL) {
        change *c = state->changes;
        state->changes = c->next;
        free(c->bytes);
        free(c);
    }
    state->last = &state->changes;
}

static void add_change(path_state *state, int64_t offset, const void *bytes, int64_t length) {
    change *c = calloc(1, sizeof *c);
    c->offset = offset;
    c->length = length;
    if (bytes != NULL) {
        c->bytes = malloc((size_t)length + 1);
        memcpy(c->bytes, bytes, (size_t)length);
    }
    *state->last = c;
    state->last = &c->next;
}

static void write_images(fault_vfs *v) {
    for (path_state *state = v->paths; state != NULL; state = state->next) {
        int64_t length = state->durable_length;
        unsigned char *image = malloc((size_t)length + 1);
        memcpy(image, state->durable, (size_t)length);
        for (change *c = state->changes; c != NULL; c = c->next) apply(&image, &length, c, &v->seed);
        const char *name = strrchr(state->path, '/');
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", v->power_directory, name == NULL ? state->path : name + 1);
        FILE *file = fopen(path, "wb");
        if (file != NULL) {
            fwrite(image, 1, (size_t)length, file);
            fclose(file);
        }
        free(image);
    }
}

static path_state *find_state(fault_vfs *v, const char *path, int kind) {
    for (path_state *state = v->paths; state != NULL; state = state->next)
        if (strcmp(state->path, path) == 0) return state;
    path_state *state = calloc(1, sizeof *state);
    state->path = strdup(path);
    state->kind = kind;
    state->last = &state->changes;
    state->durable = malloc(1);
    FILE *file = fopen(path, "rb");  // Before SQLite opens it: closing a descriptor ends the process's locks.
    if (file != NULL) {
        fseek(file, 0, SEEK_END);
        state->durable_length = ftell(file);
        rewind(file);
        state->durable = realloc(state->durable, (size_t)state->durable_length + 1);
        if (fread(state->durable, 1, (size_t)state->durable_length, file) != (size_t)state->durable_length) abort();
        fclose(file);
    }
    state->next = v->paths;
    v->paths = state;
    return state;
}

// --- Before each call: count, fail, lose power. Returns SQLITE_OK where it may go on. Called with the mutex locked.

static int enter(fault_vfs *v, int operation, int kind) {
    v->counts[operation][kind]++;
    if (operation & (FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE) && v->power_directory != NULL && !v->power_lost) {
        if (v->power_left-- == 0) {
            v->power_lost = 1;
            write_images(v);
        }
    }
    if (!(v->fail_operations & operation) || !(v->fail_files & kind)) return SQLITE_OK;
    if (v->fail_after > 0) {
        v->fail_after--;
        return SQLITE_OK;
    }
    v->last_error = v->fail_error;
    errno = v->fail_error;
    return v->fail_code;
}

// --- Files

#define HANDLE(f) ((fault_handle *)(f))
#define REAL(f) (HANDLE(f)->real)

static int fault_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }

static int fault_read(sqlite3_file *f, void *bytes, int length, sqlite3_int64 offset) {
    fault_vfs *v = HANDLE(f)->vfs;
    pthread_mutex_lock(&v->mutex);
    int code = enter(v, FAULT_READ, HANDLE(f)->state->kind);
    pthread_mutex_unlock(&v->mutex);
    return code != SQLITE_OK ? code : REAL(f)->pMethods->xRead(REAL(f), bytes, length, offset);
}

static int fault_write(sqlite3_file *f, const void *bytes, int length, sqlite3_int64 offset) {
    fault_vfs *v = HANDLE(f)->vfs;
    pthread_mutex_lock(&v->mutex);
    int code = enter(v, FAULT_WRITE, HANDLE(f)->state->kind);
    sqlite3_int64 size = 0;
    if (code == SQLITE_OK) code = REAL(f)->pMethods->xFileSize(REAL(f), &size);
    int64_t growth = offset + length > size ? offset + length - size : 0;
    if (code == SQLITE_OK && v->growth_left >= 0 && growth > v->growth_left) code = SQLITE_FULL;
    if (code == SQLITE_OK) {
        if (v->growth_left >= 0) v->growth_left -= growth;
        add_change(HANDLE(f)->state, offset, bytes, length);
        code = REAL(f)->pMethods->xWrite(REAL(f), bytes, length, offset);
    }
    pthread_mutex_unlock(&v->mutex);
    return code;
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size) {
    fault_vfs *v = HANDLE(f)->vfs;
    pthread_mutex_lock(&v->mutex);
    int code = enter(v, FAULT_TRUNCATE, HANDLE(f)->state->kind);
    if (code == SQLITE_OK) {
        add_change(HANDLE(f)->state, size, NULL, 0);
        code = REAL(f)->pMethods->xTruncate(REAL(f), size);
    }
    pthread_mutex_unlock(&v->mutex);
    return code;
}

static int fault_sync(sqlite3_file *f, int flags) {
    fault_vfs *v = HANDLE(f)->vfs;
    path_state *state = HANDLE(f)->state;
    pthread_mutex_lock(&v->mutex);
    int code = enter(v, FAULT_SYNC, state->kind);
    if (code == SQLITE_OK) {
        for (change *c = state->changes; c != NULL; c = c->next) apply(&state->durable, &state->durable_length, c, NULL);
        forget_changes(state);
        code = REAL(f)->pMethods->xSync(REAL(f), flags);
    }
    pthread_mutex_unlock(&v->mutex);
    return code;
}

static int fault_file_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL(f)->pMethods->xFileSize(REAL(f), size); }
static int fault_lock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xLock(REAL(f), level); }
static int fault_unlock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xUnlock(REAL(f), level); }
static int fault_check_lock(sqlite3_file *f, int *out) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out); }
static int fault_control(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int fault_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int fault_device(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}
static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}
static void fault_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int fault_shm_unmap(sqlite3_file *f, int delete) { return REAL(f)->pMethods->xShmUnmap(REAL(f), delete); }

static const sqlite3_io_methods methods = {
    2, fault_close, fault_read, fault_write, fault_truncate, fault_sync, fault_file_size, fault_lock, fault_unlock,
    fault_check_lock, fault_control, fault_sector, fault_device, fault_shm_map, fault_shm_lock, fault_shm_barrier,
    fault_shm_unmap, NULL, NULL,
};

// --- The file system

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out) {
    fault_vfs *v = (fault_vfs *)vfs;
    fault_handle *handle = HANDLE(f);
    memset(handle, 0, sizeof *handle);
    handle->vfs = v;
    handle->real = (sqlite3_file *)(handle + 1);
    int kind = flags & SQLITE_OPEN_WAL ? FAULT_LOG : flags & SQLITE_OPEN_MAIN_JOURNAL ? FAULT_JOURNAL
             : flags & SQLITE_OPEN_MAIN_DB ? FAULT_DATABASE : 0;
    pthread_mutex_lock(&v->mutex);
    int code = enter(v, FAULT_OPEN, kind);
    if (code == SQLITE_OK) handle->state = find_state(v, path == NULL ? "temporary" : path, kind);
    pthread_mutex_unlock(&v->mutex);
    if (code == SQLITE_OK) code = v->real->xOpen(v->real, path, handle->real, flags, out);
    // SQLite closes a file that has methods, even where opening it failed.
    if (code == SQLITE_OK) f->pMethods = &methods;
    return code;
}

static int fault_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    fault_vfs *v = (fault_vfs *)vfs;
    int code = v->real->xDelete(v->real, path, sync);
    pthread_mutex_lock(&v->mutex);
    for (path_state **at = &v->paths; code == SQLITE_OK && *at != NULL; at = &(*at)->next) {
        if (strcmp((*at)->path, path) != 0) continue;
        // Taken as durable at once. The state itself stays for those who have the file open.
        forget_changes(*at);
        *at = (*at)->next;
        break;
    }
    pthread_mutex_unlock(&v->mutex);
    return code;
}

static int fault_last_error(sqlite3_vfs *vfs, int length, char *text) {
    fault_vfs *v = (fault_vfs *)vfs;
    return v->last_error != 0 ? v->last_error : v->real->xGetLastError(v->real, length, text);
}

static int fault_access(sqlite3_vfs *vfs, const char *path, int flags, int *out) {
    sqlite3_vfs *real = ((fault_vfs *)vfs)->real;
    return real->xAccess(real, path, flags, out);
}
static int fault_full_pathname(sqlite3_vfs *vfs, const char *path, int length, char *out) {
    sqlite3_vfs *real = ((fault_vfs *)vfs)->real;
    return real->xFullPathname(real, path, length, out);
}
static int fault_randomness(sqlite3_vfs *vfs, int length, char *out) {
    sqlite3_vfs *real = ((fault_vfs *)vfs)->real;
    return real->xRandomness(real, length, out);
}
static int fault_sleep(sqlite3_vfs *vfs, int microseconds) {
    sqlite3_vfs *real = ((fault_vfs *)vfs)->real;
    return real->xSleep(real, microseconds);
}
static int fault_current_time(sqlite3_vfs *vfs, double *out) {
    sqlite3_vfs *real = ((fault_vfs *)vfs)->real;
    return real->xCurrentTime(real, out);
}

fault_vfs *fault_vfs_create(const char *name) {
    sqlite3_initialize();
    fault_vfs *v = calloc(1, sizeof *v);
    v->real = sqlite3_vfs_find(NULL);
    v->growth_left = -1;
    pthread_mutex_init(&v->mutex, NULL);
    v->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(fault_handle) + v->real->szOsFile,
        .mxPathname = v->real->mxPathname,
        .zName = strdup(name),
        .xOpen = fault_open,
        .xDelete = fault_delete,
        .xAccess = fault_access,
        .xFullPathname = fault_full_pathname,
        .xRandomness = fault_randomness,
        .xSleep = fault_sleep,
        .xCurrentTime = fault_current_time,
        .xGetLastError = fault_last_error,
    };
    sqlite3_vfs_register(&v->vfs, 0);
    return v;
}

void fault_vfs_fail(fault_vfs *v, int operations, int files, int after, int code, int system_error) {
    pthread_mutex_lock(&v->mutex);
    v->fail_operations = operations;
    v->fail_files = files;
    v->fail_after = after;
    v->fail_code = code;
    v->fail_error = system_error;
    pthread_mutex_unlock(&v->mutex);
}

void fault_vfs_heal(fault_vfs *v) {
    fault_vfs_fail(v, 0, 0, 0, 0, 0);
    pthread_mutex_lock(&v->mutex);
    v->last_error = 0;
    pthread_mutex_unlock(&v->mutex);
}

int64_t fault_vfs_count(fault_vfs *v, int operations, int files) {
    int64_t sum = 0;
    pthread_mutex_lock(&v->mutex);
    for (int operation = 1; operation < 32; operation++)
        for (int kind = 0; kind < 8; kind++)
            if (operation & operations && kind & files) sum += v->counts[operation][kind];
    pthread_mutex_unlock(&v->mutex);
    return sum;
}

void fault_vfs_limit_growth(fault_vfs *v, int64_t bytes) {
    pthread_mutex_lock(&v->mutex);
    v->growth_left = bytes;
    pthread_mutex_unlock(&v->mutex);
}

void fault_vfs_lose_power(fault_vfs *v, int64_t call, uint64_t seed, const char *directory) {
    pthread_mutex_lock(&v->mutex);
    free(v->power_directory);
    v->power_directory = strdup(directory);
    v->power_left = call;
    v->seed = seed;
    v->power_lost = 0;
    pthread_mutex_unlock(&v->mutex);
}

int fault_vfs_has_lost_power(fault_vfs *v) {
    pthread_mutex_lock(&v->mutex);
    int lost = v->power_lost;
    pthread_mutex_unlock(&v->mutex);
    return lost;
}
