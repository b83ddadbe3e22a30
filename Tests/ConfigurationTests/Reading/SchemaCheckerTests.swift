import Configuration
import Testing

/// What is refused, with its place and the way out.
@Suite struct SchemaCheckerTests {
    private static let policy = "<destinationPolicy><policyMap><policyEntries>"

    @Test(arguments: [
        ("<broker brokerNam='x'/>", "1:9", "<broker> has no attribute brokerNam; did you mean brokerName?"),
        ("<broker frobnicate='x'/>", "1:9", "<broker> has no attribute frobnicate"),
        ("<broker persistent='yess'/>", "1:9", "persistent of <broker>: \"yess\" is neither true nor false"),
        ("<broker persistent=''/>", "1:9", "neither true nor false"),
        ("<broker brokerName='${nobody}'/>", "1:9", "${nobody} has no value"),
        ("<broker brokerName='${nobody'/>", "1:9", "not closed"), ("<broker brokerName=''/>", "1:9", "is empty"),
        ("<broker brokerName=\"#{systemProperties['x']}\"/>", "1:9", "not evaluated"),
        ("<broker schedulePeriodForDestinationPurge='10s'/>", "1:9", "no whole number"),
        ("<broker schedulePeriodForDestinationPurge='-1'/>", "1:9", "it can be at least 0"),
        ("<broker>text</broker>", "1:9", "text cannot stand in <broker>"),
        ("<broker><transportConectors/></broker>", "1:9", "did you mean <transportConnectors>?"),
        ("<broker><kahaDB directory='x'/></broker>", "1:9", "it belongs in <persistenceAdapter>"),
        (
            "<broker><persistenceAdapter><kahaDb directory='x'/></persistenceAdapter></broker>", "1:29",
            "did you mean <kahaDB>?"
        ),
        ("<broker><persistenceAdapter directory='x'/></broker>", "1:29", "such as <kahaDB>"),
        ("<broker><persistenceAdapter>x</persistenceAdapter></broker>", "1:9", "such as <kahaDB>"),
        ("<broker><persistenceAdapter>x<kahaDB/></persistenceAdapter></broker>", "1:29", "text"),
        ("<broker systemUsage='x'/>", "1:9", "such as <systemUsage>"),
        (
            "<broker><persistenceAdapter><kahaDB direktory='x'/></persistenceAdapter></broker>", "1:37",
            "did you mean directory?"
        ),
        ("<broker><persistenceAdapter><kahaDB/><kahaDB/></persistenceAdapter></broker>", "1:38", "one element only"),
        ("<broker><persistenceAdapter/>\n<persistenceAdapter/></broker>", "2:1", "the first is in line 1"),
        ("<broker><persistenceAdapter><queue/></persistenceAdapter></broker>", "1:29", "only one of <kahaDB>"),
        ("<broker><brokerName>a</brokerName><brokerName>b</brokerName></broker>", "1:35", "a second time"),
        ("<broker><brokerName/></broker>", "1:9", "write brokerName="),
        ("<broker><plugins><loggingPlugin/></plugins></broker>", "1:18", "<loggingPlugin> is no element of ActiveMQ's"),
        ("<broker><plugins><loggingBrokerPlugin logAl='true'/></plugins></broker>", "1:39", "did you mean logAll?"),
        (
            "<broker><networkConnectors><networkConnector uri='static:(a)' duplex='maybe'/></networkConnectors></broker>",
            "1:63", "duplex"
        ),
        (
            "<broker><systemUsage><systemUsage><memoryUsage><memoryUsage limit='64 tb'/></memoryUsage></systemUsage></systemUsage></broker>",
            "1:61", "64 mb"
        ),
        ("<brokr/>", "1:1", "did you mean broker?"), ("<beans/>", "1:1", "no <broker>"),
        ("<beans><broker/>\n<broker/></beans>", "2:1", "the first is in line 1"),
        ("<beans><property xmlns='http://www.springframework.org/schema/beans'/></beans>", "1:1", "no <broker>"),
        (
            "<broker><property xmlns='http://www.springframework.org/schema/beans' name='brokerNam' value='x'/></broker>",
            "1:71", "did you mean brokerName?"
        ),
        ("<broker", "1:8", "does not end"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, place: String, words: String) {
        let read = FileText(text)
        #expect(read.file == nil)
        #expect(read.errors.count == 1, "\(read.errors)")
        #expect(read.errors.first?.hasPrefix("a.xml:\(place): ") == true, "\(read.errors)")
        #expect(read.errors.first?.contains(words) == true, "\(read.errors)")
    }

    @Test func everythingWrongIsReportedInTheOrderOfTheFile() {
        let read = FileText(
            """
            <broker brokerNam="a">
              <persistenceAdapter><kahaDB directry="x" lockKeepAlivePeriod="5s"/></persistenceAdapter>
              <transportConnectors><transportConnector uri="tcp//x"/></transportConnectors>
            </broker>
            """)
        #expect(read.errors.map { $0.split(separator: ":")[1] } == ["1", "2", "2", "3"], "\(read.errors)")
    }

    @Test func whatIsReportedIsBounded() {
        let many = String(repeating: "<x/>", count: 5_000)
        let read = FileText("<broker>\(many)</broker>")
        #expect(read.file == nil)
        #expect(read.diagnostics.count == 200)
        let warnings = String(repeating: "<x xmlns='urn:x'/>", count: 500)
        #expect(FileText("<broker>\(warnings)<y/></broker>").file == nil)
    }
}
