import TestSupport
import Testing

@testable import Server

@Suite struct RequestFilesTests {
    private let scratch = TemporaryDirectory()
    private var files: RequestFiles { RequestFiles(directory: self.scratch.path) }

    @Test func whatIsAskedIsFoundAnsweredAndGone() {
        let files = self.files
        #expect(!files.ask([.removeSchedule("x")], name: "a"), "nobody has served here")
        files.make()
        files.make()
        let requests: [OperatorRequest] = [
            .removeSchedule("ID:a b:1"), .removeSchedules(.min ... .max), .removeSchedules(-5...7),
        ]
        #expect(files.ask(requests, name: "a") && files.ask([], name: "b"))
        let found = files.requests()
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found[0].requests == requests && found[1].requests.isEmpty)
        #expect(files.takeAnswer("a") == nil)
        files.answer("a", "done")
        #expect(files.requests().map(\.name) == ["b"])
        #expect(files.takeAnswer("a") == "done" && files.takeAnswer("a") == nil)
        #expect(!files.withdraw("a") && files.withdraw("b") && files.requests().isEmpty)
    }

    @Test(arguments: [
        "", "remove", "remove ", "remove-due 1", "remove-due 2 1", "remove-due a b", "remove-due 1 2 3", "dance now",
        "remove-due 99999999999999999999 1",
    ])
    func whatIsNotUnderstoodIsNoRequest(line: String) {
        #expect(OperatorRequest(line[...]) == nil)
    }

    @Test func largeOrForeignFilesAreLeftAlone() {
        let files = self.files
        files.make()
        #expect(files.ask([.removeSchedule(String(repeating: "x", count: 1 << 20))], name: "large"))
        #expect(files.requests().isEmpty)
    }
}
