import Testing

@testable import OpenWire

struct ByteSinkTests {
    private static func contents(_ sink: ByteSink) -> [UInt8] {
        var bytes: [UInt8] = []
        sink.forEachPiece { bytes.append(contentsOf: $0) }
        return bytes
    }

    @Test(arguments: [0, 1, 2047, 2048, 100_000])
    func arraysOfAnySizeKeepTheirPlace(_ count: Int) {
        let array = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var sink = ByteSink()
        for _ in 0..<2 {
            sink.array(array)
            sink.integer(UInt16(0x0102))
            let place = sink.place
            sink.integer(Int16(-1))
            sink.array(array)
            sink.array(array)
            sink.set(Int16(7), at: place)
            sink.integer(UInt64.max)
            #expect(Self.contents(sink) == array + [1, 2, 0, 7] + array + array + [UInt8](repeating: 255, count: 8))
            #expect(sink.count == 12 + 3 * count)
            sink.clear()
            #expect(sink.count == 0 && Self.contents(sink) == [])
        }
    }

    @Test func itGrowsByteByByteAndAtOnce() {
        var sink = ByteSink()
        var expected: [UInt8] = []
        for number in 0..<20_000 {
            sink.integer(UInt8(truncatingIfNeeded: number))
            expected.append(UInt8(truncatingIfNeeded: number))
        }
        let more = [UInt8](repeating: 3, count: 50_000)
        more.withUnsafeBytes { sink.bytes($0) }
        #expect(Self.contents(sink) == expected + more)
    }
}
