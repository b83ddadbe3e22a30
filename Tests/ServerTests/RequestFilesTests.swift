import BrokerCore
import Election
import TestSupport
import Testing

@testable import Server

@Suite struct RequestFilesTests {
    private let scratch = TemporaryDirectory()
    private var files: RequestFiles { RequestFiles(directory: self.scratch.path) }

    @Test func whatIsAskedIsFoundAnsweredAndGone() throws {
        let files = self.files
        #expect(throws: SystemFailure.self, "nobody has served here") {
            try files.ask([.removeSchedule("x")], name: "a")
        }
        files.make()
        files.make()
        let requests: [OperatorRequest] = [
            .removeSchedule("ID:a b:1"), .removeSchedules(.min ... .max), .removeSchedules(-5...7),
            .resolve(XATransactionID(formatID: -1, global: [0, 255], branch: []), commits: true),
            .resolve(XATransactionID(formatID: 7, global: [1], branch: [2]), commits: false),
        ]
        try files.ask(requests, name: "a")
        try files.ask([], name: "b")
        let found = files.requests()
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found[0].requests == requests && found[1].requests.isEmpty)
        #expect(files.takeAnswer("a") == nil)
        try files.answer("a", .done)
        #expect(files.requests().map(\.name) == ["b"])
        #expect(files.takeAnswer("a") == .done && files.takeAnswer("a") == nil)
        #expect(!files.withdraw("a") && files.withdraw("b") && files.requests().isEmpty)
    }

    @Test(arguments: [
        "", "remove", "remove ", "remove-due 1", "remove-due 2 1", "remove-due a b", "remove-due 1 2 3", "dance now",
        "remove-due 99999999999999999999 1", "commit", "commit TX:1", "rollback XID:[1,globalId=0,branchId=]",
    ])
    func whatIsNotUnderstoodIsNoRequest(line: String) {
        #expect(OperatorRequest(line[...]) == nil)
    }

    @Test(arguments: [OperatorAnswer.done, .notFound])
    func answersReadBack(answer: OperatorAnswer) throws {
        self.files.make()
        try self.files.answer("a", answer)
        #expect(self.files.takeAnswer("a") == answer)
        #expect(OperatorAnswer("gone fishing") == .refused("gone fishing"))
    }

    @Test func largeOrForeignFilesAreLeftAlone() throws {
        let files = self.files
        files.make()
        try files.ask([.removeSchedule(String(repeating: "x", count: 1 << 20))], name: "large")
        #expect(files.requests().isEmpty)
    }
}
