import Election
import Management
import Testing

@Suite struct PrometheusTextTests {
    @Test func aFamilyHasHelpTypeAndSamples() {
        var page = PrometheusText()
        page.counter("x_total", "All of it.", each: [([("a", "1")], 3), ([("a", "2")], 0)])
        #expect(
            page.text == "# HELP x_total All of it.\n# TYPE x_total counter\nx_total{a=\"1\"} 3\nx_total{a=\"2\"} 0\n")
    }

    @Test func whatIsNotKnownIsLeftOut() {
        var page = PrometheusText()
        page.gauge("x", "h", nil)
        page.counter("y", "h", nil)
        page.gauge("z", "h", each: [])
        #expect(page.text.isEmpty)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("größe", "größe"),
        ("\\\n\"", "\\\\\\n\\\""),
    ])
    func labelValuesAreEscaped(value: String, escaped: String) {
        var page = PrometheusText()
        page.gauge("x", "h", 1, [("v", value)])
        #expect(page.text.hasSuffix("\nx{v=\"\(escaped)\"} 1\n"))
    }

    @Test func helpKeepsItsQuotes() {
        var page = PrometheusText()
        page.gauge("x", "a \"b\" \\ c\nd", 1)
        #expect(page.text.hasPrefix("# HELP x a \"b\" \\\\ c\\nd\n"))
    }

    @Test(arguments: [
        (1.0, "1"), (-3.0, "-3"), (0.05, "0.05"), (1.5, "1.5"), (0, "0"), (1_770_000_000_000, "1770000000000"),
        (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    ])
    func numbersAreWrittenAsTheFormatReadsThem(value: Double, text: String) {
        var page = PrometheusText()
        page.gauge("x", "h", value)
        #expect(page.text.hasSuffix("\nx \(text)\n"))
    }

    @Test func bucketsAddUp() {
        var histogram = DurationHistogram(bounds: [.milliseconds(50), .seconds(1)])
        for milliseconds in [10, 20, 500, 3000] { histogram.add(.milliseconds(milliseconds)) }
        var page = PrometheusText()
        page.histogram("x", "h", histogram)
        let samples = page.text.split(separator: "\n").dropFirst(2)
        #expect(
            samples == [
                "x_bucket{le=\"0.05\"} 2", "x_bucket{le=\"1\"} 3", "x_bucket{le=\"+Inf\"} 4", "x_sum 3.53", "x_count 4",
            ])
    }
}
