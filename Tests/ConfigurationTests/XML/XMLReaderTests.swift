import Configuration
import Testing

@Suite struct XMLReaderTests {
    private func read(_ text: String, limits: XMLLimits = XMLLimits()) throws -> XMLElement {
        try XMLReader.read(Array(text.utf8), limits: limits)
    }

    // MARK: What is read

    @Test func elementsAttributesAndTextKeepTheirPlaces() throws {
        let root = try self.read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <?php ignored ?>
            <a one="1"
               two='2'>
              text <b/><c x="y">inner</c>
            </a>
            <!-- after -->
            """)
        #expect(root.name.local == "a")
        #expect(root.position == TextPosition(line: 4, column: 1))
        #expect(root.attributes.map(\.name.local) == ["one", "two"])
        #expect(root.attributes.map(\.value) == ["1", "2"])
        #expect(
            root.attributes.map(\.position) == [TextPosition(line: 4, column: 4), TextPosition(line: 5, column: 4)])
        #expect(root.elements.map(\.position) == [TextPosition(line: 6, column: 8), TextPosition(line: 6, column: 12)])
        #expect(root.elements[1].onlyText == "inner")
        #expect(root.onlyText == nil)
    }

    @Test(arguments: [
        ("&lt;&gt;&amp;&apos;&quot;", "<>&'\""), ("&#65;&#x42;&#x1F600;", "AB😀"),
        ("<![CDATA[<x> & ]] ]>]]>", "<x> & ]] ]>"),
        ("a<!-- - -->b<?pi?>c", "abc"), ("a\r\nb\rc", "a\nb\nc"), ("é", "é"), ("<![CDATA[]]>", ""),
        ("> ' \"", "> ' \""),
    ])
    func textIsWhatItStandsFor(written: String, text: String) throws {
        #expect(try self.read("<a>\(written)</a>").onlyText == text)
    }

    @Test(arguments: [("&lt;&#10;", "<\n"), ("a\tb\r\nc", "a b c"), ("'>", "'>")])
    func attributeValuesAreNormalised(written: String, value: String) throws {
        #expect(try self.read("<a b=\"\(written)\"/>").attributes.first?.value == value)
    }

    @Test func aDocumentTypeThatOnlyNamesItsDefinitionIsPassedOver() throws {
        let text =
            "<!DOCTYPE beans PUBLIC \"-//SPRING//DTD BEAN//EN\" \"http://localhost:1/no[>t-there.dtd\">\n<beans/>"
        #expect(try self.read(text).position == TextPosition(line: 2, column: 1))
    }

    @Test func namespacesAreResolvedWithinTheirElements() throws {
        let root = try self.read(
            "<a xmlns='one' xmlns:p='two' p:x='1' x='2'><p:b/><b xmlns='three'><c/></b><b xmlns=''/></a>")
        #expect(root.name.namespace == "one")
        #expect(root.attributes.map(\.name.namespace) == ["two", ""])
        #expect(root.elements.map(\.name.namespace) == ["two", "three", ""])
        #expect(root.elements[1].elements.first?.name.namespace == "three")
        #expect(root.elements[0].name.description == "p:b")
    }

    @Test func otherEncodingsAreReadOrNamed() throws {
        let bytes: [UInt8] = Array("<?xml version='1.0' encoding='ISO-8859-1'?><a>".utf8) + [0xE9] + Array("</a>".utf8)
        #expect(try XMLReader.read(bytes).onlyText == "é")
        #expect(try XMLReader.read([0xEF, 0xBB, 0xBF] + Array("<a/>".utf8)).name.local == "a")
        for bytes: [UInt8] in [[0xFF, 0xFE, 0x3C, 0], [0, 0x3C, 0, 0x61]] {
            let error = #expect(throws: XMLError.self) { try XMLReader.read(bytes) }
            #expect(error?.message.contains("UTF-16") == true)
        }
        let unknown = "<?xml version='1.0' encoding='EBCDIC-1'?><a/>"
        let error = #expect(throws: XMLError.self) { try self.read(unknown) }
        #expect(error?.message.contains("EBCDIC-1") == true)
        let broken = #expect(throws: XMLError.self) { try XMLReader.read(Array("<a>\né".utf8) + [0xFF]) }
        #expect(broken?.position == TextPosition(line: 2, column: 2))
    }

    // MARK: What is refused

    @Test(arguments: [
        ("", "1:1", "no element"), ("hello", "1:1", "tag"), ("<a>", "1:1", "<a> is never closed"),
        ("<a>\n<b></a>", "2:4", "</a> cannot close <b> of line 2"), ("<a/><b/>", "1:5", "nothing may follow </a>"),
        ("<a b=1/>", "1:6", "quotes"), ("<a b/>", "1:5", "= and a value"), ("<a b='1' b='2'/>", "1:10", "twice"),
        ("<a b='1'c='2'/>", "1:9", "space"), ("<a b='<'/>", "1:7", "&lt;"), ("<a b='1", "1:6", "does not end"),
        ("<a", "1:3", "does not end"), ("<1/>", "1:2", "name"), ("<a>&foo;</a>", "1:4", "&foo;"),
        ("<a>& b</a>", "1:4", "&amp;"), ("<a>&#0;</a>", "1:4", "&#0;"), ("<a>&#xD800;</a>", "1:4", "&#xD800;"),
        ("<a>&#99999999999;</a>", "1:4", "no character"), ("<a>&#+5;</a>", "1:4", "&amp;"),
        ("<a>]]></a>", "1:4", "]]>"),
        ("<a><!-- -- --></a>", "1:11", "--"), ("<a><!-- </a>", "1:4", "-->"), ("<a><![CDATA[</a>", "1:4", "]]>"),
        ("<a><?pi </a>", "1:4", "?>"), (" <?xml version='1.0'?><a/>", "1:2", "start of the file"),
        ("<?xml version='2.0'?><a/>", "1:1", "version"), ("<p:a/>", "1:1", "prefix p"),
        ("<a p:b='1'/>", "1:4", "prefix p"),
        ("<a:b:c/>", "1:1", "colon"), ("<a xmlns:p='' />", "1:4", "xmlns:p"), ("<a>\u{1}</a>", "1:4", "U+1"),
        ("<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>", "1:35", "twice"), ("<a></a", "1:7", ">"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "1:13", "DOCTYPE"),
        ("<!DOCTYPE a [<!ENTITY e 'x'>]><a/>", "1:13", "entities"), ("<!DOCTYPE a", "1:1", "does not end"),
        ("<a/><!DOCTYPE a>", "1:5", "DOCTYPE"), ("<!DOCTYPE a><!DOCTYPE a><a/>", "1:13", "DOCTYPE"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, place: String, words: String) {
        let error = #expect(throws: XMLError.self) { try self.read(text) }
        #expect(error?.position.description == place, "\(text): \(error?.description ?? "")")
        #expect(error?.message.contains(words) == true, "\(text): \(error?.description ?? "")")
    }

    @Test func sizesAreBounded() {
        var limits = XMLLimits()
        limits.depth = 5
        limits.prefixes = 4
        limits.nodes = 10
        limits.attributes = 3
        limits.name = 8
        limits.size = 200
        let deep = String(repeating: "<a>", count: 6)
        let many = "<a>" + String(repeating: "<b/>", count: 10)
        let table = [
            (deep, "deep"), (many, "more than 10 elements"), ("<a b='' c='' d='' e=''/>", "more than 3 attributes"),
            ("<abcdefghi/>", "more than 8 bytes"),
            ("<a xmlns:p='u'><a xmlns:q='u'><a xmlns:r='u'/></a></a>", "more than 4 prefixes"),
            ("<a>" + String(repeating: " ", count: 200), "more than 200 bytes"),
        ]
        for (text, words) in table {
            let error = #expect(throws: XMLError.self) { try self.read(text, limits: limits) }
            #expect(error?.message.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test func entitiesCannotGrow() {
        // Ten to the ninth times "lol", were entities declared and resolved.
        var text = "<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
        for level in 1...9 { text += "<!ENTITY lol\(level) \"\(String(repeating: "&lol\(level - 1);", count: 10))\">" }
        text += "]><lolz>&lol9;</lolz>"
        let error = #expect(throws: XMLError.self) { try self.read(text) }
        #expect(error?.message.contains("refused") == true)
    }
}
