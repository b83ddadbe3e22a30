import Configuration
import TestSupport
import Testing

/// Hostile files: every one ends, in a tree or in an error with a place, and none traps. What is a tree goes on through
/// the whole mapping.
@Suite struct XMLReaderFuzzTests {
    private static let seeds: Range<UInt64> = 0..<4
    private static let pieces = [
        "<", ">", "/>", "</", "<a>", "</a>", "<a ", "b='c'", "b=\"&lt;\"", "<!--", "-->", "<![CDATA[", "]]>", "<?",
        "?>",
        "<?xml version='1.0'?>", "<!DOCTYPE ", "[", "]", "<!ENTITY e 'x'>", "&amp;", "&#x41;", "&#", "&e;", "&", ";",
        "'",
        "\"", " ", "\n", "\r\n", "\t", "x", "xmlns='u'", "xmlns:p='v'", "p:q", ":", "=", "${", "}", "${a:b}", "#{",
        "\u{0}",
        "\u{FFFE}", "\u{1F600}", "é", "<broker ", "brokerName='a'", "<persistenceAdapter>", "<kahaDB directory='d'/>",
        "<policyEntry queue='>'", "memoryLimit='1mb'", "</broker>", "<beans>", "<bean class='Placeholder'>",
    ]
    private static let valid = [
        """
        <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE beans PUBLIC "a" "b"><beans xmlns="http://www.springframework.org/schema/beans">
        <bean class="PropertyPlaceholderConfigurer"><property name="location"><value>file:${activemq.conf}/x</value></property></bean>
        <broker xmlns="http://activemq.apache.org/schema/core" brokerName="a" dataDirectory="${activemq.data}" useJmx="true">
        <!-- c --><destinationPolicy><policyMap><policyEntries><policyEntry queue="a.>" memoryLimit="64 mb"><deadLetterStrategy>
        <individualDeadLetterStrategy queuePrefix="D."/></deadLetterStrategy></policyEntry></policyEntries></policyMap>
        </destinationPolicy><systemUsage><systemUsage><memoryUsage><memoryUsage limit="1 gb"/></memoryUsage></systemUsage>
        </systemUsage><transportConnectors><transportConnector uri="tcp://[::1]:61616?maximumConnections=5&amp;wireFormat.maxFrameSize=1%30"/>
        </transportConnectors></broker></beans>
        """
    ]

    private func run(_ bytes: [UInt8]) {
        do throws(XMLError) {
            let root = try XMLReader.read(bytes)
            #expect(root.position.line >= 1 && root.position.column >= 1)
        } catch {
            #expect(error.position.line >= 1 && error.position.column >= 1)
            #expect(!error.message.isEmpty)
        }
        let (file, diagnostics) = BrokerFile.read(
            bytes, path: "f",
            placeholders: Placeholders.standard(file: "f", definitions: [:], environment: { _ in nil }),
            properties: { _ in bytes })
        #expect((file == nil) == diagnostics.contains { $0.severity == .error })
    }

    @Test(arguments: seeds)
    func randomBytes(seed: UInt64) {
        var chance = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<200, using: &chance)
            self.run((0..<count).map { _ in UInt8.random(in: 0...255, using: &chance) })
        }
    }

    @Test(arguments: seeds)
    func randomPieces(seed: UInt64) {
        var chance = SeededRandom(seed: seed)
        for _ in 0..<4_000 {
            let count = Int.random(in: 0..<24, using: &chance)
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &chance) ?? "" }.joined()
            self.run(Array(text.utf8))
            self.run(Array("<broker>\(text)</broker>".utf8))
        }
    }

    @Test(arguments: seeds)
    func mutatedFiles(seed: UInt64) {
        var chance = SeededRandom(seed: seed)
        for _ in 0..<1_500 {
            var bytes = Array((Self.valid.randomElement(using: &chance) ?? "").utf8)
            for _ in 0...Int.random(in: 0..<4, using: &chance) {
                let place = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0..<4, using: &chance) {
                case 0: bytes.remove(at: place)
                case 1:
                    bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &chance) ?? "").utf8), at: place)
                case 2: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 30))
                }
                if bytes.isEmpty { bytes = [0x3C] }
            }
            self.run(bytes)
        }
    }

    /// Many elements, each wrong in its way.
    @Test(arguments: [
        "<kahaDB/>", "<kahaBD/>", "<x/>", "<queue/>", "<a xmlns='urn:x'/>", "<brokerName/>", "<brokerNam>x</brokerNam>",
        "<property xmlns='http://www.springframework.org/schema/beans' name='x'/>",
    ])
    func manyErrors(piece: String) {
        let count = min(20_000, (1 << 19) / piece.utf8.count)
        self.run(Array("<broker>\(String(repeating: piece, count: count))</broker>".utf8))
        self.run(Array("<broker><plugins>\(String(repeating: piece, count: count))</plugins></broker>".utf8))
        self.run(Array("<beans>\(String(repeating: piece, count: count))<broker/></beans>".utf8))
    }

    /// A large file does not take more than its share of time, however it is made.
    @Test(arguments: [
        "<a>", "<a b='", "&lt;", "<!--", "a=\"b\" ", "<b/>", "${", "<b xmlns:p='", "]]", "\n",
    ])
    func largeFiles(piece: String) {
        let count = (1 << 18) / piece.utf8.count
        let text = String(repeating: piece, count: count)
        self.run(Array("<a>\(text)</a>".utf8))
        self.run(Array("<broker brokerName=\"\(text)\"/>".utf8))
    }
}
