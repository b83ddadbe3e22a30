extension BannedCalls {
    /// Who may call what. A new row needs a reason that is not "it was easier".
    static let owners: [Owner] = [
        Owner(
            path: "Sources/Election/System/",
            calls: [
                "open", "close", "dup", "fstat", "stat", "pread", "pwrite", "fsync", "ftruncate", "opendir", "readdir",
                "unlink", "rename", "link", "mkdir", "gmtime_r", "pthread_create", "sys_open_direct",
                "sys_rename_if_absent",
                "sys_block_signals", "sys_name_thread", "sys_wake", "sys_wake_await", "sys_wake_make", "sys_wake_wait",
                "sys_error_text", "sys_ask_status", "sys_clone_file", "sys_force_lookup", "sys_forget_pages",
                "sys_free_bytes", "sys_give_to",
            ],
            reason: "the folder that wraps files, threads and calendar time for the election"),
        Owner(
            path: "Sources/Election/Directory/LockFiles.swift",
            calls: ["sys_flock_try", "sys_flock_release", "sys_ofd_try", "sys_ofd_release"],
            reason: "owns both lock files"),
        Owner(
            path: "Sources/Election/Directory/ProbeFiles.swift",
            calls: ["sys_flock_try", "sys_posix_try", "sys_ofd_try"],
            reason: "owns the files on which the kinds of lock are tried"),
        Owner(
            path: "Sources/Election/Directory/FileSystemVerdict.swift", calls: ["sys_file_system_type"],
            reason: "tells file systems apart"),
        Owner(
            path: "Sources/Election/Directory/DirectoryUse.swift", calls: ["sys_sleep_ns", "sys_ofd_query"],
            reason: "watches a directory for a few beats, from outside any broker"),
        Owner(
            path: "Sources/Doctor/System/",
            calls: [
                "close", "kill", "poll", "pread", "read", "rmdir", "stat", "write", "sys_boot_time_ns",
                "sys_catch_ends", "sys_caught_end", "sys_exit_now", "sys_fcntl_release", "sys_fcntl_try",
                "sys_flock_release", "sys_flock_try", "sys_load_64", "sys_map_shared", "sys_ofd_release", "sys_ofd_try",
                "sys_random_64", "sys_send", "sys_sleep_ns", "sys_socket_pair", "sys_store_64", "sys_unmap",
                "sys_wake_make", "sys_wake_wait", "sys_wall_time_ms",
            ],
            reason: "the folder that wraps locks, files, processes and time for examinations"),
        Owner(
            path: "Sources/Election/Driver/DeadlineThread.swift", calls: ["exit", "sys_boot_time_ns", "sys_sleep_ns"],
            reason: "touches nothing that could hang, so it has its own clock and sleep; exit is its parameter"),
        Owner(
            path: "Sources/Election/Driver/Elector.swift", calls: ["stat", "sys_exit_now"],
            reason: "looks at the directory before anything is made in it, and hands the deadline its way out"),
        Owner(
            path: "Sources/Election/Driver/ElectionStatus.swift", calls: ["stat", "sys_sleep_ns"],
            reason: "reads from outside the broker, with a bounded second look"),
        Owner(
            path: "Sources/Election/Driver/CommitGate.swift", calls: ["sys_sleep_ns"],
            reason: "looks again at a lease that is being renewed, on the store's thread"),
        Owner(
            path: "Sources/Election/Driver/MasterWatch.swift", calls: ["sys_sleep_ns"],
            reason: "looks again at a lease that is being renewed, on the elector's thread"),
        Owner(
            path: "Sources/Election/Values/BootInstant.swift", calls: ["sys_boot_time_ns", "sys_wall_time_ms"],
            reason: "the election's clock"),
        Owner(
            path: "Sources/Election/Values/BrokerIdentity.swift",
            calls: ["gethostname", "getpid", "sys_random_64", "sys_link_target"],
            reason: "names this process once, at its start"),
        Owner(
            path: "Sources/SQLiteStore/WriterThread.swift", calls: ["pthread_create"], reason: "the writing thread"),
        Owner(
            path: "Sources/SQLiteStore/RoomGuard.swift", calls: ["statvfs"], reason: "watches the room that is left"),
        Owner(
            path: "Sources/SQLiteStore/StoreOpening.swift", calls: ["stat", "statvfs"],
            reason: "looks at the directory before SQLite makes anything in it"),
        Owner(
            path: "Sources/SQLiteStore/StoreInspector.swift", calls: ["stat", "poll"],
            reason: "sees whether the database changed under a reader from outside, with a bounded second look"),
        Owner(
            path: "Sources/Server/SystemClock.swift", calls: ["clock_gettime", "localtime_r"],
            reason: "the broker's clock and its zone"),
        Owner(
            path: "Sources/Server/RequestFiles.swift",
            calls: ["unlink", "mkdir", "getpid", "poll"],
            reason: "what operators ask of a master, as small files in the directory that both see"),
        Owner(
            path: "Sources/Server/DataDirectory.swift", calls: ["stat", "mkdir", "rmdir", "access"],
            reason: "makes the data directory, or says why not"),
        Owner(
            path: "Sources/Server/BrokerID.swift", calls: ["open", "close", "read", "write", "fsync", "rename"],
            reason: "keeps the broker's id in a small file"),
        Owner(
            path: "Sources/Server/ConfigurationSource.swift", calls: ["open", "close", "read", "getenv"],
            reason: "reads the configuration file, once, at the start"),
        Owner(
            path: "Sources/Server/StoreRemoval.swift", calls: ["unlink"],
            reason: "takes the store away where the operator asked for it"),
        Owner(
            path: "Sources/Server/PortCheck.swift", calls: ["socket", "bind", "close"],
            reason: "tries an address while a standby must not listen on it"),
        Owner(
            path: "Sources/Server/StandardError.swift", calls: ["write"], reason: "log lines, unbuffered and whole"),
        Owner(
            path: "Sources/Server/HostName.swift", calls: ["gethostname"], reason: "the default of the broker's name"),
        Owner(
            path: "Sources/Server/ProcessLimits.swift", calls: ["sys_bound_allocator"],
            reason: "bounds the process before it starts threads"),
        Owner(
            path: "Sources/Server/ProcessSignals.swift", calls: ["signal", "_exit"],
            reason: "ends the process at the second signal"),
        Owner(path: "Sources/lockkeeper/Lockkeeper.swift", calls: ["exit"], reason: "exit statuses by class"),
    ]

    /// Pauses between two looks of a bounded poll, where a test waits for a real thread or process.
    static let pauses: [Owner] = [
        Owner(path: "Tests/ElectionTests/ElectionFixtures.swift", calls: ["usleep"], reason: "waits for real threads")
    ]
}
