import Configuration
import Foundation
import Testing

@Suite struct PendingSettingsTests {
    /// The core's sources, without the files that only declare its values.
    private static func coreSources() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/BrokerCore")
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { path in
            let declares = ["PolicyEntry.swift", "SystemUsage.swift", "BrokerConfiguration.swift"]
            return path.hasSuffix(".swift") && !declares.contains { path.hasSuffix($0) }
        }
        #expect(files.count > 50)
        return try files.map { try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8) }.joined()
    }

    /// Otherwise there would be a warning of something that has an effect.
    @Test func whatTheCoreFollowsIsNotPending() throws {
        let sources = try Self.coreSources()
        #expect(sources.contains(".deadLetters"))
        for (name, setting) in PendingSettings.all {
            let isFollowed = sources.ranges(of: ".\(setting.property)").contains { range in
                let after = range.upperBound < sources.endIndex ? sources[range.upperBound] : " "
                return !after.isLetter && !after.isNumber && after != "_"
            }
            #expect(!isFollowed, "\(name) is followed: take it out of PendingSettings")
        }
    }

    @Test func everyNameIsOneOfTheSchema() {
        for name in PendingSettings.all.keys {
            let parts = name.split(separator: " ").map { String($0) }
            let element = Schema.activeMQ.elements[parts[0]]
            #expect(parts.count == 1 ? element != nil : element?.attributes[parts[1]] != nil, "\(name)")
        }
    }

    @Test func whatIsPendingIsWarnedOfUnlessItSaysWhatIsSoAnyway() {
        let text = FileText(policy: "maxDestinations='5' timeBeforeDispatchStarts='0' queuePrefetch='5'")
        let isPending = PendingSettings.all["policyEntry maxDestinations"] != nil
        let warning = "maxDestinations=\"5\" of <policyEntry> has no effect: it is not followed yet"
        #expect(text.warnings.contains { $0.hasSuffix(warning) } == isPending)
        #expect(!text.warnings.contains { $0.contains("timeBeforeDispatchStarts") || $0.contains("queuePrefetch") })
    }
}
