import Testing

@testable import Doctor

@Suite struct MessageTests {
    @Test(arguments: [
        Message("ok"), Message("hold", ["file": "a.1.x", "kind": "ofd"]),
        Message("failed", ["text": "a b\nc=d % é", "errno": "5"]), Message("x", ["empty": ""]),
    ])
    func aMessageComesBackAsItWas(message: Message) throws {
        #expect(try Message(parsing: message.line) == message)
        #expect(!message.line.contains("\n"))
    }

    @Test(arguments: ["", " ", "x y", "x a=%zz"]) func nonsenseIsRefused(line: String) {
        #expect(throws: DoctorError.self) { try Message(parsing: line) }
    }

    @Test func numbersHaveBounds() throws {
        let message = try Message(parsing: "x a=5 b=-1 c=999999999999999999999 d=x e=1,2,3 f=1,z")
        #expect(try message.number("a", in: 1...5) == 5)
        for (key, bounds) in [("a", 1...4), ("b", 0...5), ("c", 0...5), ("d", 0...5), ("z", 0...5)]
            as [(String, ClosedRange<Int64>)]
        {
            #expect(throws: DoctorError.self) { try message.number(key, in: bounds) }
        }
        #expect(try message.numbers("e") == [1, 2, 3])
        #expect(throws: DoctorError.self) { try message.numbers("f") }
    }
}
