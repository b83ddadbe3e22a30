// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

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
        .target(name: "BrokerCore", dependencies: [collections], swiftSettings: strict),
        .testTarget(name: "BrokerCoreTests", dependencies: ["BrokerCore"], swiftSettings: strict),

        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),
        .target(name: "TestSupport", dependencies: [], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"], swiftSettings: strict),
        .target(
            name: "Migrations", path: "migrations",
            resources: [
                .embedInCode("broker/0001_broker.sql"),
                .embedInCode("lease/0001_lease.sql"),
            ],
            swiftSettings: strict),

        .target(name: "CSystemCalls"),
        .target(
            name: "Election", dependencies: ["SQLite", "CSystemCalls", "Migrations", logging], swiftSettings: strict),
        .executableTarget(
            name: "ElectionHelper", dependencies: ["Election", logging], path: "Tests/ElectionHelper",
            swiftSettings: strict),
        .testTarget(
            name: "ElectionTests",
            dependencies: [
                "Election", "ElectionHelper", "SQLite", "CSystemCalls", "Migrations", "TestSupport", logging,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
