import NIOCore
import Testing

@testable import OpenWire

struct SendingCacheTests {
    private static func id(_ number: Int) -> CacheEntry { .brokerID(WireBrokerID(WireString("\(number)"))) }

    @Test func slotsAreNumberedInOrderAndFoundByValue() {
        var cache = SendingCache(size: 1024)
        cache.beginFrame()
        #expect(cache.index(of: Self.id(0)) == nil)
        #expect(cache.add(Self.id(0)) == 0)
        #expect(cache.add(.null) == 1)
        #expect(cache.add(.connectionID(WireConnectionID("0"))) == 2)
        #expect(cache.index(of: Self.id(0)) == 0)
        #expect(cache.index(of: .null) == 1)
        #expect(cache.index(of: .connectionID(WireConnectionID("0"))) == 2)
        #expect(cache.index(of: .connectionID(WireConnectionID("1"))) == nil)
    }

    /// The oldest entries go before a frame until 100 slots are free; numbering goes round.
    @Test func theOldestAreEvictedBeforeAFrame() {
        var cache = SendingCache(size: 128)
        cache.beginFrame()
        for number in 0..<128 { #expect(cache.add(Self.id(number)) == Int16(number)) }
        #expect(cache.add(Self.id(128)) == -1)
        #expect(cache.index(of: Self.id(128)) == nil)
        #expect(cache.index(of: Self.id(0)) == 0)

        cache.beginFrame()
        #expect(cache.index(of: Self.id(99)) == nil)
        #expect(cache.index(of: Self.id(100)) == 100)
        for number in 200..<300 { #expect(cache.add(Self.id(number)) == Int16((number - 200) % 128)) }
        #expect(cache.add(Self.id(300)) == -1)
        #expect(cache.index(of: Self.id(127)) == 127)

        cache.beginFrame()
        #expect(cache.index(of: Self.id(127)) == nil)
        #expect(cache.index(of: Self.id(271)) == nil)
        #expect(cache.index(of: Self.id(272)) == 72)
        #expect(cache.add(Self.id(500)) == 100)
    }

    @Test func anAbandonedFrameGivesItsSlotsBack() {
        var cache = SendingCache(size: 128)
        cache.beginFrame()
        _ = cache.add(Self.id(0))
        cache.beginFrame()
        #expect(cache.add(Self.id(1)) == 1)
        #expect(cache.add(.null) == 2)
        cache.abandonFrame()
        #expect(cache.index(of: Self.id(0)) == 0)
        #expect(cache.index(of: Self.id(1)) == nil)
        #expect(cache.index(of: .null) == nil)
        cache.beginFrame()
        #expect(cache.add(Self.id(2)) == 1)
        #expect(cache.add(Self.id(1)) == 2)
    }

    @Test(arguments: [0, 1, 50, 100, 101])
    func smallCachesWork(_ size: Int) {
        var cache = SendingCache(size: size)
        for frame in 0..<5 {
            cache.beginFrame()
            var indexes: [Int16] = []
            for number in 0..<120 { indexes.append(cache.add(Self.id(frame * 1000 + number))) }
            #expect(Set(indexes.filter { $0 >= 0 }).count == indexes.count { $0 >= 0 })
            #expect(indexes.allSatisfy { $0 < size })
            #expect(indexes.contains { $0 >= 0 } == (size > 0))
        }
    }

    /// Far more ids than slots, in chance order, through both sides; and one frame that alone needs more than all
    /// slots.
    @Test(arguments: [false, true], [1024, 128, 20])
    func bothSidesStayInStep(tight: Bool, size: Int) throws {
        let format = WireFormat(tightEncodingEnabled: tight, cacheEnabled: true, cacheSize: size)
        var encoder = OpenWireEncoder(format: format)
        var decoder = OpenWireDecoder(format: format)
        var random = SeededGenerator(seed: 3)
        for round in 0..<4000 {
            // Mostly a few favourites, so that hits are as frequent as misses.
            let number =
                Int64.random(in: 0...1, using: &random) == 0 ? .random(in: 0..<20, using: &random) : Int64(round)
            var info = TransactionInfo()
            info.connectionID = WireConnectionID("ID:\(number % 50)")
            info.transactionID =
                number % 7 == 0 ? nil : .local(WireLocalTransactionID(value: number, connectionID: info.connectionID))
            var buffer = ByteBuffer()
            try encoder.encode(.transactionInfo(info), into: &buffer)
            guard case .transactionInfo(let read) = try decoder.decode(buffer: &buffer) else {
                Issue.record("expected a TransactionInfo")
                return
            }
            try #require(read.connectionID == info.connectionID && read.transactionID == info.transactionID)
            guard round == 2000 else { continue }

            let ids = (0..<1500).map { WireLocalTransactionID(value: $0, connectionID: WireConnectionID("c\($0)")) }
            let commands = ids.map { OpenWireCommand.transactionID(.local($0)) }
            try encoder.encode(
                .dataArrayResponse(DataArrayResponse(correlationID: 1, data: commands)), into: &buffer)
            guard case .dataArrayResponse(let array) = try decoder.decode(buffer: &buffer) else {
                Issue.record("expected a DataArrayResponse")
                return
            }
            let values = array.data?.compactMap { element in
                if case .transactionID(.local(let id)) = element { id } else { nil }
            }
            try #require(values == ids)
        }
    }

    /// Hits cost no string: the receiver hands out the very object it keeps.
    @Test func aHitIsTheSameObject() throws {
        let format = WireFormat(cacheEnabled: true)
        var encoder = OpenWireEncoder(format: format)
        var decoder = OpenWireDecoder(format: format)
        var objects: [WireSessionID] = []
        for _ in 0..<2 {
            var info = SessionInfo()
            info.sessionID = WireSessionID(connectionID: "ID:1", value: 1)
            var buffer = ByteBuffer()
            try encoder.encode(.sessionInfo(info), into: &buffer)
            guard case .sessionInfo(let read) = try decoder.decode(buffer: &buffer), let id = read.sessionID else {
                break
            }
            objects.append(id)
        }
        try #require(objects.count == 2)
        #expect(objects[0] === objects[1])
    }
}
