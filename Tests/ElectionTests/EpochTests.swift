import Testing

@testable import Election

@Suite struct EpochTests {
    @Test func nextGrowsByOneUntilTheNumbersEnd() {
        #expect(Epoch.none.next == Epoch(1))
        #expect(Epoch(41).next == Epoch(42))
        #expect(Epoch(Int64.max).next == nil)
        #expect(Epoch(-7).next == nil, "only a damaged directory holds one")
    }

    @Test(arguments: [(UInt64(0), "0000000000000000"), (0xabc, "0000000000000abc"), (.max, "ffffffffffffffff")])
    func instancesReadBackAsWritten(value: UInt64, text: String) {
        #expect(InstanceID(value).description == text)
        #expect(InstanceID(parsing: text) == InstanceID(value))
    }

    @Test(arguments: ["", "abc", "000000000000000g", "00000000000000000", "-000000000000001"])
    func otherTextsAreNoInstances(text: String) {
        #expect(InstanceID(parsing: text) == nil)
    }
}
