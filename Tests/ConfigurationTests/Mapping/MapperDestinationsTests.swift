import BrokerCore
import Configuration
import Testing

@Suite struct MapperDestinationsTests {
    @Test func destinationsAreMadeAtTheStart() throws {
        let file = try FileText(
            broker:
                "<destinations><queue physicalName='A'/><topic physicalName='B'/><queue physicalName='C,D'/></destinations>"
        ).clean()
        #expect(file.core.startupDestinations == [.queue("A"), .topic("B"), .queue("C"), .queue("D")])
    }

    @Test func destinationsHaveNames() {
        #expect(
            FileText(broker: "<destinations><queue/></destinations>").errors.first?.contains("physicalName") == true)
        let temporary = FileText(broker: "<destinations><tempQueue physicalName='a'/></destinations>")
        #expect(temporary.file?.core.startupDestinations == [])
        #expect(temporary.warnings.count == 1)
    }

    private func interceptors(_ content: String) throws -> [DestinationInterceptor]? {
        try FileText(broker: "<destinationInterceptors>\(content)</destinationInterceptors>").clean().core.interceptors
    }

    private func virtual(_ content: String) -> FileText {
        FileText(
            broker: "<destinationInterceptors><virtualDestinationInterceptor><virtualDestinations>\(content)"
                + "</virtualDestinations></virtualDestinationInterceptor></destinationInterceptors>")
    }

    @Test func withoutInterceptorsTheDefaultStays() throws {
        #expect(try FileText(broker: "").clean().core.interceptors == nil)
        #expect(try self.interceptors("") == [])
    }

    @Test func virtualTopicsReachTheCore() throws {
        var topic = VirtualTopic(name: "V.>")
        topic.prefix = "C.*."
        topic.postfix = ".x"
        topic.isSelectorAware = true
        topic.isLocal = true
        topic.dropsOnResourceLimit = true
        topic.setsOriginalDestination = false
        topic.isConcurrent = true
        topic.isTransacted = true
        let text = self.virtual(
            """
            <virtualTopic name="V.>" prefix="C.*." postfix=".x" selectorAware="true" local="true" concurrentSend="true"
            transactedSend="true" dropOnResourceLimit="true" setOriginalDestination="false"/><virtualTopic name="W"/>
            """)
        #expect(try text.clean().core.interceptors == [.virtualTopic(topic), .virtualTopic(VirtualTopic(name: "W"))])
    }

    @Test func compositesReachTheCore() throws {
        let text = self.virtual(
            """
            <compositeQueue name="IN" forwardOnly="false" copyMessage="false" sendWhenNotMatched="true"><forwardTo>
            <queue physicalName="A"/><topic physicalName="B"/><filteredDestination selector="x = 'y'" queue="C"/>
            <filteredDestination topic="D"/></forwardTo></compositeQueue>
            <compositeTopic name="T"><forwardTo><queue physicalName="A"/></forwardTo></compositeTopic>
            """)
        var queue = CompositeDestination(
            .queue("IN"),
            targets: [
                .init(.queue("A")), .init(.topic("B")), .init(.queue("C"), selector: "x = 'y'"), .init(.topic("D")),
            ])
        queue.forwardsOnly = false
        queue.copiesMessage = false
        queue.sendsWhenNotMatched = true
        let topic = CompositeDestination(.topic("T"), targets: [.init(.queue("A"))])
        #expect(try text.clean().core.interceptors == [.composite(queue), .composite(topic)])
    }

    @Test func mirroredQueuesReachTheCore() throws {
        var mirrored = MirroredQueue()
        mirrored.prefix = "M."
        mirrored.postfix = ".m"
        mirrored.copiesMessage = false
        let found = try self.interceptors(
            "<mirroredQueue prefix='M.' postfix='.m' copyMessage='false'/><mirroredQueue/>")
        #expect(found == [.mirroredQueue(mirrored), .mirroredQueue(MirroredQueue())])
    }

    @Test(arguments: [
        ("<virtualTopic/>", "needs name="), ("<compositeQueue name='a'/>", "<forwardTo>"),
        (
            "<compositeQueue name='a'><forwardTo><filteredDestination selector='x'/></forwardTo></compositeQueue>",
            "needs queue="
        ),
        (
            "<compositeQueue name='a'><forwardTo><filteredDestination queue='b' selector='x ='/></forwardTo></compositeQueue>",
            "selector=\"x =\""
        ),
    ])
    func whatIsWrongIsNamed(content: String, words: String) {
        let text = self.virtual(content)
        #expect(text.file == nil)
        #expect(text.errors.contains { $0.contains(words) }, "\(text.errors)")
    }
}
