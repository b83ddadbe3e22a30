import Testing

@testable import BrokerCore

@Suite struct DestinationMapTests {
    private func map(_ names: [String]) -> DestinationMap<String> {
        var map = DestinationMap<String>()
        for name in names { map.set(name, for: Destination(parsing: name, default: .queue)) }
        return map
    }

    @Test(arguments: [
        ([">", "A.>", "A.*", "A.B"], "A.B", "A.B"),
        (["A.B", "A.*", "A.>", ">"], "A.C", "A.*"),
        ([">", "A.>", "A.*"], "A.C.D", "A.>"),
        ([">", "A.>"], "B", ">"),
        (["A.>", ">"], "A", "A.>"),
        (["A.>", "A.*.>"], "A.B.C", "A.*.>"),
        (["A.>", "A.*.C"], "A.B.C", "A.*.C"),
        (["A.*", "*.B"], "A.B", "*.B"),
        (["topic://>", "A"], "A", "A"),
        (["A,B.*", ">"], "B.C", "A,B.*"),
    ])
    func theMostSpecificEntryWins(names: [String], asked: String, found: String) {
        #expect(self.map(names).value(for: .queue(asked)) == found)
    }

    @Test func kindsHaveEntriesOfTheirOwn() {
        let map = self.map(["queue://>", "topic://T"])
        #expect(map.value(for: .topic("T")) == "topic://T")
        #expect(map.value(for: .topic("U")) == nil)
        #expect(map.value(for: Destination(.temporaryQueue, "T")) == nil)
    }

    @Test func aLaterValueReplacesAnEarlierOne() {
        var map = self.map(["A", "B"])
        map.set("new", for: .queue("A"))
        #expect(map.value(for: .queue("A")) == "new")
        #expect(map.entries.map(\.value) == ["new", "B"])
    }

    @Test func givesAllThatMatchMostSpecificFirst() {
        #expect(self.map([">", "A.B", "A.*", "C"]).values(for: .queue("A.B")) == ["A.B", "A.*", ">"])
    }

    @Test func theDefaultEntryStandsInWhereNothingMatches() {
        var policies = PolicyMap()
        policies.defaultEntry.queuePrefetch = 7
        var entry = PolicyEntry()
        entry.queuePrefetch = 8
        policies.entries.set(entry, for: .queue("A.>"))
        #expect(policies.entry(for: .queue("A.B")).queuePrefetch == 8)
        #expect(policies.entry(for: .queue("B")).queuePrefetch == 7)
    }
}
