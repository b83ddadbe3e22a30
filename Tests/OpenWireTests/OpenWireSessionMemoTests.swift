import Testing

@testable import OpenWire

@Suite struct OpenWireSessionMemoTests {
    private final class Box: Sendable {
        let number: Int

        init(_ number: Int) { self.number = number }
    }

    private struct Refused: Error, Equatable {}

    @Test func aKeyIsTranslatedOnceAndGivesTheSameObject() {
        var memo = OpenWireSessionMemo<Int, Box>(limit: 4)
        let first = memo.value(for: 1) { Box($0) }
        let other = memo.value(for: 2) { Box($0) }
        #expect(memo.value(for: 1) { Box($0 + 100) } === first)
        #expect(memo.value(for: 2) { Box($0 + 100) } === other)
    }

    @Test func moreKeysThanTheLimitStartItAgain() {
        var memo = OpenWireSessionMemo<Int, Box>(limit: 4)
        for key in 0..<100 {
            #expect(memo.value(for: key) { Box($0) }.number == key)
            #expect(memo.count <= 4)
        }
    }

    @Test func aRefusedTranslationIsNotRemembered() {
        var memo = OpenWireSessionMemo<Int, Box>(limit: 4)
        #expect(throws: Refused()) {
            try memo.value(for: 1) { (_: Int) throws(Refused) -> Box in throw Refused() }
        }
        #expect(memo.count == 0)
        #expect(memo.value(for: 1) { Box($0) }.number == 1)
    }
}
