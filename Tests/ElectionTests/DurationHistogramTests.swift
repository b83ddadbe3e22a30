import Testing

@testable import Election

@Suite struct DurationHistogramTests {
    @Test(arguments: [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (9_999_999, 2), (-5, 0)])
    func aDurationFallsIntoTheFirstBucketThatHoldsIt(milliseconds: Int, bucket: Int) {
        var histogram = DurationHistogram(bounds: [.milliseconds(10), .milliseconds(20)])
        histogram.add(.milliseconds(milliseconds))
        #expect(histogram.counts.indices.filter { histogram.counts[$0] == 1 } == [bucket])
        #expect(histogram.sum == .milliseconds(milliseconds))
    }

    @Test func sumCountAndLastAreKept() {
        var histogram = DurationHistogram(bounds: [.seconds(1)])
        #expect(histogram.count == 0 && histogram.last == nil)
        histogram.add(.seconds(2))
        histogram.add(.milliseconds(500))
        #expect(histogram.counts == [1, 1] && histogram.count == 2)
        #expect(histogram.sum == .milliseconds(2500))
        #expect(histogram.last == .milliseconds(500))
    }
}
