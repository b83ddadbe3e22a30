import BrokerCore
import Testing

@Suite struct IdentifiersTests {
    @Test(arguments: ["ID:host-43181-1795337125671-70:1:1:1", "ID:a:b:-1:7", "x:0:0"])
    func producerTextReadsBack(text: String) {
        #expect(ProducerID(text)?.description == text)
    }

    @Test(arguments: ["", "a", "a:b", "a:1", "a:1:x", "a:x:1"])
    func otherTextIsNoProducer(text: String) {
        #expect(ProducerID(text) == nil)
    }
}
