// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

// The simulation sees what Election keeps to itself, which an optimised build allows only where all of it is compiled for
// testing: Tests/run sim does that, in a build of its own.
let electionTests: Target =
    if Context.environment["ELECTION_SIM"] == nil {
        .testTarget(
            name: "ElectionTests",
            dependencies: [
                "Election", "ElectionHelper", "lock-holder", "SQLite", "CSystemCalls", "Migrations", "TestSupport",
                logging,
            ],
            exclude: ["SimulationCommand"], swiftSettings: strict)
    } else {
        .executableTarget(
            name: "election-sim", dependencies: ["Election", "CSystemCalls", logging], path: "Tests/ElectionTests",
            sources: ["Simulation", "SimulationCommand"], swiftSettings: strict)
    }

// Not part of any product: built only by Tests/Fuzz/run.
let fuzzers: [Target] =
    Context.environment["LOCKKEEPER_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "stomp-fuzz", dependencies: ["STOMP", "BrokerCore", nioCore], path: "Tests/Fuzz/STOMP",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "lockkeeper",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CSystemCalls"),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),
        .target(
            name: "Migrations", path: "migrations",
            resources: [
                .embedInCode("broker/0001_broker.sql"),
                .embedInCode("broker/0002_order_and_delay.sql"),
                .embedInCode("broker/0003_schedule.sql"),
                .embedInCode("broker/0004_in_doubt.sql"),
                .embedInCode("broker/0005_schedule_time.sql"),
                .embedInCode("lease/0001_lease.sql"),
                .embedInCode("lease/0002_terms_and_alarms.sql"),
            ],
            swiftSettings: strict),
        .target(name: "BrokerCore", dependencies: [collections, nioCore], swiftSettings: strict),
        .target(name: "Configuration", dependencies: ["BrokerCore"], swiftSettings: strict),
        .target(name: "SQLiteStore", dependencies: ["BrokerCore", "SQLite", "Migrations"], swiftSettings: strict),
        .target(
            name: "Election", dependencies: ["SQLite", "CSystemCalls", "Migrations", logging], swiftSettings: strict),
        .target(name: "Doctor", dependencies: ["Election", "SQLite", "CSystemCalls"], swiftSettings: strict),
        .target(
            name: "Management", dependencies: ["Election", nioCore, nioPosix, nioHTTP1, logging], swiftSettings: strict),
        .target(name: "OpenWire", dependencies: ["BrokerCore", nioCore], swiftSettings: strict),
        .target(name: "STOMP", dependencies: ["BrokerCore", nioCore, collections], swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "BrokerCore", "Configuration", "OpenWire", "STOMP", "SQLiteStore", "SQLite", "Election", "Doctor",
                "Management", "CSystemCalls", collections, nioCore, nioPosix, nioHTTP1, nioWebSocket, logging,
                serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "lockkeeper",
            dependencies: [
                "Configuration", "Server", "Election", "Doctor", "SQLiteStore", argumentParser, logging,
            ],
            swiftSettings: strict),

        .target(name: "CTestSupport", dependencies: ["CSQLite"], path: "Tests/CTestSupport"),
        .target(
            name: "TestSupport", dependencies: ["BrokerCore", "CTestSupport"], path: "Tests/Support",
            swiftSettings: strict),
        .executableTarget(
            name: "store-child", dependencies: ["SQLiteStore", "BrokerCore", "TestSupport"], path: "Tests/StoreChild",
            swiftSettings: strict),
        .executableTarget(
            name: "ElectionHelper", dependencies: ["Election", logging], path: "Tests/ElectionHelper",
            swiftSettings: strict),
        .executableTarget(
            name: "lock-holder", dependencies: ["CSystemCalls"], path: "Tests/LockHolder", swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "BrokerCoreTests", dependencies: ["BrokerCore", "TestSupport", nioCore, nioEmbedded],
            swiftSettings: strict),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["Configuration", "BrokerCore", "TestSupport"],
            swiftSettings: strict),
        electionTests,
        .testTarget(
            name: "ManagementTests",
            dependencies: ["Management", "Election", "TestSupport", nioCore, nioPosix, logging],
            swiftSettings: strict),
        .testTarget(
            name: "DoctorTests", dependencies: ["Doctor", "Election", "Server", "TestSupport", "lockkeeper", logging],
            swiftSettings: strict),
        .testTarget(name: "OpenWireTests", dependencies: ["OpenWire", "BrokerCore", nioCore], swiftSettings: strict),
        .testTarget(
            name: "STOMPTests", dependencies: ["STOMP", "BrokerCore", "TestSupport", nioCore], swiftSettings: strict),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["SQLiteStore", "BrokerCore", "SQLite", "Migrations", "TestSupport", "store-child"],
            swiftSettings: strict),
        .testTarget(
            name: "TestSupportTests", dependencies: ["TestSupport", "BrokerCore"], path: "Tests/SupportTests",
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "BrokerCore", "Doctor", "Election", "OpenWire", "STOMP", "SQLite", "SQLiteStore",
                "TestSupport", nioCore, nioPosix, nioEmbedded, nioHTTP1, nioWebSocket, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "lockkeeperTests",
            dependencies: ["lockkeeper", "lock-holder", "store-child", "SQLite", "TestSupport"],
            swiftSettings: strict),
    ] + fuzzers,
    swiftLanguageModes: [.v6]
)
