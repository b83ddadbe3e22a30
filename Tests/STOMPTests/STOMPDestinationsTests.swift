import BrokerCore
import Testing

@testable import STOMP

struct STOMPDestinationsTests {
    @Test(arguments: [
        ("/queue/a.b", Destination.queue("a.b")), ("/topic/a", .topic("a")), (" /queue/a ", .queue("a")),
        ("a", .queue("a")), ("/other/a", .queue("/other/a")), ("queue://a", .queue("a")), ("topic://a", .topic("a")),
        ("/remote-temp-queue/ID:x:1", Destination(.temporaryQueue, "ID:x:1")),
        ("/remote-temp-topic/ID:x:1", Destination(.temporaryTopic, "ID:x:1")), ("/queue/a/b", .queue("a/b")),
        ("/queue/a,/queue/b", .queue("a,b")), ("/queue/a,/topic/b", .queue("a,topic://b")),
        ("/topic/a, /topic/b ,c", .topic("a,b,queue://c")), ("/queue/a?consumer.prefetchSize=5", .queue("a")),
        ("/queue/>", .queue(">")),
    ])
    func names(_ text: String, _ destination: Destination) throws {
        var names = STOMPDestinations(connection: "c")
        let first = try names.named(text, bareNames: true)
        #expect(first.destination == destination)
        #expect(try names.named(text, bareNames: true) == first)
    }

    @Test(arguments: ["", " ", ",", "/queue/", "/topic/", "?x=y"])
    func noNames(_ text: String) {
        var names = STOMPDestinations(connection: "c")
        #expect(throws: STOMPSessionFault.invalidDestination(text)) { try names.named(text, bareNames: true) }
    }

    @Test func aReplyToNeedsAPrefix() throws {
        var names = STOMPDestinations(connection: "c")
        #expect(try names.named("a", bareNames: true).destination == .queue("a"))
        #expect(throws: STOMPSessionFault.invalidDestination("a")) { try names.named("a", bareNames: false) }
    }

    @Test func temporaryOnesAreMadeOnce() throws {
        var names = STOMPDestinations(connection: "c")
        let first = try names.named("/temp-queue/r", bareNames: true)
        #expect(first.destination == Destination(.temporaryQueue, "c:1"))
        #expect(first.made == [first.destination])
        let again = try names.named("/temp-queue/r", bareNames: false)
        #expect(again.destination == first.destination)
        #expect(again.made.isEmpty)
        let topic = try names.named("/temp-topic/r", bareNames: true)
        #expect(topic.destination == Destination(.temporaryTopic, "c:2"))
        #expect(names.text(of: first.destination) == "/temp-queue/r")
        #expect(names.text(of: Destination(.temporaryQueue, "other:1")) == "/remote-temp-queue/other:1")
    }

    @Test(arguments: [
        (Destination.queue("a"), "/queue/a"), (.topic("a"), "/topic/a"),
        (Destination(.temporaryTopic, "x"), "/remote-temp-topic/x"),
    ])
    func texts(_ destination: Destination, _ text: String) {
        #expect(STOMPDestinations(connection: "c").text(of: destination) == text)
    }

    @Test func options() throws {
        var names = STOMPDestinations(connection: "c")
        let named = try names.named(
            "/queue/a?consumer.prefetchSize=5&other=1&consumer.exclusive=true&junk", bareNames: true)
        #expect(named.options == [STOMPHeader("prefetchSize", "5"), STOMPHeader("exclusive", "true")])
    }

    /// Request and reply over temporary destinations of two connections.
    @Test func aReplyFindsItsWay() throws {
        let world = STOMPWorld()
        let (asking, answering) = (world.client(.v12), world.client(.v12))
        asking.send("SUBSCRIBE\nid:r\ndestination:/temp-queue/answers\n\n")
        answering.send("SUBSCRIBE\nid:w\ndestination:/queue/work\n\n")
        asking.send("SEND\ndestination:/queue/work\nreply-to:/temp-queue/answers\n\nquestion")
        let question = try answering.takeOne(.message)
        let replyTo = try #require(question["reply-to"])
        #expect(replyTo.hasPrefix("/remote-temp-queue/ID:t-1"))
        let escaped = replyTo.split(separator: ":").joined(separator: "\\c")
        answering.send("SEND\ndestination:\(escaped)\n\nanswer")
        let answer = try asking.takeOne(.message)
        #expect(answer.text == "answer")
        #expect(answer["destination"] == "/temp-queue/answers")
        // It ends with its connection.
        asking.drop()
        answering.send("SEND\ndestination:\(escaped)\n\nanswer")
        #expect(answering.take().map(\.command) == [.error])
    }

    @Test func aCompositeReachesEachOfItsElements() {
        let world = STOMPWorld()
        let client = world.client(.v12)
        client.send("SUBSCRIBE\nid:t\ndestination:/topic/t\n\n")
        client.send("SEND\ndestination:/queue/a,/queue/b,/topic/t\n\nx")
        client.send("SUBSCRIBE\nid:q\ndestination:/queue/a,/queue/b\n\n")
        let frames = client.take()
        #expect(frames.map { $0["destination"] } == ["/topic/t", "/queue/a", "/queue/b"])
        #expect(frames[0]["original-destination"] == "/queue/a,b,topic://t")
    }
}
