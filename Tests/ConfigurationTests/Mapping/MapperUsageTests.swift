import BrokerCore
import Configuration
import Testing

@Suite struct MapperUsageTests {
    private func read(_ content: String, _ attributes: String = "") -> FileText {
        FileText(broker: "<systemUsage><systemUsage \(attributes)>\(content)</systemUsage></systemUsage>")
    }

    @Test func limitsReachTheCore() throws {
        let usage = try self.read(
            """
            <memoryUsage><memoryUsage limit="64 mb"/></memoryUsage><storeUsage><storeUsage limit="1gb"/></storeUsage>
            <tempUsage><tempUsage limit="100"/></tempUsage><jobSchedulerUsage><jobSchedulerUsage limit="5k"/></jobSchedulerUsage>
            """, "sendFailIfNoSpace=\"true\" sendFailIfNoSpaceAfterTimeout=\"3000\""
        ).clean().core.usage
        #expect(usage.memoryLimitBytes == 64 << 20)
        #expect(usage.storeLimitBytes == 1 << 30)
        #expect(usage.temporaryLimitBytes == 100)
        #expect(usage.schedulerLimitBytes == 5 << 10)
        #expect(usage.failsSendIfNoSpace)
        #expect(usage.failsSendAfterMs == 3000)
    }

    @Test func withoutLimitsTheDefaultsStay() throws {
        let usage = try self.read("<memoryUsage><memoryUsage/></memoryUsage>").clean().core.usage
        #expect(usage.memoryLimitBytes == nil)
        #expect(usage.storeLimitBytes == 0)
    }

    @Test(arguments: [
        "<memoryUsage><memoryUsage percentOfJvmHeap='70'/></memoryUsage>",
        "<storeUsage><storeUsage percentLimit='5'/></storeUsage>",
    ])
    func sharesAreWarnedOf(content: String) {
        let text = self.read(content)
        #expect(text.errors == [])
        #expect(text.warnings.count == 1)
        #expect(text.warnings.first?.contains("limit=") == true)
    }

    @Test func negativeLimitsAreRefused() {
        #expect(
            self.read("<storeUsage><storeUsage limit='-1'/></storeUsage>").errors.first?.contains("at least 0") == true)
    }
}
