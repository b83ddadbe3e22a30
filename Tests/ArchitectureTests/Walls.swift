/// Which modules each target may import: the table of DESIGN §3 as the README prints it.
enum Walls {
    /// Modules that come with the compiler. `Glibc` is the system, and has owners: see ``systemOwners``.
    static let standard: Set<String> = ["Swift", "Synchronization"]

    static let allowed: [String: Set<String>] = [
        "SQLite": ["CSQLite"],
        "migrations": [],
        "BrokerCore": ["NIOCore", "DequeModule", "Collections", "Logging"],
        "SQLiteStore": ["BrokerCore", "SQLite", "Migrations", "Logging"],
        "Election": ["SQLite", "CSystemCalls", "Migrations", "Logging"],
        "OpenWire": ["BrokerCore", "NIOCore", "DequeModule"],
        "Server": [
            "BrokerCore", "OpenWire", "SQLiteStore", "SQLite", "Election", "NIOCore", "NIOPosix", "Logging",
            "ServiceLifecycle", "UnixSignals",
        ],
        "lockkeeper": ["Server", "Election", "SQLiteStore", "ArgumentParser", "Logging"],
    ]

    /// Targets that talk to the operating system. The others get time, chance and files as parameters.
    static let systemOwners: Set<String> = ["SQLite", "SQLiteStore", "Election", "Server", "lockkeeper"]

    static func allow(_ module: String, in target: String) -> Bool {
        if self.standard.contains(module) { return true }
        if module == "Glibc" { return self.systemOwners.contains(target) }
        return self.allowed[target]?.contains(module) == true
    }
}
