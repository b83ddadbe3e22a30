/// Which modules each target may import: the table of the README, as data.
enum Walls {
    /// Modules that come with the compiler. `Glibc` is the operating system, and has owners.
    static let standard: Set<String> = ["Swift", "Synchronization"]

    static let allowed: [String: Set<String>] = [
        "SQLite": ["CSQLite"],
        "Migrations": [],
        "BrokerCore": ["NIOCore", "DequeModule", "Collections", "Logging"],
        "Configuration": ["BrokerCore"],
        "SQLiteStore": ["BrokerCore", "SQLite", "Migrations", "Logging", "DequeModule"],
        "Election": ["SQLite", "CSystemCalls", "Migrations", "Logging"],
        "Doctor": ["Election", "SQLite", "CSystemCalls"],
        "OpenWire": ["BrokerCore", "NIOCore", "DequeModule"],
        "STOMP": ["BrokerCore", "NIOCore", "DequeModule"],
        "MQTT": ["BrokerCore", "NIOCore", "DequeModule"],
        "AMQP": ["BrokerCore", "NIOCore", "DequeModule"],
        "Management": ["BrokerCore", "Election", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging"],
        "Server": [
            "BrokerCore", "SQLiteStore", "SQLite", "Migrations", "Election", "Doctor", "OpenWire", "STOMP", "MQTT",
            "AMQP", "Management", "Configuration", "CSystemCalls", "DequeModule", "Logging", "Metrics", "NIOCore",
            "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL", "NIOTLS", "NIOExtras", "ServiceLifecycle", "UnixSignals",
        ],
        "lockkeeper": [
            "Server", "Configuration", "Election", "Doctor", "SQLiteStore", "SQLite", "ArgumentParser", "Logging",
        ],
    ]

    /// Targets that may talk to the operating system. The others get time, chance and files as parameters.
    static let systemOwners: Set<String> = ["SQLite", "SQLiteStore", "Election", "Doctor", "Server", "lockkeeper"]

    static func allow(_ module: String, in target: String) -> Bool {
        if self.standard.contains(module) { return true }
        if module == "Glibc" { return self.systemOwners.contains(target) }
        return self.allowed[target]?.contains(module) == true
    }
}

extension Rule {
    /// Also that every target has a row: a new one is not free of walls.
    static let imports = Rule(
        name: "targets import only what their walls allow",
        bad: [
            source("import Foundation"), source("import Glibc"), source("package import SQLite"),
            source("internal import SQLiteStore"), source("@preconcurrency import NIOPosix"),
            source("import struct OpenWire.Frame"),
            source("import NIOCore; import NIOPosix"), source("@testable import Election"),
            ["Sources/OpenWire/A.swift": "import STOMP"], ["Sources/OpenWire/A.swift": "import SQLiteStore"],
            ["Sources/Election/A.swift": "import BrokerCore"], ["Sources/SQLiteStore/A.swift": "import CSQLite"],
            ["Sources/SQLiteStore/A.swift": "import OpenWire"], ["migrations/A.swift": "import SQLite"],
            ["Sources/Novel/A.swift": "import NIOCore"], ["Sources/lockkeeper/A.swift": "import Foundation"],
        ],
        good: [
            source("package import NIOCore\nimport DequeModule // import Foundation"),
            source("import class Logging.Logger"),
            source("let a = \"import Foundation\""), source("let a = module.import"), source("import Synchronization"),
            ["Sources/SQLite/A.swift": "import CSQLite\nimport Glibc"],
            ["Sources/OpenWire/A.swift": "import BrokerCore"],
            ["Sources/Server/A.swift": "import NIOPosix\nimport Election"], test("import Foundation"),
            ["Sources/Novel/A.swift": "import Synchronization"],
        ],
        findings: { checkout in
            checkout.sources.flatMap { file in
                file.imports.filter { !Walls.allow($0.module, in: file.target) }
                    .map { file.finding($0.line, "\(file.target) imports \($0.module)") }
            }
        })
}

extension SwiftFile {
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]

    var imports: [(module: String, line: Int)] {
        self.places(of: ["import"]).compactMap { place in
            guard place == 0 || self.tokens[place - 1].text != ".", place + 1 < self.tokens.count else { return nil }
            var next = place + 1
            // `import struct Module.Name` names a kind before the module.
            if Self.kinds.contains(self.tokens[next].text), next + 1 < self.tokens.count { next += 1 }
            return (self.tokens[next].text, self.tokens[place].line)
        }
    }
}
