import Configuration
import Testing

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("memoryLimt", "memoryLimit"), ("memorylimit", "memoryLimit"), ("memoyrLimit", "memoryLimit"),
        ("queuePrefech", "queuePrefetch"), ("topicPrefetchs", "topicPrefetch"), ("memory_limit", "memoryLimit"),
    ])
    func slipsAreFound(written: String, meant: String) {
        #expect(NearestName.to(written, among: ["memoryLimit", "queuePrefetch", "topicPrefetch", "queue"]) == meant)
    }

    @Test(arguments: ["x", "wholly", "", "memory"])
    func otherWordsAreNoSlips(written: String) {
        #expect(NearestName.to(written, among: ["memoryLimit", "queuePrefetch", "topicPrefetch"]) == nil)
    }
}
