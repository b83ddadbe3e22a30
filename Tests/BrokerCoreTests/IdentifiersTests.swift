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

    @Test(arguments: [
        XATransactionID(formatID: 4711, global: [0x6f, 0x31], branch: [0]),
        XATransactionID(formatID: .min, global: [], branch: []),
        XATransactionID(
            formatID: -1, global: Array(repeating: 0xff, count: 64), branch: Array(repeating: 0xa0, count: 64)),
    ])
    func transactionTextReadsBack(id: XATransactionID) {
        #expect(XATransactionID(id.description) == id)
    }

    @Test func transactionTextMayHaveCapitals() {
        let id = XATransactionID(formatID: 1, global: [0xab], branch: [0xcd])
        #expect(XATransactionID("XID:[1,globalId=AB,branchId=cD]") == id)
    }

    @Test(arguments: [
        "", "XID:[", "XID:[]", "XID:[1]", "XID:[1,globalId=00]", "XID:[1,globalId=00,branchId=0]",
        "XID:[1,globalId=0g,branchId=00]", "XID:[,globalId=00,branchId=00]", "XID:[1,branchId=00,globalId=00]",
        "XID:[1,globalId=00,branchId=00", "XID:[1,globalId=00,branchId=00,]", "XID:[99999999999,globalId=,branchId=]",
        "XID:[1,globalId=\(String(repeating: "00", count: 65)),branchId=]", "xid:[1,globalId=00,branchId=00]",
        "XID:[1,globalId=\u{ff10}0,branchId=]",
    ])
    func otherTextIsNoTransaction(text: String) {
        #expect(XATransactionID(text) == nil)
    }
}
