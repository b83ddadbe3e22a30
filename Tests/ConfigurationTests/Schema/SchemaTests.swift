import Configuration
import Testing

@Suite struct SchemaTests {
    private let schema = Schema.activeMQ

    @Test func everyElementThatAPartHoldsIsOne() {
        for (name, element) in self.schema.elements {
            for (part, held) in element.parts {
                for inner in held {
                    #expect(self.schema.elements[inner] != nil, "<\(inner)> in <\(part)> of <\(name)>")
                }
            }
        }
    }

    @Test func namesAreWords() {
        for (name, element) in self.schema.elements {
            for word in [name] + Array(element.attributes.keys) + Array(element.parts.keys) {
                let isWord = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
                #expect(isWord && !word.isEmpty, "\(word) of <\(name)>")
            }
            #expect(Set(element.attributes.keys).isDisjoint(with: element.parts.keys), "<\(name)>")
        }
    }

    /// The counts of ActiveMQ 5.17.2's schema, and what older versions had besides.
    @Test func nothingIsMissing() {
        #expect(self.schema.elements.count == 157)
        let kinds = self.schema.elements["policyEntry"]?.attributes ?? [:]
        #expect(kinds["memoryLimit"] == .size)
        #expect(kinds["producerFlowControl"] == .boolean)
        #expect(kinds["expireMessagesPeriod"] == .long)
        #expect(kinds["queuePrefetch"] == .integer)
        #expect(kinds["queue"] == .text)
        #expect(self.schema.elements["prefetchRatePendingMessageLimitStrategy"]?.attributes["multiplier"] == .decimal)
        #expect(self.schema.elements["broker"] == self.schema.elements["brokerService"])
        #expect(self.schema.places(of: "kahaDB") == ["persistenceAdapter", "longTermPersistence", "store"])
    }
}
